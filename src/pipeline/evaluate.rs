//! The words that topics show, counted in a reference corpus: the training documents, or others.

use std::path::PathBuf;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::batches::{Pending, next_batch, skip};
use super::matrix_input::is_matrix_input;
use crate::Error;
use crate::evaluate::{CoOccurrences, CoherenceMeasure, Evaluation};
use crate::ingest::{IngestError, IngestParams, SkippedDocuments, records};
use crate::model::{ModelError, Topic, TopicModel};
use crate::text::Analyzer;

/// Documents per batch.
const BATCH_DOCUMENTS: usize = 4096;

/// Documents that one task counts.
const TASK_DOCUMENTS: usize = 64;

/// Measures a model by the words of `topics`, which are its own, with their coherence in the documents of `inputs`. The
/// documents are read once, with the model's analyser; only the words of the topics are counted.
///
/// ```
/// use topicmill::model::{Ranking, TopicModel};
/// use topicmill::pipeline::{evaluate, ingest_params};
/// let model = TopicModel::load("tests/golden/model-v1")?;
/// let topics = model.topics(10, Ranking::Probability);
/// let (evaluation, _) = evaluate(&model, &topics, &["corpora/newsroom".into()], &ingest_params(&model)?)?;
/// assert_eq!(evaluation.reference.unwrap().n_documents, 138);
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn evaluate(
    model: &TopicModel,
    topics: &[Topic],
    inputs: &[PathBuf],
    params: &IngestParams,
) -> Result<(Evaluation, SkippedDocuments), Error> {
    params.check()?;
    let spec = model.manifest.analyzer.clone().filter(|_| !inputs.is_empty());
    let (Some(spec), false) = (spec, is_matrix_input(inputs, params)?) else {
        let problem = "coherence is measured in texts: the model or the reference is a matrix without them";
        return Err(ModelError::Transform(problem.into()).into());
    };
    let words = Words::new(topics, Analyzer::new(spec)?);
    let mut source = records(inputs, params)?.map(Pending::from);
    let (mut total, mut skipped) = (words.counter(), SkippedDocuments::default());
    loop {
        let batch = next_batch(&mut source, BATCH_DOCUMENTS);
        if batch.is_empty() {
            break;
        }
        let mut tasks: Vec<Vec<Pending>> = Vec::new();
        for pending in batch {
            match tasks.last_mut() {
                Some(task) if task.len() < TASK_DOCUMENTS => task.push(pending),
                _ => tasks.push(vec![pending]),
            }
        }
        let counted: Vec<_> = tasks.into_par_iter().map(|task| words.count(task, params)).collect();
        for (counter, errors) in counted {
            total.merge(&counter);
            for error in errors {
                skipped.push(skip(error, params)?);
            }
        }
    }
    let evaluation = Evaluation::of_topics(model, topics).with_reference(&total);
    match evaluation.reference.as_ref().is_some_and(|reference| reference.n_documents > 0) {
        true => Ok((evaluation, skipped)),
        false => {
            Err(Error::NoDocuments { skipped: skipped.len(), first: skipped.listed().first().map(ToString::to_string) })
        }
    }
}

/// The words of topics, by number, and what finds them in texts.
struct Words {
    analyzer: Analyzer,
    numbers: HashMap<String, u32>,
    topics: Vec<Vec<u32>>,
}

impl Words {
    fn new(topics: &[Topic], analyzer: Analyzer) -> Self {
        let mut numbers = HashMap::new();
        let mut number = |term: &String| {
            let next = numbers.len() as u32;
            *numbers.entry(term.clone()).or_insert(next)
        };
        let topics = topics.iter().map(|topic| topic.words.iter().map(|word| number(&word.term)).collect()).collect();
        Self { analyzer, numbers, topics }
    }

    fn counter(&self) -> CoOccurrences {
        CoOccurrences::new(&self.topics, &CoherenceMeasure::windows())
    }

    /// Counts some documents; gives the errors of those that cannot be read.
    fn count(&self, documents: Vec<Pending>, params: &IngestParams) -> (CoOccurrences, Vec<IngestError>) {
        let (mut counter, mut errors) = (self.counter(), Vec::new());
        for document in documents {
            match document.decode(params) {
                Ok(document) => self.add(&document.text, &mut counter),
                Err(error) => errors.push(error),
            }
        }
        (counter, errors)
    }

    /// Adds a text. An n-gram is the terms of its tokens, joined by spaces.
    fn add(&self, text: &str, counter: &mut CoOccurrences) {
        let tokens = self.analyzer.tokens(text);
        let [shortest, longest] = self.analyzer.spec().ngrams;
        let mut found: Vec<(usize, u32)> = Vec::new();
        for place in 0..tokens.len() {
            let mut term = String::new();
            for (i, token) in tokens[place..].iter().take(longest).enumerate() {
                if i > 0 {
                    term.push(' ');
                }
                term.push_str(&token.term);
                if let Some(&word) = self.numbers.get(&term).filter(|_| i + 1 >= shortest) {
                    found.push((place, word));
                }
            }
        }
        counter.add_at(tokens.len(), found);
    }
}
