//! An iteration in its parts, for whoever holds the documents elsewhere: on disk, or on other machines.
//!
//! The fused half-steps of `loss` stay the fast way where one process holds all. Here the term step is made of
//! [`TermStatistics`], which add up over shards of documents.

use super::statistics::{Shard, TermStatistics};
use super::{FactorizeError, Fit, State, loss};
use crate::matrix::TermDocumentMatrix;

impl Fit<'_> {
    /// The descent whose turn it is; none before its start was made, as [`Fit::advance`] with 0 iterations does.
    pub fn current(&self) -> Option<&State> {
        self.checkpoint.current()
    }

    /// The matrix that is factorised: V, divided by a power of two where its scale is odd, and with the pseudo-documents of
    /// seeded topics behind its documents.
    pub fn matrix(&self) -> &TermDocumentMatrix {
        &self.problem.v
    }

    /// The document step of the next iteration: updates H, and gives each document's part of the objective before, without
    /// what V alone decides. Empty where no start was made.
    pub fn document_step(&mut self) -> Vec<f64> {
        let Some(state) = self.checkpoint.current_mut() else { return Vec::new() };
        let methods = loss::methods(&self.problem, state);
        loss::document_step(&self.problem, state, methods.documents).documents
    }

    /// The term step of the next iteration: updates W.
    pub fn term_step(&mut self) {
        let Some(state) = self.checkpoint.current_mut() else { return };
        let methods = loss::methods(&self.problem, state);
        loss::term_step(&self.problem, state, methods.terms);
    }

    /// What the documents of a shard say of the terms in that step; none for a solver that needs a term's whole row of V
    /// (`coordinate-newton`).
    pub fn term_statistics(&self, shard: &Shard<'_>) -> Option<TermStatistics> {
        let mut state = self.checkpoint.current()?.clone();
        let methods = loss::methods(&self.problem, &mut state);
        loss::term_statistics(&self.problem, &state.w, shard, methods.terms)
    }

    /// The term step from the statistics of all blocks 0 … `n_blocks`. For any shards and any order of merging it gives the
    /// same bits; from those of [`Fit::term_step`] they differ by the order in which documents are added.
    pub fn apply_term_statistics(&mut self, statistics: &TermStatistics, n_blocks: u64) -> Result<(), FactorizeError> {
        let totals = statistics.totals(n_blocks)?;
        let Some(state) = self.checkpoint.current_mut() else { return Ok(()) };
        let methods = loss::methods(&self.problem, state);
        loss::apply_statistics(&self.problem, state, &totals, methods.terms);
        Ok(())
    }
}
