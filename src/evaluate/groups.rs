//! How topics differ between groups of documents, and whether that could be chance.

use rand_xoshiro::rand_core::Rng;
use rayon::prelude::*;

use crate::factorize::random::{Stream, row_generator, shuffle};
use crate::model::{Grouping, TopicModel};

/// Replicates of the bootstrap and of the permutations; where they would take more than [`MOST_SUMS`] additions there
/// are fewer, but never fewer than [`FEWEST_REPLICATES`].
const REPLICATES: usize = 999;
const FEWEST_REPLICATES: usize = 199;
const MOST_SUMS: usize = 1 << 29;

/// The ends of an interval of 95 %.
const LOW: f64 = 0.025;
const HIGH: f64 = 0.975;

/// Seed of the replicates: intervals are no part of a fit, and are the same whatever its seed was.
const SEED: u64 = 1;

/// The shares of topics in groups of documents.
///
/// The share of a topic in a group is the mean of p(topic | document) over the documents of the group that have a
/// topic: every document counts once, whatever its length.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupShares {
    /// The groups.
    pub grouping: Grouping,
    /// What is known of each of them.
    pub groups: Vec<SharesOfGroup>,
    /// How each topic differs between groups; empty where there are fewer than two of them.
    pub changes: Vec<ShareChange>,
    /// Documents that have no group, because the column has no value that can be read for them, or one that was left
    /// out.
    pub n_without_group: usize,
    /// Documents that have no topic, because no word of them is a term.
    pub n_without_topic: usize,
}

/// The shares of topics in the documents of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct SharesOfGroup {
    /// Documents that have a topic.
    pub n_documents: usize,
    /// The share of each topic; they sum to 1. NaN if there is no such document.
    pub shares: Vec<f64>,
    /// The 95 % interval of each: the percentiles of the bootstrap over the documents of the group (B. Efron,
    /// *Bootstrap Methods: Another Look at the Jackknife*, 1979,
    /// [doi:10.1214/aos/1176344552](https://doi.org/10.1214/aos/1176344552)). NaN with fewer than two documents.
    pub intervals: Vec<(f64, f64)>,
}

/// How a topic differs between groups.
///
/// Both tests permute the groups among documents, so they suppose nothing of the distribution of shares, but that
/// documents are independent. Adjusted values bound the share of false discoveries among all topics (Y. Benjamini, Y.
/// Hochberg, *Controlling the False Discovery Rate*, 1995,
/// [doi:10.1111/j.2517-6161.1995.tb02031.x](https://doi.org/10.1111/j.2517-6161.1995.tb02031.x)).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShareChange {
    /// Test of a difference between any groups: the statistic of one-way analysis of variance.
    pub difference: Test,
    /// Test of a straight trend over time or numbers; `None` for groups without an order.
    pub trend: Option<Trend>,
}

/// A straight trend of a share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Change of the share for each year, or for each unit of the column: the least-squares slope over documents.
    pub slope: f64,
    /// Test of a slope other than 0.
    pub test: Test,
}

/// The outcome of a test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// Chance of a difference so large, if groups did not matter.
    pub p: f64,
    /// The same, adjusted for the number of topics.
    pub adjusted: f64,
}

/// The shares of the documents that have a group and a topic, without their zeros.
struct Shares {
    n_topics: usize,
    /// Where each document begins among the entries.
    starts: Vec<usize>,
    entries: Vec<(u32, f64)>,
    groups: Vec<usize>,
    positions: Option<Vec<f64>>,
}

impl GroupShares {
    /// Compares groups of a model's documents.
    ///
    /// ```
    /// use topicmill::{evaluate::GroupShares, model::{Grouping, TopicModel}};
    /// let model = TopicModel::load("tests/golden/model-v1")?;
    /// let shares = GroupShares::new(&model, Grouping::by_column(&model, "label", None)?);
    /// let space = shares.grouping.groups.iter().position(|group| group.label == "space").unwrap();
    /// assert!(shares.groups[space].shares.iter().any(|share| *share > 0.5));
    /// assert!(shares.changes[0].difference.adjusted < 0.05);
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn new(model: &TopicModel, grouping: Grouping) -> Self {
        let (mut n_without_group, mut n_without_topic) = (0, 0);
        let mut shares = Shares {
            n_topics: model.n_topics(),
            starts: vec![0],
            entries: Vec::new(),
            groups: Vec::new(),
            positions: grouping.positions.as_ref().map(|_| Vec::new()),
        };
        for (document, group) in grouping.of_documents.iter().enumerate() {
            let row = model.document_shares(document);
            if row.iter().all(|share| *share == 0.0) {
                n_without_topic += 1;
                continue;
            }
            let Some(group) = group else {
                n_without_group += 1;
                continue;
            };
            shares.push(&row, *group, grouping.positions.as_ref().map(|positions| positions[document]));
        }
        let groups = shares.of_groups(grouping.groups.len());
        let n_present = groups.iter().filter(|group| group.n_documents > 0).count();
        let changes = if n_present < 2 { Vec::new() } else { shares.changes(&groups) };
        Self { grouping, groups, changes, n_without_group, n_without_topic }
    }
}

impl Shares {
    fn push(&mut self, row: &[f64], group: usize, position: Option<f64>) {
        self.entries.extend((0..).zip(row).filter(|(_, share)| **share > 0.0).map(|(topic, share)| (topic, *share)));
        self.starts.push(self.entries.len());
        self.groups.push(group);
        if let (Some(positions), Some(position)) = (&mut self.positions, position) {
            positions.push(position);
        }
    }

    fn n_documents(&self) -> usize {
        self.groups.len()
    }

    fn row(&self, document: usize) -> &[(u32, f64)] {
        &self.entries[self.starts[document]..self.starts[document + 1]]
    }

    fn n_replicates(&self, n_groups: usize) -> usize {
        (MOST_SUMS / (self.entries.len() + n_groups * self.n_topics).max(1)).clamp(FEWEST_REPLICATES, REPLICATES)
    }

    /// The sum of the shares of some documents.
    fn sum(&self, documents: impl Iterator<Item = usize>) -> Vec<f64> {
        let mut sums = vec![0.0; self.n_topics];
        for document in documents {
            self.row(document).iter().for_each(|(topic, share)| sums[*topic as usize] += share);
        }
        sums
    }

    fn of_groups(&self, n_groups: usize) -> Vec<SharesOfGroup> {
        let mut members = vec![Vec::new(); n_groups];
        self.groups.iter().enumerate().for_each(|(document, group)| members[*group].push(document));
        let n_replicates = self.n_replicates(n_groups);
        members.iter().enumerate().map(|(group, members)| self.of_group(group, members, n_replicates)).collect()
    }

    fn of_group(&self, group: usize, members: &[usize], n_replicates: usize) -> SharesOfGroup {
        let n = members.len();
        let mean = |sums: Vec<f64>| sums.into_iter().map(|sum| sum / n as f64).collect::<Vec<f64>>();
        let shares = mean(self.sum(members.iter().copied()));
        if n < 2 {
            return SharesOfGroup { n_documents: n, shares, intervals: vec![(f64::NAN, f64::NAN); self.n_topics] };
        }
        let replicate = |replicate: usize| {
            let mut generator = row_generator(SEED, Stream::Bootstrap, group * n_replicates + replicate);
            mean(self.sum((0..n).map(|_| members[(generator.next_u64() % n as u64) as usize])))
        };
        let replicates: Vec<Vec<f64>> = (0..n_replicates).into_par_iter().map(replicate).collect();
        let interval = |topic: usize| {
            let mut values: Vec<f64> = replicates.iter().map(|shares| shares[topic]).collect();
            values.sort_by(f64::total_cmp);
            (quantile(&values, LOW), quantile(&values, HIGH))
        };
        SharesOfGroup { n_documents: n, shares, intervals: (0..self.n_topics).into_par_iter().map(interval).collect() }
    }

    /// The statistics of each topic under an order of the documents: the sum over groups of the squared sum of shares
    /// by the number of documents, which grows with analysis of variance's F, and the covariance with the position.
    fn statistics(&self, order: &[usize], sizes: &[usize], positions: Option<&[f64]>) -> (Vec<f64>, Vec<f64>) {
        let mut sums = vec![0.0; sizes.len() * self.n_topics];
        let mut covariances = vec![0.0; self.n_topics];
        for (document, &as_if) in order.iter().enumerate() {
            let group = self.groups[as_if] * self.n_topics;
            let position = positions.map_or(0.0, |positions| positions[as_if]);
            for &(topic, share) in self.row(document) {
                sums[group + topic as usize] += share;
                covariances[topic as usize] += position * share;
            }
        }
        let mut squares = vec![0.0; self.n_topics];
        for (group, size) in sizes.iter().enumerate().filter(|(_, size)| **size > 0) {
            let of_group = &sums[group * self.n_topics..][..self.n_topics];
            squares.iter_mut().zip(of_group).for_each(|(square, sum)| *square += sum * sum / *size as f64);
        }
        (squares, covariances)
    }

    fn changes(&self, groups: &[SharesOfGroup]) -> Vec<ShareChange> {
        let sizes: Vec<usize> = groups.iter().map(|group| group.n_documents).collect();
        let n = self.n_documents();
        let centred = self.positions.as_ref().map(|positions| {
            let mean = positions.iter().sum::<f64>() / n as f64;
            positions.iter().map(|position| position - mean).collect::<Vec<f64>>()
        });
        let variance = centred.as_ref().map_or(0.0, |centred| centred.iter().map(|x| x * x).sum::<f64>());
        let centred = centred.as_deref().filter(|_| variance > 0.0);
        let identity: Vec<usize> = (0..n).collect();
        let (squares, covariances) = self.statistics(&identity, &sizes, centred);
        // A covariance no larger than the rounding of its sum is none, as where every share is the same.
        let spread = centred.map_or(0.0, |centred| centred.iter().map(|x| x.abs()).sum::<f64>());
        let covariances: Vec<f64> =
            covariances.into_iter().map(|value| if value.abs() <= 1e-12 * spread { 0.0 } else { value }).collect();
        let replicate = |replicate: usize| {
            let mut order = identity.clone();
            shuffle(&mut order, &mut row_generator(SEED, Stream::Permutations, replicate));
            let (permuted_squares, permuted_covariances) = self.statistics(&order, &sizes, centred);
            // Sums in another order differ in their last bits, which must not decide.
            let as_large = |permuted: f64, observed: f64| permuted >= observed * (1.0 - 1e-9);
            let counts = (0..self.n_topics).map(|topic| {
                let trend = as_large(permuted_covariances[topic].abs(), covariances[topic].abs());
                [as_large(permuted_squares[topic], squares[topic]), trend].map(usize::from)
            });
            counts.collect::<Vec<[usize; 2]>>()
        };
        let add = |mut a: Vec<[usize; 2]>, b: Vec<[usize; 2]>| {
            a.iter_mut().zip(b).for_each(|(a, b)| (a[0], a[1]) = (a[0] + b[0], a[1] + b[1]));
            a
        };
        let n_replicates = self.n_replicates(groups.len());
        let none = || vec![[0; 2]; self.n_topics];
        let counts = (0..n_replicates).into_par_iter().map(replicate).reduce(none, add);
        let chances = |which: usize| -> Vec<f64> {
            counts.iter().map(|counts| (1 + counts[which]) as f64 / (1 + n_replicates) as f64).collect()
        };
        let (difference, trend) = (adjusted_tests(&chances(0)), adjusted_tests(&chances(1)));
        let change = |topic: usize| ShareChange {
            difference: difference[topic],
            trend: centred.map(|_| Trend { slope: covariances[topic] / variance, test: trend[topic] }),
        };
        (0..self.n_topics).map(change).collect()
    }
}

/// A quantile of sorted values, between neighbours as NumPy does by default.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

/// Tests with these chances, adjusted by the procedure of Benjamini and Hochberg.
fn adjusted_tests(chances: &[f64]) -> Vec<Test> {
    let n = chances.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| chances[b].total_cmp(&chances[a]));
    let mut tests: Vec<Test> = chances.iter().map(|&p| Test { p, adjusted: 1.0 }).collect();
    let mut least: f64 = 1.0;
    for (place, &topic) in order.iter().enumerate() {
        least = least.min(chances[topic] * n as f64 / (n - place) as f64);
        tests[topic].adjusted = least;
    }
    tests
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Documents of two topics; `share` gives the first topic's share of a document.
    fn shares(n: usize, n_groups: usize, share: impl Fn(usize) -> f64) -> Shares {
        let mut shares = Shares {
            n_topics: 2,
            starts: vec![0],
            entries: Vec::new(),
            groups: Vec::new(),
            positions: Some(Vec::new()),
        };
        for document in 0..n {
            let first = share(document);
            shares.push(&[first, 1.0 - first], document % n_groups, Some((document % n_groups) as f64));
        }
        shares
    }

    fn noise(document: usize) -> f64 {
        (row_generator(9, Stream::Terms, document).next_u64() % 1000) as f64 / 1000.0
    }

    #[test]
    fn chance_is_no_change_and_a_planted_one_is_found() {
        let chance = shares(400, 4, noise);
        let groups = chance.of_groups(4);
        let change = chance.changes(&groups)[0];
        assert!(change.difference.p > 0.05 && change.trend.unwrap().test.p > 0.05, "{change:?}");
        let planted = shares(400, 4, |document| 0.8 * noise(document) + 0.05 * (document % 4) as f64);
        let groups = planted.of_groups(4);
        let change = planted.changes(&groups)[0];
        let trend = change.trend.unwrap();
        assert!(change.difference.adjusted <= 0.01 && trend.test.adjusted <= 0.01, "{change:?}");
        assert!((trend.slope - 0.05).abs() < 0.02, "{trend:?}");
        for group in &groups {
            let (low, high) = group.intervals[0];
            assert!(low < group.shares[0] && group.shares[0] < high && high - low < 0.15, "{group:?}");
            assert!((group.shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn nine_of_ten_intervals_hold_the_mean_that_documents_were_drawn_with() {
        let held = (0..100).filter(|trial| {
            let drawn = shares(60, 1, |document| noise(1000 * (trial + 1) + document));
            let (low, high) = drawn.of_groups(1)[0].intervals[0];
            low <= 0.4995 && 0.4995 <= high
        });
        assert!((90..=99).contains(&held.count()));
    }

    #[test]
    fn shares_that_are_all_the_same_have_no_trend() {
        let mut same = shares(2000, 1000, |_| 1.0);
        same.groups.sort_unstable();
        if let Some(positions) = &mut same.positions {
            positions.iter_mut().enumerate().for_each(|(i, position)| *position = i as f64 / 365.2425);
        }
        let change = same.changes(&same.of_groups(1000))[0];
        let trend = change.trend.unwrap();
        assert_eq!((trend.slope, trend.test.p, change.difference.p), (0.0, 1.0, 1.0));
    }

    #[test]
    fn one_document_has_no_interval_and_no_document_no_share() {
        let one = shares(1, 1, |_| 0.25);
        let groups = one.of_groups(2);
        assert_eq!((groups[0].n_documents, groups[0].shares[0]), (1, 0.25));
        assert!(groups[0].intervals[0].0.is_nan() && groups[1].shares[0].is_nan());
    }

    #[test]
    fn adjusted_chances_are_those_of_r() {
        let adjusted: Vec<f64> =
            adjusted_tests(&[0.01, 0.04, 0.03, 0.5]).into_iter().map(|test| test.adjusted).collect();
        let expected = [0.04, 0.04 * 4.0 / 3.0, 0.04 * 4.0 / 3.0, 0.5];
        assert!(adjusted.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{adjusted:?}");
    }

    #[test]
    fn quantiles_lie_between_neighbours() {
        let values: Vec<f64> = (0..5).map(f64::from).collect();
        assert_eq!([0.0, 0.1, 0.5, 1.0].map(|share| quantile(&values, share)), [0.0, 0.4, 2.0, 4.0]);
    }
}
