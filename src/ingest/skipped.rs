//! Documents that were left out: all are counted, and the first ones of each reason are listed.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a document was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// A hidden file or folder.
    Hidden,
    /// A document without text.
    Empty,
    /// Not text: an image, a PDF, an archive, a program.
    Binary,
    /// A folder that this program wrote.
    OwnOutput,
    /// Larger than `max_document_bytes`.
    TooLarge,
    /// It cannot be opened or read, is not a regular file, or was read under another name already.
    Unreadable,
    /// A row with another number of fields than the header.
    RaggedRow,
    /// A line that is not a JSON object.
    InvalidJson,
    /// A row without the text field.
    MissingText,
    /// Nearly the same as a document before it.
    Duplicate,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hidden => "hidden",
            Self::Empty => "empty",
            Self::Binary => "binary",
            Self::OwnOutput => "written by topicmill",
            Self::TooLarge => "too large",
            Self::Unreadable => "unreadable",
            Self::RaggedRow => "ragged row",
            Self::InvalidJson => "invalid JSON",
            Self::MissingText => "without text field",
            Self::Duplicate => "duplicate",
        })
    }
}

/// A document that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    /// File and row, relative to the input.
    pub source: String,
    /// Why the document was left out.
    pub reason: SkipReason,
    /// Further detail, such as the message of the system; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.source, self.reason)?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, " ({})", self.detail) }
    }
}

/// At most this many documents are listed per reason: nobody reads a list of four million blank lines.
const LISTED: usize = 1000;

/// The documents that a run has left out: their number by reason, and a list of the first ones.
///
/// ```
/// use topicmill::ingest::{SkipReason, Skipped, SkippedDocuments};
/// let mut skipped = SkippedDocuments::default();
/// for line in 1..=5000 {
///     skipped.push(Skipped { source: format!("a.txt:{line}"), reason: SkipReason::Empty, detail: String::new() });
/// }
/// assert_eq!((skipped.len(), skipped.listed().len()), (5000, 1000));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SkippedDocuments {
    counts: BTreeMap<SkipReason, usize>,
    listed: Vec<Skipped>,
}

impl SkippedDocuments {
    /// Counts a document, and lists it if it is one of the first of its reason.
    pub fn push(&mut self, skipped: Skipped) {
        let count = self.counts.entry(skipped.reason).or_default();
        *count += 1;
        if *count <= LISTED {
            self.listed.push(skipped);
        }
    }

    /// Number of documents left out, by reason.
    pub fn counts(&self) -> &BTreeMap<SkipReason, usize> {
        &self.counts
    }

    /// The first thousand documents of each reason, in the order in which they were found.
    pub fn listed(&self) -> &[Skipped] {
        &self.listed
    }

    /// Number of documents left out, listed or not.
    pub fn len(&self) -> usize {
        self.counts.values().sum()
    }

    /// Whether nothing was left out.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}
