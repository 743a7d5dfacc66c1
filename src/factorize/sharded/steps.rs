//! An iteration in its parts, for a caller who holds the documents elsewhere: on disk, or on other machines.
//!
//! Where one process holds all documents, the fused half-steps of `loss` are faster. Here the term step is computed
//! from [`TermStatistics`], which can be added up over shards of documents.

use crate::factorize::statistics::{Shard, TermStatistics};
use crate::factorize::{FactorizeError, Fit, State, loss};
use crate::matrix::TermDocumentMatrix;

impl Fit<'_> {
    /// The descent that iterates now; `None` before its start has been made, which [`Fit::advance`] with 0 iterations
    /// does.
    pub fn current(&self) -> Option<&State> {
        self.checkpoint.current()
    }

    /// The matrix that is factorised: V, divided by a power of two if its scale is unusual, and with the
    /// pseudo-documents of seeded topics behind its documents.
    pub fn matrix(&self) -> &TermDocumentMatrix {
        &self.problem.v
    }

    /// Takes the document step of the next iteration, which updates H. Returns each document's part of the objective
    /// before the step, without the part that depends on V alone; it is empty if no start has been made.
    pub fn document_step(&mut self) -> Vec<f64> {
        let Some(state) = self.checkpoint.current_mut() else { return Vec::new() };
        loss::prepare(&self.problem, state);
        let methods = loss::methods(&self.problem, state);
        loss::document_step(&self.problem, state, methods.documents).documents
    }

    /// Takes the term step of the next iteration, which updates W.
    pub fn term_step(&mut self) {
        let Some(state) = self.checkpoint.current_mut() else { return };
        let methods = loss::methods(&self.problem, state);
        loss::term_step(&self.problem, state, methods.terms);
    }

    /// The statistics that the documents of a shard contribute to the term step, with their columns of the working H.
    /// `None` for a solver that needs a term's whole row of V (`coordinate-newton`), or before a start has been made.
    /// Fails if the shard is not one of this fit.
    pub fn term_statistics(&self, shard: &Shard<'_>) -> Result<Option<TermStatistics>, FactorizeError> {
        let Some(state) = self.checkpoint.current() else { return Ok(None) };
        let n = shard.v.n_documents();
        let expected = (state.w.n_rows(), state.w.n_topics(), n, n);
        if (shard.v.n_terms(), shard.h.n_topics(), shard.h.n_rows(), shard.objectives.len()) != expected {
            return Err(FactorizeError::Statistics("of a shard that is not one of this fit".into()));
        }
        Ok(loss::term_statistics(&self.problem, &state.w, shard, loss::methods(&self.problem, state).terms))
    }

    /// Takes the term step from the merged statistics of the blocks 0 to `n_blocks` − 1. The result has the same bits
    /// for any shards and any order of merging; it differs from that of [`Fit::term_step`] by rounding, because
    /// documents are added in another order. Fails if blocks are missing, or if the statistics are of another problem
    /// or solver.
    pub fn apply_term_statistics(&mut self, statistics: &TermStatistics, n_blocks: u64) -> Result<(), FactorizeError> {
        let layout = statistics.layout();
        let Some(state) = self.checkpoint.current_mut() else { return Ok(()) };
        let method = loss::methods(&self.problem, state).terms;
        if Some(layout) != loss::layout(&state.w, method) {
            return Err(FactorizeError::Statistics("are of another problem or solver".into()));
        }
        let totals = statistics.clone().totals(n_blocks)?;
        loss::apply_statistics(&self.problem, state, &totals, method);
        Ok(())
    }
}
