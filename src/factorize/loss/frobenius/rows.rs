//! The loop over the rows of a factor. A row of V takes part in a step only by b = Fᵀx, which is computed here once
//! for all methods.

use rayon::prelude::*;
use sprs::CsMatViewI;

use super::gram::Gram;
use crate::kernels::{FactorMatrix, Kernel, Lanes, flatten, flatten_mut, weighted_sum};

/// A row x of V in the form that the methods need.
pub(super) struct Row<'a> {
    /// b = Fᵀx.
    pub(super) b: &'a [f64],
    /// The nonzeros of x.
    pub(super) values: &'a [f32],
}

impl Row<'_> {
    /// The row's part of the objective, without ½ ‖x‖²: ½ aᵀG a − bᵀa. `product` is a workspace.
    pub(super) fn objective(&self, gram: &Gram, a: &[f64], product: &mut Vec<f64>) -> f64 {
        gram.times(a, product);
        a.iter().zip(self.b).zip(product).map(|((a, b), product)| a * (0.5 * *product - b)).sum()
    }
}

/// Calls `change` for every row of `factor` whose row of V has nonzeros, in parallel, and collects the results. All
/// other rows become zeros, with 0 as their result. The last argument of `change` is a workspace.
pub(super) fn visit(
    rows: CsMatViewI<'_, f32, u32, u64>,
    other: &FactorMatrix,
    factor: &mut FactorMatrix,
    change: impl Fn(&Gram, &Row<'_>, &mut [f64], &mut Vec<f64>) -> f64 + Sync,
) -> Vec<f64> {
    let (gram, kernel, n_topics) = (Gram::new(other), Kernel::current(), other.n_topics());
    let (pointers, indices, values) = (rows.indptr(), rows.indices(), rows.data());
    let pointers = pointers.raw_storage();
    let lanes_per_row = factor.lanes_per_row();
    let workspace = || (vec![Lanes::default(); lanes_per_row], vec![0.0; n_topics], vec![0.0; n_topics], Vec::new());
    let visit = |work: &mut (Vec<Lanes>, Vec<f64>, Vec<f64>, Vec<f64>), (at, row): (usize, &mut [Lanes])| {
        let (sums, b, a, product) = work;
        let range = pointers[at] as usize..pointers[at + 1] as usize;
        if range.is_empty() {
            row.fill(Lanes::default());
            return 0.0;
        }
        weighted_sum(kernel, sums, other, &indices[range.clone()], &values[range.clone()]);
        b.iter_mut().zip(flatten(sums)).for_each(|(to, &from)| *to = f64::from(from));
        a.iter_mut().zip(flatten(row)).for_each(|(to, &from)| *to = f64::from(from));
        let result = change(&gram, &Row { b, values: &values[range] }, a, product);
        flatten_mut(row).iter_mut().zip(a.iter()).for_each(|(to, &from)| *to = from as f32);
        result
    };
    let rows = factor.lanes_mut().par_chunks_mut(lanes_per_row).enumerate().with_min_len(64);
    rows.map_init(workspace, visit).collect()
}
