//! Passes over the nonzeros of a row at the cost of its active topics, those that it works on.
//!
//! The entries of the other factor at the nonzeros and the active topics are gathered once, a topic's entries one after
//! another, and are read from the nearest cache in every pass. A pass computes what `chunk` does: v, N and Q, and f,
//! but for active topics alone. A product v is one chain of fused multiply-adds over topics, ascending; N and Q are
//! summed on a chain per lane and then by the tree.

use super::chunk::MIN_CURVED_PRODUCT;
use super::lanes::{LANES, Lanes, each_positive, flatten, flatten_mut, prefetch, tree};
use super::logarithm::ln;
use super::row_step::{self, StepTerms};
use super::storage::FactorMatrix;

/// How many nonzeros ahead rows of the other factor are prefetched.
const AHEAD: usize = 12;

/// A row's active topics with their entries, what is gathered for them, and the sums of the last pass.
#[derive(Clone, Debug, Default)]
pub(super) struct ActivePass {
    /// The active topics, ascending.
    topics: Vec<u32>,
    /// The vectors of a row in which active topics stand.
    vectors: Vec<u32>,
    /// The entries of the row, N and Q by active topic, padded to whole vectors with zeros.
    pub(super) entries: Vec<Lanes>,
    pub(super) numerators: Vec<Lanes>,
    pub(super) curvatures: Vec<Lanes>,
    /// The nonzeros, their row sums σ, and the entries of the other factor by topic, in vectors of 16 nonzeros.
    values: Vec<Lanes>,
    row_sums: Vec<Lanes>,
    gathered: Vec<Lanes>,
    /// x / v and x σ / v² of each nonzero in the last pass.
    ratios: Vec<Lanes>,
    curved: Vec<Lanes>,
}

impl ActivePass {
    /// Makes the positive entries of a row the active ones; returns how many there are.
    pub(super) fn collect(&mut self, row: &[Lanes]) -> usize {
        self.topics.clear();
        let topics = &mut self.topics;
        each_positive(row, |topic, _| topics.push(topic as u32));
        self.read(row);
        self.topics.len()
    }

    /// Makes topics active beside the others. The entries become those of the row.
    pub(super) fn admit(&mut self, topics: &[u32], row: &[Lanes]) {
        self.topics.extend_from_slice(topics);
        self.topics.sort_unstable();
        self.read(row);
    }

    /// Reads the entries of the active topics from the row.
    fn read(&mut self, row: &[Lanes]) {
        let (n, row) = (self.topics.len().div_ceil(LANES), flatten(row));
        for lanes in [&mut self.entries, &mut self.numerators, &mut self.curvatures] {
            lanes.clear();
            lanes.resize(n, Lanes::default());
        }
        let places = flatten_mut(&mut self.entries).iter_mut().zip(&self.topics);
        places.for_each(|(to, &topic)| *to = row[topic as usize]);
        self.vectors.clear();
        self.vectors.extend(self.topics.iter().map(|topic| topic / LANES as u32));
        self.vectors.dedup();
    }

    /// Writes the entries of the active topics to the row.
    pub(super) fn write(&self, row: &mut [Lanes]) {
        let row = flatten_mut(row);
        self.topics.iter().zip(flatten(&self.entries)).for_each(|(&topic, &entry)| row[topic as usize] = entry);
    }

    /// The active topics, ascending.
    pub(super) fn topics(&self) -> &[u32] {
        &self.topics
    }

    /// x / v of the nonzeros in the last pass, and zeros behind the last one.
    pub(super) fn ratios(&self) -> &[f32] {
        flatten(&self.ratios)
    }

    /// Gathers what passes over these nonzeros read; `row_sums` are those of `factor`, whose topics are the row's.
    /// Panics if an index is no row of it.
    pub(super) fn gather(&mut self, factor: &FactorMatrix, row_sums: &[f32], indices: &[u32], values: &[f32]) {
        assert_eq!(indices.len(), values.len(), "indices and values");
        let width = factor.lanes_per_row() * LANES;
        assert!(self.topics.last().is_none_or(|&topic| (topic as usize) < width), "topics of the factor");
        let (n_topics, n_blocks) = (self.topics.len(), values.len().div_ceil(LANES));
        for (lanes, length) in [
            (&mut self.values, n_blocks),
            (&mut self.row_sums, n_blocks),
            (&mut self.ratios, n_blocks),
            (&mut self.curved, n_blocks),
            (&mut self.gathered, n_topics * n_blocks),
        ] {
            lanes.clear();
            lanes.resize(length, Lanes::default());
        }
        flatten_mut(&mut self.values)[..values.len()].copy_from_slice(values);
        let (sums, gathered) = (flatten_mut(&mut self.row_sums), flatten_mut(&mut self.gathered));
        for (place, &index) in indices.iter().enumerate() {
            if let Some(&ahead) = indices.get(place + AHEAD) {
                let row = factor.lanes().as_ptr().wrapping_add(ahead as usize * factor.lanes_per_row());
                self.vectors.iter().for_each(|&vector| prefetch(row.wrapping_add(vector as usize)));
            }
            sums[place] = row_sums[index as usize];
            let entries = flatten(factor.row(index as usize));
            for (i, &topic) in self.topics.iter().enumerate() {
                // SAFETY: the largest topic is in a row of the factor, as is asserted above, and `place` is below 16
                // times the number of blocks, of which `gathered` has so many for each topic.
                unsafe {
                    *gathered.get_unchecked_mut(i * n_blocks * LANES + place) = *entries.get_unchecked(topic as usize);
                }
            }
        }
    }
}

/// One pass over what was gathered; returns f = Σ x ln(x / v), or 0 if it is not asked for. This portable code defines
/// the result.
pub(super) fn pass(work: &mut ActivePass, with_objective: bool) -> f64 {
    let ActivePass { topics, entries, numerators, curvatures, values, row_sums, gathered, ratios, curved, .. } = work;
    let n_blocks = values.len();
    let mut objective = [0.0_f64; LANES];
    for block in 0..n_blocks {
        let mut products = [0.0_f32; LANES];
        for (i, entry) in flatten(entries)[..topics.len()].iter().enumerate() {
            for lane in 0..LANES {
                products[lane] = gathered[i * n_blocks + block].0[lane].mul_add(*entry, products[lane]);
            }
        }
        let (x, sums) = (&values[block].0, &row_sums[block].0);
        for lane in 0..LANES {
            let product = if products[lane] > MIN_CURVED_PRODUCT { products[lane] } else { MIN_CURVED_PRODUCT };
            ratios[block].0[lane] = x[lane] / product;
            curved[block].0[lane] = ratios[block].0[lane] * (sums[lane] / product);
        }
        if with_objective {
            let logarithms = ln(ratios[block].0);
            for lane in 0..LANES {
                objective[lane] += f64::from(x[lane] * logarithms[lane]);
            }
        }
    }
    let sums = flatten_mut(numerators).iter_mut().zip(flatten_mut(curvatures));
    for ((numerator, curvature), gathered) in sums.zip(gathered.chunks_exact(n_blocks.max(1))) {
        let (mut n, mut q) = ([0.0_f32; LANES], [0.0_f32; LANES]);
        for ((gathered, ratios), curved) in gathered.iter().zip(ratios.iter()).zip(curved.iter()) {
            for lane in 0..LANES {
                n[lane] = gathered.0[lane].mul_add(ratios.0[lane], n[lane]);
                q[lane] = gathered.0[lane].mul_add(curved.0[lane], q[lane]);
            }
        }
        (*numerator, *curvature) = (tree(n), tree(q));
    }
    tree(objective)
}

/// A step of a row's active topics.
pub(super) struct ActiveStep<'a> {
    pub(super) terms: &'a StepTerms,
    pub(super) n_topics: usize,
    pub(super) damping: f32,
    /// What an entry has to have lost before it becomes 0.
    pub(super) least: f32,
}

/// Takes the step from the sums of the last pass. It is always inlined, so that it is compiled for the instruction set
/// of its caller.
#[inline(always)]
pub(super) fn step(work: &mut ActivePass, step: &ActiveStep<'_>) {
    let share = row_step::share_of_mean(flatten(&work.entries), step.n_topics);
    for vector in 0..work.entries.len() {
        let mut sums = [0.0_f32; LANES];
        let topics = &work.topics()[vector * LANES..];
        sums.iter_mut().zip(topics).for_each(|(to, &topic)| *to = step.terms.sums()[topic as usize]);
        let (entries, n, q) = (&mut work.entries[vector].0, &work.numerators[vector].0, &work.curvatures[vector].0);
        for lane in 0..LANES {
            let updated = row_step::newton_entry(entries[lane], n[lane], q[lane], sums[lane], share, step.damping);
            entries[lane] = kept(updated, n[lane], sums[lane], step.least);
        }
    }
}

/// An entry after its step, or 0 if it is negligible and would fall further.
#[inline(always)]
pub(super) fn kept(a: f32, n: f32, s: f32, least: f32) -> f32 {
    if n < s && a * s < least { 0.0 } else { a }
}

/// The same for one instruction set.
///
/// # Safety
/// The caller promises what [`Vector`](super::vector::Vector) asks for; `work` must have been gathered for its topics.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) unsafe fn pass_in_registers<V: super::vector::Vector>(work: &mut ActivePass, with_objective: bool) -> f64 {
    /// Blocks, and topics, whose chains run side by side.
    const SIDE_BY_SIDE: usize = 4;
    let ActivePass { topics, entries, numerators, curvatures, values, row_sums, gathered, ratios, curved, .. } = work;
    let (n_topics, n_blocks) = (topics.len(), values.len());
    assert!(gathered.len() == n_topics * n_blocks && row_sums.len() == n_blocks, "what was gathered");
    assert!(ratios.len() == n_blocks && curved.len() == n_blocks, "what was gathered");
    let n_vectors = n_topics.div_ceil(LANES);
    assert!(entries.len() == n_vectors && numerators.len() == n_vectors && curvatures.len() == n_vectors, "topics");
    let mut objective = [0.0_f64; LANES];
    // SAFETY: blocks are below `n_blocks` and topics below `n_topics`, which the assertions compare with what is read.
    unsafe {
        let block_at = |i: usize, block: usize| V::load(gathered.as_ptr().add(i * n_blocks + block).cast());
        let smallest = V::splat(MIN_CURVED_PRODUCT);
        for first in (0..n_blocks).step_by(SIDE_BY_SIDE) {
            let n = SIDE_BY_SIDE.min(n_blocks - first);
            let mut products = [V::zero(); SIDE_BY_SIDE];
            for i in 0..n_topics {
                let entry = V::splat(*entries.as_ptr().cast::<f32>().add(i));
                if n == SIDE_BY_SIDE {
                    for b in 0..SIDE_BY_SIDE {
                        products[b] = block_at(i, first + b).multiply_add(entry, products[b]);
                    }
                } else {
                    for b in 0..SIDE_BY_SIDE - 1 {
                        // A block beyond the last is the last one again, whose product is not used.
                        let block = (first + b).min(n_blocks - 1);
                        products[b] = block_at(i, block).multiply_add(entry, products[b]);
                    }
                }
            }
            for b in 0..n {
                let block = first + b;
                let x = V::load(values[block].0.as_ptr());
                let product = products[b].maximum(smallest);
                let ratio = x.divide(product);
                ratio.store(ratios[block].0.as_mut_ptr());
                let sums = V::load(row_sums[block].0.as_ptr());
                ratio.multiply(sums.divide(product)).store(curved[block].0.as_mut_ptr());
                if with_objective {
                    let logarithms = Lanes(ln(ratios[block].0));
                    V::load(logarithms.0.as_ptr()).add_products(x, &mut objective);
                }
            }
        }
        for vector in 0..n_vectors {
            let n = LANES.min(n_topics - vector * LANES);
            let (mut folded_n, mut folded_q) = ([V::zero().fold(); LANES], [V::zero().fold(); LANES]);
            for first in (0..n).step_by(SIDE_BY_SIDE) {
                let (mut sums_n, mut sums_q) = ([V::zero(); SIDE_BY_SIDE], [V::zero(); SIDE_BY_SIDE]);
                for block in 0..n_blocks {
                    let ratio = V::load(ratios[block].0.as_ptr());
                    let curve = V::load(curved[block].0.as_ptr());
                    for t in 0..SIDE_BY_SIDE {
                        // As above: a topic beyond the last is the last one again.
                        let entries = block_at((vector * LANES + first + t).min(n_topics - 1), block);
                        sums_n[t] = entries.multiply_add(ratio, sums_n[t]);
                        sums_q[t] = entries.multiply_add(curve, sums_q[t]);
                    }
                }
                for t in 0..SIDE_BY_SIDE.min(n - first) {
                    (folded_n[first + t], folded_q[first + t]) = (sums_n[t].fold(), sums_q[t].fold());
                }
            }
            for group in (0..LANES).step_by(V::GROUP) {
                V::reduce(&folded_n, group, &mut numerators[vector]);
                V::reduce(&folded_q, group, &mut curvatures[vector]);
            }
        }
    }
    tree(objective)
}
