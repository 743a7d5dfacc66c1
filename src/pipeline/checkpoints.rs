//! Stores the state of a fit while it runs, so that another run can go on from it.

use std::path::Path;

use crate::factorize::{FactorizeError, Observer, StopReason};
use crate::model::{Manifest, ModelError, store};

/// Whether a directory has a model whose fit was ended early, so that the one that goes on may take its place.
pub fn gives_way(directory: &Path) -> bool {
    directory.is_dir() && store::load_manifest(directory).is_ok_and(|manifest| manifest.ended_early())
}

/// Removes the checkpoint of a fit that has come to its end, of whose model this is the record. Returns whether the
/// checkpoint stays, because the fit was ended early.
pub fn settle_checkpoint(manifest: &Manifest, file: &Path) -> bool {
    let stays = manifest.ended_early();
    if !stays {
        // What it would lead to is there; that it may not be removed changes nothing of that.
        let _ = std::fs::remove_file(file);
    }
    stays
}

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
