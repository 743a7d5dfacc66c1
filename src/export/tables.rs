//! Makes the tables of a model.

use super::name_prompts::name_prompts;
use super::structure::{curve, meetings, topic_documents, values, word_groups};
use super::{Column, Content, ExportError, Table, TableFormat, Values, level_columns, pyldavis_arrays, topic_columns};
use crate::model::{Ranking, TopicModel};

/// A table of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableName {
    /// Columns topic, rank, term, form, probability = p(term | topic). If wide: a row per topic and a column per
    /// term, where the first column is `topic_` if `topic` is a term.
    TopicTerms,
    /// Column id, then a column per topic, with weights or with shares that sum to 1; with `metadata`, after id label,
    /// title, the metadata, topic, name.
    DocumentTopics,
    /// Columns id, topic, name, share = p(topic | document), label, title: the cluster of each document, of a hierarchy
    /// with level_1 … behind its name; with `metadata`, the metadata too.
    Clusters,
    /// Columns term, form, df, cf, idf, weight.
    Terms,
    /// Columns id, label, title, source, n_tokens, status, then the metadata.
    Documents,
    /// Columns n_topics, explained, gain: what each number of topics explains, for a model that was built one topic
    /// after another.
    Curve,
    /// Columns topic, name, rank, id, title, label, weight: the documents that each topic is made of, for topics that
    /// are means of documents.
    TopicDocuments,
    /// Columns group, rank, term, form, share: the words of each group, for a model with groups of words.
    WordGroups,
    /// Columns group, words, then a column per topic with p(group | topic).
    Meetings,
    /// Columns topic, name, view, rank, value, probability = p(term | topic), score: the values of views by topic.
    Values,
    /// What the model leaves over of single entries, of documents and of terms; made by
    /// [`pipeline::residual_table`](crate::pipeline::residual_table).
    Residual,
    /// See [`TableName::Residual`].
    ResidualDocuments,
    /// See [`TableName::Residual`].
    ResidualTerms,
    /// The rows of an input as they are, with topic, name, share, status and a column per topic behind them; made by
    /// [`pipeline::joined`](crate::pipeline::joined).
    Joined,
    /// The count of each term in each document, as sparse rows; made by
    /// [`pipeline::term_counts`](crate::pipeline::term_counts).
    Counts,
    /// The arrays that pyLDAvis takes ([`pyldavis_arrays`](super::pyldavis_arrays)).
    Pyldavis,
    /// All tables of a model, a sheet for each.
    All,
    /// Columns topic, name, share, words, titles, prompt: what a person or a language model needs to name a topic.
    NamePrompts,
}

names!(TableName {
    TopicTerms = "topic-terms",
    DocumentTopics = "document-topics",
    Clusters = "clusters",
    Terms = "terms",
    Documents = "documents",
    NamePrompts = "name-prompts",
    Curve = "curve",
    Values = "values",
    TopicDocuments = "topic-documents",
    WordGroups = "word-groups",
    Meetings = "meetings",
    Residual = "residual",
    ResidualDocuments = "residual-documents",
    ResidualTerms = "residual-terms",
    Joined = "joined",
    Counts = "counts",
    Pyldavis = "pyldavis",
    All = "all",
});

impl TableName {
    /// Whether the table is made of documents that are read again, and not of the model alone.
    pub fn needs_documents(self) -> bool {
        use TableName::{Counts, Joined, Residual, ResidualDocuments, ResidualTerms};
        matches!(self, Joined | Counts | Residual | ResidualDocuments | ResidualTerms)
    }
}

/// Options of a table.
#[derive(Clone, Copy, Debug, Default)]
pub struct TableOptions {
    /// For topic-terms: the number of best words of each topic; `None` for all.
    pub n_words: Option<usize>,
    /// For topic-terms: what words are ranked by.
    pub ranking: Ranking,
    /// For topic-terms: whether there is a row per topic and not per word.
    pub wide: bool,
    /// For document-topics: whether rows are shares that sum to 1, and not weights.
    pub shares: bool,
    /// For document-topics and clusters: whether rows have the labels, titles and metadata of the documents.
    pub metadata: bool,
}

impl TableOptions {
    /// The options that a format needs: matrices are wide, and what MALLET and libsvm read are shares.
    pub fn for_format(self, format: TableFormat) -> Self {
        let is_of_shares = matches!(format, TableFormat::Mallet | TableFormat::SvmLight);
        Self {
            wide: self.wide || format.is_matrix(),
            shares: self.shares || is_of_shares,
            metadata: self.metadata || format == TableFormat::SvmLight,
            ..self
        }
    }
}

/// What is exported of a model alone; `None` for what needs documents besides. `topic-terms` lists every term that a
/// topic has, unless `n_words` bounds it. Fails if the model was fitted in a form that has no such table.
pub fn content(model: &TopicModel, name: TableName, options: TableOptions) -> Result<Option<Content>, ExportError> {
    Ok(Some(Content::Table(match name {
        TableName::TopicTerms if options.wide => wide_topic_terms(model),
        TableName::TopicTerms => topic_terms(model, options),
        TableName::DocumentTopics => document_topics(model, options),
        TableName::Clusters => clusters(model, options.metadata),
        TableName::Terms => terms(model),
        TableName::Documents => documents(model),
        TableName::NamePrompts => name_prompts(model, options.ranking),
        TableName::Curve => curve(model)?,
        TableName::Values => values(model)?,
        TableName::TopicDocuments => topic_documents(model)?,
        TableName::WordGroups => word_groups(model)?,
        TableName::Meetings => meetings(model)?,
        TableName::Pyldavis => return Ok(Some(Content::Arrays(pyldavis_arrays(model)))),
        TableName::All => return Ok(Some(Content::Sheets(sheets(model, options)))),
        TableName::Joined | TableName::Counts => return Ok(None),
        TableName::Residual | TableName::ResidualDocuments | TableName::ResidualTerms => return Ok(None),
    })))
}

/// Words of each topic in a workbook.
const SHEET_WORDS: usize = 50;

/// The tables that people look at: what topics are, their words, and the documents with their topics.
fn sheets(model: &TopicModel, options: TableOptions) -> Vec<Table> {
    let words = TableOptions { n_words: Some(SHEET_WORDS), ..options };
    let shares = TableOptions { shares: true, metadata: true, ..options };
    vec![
        name_prompts(model, options.ranking).without("prompt").named("topics"),
        topic_terms(model, words),
        document_topics(model, shares),
        terms(model),
    ]
}

fn topic_terms(model: &TopicModel, options: TableOptions) -> Table {
    let n_words = options.n_words.unwrap_or(usize::MAX);
    let (mut topics, mut ranks, mut terms, mut forms, mut probabilities) = (vec![], vec![], vec![], vec![], vec![]);
    for topic in 0..model.n_topics() {
        for (rank, word) in model.top_words(topic, n_words, options.ranking).into_iter().enumerate() {
            topics.push(Some(topic as u64));
            ranks.push(Some(rank as u64 + 1));
            probabilities.push(model.w.get(word.index, topic));
            terms.push(word.term);
            forms.push(word.form);
        }
    }
    Table::new(
        "topic-terms",
        vec![
            ("topic", Values::Integer(topics)),
            ("rank", Values::Integer(ranks)),
            ("term", Values::Text(terms)),
            ("form", Values::Text(forms)),
            ("probability", Values::Single(probabilities)),
        ],
    )
}

fn wide_topic_terms(model: &TopicModel) -> Table {
    let topics = (0..model.n_topics() as u64).map(Some).collect();
    let mut name = String::from("topic");
    while model.terms.iter().any(|term| term.term == name) {
        name.push('_');
    }
    let mut columns = vec![Column { name, values: Values::Integer(topics) }];
    columns.extend(model.terms.iter().enumerate().map(|(term, row)| Column {
        name: row.term.clone(),
        values: Values::Single(model.w.row_values(term).to_vec()),
    }));
    Table { name: "topic-terms".into(), columns, matrix_from: Some(1) }
}

fn document_topics(model: &TopicModel, options: TableOptions) -> Table {
    let ids = model.documents.rows().map(|row| row.id.to_string()).collect();
    let rows: Vec<Vec<f32>> = (0..model.h.n_rows())
        .map(|document| match options.shares {
            true => model.document_shares(document).into_iter().map(|share| share as f32).collect(),
            false => model.h.row_values(document).to_vec(),
        })
        .collect();
    let mut columns = vec![Column { name: "id".into(), values: Values::Text(ids) }];
    if options.metadata {
        let rows = || model.documents.rows();
        columns.push(Column::of_texts("label", rows().map(|row| row.label.to_string())));
        columns.push(Column::of_texts("title", rows().map(|row| row.title.to_string())));
        columns.extend(assigned(model));
        add_metadata(model, &mut columns, |name| name.starts_with("topic_"));
    }
    let matrix_from = Some(columns.len());
    columns.extend(topic_columns(&rows, model.n_topics()));
    Table { name: "document-topics".into(), columns, matrix_from }
}

/// The columns topic and name of the documents' clusters, and of a hierarchy level_1 … with the nodes above the topic.
fn assigned(model: &TopicModel) -> Vec<Column> {
    let names = model.topic_names();
    let assignments = model.assignments();
    let topics = assignments.iter().map(|topic| topic.map(|topic| topic as u64)).collect();
    let names = assignments.iter().map(|topic| topic.map_or_else(String::new, |topic| names[topic].clone()));
    let mut columns = vec![Column { name: "topic".into(), values: Values::Integer(topics) }];
    columns.push(Column::of_texts("name", names));
    columns.extend(level_columns(model.upper_levels(), &assignments));
    columns
}

/// Adds the metadata of the documents. A name that is taken by one of the columns, or by one that `is_taken` knows,
/// gets an underscore.
fn add_metadata(model: &TopicModel, columns: &mut Vec<Column>, is_taken: impl Fn(&str) -> bool) {
    for (i, name) in model.documents.columns.iter().enumerate() {
        let mut name = name.clone();
        let is_used = |name: &str| is_taken(name) || columns.iter().any(|column| column.name == name);
        while is_used(&name) || name != model.documents.columns[i] && model.documents.columns.contains(&name) {
            // In front, since names with an ending of their own may be taken too.
            name.insert(0, '_');
        }
        columns.push(Column::of_texts(&name, model.documents.rows().map(|row| row.value(i).to_string())));
    }
}

fn clusters(model: &TopicModel, with_metadata: bool) -> Table {
    let assignments = model.assignments();
    let share = |document: usize| assignments[document].map_or(0.0, |topic| model.document_shares(document)[topic]);
    let rows = || model.documents.rows();
    let mut columns = vec![Column::of_texts("id", rows().map(|row| row.id.to_string()))];
    columns.extend(assigned(model));
    let shares = (0..model.documents.len()).map(share).collect();
    columns.push(Column { name: "share".into(), values: Values::Number(shares) });
    columns.push(Column::of_texts("label", rows().map(|row| row.label.to_string())));
    columns.push(Column::of_texts("title", rows().map(|row| row.title.to_string())));
    if with_metadata {
        add_metadata(model, &mut columns, |_| false);
    }
    Table { name: "clusters".into(), columns, matrix_from: None }
}

fn terms(model: &TopicModel) -> Table {
    let terms = &model.terms;
    Table::new(
        "terms",
        vec![
            ("term", Values::Text(terms.iter().map(|term| term.term.clone()).collect())),
            ("form", Values::Text(terms.iter().map(|term| term.form.clone()).collect())),
            ("df", Values::Integer(terms.iter().map(|term| Some(u64::from(term.df))).collect())),
            ("cf", Values::Number(terms.iter().map(|term| term.cf).collect())),
            ("idf", Values::Number(terms.iter().map(|term| term.idf).collect())),
            ("weight", Values::Number(terms.iter().map(|term| term.weight).collect())),
        ],
    )
}

fn documents(model: &TopicModel) -> Table {
    let rows = || model.documents.rows();
    let mut table = Table::new(
        "documents",
        vec![
            ("id", Values::Text(rows().map(|row| row.id.to_string()).collect())),
            ("label", Values::Text(rows().map(|row| row.label.to_string()).collect())),
            ("title", Values::Text(rows().map(|row| row.title.to_string()).collect())),
            ("source", Values::Text(rows().map(|row| row.source.to_string()).collect())),
            ("n_tokens", Values::Integer(rows().map(|row| Some(row.n_tokens)).collect())),
            ("status", Values::Text(rows().map(|row| row.status.to_string()).collect())),
        ],
    );
    table.columns.extend(model.documents.columns.iter().enumerate().map(|(i, name)| Column {
        name: name.clone(),
        values: Values::Text(rows().map(|row| row.value(i).to_string()).collect()),
    }));
    table
}
