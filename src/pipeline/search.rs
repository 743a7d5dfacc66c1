//! Finds the documents that have given words, in the texts that a model keeps or in inputs.

use std::ops::Range;

use rayon::prelude::*;
use serde_json::{Value, json};

use super::batches::{next_batch, skip};
use super::inputs::{Inputs, Source};
use crate::Error;
use crate::export::{VERSION, word_json};
use crate::ingest::{Document, IngestError, IngestParams, SkippedDocuments};
use crate::model::{FoundWord, ModelError, TopicModel, UniqueIds};
use crate::text::Analyzer;

/// Documents that are decoded and searched at a time.
const BATCH_DOCUMENTS: usize = 512;

/// Saturation of counts and normalisation of lengths, with their usual values.
const K1: f64 = 1.2;
const B: f64 = 0.75;

/// Bytes of text on either side of the first word found.
const CONTEXT: usize = 60;

/// A document that has words that were looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundDocument {
    /// Id of the document.
    pub id: String,
    /// First line of the text.
    pub title: String,
    /// Relevance by BM25 (S. Robertson, H. Zaragoza, *The Probabilistic Relevance Framework: BM25 and Beyond*, 2009,
    /// [doi:10.1561/1500000019](https://doi.org/10.1561/1500000019)), k₁ = 1.2, b = 0.75.
    pub score: f64,
    /// Byte ranges of the words in the text.
    pub places: Vec<Range<usize>>,
    /// The text around the first of them.
    pub passage: String,
}

/// The `n` documents that are most about these terms, the best first; of the texts that the model keeps where no
/// input is named. `None` if there are no texts to search.
pub fn search_documents<'i>(
    model: &TopicModel,
    terms: &[usize],
    inputs: impl Into<Inputs<'i>>,
    params: &IngestParams,
    n: usize,
) -> Result<Option<(Vec<FoundDocument>, SkippedDocuments)>, Error> {
    let Some(source) = &Source::new(model, inputs.into(), params) else { return Ok(None) };
    let params = &source.params;
    let search = Search::new(model, terms)?;
    let (mut found, mut skipped, mut ids) = (Vec::new(), SkippedDocuments::default(), UniqueIds::default());
    let mut source = source.documents()?;
    loop {
        let batch = next_batch(&mut source, BATCH_DOCUMENTS);
        if batch.is_empty() {
            break;
        }
        let searched: Vec<Result<(String, Option<FoundDocument>), IngestError>> = batch
            .into_par_iter()
            .map(|pending| pending.decode(params).map(|document| (document.id.clone(), search.document(document))))
            .collect();
        for result in searched {
            match result {
                Ok((id, hit)) => {
                    let id = ids.unique(id);
                    found.extend(hit.map(|hit| FoundDocument { id, ..hit }));
                }
                Err(error) => skipped.push(skip(error, params)?),
            }
        }
        found.sort_by(|a: &FoundDocument, b: &FoundDocument| b.score.total_cmp(&a.score));
        found.truncate(n);
    }
    Ok(Some((found, skipped)))
}

/// Words that may have been meant.
const MOST_MEANT: usize = 5;

/// The words that the model has, each with the `n_near` words nearest to it, and a sentence for each that it has not.
pub fn find_words(model: &TopicModel, words: &[String], n_near: usize) -> Result<(Vec<FoundWord>, Vec<String>), Error> {
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for word in words {
        if let Some(term) = model.find_term(word)? {
            found.push(model.word(term, n_near));
            continue;
        }
        let meant = model.spelled_like(word, MOST_MEANT);
        let meant = if meant.is_empty() { String::new() } else { format!("; it has {}", meant.join(", ")) };
        unknown.push(format!("the model has no word {word:?}{meant}"));
    }
    Ok((found, unknown))
}

/// What was found, as JSON.
pub fn search_json(model: &TopicModel, words: &[FoundWord], documents: &[FoundDocument]) -> Value {
    let words: Vec<Value> = words.iter().map(|found| word_json(model, found)).collect();
    let document = |found: &FoundDocument| {
        let places: Vec<[usize; 2]> = found.places.iter().map(|place| [place.start, place.end]).collect();
        json!({
            "id": found.id, "title": found.title, "score": found.score, "passage": found.passage, "places": places
        })
    };
    json!({ "version": VERSION, "words": words, "documents": documents.iter().map(document).collect::<Vec<Value>>() })
}

/// What documents are searched with.
struct Search {
    analyzer: Analyzer,
    /// The terms that are looked for, with their inverse document frequency.
    terms: Vec<(String, f64)>,
    mean_length: f64,
}

impl Search {
    fn new(model: &TopicModel, terms: &[usize]) -> Result<Self, Error> {
        let Some(spec) = model.manifest.analyzer.clone() else {
            let problem = "the model was fitted to a matrix and has no analyser, so that no text can be searched";
            return Err(ModelError::Transform(problem.into()).into());
        };
        let corpus = &model.manifest.corpus;
        let n = corpus.n_documents as f64;
        let idf = |df: f64| libm::log(1.0 + (n - df + 0.5).max(0.0) / (df + 0.5));
        let weighted = |&term: &usize| (model.terms[term].term.clone(), idf(f64::from(model.terms[term].df)));
        Ok(Self {
            analyzer: Analyzer::new(spec)?,
            terms: terms.iter().map(weighted).collect(),
            mean_length: (corpus.n_tokens as f64 / n.max(1.0)).max(1.0),
        })
    }

    fn document(&self, document: Document) -> Option<FoundDocument> {
        let tokens = self.analyzer.tokens(&document.text);
        let mut counts = vec![0.0; self.terms.len()];
        let mut places = Vec::new();
        for (of_tokens, found) in self.analyzer.ngrams(&tokens) {
            if let Some(place) = self.terms.iter().position(|(term, _)| *term == found) {
                counts[place] += 1.0;
                places.push(tokens[of_tokens.start].range.start..tokens[of_tokens.end - 1].range.end);
            }
        }
        let first = places.first()?.clone();
        let length = tokens.len() as f64 / self.mean_length;
        let gain = |count: f64| count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length));
        let score = self.terms.iter().zip(counts).map(|((_, idf), count)| idf * gain(count)).sum();
        let passage = passage(&document.text, &first);
        Some(FoundDocument { id: document.id, title: document.title, score, places, passage })
    }
}

/// The text around a word, from white space to white space, on one line.
fn passage(text: &str, word: &Range<usize>) -> String {
    let boundary = |at: usize| (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let start = boundary(word.start.saturating_sub(CONTEXT));
    let end = boundary((word.end + CONTEXT).min(text.len()));
    let start = text[start..word.start].find(char::is_whitespace).map_or(start, |at| start + at);
    let end = text[word.end..end].rfind(char::is_whitespace).map_or(end, |at| word.end + at);
    let cut = |is_cut: bool| if is_cut { "…" } else { "" };
    let words = text[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{}{words}{}", cut(start > 0), cut(end < text.len()))
}
