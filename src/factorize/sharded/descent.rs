//! The descent of a sharded fit: one pass over the shards is an iteration.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::pass::each_shard;
use super::shards::{Rows, Shards};
use super::start::FirstPass;
use crate::factorize::descent::record;
use crate::factorize::loss::Methods;
use crate::factorize::params::{Solver, Variant};
use crate::factorize::problem::{DataSums, Problem};
use crate::factorize::scale::exponent_of;
use crate::factorize::statistics::{Shard, TermStatistics};
use crate::factorize::stopping::has_converged;
use crate::factorize::structured::online::{self, Online};
use crate::factorize::{
    AUTO_TOPICS, FactorMatrix, FactorizeError, FactorizeParams, Iteration, Observer, Start, State, StopReason, loss,
};
use crate::matrix::{SparseRows, TermDocumentMatrix};

/// A sharded fit between two iterations: all that its next one needs beside the rows of H.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShardedCheckpoint {
    /// The state, without the rows of H.
    pub(super) state: State,
    /// Sum of each topic over the documents.
    pub(super) h_sums: Vec<f64>,
    /// Sums over V.
    pub(super) data: DataSums,
    /// Sum of the weights of each term.
    pub(super) term_sums: Vec<f64>,
}

impl ShardedCheckpoint {
    /// Number of iterations done.
    pub fn n_iterations(&self) -> usize {
        self.state.n_iterations()
    }
}

/// A fit of documents in shards, which can be interrupted between two iterations, stored and resumed. The caller keeps
/// the rows of H.
///
/// ```
/// use topicmill::factorize::{FactorizeParams, MemoryRows, MemoryShards, ShardedFit, Silent, StopReason};
/// use topicmill::matrix::TermDocumentMatrix;
/// let v = TermDocumentMatrix::from_triplets(4, 4, &[(0, 0, 3.0), (1, 0, 1.0), (0, 1, 2.0), (1, 1, 1.0),
///     (2, 2, 2.0), (3, 2, 2.0), (2, 3, 1.0), (3, 3, 3.0)])?;
/// let params = FactorizeParams { n_topics: 2, shard_documents: 2, ..Default::default() };
/// let (shards, rows) = (MemoryShards::new(&v, None, params.shard_documents), MemoryRows::new(4, 2));
/// let mut fit = ShardedFit::new(&shards, &rows, &params)?;
/// assert_eq!(fit.advance(usize::MAX, &mut Silent)?, Some(StopReason::Converged));
/// let factors = fit.finish(true, &mut Silent)?;
/// assert!(factors.trace.last().unwrap().objective < factors.trace[0].objective);
/// # Ok::<(), topicmill::Error>(())
/// ```
pub struct ShardedFit<'s> {
    pub(super) shards: &'s dyn Shards,
    pub(super) rows: &'s dyn Rows,
    /// The problem of no documents, which becomes that of a shard while one is worked on.
    pub(super) problem: Problem<'static>,
    pub(super) checkpoint: ShardedCheckpoint,
    stop_reason: Option<StopReason>,
}

impl<'s> ShardedFit<'s> {
    /// Refuses by name what needs all documents at once, or several copies of H.
    pub fn check(params: &FactorizeParams) -> Result<(), FactorizeError> {
        params.check()?;
        if params.n_topics == AUTO_TOPICS {
            return Err(refused("n_topics", "auto", "a number where documents stand in shards"));
        }
        if params.solver == Solver::CoordinateNewton {
            return Err(refused("solver", params.solver, WITHOUT_WHOLE_ROWS));
        }
        if params.restarts > 1 {
            return Err(refused("restarts", params.restarts, "1 where documents stand in shards"));
        }
        let others = [
            ("background", params.background),
            ("seeds", !params.seeds.is_empty()),
            ("excluded", !params.excluded.is_empty()),
            ("document_weights", params.document_weights.is_some()),
            ("runs", params.runs > 0),
            ("l1_topics", params.l1_topics > 0.0),
            ("l1_documents", params.l1_documents > 0.0),
            ("l2_topics", params.l2_topics > 0.0),
            ("l2_documents", params.l2_documents > 0.0),
            ("decorrelation", params.decorrelation > 0.0),
            ("topic_prior", params.topic_prior != 1.0),
            ("document_prior", params.document_prior != 1.0),
        ];
        match others.into_iter().find(|(_, is_given)| *is_given) {
            Some((key, _)) => Err(refused(key, "given", "none where documents stand in shards")),
            None => Ok(()),
        }
    }

    /// Reads all documents once and makes the start; `rows` gets that of H. Fails as [`ShardedFit::check`] does, if
    /// there are more topics than documents or terms, or if a shard cannot be read.
    pub fn new(shards: &'s dyn Shards, rows: &'s dyn Rows, params: &FactorizeParams) -> Result<Self, FactorizeError> {
        Self::check(params)?;
        let first = FirstPass::new(shards, rows, params.n_topics)?;
        first.check(params.n_topics)?;
        let (w, n_topics) = (first.topics(params), params.n_topics);
        let FirstPass { term_sums, data, .. } = first;
        if exponent_of(data.total, shards.n_nonzeros()) != 0 {
            return Err(refused(
                "shard_documents",
                params.shard_documents,
                "no shards, because the weights of terms are of such an unusual scale",
            ));
        }
        let mut state = State::new(Start { w, h: FactorMatrix::zeros(0, n_topics) }, params.floor);
        state.floors.1 = (params.floor * data.total / (shards.n_documents() as f64 * n_topics as f64)) as f32;
        let h_sums = vec![data.total / n_topics as f64; n_topics];
        Self::with_checkpoint(shards, rows, params, ShardedCheckpoint { state, h_sums, data, term_sums })
    }

    /// Goes on from `checkpoint`; shards, parameters and `rows` must be what they were then. Fails if the checkpoint
    /// has factors of another shape.
    pub fn resume(
        shards: &'s dyn Shards,
        rows: &'s dyn Rows,
        params: &FactorizeParams,
        mut checkpoint: ShardedCheckpoint,
    ) -> Result<Self, FactorizeError> {
        Self::check(params)?;
        // What is stored of no rows does not say how many topics they have.
        checkpoint.state.h = FactorMatrix::zeros(0, params.n_topics);
        let (n_terms, n_topics) = (shards.n_terms(), params.n_topics);
        checkpoint.state.check((n_terms, n_topics), (0, n_topics))?;
        if (checkpoint.h_sums.len(), checkpoint.term_sums.len()) != (n_topics, n_terms) {
            return Err(FactorizeError::Checkpoint("has sums of other topics or terms".into()));
        }
        Self::with_checkpoint(shards, rows, params, checkpoint)
    }

    fn with_checkpoint(
        shards: &'s dyn Shards,
        rows: &'s dyn Rows,
        params: &FactorizeParams,
        checkpoint: ShardedCheckpoint,
    ) -> Result<Self, FactorizeError> {
        let nothing = no_documents(shards.n_terms())?;
        let mut problem = Problem::new(Cow::Owned(nothing), params.clone(), None);
        problem.data = checkpoint.data;
        // A fit that was broken off in the iteration in which it converged has converged.
        let stop_reason = converged(&checkpoint.state, params);
        Ok(Self { shards, rows, problem, checkpoint, stop_reason })
    }

    /// The state of the fit beside the rows of H, to be stored and later given to [`ShardedFit::resume`].
    pub fn checkpoint(&self) -> &ShardedCheckpoint {
        &self.checkpoint
    }

    /// The objective before each iteration so far.
    pub fn trace(&self) -> &[Iteration] {
        self.checkpoint.state.trace()
    }

    /// Does at most `n_iterations` iterations. Returns the reason if the fit has ended. Fails if numbers overflow or
    /// underflow, or if a shard or a row cannot be read or written; the rows of H are of no use then.
    pub fn advance(
        &mut self,
        n_iterations: usize,
        observer: &mut dyn Observer,
    ) -> Result<Option<StopReason>, FactorizeError> {
        for _ in 0..n_iterations {
            if self.stop_reason.is_none() && self.trace().len() >= self.problem.params.max_iterations {
                self.stop_reason = Some(StopReason::MaxIterations);
            }
            if self.stop_reason.is_some() {
                break;
            }
            self.stop_reason = match self.problem.params.variant {
                Variant::Online => Some(self.pass(observer)?),
                _ => self.iterate(loss::methods(&self.problem, &self.checkpoint.state), observer)?,
            };
        }
        Ok(self.stop_reason)
    }

    /// Makes the one pass of an online fit, with the iteration that ends it, and returns why it ended.
    fn pass(&mut self, observer: &mut dyn Observer) -> Result<StopReason, FactorizeError> {
        let Self { shards, rows, problem, checkpoint, .. } = self;
        let (state, total) = (&mut checkpoint.state, checkpoint.data.total);
        let mut w = std::mem::replace(&mut state.w, FactorMatrix::zeros(0, problem.params.n_topics));
        let mut online = Online::new(&mut w, &problem.params, shards.n_documents(), total);
        let mut early = None;
        // Not by `each_shard`, since an observer stays on its thread.
        for shard in 0..shards.n_shards() {
            let (range, v) = (shards.documents(shard), shards.load(shard, false)?.v);
            let mut h = rows.read(range.clone())?;
            early = online.learn(&mut w, &v, &mut h, &mut |value| record(problem, state, value, observer))?;
            rows.write(range.start, &h)?;
            if early.is_some() {
                break;
            }
        }
        state.w = w;
        if let Some(reason) = early {
            return Ok(reason);
        }
        let methods = online::methods(problem, state);
        let answer = self.iterate(methods, observer)?;
        Ok(answer.filter(|reason| reason.is_early()).unwrap_or(StopReason::OnePass))
    }

    /// Does one iteration, and returns whether there is a reason to stop after it.
    fn iterate(&mut self, methods: Methods, observer: &mut dyn Observer) -> Result<Option<StopReason>, FactorizeError> {
        let Self { shards, rows, problem, checkpoint, .. } = self;
        let state = &mut checkpoint.state;
        let floors = state.floors;
        let layout = loss::layout(&state.w, methods.terms);
        let layout = layout.ok_or_else(|| refused("solver", problem.params.solver, WITHOUT_WHOLE_ROWS))?;
        let (mut statistics, mut objective) = (TermStatistics::new(layout), 0.0);
        each_shard(*shards, |shard, documents| {
            let range = shards.documents(shard);
            state.h = rows.read(range.clone())?;
            state.floors = floors;
            problem.data = DataSums::new(&documents.v);
            problem.v = Cow::Owned(documents.v);
            loss::prepare(problem, state);
            let part = loss::document_step(problem, state, methods.documents);
            objective += part.total();
            let (block_documents, first_block) = (shards.shard_documents(), shard as u64);
            let of_shard =
                Shard { v: &problem.v, h: &state.h, objectives: &part.documents, block_documents, first_block };
            if let Some(part) = loss::term_statistics(problem, &state.w, &of_shard, methods.terms) {
                statistics.merge(part)?;
            }
            Ok(rows.write(range.start, &state.h)?)
        })?;
        self.leave_shards()?;
        let Self { shards, problem, checkpoint, .. } = self;
        let state = &mut checkpoint.state;
        let answer = record(problem, state, objective, observer)?;
        let totals = statistics.totals(shards.n_shards() as u64)?;
        loss::apply_statistics(problem, state, &totals, methods.terms);
        checkpoint.h_sums = totals.columns().sums;
        Ok(answer.break_value().or(converged(state, &problem.params)))
    }

    /// Forgets the shard that was worked on last.
    fn leave_shards(&mut self) -> Result<(), FactorizeError> {
        let Self { problem, checkpoint, .. } = self;
        problem.data = checkpoint.data;
        problem.v = Cow::Owned(no_documents(problem.v.n_terms())?);
        checkpoint.state.h = FactorMatrix::zeros(0, problem.params.n_topics);
        Ok(())
    }

    /// The reason for which the fit has ended; the limit of iterations if it has not.
    pub(super) fn stop_reason(&self) -> StopReason {
        self.stop_reason.unwrap_or(StopReason::MaxIterations)
    }
}

/// What is expected in place of a solver that needs whole rows of V.
const WITHOUT_WHOLE_ROWS: &str =
    "diagonal-newton, hals, anls, projected-gradient or mu, which do not need all documents of a term at once";

/// Whether a fit has converged; it is not judged after the last iteration.
fn converged(state: &State, params: &FactorizeParams) -> Option<StopReason> {
    let is_last = state.n_iterations() >= params.max_iterations;
    (!is_last && has_converged(&state.trace, params)).then_some(StopReason::Converged)
}

fn no_documents(n_terms: usize) -> Result<TermDocumentMatrix, FactorizeError> {
    Ok(TermDocumentMatrix::from_documents(n_terms, SparseRows::default()).map_err(std::io::Error::other)?)
}

fn refused(key: &'static str, found: impl ToString, expected: &str) -> FactorizeError {
    FactorizeError::Parameter { key, found: found.to_string(), expected: expected.into() }
}
