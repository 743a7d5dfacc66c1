//! The stages' parameters together: defaults < preset < file < flags.

mod document;
mod layers;
mod preset;

pub use document::{default_toml, to_toml};
pub use layers::{ConfigSources, Override};
pub use preset::Preset;

use serde::{Deserialize, Serialize};

use crate::factorize::FactorizeParams;
use crate::ingest::IngestParams;
use crate::matrix::MatrixParams;
use crate::text::TextParams;

/// All parameters of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How inputs are read.
    pub ingest: IngestParams,
    /// What counts as a term.
    pub text: TextParams,
    /// Which terms are kept, and how counts become weights.
    pub matrix: MatrixParams,
    /// How V is factorised.
    pub factorize: FactorizeParams,
}

impl Config {
    /// Refuses values that make no sense, before any work.
    pub fn check(&self) -> Result<(), crate::Error> {
        self.ingest.check()?;
        self.text.check()?;
        self.matrix.check()?;
        self.factorize.check()?;
        Ok(())
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// A file, preset or override is not TOML, or names a key or value that there is not.
    #[error("{place}: {problem}")]
    Value {
        /// Where it stands.
        place: String,
        /// What was found and what was expected.
        problem: String,
    },
}

impl ConfigError {
    /// The way out.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io { .. } => None,
            Self::Value { .. } => Some("`topicmill config` shows every key with its default".into()),
        }
    }
}
