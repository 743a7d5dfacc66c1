//! The canonical form of a sharded fit, as [`canonical`](crate::factorize::Canonical) has it, and what is read from it.

use std::borrow::Cow;
use std::sync::Arc;

use super::descent::ShardedFit;
use super::engine::Engine;
use super::pass::{Arrange, Objective, Pass, Solve, Solved};
use crate::factorize::canonical::{inverse, masses, normalise, topic_order};
use crate::factorize::descent::record;
use crate::factorize::guidance::FixedTopics;
use crate::factorize::{FactorMatrix, FactorizeError, FactorizeParams, Iteration, Observer, State, StopReason};

/// The factors of a sharded fit in canonical form. The rows of H stand where the engine keeps them.
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
    /// overflowed or underflowed, or as the engine does.
    pub fn finish(self, is_solved: bool, observer: &mut dyn Observer) -> Result<ShardedFactors, FactorizeError> {
        let stop_reason = self.stop_reason();
        let Self { engine, problem, mut checkpoint, .. } = self;
        let (params, loss) = (&problem.params, problem.params.loss);
        let w = Cow::Borrowed(&checkpoint.state.w);
        let objective = engine.run(&mut Pass::Objective(Objective { w, loss }))?.number()?;
        // The fit has ended, so that the observer's answer is ignored.
        let _ = record(&problem, &mut checkpoint.state, objective, observer)?;
        let fixed = FixedTopics::default();
        let State { mut w, trace, .. } = checkpoint.state;
        let scales = normalise(&mut w, fixed);
        let mut masses = masses(&checkpoint.h_sums, &scales);
        if is_solved {
            w.permute(&topic_order(&w, &masses, fixed));
            (w, masses) = solve(engine, w, params, Solved::Weights)?;
        }
        let order = topic_order(&w, &masses, fixed);
        w.permute(&order);
        let arrange = Arrange {
            w: Cow::Borrowed(&w),
            scales: Some(scales).filter(|_| !is_solved),
            order: order.clone(),
            total: checkpoint.data.total,
            term_sums: Cow::Borrowed(&checkpoint.term_sums),
            loss,
        };
        let [objective, baseline] = engine.run(&mut Pass::Arrange(arrange))?.numbers()?;
        let (final_objective, baseline_objective) = (objective.iter().sum(), baseline.iter().sum());
        let masses = order.iter().map(|&topic| masses[topic]).collect();
        let (w, fold_in_order) = (Arc::new(w), inverse(&order).filter(|_| is_solved));
        Ok(ShardedFactors { w, fold_in_order, masses, trace, stop_reason, final_objective, baseline_objective })
    }
}

/// Solves documents for topics, and returns these with their masses.
pub(super) fn solve(
    engine: &dyn Engine,
    topics: FactorMatrix,
    params: &FactorizeParams,
    of: Solved<'_>,
) -> Result<(FactorMatrix, Vec<f64>), FactorizeError> {
    let topics = Arc::new(topics);
    let mut pass = Pass::Solve(Solve { topics: Arc::clone(&topics), params: params.clone(), of, fold_in: None });
    let [masses] = engine.run(&mut pass)?.numbers()?;
    // What was made for the shards of this process has the topics as well.
    drop(pass);
    Ok((Arc::unwrap_or_clone(topics), masses))
}
