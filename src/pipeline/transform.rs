//! Finds the topics of new documents with a fitted model, batch by batch, so that the texts never fill the memory.

use std::path::PathBuf;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::batches::{Pending, next_batch, skip};
use super::inputs::Inputs;
use super::matrix_input::{ReadyMatrix, is_matrix_input, read};
use super::stranger::Stranger;
use crate::Error;
use crate::export::{Column, Table, Values, level_columns, topic_columns};
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
    /// Topics of the document by the model.
    pub topics: DocumentTopics,
    /// Its topics by the further models of [`Transformation::also`], in their order.
    pub also: Vec<DocumentTopics>,
}

/// What a table shows of a model: the names of its topics.
#[derive(Clone, Debug, PartialEq)]
pub struct TransformingModel {
    /// What the names of its columns begin with.
    pub prefix: String,
    /// Names of its topics, in their order.
    pub topic_names: Vec<String>,
    /// For each level above the topics, the node of each topic.
    pub levels: Vec<Vec<u32>>,
}

impl TransformingModel {
    /// What is shown of a model.
    pub fn new(prefix: String, model: &TopicModel) -> Self {
        Self { prefix, topic_names: model.topic_names(), levels: model.upper_levels().to_vec() }
    }
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
        mask: None,
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
    model: &'p TopicModel,
    inputs: impl Into<Inputs<'p>>,
    params: &'p IngestParams,
) -> Result<Transformation<'p>, Error> {
    params.check()?;
    let found = match inputs.into() {
        Inputs::Paths(inputs) if is_matrix_input(inputs, params)? => {
            Found::Matrix(Box::new(read(&inputs[0], params)?.complete()?))
        }
        inputs => Found::Documents(inputs.pending(params)?),
    };
    let transformation = Transformation {
        models: Vec::new(),
        params,
        found,
        ids: UniqueIds::default(),
        skipped: SkippedDocuments::default(),
    };
    transformation.also(model)
}

/// What a table shows of models that lie in these directories: the columns of the first model have no prefix, those of
/// each further one begin with the name of its directory and a full stop; a name that occurs twice gets a number.
pub fn transforming_models(models: &[(PathBuf, &TopicModel)]) -> Vec<TransformingModel> {
    let mut names = UniqueIds::default();
    let of_model = |(i, (path, model)): (usize, &(PathBuf, &TopicModel))| {
        let name = path.canonicalize().unwrap_or_else(|_| path.clone());
        let name = name.file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy().into_owned());
        let prefix = if i == 0 { String::new() } else { format!("{}.", names.unique(name)) };
        TransformingModel::new(prefix, model)
    };
    models.iter().enumerate().map(of_model).collect()
}

/// A row for each document: id, label, title; then for each model unknown_share, topic with its name and share, of a
/// hierarchy level_1 … with the nodes above the topic, and a column per topic with weights or, with `shares`, with
/// p(topic | document). `models` are the model and the further ones, in their order.
pub fn transform_table(models: &[TransformingModel], documents: &[TransformedDocument], shares: bool) -> Table {
    let mut columns = vec![
        Column::of_texts("id", documents.iter().map(|document| document.id.clone())),
        Column::of_texts("label", documents.iter().map(|document| document.label.clone())),
        Column::of_texts("title", documents.iter().map(|document| document.title.clone())),
    ];
    for (i, model) in models.iter().enumerate() {
        let topics = |document| TransformedDocument::topics_of(document, i);
        let topics: Vec<&DocumentTopics> = documents.iter().map(topics).collect();
        let columns_of_model = topics_table(model, &topics, shares).into_iter();
        columns.extend(columns_of_model.map(|column| Column { name: model.prefix.clone() + &column.name, ..column }));
    }
    Table { name: "transform".into(), columns, matrix_from: None }
}

/// What a model says of documents.
fn topics_table(model: &TransformingModel, documents: &[&DocumentTopics], shares: bool) -> Vec<Column> {
    let names = &model.topic_names;
    let rows: Vec<Vec<f32>> = documents
        .iter()
        .map(|topics| match shares {
            true => topics.shares().into_iter().map(|share| share as f32).collect(),
            false => topics.weights.clone(),
        })
        .collect();
    let share = |topics: &&DocumentTopics| topics.topic.map_or(0.0, |topic| topics.shares()[topic]);
    let name = |topics: &&DocumentTopics| topics.topic.map_or_else(String::new, |topic| names[topic].clone());
    let unknown = documents.iter().map(|topics| topics.unknown_share).collect();
    let topics: Vec<Option<usize>> = documents.iter().map(|topics| topics.topic).collect();
    let topic = topics.iter().map(|topic| topic.map(|topic| topic as u64)).collect();
    let mut columns = vec![
        Column { name: "unknown_share".into(), values: Values::Number(unknown) },
        Column { name: "topic".into(), values: Values::Integer(topic) },
        Column::of_texts("name", documents.iter().map(name)),
        Column { name: "share".into(), values: Values::Number(documents.iter().map(share).collect()) },
    ];
    columns.extend(level_columns(&model.levels, &topics));
    columns.extend(topic_columns(&rows, names.len()));
    columns
}

impl TransformedDocument {
    /// Its topics by the model, which has number 0, or by a further one.
    fn topics_of(&self, model: usize) -> &DocumentTopics {
        if model == 0 { &self.topics } else { &self.also[model - 1] }
    }
}

/// An iterator of batches of documents with their topics. It ends after an error.
pub struct Transformation<'p> {
    models: Vec<Model<'p>>,
    params: &'p IngestParams,
    found: Found<'p>,
    ids: UniqueIds,
    skipped: SkippedDocuments,
}

/// A model, what transforms with it, and what it knows of the documents.
struct Model<'p> {
    model: &'p TopicModel,
    transformer: Transformer,
    stranger: Stranger,
}

/// Where the documents come from.
enum Found<'p> {
    Documents(Box<dyn Iterator<Item = Pending> + 'p>),
    /// A matrix, whose documents make one batch.
    Matrix(Box<ReadyMatrix>),
    Ended,
}

impl<'p> Transformation<'p> {
    /// Lets a further model transform the same documents, in the same reading: each is analysed as that model's own
    /// were. Fails if the model's record of its analyser or parameters is invalid.
    pub fn also(mut self, model: &'p TopicModel) -> Result<Self, Error> {
        let language = model.manifest.analyzer.as_ref().and_then(|analyzer| analyzer.language);
        let transformer = Transformer::new(model)?;
        self.models.push(Model { model, transformer, stranger: Stranger::new(language) });
        Ok(self)
    }

    /// The documents left out so far.
    pub fn skipped(&self) -> &SkippedDocuments {
        &self.skipped
    }

    /// A sentence for each model that hardly knows a word of the documents, once all of them are transformed. `name`
    /// names a model, whose number it gets.
    pub fn advice(&self, name: impl Fn(usize) -> String) -> Vec<String> {
        let of_model = |(i, Model { model, stranger, .. }): (usize, &Model<'p>)| {
            let name = name(i);
            [stranger.advice(&name), stranger.advice_on_values(&name, model.views())]
        };
        self.models.iter().enumerate().flat_map(of_model).flatten().collect()
    }

    /// The next batch with at least one document; `None` at the end.
    fn next_batch(&mut self) -> Result<Option<Vec<TransformedDocument>>, Error> {
        let Self { models, params, found, ids, skipped } = self;
        let records = match found {
            Found::Documents(records) => records,
            Found::Matrix(matrix) => {
                let topics = models.iter().map(|model| transform_matrix(model, matrix, params));
                let topics = topics.collect::<Result<Vec<_>, _>>()?;
                let documents = matrix.documents.rows();
                let documents = documents.map(|row| (row.id.to_string(), row.label.to_string(), row.title.to_string()));
                let transformed = transformed(documents.collect(), topics);
                *found = Found::Ended;
                return Ok(Some(transformed));
            }
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
            let topics = models.iter_mut().map(|Model { transformer, stranger, .. }| {
                let values = |document: &Document| transformer.values_of(|column| document.cell(column));
                let viewed: Vec<_> = documents.iter().map(|document| (&*document.text, values(document))).collect();
                let topics = transformer.documents(&viewed)?;
                stranger.look_at(&viewed, &topics);
                Ok(topics)
            });
            let topics = topics.collect::<Result<Vec<_>, Error>>()?;
            let documents = documents
                .into_iter()
                .map(|document| (ids.unique(document.id), document.label.unwrap_or_default(), document.title));
            return Ok(Some(transformed(documents.collect(), topics)));
        }
    }
}

/// Documents, given as (id, label, title), with what each model says of them.
fn transformed(
    documents: Vec<(String, String, String)>,
    topics_by_model: Vec<Vec<DocumentTopics>>,
) -> Vec<TransformedDocument> {
    let mut by_model: Vec<_> = topics_by_model.into_iter().map(Vec::into_iter).collect();
    let mut documents_topics = || -> Vec<DocumentTopics> { by_model.iter_mut().filter_map(Iterator::next).collect() };
    let of_document = |(id, label, title)| {
        let mut also = documents_topics();
        let topics = also.remove(0);
        TransformedDocument { id, label, title, topics, also }
    };
    documents.into_iter().map(of_document).collect()
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
    Model { model, transformer, .. }: &Model,
    matrix: &ReadyMatrix,
    params: &IngestParams,
) -> Result<Vec<DocumentTopics>, Error> {
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
    if matrix.stored.is_some() {
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
        Ok(topics)
    } else {
        let counts: Vec<Vec<(&str, f32)>> =
            matrix.rows.iter().map(|row| row.iter().map(|&(term, value)| (name(term), value)).collect()).collect();
        Ok(transformer.named_counts(&counts)?)
    }
}
