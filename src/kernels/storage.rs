//! The storage of a factor: one row of topic weights per term or per document.

use ndarray::{ArrayView2, ShapeBuilder};
use rayon::prelude::*;

use super::buffer::Buffer;
use super::lanes::{LANES, Lanes, flatten, flatten_mut};

/// Rows per block of a sum over rows. Each block is summed on its own, and the blocks are added in order, so that the
/// number of threads does not change a bit of the result.
pub const BLOCK_ROWS: usize = 1024;

/// Fewest rows of a parallel task, so that the work of a task outweighs the cost of handing it out.
const TASK_ROWS: usize = 64;

/// A factor in memory: `n_rows × n_topics` non-negative f32 numbers, of which the topic index runs fastest.
///
/// W has a row per term, H a row per document. Rows are padded to a multiple of [`LANES`]; the padding holds exact
/// zeros and is never written.
///
/// ```
/// use topicmill::kernels::FactorMatrix;
/// let factor = FactorMatrix::from_fn(2, 3, |row, topic| (row * 3 + topic) as f32);
/// assert_eq!(factor.row_values(1), [3.0, 4.0, 5.0]);
/// assert_eq!(factor.view().dim(), (2, 3));
/// assert_eq!(factor.topic_sums(), [3.0, 5.0, 7.0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FactorMatrix {
    lanes: Buffer,
    n_rows: usize,
    n_topics: usize,
    lanes_per_row: usize,
}

impl FactorMatrix {
    /// A factor of zeros, `n_rows × n_topics`.
    pub fn zeros(n_rows: usize, n_topics: usize) -> Self {
        let lanes_per_row = n_topics.div_ceil(LANES);
        // A product that wraps would make a matrix whose rows lie outside of its memory.
        let length = n_rows.checked_mul(lanes_per_row);
        assert!(length.is_some(), "capacity overflow: {n_rows} × {n_topics} entries");
        let lanes = Buffer::zeros(length.unwrap_or_default());
        Self { lanes, n_rows, n_topics, lanes_per_row }
    }

    /// A factor whose entry (row, topic) is `value(row, topic)`.
    pub fn from_fn(n_rows: usize, n_topics: usize, mut value: impl FnMut(usize, usize) -> f32) -> Self {
        let mut factor = Self::zeros(n_rows, n_topics);
        for row in 0..n_rows {
            for topic in 0..n_topics {
                factor.set(row, topic, value(row, topic));
            }
        }
        factor
    }

    /// A factor of these numbers, row after row; `n_topics` must divide their number.
    pub(super) fn from_values(n_topics: usize, values: &[f32]) -> Self {
        let mut factor = Self::zeros(values.len() / n_topics, n_topics);
        let rows = factor.lanes.chunks_exact_mut(factor.lanes_per_row).zip(values.chunks_exact(n_topics));
        rows.for_each(|(row, values)| flatten_mut(row)[..n_topics].copy_from_slice(values));
        factor
    }

    /// Number of rows: terms for W, documents for H.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of topics.
    pub fn n_topics(&self) -> usize {
        self.n_topics
    }

    /// Virtual vectors per row: ⌈n_topics / 16⌉.
    pub fn lanes_per_row(&self) -> usize {
        self.lanes_per_row
    }

    /// One row with its padding: [`FactorMatrix::lanes_per_row`] vectors.
    pub fn row(&self, row: usize) -> &[Lanes] {
        &self.lanes[row * self.lanes_per_row..(row + 1) * self.lanes_per_row]
    }

    /// One row with its padding, to be written; the caller must keep the padding at zero.
    pub fn row_mut(&mut self, row: usize) -> &mut [Lanes] {
        &mut self.lanes[row * self.lanes_per_row..(row + 1) * self.lanes_per_row]
    }

    /// A copy of some rows.
    pub fn rows(&self, rows: std::ops::Range<usize>) -> Self {
        let mut some = Self::zeros(rows.len(), self.n_topics);
        let lanes = rows.start * self.lanes_per_row..rows.end * self.lanes_per_row;
        some.lanes_mut().copy_from_slice(&self.lanes[lanes]);
        some
    }

    /// The rows of some factors, one after another; `None` if they have not the same number of topics. Factors without
    /// rows may have any.
    pub fn concatenated(parts: &[Self]) -> Option<Self> {
        let filled = || parts.iter().filter(|part| part.n_rows > 0);
        let n_topics = filled().map(|part| part.n_topics).next().unwrap_or(0);
        if filled().any(|part| part.n_topics != n_topics) {
            return None;
        }
        let mut all = Self::zeros(filled().map(|part| part.n_rows).sum(), n_topics);
        let mut rest = all.lanes_mut();
        for part in filled() {
            let (own, behind) = rest.split_at_mut(part.lanes.len());
            own.copy_from_slice(&part.lanes);
            rest = behind;
        }
        Some(all)
    }

    /// The `n_topics` weights of a row, without padding.
    pub fn row_values(&self, row: usize) -> &[f32] {
        &flatten(self.row(row))[..self.n_topics]
    }

    /// The entry of a row and a topic.
    pub fn get(&self, row: usize, topic: usize) -> f32 {
        self.row(row)[topic / LANES].0[topic % LANES]
    }

    /// Writes one entry. Panics if `topic` is not below `n_topics`, because it would fall into the padding.
    pub fn set(&mut self, row: usize, topic: usize, value: f32) {
        assert!(topic < self.n_topics, "topic {topic} of {}", self.n_topics);
        self.row_mut(row)[topic / LANES].0[topic % LANES] = value;
    }

    /// Calls `change` for every row, in parallel, with the number of the row and its `n_topics` entries.
    pub fn each_row(&mut self, change: impl Fn(usize, &mut [f32]) + Sync) {
        let n_topics = self.n_topics;
        self.each_padded_row(|row, lanes| change(row, &mut flatten_mut(lanes)[..n_topics]));
    }

    /// As [`FactorMatrix::each_row`], but with the padding of each row, which the caller must keep at zero.
    pub fn each_padded_row(&mut self, change: impl Fn(usize, &mut [Lanes]) + Sync) {
        let lanes_per_row = self.lanes_per_row.max(1);
        let rows = self.lanes.par_chunks_mut(lanes_per_row).with_min_len(TASK_ROWS).enumerate();
        rows.for_each(|(row, lanes)| change(row, lanes));
    }

    /// All rows with their padding, row after row.
    pub fn lanes(&self) -> &[Lanes] {
        &self.lanes
    }

    /// All rows with their padding, to be written in disjoint chunks; the caller must keep the padding at zero.
    pub fn lanes_mut(&mut self) -> &mut [Lanes] {
        &mut self.lanes
    }

    /// The factor as an `n_rows × n_topics` view, which skips the padding and copies nothing.
    pub fn view(&self) -> ArrayView2<'_, f32> {
        let stride = self.lanes_per_row * LANES;
        if self.lanes.is_empty() {
            return ArrayView2::from_shape((self.n_rows, self.n_topics), &[])
                .unwrap_or_else(|_| unreachable!("no entries"));
        }
        let shape = (self.n_rows, self.n_topics).strides((stride, 1));
        match ArrayView2::from_shape(shape, flatten(&self.lanes)) {
            Ok(view) => view,
            Err(_) => unreachable!("rows × stride is the length of the storage"),
        }
    }

    /// The sum of each topic's column, in f64 and length `n_topics`; blocks of [`BLOCK_ROWS`] rows are added in
    /// order.
    pub fn topic_sums(&self) -> Vec<f64> {
        let block = BLOCK_ROWS * self.lanes_per_row.max(1);
        let partial: Vec<Vec<f64>> = self
            .lanes
            .par_chunks(block)
            .map(|rows| {
                let mut sums = vec![0.0_f64; self.lanes_per_row * LANES];
                for row in rows.chunks_exact(self.lanes_per_row) {
                    for (sum, &value) in sums.iter_mut().zip(flatten(row)) {
                        *sum += f64::from(value);
                    }
                }
                sums
            })
            .collect();
        let mut total = vec![0.0_f64; self.n_topics];
        for sums in &partial {
            for (sum, value) in total.iter_mut().zip(sums) {
                *sum += value;
            }
        }
        total
    }

    /// The sum of squares of each topic over all rows, row after row.
    pub fn topic_squares(&self) -> Vec<f64> {
        let mut squares = vec![0.0_f64; self.n_topics];
        for row in 0..self.n_rows {
            let values = self.row_values(row).iter();
            squares.iter_mut().zip(values).for_each(|(sum, &value)| *sum += f64::from(value) * f64::from(value));
        }
        squares
    }

    /// Divides each row by its sum; rows of the sum 0 become zeros.
    pub fn to_shares(&mut self) {
        self.each_row(|_, row| {
            let sum: f64 = row.iter().map(|&value| f64::from(value)).sum();
            let share = |value: f32| if sum > 0.0 { (f64::from(value) / sum) as f32 } else { 0.0 };
            row.iter_mut().for_each(|value| *value = share(*value));
        });
    }

    /// The sum of each row, added in f64 in order of topics; length `n_rows`.
    pub fn row_sums(&self) -> Vec<f32> {
        let sum = |row: &[Lanes]| flatten(row).iter().map(|&value| f64::from(value)).sum::<f64>() as f32;
        self.lanes.par_chunks(self.lanes_per_row.max(1)).with_min_len(BLOCK_ROWS).map(sum).collect()
    }

    /// A copy with the topics in another order: its topic `i` is topic `order[i]` of this factor.
    pub fn permuted(&self, order: &[usize]) -> Self {
        let mut permuted = Self::zeros(self.n_rows, order.len());
        permuted.each_row(|row, values| {
            let before = self.row_values(row);
            values.iter_mut().zip(order).for_each(|(value, &topic)| *value = before[topic]);
        });
        permuted
    }

    /// Reorders the topics in place, as [`FactorMatrix::permuted`] does in a copy; `order` must have every topic
    /// once.
    pub fn permute(&mut self, order: &[usize]) {
        self.each_row(|_, row| {
            let before = row.to_vec();
            row.iter_mut().zip(order).for_each(|(value, &topic)| *value = before[topic]);
        });
    }

    /// The first entry that is negative, infinite or not a number, which no factor may hold; `None` if all entries
    /// are valid.
    pub fn first_invalid(&self) -> Option<f32> {
        self.view().iter().copied().find(|value| !(value.is_finite() && *value >= 0.0))
    }

    /// The mean of all entries without the padding; 0 for an empty factor.
    pub fn mean(&self) -> f64 {
        let n = (self.n_rows * self.n_topics) as f64;
        if n == 0.0 { 0.0 } else { self.topic_sums().iter().sum::<f64>() / n }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        #[test]
        fn rows_and_sums(n_rows in 0_usize..50, n_topics in 1_usize..40) {
            let factor = FactorMatrix::from_fn(n_rows, n_topics, |r, k| (r * 7 + k) as f32);
            prop_assert_eq!(factor.view().dim(), (n_rows, n_topics));
            let sums = factor.topic_sums();
            for k in 0..n_topics {
                let want: f64 = (0..n_rows).map(|r| (r * 7 + k) as f64).sum();
                prop_assert_eq!(sums[k], want);
            }
            for r in 0..n_rows {
                prop_assert!(flatten(factor.row(r))[n_topics..].iter().all(|&x| x == 0.0));
                prop_assert_eq!(factor.row_values(r), factor.view().row(r).to_vec());
            }
        }
    }
}
