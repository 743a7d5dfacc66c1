//! Takes documents from a source in batches, so that they can be decoded in parallel, and decides which bad ones are
//! skipped.

use crate::ingest::{Document, IngestError, IngestParams, OnError, Record, SkipReason, Skipped};

/// A batch ends once it holds this many bytes of text. Two batches are in memory at once: one is read while the other
/// is counted.
const HELD_BYTES: usize = 16 << 20;

/// A document that a source has found: not yet decoded, given by the caller, decoded, or failed.
pub(super) enum Pending {
    Found(Record),
    Given(Document),
    Decoded(Document),
    Failed(IngestError),
}

impl Pending {
    pub(super) fn decode(self, params: &IngestParams) -> Result<Document, IngestError> {
        let mut document = match self {
            Self::Found(record) => record.load(params)?,
            Self::Given(document) => document.prepared(params),
            Self::Decoded(document) => document,
            Self::Failed(error) => return Err(error),
        };
        let Document { id, label, title, source, metadata, .. } = &mut document;
        let names = [id, title, source].into_iter().chain(label);
        names.chain(metadata.iter_mut().flat_map(|(name, value)| [name, value])).for_each(to_table_text);
        Ok(document)
    }

    /// Bytes of text that the document holds in memory.
    pub(super) fn held_bytes(&self) -> usize {
        match self {
            Self::Found(record) => record.held_bytes(),
            Self::Given(document) | Self::Decoded(document) => document.text.len(),
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

/// Replaces what some reader of tables would not give back: line ends become line feeds, because R ends a row at a
/// carriage return, and NUL, at which R ends a text, becomes U+FFFD.
fn to_table_text(text: &mut String) {
    if text.bytes().any(|byte| matches!(byte, b'\r' | 0)) {
        *text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{fffd}");
    }
}

/// Returns the record of a bad document that is to be skipped, or else the error, which ends the run. Hidden files
/// are skipped even with `on_error = stop`; an error of a whole container never is.
pub(super) fn skip(error: IngestError, params: &IngestParams) -> Result<Skipped, IngestError> {
    match error.skip() {
        Some(skipped) if params.on_error == OnError::Skip || skipped.reason == SkipReason::Hidden => {
            Ok(skipped.clone())
        }
        _ => Err(error),
    }
}

/// Takes the next documents from a source: at most `n`, and fewer if they hold many bytes.
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

/// Parts a batch into blocks of `n` documents, which are the work of one task each; the last can be smaller.
pub(super) fn blocks(batch: Vec<Pending>, n: usize) -> Vec<Vec<Pending>> {
    let mut blocks: Vec<Vec<Pending>> = Vec::new();
    for pending in batch {
        match blocks.last_mut() {
            Some(block) if block.len() < n => block.push(pending),
            _ => blocks.push(vec![pending]),
        }
    }
    blocks
}

pub(super) fn held_bytes(batch: &[Pending]) -> usize {
    batch.iter().map(Pending::held_bytes).sum()
}
