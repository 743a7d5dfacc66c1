//! The split of documents in two by an NMF with two topics, written in shares.
//!
//! Let n_d and p_t be the sums of V's columns and rows, and N the sum of V. A document has the share θ_d of its
//! weight in the first half, a term has the share φ_t, and S is the share of the first half in N:
//!
//! ```text
//! v_td = n_d p_t / N · ( θ_d φ_t / S + (1 − θ_d)(1 − φ_t) / (1 − S) )
//!      = n_d p_t / N · (1 + (θ_d − S)(φ_t − S) / (S (1 − S)))
//! ```
//!
//! Stationary points of KL-NMF with two topics have this form, because they keep the sums of V's rows and columns.
//! With one side fixed, every share s of the other side maximises a concave function of itself alone, f(s) = Σ_e x_e
//! ln(1 + (s − S) u_e) with u_e = (other share − S) / (S (1 − S)); a Newton step improves it. The gain of the split
//! over one topic is Σ x ln(…), in V's unit.
//!
//! Shares start from the first singular vector of D^{−½} (V − p nᵀ/N)ᵀ with D = diag(n), by power iterations. Of a
//! large collection only a sample is split; the terms of the sample then decide the half of every document. Cost: 2 ·
//! [`POWER_ITERATIONS`] + 3 · [`ITERATIONS`] operations per nonzero of the sample, and one per other nonzero.

use rand_xoshiro::rand_core::Rng;
use rayon::prelude::*;
use sprs::CsMatViewI;

use crate::factorize::random::{Stream, row_generator};
use crate::kernels::{Kernel, sum_of_logarithms};
use crate::matrix::{SparseRows, TermDocumentMatrix};

/// Number of iterations, each with a Newton step for all terms and one for all documents.
const ITERATIONS: usize = 5;

/// Number of power iterations for the first singular vector.
const POWER_ITERATIONS: usize = 8;

/// The sizes of a sample: it has at least this many documents, and more if they would have fewer nonzeros than this.
/// Smaller collections are split as a whole.
const SAMPLE_DOCUMENTS: usize = 2_000;
const SAMPLE_NONZEROS: usize = 100_000;

/// A term takes part in a split only if at least max(2, n/500) of n sampled documents have it. A term of one document
/// fits any split and would inflate its gain.
const LEAST_DOCUMENTS: usize = 2;
const PER_DOCUMENT: usize = 500;

/// Smallest share of a half. A share of 0 is seldom certain from the data, and a term or document could never leave
/// it.
const SMALLEST_SHARE: f32 = 0.02;

/// The standard deviation of the documents' shares at the start.
const SPREAD: f32 = 0.25;

/// The largest score of a document, in standard deviations; without it a single document could make up the direction.
const LARGEST_SCORE: f32 = 2.0;

/// Shares are drawn to the mean by as much as so many entries of V.
const DRAWN: f64 = 5.0;

/// The gain of a split on what it does not know is above 0 by so many standard errors, or the split does not hold.
const ERRORS: f64 = 2.0;

/// Fewest rows of a parallel task.
const TASK_ROWS: usize = 256;

/// Number of independent chains of additions, so that an addition need not wait for the one before it.
const CHAINS: usize = 4;

/// Two halves of some documents, neither of them empty.
pub(super) struct Halves {
    /// The documents of each half, in the order in which they were given.
    pub documents: [Vec<usize>; 2],
    /// The amount by which the Kullback-Leibler divergence of the documents falls with two topics in place of one.
    pub gain: f64,
}

/// Splits some documents of V, each of which must have a nonzero; `None` if they cannot be told apart.
pub(super) fn split(v: &TermDocumentMatrix, documents: &[usize], seed: u64) -> Option<Halves> {
    let sample = sample(v, documents);
    let part = Part::new(v, &sample)?;
    if part.v.n_terms() == 0 {
        return unlike(documents);
    }
    let (shares, fixed) = part.solved(seed)?;
    let gain = gain(part.v.by_document(), &shares, &fixed) * documents.len() as f64 / sample.len() as f64;
    let slopes = part.slopes_at_half(v, documents, &fixed);
    let mut halves = [Vec::new(), Vec::new()];
    documents.iter().zip(slopes).for_each(|(&document, slope)| halves[usize::from(slope <= 0.0)].push(document));
    halves.iter().all(|half| !half.is_empty()).then_some(Halves { documents: halves, gain })
}

/// V in two parts, each with every other nonzero of a document in random order: what a split gains on the part that it
/// does not know says whether there are two kinds of documents at all.
pub(in crate::factorize) struct Thinned {
    known: TermDocumentMatrix,
    withheld: TermDocumentMatrix,
}

impl Thinned {
    /// Deals out the nonzeros of V.
    pub(in crate::factorize) fn new(v: &TermDocumentMatrix, seed: u64) -> Self {
        let mut parts = [SparseRows::default(), SparseRows::default()];
        for document in 0..v.n_documents() {
            let mut generator = row_generator(seed, Stream::Withheld, document);
            let mut dealt = [Vec::new(), Vec::new()];
            v.entries(document).for_each(|entry| dealt[(generator.next_u64() >> 63) as usize].push(entry));
            parts.iter_mut().zip(dealt).for_each(|(part, entries)| part.push(entries));
        }
        let [known, withheld] = parts.map(|rows| match TermDocumentMatrix::from_documents(v.n_terms(), rows) {
            Ok(part) => part,
            Err(_) => unreachable!("a part of V has the terms of V"),
        });
        Self { known, withheld }
    }

    /// Whether a split of these documents holds: made from the known part, it gains on the withheld one, by more than
    /// [`ERRORS`] standard errors over documents.
    pub(in crate::factorize) fn holds(&self, documents: &[usize], seed: u64) -> bool {
        let sample = sample(&self.known, documents);
        let Some(part) = Part::new(&self.known, &sample).filter(|part| part.v.n_terms() > 0) else { return false };
        let Some((shares, fixed)) = part.solved(seed) else { return false };
        // What is known of a few entries is not foreseen of others: shares are drawn to the mean, where u is 0.
        let entry = part.v.total() / part.v.n_nonzeros() as f64;
        let trust = |weight: f32| f64::from(weight) / (f64::from(weight) + DRAWN * entry);
        let drawn = |(excess, &weight): (&f32, &f32)| trust(weight) * f64::from(*excess);
        let excess: Vec<f64> = fixed.excess.iter().zip(&part.term_weights).map(drawn).collect();
        let shift = |(share, &weight): (&f32, &f32)| trust(weight) * f64::from(share - fixed.share);
        let shifts = shares.iter().zip(&part.document_weights).map(shift);
        let mut gains: Vec<(usize, f64, f64)> =
            sample.iter().zip(shifts).map(|(&document, shift)| (document, shift, 0.0)).collect();
        gains.par_iter_mut().with_min_len(TASK_ROWS).for_each(|(document, shift, gain)| {
            let of_entry = |(term, x): (u32, f32)| {
                let excess = excess.get(part.numbers[term as usize] as usize).copied().unwrap_or(0.0);
                f64::from(x) * libm::log(1.0 + *shift * excess)
            };
            *gain = self.withheld.entries(*document).map(of_entry).sum();
        });
        let n = gains.len() as f64;
        let mean = gains.iter().map(|(_, _, gain)| gain).sum::<f64>() / n;
        let variance = gains.iter().map(|(_, _, gain)| (gain - mean) * (gain - mean)).sum::<f64>() / (n - 1.0);
        mean > ERRORS * (variance / n).sqrt()
    }
}

/// Two halves of documents that have no term in common, of which every split is as good as another. Their gain is 0, so
/// that they are split when nothing else is left to be.
fn unlike(documents: &[usize]) -> Option<Halves> {
    let (left, right) = documents.split_at(documents.len() / 2);
    (!left.is_empty()).then(|| Halves { documents: [left.to_vec(), right.to_vec()], gain: 0.0 })
}

/// Evenly spaced documents, or all of them if they are few.
fn sample(v: &TermDocumentMatrix, documents: &[usize]) -> Vec<usize> {
    let nonzeros: usize = documents.iter().map(|&document| v.document(document).0.len()).sum();
    let of_nonzeros = (documents.len() as f64 * SAMPLE_NONZEROS as f64 / nonzeros.max(1) as f64) as usize;
    let n = of_nonzeros.max(SAMPLE_DOCUMENTS).min(documents.len());
    (0..n).map(|i| documents[(i as u64 * documents.len() as u64 / n as u64) as usize]).collect()
}

/// Some documents of V, with the terms that take part in their split.
struct Part {
    v: TermDocumentMatrix,
    /// The number of each term of V in this part; `u32::MAX` for a term that takes no part.
    numbers: Vec<u32>,
    document_weights: Vec<f32>,
    term_weights: Vec<f32>,
}

impl Part {
    fn new(v: &TermDocumentMatrix, documents: &[usize]) -> Option<Self> {
        let least = LEAST_DOCUMENTS.max(documents.len() / PER_DOCUMENT) as u32;
        let mut numbers = vec![0_u32; v.n_terms()];
        for &document in documents {
            v.document(document).0.iter().for_each(|&term| numbers[term as usize] += 1);
        }
        let mut n_terms = 0;
        for number in &mut numbers {
            if *number >= least {
                *number = n_terms;
                n_terms += 1;
            } else {
                *number = u32::MAX;
            }
        }
        let mut rows = SparseRows::default();
        for &document in documents {
            let renumbered = v.entries(document).map(|(term, x)| (numbers[term as usize], x));
            rows.push(renumbered.filter(|(number, _)| *number != u32::MAX));
        }
        let part = TermDocumentMatrix::from_documents(n_terms as usize, rows).ok()?;
        let single = |weights: Vec<f64>| weights.into_iter().map(|weight| weight as f32).collect();
        let (document_weights, term_weights) = (single(part.document_sums()), single(part.term_sums()));
        Some(Self { v: part, numbers, document_weights, term_weights })
    }

    /// The shares of documents, and what they are relative to; `None` if all weight comes to lie in one half.
    fn solved(&self, seed: u64) -> Option<(Vec<f32>, Fixed)> {
        let mut document_shares = self.first_shares(seed);
        let mut term_shares = vec![mean(&document_shares, &self.document_weights); self.v.n_terms()];
        for _ in 0..ITERATIONS {
            let fixed = Fixed::new(&document_shares, &self.document_weights)?;
            improve(self.v.by_term(), &mut term_shares, &fixed);
            let fixed = Fixed::new(&term_shares, &self.term_weights)?;
            improve(self.v.by_document(), &mut document_shares, &fixed);
        }
        Some((document_shares, Fixed::new(&term_shares, &self.term_weights)?))
    }

    /// The shares of documents along the first singular vector, where the split starts.
    fn first_shares(&self, seed: u64) -> Vec<f32> {
        let n = self.v.n_documents();
        let roots: Vec<f32> = self.document_weights.iter().map(|weight| weight.sqrt()).collect();
        // A document without any term that takes part has weight 0, and must get the score 0.
        let inverse = |root: &f32| if *root > 0.0 { 1.0 / root } else { 0.0 };
        let inverse_roots: Vec<f32> = roots.iter().map(inverse).collect();
        let total = dot(&roots, &roots);
        let sign =
            |document| if row_generator(seed, Stream::Splits, document).next_u64() & 1 == 1 { 1.0 } else { -1.0 };
        let mut scores: Vec<f32> = (0..n).map(sign).collect();
        for _ in 0..POWER_ITERATIONS {
            let scaled: Vec<f32> = scores.iter().zip(&inverse_roots).map(|(score, inverse)| score * inverse).collect();
            let common = (dot(&scores, &roots) / total) as f32;
            let mut terms = product(self.v.by_term(), &scaled);
            terms.iter_mut().zip(&self.term_weights).for_each(|(term, weight)| *term -= common * weight);
            let common = (dot(&terms, &self.term_weights) / total) as f32;
            scores = product(self.v.by_document(), &terms);
            for (score, (root, inverse)) in scores.iter_mut().zip(roots.iter().zip(&inverse_roots)) {
                *score = *score * inverse - common * root;
            }
            let deviation = (dot(&scores, &scores) / n as f64).sqrt() as f32;
            let scale = if deviation > 0.0 { 1.0 / deviation } else { 0.0 };
            scores.iter_mut().for_each(|score| *score = (*score * scale).clamp(-LARGEST_SCORE, LARGEST_SCORE));
        }
        scores.iter().map(|score| clamped(0.5 + SPREAD * score)).collect()
    }

    /// The slope of f at ½ for documents of V: it is positive if the larger share of a document lies in the first
    /// half.
    fn slopes_at_half(&self, v: &TermDocumentMatrix, documents: &[usize], terms: &Fixed) -> Vec<f32> {
        // Terms that take no part in the split get 0, so that they add nothing.
        let excess = |number: &u32| terms.excess.get(*number as usize).copied().unwrap_or(0.0);
        let excess: Vec<f32> = self.numbers.iter().map(excess).collect();
        let shift = 0.5 - terms.share;
        let slope = |&document: &usize| {
            let (indices, values) = v.document(document);
            let [slope] = sums(indices, values, &excess, |x, u| [x * u / (1.0 + shift * u)]);
            slope
        };
        documents.par_iter().with_min_len(TASK_ROWS).map(slope).collect()
    }
}

/// The fixed shares of one side, in the form that steps of the other side need.
struct Fixed {
    /// The mean share S.
    share: f32,
    /// u = (share − S) / (S (1 − S)) of each row.
    excess: Vec<f32>,
}

impl Fixed {
    /// `None` if all weight lies in one half.
    fn new(shares: &[f32], weights: &[f32]) -> Option<Self> {
        let share = mean(shares, weights);
        let variance = share * (1.0 - share);
        let excess = || shares.iter().map(|other| (other - share) / variance).collect();
        (variance > 0.0 && variance.is_finite()).then(|| Self { share, excess: excess() })
    }
}

/// Takes a Newton step for the share of every row.
fn improve(rows: CsMatViewI<'_, f32, u32, u64>, shares: &mut [f32], fixed: &Fixed) {
    each_row(rows, shares, |indices, values, share| {
        let shift = *share - fixed.share;
        let [slope, curvature] = sums(indices, values, &fixed.excess, |x, u| {
            let ratio = u / (1.0 + shift * u);
            [x * ratio, x * ratio * ratio]
        });
        if curvature > 0.0 {
            *share = clamped(*share + slope / curvature);
        }
    });
}

/// The gain over one topic: Σ x ln(1 + (s − S) u).
fn gain(rows: CsMatViewI<'_, f32, u32, u64>, shares: &[f32], fixed: &Fixed) -> f64 {
    let kernel = Kernel::current();
    let mut gains: Vec<(f32, f64)> = shares.iter().map(|&share| (share, 0.0)).collect();
    each_row(rows, &mut gains, |indices, values, (share, gain)| {
        let shift = *share - fixed.share;
        let ratios: Vec<f32> = indices.iter().map(|&index| 1.0 + shift * fixed.excess[index as usize]).collect();
        *gain = sum_of_logarithms(kernel, values, &ratios);
    });
    gains.iter().map(|(_, gain)| gain).sum()
}

/// A sparse matrix times a vector.
fn product(rows: CsMatViewI<'_, f32, u32, u64>, vector: &[f32]) -> Vec<f32> {
    let mut sums = vec![0.0; rows.rows()];
    each_row(rows, &mut sums, |indices, values, sum| {
        [*sum] = self::sums(indices, values, vector, |x, y| [x * y]);
    });
    sums
}

/// Sums over nonzeros on four chains; `term` makes what is added from a value x and the vector's entry.
#[inline(always)]
fn sums<const N: usize>(
    indices: &[u32],
    values: &[f32],
    vector: &[f32],
    term: impl Fn(f32, f32) -> [f32; N],
) -> [f32; N] {
    let mut chains = [[0.0_f32; CHAINS]; N];
    let ((blocks, rest), (value_blocks, value_rest)) = (indices.as_chunks::<CHAINS>(), values.as_chunks::<CHAINS>());
    for (block, x) in blocks.iter().zip(value_blocks) {
        let mut y = [0.0; CHAINS];
        (0..CHAINS).for_each(|chain| y[chain] = vector[block[chain] as usize]);
        for chain in 0..CHAINS {
            let term = term(x[chain], y[chain]);
            (0..N).for_each(|n| chains[n][chain] += term[n]);
        }
    }
    for (&index, &x) in rest.iter().zip(value_rest) {
        let term = term(x, vector[index as usize]);
        (0..N).for_each(|n| chains[n][0] += term[n]);
    }
    let mut sums = [0.0; N];
    (0..N).for_each(|n| sums[n] = (chains[n][0] + chains[n][1]) + (chains[n][2] + chains[n][3]));
    sums
}

/// Calls `change` with the nonzeros of each row and the row's element of `of_rows`, in parallel.
fn each_row<T: Send>(
    rows: CsMatViewI<'_, f32, u32, u64>,
    of_rows: &mut [T],
    change: impl Fn(&[u32], &[f32], &mut T) + Sync,
) {
    let indptr = rows.indptr();
    let (pointers, indices, values) = (indptr.raw_storage(), rows.indices(), rows.data());
    of_rows.par_iter_mut().with_min_len(TASK_ROWS).enumerate().for_each(|(row, of_row)| {
        let range = pointers[row] as usize..pointers[row + 1] as usize;
        change(&indices[range.clone()], &values[range], of_row);
    });
}

/// The weighted mean of shares.
fn mean(shares: &[f32], weights: &[f32]) -> f32 {
    let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    (dot(shares, weights) / total) as f32
}

fn clamped(share: f32) -> f32 {
    share.clamp(SMALLEST_SHARE, 1.0 - SMALLEST_SHARE)
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::factorize::{Loss, objective};
    use crate::kernels::FactorMatrix;

    /// Documents 0, 2, 4 … have the terms 0 to 9, the others 10 to 19; all have the term 20.
    fn two_kinds(n_documents: u32) -> Vec<(u32, u32, f32)> {
        let entries = |document: u32| {
            let own = (0..4).map(move |i| (document % 2 * 10 + (document * 7 + i * 3) % 10, document, 1.0 + i as f32));
            own.chain([(20, document, 3.0)])
        };
        (0..n_documents).flat_map(entries).collect()
    }

    #[test]
    fn two_kinds_of_documents_are_told_apart() {
        let v = TermDocumentMatrix::from_triplets(21, 60, &two_kinds(60)).expect("entries are in range");
        let all: Vec<usize> = (0..60).collect();
        for seed in 1..6 {
            let [a, b] = split(&v, &all, seed).expect("there are two kinds").documents;
            assert!(a.iter().all(|d| d % 2 == a[0] % 2) && b.iter().all(|d| d % 2 == b[0] % 2), "{a:?} {b:?}");
        }
    }

    #[test]
    fn documents_of_words_that_no_other_has_do_no_harm() {
        let mut triplets = two_kinds(40);
        triplets.extend([(21, 40, 1e6), (22, 41, 1.0)]);
        let v = TermDocumentMatrix::from_triplets(23, 42, &triplets).expect("entries are in range");
        let halves = split(&v, &(0..42).collect::<Vec<_>>(), 1).expect("there are two kinds");
        assert!(halves.gain.is_finite() && halves.documents.iter().all(|half| half.len() >= 20));
        // They are split when nothing else is left to be.
        let unlike = split(&v, &[40, 41], 1).expect("two documents");
        assert_eq!((unlike.documents, unlike.gain), ([vec![40], vec![41]], 0.0));
    }

    #[test]
    fn a_split_holds_where_there_are_two_kinds_and_not_within_one() {
        // Each kind has thirty terms, of which a document has some twelve at random.
        let has = |term: u32, document: u32| {
            let mut generator = row_generator(7, Stream::Clusters, (document * 60 + term) as usize);
            document % 2 == term / 30 && generator.next_u64() % 5 < 2
        };
        let entries = (0..200).flat_map(|document| (0..60).map(move |term| (term, document)));
        let entries: Vec<_> =
            entries.filter(|&(term, document)| has(term, document)).map(|(t, d)| (t, d, 1.0)).collect();
        let v = TermDocumentMatrix::from_triplets(60, 200, &entries).expect("entries are in range");
        for seed in 1..6 {
            let thinned = Thinned::new(&v, seed);
            assert!(thinned.holds(&(0..200).collect::<Vec<_>>(), seed));
            assert!(!thinned.holds(&(0..200).step_by(2).collect::<Vec<_>>(), seed));
            assert!(!thinned.holds(&[7], seed) && !thinned.holds(&[7, 8], seed));
        }
    }

    #[test]
    fn the_gain_is_the_fall_of_the_divergence() {
        let v = TermDocumentMatrix::from_triplets(21, 30, &two_kinds(30)).expect("entries are in range");
        let part = Part::new(&v, &(0..30).collect::<Vec<_>>()).expect("a matrix");
        let theta = part.first_shares(1);
        let mut phi = vec![0.4; part.v.n_terms()];
        improve(part.v.by_term(), &mut phi, &Fixed::new(&theta, &part.document_weights).expect("two halves"));
        let fixed = Fixed::new(&phi, &part.term_weights).expect("two halves");
        let (share, total) = (fixed.share, part.v.total() as f32);
        let h = FactorMatrix::from_fn(30, 2, |d, topic| {
            part.document_weights[d] / total
                * if topic == 0 { theta[d] / share } else { (1.0 - theta[d]) / (1.0 - share) }
        });
        let w = FactorMatrix::from_fn(part.v.n_terms(), 2, |t, topic| {
            part.term_weights[t] * if topic == 0 { phi[t] } else { 1.0 - phi[t] }
        });
        let one_h = FactorMatrix::from_fn(30, 1, |d, _| part.document_weights[d] / total);
        let one_w = FactorMatrix::from_fn(part.v.n_terms(), 1, |t, _| part.term_weights[t]);
        let f = |w, h| objective(&part.v, w, h, Loss::KullbackLeibler);
        let (fall, gain) = (f(&one_w, &one_h) - f(&w, &h), gain(part.v.by_document(), &theta, &fixed));
        assert!((fall - gain).abs() < 1e-4 * part.v.total(), "{fall} against {gain}");
    }
}
