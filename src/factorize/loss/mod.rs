//! The losses, each in a folder with the same file names, and the functions that choose between them, so that the
//! loop of a fit need not know the loss.

pub mod frobenius;
pub mod kullback_leibler;
mod objective;
mod violation;

use objective::Objective;

use rayon::prelude::*;

use super::documents::Documents;
use super::params::{FactorizeParams, Loss, Solver, Variant};
use super::problem::Problem;
use super::single_topic::SingleTopic;
use super::state::State;
use super::statistics::{Layout, Shard, TermStatistics, Totals};
use crate::kernels::{FactorMatrix, Kernel, Lanes, Step};
use crate::matrix::TermDocumentMatrix;

/// How the rows of a factor are updated, by loss.
#[derive(Clone, Copy, Debug)]
pub(super) enum Method {
    KullbackLeibler(Step),
    Frobenius(frobenius::Method),
}

impl Method {
    /// Whether a step minimises exactly along each coordinate. Only such steps are extrapolated, because others
    /// already overshoot.
    pub(super) fn is_exact(self) -> bool {
        match self {
            Self::KullbackLeibler(step) => matches!(step, Step::CoordinateNewton { .. }),
            Self::Frobenius(method) => method.is_exact(),
        }
    }
}

/// The methods of the two steps of an iteration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Methods {
    pub(super) documents: Method,
    pub(super) terms: Method,
}

/// Chooses the methods of the next iteration. It may change the state, because a method may remove the floors when
/// its turn comes.
pub(super) fn methods(problem: &Problem<'_>, state: &State) -> Methods {
    match problem.params.loss {
        Loss::KullbackLeibler => {
            let [documents, terms] = kullback_leibler::steps(problem, state).map(Method::KullbackLeibler);
            Methods { documents, terms }
        }
        Loss::Frobenius => {
            let method = Method::Frobenius(frobenius::Method::of(problem.params.solver));
            let sparse = frobenius::RowMethod::SparseWeights(problem.params.document_sparseness);
            let is_sparse = problem.params.document_sparseness > 0.0;
            let documents = if is_sparse { Method::Frobenius(frobenius::Method::ByRow(sparse)) } else { method };
            Methods { documents, terms: method }
        }
    }
}

/// The method of multiplicative updates.
pub(super) fn multiplicative(loss: Loss) -> Method {
    match loss {
        Loss::KullbackLeibler => Method::KullbackLeibler(Step::Multiplicative),
        Loss::Frobenius => Method::Frobenius(frobenius::Method::of(Solver::Mu)),
    }
}

/// Makes a state ready for the next iteration: the first coordinate step, and the first on active topics, work
/// without a floor.
pub(super) fn prepare(problem: &Problem<'_>, state: &mut State) {
    match problem.params.loss {
        Loss::KullbackLeibler if problem.params.solver == Solver::CoordinateNewton => {
            kullback_leibler::prepare_coordinate_steps(state);
        }
        Loss::KullbackLeibler => kullback_leibler::prepare_active_topics(problem, state),
        Loss::Frobenius => {}
    }
}

/// Takes the document step, which updates H; returns the objective before the step.
pub(super) fn document_step(problem: &Problem<'_>, state: &mut State, method: Method) -> Objective {
    match method {
        Method::KullbackLeibler(step) => kullback_leibler::document_step(problem, state, step),
        Method::Frobenius(method) => frobenius::document_step(problem, state, method),
    }
}

/// Takes the term step, which updates W.
pub(super) fn term_step(problem: &Problem<'_>, state: &mut State, method: Method) {
    match method {
        Method::KullbackLeibler(step) => kullback_leibler::term_step(problem, state, step),
        Method::Frobenius(method) => frobenius::term_step(problem, state, method),
    }
}

/// The layout of the statistics that a method of the term step needs; `None` if it needs whole rows of V.
pub(super) fn layout(w: &FactorMatrix, method: Method) -> Option<Layout> {
    let (is_curved, has_gram) = match method {
        Method::KullbackLeibler(Step::Multiplicative) => (false, false),
        Method::KullbackLeibler(Step::DiagonalNewton { .. }) => (true, false),
        Method::KullbackLeibler(Step::CoordinateNewton { .. }) => return None,
        Method::Frobenius(_) => (false, true),
    };
    Some(Layout { n_terms: w.n_rows(), n_topics: w.n_topics(), is_curved, has_gram })
}

/// The statistics that the documents of a shard contribute to the term step; `None` if the method needs whole rows of
/// V.
pub(super) fn term_statistics(
    problem: &Problem<'_>,
    w: &FactorMatrix,
    shard: &Shard<'_>,
    method: Method,
) -> Option<TermStatistics> {
    let layout = layout(w, method)?;
    Some(match method {
        Method::KullbackLeibler(_) => kullback_leibler::term_statistics(problem, w, shard, layout),
        Method::Frobenius(_) => frobenius::term_statistics(problem, shard, layout),
    })
}

/// Updates W as [`term_step`] does, but from the statistics of all shards.
pub(super) fn apply_statistics(problem: &Problem<'_>, state: &mut State, totals: &Totals, method: Method) {
    match method {
        Method::KullbackLeibler(step) => kullback_leibler::apply_statistics(problem, state, totals, step),
        Method::Frobenius(method) => frobenius::apply_statistics(problem, state, totals, method),
    }
}

/// Whether the solver goes on to a stationary point, and has begun the steps that lead there.
pub(super) fn reaches_stationary_points(problem: &Problem<'_>, state: &State) -> bool {
    problem.params.solver == Solver::CoordinateNewton && kullback_leibler::has_begun_coordinate_steps(state)
}

/// The size of V in the unit of the loss: Σ V or ½ Σ V². The objective is compared with it to tell rounding from
/// underflow.
pub(super) fn data_sum(problem: &Problem<'_>) -> f64 {
    match problem.params.loss {
        Loss::KullbackLeibler => problem.data.total,
        Loss::Frobenius => problem.data.half_squares,
    }
}

/// f(W, H): the generalised Kullback-Leibler divergence of V from W H, in nats times the unit of V, or ½ ‖V − WH‖²_F,
/// in squares of that unit. O(nnz · n_topics).
///
/// `w` is terms × topics, `h` documents × topics.
///
/// ```
/// use topicmill::{factorize::{Loss, objective}, kernels::FactorMatrix, matrix::TermDocumentMatrix};
/// let v = TermDocumentMatrix::from_triplets(2, 1, &[(0, 0, 2.0)])?;
/// let (w, h) = (FactorMatrix::from_fn(2, 1, |_, _| 1.0), FactorMatrix::from_fn(1, 1, |_, _| 1.0));
/// let by_hand = 2.0 * 2.0_f64.ln() - 2.0 + 2.0;
/// assert!((objective(&v, &w, &h, Loss::KullbackLeibler) - by_hand).abs() < 1e-6);
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn objective(v: &TermDocumentMatrix, w: &FactorMatrix, h: &FactorMatrix, loss: Loss) -> f64 {
    match loss {
        Loss::KullbackLeibler => kullback_leibler::objective(v, w, h),
        Loss::Frobenius => frobenius::objective(v, w, h),
    }
}

/// The objective of what can be said without topics, beside which that of a fit is read. For the divergence it is
/// that of the outer product of V's row and column sums over its total, which is the best of rank one; for squared
/// errors it is ½ Σ V², that of nothing at all. O(nnz).
///
/// ```
/// use topicmill::{factorize::{Loss, baseline_objective}, matrix::TermDocumentMatrix};
/// let v = TermDocumentMatrix::from_triplets(2, 2, &[(0, 0, 2.0), (1, 1, 2.0)])?;
/// assert!((baseline_objective(&v, Loss::KullbackLeibler) - 4.0 * 2.0_f64.ln()).abs() < 1e-12);
/// assert_eq!(baseline_objective(&v, Loss::Frobenius), 4.0);
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn baseline_objective(v: &TermDocumentMatrix, loss: Loss) -> f64 {
    baseline_part(v, v.total(), &v.term_sums(), loss)
}

/// The part of some documents in [`baseline_objective`]: `total` and `term_sums` are those of all documents.
pub(super) fn baseline_part(v: &TermDocumentMatrix, total: f64, term_sums: &[f64], loss: Loss) -> f64 {
    let of_document = |document: usize| -> f64 {
        let sum = v.document_sum(document);
        let entry = |(term, value): (u32, f32)| match loss {
            Loss::KullbackLeibler => {
                f64::from(value) * libm::log(f64::from(value) * total / (term_sums[term as usize] * sum))
            }
            Loss::Frobenius => 0.5 * f64::from(value) * f64::from(value),
        };
        v.entries(document).map(entry).sum()
    };
    // The sum is taken in the order of documents, so that it is the same on any number of threads.
    let of_documents: Vec<f64> = (0..v.n_documents()).into_par_iter().map(of_document).collect();
    of_documents.iter().sum()
}

/// The KKT residual: the largest violation of the Karush-Kuhn-Tucker conditions for a minimum, over all documents,
/// terms and topics. It is 0 at a stationary point and has no unit.
///
/// With the gradient g = s − N (for a column of H, s are the column sums of W and N_k = Σ_t W_tk V_td / (WH)_td; for
/// a row of W the roles are exchanged), a minimum has a ≥ 0, g ≥ 0 and a g = 0. A positive entry violates this by |a
/// g| / Σ V of its row, a share of the row's weight; an entry of 0 violates it by (N/s − 1)₊, the relative gain of
/// leaving zero. Entries at or below `floors`, those of W and of H, count as zeros. For the Frobenius norm, with the
/// gradient g = G a − b (see `loss::frobenius`), a positive entry violates the conditions by |a g| / Σ V² of its row,
/// and an entry of 0 by (b/(G a) − 1)₊. O(nnz · n_topics), as an iteration of multiplicative updates.
///
/// `w` is terms × topics, `h` documents × topics.
///
/// ```
/// use topicmill::{factorize::{Loss, kkt_residual}, kernels::FactorMatrix, matrix::TermDocumentMatrix};
/// let v = TermDocumentMatrix::from_triplets(1, 1, &[(0, 0, 6.0)])?;
/// let factor = |value| FactorMatrix::from_fn(1, 1, |_, _| value);
/// assert_eq!(kkt_residual(&v, &factor(2.0), &factor(3.0), (0.0, 0.0), Loss::KullbackLeibler), 0.0);
/// // WH = 4 in place of 6: g = 2 − 6 / 4 · 2 = −1, so |a g| / Σ V = 2 · 1 / 6.
/// assert!((kkt_residual(&v, &factor(2.0), &factor(2.0), (0.0, 0.0), Loss::KullbackLeibler) - 1.0 / 3.0).abs() < 1e-6);
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn kkt_residual(v: &TermDocumentMatrix, w: &FactorMatrix, h: &FactorMatrix, floors: (f32, f32), loss: Loss) -> f64 {
    match loss {
        Loss::KullbackLeibler => kullback_leibler::kkt_residual(v, w, h, floors),
        Loss::Frobenius => frobenius::kkt_residual(v, w, h, floors),
    }
}

/// Solves documents for fixed topics, with the workspace of one thread. Clones share what is computed once per W.
#[derive(Clone, Debug)]
pub(super) enum DocumentSolver {
    KullbackLeibler(kullback_leibler::DocumentSolver),
    Frobenius(frobenius::DocumentSolver),
    /// For either loss, where a document has one topic.
    Single(SingleTopic),
}

impl DocumentSolver {
    /// A solver for the topics `w`, terms × topics.
    pub(super) fn new(w: &FactorMatrix, params: &FactorizeParams) -> Self {
        match params.loss {
            loss if params.variant == Variant::Orthogonal => Self::Single(SingleTopic::new(w, loss)),
            Loss::KullbackLeibler => Self::KullbackLeibler(kullback_leibler::DocumentSolver::new(w, params)),
            Loss::Frobenius => Self::Frobenius(frobenius::DocumentSolver::new(w, params)),
        }
    }

    /// Solves up to [`PANEL_ROWS`](crate::kernels::PANEL_ROWS) documents into `rows`; returns the number of rounds for
    /// the last of them. The first of them is the document `first`.
    pub(super) fn solve(
        &mut self,
        kernel: Kernel,
        w: &FactorMatrix,
        documents: &impl Documents,
        first: usize,
        rows: &mut [Lanes],
    ) -> usize {
        match self {
            Self::KullbackLeibler(solver) => {
                one_by_one(w, documents, first, rows, |terms, values, row| solver.solve(kernel, w, terms, values, row))
            }
            Self::Frobenius(solver) => {
                solver.solve(kernel, w, documents, first, rows);
                1
            }
            Self::Single(solver) => one_by_one(w, documents, first, rows, |terms, values, row| {
                solver.solve(terms, values, row);
                1
            }),
        }
    }
}

/// Calls `solve` with the terms, values and row of each document; returns what it returns for the last of them.
fn one_by_one(
    w: &FactorMatrix,
    documents: &impl Documents,
    first: usize,
    rows: &mut [Lanes],
    mut solve: impl FnMut(&[u32], &[f32], &mut [Lanes]) -> usize,
) -> usize {
    let mut buffer = Vec::new();
    let rows = rows.chunks_exact_mut(w.lanes_per_row()).enumerate();
    rows.fold(0, |_, (i, row)| {
        let (terms, values) = documents.document(first + i, &mut buffer);
        solve(terms, values, row)
    })
}
