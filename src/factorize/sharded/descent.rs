//! The descent of a sharded fit: one pass over the shards is an iteration.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::block::RowSet;
use super::engine::Engine;
use super::pass::{Iterate, Pass};
use super::shards::ShardSizes;
use super::start::Found;
use crate::factorize::descent::record;
use crate::factorize::params::{Solver, Variant};
use crate::factorize::problem::{DataSums, Problem};
use crate::factorize::scale::exponent_of;
use crate::factorize::statistics::{Sums, Totals};
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

/// A fit of documents in shards, which can be interrupted between two iterations, stored and resumed. The engine keeps
/// the rows of H.
///
/// ```
/// use std::sync::Arc;
/// use topicmill::factorize::{
///     FactorizeParams, LocalShards, MemoryRows, MemoryShards, ShardedFit, Silent, StopReason,
/// };
/// use topicmill::matrix::TermDocumentMatrix;
/// let v = TermDocumentMatrix::from_triplets(4, 4, &[(0, 0, 3.0), (1, 0, 1.0), (0, 1, 2.0), (1, 1, 1.0),
///     (2, 2, 2.0), (3, 2, 2.0), (2, 3, 1.0), (3, 3, 3.0)])?;
/// let params = FactorizeParams { n_topics: 2, shard_documents: 2, ..Default::default() };
/// let shards = MemoryShards::new(&v, None, params.shard_documents);
/// let engine = LocalShards::new(&shards, Arc::new(MemoryRows::new(4, 2)), None);
/// let mut fit = ShardedFit::new(&engine, &params)?;
/// assert_eq!(fit.advance(usize::MAX, &mut Silent)?, Some(StopReason::Converged));
/// let factors = fit.finish(true, &mut Silent)?;
/// assert!(factors.trace.last().unwrap().objective < factors.trace[0].objective);
/// # Ok::<(), topicmill::Error>(())
/// ```
pub struct ShardedFit<'s> {
    pub(super) engine: &'s dyn Engine,
    /// The problem of no documents, with the sums of all.
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

    /// Looks at all documents once and makes the start, of which the engine gets the rows of H. Fails as
    /// [`ShardedFit::check`] does, if there are more topics than documents or terms, or as the engine does.
    pub fn new(engine: &'s dyn Engine, params: &FactorizeParams) -> Result<Self, FactorizeError> {
        Self::check(params)?;
        let (ShardSizes { n_documents, n_nonzeros, .. }, n_topics) = (engine.sizes(), params.n_topics);
        let found = Found::new(engine, n_topics)?;
        let w = found.topics(params);
        let Found { term_sums, data, .. } = found;
        if exponent_of(data.total, n_nonzeros) != 0 {
            return Err(refused(
                "shard_documents",
                params.shard_documents,
                "no shards, because the weights of terms are of such an unusual scale",
            ));
        }
        let mut state = State::new(Start { w, h: FactorMatrix::zeros(0, n_topics) }, params.floor);
        state.floors.1 = (params.floor * data.total / (n_documents as f64 * n_topics as f64)) as f32;
        let h_sums = vec![data.total / n_topics as f64; n_topics];
        Self::with_checkpoint(engine, params, ShardedCheckpoint { state, h_sums, data, term_sums })
    }

    /// Goes on from `checkpoint`; parameters, shards and the rows of H must be what they were then. Fails if the
    /// checkpoint has factors of another shape.
    pub fn resume(
        engine: &'s dyn Engine,
        params: &FactorizeParams,
        mut checkpoint: ShardedCheckpoint,
    ) -> Result<Self, FactorizeError> {
        Self::check(params)?;
        // What is stored of no rows does not say how many topics they have.
        checkpoint.state.h = FactorMatrix::zeros(0, params.n_topics);
        let (n_terms, n_topics) = (engine.sizes().n_terms, params.n_topics);
        checkpoint.state.check((n_terms, n_topics), (0, n_topics))?;
        if (checkpoint.h_sums.len(), checkpoint.term_sums.len()) != (n_topics, n_terms) {
            return Err(FactorizeError::Checkpoint("has sums of other topics or terms".into()));
        }
        Self::with_checkpoint(engine, params, checkpoint)
    }

    fn with_checkpoint(
        engine: &'s dyn Engine,
        params: &FactorizeParams,
        checkpoint: ShardedCheckpoint,
    ) -> Result<Self, FactorizeError> {
        let nothing = TermDocumentMatrix::from_documents(engine.sizes().n_terms, SparseRows::default());
        let nothing = nothing.map_err(std::io::Error::other)?;
        let mut problem = Problem::new(Cow::Owned(nothing), params.clone(), None);
        problem.data = checkpoint.data;
        // A fit that was broken off in the iteration in which it converged has converged.
        let stop_reason = converged(&checkpoint.state, params);
        Ok(Self { engine, problem, checkpoint, stop_reason })
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
                _ => self.iterate(false, observer)?,
            };
        }
        Ok(self.stop_reason)
    }

    /// Makes the one pass of an online fit, with the iteration that ends it, and returns why it ended.
    fn pass(&mut self, observer: &mut dyn Observer) -> Result<StopReason, FactorizeError> {
        let Self { engine, problem, checkpoint, .. } = self;
        let elsewhere = "plain where other processes hold the documents, since one batch follows another";
        let shards = engine.shards_here().ok_or_else(|| refused("variant", Variant::Online, elsewhere))?;
        let (sizes, rows) = (engine.sizes(), engine.rows(RowSet::Factors)?);
        let (state, total) = (&mut checkpoint.state, checkpoint.data.total);
        let mut w = std::mem::replace(&mut state.w, FactorMatrix::zeros(0, problem.params.n_topics));
        let mut online = Online::new(&mut w, &problem.params, sizes.n_documents, total);
        let mut early = None;
        for shard in 0..sizes.n_shards() {
            let (range, v) = (sizes.documents(shard), shards.load(shard, false)?.v);
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
        let answer = self.iterate(true, observer)?;
        Ok(answer.filter(|reason| reason.is_early()).unwrap_or(StopReason::OnePass))
    }

    /// Does one iteration, and returns whether there is a reason to stop after it.
    fn iterate(
        &mut self,
        ends_online_pass: bool,
        observer: &mut dyn Observer,
    ) -> Result<Option<StopReason>, FactorizeError> {
        let Self { engine, problem, checkpoint, .. } = self;
        let ShardedCheckpoint { state, data, h_sums, .. } = checkpoint;
        let choose = if ends_online_pass { online::methods } else { loss::methods };
        let method = choose(problem, state).terms;
        let layout = loss::layout(&state.w, method);
        let layout = layout.ok_or_else(|| refused("solver", problem.params.solver, WITHOUT_WHOLE_ROWS))?;
        // The state is lent to the pass, so that W is not copied.
        let nothing = Start { w: FactorMatrix::zeros(0, 0), h: FactorMatrix::zeros(0, 0) };
        let lent = std::mem::replace(state, State::new(nothing, 0.0));
        let mut pass =
            Pass::Iterate(Iterate { params: problem.params.clone(), data: *data, state: lent, ends_online_pass });
        let said = engine.run(&mut pass);
        if let Pass::Iterate(pass) = pass {
            *state = pass.state;
        }
        let mut said = said?;
        let mut matrices = std::mem::take(&mut said.matrices).into_iter();
        let [rest, objective] = said.numbers()?;
        // What shards made ready for themselves.
        loss::prepare(problem, state);
        let answer = record(problem, state, objective.iter().sum(), observer)?;
        let sums = Sums::new(layout, [matrices.next(), matrices.next()], rest)?;
        let totals = Totals::new(layout, sums);
        loss::apply_statistics(problem, state, &totals, method);
        *h_sums = totals.columns().sums;
        Ok(answer.break_value().or(converged(state, &problem.params)))
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

fn refused(key: &'static str, found: impl ToString, expected: &str) -> FactorizeError {
    FactorizeError::Parameter { key, found: found.to_string(), expected: expected.into() }
}
