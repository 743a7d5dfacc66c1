//! What a model does not explain: of which documents, words and entries most is left over.
//!
//! Of each entry x of a document, for which the topics expect e, the loss leaves
//!
//! ```text
//! divergence       x ln(x / e) − x + e     Frobenius norm   ½ (x − e)²
//! ```
//!
//! and e or ½ e² where the document lacks the word. What is explained is read beside what can be said without topics,
//! by the sums of documents and words alone ([`baseline_objective`](crate::factorize::baseline_objective)), of the
//! same documents.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::inputs::Inputs;
use super::joined::term_counts;
use crate::Error;
use crate::export::{Column, SparseRows, Table, TableName, Values};
use crate::factorize::{FactorizeParams, Loss};
use crate::ingest::{IngestParams, SkippedDocuments};
use crate::model::{Expectation, TopicModel, Transformer};

/// Entries that are listed, those of which most is left over.
const MOST_ENTRIES: usize = 10_000;

/// What is left without topics, as a share of what there is, below which it is nothing but rounding.
const ROUNDING: f64 = 1e-9;

/// Words of a document that are named.
const NAMED_WORDS: usize = 5;

/// What is left over of documents, terms and entries.
#[derive(Clone, Debug, PartialEq)]
pub struct Residual {
    /// The documents, in their order.
    pub documents: Vec<DocumentResidual>,
    /// The terms, by their number.
    pub terms: Vec<PartResidual>,
    /// The entries of which most is left over, the first ten thousand.
    pub entries: Vec<EntryResidual>,
}

/// What is left over of a part of V.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PartResidual {
    /// What there is: the sum of the entries.
    pub observed: f64,
    /// What the topics expect.
    pub expected: f64,
    /// What the loss leaves.
    pub left: f64,
    /// What it would leave without topics.
    pub baseline: f64,
}

impl PartResidual {
    /// Share of what would be left without topics that they explain; `None` if there would be nothing but rounding.
    pub fn explained(&self) -> Option<f64> {
        (self.baseline > ROUNDING * self.observed).then(|| 1.0 - self.left / self.baseline)
    }
}

/// What is left over of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentResidual {
    /// Id of the document.
    pub id: String,
    /// Its title, which can be empty.
    pub title: String,
    /// Its label, which can be empty.
    pub label: String,
    /// Its topic.
    pub topic: Option<usize>,
    /// The document as a whole.
    pub part: PartResidual,
    /// The terms of which most is left over, by number.
    pub words: Vec<u32>,
}

/// What is left over of an entry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EntryResidual {
    /// Number of the document.
    pub document: usize,
    /// Number of the term.
    pub term: u32,
    /// What there is.
    pub observed: f64,
    /// What the topics expect.
    pub expected: f64,
    /// What the loss leaves.
    pub left: f64,
}

/// What a model leaves over of the documents of `inputs`, or of the texts that it keeps, and the documents that were
/// left out. Fails if there are no texts.
///
/// ```
/// use topicmill::model::TopicModel;
/// use topicmill::pipeline::{ingest_params, residual};
/// let model = TopicModel::load("tests/golden/model-v1")?;
/// let (residual, _) = residual(&model, &["corpora/newsroom".into()], &ingest_params(&model)?)?;
/// assert_eq!(residual.documents.len(), 138);
/// assert!(residual.entries.windows(2).all(|pair| pair[0].left >= pair[1].left));
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn residual<'i>(
    model: &TopicModel,
    inputs: impl Into<Inputs<'i>>,
    params: &IngestParams,
) -> Result<(Residual, SkippedDocuments), Error> {
    let (counts, skipped) = term_counts(model, inputs, params)?;
    Ok((of_counts(model, counts)?, skipped))
}

/// What a model leaves over of documents that are counted.
pub(super) fn of_counts(model: &TopicModel, counts: SparseRows) -> Result<Residual, Error> {
    let transformer = Transformer::new(model)?;
    let expect =
        |row: &Vec<(u32, f64)>| transformer.expect(row.iter().map(|&(term, count)| (term, count as f32)).collect());
    let documents: Vec<Expectation> = counts.rows.par_iter().map(expect).collect::<Result<_, _>>()?;
    let loss = Leftover::new(model, &transformer, &documents)?;
    let mut terms = loss.of_absent_terms(&documents);
    let (mut parts, mut entries) = (Vec::new(), Vec::new());
    let named = counts.ids.into_iter().zip(counts.titles).zip(counts.labels);
    for (document, (((id, title), label), expectation)) in named.zip(&documents).enumerate() {
        let (part, mut of_document) = loss.of_document(document, expectation, &mut terms);
        of_document.sort_by(by_left);
        let words = of_document.iter().take(NAMED_WORDS).map(|entry| entry.term).collect();
        parts.push(DocumentResidual { id, title, label, topic: expectation.topics.topic, part, words });
        entries.extend(of_document);
        if entries.len() > 4 * MOST_ENTRIES {
            keep_largest(&mut entries);
        }
    }
    keep_largest(&mut entries);
    Ok(Residual { documents: parts, terms, entries })
}

fn by_left(a: &EntryResidual, b: &EntryResidual) -> Ordering {
    b.left.total_cmp(&a.left).then((a.document, a.term).cmp(&(b.document, b.term)))
}

fn keep_largest(entries: &mut Vec<EntryResidual>) {
    entries.sort_by(by_left);
    entries.truncate(MOST_ENTRIES);
}

/// What the loss leaves of entries.
struct Leftover {
    loss: Loss,
    /// Sum of each term over the documents, and of all.
    term_sums: Vec<f64>,
    total: f64,
    /// Σ_t W_tk of each topic.
    topic_sums: Vec<f64>,
    /// WᵀW, topics × topics; for squared errors only.
    gram: Vec<f64>,
    /// W, terms × topics.
    topics: Vec<Vec<f32>>,
}

impl Leftover {
    fn new(model: &TopicModel, transformer: &Transformer, documents: &[Expectation]) -> Result<Self, Error> {
        let params: FactorizeParams = model.manifest.params("factorize")?;
        let loss = if transformer.needs_counts() { Loss::KullbackLeibler } else { params.loss };
        let topics: Vec<Vec<f32>> = (0..model.terms.len()).map(|term| transformer.topic_row(term as u32)).collect();
        let (mut term_sums, n_topics) = (vec![0.0; topics.len()], model.n_topics());
        for (term, value, _) in documents.iter().flat_map(|document| &document.terms) {
            term_sums[*term as usize] += f64::from(*value);
        }
        let (mut topic_sums, mut gram) = (vec![0.0; n_topics], Vec::new());
        for row in &topics {
            topic_sums.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        if loss == Loss::Frobenius {
            gram = vec![0.0; n_topics * n_topics];
            for row in &topics {
                add_products(&mut gram, row);
            }
        }
        let total = term_sums.iter().sum();
        Ok(Self { loss, term_sums, total, topic_sums, gram, topics })
    }

    /// The parts of terms before any document has one: what is expected of them and does not stand there.
    fn of_absent_terms(&self, documents: &[Expectation]) -> Vec<PartResidual> {
        let n_topics = self.topic_sums.len();
        // Sums of products of weights for squared errors, Σ_d H_kd H_ld; sums of weights for both losses.
        let (mut weights, mut squares) = (vec![0.0; n_topics], vec![0.0; self.gram.len()]);
        for document in documents {
            let row = &document.topics.weights;
            weights.iter_mut().zip(row).for_each(|(sum, &weight)| *sum += f64::from(weight));
            if self.loss == Loss::Frobenius {
                add_products(&mut squares, row);
            }
        }
        let of_term = |row: &Vec<f32>| {
            let expected = row.iter().zip(&weights).map(|(&phi, weight)| f64::from(phi) * weight).sum();
            let left = match self.loss {
                Loss::KullbackLeibler => expected,
                Loss::Frobenius => 0.5 * quadratic(row, &squares),
            };
            PartResidual { expected, left, ..PartResidual::default() }
        };
        self.topics.par_iter().map(of_term).collect()
    }

    /// What is left of a document, and of its entries; adds them to the parts of their terms.
    fn of_document(
        &self,
        document: usize,
        expectation: &Expectation,
        terms: &mut [PartResidual],
    ) -> (PartResidual, Vec<EntryResidual>) {
        let weights = &expectation.topics.weights;
        let observed = expectation.terms.iter().fold(0.0, |sum, (_, value, _)| sum + f64::from(*value));
        let expected = weights.iter().zip(&self.topic_sums).map(|(&weight, sum)| f64::from(weight) * sum).sum();
        let absent = match self.loss {
            Loss::KullbackLeibler => expected,
            Loss::Frobenius => 0.5 * quadratic(weights, &self.gram),
        };
        let mut part = PartResidual { observed, expected, left: absent, baseline: 0.0 };
        let of_entry = |&(term, value, expected): &(u32, f32, f64)| {
            let x = f64::from(value);
            // What was counted as absent is taken back.
            let (present, baseline) = match self.loss {
                Loss::KullbackLeibler => {
                    let without = observed * self.term_sums[term as usize] / self.total;
                    (x * libm::log(x / expected.max(1e-30)) - x, x * libm::log(x / without))
                }
                Loss::Frobenius => (0.5 * (x - expected) * (x - expected) - 0.5 * expected * expected, 0.5 * x * x),
            };
            let of_term = &mut terms[term as usize];
            for whole in [&mut part, of_term] {
                whole.left += present;
                whole.baseline += baseline;
            }
            of_term.observed += x;
            let absent = if self.loss == Loss::KullbackLeibler { expected } else { 0.5 * expected * expected };
            EntryResidual { document, term, observed: x, expected, left: present + absent }
        };
        let entries = expectation.terms.iter().map(of_entry).collect();
        (part, entries)
    }
}

/// The table of what is left over: of entries (columns id, term, form, observed, expected, left), of documents (id,
/// title, label, topic, name, observed, expected, left, explained, words), or of terms (term, form, observed, expected,
/// left, explained); `None` for any other table.
pub fn residual_table(model: &TopicModel, residual: &Residual, table: TableName) -> Option<Table> {
    let columns = match table {
        TableName::Residual => of_entries(model, residual),
        TableName::ResidualDocuments => of_documents(model, residual),
        TableName::ResidualTerms => {
            let mut columns = vec![
                Column::of_texts("term", model.terms.iter().map(|term| term.term.clone())),
                Column::of_texts("form", model.terms.iter().map(|term| term.form.clone())),
            ];
            columns.extend(of_parts(&residual.terms));
            columns
        }
        _ => return None,
    };
    Some(Table { name: table.name().into(), columns, matrix_from: None })
}

fn of_entries(model: &TopicModel, residual: &Residual) -> Vec<Column> {
    let entries = || residual.entries.iter();
    let number = |name: &str, of: &dyn Fn(&EntryResidual) -> f64| Column {
        name: name.into(),
        values: Values::Number(entries().map(of).collect()),
    };
    let term = |entry: &EntryResidual| &model.terms[entry.term as usize];
    vec![
        Column::of_texts("id", entries().map(|entry| residual.documents[entry.document].id.clone())),
        Column::of_texts("term", entries().map(|entry| term(entry).term.clone())),
        Column::of_texts("form", entries().map(|entry| term(entry).form.clone())),
        number("observed", &|entry| entry.observed),
        number("expected", &|entry| entry.expected),
        number("left", &|entry| entry.left),
    ]
}

fn of_documents(model: &TopicModel, residual: &Residual) -> Vec<Column> {
    let (documents, names) = (|| residual.documents.iter(), model.topic_names());
    let words = |document: &DocumentResidual| {
        let forms = document.words.iter().map(|&term| model.terms[term as usize].form.as_str());
        forms.collect::<Vec<_>>().join(" ")
    };
    let name = |document: &DocumentResidual| document.topic.map_or_else(String::new, |topic| names[topic].clone());
    let topics = documents().map(|document| document.topic.map(|topic| topic as u64)).collect();
    let parts: Vec<PartResidual> = documents().map(|document| document.part).collect();
    let mut columns = vec![
        Column::of_texts("id", documents().map(|document| document.id.clone())),
        Column::of_texts("title", documents().map(|document| document.title.clone())),
        Column::of_texts("label", documents().map(|document| document.label.clone())),
        Column { name: "topic".into(), values: Values::Integer(topics) },
        Column::of_texts("name", documents().map(name)),
    ];
    columns.extend(of_parts(&parts));
    columns.push(Column::of_texts("words", documents().map(words)));
    columns
}

fn of_parts(parts: &[PartResidual]) -> [Column; 4] {
    let number = |name: &str, of: &dyn Fn(&PartResidual) -> f64| Column {
        name: name.into(),
        values: Values::Number(parts.iter().map(of).collect()),
    };
    [
        number("observed", &|part| part.observed),
        number("expected", &|part| part.expected),
        number("left", &|part| part.left),
        number("explained", &|part| part.explained().unwrap_or(f64::NAN)),
    ]
}

/// Adds the products of all pairs of entries of a row to a Gram matrix.
fn add_products(gram: &mut [f64], row: &[f32]) {
    for (i, &a) in row.iter().enumerate().filter(|(_, a)| **a > 0.0) {
        let products = gram[i * row.len()..].iter_mut().zip(row);
        products.for_each(|(sum, &b)| *sum += f64::from(a) * f64::from(b));
    }
}

/// ⟨a, G a⟩.
fn quadratic(a: &[f32], gram: &[f64]) -> f64 {
    let n = a.len();
    let of_row = |(i, &x): (usize, &f32)| {
        let row = gram[i * n..(i + 1) * n].iter().zip(a).map(|(g, &y)| g * f64::from(y)).sum::<f64>();
        f64::from(x) * row
    };
    a.iter().enumerate().map(of_row).sum()
}
