//! The term step from sums over shards: N, Q, weights and column sums take the place of V's rows.

use std::ops::Range;

use rayon::prelude::*;

use super::penalties::term_terms;
use crate::factorize::problem::Problem;
use crate::factorize::state::State;
use crate::factorize::statistics::{Layout, Shard, TermStatistics, Totals};
use crate::factorize::sums_by_term::add_both_by_term;
use crate::kernels::{
    FactorMatrix, Kernel, MIN_CURVED_PRODUCT, MIN_PRODUCT, PassOutputs, RowPass, Step, StepTerms, step_row,
};

/// Documents whose ratios are held at a time, in the caches of the cores; and those of a task.
const CHUNK_DOCUMENTS: usize = 16_384;
const TASK_DOCUMENTS: usize = 128;

/// The statistics of a shard's documents.
pub(in crate::factorize) fn term_statistics(
    problem: &Problem<'_>,
    w: &FactorMatrix,
    shard: &Shard<'_>,
    layout: Layout,
) -> TermStatistics {
    let mut statistics = TermStatistics::new(layout);
    let row_sums = if layout.is_curved { shard.h.row_sums() } else { Vec::new() };
    let mut ratios = Ratios::default();
    for (block, documents) in shard.blocks() {
        let mut sums = layout.zeros();
        for first in documents.clone().step_by(CHUNK_DOCUMENTS) {
            let chunk = first..documents.end.min(first + CHUNK_DOCUMENTS);
            ratios.compute(w, shard, chunk.clone(), &row_sums);
            let to = (&mut sums.numerators, &mut sums.curvatures);
            add_both_by_term(shard.v, shard.h, chunk, (&ratios.ratios, &ratios.curvatures), to);
        }
        shard.fill_rest(problem, documents, layout, &mut sums.rest);
        // Adding cannot fail, because the blocks of a shard are distinct.
        let _ = statistics.add_block(block, sums);
    }
    statistics
}

/// x / v of each entry of some documents, and with curvatures x σ_d / v² as well, where σ_d is the sum of the
/// document's row of H.
#[derive(Default)]
struct Ratios {
    ratios: Vec<f32>,
    curvatures: Vec<f32>,
}

impl Ratios {
    /// Computes the ratios of some documents; `row_sums` has σ, or is empty without curvatures.
    fn compute(&mut self, w: &FactorMatrix, shard: &Shard<'_>, documents: Range<usize>, row_sums: &[f32]) {
        let Shard { v, h, .. } = *shard;
        let Self { ratios, curvatures } = self;
        let entries = v.document_range(documents.start).start..v.document_range(documents.end - 1).end;
        ratios.resize(entries.len(), 0.0);
        curvatures.resize(if row_sums.is_empty() { 0 } else { entries.len() }, 0.0);
        let (mut rest, mut rest_of_curvatures) = (&mut ratios[..], &mut curvatures[..]);
        let mut tasks = Vec::new();
        for first in documents.clone().step_by(TASK_DOCUMENTS) {
            let task = first..documents.end.min(first + TASK_DOCUMENTS);
            let length = v.document_range(task.end - 1).end - v.document_range(first).start;
            let ratios = rest.split_off_mut(..length).unwrap_or_default();
            tasks.push((task, ratios, rest_of_curvatures.split_off_mut(..length).unwrap_or_default()));
        }
        let outputs = PassOutputs { products: true, ..Default::default() };
        let smallest = if row_sums.is_empty() { MIN_PRODUCT } else { MIN_CURVED_PRODUCT };
        let kernel = Kernel::current();
        tasks.into_par_iter().for_each_init(
            || RowPass::new(w.n_topics()),
            |pass, (documents, ratios, curvatures)| {
                let mut at = 0;
                for document in documents {
                    let (terms, values) = v.document(document);
                    pass.run(kernel, h.row(document), w, terms, values, 0..terms.len(), outputs);
                    let ratios = &mut ratios[at..at + terms.len()];
                    let products = || pass.products().iter().map(|product| product.max(smallest));
                    let entries = ratios.iter_mut().zip(values).zip(products());
                    entries.for_each(|((ratio, x), product)| *ratio = x / product);
                    if let Some(&sum) = row_sums.get(document) {
                        let entries = curvatures[at..at + terms.len()].iter_mut().zip(ratios).zip(products());
                        entries.for_each(|((curvature, ratio), product)| *curvature = *ratio * (sum / product));
                    }
                    at += terms.len();
                }
            },
        );
    }
}

/// Updates W from the statistics of all documents.
pub(in crate::factorize) fn apply_statistics(problem: &Problem<'_>, state: &mut State, totals: &Totals, step: Step) {
    let State { w, floors, .. } = state;
    let columns = totals.columns();
    let terms = match &problem.penalties {
        Some(penalties) => term_terms(penalties, w, [&penalties.term_columns(w), &columns], floors.0),
        None => StepTerms::new(&columns.sums, floors.0),
    };
    w.each_padded_row(|term, row| {
        let weight = totals.weight(term) as f32;
        step_row(step, row, totals.numerators(term), totals.curvatures(term), &terms, weight);
    });
    if let Some(constraints) = &problem.constraints {
        constraints.after_terms(w);
    }
}
