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
        let mut document = match self {
            Self::Found(record) => record.load(params)?,
            Self::Decoded(document) => document,
            Self::Failed(error) => return Err(error),
        };
        let Document { id, label, title, source, metadata, .. } = &mut document;
        let names = [id, title, source].into_iter().chain(label);
        names.chain(metadata.iter_mut().flat_map(|(name, value)| [name, value])).for_each(to_table_text);
        Ok(document)
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

/// What every table can hold and every reader of tables gives back: line ends become line feeds, and NUL, at which R ends a
/// text, becomes U+FFFD.
fn to_table_text(text: &mut String) {
    if text.contains(['\r', '\0']) {
        *text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{fffd}");
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
