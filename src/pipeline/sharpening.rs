//! Decides whether the topics of a fit are sharpened, and what of them is given.

use super::dataset::Dataset;
use crate::Error;
use crate::factorize::sharpen::GivenTopics;
use crate::factorize::{FactorMatrix, FactorizeError, FactorizeParams, Origin, Sharpening, Variant};

/// The forms that ask nothing of the factors that sharpening would undo.
const TAKE_SHARPENING: [Variant; 4] =
    [Variant::Sequential, Variant::Hierarchical, Variant::CoOccurrence, Variant::Online];

/// Whether the topics of a fit are sharpened; if not, the reason, where users should know it. Fails if they cannot be
/// sharpened and must be.
pub(super) fn sharpens(dataset: &Dataset, params: &FactorizeParams) -> Result<Result<(), Option<String>>, Error> {
    if params.sharpening == Sharpening::Auto && dataset.analyzer.is_none() {
        return Ok(Err(None));
    }
    match dataset.counts {
        Some(_) => sharpens_counted(params),
        None => decide(params, Some("the matrix was stored without counts; vectorize the documents anew")),
    }
}

/// As [`sharpens`], for documents whose counts are known.
pub(super) fn sharpens_counted(params: &FactorizeParams) -> Result<Result<(), Option<String>>, Error> {
    decide(params, None)
}

fn decide(params: &FactorizeParams, problem: Option<&str>) -> Result<Result<(), Option<String>>, Error> {
    let problem = match () {
        () if params.background => Some("the background would be lost"),
        () if params.is_structured() && !TAKE_SHARPENING.contains(&params.variant) => {
            Some("what the form asks of them would be lost")
        }
        () if params.has_penalties() => Some("penalties and priors would have no effect"),
        () => problem,
    };
    match (params.sharpening, problem) {
        (Sharpening::Off, _) => Ok(Err(None)),
        (_, None) => Ok(Ok(())),
        (Sharpening::Auto, Some(problem)) => Ok(Err(Some(problem.into()))),
        (Sharpening::On, Some(problem)) => {
            let expected = format!("auto or off: {problem}");
            Err(FactorizeError::Parameter { key: "sharpening", found: "on".into(), expected }.into())
        }
    }
}

/// What is given of topics, with frozen ones as the sharpening keeps them: `shown`, with the smoothing of each.
pub(super) fn given_topics(
    origin: &Origin,
    shown: Option<(FactorMatrix, Vec<f64>)>,
    params: &FactorizeParams,
    sharpens: bool,
) -> GivenTopics {
    let Origin::Guided(guidance) = origin else { return GivenTopics::default() };
    let frozen = shown.filter(|_| sharpens);
    let first = guidance.frozen.as_ref().map_or(0, FactorMatrix::n_topics) + usize::from(params.background);
    let seeds = guidance.seeds.iter().enumerate().map(|(i, terms)| (first + i, terms.clone()));
    let seeds = seeds.filter(|(_, terms)| !terms.is_empty()).collect();
    let excluded = guidance.excluded.iter().enumerate();
    let excluded = excluded.flat_map(|(i, terms)| terms.iter().map(move |&term| (term, first + i))).collect();
    GivenTopics { frozen, seeds, excluded }
}
