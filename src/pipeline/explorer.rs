//! Gathers all that is known of a model for the explorer: the facts as the program's JSON has them, the documents, and
//! their texts from the model or from inputs.

use std::borrow::Cow;

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::batches::{next_batch, skip};
use super::inputs::{Inputs, Source};
use super::residual::of_counts;
use crate::Error;
use crate::evaluate::{Evaluation, GroupShares, MEASURED_WORDS, Similarity, salient_terms};
use crate::export::{
    SparseRows, clusters_json, evaluation_json, groups_json, selection_json, topics_json, tree_json, values_json,
};
use crate::factorize::Structure;
use crate::factorize::random::{Stream, row_generator, shuffle};
use crate::ingest::{IngestError, IngestParams, STDIN, SkippedDocuments};
use crate::model::{
    DEFAULT_QUANTILES, Dates, Grouping, ModelError, Ranking, Selection, TopicModel, Transformer, UniqueIds,
};
use crate::report::explorer::{Page, TextPacker, numbers};
use crate::report::{Background, topic_colours};

/// Documents on a page, unless another number is given.
pub const DEFAULT_SHOWN: usize = 25_000;

/// Words of a topic by each ranking, typical documents of a topic, and salient terms.
const WORDS: usize = 30;
const TYPICAL: usize = 12;
const SALIENT: usize = 40;

/// Values of a view by topic.
const VALUES: usize = 10;

/// A column whose values are groups has so many of them, and so many documents in each on average.
const MOST_GROUPS: usize = 60;
const FEWEST_PER_GROUP: usize = 3;

/// Most columns that are shown by group.
const MOST_COLUMNS: usize = 12;

/// Columns of the documents' records on the page, and characters of a cell: a table may hold further texts.
const MOST_SHOWN_COLUMNS: usize = 50;
const LONGEST_CELL: usize = 300;

/// Documents per batch, and per task.
const BATCH_DOCUMENTS: usize = 4096;
const TASK_DOCUMENTS: usize = 64;

/// What an explorer is made with.
#[derive(Clone, Debug)]
pub struct ExplorerOptions {
    /// Most documents on the page; of more, a sample is drawn.
    pub most_documents: usize,
    /// Whether texts are on the page, if there are any.
    pub texts: bool,
    /// What is known of numbers of topics, if the model does not know it.
    pub selection: Option<Selection>,
}

impl Default for ExplorerOptions {
    fn default() -> Self {
        Self { most_documents: DEFAULT_SHOWN, texts: true, selection: None }
    }
}

/// Makes the explorer of a model. Texts come from `inputs`, whose documents are known by their ids, or else from those
/// that the model keeps. Fails if no document of the inputs is one of the model's.
///
/// ```
/// use topicmill::model::TopicModel;
/// use topicmill::pipeline::{ExplorerOptions, explorer, ingest_params};
/// let model = TopicModel::load("tests/golden/model-v1")?;
/// let inputs = ["corpora/newsroom".into()];
/// let (page, _) = explorer(&model, &inputs, &ingest_params(&model)?, &ExplorerOptions::default())?;
/// let mut html = Vec::new();
/// page.write(&mut html).unwrap();
/// assert!(html.starts_with(b"<!doctype html>"));
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn explorer<'i>(
    model: &TopicModel,
    inputs: impl Into<Inputs<'i>>,
    params: &IngestParams,
    options: &ExplorerOptions,
) -> Result<(Page, SkippedDocuments), Error> {
    let shown = shown(model, options.most_documents);
    let Read { texts, unexplained, skipped } = read(model, inputs.into(), params, &shown, options)?;
    let dates = model.dates(None);
    let dates_problem = dates.as_ref().err().map(ToString::to_string);
    let dates = dates.ok().flatten();
    let occurrences = match &model.manifest.analyzer {
        Some(_) => Transformer::new(model)?.occurrence_weights(),
        None => Vec::new(),
    };
    let mut facts = facts(model, &shown, dates.as_ref(), dates_problem, options)?;
    facts["unexplained"] = unexplained.into();
    let page = Page {
        title: title(model),
        facts,
        documents: documents(model, &shown),
        arrays: numbers(model, &shown, dates.as_ref(), &occurrences),
        texts,
    };
    Ok((page, skipped))
}

/// What the page is about: the names of the inputs.
fn title(model: &TopicModel) -> String {
    let name = |input: &String| {
        if input == STDIN {
            return "standard input".to_string();
        }
        let path = std::path::Path::new(input);
        path.file_stem().map_or_else(|| input.clone(), |name| name.to_string_lossy().into_owned())
    };
    let names: Vec<String> = model.manifest.run.inputs.iter().take(3).map(name).collect();
    let of = if names.is_empty() { String::new() } else { format!(" of {}", names.join(", ")) };
    format!("Topics{of}")
}

/// The documents on the page, in order: all, or the typical ones of all topics and a sample of the others.
fn shown(model: &TopicModel, most: usize) -> Vec<usize> {
    let n = model.documents.len();
    if n <= most {
        return (0..n).collect();
    }
    let clusters = model.clusters(TYPICAL.min(most / model.n_topics().max(1)));
    let mut shown: Vec<usize> =
        clusters.iter().flat_map(|cluster| &cluster.typical).map(|typical| typical.document).collect();
    let mut is_shown = vec![false; n];
    shown.iter().for_each(|&document| is_shown[document] = true);
    let mut others: Vec<usize> = (0..n).filter(|&document| !is_shown[document]).collect();
    shuffle(&mut others, &mut row_generator(1, Stream::Samples, 0));
    shown.extend(others.into_iter().take(most.saturating_sub(shown.len())));
    shown.sort_unstable();
    shown
}

fn facts(
    model: &TopicModel,
    shown: &[usize],
    dates: Option<&Dates>,
    dates_problem: Option<String>,
    options: &ExplorerOptions,
) -> Result<Value, Error> {
    let ranking = model.ranking(None)?;
    let shown_topics = model.topics(MEASURED_WORDS, ranking);
    let evaluation = Evaluation::of_topics(model, &shown_topics);
    let rankings = Ranking::ALL.iter().filter(|ranking| model.ranking(Some(**ranking)).is_ok());
    let rankings: serde_json::Map<String, Value> = rankings
        .map(|ranking| (ranking.to_string(), topics_json(&model.topics(WORDS, *ranking), &evaluation.verdicts)))
        .collect();
    let tree = match model.n_levels() {
        1 => json!([]),
        _ => tree_json(model, &model.topics_by_level(|model| Ok::<_, Error>(model.topics(MEASURED_WORDS, ranking)))?),
    };
    let similarity = Similarity::new(model);
    let merges: Vec<Value> = similarity.merges.iter().map(|merge| json!([merge.nodes, merge.distance])).collect();
    let over_time = match dates {
        Some(dates) => {
            let grouping = Grouping::by_dates(dates, None, DEFAULT_QUANTILES)?;
            Some(groups_json(model, &GroupShares::new(model, grouping)))
        }
        None => None,
    };
    let groups: Vec<Value> = groupings(model, dates)
        .into_iter()
        .map(|grouping| groups_json(model, &GroupShares::new(model, grouping)))
        .collect();
    let selection = options.selection.as_ref().or(model.selection.as_ref());
    let fit = model.manifest.fit.as_ref();
    let tf = serde_json::to_value(model.manifest.weighting.tf).unwrap_or_default();
    let sharpening = fit.and_then(|fit| fit.sharpening.as_ref());
    let terms: Vec<[&str; 2]> = model.terms.iter().map(|term| [term.term.as_str(), term.form.as_str()]).collect();
    Ok(json!({
        "colours": {
            "light": topic_colours(&similarity.order, Background::Light),
            "dark": topic_colours(&similarity.order, Background::Dark)
        },
        "program": model.manifest.program,
        "ranking": ranking,
        "rankings": rankings,
        "terms": terms,
        "evaluation": evaluation_json(&shown_topics, &evaluation),
        "tree": tree,
        "curve": curve(model),
        "values": values_json(model, VALUES),
        "value_terms": (0..model.terms.len()).filter(|&term| !model.is_word(term)).collect::<Vec<_>>(),
        "clusters": clusters_json(model, &model.clusters(TYPICAL), &evaluation),
        "similarity": {
            "distances": similarity.distances, "positions": similarity.positions, "shown": similarity.shown,
            "merges": merges, "order": similarity.order
        },
        "salient": salient_terms(model, SALIENT),
        "dates": dates.map(|dates| json!({
            "column": dates.column, "resolution": dates.resolution, "notes": dates.notes
        })),
        "dates_problem": dates_problem,
        "over_time": over_time,
        "groups": groups,
        "selection": selection.map(selection_json),
        "trace": model.trace.iter().map(|iteration| json!([iteration.number, iteration.objective])).collect::<Vec<_>>(),
        "n_documents": model.documents.len(),
        "n_shown": shown.len(),
        "is_text": model.manifest.analyzer.is_some(),
        "tf": if sharpening.is_some() { json!("counts") } else { tf },
        "smoothing": sharpening.map(|record| &record.smoothing),
        "made": made(model)?,
    }))
}

/// What each number of topics explains, if the model was built one topic after another.
fn curve(model: &TopicModel) -> Option<&[f64]> {
    match &model.structure {
        Some(Structure::Sequential { explained }) => Some(explained),
        _ => None,
    }
}

/// How the model was made, without lists of words and documents.
fn made(model: &TopicModel) -> Result<Value, Error> {
    let mut made = serde_json::to_value(&model.manifest).map_err(|error| Error::Internal(error.to_string()))?;
    for (section, key) in [("analyzer", "stopwords"), ("analyzer", "phrases"), ("corpus", "skipped_documents")] {
        if let Some(section) = made.get_mut(section).and_then(Value::as_object_mut) {
            let n = section.remove(key).and_then(|list| list.as_array().map(Vec::len)).unwrap_or(0);
            section.insert(format!("n_{key}"), n.into());
        }
    }
    Ok(made)
}

/// Groups of documents by label and by those columns whose values are groups.
fn groupings(model: &TopicModel, dates: Option<&Dates>) -> Vec<Grouping> {
    let n = model.documents.len();
    let labels = model.documents.has_labels().then_some("label");
    let columns = labels.into_iter().chain(model.documents.columns.iter().map(String::as_str));
    let is_date = |column: &&str| dates.is_some_and(|dates| dates.column == **column);
    let grouping = |column: &str| {
        let by_value = Grouping::by_column(model, column, None).ok()?;
        let is_many = by_value.groups.len() > MOST_GROUPS || by_value.groups.len() * FEWEST_PER_GROUP > n;
        match (is_many, by_value.positions.is_some()) {
            (false, _) => Some(by_value),
            (true, true) => Grouping::by_column(model, column, Some(DEFAULT_QUANTILES)).ok(),
            (true, false) => None,
        }
    };
    let groupings = columns.filter(|column| !is_date(column)).filter_map(grouping);
    groupings.filter(|grouping| grouping.groups.len() > 1).take(MOST_COLUMNS).collect()
}

/// The documents on the page: a list for each column.
fn documents(model: &TopicModel, shown: &[usize]) -> Value {
    let rows = || shown.iter().map(|&document| model.documents.row(document));
    let columns: Vec<Value> = model
        .documents
        .columns
        .iter()
        .enumerate()
        .take(MOST_SHOWN_COLUMNS)
        .map(|(i, name)| json!([name, rows().map(|row| shortened(row.value(i))).collect::<Vec<_>>()]))
        .collect();
    json!({
        "ids": rows().map(|row| row.id).collect::<Vec<_>>(),
        "titles": rows().map(|row| row.title).collect::<Vec<_>>(),
        "labels": model.documents.has_labels().then(|| rows().map(|row| row.label).collect::<Vec<_>>()),
        "columns": columns,
    })
}

/// A cell of a document's record, cut if it is as long as a text.
fn shortened(cell: &str) -> Cow<'_, str> {
    match cell.char_indices().nth(LONGEST_CELL) {
        Some((end, _)) => format!("{}…", &cell[..end]).into(),
        None => cell.into(),
    }
}

/// What the texts of the documents on the page say.
#[derive(Default)]
struct Read {
    /// The texts, with the terms in them; `None` if there are none.
    texts: Option<TextPacker>,
    /// The documents that the topics explain worst.
    unexplained: Vec<Value>,
    skipped: SkippedDocuments,
}

fn read(
    model: &TopicModel,
    inputs: Inputs<'_>,
    params: &IngestParams,
    shown: &[usize],
    options: &ExplorerOptions,
) -> Result<Read, Error> {
    let mut skipped = SkippedDocuments::default();
    let Some(source) = &Source::new(model, inputs, params).filter(|_| options.texts) else {
        return Ok(Read::default());
    };
    let params = &source.params;
    if model.manifest.analyzer.is_none() || source.is_matrix()? {
        let problem =
            "texts of documents are shown with their words, and the model or the input is a matrix without them";
        return Err(ModelError::Transform(problem.into()).into());
    }
    let transformer = Transformer::new(model)?;
    let places: HashMap<&str, usize> =
        shown.iter().enumerate().map(|(place, &document)| (model.documents.row(document).id, place)).collect();
    let mut documents = source.documents()?;
    let known: HashSet<&str> = model.documents.rows().map(|row| row.id).collect();
    let (mut ids, mut packer, mut order) = (UniqueIds::default(), TextPacker::default(), Vec::new());
    let mut counts = SparseRows { n_columns: model.terms.len(), ..SparseRows::default() };
    let (mut first, mut is_known) = (None, false);
    loop {
        let batch = next_batch(&mut documents, BATCH_DOCUMENTS);
        if batch.is_empty() {
            break;
        }
        let decoded: Vec<Result<_, IngestError>> =
            batch.into_par_iter().map(|pending| pending.decode(params)).collect();
        let mut found = Vec::new();
        for document in decoded {
            match document {
                Ok(document) => {
                    let id = ids.unique(document.id.clone());
                    is_known |= known.contains(id.as_str());
                    if let Some(&place) = places.get(id.as_str()) {
                        found.push((place, document));
                    }
                    first.get_or_insert(id);
                }
                Err(error) => skipped.push(skip(error, params)?),
            }
        }
        let packed: Vec<(TextPacker, Vec<_>)> = found
            .par_chunks(TASK_DOCUMENTS)
            .map(|task| {
                let (mut packer, mut rows) = (TextPacker::default(), Vec::new());
                for (_, document) in task {
                    let occurrences = transformer.occurrences(&document.text)?;
                    packer.push(&document.text, &occurrences);
                    let values = source.values_of(model, &transformer, document);
                    rows.push(transformer.counts_of(&occurrences, &values));
                }
                Ok((packer, rows))
            })
            .collect::<Result<_, ModelError>>()?;
        for (part, rows) in packed {
            packer.append(part);
            counts.rows.extend(rows);
        }
        order.extend(found.into_iter().map(|(place, ..)| place));
    }
    if !is_known {
        let example = model.documents.rows().next().map_or("", |row| row.id);
        let problem = match first {
            Some(first) => format!(
                "no document of the input is one of the model's: its first id is {first:?}, the model's is {example:?}"
            ),
            None => "the input has no document".to_string(),
        };
        return Err(ModelError::Transform(problem).into());
    }
    let unexplained = unexplained(model, counts, &order)?;
    let texts = (!order.is_empty()).then(|| packer.arranged(&order, shown.len()));
    Ok(Read { texts, unexplained, skipped })
}

/// Of the documents that are no shorter than most, those of which topics explain least, with the words of which most is
/// left over: `{"document": place on the page, "explained", "words"}`. `places` has the place of each that is counted.
fn unexplained(model: &TopicModel, mut counts: SparseRows, places: &[usize]) -> Result<Vec<Value>, Error> {
    let n = counts.rows.len();
    (counts.ids, counts.titles, counts.labels) =
        (vec![String::new(); n], vec![String::new(); n], vec![String::new(); n]);
    let documents = of_counts(model, counts)?.documents;
    let mut sizes: Vec<f64> = documents.iter().map(|document| document.part.observed).collect();
    sizes.sort_by(f64::total_cmp);
    let median = sizes.get(n / 2).copied().unwrap_or(0.0);
    let known = documents.iter().zip(places).filter(|(document, _)| document.part.observed >= median);
    let mut known: Vec<_> =
        known.filter_map(|(document, &place)| Some((document.part.explained()?, place, &document.words))).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let form = |term: &u32| model.terms[*term as usize].form.as_str();
    let told = |(explained, place, words): &(f64, usize, &Vec<u32>)| {
        let words: Vec<&str> = words.iter().map(form).collect();
        json!({ "document": place, "explained": explained, "words": words })
    };
    Ok(known.iter().take(TYPICAL).map(told).collect())
}
