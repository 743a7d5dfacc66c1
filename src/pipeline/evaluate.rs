//! A model measured in documents: those of the fit, or others.

use rayon::prelude::*;

use super::batches::{Pending, blocks, next_batch, skip};
use super::inputs::{Inputs, Source};
use crate::Error;
use crate::evaluate::{
    Agreement, CoOccurrences, CoherenceMeasure, Completer, Completion, Evaluation, OTHER_WORD, Window,
};
use crate::ingest::{IngestError, IngestParams, SkippedDocuments};
use crate::model::{ModelError, Topic, TopicModel};
use crate::text::{Analyzer, Vocabulary, count_numbers};

/// Documents per batch.
const BATCH_DOCUMENTS: usize = 4096;

/// Documents that one task counts.
const TASK_DOCUMENTS: usize = 64;

/// Measures a model by the words of `topics`, which are its own, in the documents of `inputs`: the coherence of the
/// words, how well the model foresees halves of the documents, and, if these have labels, how well topics agree with
/// them. The documents are read once, with the model's analyser; only the words of the topics are counted in windows.
/// Without inputs the documents are those of the fit if their texts are kept; else there is what was measured at the
/// fit.
///
/// ```
/// use topicmill::model::TopicModel;
/// use topicmill::pipeline::{evaluate, ingest_params};
/// let model = TopicModel::load("tests/golden/model-v1")?;
/// let topics = model.topics(10, model.ranking(None)?);
/// let (evaluation, _) = evaluate(&model, &topics, &["corpora/newsroom".into()], &ingest_params(&model)?)?;
/// assert_eq!(evaluation.reference.unwrap().n_documents, 138);
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn evaluate<'i>(
    model: &TopicModel,
    topics: &[Topic],
    inputs: impl Into<Inputs<'i>>,
    params: &IngestParams,
) -> Result<(Evaluation, SkippedDocuments), Error> {
    let Some(source) = &Source::new(model, inputs.into(), params) else {
        return Ok((Evaluation::of_topics(model, topics), SkippedDocuments::default()));
    };
    let (params, is_own) = (&source.params, source.is_kept());
    params.check()?;
    let (Some(spec), false) = (model.manifest.analyzer.clone(), source.is_matrix()?) else {
        let problem = "a model is measured in texts, and the model or the input is a matrix without them";
        return Err(ModelError::Transform(problem.into()).into());
    };
    let measure = Measure::new(model, topics, Analyzer::new(spec)?)?;
    let mut source = source.documents()?;
    let (mut total, mut skipped) = (Measured::new(measure.counter.clone()), SkippedDocuments::default());
    loop {
        let batch = next_batch(&mut source, BATCH_DOCUMENTS);
        if batch.is_empty() {
            break;
        }
        let tasks = blocks(batch, TASK_DOCUMENTS);
        let measured: Vec<Measured> =
            tasks.into_par_iter().map(|task| measure.documents(task, params)).collect::<Result<_, _>>()?;
        for part in measured {
            for error in total.merge(part) {
                skipped.push(skip(error, params)?);
            }
        }
    }
    let n_documents = total.words.of_window(Window::Document).map_or(0, |counts| counts.n_windows);
    if n_documents == 0 {
        let first = skipped.listed().first().map(ToString::to_string);
        return Err(Error::NoDocuments { skipped: skipped.len(), first });
    }
    let evaluation = Evaluation::of_topics(model, topics).with_reference(&total.words);
    let of_labels = Agreement::of_documents(total.topics.into_iter());
    // Kept texts have no labels, but the model knows those of its documents; other documents may have none.
    let agreement = of_labels.or(evaluation.agreement.filter(|_| is_own));
    Ok((Evaluation { completion: Some(total.completion), agreement, ..evaluation }, skipped))
}

/// What documents are measured with.
struct Measure {
    analyzer: Analyzer,
    vocabulary: Vocabulary,
    /// The number of each term among the words of topics, or [`OTHER_WORD`].
    numbers: Vec<u32>,
    counter: CoOccurrences,
    completer: Completer,
}

/// What was measured of some documents.
struct Measured {
    words: CoOccurrences,
    completion: Completion,
    /// The label of each document, which can be empty, and its topic.
    topics: Vec<(String, Option<usize>)>,
    errors: Vec<IngestError>,
}

impl Measured {
    fn new(words: CoOccurrences) -> Self {
        Self { words, completion: Completion::default(), topics: Vec::new(), errors: Vec::new() }
    }

    /// Adds what was measured of the next documents, and returns their errors.
    fn merge(&mut self, part: Self) -> Vec<IngestError> {
        self.words.merge(&part.words);
        self.completion += part.completion;
        self.topics.extend(part.topics);
        part.errors
    }
}

impl Measure {
    fn new(model: &TopicModel, topics: &[Topic], analyzer: Analyzer) -> Result<Self, ModelError> {
        let mut numbers = vec![OTHER_WORD; model.terms.len()];
        let mut next = 0;
        for word in topics.iter().flat_map(|topic| &topic.words) {
            if numbers[word.index] == OTHER_WORD {
                numbers[word.index] = next;
                next += 1;
            }
        }
        let words: Vec<Vec<u32>> =
            topics.iter().map(|topic| topic.words.iter().map(|word| numbers[word.index]).collect()).collect();
        let counter = CoOccurrences::new(&words, &CoherenceMeasure::windows());
        let vocabulary = model.terms.iter().map(|term| &term.term).collect();
        Ok(Self { analyzer, vocabulary, numbers, counter, completer: Completer::new(model)? })
    }

    fn documents(&self, documents: Vec<Pending>, params: &IngestParams) -> Result<Measured, ModelError> {
        let mut measured = Measured::new(self.counter.clone());
        for document in documents {
            match document.decode(params) {
                Ok(document) => {
                    let counts = self.count(&document.text, &mut measured.words);
                    measured.completion += self.completer.complete(&counts)?;
                    let label = document.label.unwrap_or_default();
                    let topic = match label.is_empty() {
                        true => None,
                        false => self.completer.transformer().document(&counts)?.topic,
                    };
                    measured.topics.push((label, topic));
                }
                Err(error) => measured.errors.push(error),
            }
        }
        Ok(measured)
    }

    /// Adds the words of a text to the counter, and returns the counts of its terms.
    fn count(&self, text: &str, counter: &mut CoOccurrences) -> Vec<(u32, f32)> {
        let tokens = self.analyzer.tokens(text);
        let (mut words, mut terms): (Vec<(usize, u32)>, Vec<u32>) = (Vec::new(), Vec::new());
        for (of_tokens, term) in self.analyzer.ngrams(&tokens) {
            let Some(term) = self.vocabulary.get(&term) else { continue };
            terms.push(term);
            if self.numbers[term as usize] != OTHER_WORD {
                words.push((of_tokens.start, self.numbers[term as usize]));
            }
        }
        counter.add_at(tokens.len(), words);
        count_numbers(terms)
    }
}
