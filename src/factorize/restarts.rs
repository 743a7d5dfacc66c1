//! Several starts, one result: successive halving.
//!
//! Every start descends 16 iterations; the better half (by objective, the first of equals) goes on until twice as many are
//! done, and so on until one is left, which is finished (the scheme of K. Jamieson, A. Talwalkar, *Non-stochastic best arm
//! identification and hyperparameter optimization*, AISTATS 2016). Sixteen at first: on counts it shows late where a start
//! ends. Memory: half of the starts at a time.

use super::descent::Descent;
use super::guidance::Guided;
use super::{FactorizeError, FactorizeParams, Observer, Start, StopReason};
use crate::matrix::TermDocumentMatrix;

/// Iterations of the first round.
const ITERATIONS: usize = 16;

/// The best of the descents from `starts`, at least one, and why to stop already, if there is a reason.
pub(super) fn best_of<'a>(
    v: &'a TermDocumentMatrix,
    params: &'a FactorizeParams,
    guided: Option<&'a Guided>,
    starts: impl ExactSizeIterator<Item = Start>,
    observer: &mut dyn Observer,
) -> Result<(Descent<'a>, Option<StopReason>), FactorizeError> {
    let mut descents: Vec<Descent<'a>> = Vec::new();
    let n = starts.len();
    for start in starts {
        let mut descent = Descent::new(v, start, params, guided);
        let stop = if n > 1 { descent.advance(ITERATIONS.min(params.max_iterations), observer)? } else { None };
        descents.push(descent);
        keep(&mut descents, n.div_ceil(2));
        if let Some(reason) = stop.filter(ends_all) {
            return Ok((descents.swap_remove(0), Some(reason)));
        }
    }
    let mut n_iterations = ITERATIONS;
    while descents.len() > 1 {
        n_iterations *= 2;
        for i in 0..descents.len() {
            let stop = descents[i].advance(n_iterations.min(params.max_iterations), observer)?;
            if let Some(reason) = stop.filter(ends_all) {
                keep(&mut descents, 1);
                return Ok((descents.swap_remove(0), Some(reason)));
            }
        }
        let half = descents.len().div_ceil(2);
        keep(&mut descents, half);
    }
    Ok((descents.swap_remove(0), None))
}

/// Whether somebody outside wants an end; a descent that has arrived waits for the others.
fn ends_all(reason: &StopReason) -> bool {
    !matches!(reason, StopReason::Converged | StopReason::Stationary)
}

/// Keeps the `n` descents of the lowest objectives, in order.
fn keep(descents: &mut Vec<Descent<'_>>, n: usize) {
    descents.sort_by(|a, b| a.last_objective().total_cmp(&b.last_objective()));
    descents.truncate(n);
}
