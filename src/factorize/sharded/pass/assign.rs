//! The topic of each document, and the last order of the rows.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::arrange::check;
use crate::factorize::canonical::assign;
use crate::factorize::sharded::block::{Block, RowSet};
use crate::factorize::sharded::said::Said;
use crate::factorize::{Classifier, FactorizeError};
use crate::kernels::FactorMatrix;

/// Stands for no topic.
const NONE: u32 = u32::MAX;

/// Assigns documents to topics, and brings the rows of both sets into the order of topics.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Assign<'a> {
    /// φ, smoothed.
    pub(in crate::factorize::sharded) topics: Cow<'a, FactorMatrix>,
    /// A weight for each term; none is 1 for each.
    pub(in crate::factorize::sharded) term_weights: Cow<'a, [f32]>,
    /// The order of the sharpened topics and of the factors, by their numbers before.
    pub(in crate::factorize::sharded) order: Vec<usize>,
    pub(in crate::factorize::sharded) order_of_factors: Vec<usize>,
    /// What is computed once for all shards of a process.
    #[serde(skip)]
    pub(in crate::factorize::sharded) classifier: Option<Classifier>,
}

impl Assign<'_> {
    pub(super) fn run(&mut self, block: &mut Block) -> Result<Said, FactorizeError> {
        let Self { topics, term_weights, order, order_of_factors, classifier } = self;
        let classifier = classifier.get_or_insert_with(|| Classifier::new(topics.clone().into_owned()));
        let assigned = assign(classifier, &block.counts(term_weights)?);
        for (set, order) in [(RowSet::Topics, order), (RowSet::Factors, order_of_factors)] {
            block.rows(set).permute(order);
            check(block.rows(set))?;
        }
        let number = |topic: Option<usize>| topic.map_or(NONE, |topic| topic as u32).to_le_bytes();
        Ok(Said { list: assigned.into_iter().flat_map(number).collect(), ..Said::default() })
    }
}

/// The topic of each document, by what all shards say.
pub(in crate::factorize::sharded) fn assigned(list: &[u8]) -> Vec<Option<usize>> {
    let topic = |bytes: &[u8; 4]| Some(u32::from_le_bytes(*bytes)).filter(|topic| *topic != NONE);
    list.as_chunks::<4>().0.iter().map(|bytes| topic(bytes).map(|topic| topic as usize)).collect()
}
