//! Documents in batches: found, then decoded many at once, and left out where they are bad.

use crate::ingest::{Document, IngestError, IngestParams, OnError, Record, SkipReason, Skipped};

/// Bytes of text that a batch holds; one batch is read while another is counted.
const HELD_BYTES: usize = 16 << 20;

/// A document found, decoded or not.
pub(super) enum Pending {
    Found(Record),
    Decoded(Document),
    Failed(IngestError),
}

impl Pending {
    pub(super) fn decode(self, params: &IngestParams) -> Result<Document, IngestError> {
        match self {
            Self::Found(record) => record.load(params),
            Self::Decoded(document) => Ok(document),
            Self::Failed(error) => Err(error),
        }
    }

    /// Bytes of text that it holds in memory.
    pub(super) fn held_bytes(&self) -> usize {
        match self {
            Self::Found(record) => record.held_bytes(),
            Self::Decoded(document) => document.text.len(),
            Self::Failed(_) => 0,
        }
    }
}

impl From<Result<Record, IngestError>> for Pending {
    fn from(found: Result<Record, IngestError>) -> Self {
        match found {
            Ok(record) => Self::Found(record),
            Err(error) => Self::Failed(error),
        }
    }
}

/// A bad document is skipped, unless the parameters or its nature forbid.
pub(super) fn skip(error: IngestError, params: &IngestParams) -> Result<Skipped, IngestError> {
    match error.skip() {
        Some(skipped) if params.on_error == OnError::Skip || skipped.reason == SkipReason::Hidden => {
            Ok(skipped.clone())
        }
        _ => Err(error),
    }
}

/// The next documents of a source, bounded in number and in bytes held.
pub(super) fn next_batch(source: &mut dyn Iterator<Item = Pending>, n: usize) -> Vec<Pending> {
    let mut held = 0;
    let mut batch = Vec::new();
    while batch.len() < n && held < HELD_BYTES {
        let Some(pending) = source.next() else { break };
        held += pending.held_bytes();
        batch.push(pending);
    }
    batch
}

pub(super) fn held_bytes(batch: &[Pending]) -> usize {
    batch.iter().map(Pending::held_bytes).sum()
}
