//! Turns the counts of one document into weights. A corpus and a new document go through the same function, so that a
//! model weights new documents as it did the fitted ones.

use serde::{Deserialize, Serialize};

use super::{Idf, MatrixError, Norm, Tf};

/// The weighting of a model: the weight of a term t is tf(count) · idf(t), divided by the norm of the document. It is
/// computed in f64 and stored as f32.
///
/// The values are scikit-learn's `TfidfVectorizer` for the same options (`sublinear_tf` = [`Tf::Log`],
/// `smooth_idf` = [`Idf::Smooth`]).
///
/// ```
/// use topicmill::matrix::{Norm, Tf, Weighting};
/// let weighting = Weighting { tf: Tf::Raw, norm: Norm::L2 };
/// let mut document = vec![(0, 3.0), (1, 2.0)];
/// weighting.apply(&mut document, &[1.0, 2.0]).unwrap();
/// assert_eq!(document, [(0, 0.6), (1, 0.8)]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weighting {
    /// Weight of a count within its document.
    pub tf: Tf,
    /// Norm that the weights of a document are divided by.
    pub norm: Norm,
}

impl Weighting {
    /// Turns the (term, count) pairs of one document into (term, weight); `idf` has one value per term. Entries of
    /// weight 0 are dropped. Fails if a count is negative, or a weight is negative or not finite. The error names the
    /// term (from 1), but has document 0, since only the caller knows the number of the document.
    pub fn apply(self, document: &mut Vec<(u32, f32)>, idf: &[f64]) -> Result<(), MatrixError> {
        let mut weights: Vec<f64> = Vec::with_capacity(document.len());
        for &(term, count) in document.iter() {
            let count = f64::from(count);
            let tf = match self.tf {
                _ if count == 0.0 => 0.0,
                Tf::Raw => count,
                Tf::Log | Tf::Auto => 1.0 + libm::log(count),
                Tf::Sqrt => count.sqrt(),
                Tf::Binary => 1.0,
            };
            let weight = tf * idf[term as usize];
            if !(0.0..=f64::from(f32::MAX)).contains(&weight) || count < 0.0 {
                let value = if count < 0.0 || !count.is_finite() { count } else { weight };
                return Err(MatrixError::Entry { term: term as usize + 1, document: 0, value });
            }
            weights.push(weight);
        }
        let norm = match self.norm {
            Norm::None => 1.0,
            Norm::L1 => weights.iter().sum(),
            Norm::L2 => weights.iter().map(|w| w * w).sum::<f64>().sqrt(),
        };
        for (entry, weight) in document.iter_mut().zip(&weights) {
            entry.1 = if norm > 0.0 { (weight / norm) as f32 } else { 0.0 };
        }
        document.retain(|(_, weight)| *weight > 0.0);
        Ok(())
    }
}

/// Inverse document frequency of a term that `df` of `n_documents` documents have. Under `Plain` a term that no
/// document has gets the value of df = 1, since its own would be infinite.
pub(super) fn idf(kind: Idf, df: u32, n_documents: usize) -> f64 {
    let (df, n) = (f64::from(df), n_documents as f64);
    match kind {
        Idf::None => 1.0,
        Idf::Smooth | Idf::Auto => libm::log((1.0 + n) / (1.0 + df)) + 1.0,
        Idf::Plain => libm::log(n / df.max(1.0)) + 1.0,
    }
}
