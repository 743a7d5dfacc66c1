//! Is it any good? This stage measures how coherent and how diverse topics are, how well clusters agree with labels,
//! and how stable topics are from one model to another.

mod agreement;
mod assignment;
mod co_occurrence;
mod coherence;
mod comparison;
mod completion;
mod diagnostics;
mod diversity;
mod evaluation;
mod groups;
mod saliency;
mod selection;
mod similarity;
mod stability;
mod update;
mod verdict;

pub use agreement::Agreement;
pub use assignment::best_assignment;
pub use co_occurrence::{CoOccurrences, Counts, OTHER_WORD, Window};
pub use coherence::{Coherence, CoherenceMeasure};
pub use comparison::{Comparison, DocumentComparison, TopicPair};
pub use completion::{Completer, Completion, halves};
pub use diagnostics::TopicDiagnostics;
pub use diversity::Diversity;
pub use evaluation::{Evaluation, MEASURED_WORDS, Reference};
pub use groups::{GroupShares, ShareChange, SharesOfGroup, Test, Trend};
pub use saliency::salient_terms;
pub use selection::candidates;
pub use similarity::{Merge, Similarity, topic_distances};
pub use stability::{Matching, average_jaccard, compared_words, jaccard, match_topics, rank_biased_overlap};
pub use update::{News, TopicUpdate};
pub use verdict::Verdict;
