//! Stores the state of a fit while it runs, so that another run can go on from it.

use std::path::Path;

use crate::factorize::{FactorizeError, Fit, Observer, Rows, ShardedFit, StopReason};
use crate::model::{FitIdentity, ModelError, write_checkpoint, write_sharded_checkpoint};

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
        store_if_due(reason, observer, || write_checkpoint(file, identity, fit.checkpoint()));
        if let Some(reason) = reason {
            return Ok(reason);
        }
    }
}

/// As [`advance_storing`], for a fit of shards, with the rows of H.
pub(super) fn advance_storing_shards(
    fit: &mut ShardedFit<'_>,
    rows: &dyn Rows,
    observer: &mut dyn Observer,
    file: &Path,
    identity: &FitIdentity,
) -> Result<StopReason, FactorizeError> {
    loop {
        let reason = fit.advance(1, observer)?;
        store_if_due(reason, observer, || {
            write_sharded_checkpoint(file, identity, fit.checkpoint(), rows, fit.n_documents())
        });
        if let Some(reason) = reason {
            return Ok(reason);
        }
    }
}

/// Stores the state of a fit that has ended for `reason`, or goes on, if that is called for.
fn store_if_due(
    reason: Option<StopReason>,
    observer: &mut dyn Observer,
    store: impl FnOnce() -> Result<(), ModelError>,
) {
    let is_early = reason.is_some_and(StopReason::is_early);
    if (is_early || reason.is_none() && observer.is_checkpoint_due())
        && let Err(error) = store()
    {
        observer.checkpoint_failed(&error.to_string());
    }
}
