//! Proposes numbers of topics from what was measured of each.
//!
//! No single measure finds the number of topics. Words that are withheld become less and less surprising with more
//! topics, until there is nothing more to learn; fits of different documents agree where the number suits the
//! documents, but few topics are always stable. So the numbers are proposed at which stability has a peak, in the
//! order of stability × the share of what can be learned that is learned with so many topics.

use crate::model::{Candidate, TriedNumber};

/// Numbers that are proposed at most.
const MOST_CANDIDATES: usize = 3;

/// The share of the gain in likelihood from which on more topics hardly foresee more.
const ENOUGH: f64 = 0.98;

/// A peak is proposed beside the best if its score is at least this share of the best score.
const WORTH_NAMING: f64 = 0.8;

/// Numbers that differ by no more than this share are one proposal.
const ALIKE: f64 = 0.25;

/// The power of the share that is learned, beside stability: detail is what more topics are for.
const DETAIL: f64 = 1.0;

/// The numbers that are proposed, at least one unless none was tried. `baseline` is the log-likelihood of a withheld
/// word with one topic; `tried` is in ascending order.
pub fn candidates(tried: &[TriedNumber], baseline: f64) -> Vec<Candidate> {
    let best = tried.iter().map(|number| number.likelihood).fold(baseline, f64::max);
    let Some(first) = tried.first() else { return Vec::new() };
    if best <= baseline {
        let reason = "no number of topics foresees withheld words better than one topic does: there may be nothing to \
                      find here, or the documents are too few";
        return vec![Candidate { n_topics: first.n_topics, reasons: vec![reason.into()] }];
    }
    let gains: Vec<f64> =
        tried.iter().map(|number| ((number.likelihood - baseline) / (best - baseline)).max(0.0)).collect();
    let score = |i: usize| gains[i].powf(DETAIL) * tried[i].stability;
    let mut order: Vec<usize> = (0..tried.len()).filter(|&i| is_peak(tried, i)).collect();
    order.sort_by(|&a, &b| score(b).total_cmp(&score(a)).then(a.cmp(&b)));
    let mut chosen: Vec<usize> = Vec::new();
    let is_new = |chosen: &[usize], i: usize| chosen.iter().all(|&other| !are_alike(tried, i, other));
    for &i in &order {
        let is_worth_it = chosen.first().is_none_or(|&first| score(i) >= WORTH_NAMING * score(first));
        if chosen.len() < MOST_CANDIDATES && is_worth_it && is_new(&chosen, i) {
            chosen.push(i);
        }
    }
    let enough = gains.iter().position(|gain| *gain >= ENOUGH);
    if let Some(enough) = enough.filter(|&enough| is_new(&chosen, enough)) {
        chosen.truncate(MOST_CANDIDATES - 1);
        chosen.push(enough);
    }
    // A second proposal shows what the choice is between.
    if let (1, Some(&next)) = (chosen.len(), order.iter().find(|&&i| is_new(&chosen, i))) {
        chosen.push(next);
    }
    let reasons = |i: usize| {
        let mut reasons = Vec::new();
        if i == chosen[0] {
            reasons.push("the best balance of stability and detail".to_string());
        }
        if is_peak(tried, i) {
            let shared = 100.0 * tried[i].stability;
            let kind = if i + 1 == tried.len() && tried.len() > 1 { "rising to the end" } else { "at a peak" };
            reasons
                .push(format!("stability {kind}: fits of different halves share {shared:.0} % of a topic's documents"));
        }
        reasons.push(match Some(i) == enough {
            true => format!("more topics hardly foresee more: {:.0} % of the gain is reached here", 100.0 * gains[i]),
            false => format!("foresees withheld words with {:.0} % of the possible gain", 100.0 * gains[i]),
        });
        reasons
    };
    chosen.iter().map(|&i| Candidate { n_topics: tried[i].n_topics, reasons: reasons(i) }).collect()
}

/// Whether no neighbour is more stable, and one of them is less.
fn is_peak(tried: &[TriedNumber], i: usize) -> bool {
    let stability = |i: usize| tried[i].stability;
    let before = i.checked_sub(1).map(stability);
    let after = (i + 1 < tried.len()).then(|| stability(i + 1));
    before.is_none_or(|before| before < stability(i)) && after.is_none_or(|after| after <= stability(i))
}

fn are_alike(tried: &[TriedNumber], a: usize, b: usize) -> bool {
    let (a, b) = (tried[a].n_topics as f64, tried[b].n_topics as f64);
    (a - b).abs() <= ALIKE * a.max(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(values: &[(usize, f64, f64)]) -> Vec<TriedNumber> {
        let number = |&(n_topics, likelihood, stability): &(usize, f64, f64)| TriedNumber {
            n_topics,
            likelihood,
            stability,
            word_stability: stability,
            coherence: None,
            diversity: 1.0,
            names: Vec::new(),
            origins: Vec::new(),
        };
        values.iter().map(number).collect()
    }

    fn proposed(values: &[(usize, f64, f64)]) -> Vec<usize> {
        candidates(&tried(values), -9.0).iter().map(|candidate| candidate.n_topics).collect()
    }

    #[test]
    fn a_stable_number_that_foresees_all_comes_first() {
        let values = [(2, -8.5, 0.95), (3, -8.2, 0.5), (4, -8.0, 0.9), (5, -7.99, 0.6), (6, -7.99, 0.4)];
        assert_eq!(proposed(&values), [4, 2]);
    }

    #[test]
    fn more_topics_are_named_where_they_foresee_more() {
        let values = [(2, -8.5, 0.8), (5, -8.0, 0.9), (6, -8.0, 0.6), (12, -7.5, 0.2), (13, -7.6, 0.1)];
        assert_eq!(proposed(&values), [5, 12]);
    }

    #[test]
    fn nothing_to_find_is_said() {
        let found = candidates(&tried(&[(2, -9.5, 0.9), (3, -9.6, 0.1)]), -9.0);
        assert_eq!(found[0].n_topics, 2);
        assert!(found[0].reasons[0].contains("no number of topics"));
        assert!(candidates(&[], -9.0).is_empty());
    }
}
