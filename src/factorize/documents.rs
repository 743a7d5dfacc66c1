//! Documents as the solvers of documents take them.

use crate::matrix::TermDocumentMatrix;

/// Documents as terms with values.
pub(super) trait Documents: Sync {
    /// The terms of a document, ascending, and their values, for which there is a buffer.
    fn document<'b>(&'b self, document: usize, buffer: &'b mut Vec<f32>) -> (&'b [u32], &'b [f32]);
}

impl Documents for TermDocumentMatrix {
    fn document<'b>(&'b self, document: usize, _: &'b mut Vec<f32>) -> (&'b [u32], &'b [f32]) {
        self.document(document)
    }
}

/// A single document: its terms, ascending, and their values.
impl Documents for (&[u32], &[f32]) {
    fn document<'b>(&'b self, _: usize, _: &'b mut Vec<f32>) -> (&'b [u32], &'b [f32]) {
        *self
    }
}
