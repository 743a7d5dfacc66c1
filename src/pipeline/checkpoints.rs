//! Stores the state of a fit while it runs, so that another run can go on from it.

use std::path::Path;

use crate::factorize::{FactorizeError, Fit, Observer, StopReason};
use crate::model::{FitIdentity, write_checkpoint};

/// Runs a fit to its end; stores its state in `file` when the observer asks for that, and when the fit is ended early.
/// A checkpoint that cannot be written does not end the fit.
pub(super) fn advance_storing(
    fit: &mut Fit<'_>,
    observer: &mut dyn Observer,
    file: &Path,
    identity: &FitIdentity,
) -> Result<StopReason, FactorizeError> {
    loop {
        let reason = fit.advance(1, observer)?;
        let is_early = reason.is_some_and(StopReason::is_early);
        if (is_early || reason.is_none() && observer.is_checkpoint_due())
            && let Err(error) = write_checkpoint(file, identity, fit.checkpoint())
        {
            observer.checkpoint_failed(&error.to_string());
        }
        if let Some(reason) = reason {
            return Ok(reason);
        }
    }
}
