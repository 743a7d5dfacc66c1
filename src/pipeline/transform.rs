//! Finds the topics of new documents with a fitted model, batch by batch, so that the texts never fill the memory.

use std::path::PathBuf;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::batches::{Pending, next_batch, skip};
use super::inputs::Inputs;
use super::matrix_input::{is_matrix_input, read};
use super::stranger::Stranger;
use crate::Error;
use crate::export::{Column, Table, Values, topic_columns};
use crate::ingest::{Document, IngestError, IngestParams, SkippedDocuments};
use crate::model::{DocumentTopics, ModelError, TopicModel, Transformer, UniqueIds};

/// Number of documents per batch.
const BATCH_DOCUMENTS: usize = 512;

/// A document and its topics.
#[derive(Clone, Debug, PartialEq)]
pub struct TransformedDocument {
    /// Id of the document, unique in the run.
    pub id: String,
    /// Its label, empty if it has none.
    pub label: String,
    /// Its title, empty if it has none.
    pub title: String,
    /// Topics of the document.
    pub topics: DocumentTopics,
}

/// The parameters that the model's own documents were read with, since new ones should be read alike. The columns of
/// labels and dates are left out, because new documents need not have them, and so are the names and the orientation
/// of a particular matrix. Fails if the model's record cannot be read.
pub fn ingest_params(model: &TopicModel) -> Result<IngestParams, Error> {
    Ok(IngestParams {
        label_column: None,
        date_column: None,
        term_names: None,
        document_names: None,
        transposed: false,
        ..model.manifest.params("ingest")?
    })
}

/// The topics of the documents of `inputs`, in order, as an iterator of batches. Fails if a parameter or an input is
/// invalid.
///
/// ```
/// use topicmill::model::TopicModel;
/// use topicmill::pipeline::{ingest_params, transform};
/// let model = TopicModel::load("tests/golden/model-v1")?;
/// let params = ingest_params(&model)?;
/// for batch in transform(&model, &["corpora/newsroom".into()], &params)? {
///     for document in batch? {
///         assert_eq!(document.topics.weights.len(), model.n_topics());
///     }
/// }
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn transform<'p>(
    model: &TopicModel,
    inputs: impl Into<Inputs<'p>>,
    params: &'p IngestParams,
) -> Result<Transformation<'p>, Error> {
    params.check()?;
    let transformer = Transformer::new(model)?;
    let found = match inputs.into() {
        Inputs::Paths(inputs) if is_matrix_input(inputs, params)? => {
            Found::Matrix(Some(transform_matrix(model, &transformer, inputs, params)?))
        }
        inputs => Found::Documents(inputs.pending(params)?),
    };
    let language = model.manifest.analyzer.as_ref().and_then(|analyzer| analyzer.language);
    Ok(Transformation {
        transformer,
        params,
        found,
        ids: UniqueIds::default(),
        skipped: SkippedDocuments::default(),
        stranger: Stranger::new(language),
    })
}

/// A row for each document: id, label, title, unknown_share, topic with its name and share, and a column per topic with
/// weights or, with `shares`, with p(topic | document). `names` are the names of all topics.
pub fn transform_table(model: &TopicModel, names: &[String], documents: &[TransformedDocument], shares: bool) -> Table {
    let rows: Vec<Vec<f32>> = documents
        .iter()
        .map(|document| match shares {
            true => document.topics.shares().into_iter().map(|share| share as f32).collect(),
            false => document.topics.weights.clone(),
        })
        .collect();
    let share =
        |document: &TransformedDocument| document.topics.topic.map_or(0.0, |topic| document.topics.shares()[topic]);
    let name = |document: &TransformedDocument| document.topics.topic.map_or_else(String::new, |k| names[k].clone());
    let unknown = documents.iter().map(|document| document.topics.unknown_share).collect();
    let topic = documents.iter().map(|document| document.topics.topic.map(|topic| topic as u64)).collect();
    let mut columns = vec![
        Column::of_texts("id", documents.iter().map(|document| document.id.clone())),
        Column::of_texts("label", documents.iter().map(|document| document.label.clone())),
        Column::of_texts("title", documents.iter().map(|document| document.title.clone())),
        Column { name: "unknown_share".into(), values: Values::Number(unknown) },
        Column { name: "topic".into(), values: Values::Integer(topic) },
        Column::of_texts("name", documents.iter().map(name)),
        Column { name: "share".into(), values: Values::Number(documents.iter().map(share).collect()) },
    ];
    columns.extend(topic_columns(&rows, model.n_topics()));
    Table { name: "transform".into(), columns, matrix_from: None }
}

/// An iterator of batches of documents with their topics. It ends after an error.
pub struct Transformation<'p> {
    transformer: Transformer,
    params: &'p IngestParams,
    found: Found<'p>,
    ids: UniqueIds,
    skipped: SkippedDocuments,
    stranger: Stranger,
}

/// Where the documents come from.
enum Found<'p> {
    Documents(Box<dyn Iterator<Item = Pending> + 'p>),
    /// All documents of a matrix, which make one batch; `None` once that was returned.
    Matrix(Option<Vec<TransformedDocument>>),
    Ended,
}

impl Transformation<'_> {
    /// The documents left out so far.
    pub fn skipped(&self) -> &SkippedDocuments {
        &self.skipped
    }

    /// A sentence on documents that the model hardly knows a word of, if they are so, once all of them are transformed.
    pub fn advice(&self) -> Option<String> {
        self.stranger.advice()
    }

    /// The next batch with at least one document; `None` at the end.
    fn next_batch(&mut self) -> Result<Option<Vec<TransformedDocument>>, Error> {
        let Self { transformer, params, found, ids, skipped, stranger } = self;
        let records = match found {
            Found::Documents(records) => records,
            Found::Matrix(documents) => return Ok(documents.take()),
            Found::Ended => return Ok(None),
        };
        loop {
            let batch = next_batch(records, BATCH_DOCUMENTS);
            if batch.is_empty() {
                return Ok(None);
            }
            let decoded: Vec<Result<Document, IngestError>> =
                batch.into_par_iter().map(|pending| pending.decode(params)).collect();
            let mut documents = Vec::new();
            for document in decoded {
                match document {
                    Ok(document) => documents.push(document),
                    Err(error) => skipped.push(skip(error, params)?),
                }
            }
            if documents.is_empty() {
                continue;
            }
            let texts: Vec<&str> = documents.iter().map(|document| document.text.as_str()).collect();
            let topics = transformer.texts(&texts)?;
            stranger.look_at(&texts, &topics);
            let named = documents.into_iter().zip(topics).map(|(document, topics)| TransformedDocument {
                id: ids.unique(document.id),
                label: document.label.unwrap_or_default(),
                title: document.title,
                topics,
            });
            return Ok(Some(named.collect()));
        }
    }
}

impl Iterator for Transformation<'_> {
    type Item = Result<Vec<TransformedDocument>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.next_batch();
        if batch.is_err() {
            self.found = Found::Ended;
        }
        batch.transpose()
    }
}

/// The topics of the documents of a ready matrix. A matrix that `vectorize` wrote holds weights, which are used
/// unchanged; any other holds counts.
fn transform_matrix(
    model: &TopicModel,
    transformer: &Transformer,
    inputs: &[PathBuf],
    params: &IngestParams,
) -> Result<Vec<TransformedDocument>, Error> {
    let matrix = read(&inputs[0], params)?;
    // The terms of a model that was fitted to a matrix without names are numbers, as those of this matrix are.
    let numbers: HashMap<&str, u32> =
        model.terms.iter().enumerate().map(|(i, term)| (term.term.as_str(), i as u32)).collect();
    let is_numbered =
        model.manifest.analyzer.is_none() && matrix.terms.iter().any(|name| numbers.contains_key(name.as_str()));
    let is_as_large = matrix.terms.len() == model.terms.len();
    let named = params.term_names.is_some() || matrix.stored.is_some() || is_numbered && !is_as_large;
    if !named && !is_as_large {
        let problem = format!(
            "the matrix has {} terms without names, the model has {}: name them with --term-names",
            matrix.terms.len(),
            model.terms.len()
        );
        return Err(ModelError::Transform(problem).into());
    }
    let name = |term: u32| match named {
        true => matrix.terms[term as usize].as_str(),
        false => model.terms[term as usize].term.as_str(),
    };
    let topics = if matrix.stored.is_some() {
        let known = |row: &Vec<(u32, f32)>| {
            let mut known: Vec<(u32, f32)> =
                row.iter().filter_map(|&(term, value)| Some((*numbers.get(name(term))?, value))).collect();
            known.sort_by_key(|(term, _)| *term);
            known
        };
        let (known, mut topics) = match (&matrix.counts, transformer.needs_counts()) {
            (Some(counts), true) => {
                let known: Vec<Vec<(u32, f32)>> = counts.iter().map(known).collect();
                let topics = transformer.term_counts(&known)?;
                (known, topics)
            }
            _ => {
                let known: Vec<Vec<(u32, f32)>> = matrix.rows.iter().map(known).collect();
                let topics = transformer.weights(&known)?;
                (known, topics)
            }
        };
        for (topics, (known, row)) in topics.iter_mut().zip(known.iter().zip(&matrix.rows)) {
            topics.unknown_share = 1.0 - known.len() as f64 / row.len().max(known.len()).max(1) as f64;
            if row.is_empty() {
                topics.unknown_share = 0.0;
            }
        }
        topics
    } else {
        let counts: Vec<Vec<(&str, f32)>> =
            matrix.rows.iter().map(|row| row.iter().map(|&(term, value)| (name(term), value)).collect()).collect();
        transformer.named_counts(&counts)?
    };
    let rows = matrix.documents.rows().zip(topics);
    let named = rows.map(|(row, topics)| TransformedDocument {
        id: row.id.to_string(),
        label: row.label.to_string(),
        title: row.title.to_string(),
        topics,
    });
    Ok(named.collect())
}
