//! Where a fit starts.

mod cluster;
mod dense;
mod nndsvd;
mod power;
mod random;
mod svd;

pub use cluster::clusters;
pub use nndsvd::{nndsvd, nndsvda};
pub use random::random;
pub use svd::{TruncatedSvd, truncated_svd};
