//! Updates a model with new documents: its topics keep their numbers and names, and say how far they have drifted.
//!
//! The new documents are read together with those of the model, from the texts that it keeps or from the inputs of
//! then, so that words, weights, rankings and clusters are those of all documents. Topics start where they were and are
//! refined; further ones, if asked for, start from what is left over.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use hashbrown::{HashMap, HashSet};

use super::batches::{Pending, skip};
use super::dataset::Dataset;
use super::estimate::MemoryEstimate;
use super::fitted::Fitted;
use super::inputs::{Inputs, Source};
use super::matrix_input::is_matrix_input;
use super::residual::residual;
use super::sharpening::sharpens;
use super::transform::{ingest_params, transform};
use super::warm_start::solved_start;
use crate::Error;
use crate::config::Config;
use crate::evaluate::{News, TopicUpdate};
use crate::factorize::sharpen::GivenTopics;
use crate::factorize::{FactorMatrix, FactorizeError, FactorizeParams, Observer, Start, Structured, Variant, extend};
use crate::ingest::{Document, IngestError, IngestParams, OnDuplicate, SkippedDocuments};
use crate::model::{CorrelatedWord, DocumentRow, ModelError, TopicModel, UniqueIds, store};
use crate::text::LanguageChoice;

/// Documents with this share of unknown words are strange to a model.
const STRANGE_SHARE: f64 = 0.5;

/// First words of a topic that stay as long as they are among twice as many.
const KEPT_WORDS: usize = 10;

/// The share of the earlier documents that are explained worst, beside which new ones are read.
const WORST_SHARE: f64 = 0.05;

/// A model after an update, and what the update has changed.
#[derive(Clone, Debug)]
pub struct Update {
    /// The model of all documents.
    pub model: TopicModel,
    /// What became of each topic, the new ones last.
    pub topics: Vec<TopicUpdate>,
    /// What the model said of the new documents before.
    pub news: News,
    /// New documents that were left out.
    pub skipped: SkippedDocuments,
}

/// Updates a model with the documents of `inputs`. `earlier` has the documents of the model, if it does not keep their
/// texts; with no paths it does. `n_new` topics are added. Fails if there is no new document, if the model's documents
/// are not to be had, or if it was fitted in a way that a descent from given topics has no place for.
///
/// ```
/// use topicmill::{config::Config, factorize::Silent, ingest::{Document, IngestParams}};
/// use topicmill::pipeline::{Dataset, Inputs, fit, ingest_params, update};
/// let mut config = Config::default();
/// (config.factorize.n_topics, config.ingest.keep_texts) = (2, true);
/// let texts = ["ships at sea", "the sea and ships", "bread and butter", "butter on bread"];
/// let model = fit(&Dataset::from_texts(texts, &config)?, &config.factorize, &mut Silent)?;
/// let news = [Document::new("5", "old ships on the open sea"), Document::new("6", "bread, butter and jam")];
/// let params = ingest_params(&model)?;
/// let updated = update(&model, Inputs::Documents(&news), &params, Inputs::Paths(&[]), 0, &mut Silent)?;
/// assert_eq!(updated.model.documents.len(), 6);
/// assert!(updated.topics.iter().all(|topic| topic.drift.unwrap() < 0.6));
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn update<'i>(
    model: &TopicModel,
    inputs: impl Into<Inputs<'i>>,
    params: &IngestParams,
    earlier: impl Into<Inputs<'i>>,
    n_new: usize,
    observer: &mut dyn Observer,
) -> Result<Update, Error> {
    let config = config_of(model)?;
    check(model, &config)?;
    let inputs = inputs.into();
    if let Inputs::Paths(paths) = inputs
        && is_matrix_input(paths, params)?
    {
        return Err(ModelError::Transform("the input is a matrix, and a model is updated with documents".into()).into());
    }
    let (found, skipped) = read(inputs, params)?;
    let n_found = found.len();
    let old = earlier_documents(model, earlier.into())?;
    let news = unknown(found, &old);
    if news.is_empty() {
        let problem = match n_found {
            0 => "the inputs have no document",
            _ => "the model has every document of the inputs already, with the same ids and texts",
        };
        return Err(ModelError::Transform(problem.into()).into());
    }
    let mut told = tell(model, &news, n_found - news.len())?;
    let n_old = old.len();
    let all = old.into_iter().chain(news).map(Pending::Decoded);
    let spec = model.manifest.analyzer.clone();
    let dataset = Dataset::of_documents(all, &config, spec, &mut |_| ControlFlow::Continue(()))?;
    let params = FactorizeParams {
        n_topics: model.n_topics() + n_new,
        runs: 0,
        consensus: false,
        restarts: 1,
        ..config.factorize
    };
    let estimate = MemoryEstimate::new(&dataset, &params).total();
    Error::check_memory(format!("updating a model to {} topics", params.n_topics), estimate)?;
    let start = start(model, &dataset, &params);
    if start.w.n_topics() > dataset.documents.len().min(dataset.terms.len()) {
        return Err(ModelError::Transform("there are more topics than documents or terms".into()).into());
    }
    let sharpening = match sharpens(&dataset, &params)? {
        // Models whose documents have weights are refused.
        Ok(()) => Some(Vec::new()),
        Err(_) => None,
    };
    let fitted = extend(&dataset.matrix, &params, start, observer)?;
    let params = FactorizeParams { n_topics: fitted.w.n_topics(), ..params };
    let fitted = Fitted::new(&dataset, &params, Structured::plain(fitted), &GivenTopics::default(), sharpening);
    let start_digest = Some(model.manifest.digest.clone()).filter(|digest| !digest.is_empty());
    let mut updated = fitted.model(&dataset.description(), params, start_digest, Vec::new())?;
    keep_words(model, &mut updated);
    if let Some(names) = &model.names {
        updated = updated.rename(names.iter().cloned().enumerate())?;
    }
    told.uncovered = uncovered(&updated, n_old)?;
    let topics = TopicUpdate::of_models(model, &updated, n_old)?;
    if model.texts.is_none() {
        // Nobody has asked for the texts to be kept.
        updated.texts = None;
        updated.manifest.config["ingest"]["keep_texts"] = false.into();
    }
    Ok(Update { model: updated, topics, news: told, skipped })
}

/// Stores a copy of a model as `DIRECTORY.1`, or under the first free number, and returns its path.
pub fn keep_version(model: &TopicModel, directory: &Path) -> Result<PathBuf, ModelError> {
    let name = |number: u32| {
        let mut name = directory.as_os_str().to_os_string();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    };
    let free = (1..).map(name).find(|path| !path.exists());
    store::save(model, &free.unwrap_or_else(|| name(u32::MAX)), false)
}

/// The configuration of the fit, for documents that are decoded and whose language is known.
fn config_of(model: &TopicModel) -> Result<Config, Error> {
    let manifest = &model.manifest;
    let mut config = Config {
        ingest: IngestParams { keep_texts: true, ..manifest.params("ingest")? },
        text: manifest.params("text")?,
        matrix: manifest.params("matrix")?,
        factorize: manifest.params("factorize")?,
    };
    // One pass asks nothing of the factors, which are refined like others.
    if config.factorize.variant == Variant::Online {
        config.factorize = config.factorize.plain();
    }
    // More documents are not to change the stop words.
    let language = manifest.analyzer.as_ref().and_then(|analyzer| analyzer.language);
    config.text.language = language.map_or(LanguageChoice::None, LanguageChoice::Language);
    Ok(config)
}

/// Refuses what a descent from given topics has no place for.
fn check(model: &TopicModel, config: &Config) -> Result<(), Error> {
    let params = &config.factorize;
    if model.manifest.analyzer.is_none() {
        let problem = "the model was fitted to a matrix, which new documents cannot join";
        return Err(ModelError::Transform(problem.into()).into());
    }
    params.check_plain("where a model is updated")?;
    if config.ingest.duplicates != OnDuplicate::Keep {
        let (found, expected) = (config.ingest.duplicates.to_string(), "keep in the fit of a model that is updated");
        return Err(IngestError::Parameter { key: "duplicates", found, expected }.into());
    }
    let given = [
        ("background", params.background),
        ("seeds", !params.seeds.is_empty()),
        ("excluded", !params.excluded.is_empty()),
        ("document_weights", params.document_weights.is_some()),
        ("shard_documents", params.shard_documents > 0),
    ];
    match given.into_iter().find(|(_, is_given)| *is_given) {
        Some((key, _)) => {
            let expected = "left alone in the fit of a model that is updated; fit all documents again".into();
            Err(FactorizeError::Parameter { key, found: "given".into(), expected }.into())
        }
        None => Ok(()),
    }
}

/// Decodes the documents of inputs, each with an id of its own.
fn read(inputs: Inputs<'_>, params: &IngestParams) -> Result<(Vec<Document>, SkippedDocuments), Error> {
    let (mut documents, mut skipped, mut ids) = (Vec::new(), SkippedDocuments::default(), UniqueIds::default());
    for pending in inputs.pending(params)? {
        match pending.decode(params) {
            Ok(document) => documents.push(Document { id: ids.unique(document.id), ..document }),
            Err(error) => skipped.push(skip(error, params)?),
        }
    }
    Ok((documents, skipped))
}

/// The documents that are not among the earlier ones, with the same id and text. One that shares only its id with
/// another gets an id of its own.
fn unknown(found: Vec<Document>, old: &[Document]) -> Vec<Document> {
    let mut ids = UniqueIds::default();
    let mut known: HashMap<&str, &str> = HashMap::new();
    for document in old {
        ids.unique(document.id.clone());
        known.insert(&document.id, &document.text);
    }
    let news = found.into_iter().filter(|document| known.get(document.id.as_str()) != Some(&document.text.as_str()));
    news.map(|document| Document { id: ids.unique(document.id), ..document }).collect()
}

/// The documents of a model with all that it knows of them, and their texts. Fails if a text is missing.
fn earlier_documents(model: &TopicModel, earlier: Inputs<'_>) -> Result<Vec<Document>, Error> {
    let params = ingest_params(model)?;
    let missing = || {
        let problem = "the model keeps no texts (fit --keep-texts does): --earlier names the input of its documents";
        Error::from(ModelError::Transform(problem.into()))
    };
    let source = Source::new(model, earlier, &params).ok_or_else(missing)?;
    let (mut texts, mut ids): (HashMap<String, String>, _) = (HashMap::new(), UniqueIds::default());
    for pending in source.documents()? {
        match pending.decode(&source.params) {
            Ok(document) => drop(texts.insert(ids.unique(document.id), document.text)),
            Err(IngestError::Skipped(_)) => {}
            Err(error) => drop(skip(error, &source.params)?),
        }
    }
    let columns = &model.documents.columns;
    let document = |row: DocumentRow<'_>| {
        let text = texts.remove(row.id).ok_or_else(|| {
            let problem = format!("the text of the model's document {} is not in the inputs of --earlier", row.id);
            Error::from(ModelError::Transform(problem))
        })?;
        let values = columns.iter().cloned().zip(row.metadata().map(str::to_string));
        Ok(Document {
            id: row.id.to_string(),
            text,
            label: Some(row.label.to_string()).filter(|label| !label.is_empty()),
            title: row.title.to_string(),
            source: row.source.to_string(),
            metadata: values.filter(|(_, value)| !value.is_empty()).collect(),
        })
    };
    model.documents.rows().map(document).collect()
}

/// What the model says of the new documents.
fn tell(model: &TopicModel, news: &[Document], n_known: usize) -> Result<News, Error> {
    // The texts are decoded, and nothing more is to be taken off them.
    let params = IngestParams { strip: Vec::new(), ..ingest_params(model)? };
    let (mut unknown, mut strange) = (0.0, Vec::new());
    for batch in transform(model, Inputs::Documents(news), &params)? {
        for document in batch? {
            unknown += document.topics.unknown_share;
            if document.topics.unknown_share >= STRANGE_SHARE {
                strange.push(document.id);
            }
        }
    }
    Ok(News {
        n_documents: news.len(),
        n_known,
        unknown_share: unknown / news.len() as f64,
        strange,
        uncovered: Vec::new(),
    })
}

/// The new documents that the topics of the updated model explain as badly as the worst of its first `n_old` ones.
fn uncovered(model: &TopicModel, n_old: usize) -> Result<Vec<String>, Error> {
    let (residual, _) = residual(model, Inputs::Paths(&[]), &ingest_params(model)?)?;
    let (earlier, news) = residual.documents.split_at(n_old);
    let mut explained: Vec<f64> = earlier.iter().filter_map(|document| document.part.explained()).collect();
    explained.sort_by(f64::total_cmp);
    let worst = explained.get((WORST_SHARE * explained.len() as f64) as usize).copied();
    let is_worse = |share: f64| worst.is_some_and(|worst| share < worst);
    let mut found: Vec<(f64, &String)> = news
        .iter()
        .map(|document| (document.part.explained().unwrap_or(f64::NEG_INFINITY), &document.id))
        .filter(|(share, _)| is_worse(*share))
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(found.into_iter().map(|(_, id)| id.clone()).collect())
}

/// Lets the first ten words of the model's topics stay among the first ten, as long as they are among the first twenty:
/// which of two words that say the same comes first is nearly chance, and people know topics by their words.
fn keep_words(model: &TopicModel, updated: &mut TopicModel) {
    let (Some(before), Some(ranked)) = (&model.correlated, &mut updated.correlated) else { return };
    for (words, before) in ranked.iter_mut().zip(before) {
        let known: HashSet<&str> = before.iter().take(KEPT_WORDS).map(|w| model.terms[w.term].term.as_str()).collect();
        let is_kept = |word: &CorrelatedWord| known.contains(updated.terms[word.term].term.as_str());
        let n_kept = words.iter().take(2 * KEPT_WORDS).filter(|word| is_kept(word)).count();
        // The kept ones, and as many others as there is room for, in the order of the ranking.
        let (mut room, mut place) = (KEPT_WORDS.saturating_sub(n_kept), 0);
        let mut is_first = |word: &CorrelatedWord| {
            place += 1;
            let stays = place <= 2 * KEPT_WORDS && is_kept(word);
            let enters = !stays && room > 0;
            room -= usize::from(enters);
            stays || enters
        };
        let (first, rest): (Vec<CorrelatedWord>, Vec<CorrelatedWord>) = words.drain(..).partition(&mut is_first);
        words.extend(first.into_iter().chain(rest));
    }
}

/// The model's topics among the terms of the dataset. A term that is new to the model starts with its share of the
/// corpus in every topic.
fn start(model: &TopicModel, dataset: &Dataset, params: &FactorizeParams) -> Start {
    let w = model.factors.as_ref().map_or(&*model.w, |factors| &factors.w);
    let places = model.terms.iter().enumerate().map(|(place, term)| (term.term.as_str(), place));
    let places: HashMap<&str, usize> = places.collect();
    let rows: Vec<Option<usize>> = dataset.terms.iter().map(|term| places.get(term.term.as_str()).copied()).collect();
    let (sums, total) = (dataset.matrix.term_sums(), dataset.matrix.total());
    let entry = |term: usize, topic: usize| match rows[term] {
        Some(row) => w.get(row, topic),
        None => (sums[term] / total) as f32,
    };
    solved_start(&dataset.matrix, FactorMatrix::from_fn(rows.len(), w.n_topics(), entry), params.loss)
}
