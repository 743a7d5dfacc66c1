//! The document step of an iteration, and what documents say of the terms.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::factorize::problem::{DataSums, Problem};
use crate::factorize::sharded::block::{Block, RowSet};
use crate::factorize::sharded::said::Said;
use crate::factorize::statistics::{Shard, Sums};
use crate::factorize::structured::online;
use crate::factorize::{FactorizeError, FactorizeParams, State, loss};
use crate::kernels::FactorMatrix;

/// Updates H.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Iterate {
    #[serde(with = "super::as_text")]
    pub(in crate::factorize::sharded) params: FactorizeParams,
    /// The sums over V of all documents.
    pub(in crate::factorize::sharded) data: DataSums,
    /// The state, without rows of H.
    pub(in crate::factorize::sharded) state: State,
    /// Whether this is the iteration that ends an online pass.
    pub(in crate::factorize::sharded) ends_online_pass: bool,
}

impl Iterate {
    pub(super) fn run(&mut self, block: &mut Block) -> Result<Said, FactorizeError> {
        let Self { params, data, state, ends_online_pass } = self;
        let Block { v, rows, .. } = block;
        let (n_topics, floors) = (params.n_topics, state.floors);
        let mut problem =
            Problem { v: Cow::Borrowed(v), params: params.clone(), data: *data, penalties: None, constraints: None };
        let choose = if *ends_online_pass { online::methods } else { loss::methods };
        let methods = choose(&problem, state);
        let h = &mut rows[RowSet::Factors as usize];
        std::mem::swap(&mut state.h, h);
        problem.data = DataSums::new(v);
        loss::prepare(&problem, state);
        let part = loss::document_step(&problem, state, methods.documents);
        let (objectives, block_documents, first_block) = (&part.documents, v.n_documents(), 0);
        let shard = Shard { v, h: &state.h, objectives, block_documents, first_block };
        let statistics = loss::term_statistics(&problem, &state.w, &shard, methods.terms);
        // The next shard begins as this one did.
        state.floors = floors;
        *h = std::mem::replace(&mut state.h, FactorMatrix::zeros(0, n_topics));
        let statistics = statistics.unwrap_or_else(|| unreachable!("ShardedFit::check refuses other solvers"));
        let Sums { numerators, curvatures, rest } = statistics.totals(1)?.into_sums();
        let matrices = if curvatures.n_rows() > 0 { vec![numerators, curvatures] } else { vec![numerators] };
        Ok(Said { matrices, numbers: vec![rest, vec![part.total()]], ..Said::default() })
    }
}
