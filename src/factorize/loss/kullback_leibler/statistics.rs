//! The term step from sums over shards: N, Q, weights and column sums take the place of V's rows.

use rayon::prelude::*;

use super::penalties::term_terms;
use crate::factorize::problem::Problem;
use crate::factorize::state::State;
use crate::factorize::statistics::{Layout, Shard, TermStatistics, Totals};
use crate::kernels::{FactorMatrix, Kernel, PassOutputs, RowPass, Step, StepTerms, step_row};

/// The statistics of a shard's documents.
pub(in crate::factorize) fn term_statistics(
    problem: &Problem<'_>,
    w: &FactorMatrix,
    shard: &Shard<'_>,
    layout: Layout,
) -> TermStatistics {
    let Layout { n_terms, n_topics, is_curved, .. } = layout;
    let mut statistics = TermStatistics::new(layout);
    let row_sums = if is_curved { shard.h.row_sums() } else { Vec::new() };
    let (kernel, outputs) = (Kernel::current(), PassOutputs { row_sums: &row_sums, ..Default::default() });
    for (block, documents) in shard.blocks() {
        let mut numbers = vec![0.0; layout.len()];
        let (sums, rest) = numbers.split_at_mut(layout.curvatures().start);
        let (curvatures, rest) = rest.split_at_mut(layout.curvatures().len());
        let mut curvatures = curvatures.chunks_mut(n_topics).map(Some).chain(std::iter::repeat_with(|| None));
        let terms: Vec<_> = (0..n_terms)
            .zip(sums.chunks_mut(n_topics))
            .zip(&mut curvatures)
            .zip(&mut rest[..n_terms])
            .map(|(((term, numerators), curvatures), weight)| (term, numerators, curvatures, weight))
            .collect();
        terms.into_par_iter().for_each_init(
            || RowPass::new(n_topics),
            |pass, (term, numerators, curvatures, weight)| {
                let (indices, values) = shard.v.term(term);
                let place = |end: usize| indices.partition_point(|&document| (document as usize) < end);
                let range = place(documents.start)..place(documents.end);
                if range.is_empty() {
                    return;
                }
                *weight = values[range.clone()].iter().map(|&x| f64::from(x)).sum();
                pass.run(kernel, w.row(term), shard.h, indices, values, range, outputs);
                numerators.iter_mut().zip(pass.numerators()).for_each(|(to, &from)| *to = f64::from(from));
                let curved = curvatures.into_iter().flatten().zip(pass.curvatures());
                curved.for_each(|(to, &from)| *to = f64::from(from));
            },
        );
        shard.fill_columns(problem, &documents, &mut numbers[layout.columns()]);
        numbers[layout.objective()] = shard.objectives[documents].iter().sum();
        // Adding cannot fail, because the blocks of a shard are distinct.
        let _ = statistics.add_block(block, numbers);
    }
    statistics
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
