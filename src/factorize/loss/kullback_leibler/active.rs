//! Diagonal Newton iterations at the cost of active topics: of many topics, most are absent from a document.
//!
//! After a few dense iterations the floor of H is removed, and a document works on the topics that it has. A topic
//! whose entry has become negligible and would fall further is dropped; in every iteration a part of the documents looks at
//! all topics again and takes those back whose gradient asks for it, so that nothing is locked and limits are the
//! same. A term sees all of its topics, and documents as lists of those that they have.
//!
//! With A topics active in a document, an iteration costs some 10 A operations per nonzero, and 18 n_topics for the
//! documents that look. What is dropped is at most 1e-8 of a document's weight per topic, less than a floor
//! would add; the safeguard of diagonal Newton steps sees a rise of the objective as it would see any other.

use super::half_step::in_tasks;
use crate::factorize::params::Solver;
use crate::factorize::problem::Problem;
use crate::factorize::state::State;
use crate::kernels::{
    ActiveUpdate, ActiveWorkspace, FactorMatrix, Kernel, Lanes, MOST_SPARSE_TOPICS, SparsePass, SparseRows, Step,
    StepTerms,
};
use crate::matrix::TermDocumentMatrix;

/// Fewest topics for which iterations of this kind are faster: up to 128, rows stay in registers in the dense loops.
const FEWEST_TOPICS: usize = 129;

/// Number of dense iterations at the beginning, while documents still have most topics.
const DENSE_ITERATIONS: usize = 3;

/// A document looks at all topics in one of this many iterations.
const LOOKS: usize = 3;

/// Number of steps per document in an iteration: once its entries are gathered, a step costs little.
const DOCUMENT_STEPS: usize = 3;

/// Whether the next iteration works on active topics.
pub(super) fn is_due(problem: &Problem<'_>, state: &State) -> bool {
    let is_plain = problem.penalties.is_none() && problem.constraints.is_none();
    let is_newton = matches!(problem.params.solver, Solver::Auto | Solver::DiagonalNewton);
    is_plain
        && is_newton
        && (FEWEST_TOPICS..=MOST_SPARSE_TOPICS).contains(&problem.params.n_topics)
        && state.n_iterations() >= DENSE_ITERATIONS
}

/// Before the first iteration of this kind, the floor of H is removed, and entries at it become zeros.
pub(in crate::factorize) fn prepare(problem: &Problem<'_>, state: &mut State) {
    if is_due(problem, state) && state.n_iterations() == DENSE_ITERATIONS {
        super::coordinate_newton::clear_floor(&mut state.h, state.floors.1);
        state.floors.1 = 0.0;
    }
}

/// Updates every row of the stored H (documents × topics) with W fixed, as `update_documents` does. `iteration` says
/// which documents look at all topics.
pub(super) fn update_documents(
    v: &TermDocumentMatrix,
    w: &FactorMatrix,
    terms: &StepTerms,
    h: &mut FactorMatrix,
    damping: f32,
    iteration: usize,
) -> Vec<f64> {
    let mut log_ratios = vec![0.0; h.n_rows()];
    let (rows, lanes_per_row, n_documents) = (v.by_document(), h.lanes_per_row(), h.n_rows());
    let pointers = rows.indptr();
    let update = ActiveUpdate::new(Kernel::current(), w, terms, damping, DOCUMENT_STEPS);
    in_tasks(
        pointers.raw_storage(),
        0..n_documents,
        lanes_per_row,
        h.lanes_mut(),
        &mut log_ratios,
        &|range, rows, f| {
            let mut work = ActiveWorkspace::new(w.n_topics());
            let documents = range.zip(rows.chunks_exact_mut(lanes_per_row)).zip(f);
            documents.for_each(|((document, row), f)| {
                let looks = document % LOOKS == iteration % LOOKS;
                *f = update.run(&mut work, row, v.document(document), looks, true);
            });
        },
    );
    log_ratios
}

/// Updates every row of W (terms × topics) with H fixed.
pub(super) fn update_terms(
    v: &TermDocumentMatrix,
    w: &mut FactorMatrix,
    h: &FactorMatrix,
    terms: &StepTerms,
    damping: f32,
) {
    let (kernel, n_topics, n_terms, lanes_per_row) = (Kernel::current(), w.n_topics(), w.n_rows(), w.lanes_per_row());
    let documents = SparseRows::new(h);
    if !documents.are_short() {
        return super::update_terms(v, w, h, terms, Step::DiagonalNewton { damping, passes: 1 });
    }
    let rows = v.by_term();
    let pointers = rows.indptr();
    in_tasks(pointers.raw_storage(), 0..n_terms, lanes_per_row, w.lanes_mut(), &mut [], &|range, rows, _| {
        let mut pass = SparsePass::new(n_topics);
        for (term, row) in range.zip(rows.chunks_exact_mut(lanes_per_row)) {
            let (indices, values) = v.term(term);
            if indices.is_empty() {
                row.fill(Lanes::default());
                continue;
            }
            pass.update(kernel, row, &documents, (indices, values), terms, damping);
        }
    });
}
