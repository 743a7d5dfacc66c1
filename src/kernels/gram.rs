//! Sums of products of the columns of a factor, from which a Gram matrix is added up.

use super::lanes::{LANES, Lanes, flatten};

/// Most rows whose products are summed in f32 before they are added to a sum in f64.
pub(super) const TILE_ROWS: usize = 64;

/// Number of columns, and of vectors of columns, whose products are summed in registers together.
const COLUMNS: usize = 4;
#[cfg(target_arch = "x86_64")]
const VECTORS: usize = 4;

/// Some rows of a factor with their padding, at most [`TILE_ROWS`].
pub(super) struct Tile<'a> {
    pub(super) rows: &'a [Lanes],
    pub(super) lanes_per_row: usize,
}

/// Adds Σ a_i a_j over the rows of a tile to `sums[i · 16 lanes_per_row + j]`, for every column i and every j from the
/// first lane of i's vector on. Products are added to an f32 sum with one rounding each, row after row. This portable
/// code defines the result.
pub(super) fn add_products(tile: &Tile<'_>, sums: &mut [f64]) {
    let width = tile.lanes_per_row * LANES;
    for i in 0..width {
        let first = i / LANES * LANES;
        let mut products = vec![0.0_f32; width - first];
        for row in tile.rows.chunks_exact(tile.lanes_per_row.max(1)) {
            let row = flatten(row);
            let a = row[i];
            products.iter_mut().zip(&row[first..]).for_each(|(sum, &b)| *sum = b.mul_add(a, *sum));
        }
        sums[i * width + first..(i + 1) * width].iter_mut().zip(products).for_each(|(sum, product)| {
            *sum += f64::from(product);
        });
    }
}

/// The same for one instruction set, on blocks of columns that fit its registers.
///
/// # Safety
/// The caller promises what [`Vector`](super::vector::Vector) asks for. `rows` are whole rows, and `sums` has a number
/// for each pair of lanes of a row.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) unsafe fn add_products_in_registers<V: super::vector::Vector>(tile: &Tile<'_>, sums: &mut [f64]) {
    let lanes_per_row = tile.lanes_per_row;
    for i in (0..lanes_per_row * LANES).step_by(COLUMNS) {
        let mut vector = i / LANES;
        while vector < lanes_per_row {
            let wide = if V::HAS_MANY_REGISTERS { VECTORS.min(lanes_per_row - vector) } else { 1 };
            // SAFETY: the columns and the vectors lie within a row; the caller has promised the rest.
            unsafe {
                match wide {
                    1 => block::<V, 1>(tile, i, vector, sums),
                    2 => block::<V, 2>(tile, i, vector, sums),
                    3 => block::<V, 3>(tile, i, vector, sums),
                    _ => block::<V, VECTORS>(tile, i, vector, sums),
                }
            }
            vector += wide;
        }
    }
}

/// The products of [`COLUMNS`] columns from `i` on with `M` vectors of columns.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn block<V: super::vector::Vector, const M: usize>(tile: &Tile<'_>, i: usize, vector: usize, sums: &mut [f64]) {
    let width = tile.lanes_per_row * LANES;
    let mut products = [[Lanes::default(); M]; COLUMNS];
    // SAFETY: `i + COLUMNS` is at most `width` and `vector + M` at most `lanes_per_row`, since both steps divide what
    // they go over, so that all reads lie within a row.
    unsafe {
        let mut chains = [[V::zero(); M]; COLUMNS];
        for row in tile.rows.chunks_exact(tile.lanes_per_row) {
            let others: [V; M] = std::array::from_fn(|m| V::load(row.as_ptr().add(vector + m).cast()));
            let columns = row.as_ptr().cast::<f32>().add(i);
            for c in 0..COLUMNS {
                let a = V::splat(*columns.add(c));
                for m in 0..M {
                    chains[c][m] = others[m].multiply_add(a, chains[c][m]);
                }
            }
        }
        for (chains, products) in chains.iter().zip(&mut products) {
            for (chain, product) in chains.iter().zip(products) {
                chain.store(product.0.as_mut_ptr());
            }
        }
    }
    for (c, products) in products.iter().enumerate() {
        let place = (i + c) * width + vector * LANES;
        let sums = sums[place..place + M * LANES].iter_mut();
        sums.zip(flatten(products)).for_each(|(sum, &product)| *sum += f64::from(product));
    }
}
