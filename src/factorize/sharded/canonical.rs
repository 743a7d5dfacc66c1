//! The canonical form of a sharded fit, as [`canonical`](crate::factorize::Canonical) has it, and what is read from it.

use std::ops::Range;
use std::sync::Arc;

use super::descent::ShardedFit;
use super::pass::each_shard;
use super::shards::{Rows, Shards};
use crate::factorize::canonical::{inverse, masses, multiply_topics, normalise, topic_order};
use crate::factorize::descent::record;
use crate::factorize::documents::Documents;
use crate::factorize::fold_in::{FoldIn, solve_with};
use crate::factorize::guidance::FixedTopics;
use crate::factorize::{FactorMatrix, FactorizeError, Iteration, Observer, State, StopReason, loss};

/// The factors of a sharded fit in canonical form. The rows of H stand where the fit keeps them.
#[derive(Clone, Debug)]
pub struct ShardedFactors {
    /// W, terms × topics; a column is p(term | topic).
    pub w: Arc<FactorMatrix>,
    /// The topics in the order in which documents were solved; `None` if that is the order of the topics.
    pub fold_in_order: Option<Vec<usize>>,
    /// Sum of each topic over the documents.
    pub masses: Vec<f64>,
    /// The objective by iteration; the first entry is that of the start.
    pub trace: Vec<Iteration>,
    /// Why the fit ended.
    pub stop_reason: StopReason,
    /// The objective of the canonical form.
    pub final_objective: f64,
    /// [`baseline_objective`](crate::factorize::baseline_objective).
    pub baseline_objective: f64,
}

impl ShardedFit<'_> {
    /// Ends the fit, and brings its factors into canonical form; H is solved for it unless topics are to be sharpened
    /// (see [`Factorization::normalised`](crate::factorize::Factorization::normalised)). Fails if numbers have
    /// overflowed or underflowed, or if a shard or a row cannot be read or written.
    pub fn finish(self, is_solved: bool, observer: &mut dyn Observer) -> Result<ShardedFactors, FactorizeError> {
        let stop_reason = self.stop_reason();
        let Self { shards, rows, problem, mut checkpoint, .. } = self;
        let (params, loss) = (&problem.params, problem.params.loss);
        let mut objective = 0.0;
        each_shard(shards, |shard, documents| {
            let h = rows.read(shards.documents(shard))?;
            objective += loss::objective(&documents.v, &checkpoint.state.w, &h, loss);
            Ok(())
        })?;
        // The fit has ended, so that the observer's answer is ignored.
        let _ = record(&problem, &mut checkpoint.state, objective, observer)?;
        let fixed = FixedTopics::default();
        let State { mut w, trace, .. } = checkpoint.state;
        let scales = normalise(&mut w, fixed);
        let mut masses = masses(&checkpoint.h_sums, &scales);
        if is_solved {
            w.permute(&topic_order(&w, &masses, fixed));
            let solved = Arc::new(w);
            let fold_in = FoldIn::for_params(Arc::clone(&solved), params);
            masses.fill(0.0);
            each_shard(shards, |shard, documents| {
                solve(&fold_in, &documents.v, rows, shards.documents(shard), &mut masses)
            })?;
            drop(fold_in);
            w = Arc::unwrap_or_clone(solved);
        }
        let order = topic_order(&w, &masses, fixed);
        w.permute(&order);
        let (mut final_objective, mut baseline_objective) = (0.0, 0.0);
        each_shard(shards, |shard, documents| {
            let h = change(rows, shards, shard, |h| {
                if !is_solved {
                    multiply_topics(h, &scales);
                }
                h.permute(&order);
            })?;
            final_objective += loss::objective(&documents.v, &w, &h, loss);
            let (total, term_sums) = (checkpoint.data.total, &checkpoint.term_sums);
            baseline_objective += loss::baseline_part(&documents.v, total, term_sums, loss);
            Ok(())
        })?;
        let masses = order.iter().map(|&topic| masses[topic]).collect();
        let (w, fold_in_order) = (Arc::new(w), inverse(&order).filter(|_| is_solved));
        Ok(ShardedFactors { w, fold_in_order, masses, trace, stop_reason, final_objective, baseline_objective })
    }
}

/// Solves the documents of a shard into their `rows`, and adds their sums to the masses of topics.
pub(super) fn solve(
    fold_in: &FoldIn,
    documents: &impl Documents,
    rows: &dyn Rows,
    range: Range<usize>,
    masses: &mut [f64],
) -> Result<(), FactorizeError> {
    let mut h = FactorMatrix::zeros(range.len(), fold_in.n_topics());
    solve_with(fold_in, &mut h, documents);
    masses.iter_mut().zip(h.topic_sums()).for_each(|(sum, part)| *sum += part);
    Ok(rows.write(range.start, &h)?)
}

/// Changes the rows of a shard, and returns them.
pub(super) fn change(
    rows: &dyn Rows,
    shards: &dyn Shards,
    shard: usize,
    change: impl FnOnce(&mut FactorMatrix),
) -> Result<FactorMatrix, FactorizeError> {
    let documents = shards.documents(shard);
    let mut h = rows.read(documents.clone())?;
    change(&mut h);
    if let Some(value) = h.first_invalid() {
        return Err(FactorizeError::Overflow { what: "H", value });
    }
    rows.write(documents.start, &h)?;
    Ok(h)
}
