//! Is it any good? This stage measures how well clusters agree with labels, and how stable topics are from one model to
//! another.

mod agreement;
mod assignment;
mod evaluation;
mod stability;

pub use agreement::Agreement;
pub use assignment::best_assignment;
pub use evaluation::Evaluation;
pub use stability::{Matching, average_jaccard, match_topics, rank_biased_overlap};
