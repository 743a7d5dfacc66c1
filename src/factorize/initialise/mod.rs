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

pub use cluster::clusters;
pub(super) use constrained::constrained;
pub use nndsvd::{nndsvd, nndsvda};
pub use random::random;
pub use separable::separable;
pub use svd::{TruncatedSvd, truncated_svd};
pub use tree::{Tree, tree};
