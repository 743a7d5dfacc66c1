//! The loops over nonzeros, written once over a virtual vector in registers; `avx2` and `avx512` compile them. They
//! must give the same bits as the portable loops of `chunk` and `coordinate`.

use std::hint::black_box;
use std::marker::PhantomData;

use super::chunk::{CHUNK, Chunk, MIN_CURVED_PRODUCT, MIN_PRODUCT, Sums, chains};
use super::coordinate::{BLOCKS, Nonzeros, RowProblem, Visit};
use super::lanes::{self, LANES, Lanes, tree};
use super::logarithm::ln;
use super::row_step;
use super::rows::{Rows, Step};
use super::vector::Vector;

/// Most vectors per row for which the loop is compiled with a fixed number of vectors, so that its sums stay in
/// registers.
pub(super) const MAX_FIXED_LANES: usize = 8;

/// How many nonzeros ahead their indices and values are prefetched. It is farther than rows of the factor are,
/// because a row can be prefetched only once its index has arrived.
const STREAM_AHEAD: usize = 256;

/// Sixteen nonzeros between their dot products and their additions to the sums. They are kept in memory, where a
/// ratio is read by a broadcast load and an address as a number, without taking lanes out of a register.
#[derive(Clone, Copy, Default)]
struct Block {
    /// The addresses at which the factor's rows begin.
    addresses: [u64; LANES],
    ratios: Lanes,
    /// Ratios times σ / v, for the curvatures.
    curvatures: Lanes,
}

/// Computes the sums over a chunk; returns the chunk's part of f. M vectors per row are held in registers; M = 0
/// stands for any number of vectors, which are held in memory.
///
/// # Safety
/// The caller promises what [`Vector`] asks for.
#[inline(always)]
pub(super) unsafe fn pass<V: Vector, const M: usize, const CHAINS: usize, const CURVED: bool>(
    chunk: &Chunk<'_>,
    to: &mut Sums<'_>,
) -> f64 {
    // SAFETY: the caller's promise is the one that these functions need.
    unsafe {
        let (numerators, curvatures, objective) = sums::<V, M, CHAINS, CURVED>(chunk, to);
        for m in 0..M {
            numerators[m].store(to.numerators[m].0.as_mut_ptr());
            if CURVED {
                curvatures[m].store(to.curvatures[m].0.as_mut_ptr());
            }
        }
        objective
    }
}

/// As [`pass`], but returns the numerators and curvatures in registers; for M = 0 they are in memory, in `to`.
///
/// In each step of the loop, addresses, ratios and sums are computed for three different blocks of 16 nonzeros, so
/// that none of them has to wait for another.
///
/// # Safety
/// The caller promises what [`Vector`] asks for.
#[inline(always)]
unsafe fn sums<V: Vector, const M: usize, const CHAINS: usize, const CURVED: bool>(
    chunk: &Chunk<'_>,
    to: &mut Sums<'_>,
) -> ([V; M], [V; M], f64) {
    let lanes_per_row = chunk.row.len();
    assert!(to.numerators.len() == lanes_per_row && (M == 0 || M == lanes_per_row), "vectors of the row");
    assert!(!CURVED || to.curvatures.len() == lanes_per_row, "vectors of the row");
    assert!(CHAINS == chains(lanes_per_row) && chunk.range.len() <= CHUNK, "shape of the pass");
    let n_rows = (chunk.factor.len() / lanes_per_row) as u32;
    let row_sums = chunk.outputs.row_sums;
    assert!(!CURVED || row_sums.len() == n_rows as usize && n_rows <= i32::MAX as u32, "a sum for each row");
    let (indices, values) = (&chunk.indices[..chunk.range.end], &chunk.values[..chunk.range.end]);
    let mut objective = [0.0_f64; LANES];
    let mut blocks = [Block::default(); 4];
    let base = chunk.factor.as_ptr().expose_provenance() as u64;
    let stride = size_of_val(chunk.row) as u32;
    // SAFETY: the caller has promised the instruction set; blocks lie within `range`, which the slices above hold; an
    // address is that of a row below `n_rows`, and an index has been checked against `n_rows` before it is used to
    // gather.
    unsafe {
        let mut row = [V::zero(); M];
        let mut numerators = [[V::zero(); M]; CHAINS];
        let mut curvatures = [[V::zero(); M]; CHAINS];
        for m in 0..M {
            row[m] = V::load(chunk.row[m].0.as_ptr());
        }
        if M == 0 {
            to.numerators.fill(Lanes::default());
            to.curvatures.fill(Lanes::default());
        }
        let n_blocks = chunk.range.len().div_ceil(LANES);
        let place = |i: usize| (chunk.range.start + i * LANES, (chunk.range.len() - i * LANES).min(LANES));
        for step in 0..n_blocks + 2 {
            if step < n_blocks {
                let (at, count) = place(step);
                prefetch(chunk, at, count);
                let addresses = &mut blocks[step % 4].addresses;
                let are_rows = V::load_addresses(indices.as_ptr().add(at), count, n_rows, base, stride, addresses);
                assert!(are_rows, "an index is no row of the factor");
            }
            if (1..=n_blocks).contains(&step) {
                let (at, count) = place(step - 1);
                let block = &mut blocks[(step - 1) % 4];
                let x = V::load_values(values.as_ptr().add(at), count);
                let smallest = V::splat(if CURVED { MIN_CURVED_PRODUCT } else { MIN_PRODUCT });
                let products = products::<V, M>(chunk.row, row, block).maximum(smallest);
                let ratios = x.divide(products);
                ratios.store(block.ratios.0.as_mut_ptr());
                if CURVED {
                    let sums = V::gather(row_sums.as_ptr(), indices.as_ptr().add(at), count);
                    ratios.multiply(sums.divide(products)).store(block.curvatures.0.as_mut_ptr());
                }
                if let Some(place) = to.products.get_mut(step - 1) {
                    products.store(place.0.as_mut_ptr());
                }
                if chunk.outputs.objective {
                    let mut logarithms = Lanes::default();
                    ratios.store(logarithms.0.as_mut_ptr());
                    logarithms = Lanes(ln(logarithms.0));
                    V::load(logarithms.0.as_ptr()).add_products(x, &mut objective);
                }
            }
            if step >= 2 {
                let block = black_box(&blocks[(step - 2) % 4]);
                add_entries::<V, M, CHAINS>(&block.addresses, &block.ratios, &mut numerators, to.numerators);
                if CURVED {
                    add_entries::<V, M, CHAINS>(&block.addresses, &block.curvatures, &mut curvatures, to.curvatures);
                }
            }
        }
        let objective = if chunk.outputs.objective { tree(objective) } else { 0.0 };
        (add_chains(numerators), add_chains(curvatures), objective)
    }
}

/// The sum of the chains, added in order.
///
/// # Safety
/// The caller promises what [`Vector`] asks for.
#[inline(always)]
unsafe fn add_chains<V: Vector, const M: usize, const CHAINS: usize>(chains: [[V; M]; CHAINS]) -> [V; M] {
    let mut totals = chains[0];
    for chain in &chains[1..] {
        for m in 0..M {
            // SAFETY: the caller has promised the instruction set.
            totals[m] = unsafe { totals[m].add(chain[m]) };
        }
    }
    totals
}

/// The dot products ⟨a, F_e⟩ of a block.
///
/// # Safety
/// The caller promises what [`Vector`] asks for. The addresses are those of rows as long as `in_memory`, which `row`
/// holds in registers if M > 0.
#[inline(always)]
unsafe fn products<V: Vector, const M: usize>(in_memory: &[Lanes], row: [V; M], block: &Block) -> V {
    let entry = entries(&block.addresses);
    let mut products = Lanes::default();
    // SAFETY: the caller has promised the instruction set and the addresses.
    unsafe {
        let mut folded = [V::zero().fold(); LANES];
        for first in (0..LANES).step_by(V::GROUP) {
            let group = first..first + V::GROUP;
            let mut partial = [V::zero(); LANES];
            if M > 0 {
                for lane in group.clone() {
                    for m in 0..M {
                        partial[lane] = V::load(entry(lane).add(LANES * m)).multiply_add(row[m], partial[lane]);
                    }
                }
            } else {
                for (m, row) in in_memory.iter().enumerate() {
                    let row = V::load(row.0.as_ptr());
                    for lane in group.clone() {
                        partial[lane] = V::load(entry(lane).add(LANES * m)).multiply_add(row, partial[lane]);
                    }
                }
            }
            for lane in group {
                folded[lane] = partial[lane].fold();
            }
            V::reduce(&folded, first, &mut products);
        }
        V::load(products.0.as_ptr())
    }
}

/// Adds the rows of a block, times `by`, to the sums in registers, or to those in memory if M = 0.
///
/// # Safety
/// The caller promises what [`Vector`] asks for. The addresses are those of rows of M vectors, or of as many vectors
/// as `in_memory` has if M = 0.
#[inline(always)]
unsafe fn add_entries<V: Vector, const M: usize, const CHAINS: usize>(
    addresses: &[u64; LANES],
    by: &Lanes,
    sums: &mut [[V; M]; CHAINS],
    in_memory: &mut [Lanes],
) {
    let entry = entries(addresses);
    // SAFETY: the caller has promised the instruction set and the addresses.
    unsafe {
        if M > 0 {
            for lane in 0..LANES {
                let by = V::splat(by.0[lane]);
                for m in 0..M {
                    let sum = &mut sums[lane % CHAINS][m];
                    *sum = V::load(entry(lane).add(LANES * m)).multiply_add(by, *sum);
                }
            }
        } else {
            for (m, place) in in_memory.iter_mut().enumerate() {
                let mut sum = V::load(place.0.as_ptr());
                for lane in 0..LANES {
                    sum = V::load(entry(lane).add(LANES * m)).multiply_add(V::splat(by.0[lane]), sum);
                }
                sum.store(place.0.as_mut_ptr());
            }
        }
    }
}

/// Updates the rows in `factor` until one has more nonzeros than a chunk; returns how many it updated.
///
/// # Safety
/// The caller promises what [`Vector`] asks for.
#[inline(always)]
pub(super) unsafe fn update_rows<V: Vector, const M: usize, const CHAINS: usize, const CURVED: bool>(
    rows: &Rows<'_>,
    first: usize,
    factor: &mut [Lanes],
    objectives: &mut [f64],
) -> usize {
    let (updated, rest) = factor.as_chunks_mut::<M>();
    assert!(rest.is_empty() && rows.terms.lanes() == M, "vectors of the rows");
    for (i, row) in updated.iter_mut().enumerate() {
        let range = rows.range(first + i);
        if range.is_empty() {
            *row = [Lanes::default(); M];
            continue;
        }
        if range.len() > CHUNK {
            return i;
        }
        if let (false, Some((reciprocals, floors))) = (CURVED, rows.terms.plain()) {
            // The multiplicative step without penalties works on the numerators while they are in registers.
            let outputs = rows.outputs(!objectives.is_empty());
            let (indices, values) = (rows.indices, rows.values);
            let chunk = Chunk { row: &*row, factor: rows.other.lanes(), indices, values, range, outputs };
            let mut numerators = [Lanes::default(); M];
            let mut unused = Sums { numerators: &mut numerators, curvatures: &mut [], products: &mut [] };
            // SAFETY: the caller has promised the instruction set, and all slices have M vectors.
            unsafe {
                let (numerators, _, objective) = sums::<V, M, CHAINS, false>(&chunk, &mut unused);
                for m in 0..M {
                    let factor = numerators[m].multiply(V::load(reciprocals[m].0.as_ptr()));
                    let updated = V::load(row[m].0.as_ptr()).multiply(factor);
                    updated.maximum(V::load(floors[m].0.as_ptr())).store(row[m].0.as_mut_ptr());
                }
                if let Some(place) = objectives.get_mut(i) {
                    *place = objective;
                }
            }
            continue;
        }
        for pass in 0..rows.step.passes() {
            let outputs = rows.outputs(pass == 0 && !objectives.is_empty());
            let (indices, values, before) = (rows.indices, rows.values, *row);
            let chunk =
                Chunk { row: &before, factor: rows.other.lanes(), indices, values, range: range.clone(), outputs };
            let (mut numerators, mut curvatures) = ([Lanes::default(); M], [Lanes::default(); M]);
            let mut sums = Sums { numerators: &mut numerators, curvatures: &mut curvatures, products: &mut [] };
            // SAFETY: the caller has promised the instruction set, and all slices have M vectors.
            let objective = unsafe { self::pass::<V, M, CHAINS, CURVED>(&chunk, &mut sums) };
            let weight = || row_step::weight(&rows.values[range.clone()]);
            match rows.step {
                Step::DiagonalNewton { damping, .. } if CURVED => {
                    row_step::diagonal_newton(row, &numerators, &curvatures, rows.terms, damping, weight);
                }
                _ => row_step::multiplicative(row, &numerators, rows.terms, weight),
            }
            if chunk.outputs.objective {
                objectives[i] = objective;
            }
        }
    }
    updated.len()
}

/// The loop of coordinate descent on vector registers.
pub(super) struct InRegisters<V>(PhantomData<V>);

impl<V: Vector> Visit for InRegisters<V> {
    #[inline(always)]
    unsafe fn visit(nonzeros: &mut Nonzeros, problem: &RowProblem<'_>, topic: usize, delta: f32) -> (f64, f64) {
        let Nonzeros { offsets, values, products, entries } = nonzeros;
        let n_blocks = values.len();
        assert!(products.len() == n_blocks && entries.len() == n_blocks, "blocks");
        assert!(offsets.len() > (n_blocks.max(1) - 1) * LANES, "a nonzero in each block");
        let (mut slope, mut curvature) = (0.0, 0.0);
        // SAFETY: the caller has promised what `Visit` asks for, and the assertions make blocks lie within the
        // slices.
        unsafe {
            let from = problem.factor.lanes().as_ptr().cast::<f32>().add(topic);
            let (smallest, delta) = (V::splat(MIN_CURVED_PRODUCT), V::splat(delta));
            for first in (0..n_blocks).step_by(BLOCKS) {
                let (mut slopes, mut curvatures) = (V::zero(), V::zero());
                for block in first..n_blocks.min(first + BLOCKS) {
                    let count = (offsets.len() - block * LANES).min(LANES);
                    let entry = V::gather(from, offsets.as_ptr().add(block * LANES), count);
                    let place = products[block].0.as_mut_ptr();
                    let before = V::load(entries[block].0.as_ptr());
                    let product = before.multiply_add(delta, V::load(place)).maximum(smallest);
                    product.store(place);
                    entry.store(entries[block].0.as_mut_ptr());
                    let ratio = entry.divide(product);
                    let weighted = V::load(values[block].0.as_ptr()).multiply(ratio);
                    slopes = slopes.add(weighted);
                    curvatures = weighted.multiply_add(ratio, curvatures);
                }
                let (mut slope_lanes, mut curvature_lanes) = (Lanes::default(), Lanes::default());
                slopes.store(slope_lanes.0.as_mut_ptr());
                curvatures.store(curvature_lanes.0.as_mut_ptr());
                slope += f64::from(tree(slope_lanes.0));
                curvature += f64::from(tree(curvature_lanes.0));
            }
        }
        (slope, curvature)
    }
}

/// The address at which the factor's row of a lane's nonzero begins. `black_box` makes the compiler read it from
/// memory; see [`Block`].
#[inline(always)]
fn entries(addresses: &[u64; LANES]) -> impl Fn(usize) -> *const f32 {
    let addresses = black_box(addresses);
    move |lane| std::ptr::with_exposed_provenance(addresses[lane] as usize)
}

/// Prefetches what the loop will read: indices and values far ahead, and the factor's rows up to two blocks ahead.
#[inline(always)]
fn prefetch(chunk: &Chunk<'_>, at: usize, count: usize) {
    let lanes_per_row = chunk.row.len();
    let ahead = match lanes_per_row {
        0..=2 => 2 * LANES,
        3..=4 => LANES,
        _ => 0,
    };
    lanes::prefetch(chunk.indices.as_ptr().wrapping_add(at + STREAM_AHEAD));
    lanes::prefetch(chunk.values.as_ptr().wrapping_add(at + STREAM_AHEAD));
    for &index in chunk.indices.get(at + ahead..at + ahead + count).unwrap_or(&[]) {
        let first = index as usize * lanes_per_row;
        for m in 0..lanes_per_row.min(MAX_FIXED_LANES) {
            lanes::prefetch(chunk.factor.as_ptr().wrapping_add(first + m));
        }
    }
}

/// Defines the functions that `dispatch` calls: the loops above, compiled for one instruction set.
macro_rules! entry_points {
    ($vector:ty, $features:literal) => {
        use $crate::kernels::active::{
            ActivePass, ActiveStep, pass_in_registers as pass_over_active, step as step_of_active,
        };
        use $crate::kernels::chunk::{Chunk, Sums};
        use $crate::kernels::coordinate::{CoordinateDescent, RowProblem, descend as descend_row};
        use $crate::kernels::gram::{Tile, add_products_in_registers};
        use $crate::kernels::least_squares::{self, objectives_in_registers, sweep_in_registers};
        use $crate::kernels::logarithm::{replace_by_logarithms, weighted_logarithms};
        use $crate::kernels::row_step::StepTerms;
        use $crate::kernels::rows::Rows;
        use $crate::kernels::scatter::{Scatter, scatter as scatter_rows};
        use $crate::kernels::sparse_rows::SparseRows;
        use $crate::kernels::sparse_sums::{SparseSums, pass as pass_over_lists, update as update_from_lists};
        use $crate::kernels::vector_pass::{by_lanes, pass, update_rows};
        use $crate::kernels::weighted_sum::{Sum, sum_panels};

        /// Computes the sums over a chunk; returns the chunk's part of f.
        ///
        /// # Safety
        /// The CPU must have the features.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn chunk(chunk: &Chunk<'_>, sums: &mut Sums<'_>) -> f64 {
            let is_curved = !chunk.outputs.row_sums.is_empty();
            // SAFETY: the functions called need only the features, which the caller has promised.
            unsafe {
                by_lanes!((chunk.row.len(), is_curved), pass::<$vector>(chunk, sums), {
                    match is_curved {
                        false => pass::<$vector, 0, 1, false>(chunk, sums),
                        true => pass::<$vector, 0, 1, true>(chunk, sums),
                    }
                })
            }
        }

        /// Updates the rows in `factor` until one has more nonzeros than a chunk, and returns how many it updated; it
        /// updates none if rows have too many vectors for the registers.
        ///
        /// # Safety
        /// The CPU must have the features.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn update(
            rows: &Rows<'_>,
            first: usize,
            factor: &mut [Lanes],
            objectives: &mut [f64],
        ) -> usize {
            let shape = (rows.terms.lanes(), rows.step.is_curved());
            // SAFETY: the function called needs only the features, which the caller has promised.
            unsafe { by_lanes!(shape, update_rows::<$vector>(rows, first, factor, objectives), 0) }
        }

        /// Runs coordinate descent on a row.
        ///
        /// # Safety
        /// The CPU must have the features, and every index of the problem must be a row of its factor.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn descend(descent: &mut CoordinateDescent, problem: &RowProblem<'_>, row: &mut [Lanes]) {
            // SAFETY: the caller has promised what the function called needs.
            unsafe { descend_row::<$crate::kernels::vector_pass::InRegisters<$vector>>(descent, problem, row) }
        }

        /// Adds the rows of documents to the sums of their terms.
        ///
        /// # Safety
        /// The CPU must have the features.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn scatter(work: &Scatter<'_>, sums: &mut [Lanes], seconds: &mut [Lanes]) {
            scatter_rows(work, sums, seconds);
        }

        /// Σ w ln x.
        ///
        /// # Safety
        /// The CPU must have the features.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn logarithms(weights: &[f32], x: &[f32]) -> f64 {
            weighted_logarithms(weights, x)
        }

        /// Replaces numbers by their logarithms.
        ///
        /// # Safety
        /// The CPU must have the features.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn to_logarithms(numbers: &mut [Lanes]) {
            replace_by_logarithms(numbers);
        }

        /// A pass over the active topics of a row, and the step that follows; returns f.
        ///
        /// # Safety
        /// The CPU must have the features, and `work` must have been gathered.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn active_step(work: &mut ActivePass, step: &ActiveStep<'_>, with_objective: bool) -> f64 {
            // SAFETY: the caller has promised what the function called needs.
            let objective = unsafe { pass_over_active::<$vector>(work, with_objective) };
            step_of_active(work, step);
            objective
        }

        /// A pass over nonzeros where the rows of the other factor are lists.
        ///
        /// # Safety
        /// The CPU must have the features.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn sparse_pass(
            work: &mut SparseSums,
            row: &[Lanes],
            other: &SparseRows,
            nonzeros: (&[u32], &[f32]),
        ) {
            pass_over_lists(work, row, other, nonzeros);
        }

        /// The same with the step that follows.
        ///
        /// # Safety
        /// The CPU must have the features.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn sparse_update(
            work: &mut SparseSums,
            row: &mut [Lanes],
            other: &SparseRows,
            nonzeros: (&[u32], &[f32]),
            step: (&StepTerms, f32),
        ) {
            update_from_lists(work, row, other, nonzeros, step);
        }

        /// Adds the products of columns of a tile.
        ///
        /// # Safety
        /// The CPU must have the features; the tile and the sums must be as [`add_products_in_registers`] says.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn add_products(tile: &Tile<'_>, sums: &mut [f64]) {
            // SAFETY: the caller has promised what the function called needs.
            unsafe { add_products_in_registers::<$vector>(tile, sums) }
        }

        /// One round of coordinate descent on a panel.
        ///
        /// # Safety
        /// The CPU must have the features, and the panel must be one of the problem's size.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn panel_sweep(rows: &least_squares::Rows<'_>, a: &mut [Lanes]) {
            // SAFETY: the caller has promised what the function called needs.
            unsafe { sweep_in_registers::<$vector>(rows, a) }
        }

        /// The objectives of the rows of a panel.
        ///
        /// # Safety
        /// The CPU must have the features, and the panel must be one of the problem's size.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn panel_objectives(rows: &least_squares::Rows<'_>, a: &[Lanes], values: &mut [Lanes; 2]) {
            // SAFETY: the caller has promised what the function called needs.
            unsafe { objectives_in_registers::<$vector>(rows, a, values) }
        }

        /// A weighted sum of rows.
        ///
        /// # Safety
        /// The CPU must have the features; indices and lengths must be as [`Sum`] says.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn sum(sum: &Sum<'_>, out: &mut [Lanes]) {
            // SAFETY: the caller has promised what the function called needs.
            unsafe { sum_panels::<$vector>(sum, out) }
        }
    };
}
pub(super) use entry_points;

/// Calls `$run`, one of the functions above, compiled for rows of 1 to [`MAX_FIXED_LANES`] vectors, with and without
/// curvatures; for longer rows evaluates `$beyond`.
macro_rules! by_lanes {
    ($shape:expr, $run:ident::<$vector:ty>($($argument:expr),*), $beyond:expr) => {
        match $shape {
            (1, false) => $run::<$vector, 1, 4, false>($($argument),*),
            (1, true) => $run::<$vector, 1, 4, true>($($argument),*),
            (2, false) => $run::<$vector, 2, 2, false>($($argument),*),
            (2, true) => $run::<$vector, 2, 2, true>($($argument),*),
            (3, false) => $run::<$vector, 3, 1, false>($($argument),*),
            (3, true) => $run::<$vector, 3, 1, true>($($argument),*),
            (4, false) => $run::<$vector, 4, 1, false>($($argument),*),
            (4, true) => $run::<$vector, 4, 1, true>($($argument),*),
            (5, false) => $run::<$vector, 5, 1, false>($($argument),*),
            (5, true) => $run::<$vector, 5, 1, true>($($argument),*),
            (6, false) => $run::<$vector, 6, 1, false>($($argument),*),
            (6, true) => $run::<$vector, 6, 1, true>($($argument),*),
            (7, false) => $run::<$vector, 7, 1, false>($($argument),*),
            (7, true) => $run::<$vector, 7, 1, true>($($argument),*),
            (8, false) => $run::<$vector, 8, 1, false>($($argument),*),
            (8, true) => $run::<$vector, 8, 1, true>($($argument),*),
            _ => $beyond,
        }
    };
}
pub(super) use by_lanes;
