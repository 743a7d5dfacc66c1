//! Stores the state of a fit while it runs, so that another run can go on from it.

use crate::factorize::{FactorizeError, Observer, StopReason};
use crate::model::ModelError;

/// Runs a fit to its end by single iterations; stores its state when the observer asks for that, and when the fit is
/// ended early. A checkpoint that cannot be written does not end the fit.
pub(super) fn advance_storing<F>(
    fit: &mut F,
    observer: &mut dyn Observer,
    iterate: impl Fn(&mut F, &mut dyn Observer) -> Result<Option<StopReason>, FactorizeError>,
    store: impl Fn(&F) -> Result<(), ModelError>,
) -> Result<StopReason, FactorizeError> {
    loop {
        let reason = iterate(fit, observer)?;
        let is_early = reason.is_some_and(StopReason::is_early);
        if (is_early || reason.is_none() && observer.is_checkpoint_due())
            && let Err(error) = store(fit)
        {
            observer.checkpoint_failed(&error.to_string());
        }
        if let Some(reason) = reason {
            return Ok(reason);
        }
    }
}
