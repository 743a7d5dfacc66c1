//! Pictures of a model as SVG, for papers and slides, in the scales and colours of the explorer.

mod canvas;
mod convergence;
mod groups;
mod map;
mod terms;
mod tree;

pub use convergence::convergence;
pub use groups::{heat_map, stacked_shares};
pub use map::map;
pub use terms::terms;
pub use tree::{similarities, tree};
