//! The term step from sums over shards: b, the Gram matrix and column sums take the place of V's rows.

use std::ops::Range;

use rayon::prelude::*;

use super::gram::Gram;
use super::hals;
use super::method::Method;
use super::penalties::{Penalty, term_penalty};
use crate::factorize::problem::Problem;
use crate::factorize::state::State;
use crate::factorize::statistics::{Layout, Shard, TermStatistics, Totals};
use crate::factorize::sums_by_term::add_by_term;
use crate::kernels::{
    FactorMatrix, Kernel, Lanes, LeastSquares, PANEL_ROWS, Panel, flatten, flatten_mut, products_of_columns,
};

/// The statistics of a shard's documents. Every method of the family can work from them.
pub(in crate::factorize) fn term_statistics(
    problem: &Problem<'_>,
    shard: &Shard<'_>,
    layout: Layout,
) -> TermStatistics {
    let kernel = Kernel::current();
    let mut statistics = TermStatistics::new(layout);
    for (block, documents) in shard.blocks() {
        let mut sums = layout.zeros();
        let Range { start, end } = documents.clone();
        let entries = shard.v.document_range(start).start..shard.v.document_range(end - 1).end;
        let by_document = shard.v.by_document();
        add_by_term(shard.v, shard.h, documents.clone(), &by_document.data()[entries], &mut sums.numerators);
        sums.rest[layout.gram()].copy_from_slice(&products_of_columns(kernel, shard.h, documents.clone()));
        shard.fill_rest(problem, documents, layout, &mut sums.rest);
        // Adding cannot fail, because the blocks of a shard are distinct.
        let _ = statistics.add_block(block, sums);
    }
    statistics
}

/// Updates W from the statistics of all documents.
pub(in crate::factorize) fn apply_statistics(
    problem: &Problem<'_>,
    state: &mut State,
    totals: &Totals,
    method: Method,
) {
    let State { w, floors, .. } = state;
    let columns = totals.columns();
    let penalty = problem
        .penalties
        .as_ref()
        .map_or_else(Penalty::default, |penalties| term_penalty(penalties, [&penalties.term_columns(w), &columns]));
    let n_topics = w.n_topics();
    let gram = Gram::from_values(totals.gram().to_vec(), n_topics);
    let method = match method {
        Method::Hals => return descend(w, totals, &hals::problem(&gram, &penalty, floors.0)),
        Method::ByRow(method) => method,
    };
    w.each_padded_row(|term, row| {
        if totals.weight(term) <= 0.0 {
            return row.fill(Lanes::default());
        }
        let mut a: Vec<f64> = flatten(row)[..n_topics].iter().map(|&a| f64::from(a)).collect();
        let b: Vec<f64> = flatten(totals.numerators(term))[..n_topics].iter().map(|&b| f64::from(b)).collect();
        method.improve(&gram, &b, f64::from(floors.0), &mut a, &mut Vec::new());
        flatten_mut(row).iter_mut().zip(a).for_each(|(to, from)| *to = from as f32);
    });
}

/// Updates the rows of W in panels; rows of terms without weight become zeros.
fn descend(w: &mut FactorMatrix, totals: &Totals, problem: &LeastSquares) {
    let (kernel, lanes_per_row) = (Kernel::current(), w.lanes_per_row());
    let panels = w.lanes_mut().par_chunks_mut(PANEL_ROWS * lanes_per_row).enumerate();
    panels.for_each_init(
        || Panel::new(problem),
        |panel, (at, rows)| {
            for (lane, row) in rows.chunks_exact(lanes_per_row).enumerate() {
                panel.set(lane, totals.numerators(at * PANEL_ROWS + lane), row);
            }
            let is_empty = |lane: usize| totals.weight(at * PANEL_ROWS + lane) <= 0.0;
            hals::improve(kernel, problem, panel, rows, lanes_per_row, is_empty);
        },
    );
}
