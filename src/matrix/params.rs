//! Parameters of the stage `matrix`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::MatrixError;

/// Which terms are kept, and how counts become weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MatrixParams {
    /// Fewest documents that a term occurs in: a count, a fraction of the documents (with a decimal point), or `auto`
    /// (1 below 100 documents, 2 below 2,000, else 5; a ready matrix keeps all its terms).
    pub min_df: DocumentFrequency,
    /// Most documents that a term occurs in: a count, a fraction of the documents (with a decimal point), or `auto`
    /// (half of the documents; a ready matrix keeps all its terms).
    pub max_df: DocumentFrequency,
    /// Keep at most this many terms, those with the largest total counts (scikit-learn: max_features).
    pub max_terms: Option<usize>,
    /// The terms, whatever the bounds above say: words, or files with a term a line; an empty list leaves the choice to
    /// the bounds. Terms that the documents lack stay, without entries (scikit-learn: vocabulary).
    pub vocabulary: Vec<String>,
    /// Weight of a count c: `raw` c, `log` 1 + ln c (scikit-learn: sublinear_tf), `sqrt` √c, `binary` 1, or `auto`
    /// (log; raw for a ready matrix).
    pub tf: Tf,
    /// Weight of a term in df of D documents: `smooth` ln((1+D)/(1+df)) + 1, `plain` ln(D/df) + 1, `none` 1, or `auto`
    /// (smooth; none for a ready matrix).
    pub idf: Idf,
    /// Weights above 0 of single words, by which their idf is multiplied.
    pub term_weights: BTreeMap<String, f64>,
    /// Norm that each document is divided by: `none`, `l1` or `l2`.
    pub norm: Norm,
}

impl Default for MatrixParams {
    fn default() -> Self {
        Self {
            min_df: DocumentFrequency::Auto,
            max_df: DocumentFrequency::Auto,
            max_terms: None,
            vocabulary: Vec::new(),
            tf: Tf::Auto,
            idf: Idf::Auto,
            term_weights: BTreeMap::new(),
            norm: Norm::None,
        }
    }
}

impl MatrixParams {
    /// The parameters with `auto` decided: for documents that are counted, or for a ready matrix, which is taken as
    /// it is unless somebody asks for more. (`min_df` of documents stays `auto`, since it depends on how many there
    /// are.)
    ///
    /// ```
    /// use topicmill::matrix::{MatrixParams, Tf};
    /// assert_eq!(MatrixParams::default().resolved(false).tf, Tf::Log);
    /// assert_eq!(MatrixParams::default().resolved(true).tf, Tf::Raw);
    /// ```
    pub fn resolved(&self, is_ready: bool) -> Self {
        let mut params = self.clone();
        if params.tf == Tf::Auto {
            params.tf = if is_ready { Tf::Raw } else { Tf::Log };
        }
        if params.idf == Idf::Auto {
            params.idf = if is_ready { Idf::None } else { Idf::Smooth };
        }
        if params.max_df == DocumentFrequency::Auto {
            params.max_df = DocumentFrequency::Fraction(if is_ready { 1.0 } else { 0.5 });
        }
        if params.min_df == DocumentFrequency::Auto && is_ready {
            params.min_df = DocumentFrequency::Count(0);
        }
        params
    }

    /// Whether a ready matrix is taken as it is: nothing is pruned, weighted or divided.
    pub fn is_identity(&self) -> bool {
        let Self { min_df, max_df, max_terms, vocabulary, tf, idf, term_weights, norm } = self.resolved(true);
        let keeps_terms = (min_df, max_df) == (DocumentFrequency::Count(0), DocumentFrequency::Fraction(1.0));
        let is_plain = (tf, idf, norm) == (Tf::Raw, Idf::None, Norm::None);
        keeps_terms && max_terms.is_none() && vocabulary.is_empty() && is_plain && term_weights.is_empty()
    }

    /// Refuses values that make no sense, before any work.
    pub fn check(&self) -> Result<(), MatrixError> {
        for (key, bound) in [("min_df", self.min_df), ("max_df", self.max_df)] {
            let expected = "a number of documents, or a fraction from 0.0 to 1.0";
            if matches!(bound, DocumentFrequency::Fraction(f) if !(0.0..=1.0).contains(&f)) {
                return Err(MatrixError::Parameter { key, found: bound.to_string(), expected });
            }
        }
        if self.max_terms == Some(0) {
            return Err(MatrixError::Parameter { key: "max_terms", found: "0".into(), expected: "at least 1" });
        }
        if let Some((word, weight)) = self.term_weights.iter().find(|(_, weight)| !(1e-6..=1e6).contains(*weight)) {
            let (found, expected) = (format!("{weight} for {word:?}"), "a number from 1e-6 to 1e6 for each word");
            return Err(MatrixError::Parameter { key: "term_weights", found, expected });
        }
        Ok(())
    }
}

/// A bound on the number of documents that a term occurs in.
///
/// ```
/// use topicmill::matrix::DocumentFrequency;
/// assert_eq!("5".parse(), Ok(DocumentFrequency::Count(5)));
/// assert_eq!("0.5".parse(), Ok(DocumentFrequency::Fraction(0.5)));
/// assert_eq!(DocumentFrequency::Fraction(0.5).documents(7), 3.5);
/// assert_eq!(DocumentFrequency::Auto.documents(18_846), 5.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DocumentFrequency {
    /// 1 below 100 documents, 2 below 2,000, else 5.
    Auto,
    /// This many documents.
    Count(u64),
    /// This share of the documents.
    Fraction(f64),
}

impl DocumentFrequency {
    /// The bound in documents; a fraction is not rounded, and both bounds are inclusive (as in scikit-learn).
    pub fn documents(self, n_documents: usize) -> f64 {
        match self {
            Self::Auto if n_documents < 100 => 1.0,
            Self::Auto if n_documents < 2000 => 2.0,
            Self::Auto => 5.0,
            Self::Count(n) => n as f64,
            Self::Fraction(f) => f * n_documents as f64,
        }
    }

    /// The upper bound in documents: [`DocumentFrequency::documents`], but 1 at least, so that a lone document counts.
    pub fn most_documents(self, n_documents: usize) -> f64 {
        self.documents(n_documents).max(1.0)
    }
}

impl fmt::Display for DocumentFrequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Count(n) => write!(f, "{n}"),
            Self::Fraction(x) => write!(f, "{x:?}"),
        }
    }
}

impl FromStr for DocumentFrequency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        if let Ok(n) = text.parse() {
            return Ok(Self::Count(n));
        }
        let fraction = text.parse().ok().filter(|f| (0.0..=1.0).contains(f));
        fraction
            .map(Self::Fraction)
            .ok_or_else(|| format!("{text:?} is neither a number of documents nor a fraction from 0.0 to 1.0"))
    }
}

impl Serialize for DocumentFrequency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str("auto"),
            Self::Count(n) => serializer.serialize_u64(*n),
            Self::Fraction(f) => serializer.serialize_f64(*f),
        }
    }
}

impl<'de> Deserialize<'de> for DocumentFrequency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Raw {
            Count(u64),
            Fraction(f64),
            Text(String),
        }
        match Raw::deserialize(deserializer)? {
            Raw::Count(n) => Ok(Self::Count(n)),
            Raw::Fraction(f) => Ok(Self::Fraction(f)),
            Raw::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

/// Weight of a count within its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tf {
    /// `Log` for documents, `Raw` for a ready matrix.
    Auto,
    /// The count itself.
    Raw,
    /// 1 + ln(count).
    Log,
    /// √count.
    Sqrt,
    /// 1.
    Binary,
}

names!(Tf { Auto = "auto", Raw = "raw", Log = "log", Sqrt = "sqrt", Binary = "binary" });

/// Weight of a term within the corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idf {
    /// `Smooth` for documents, `None` for a ready matrix.
    Auto,
    /// ln((1 + D)/(1 + df)) + 1.
    Smooth,
    /// ln(D/df) + 1.
    Plain,
    /// 1.
    None,
}

names!(Idf { Auto = "auto", Smooth = "smooth", Plain = "plain", None = "none" });

/// Norm of a document's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norm {
    /// Left as they are.
    None,
    /// Sum 1.
    L1,
    /// Euclidean length 1.
    L2,
}

names!(Norm { None = "none", L1 = "l1", L2 = "l2" });
