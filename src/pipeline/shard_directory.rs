//! A directory of shards, which stays: documents that were read, counted and weighted, for one fit on many machines, or
//! for many fits on one.

use std::io;
use std::path::{Path, PathBuf};

use super::shard_files::ShardFiles;
use crate::Error;
use crate::factorize::{FactorizeError, FactorizeParams, ShardDocuments, ShardSizes, Shards};
use crate::model::{Kind, Manifest, ModelError, StoredMatrix, store};

/// A directory that [`ShardedDataset::save_shards`](super::ShardedDataset::save_shards) wrote.
#[derive(Debug)]
pub struct ShardDirectory {
    path: PathBuf,
    manifest: Manifest,
    pub(super) files: ShardFiles,
}

impl ShardDirectory {
    /// Reads the record of a directory. Fails if it is no directory of shards, if it is damaged, or if a shard is not
    /// there; what is in the shards is checked when they are loaded.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let manifest = store::load_manifest(path)?;
        if manifest.kind != Kind::Shards {
            let problem = format!("holds a {}, no shards", manifest.kind);
            return Err(ModelError::NotAModel { path: path.to_path_buf(), problem }.into());
        }
        let FactorizeParams { shard_documents, .. } = manifest.params("factorize")?;
        let (n_terms, n_documents) = (manifest.corpus.n_terms, manifest.corpus.n_documents);
        let sizes = ShardSizes { n_terms, n_documents, n_nonzeros: manifest.corpus.n_nonzeros, shard_documents };
        let names: Vec<String> = (0..sizes.n_shards()).map(shard_name).collect();
        if shard_documents == 0 || !names.iter().all(|name| manifest.files.contains_key(name)) {
            let problem = "has other shards than its record says".to_string();
            return Err(ModelError::Damaged { path: path.to_path_buf(), problem }.into());
        }
        let files = names.iter().map(|name| path.join(name)).collect();
        let files = ShardFiles::open(files, sizes).map_err(FactorizeError::Shard)?;
        Ok(Self { path: path.to_path_buf(), manifest, files })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// blake3 of its record, which has the digests of all its files.
    pub fn digest(&self) -> &str {
        &self.manifest.digest
    }

    /// The terms and documents, with the record.
    pub(super) fn tables(&self) -> Result<StoredMatrix, Error> {
        Ok(store::load_tables(&self.path, self.manifest.clone())?)
    }
}

impl Shards for ShardDirectory {
    fn sizes(&self) -> ShardSizes {
        self.files.sizes()
    }

    fn load(&self, shard: usize, with_counts: bool) -> io::Result<ShardDocuments> {
        self.files.load(shard, with_counts)
    }
}

/// The name of the file of a shard.
pub(super) fn shard_name(shard: usize) -> String {
    format!("shard-{shard:06}")
}

/// Whether the inputs are one directory of shards. Fails if there are others beside it.
pub fn is_shard_directory(inputs: &[PathBuf]) -> Result<bool, Error> {
    let is_one = |input: &PathBuf| {
        input.is_dir() && store::load_manifest(input).is_ok_and(|manifest| manifest.kind == Kind::Shards)
    };
    match inputs.iter().any(is_one) {
        true if inputs.len() > 1 => Err(crate::matrix::MatrixError::NotAlone.into()),
        found => Ok(found),
    }
}
