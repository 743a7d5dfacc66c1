//! Joins what a model says of documents with what the user has of them: the rows of an input with their topics behind
//! them, and the counts of terms.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::batches::{Pending, next_batch, skip};
use super::dataset::Dataset;
use super::inputs::{Inputs, Source, no_texts};
use crate::Error;
use crate::config::Config;
use crate::export::{Column, SparseRows, Table, Values, level_columns, topic_columns};
use crate::ingest::{Document, IngestParams, SkippedDocuments, records};
use crate::model::{DocumentRow, ModelError, TopicModel, Transformer, UniqueIds};

/// Documents per batch.
const BATCH_DOCUMENTS: usize = 4096;

/// Growth of a table after which it is asked again whether there is memory for more.
const CHECKED_BYTES: usize = 64 << 20;

/// A row of an input: its fields, and the document of the model that it is, or why it is none.
struct Row {
    fields: Vec<(String, String)>,
    document: Result<usize, String>,
}

/// The rows of an input, in order and with every field, and behind them topic, name, share, status, of a hierarchy
/// level_1 … with the nodes above the topic, and a column `topic_k` with p(topic | document) for each topic; `long`
/// gives a row for each topic of a document in place of these columns. Rows that are no documents of the model are
/// kept, and the status says why: `ragged row`, `empty` …, or `not in the model`. Without inputs the rows are what the
/// model knows of its documents. A column whose name is taken gets underscores in front. Fails if no row is a document
/// of the model.
pub fn joined(model: &TopicModel, inputs: &[PathBuf], params: &IngestParams, long: bool) -> Result<Table, Error> {
    let rows = if inputs.is_empty() { own_rows(model) } else { rows(model, inputs, params)? };
    if !rows.iter().any(|row| row.document.is_ok()) {
        let problem = "no row of the input is a document of the model";
        return Err(ModelError::Transform(problem.into()).into());
    }
    let names = model.topic_names();
    let assignments = model.assignments();
    // A row of the table: a row of the input, and a topic with its share.
    let mut lines: Vec<(usize, Option<usize>, f64)> = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        let Ok(document) = row.document else {
            lines.push((i, None, f64::NAN));
            continue;
        };
        let shares = model.document_shares(document);
        match assignments[document] {
            Some(_) if long => {
                let mut topics: Vec<usize> = (0..shares.len()).filter(|&topic| shares[topic] > 0.0).collect();
                topics.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]).then(a.cmp(&b)));
                lines.extend(topics.into_iter().map(|topic| (i, Some(topic), shares[topic])));
            }
            Some(topic) => lines.push((i, Some(topic), shares[topic])),
            None => lines.push((i, None, f64::NAN)),
        }
    }
    check_memory(&rows, &lines)?;
    let status = |row: &Row| match &row.document {
        Ok(document) => model.documents.row(*document).status.to_string(),
        Err(reason) => reason.clone(),
    };
    let name = |topic: Option<usize>| topic.map_or_else(String::new, |topic| names[topic].clone());
    let mut columns = own_columns(&rows, &lines);
    let mut more = vec![
        Column {
            name: "topic".into(),
            values: Values::Integer(lines.iter().map(|line| line.1.map(|topic| topic as u64)).collect()),
        },
        Column::of_texts("name", lines.iter().map(|line| name(line.1))),
        Column { name: "share".into(), values: Values::Number(lines.iter().map(|line| line.2).collect()) },
        Column::of_texts("status", lines.iter().map(|line| status(&rows[line.0]))),
    ];
    more.extend(level_columns(model.upper_levels(), &lines.iter().map(|line| line.1).collect::<Vec<_>>()));
    if !long {
        let zeros = || vec![0.0; model.n_topics()];
        let shares = |line: &(usize, Option<usize>, f64)| match rows[line.0].document {
            Ok(document) => model.document_shares(document).into_iter().map(|share| share as f32).collect(),
            Err(_) => zeros(),
        };
        let shares: Vec<Vec<f32>> = lines.iter().map(shares).collect();
        more.extend(topic_columns(&shares, model.n_topics()));
    }
    let taken: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    for mut column in more {
        while taken.contains(&column.name) {
            column.name.insert(0, '_');
        }
        columns.push(column);
    }
    Ok(Table { name: "joined".into(), columns, matrix_from: None })
}

/// Refuses a table that does not fit: every line has the fields of its row, and every column a cell for each line.
fn check_memory(rows: &[Row], lines: &[(usize, Option<usize>, f64)]) -> Result<(), Error> {
    const CELL: usize = size_of::<String>();
    let bytes: Vec<usize> = rows.iter().map(|row| row.fields.iter().map(|(_, value)| value.len()).sum()).collect();
    let names: HashSet<&str> = rows.iter().flat_map(|row| row.fields.iter().map(|(name, _)| name.as_str())).collect();
    let of_lines: usize = lines.iter().map(|line| bytes[line.0]).sum();
    // The cells, and the bytes that are written.
    Error::check_memory("the joined table", (2 * of_lines + CELL * names.len() * lines.len()) as u64)
}

/// The fields of all rows by column, in the order in which names appear; a name that a row has twice is two columns.
fn own_columns(rows: &[Row], lines: &[(usize, Option<usize>, f64)]) -> Vec<Column> {
    let (mut names, mut taken): (Vec<String>, HashSet<String>) = (Vec::new(), HashSet::new());
    let mut numbers: HashMap<(&str, usize), usize> = HashMap::new();
    let mut places: Vec<Vec<usize>> = Vec::new();
    for row in rows {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let mut of_row = Vec::new();
        for (name, _) in &row.fields {
            let nth = *seen.entry(name).and_modify(|n| *n += 1).or_insert(1);
            of_row.push(*numbers.entry((name, nth)).or_insert_with(|| {
                let mut own = if nth == 1 { name.clone() } else { format!("{name}_{nth}") };
                while !taken.insert(own.clone()) {
                    own.push('_');
                }
                names.push(own);
                names.len() - 1
            }));
        }
        places.push(of_row);
    }
    let mut cells = vec![vec![String::new(); lines.len()]; names.len()];
    for (line, (row, ..)) in lines.iter().enumerate() {
        let fields = rows[*row].fields.iter().zip(&places[*row]);
        fields.for_each(|((_, value), &column)| cells[column][line].clone_from(value));
    }
    names.into_iter().zip(cells).map(|(name, cells)| Column { name, values: Values::Text(cells) }).collect()
}

/// What the model knows of its documents.
fn own_rows(model: &TopicModel) -> Vec<Row> {
    let documents = &model.documents;
    let row = |(document, row): (usize, DocumentRow<'_>)| {
        let fixed = [("id", row.id), ("label", row.label), ("title", row.title)];
        let fixed = fixed.into_iter().map(|(name, value)| (name.to_string(), value.to_string()));
        let metadata = documents.columns.iter().cloned().zip(row.metadata().map(str::to_string));
        Row { fields: fixed.chain(metadata).collect(), document: Ok(document) }
    };
    documents.rows().enumerate().map(row).collect()
}

fn rows(model: &TopicModel, inputs: &[PathBuf], params: &IngestParams) -> Result<Vec<Row>, Error> {
    let documents: HashMap<&str, usize> =
        model.documents.rows().enumerate().map(|(place, row)| (row.id, place)).collect();
    let (mut rows, mut ids, mut bytes, mut checked) = (Vec::new(), UniqueIds::default(), 0, 0);
    for record in records(inputs, params)? {
        let (mut fields, decoded) = match record {
            Ok(record) => (record.fields(), Pending::Found(record).decode(params)),
            Err(error) => (Vec::new(), Err(error)),
        };
        let document = match decoded {
            Ok(document) => {
                let id = ids.unique(document.id);
                if fields.is_empty() {
                    fields.push(("id".into(), id.clone()));
                    fields.extend(document.label.map(|label| ("label".to_string(), label)));
                }
                documents.get(id.as_str()).copied().ok_or_else(|| "not in the model".to_string())
            }
            Err(error) => {
                let skipped = skip(error, params)?;
                if fields.is_empty() {
                    fields.push(("id".into(), skipped.source.clone()));
                }
                Err(skipped.reason.to_string())
            }
        };
        bytes += fields.iter().map(|(name, value)| name.len() + value.len() + 48).sum::<usize>();
        if bytes > checked + CHECKED_BYTES {
            // The fields, the columns and the bytes that are written.
            Error::check_memory("the joined table", 3 * bytes as u64)?;
            checked = bytes;
        }
        rows.push(Row { fields, document });
    }
    Ok(rows)
}

/// A document with how often it has each term, ascending.
struct Counted {
    document: Document,
    terms: Vec<(u32, f64)>,
}

/// How often each term of a model stands in each document of the inputs, or of the texts that the model keeps, and the
/// documents that were left out. Fails if there are no texts.
pub fn term_counts<'i>(
    model: &TopicModel,
    inputs: impl Into<Inputs<'i>>,
    params: &IngestParams,
) -> Result<(SparseRows, SkippedDocuments), Error> {
    let source = &Source::new(model, inputs.into(), params).ok_or_else(no_texts)?;
    let params = &source.params;
    let transformer = Transformer::new(model)?;
    let mut found = source.documents()?;
    let (mut counts, mut skipped, mut ids) = (SparseRows::default(), SkippedDocuments::default(), UniqueIds::default());
    counts.n_columns = model.terms.len();
    let labels: HashMap<&str, &str> = model.documents.rows().map(|row| (row.id, row.label)).collect();
    loop {
        let batch = next_batch(&mut found, BATCH_DOCUMENTS);
        if batch.is_empty() {
            return Ok((counts, skipped));
        }
        let counted: Vec<Result<Counted, Error>> = batch
            .into_par_iter()
            .map(|pending| {
                let document = pending.decode(params)?;
                let values = source.values_of(model, &transformer, &document);
                let terms = transformer.counts_of(&transformer.occurrences(&document.text)?, &values);
                Ok(Counted { document, terms })
            })
            .collect();
        for document in counted {
            match document {
                Ok(Counted { document, terms }) => {
                    let id = ids.unique(document.id);
                    let known = labels.get(id.as_str()).map(ToString::to_string);
                    counts.labels.push(document.label.or(known).unwrap_or_default());
                    counts.ids.push(id);
                    counts.titles.push(document.title);
                    counts.rows.push(terms);
                }
                Err(Error::Ingest(error)) => skipped.push(skip(error, params)?),
                Err(error) => return Err(error),
            }
        }
    }
}

/// How often each term stands in each document of a directory that `vectorize` wrote. Fails if it has no counts.
pub fn stored_counts(directory: &Path) -> Result<SparseRows, Error> {
    let dataset = Dataset::read(&[directory], &Config::default())?;
    let Some(counts) = &dataset.counts else {
        let problem = "the matrix was stored without counts";
        return Err(ModelError::Transform(problem.into()).into());
    };
    let v = &dataset.matrix;
    let row = |document: usize| {
        let terms = v.document(document).0.iter().copied();
        terms.zip(counts.range(v.document_range(document)).map(f64::from)).collect()
    };
    let documents = &dataset.documents;
    Ok(SparseRows {
        n_columns: v.n_terms(),
        rows: (0..v.n_documents()).map(row).collect(),
        ids: documents.rows().map(|row| row.id.to_string()).collect(),
        titles: documents.rows().map(|row| row.title.to_string()).collect(),
        labels: documents.rows().map(|row| row.label.to_string()).collect(),
    })
}
