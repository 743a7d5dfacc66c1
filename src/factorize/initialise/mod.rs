//! The starts of a fit, one file per method.

mod cluster;
mod constrained;
mod nndsvd;
mod power;
mod random;
mod separable;
mod split;
mod svd;
mod tree;

pub(super) use cluster::COMMON_TERMS;
pub use cluster::clusters;
pub(super) use constrained::constrained;
pub use nndsvd::{nndsvd, nndsvda};
pub use random::random;
pub use separable::separable;
pub(super) use split::Thinned;
pub use svd::{TruncatedSvd, truncated_svd};
pub use tree::{Tree, tree};

use super::{FactorizeParams, Init, Start};
use crate::matrix::TermDocumentMatrix;

/// The start with the number `restart` of a fit with these parameters.
pub(super) fn of_params(v: &TermDocumentMatrix, params: &FactorizeParams, restart: usize) -> Start {
    let (k, seed) = (params.n_topics, params.seed.wrapping_add(restart as u64));
    match params.init {
        // Another seed would hardly change a singular value decomposition, so that the other starts are trees.
        Init::Nndsvda if restart == 0 => nndsvda(v, k, seed),
        Init::Tree | Init::Nndsvda => tree(v, k, seed),
        Init::Clusters => clusters(v, k, seed),
        Init::Separable => separable(v, k, seed),
        Init::Random => random(v, k, seed),
    }
}
