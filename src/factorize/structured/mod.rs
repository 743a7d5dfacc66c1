//! Forms of V ≈ W H in which a factor has a structure of its own. Each answers a question that the plain form leaves
//! open, is one file with its paper, and gives W and H like any other fit.
//!
//! | form | what is asked of the factors | the question |
//! |---|---|---|
//! | `sequential` | one topic after another | how much does the next topic explain? |
//! | `hierarchical` | each topic is a leaf of a tree of splits | which topics are there within topics? |
//! | `convex` | each topic is a mean of documents with weights | which documents is a topic made of? |
//! | `term_sparseness` | each topic has a given sparseness | which few words is a topic? |
//! | missing entries | nothing is asked where V is not known | what would stand there? |
//! | `tri` | each term is in one group of words | which groups of words and documents meet? |
//! | `agglomerate` | topics are found from groups of words | what do fewer, broader features say? |
//! | `orthogonal` | each document has one topic | which hard clusters are there? |
//! | `document_sparseness` | each document has a given sparseness | which few topics is a document about? |
//! | `co-occurrence` | pairs of words have topics | which words go together, however short the texts? |
//! | `online` | one pass over the documents | what is in more documents than can be read twice? |
//!
//! The objective of a form does not rise, but for what the steps of the plain form leave open (`sequential` takes them)
//! and for floors that keep entries from being lost; that of `online` is each batch's own, those of `co-occurrence` and
//! `agglomerate` are of the sums that they work on. None of them forms WH: an iteration costs O(nnz · n_topics), where
//! nnz is the number of pairs of words that meet for `co-occurrence`.

mod agglomerate;
mod co_occurrence;
mod convex;
mod descent;
mod gradient;
mod hierarchical;
mod masked;
pub(super) mod online;
mod orthogonal;
mod residual;
mod sequential;
mod sparse;
mod tri;

pub use hierarchical::join_topics;
pub use masked::{MissingEntries, check_masked, fit_masked, masked_objective};
pub use sequential::extend;

use serde::{Deserialize, Serialize};

use super::params::{MAX_LEVELS, MAX_WORD_GROUPS};
use super::scale::Rescaling;
use super::{Factorization, FactorizeError, FactorizeParams, Observer, Origin, Variant};
use crate::matrix::TermDocumentMatrix;

/// What a form tells beside W and H.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "variant", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Structure {
    /// One topic after another.
    Sequential {
        /// For each number of topics from 1 on, the share that they explain: 1 − f / f₀, where f₀ is the
        /// [`baseline_objective`](super::baseline_objective).
        explained: Vec<f64>,
    },
    /// Topics within topics.
    Hierarchical {
        /// For each level above the topics, the fewest nodes first, the node of each topic; see [`join_topics`].
        levels: Vec<Vec<u32>>,
    },
    /// Groups of words.
    #[serde(alias = "tri")]
    WordGroups {
        /// The group of each term, the heaviest group first.
        groups: Vec<u32>,
    },
    /// Topics that are means of documents.
    Convex {
        /// For each topic its documents, by number, with weights that sum to 1, the largest first.
        documents: Vec<Vec<(u32, f32)>>,
    },
}

impl Structure {
    /// Refuses what no fit of so many terms, topics and documents tells: it may come from a file.
    pub(crate) fn check(&self, n_terms: usize, n_topics: usize, n_documents: usize) -> Result<(), String> {
        let is_valid = match self {
            Self::Sequential { explained } => {
                explained.len() == n_topics && explained.iter().all(|share| share.is_finite())
            }
            Self::Hierarchical { levels } => are_levels(levels, n_topics),
            Self::WordGroups { groups } => {
                groups.len() == n_terms && groups.iter().all(|&group| (group as usize) < MAX_WORD_GROUPS)
            }
            Self::Convex { documents } => {
                let is_weight = |(document, weight): &(u32, f32)| {
                    (*document as usize) < n_documents && (0.0..=1.0).contains(weight)
                };
                documents.len() == n_topics && documents.iter().flatten().all(is_weight)
            }
        };
        if is_valid { Ok(()) } else { Err("the structure of the factors does not fit them".into()) }
    }
}

/// Whether each level has a node for each topic, numbered without a gap, and each node lies in one of the level above.
fn are_levels(levels: &[Vec<u32>], n_topics: usize) -> bool {
    let is_numbered = |nodes: &Vec<u32>| {
        let mut known = vec![false; n_topics];
        let is_in_range = nodes.iter().all(|&node| known.get_mut(node as usize).map(|known| *known = true).is_some());
        let n_nodes = known.iter().filter(|known| **known).count();
        is_in_range && nodes.len() == n_topics && known[..n_nodes].iter().all(|known| *known)
    };
    let is_within = |pair: &[Vec<u32>]| {
        let mut parents: Vec<Option<u32>> = vec![None; n_topics];
        pair[1].iter().zip(&pair[0]).all(|(&node, &parent)| *parents[node as usize].get_or_insert(parent) == parent)
    };
    levels.len() < MAX_LEVELS && levels.iter().all(is_numbered) && levels.windows(2).all(is_within)
}

/// A factorization with a structure.
#[derive(Clone, Debug)]
pub struct Structured {
    /// W and H. Topics stand in the order in which they are shown.
    pub factorization: Factorization,
    /// What else is known; `None` if W and H tell everything.
    pub structure: Option<Structure>,
}

impl Structured {
    /// A factorization in the plain form.
    pub fn plain(factorization: Factorization) -> Self {
        Self { factorization, structure: None }
    }
}

/// Factorises V in the form that `params` ask for, which must not be the plain one. Fails if a parameter does
/// not go with the form, or if numbers overflow or underflow.
///
/// ```
/// use topicmill::factorize::{FactorizeParams, Silent, Variant, fit_structured};
/// use topicmill::matrix::TermDocumentMatrix;
/// let v = TermDocumentMatrix::from_triplets(4, 4, &[(0, 0, 3.0), (1, 0, 1.0), (0, 1, 2.0), (1, 1, 1.0),
///     (2, 2, 2.0), (3, 2, 2.0), (2, 3, 1.0), (3, 3, 3.0)])?;
/// let params = FactorizeParams { n_topics: 2, variant: Variant::Orthogonal, ..Default::default() };
/// let h = fit_structured(&v, &params, &mut Silent)?.factorization.h;
/// assert!((0..4).all(|document| h.row_values(document).iter().filter(|weight| **weight > 0.0).count() == 1));
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn fit_structured(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    observer: &mut dyn Observer,
) -> Result<Structured, FactorizeError> {
    super::check(v, params, &Origin::Init)?;
    let Some(rescaling) = Rescaling::new(v, params.loss) else { return fit(v, params, observer) };
    let structured = fit(&rescaling.matrix(v), params, &mut rescaling.observer(observer))?;
    Ok(Structured { factorization: rescaling.result(structured.factorization), ..structured })
}

fn fit(
    v: &TermDocumentMatrix,
    params: &FactorizeParams,
    observer: &mut dyn Observer,
) -> Result<Structured, FactorizeError> {
    match params.variant {
        Variant::Plain => sparse::fit(v, params, observer),
        Variant::Sequential => sequential::fit(v, params, observer),
        Variant::Hierarchical => hierarchical::fit(v, params, observer),
        Variant::Tri => tri::fit(v, params, observer),
        Variant::Agglomerate => agglomerate::fit(v, params, observer),
        Variant::Convex => convex::fit(v, params, observer),
        Variant::CoOccurrence => co_occurrence::fit(v, params, observer),
        Variant::Online => online::fit(v, params, observer),
        Variant::Orthogonal => orthogonal::fit(v, params, observer),
    }
}
