//! Notices that new documents are strangers to a model: in another language, or about something else.

use crate::model::DocumentTopics;
use crate::report::percent;
use crate::text::{Language, LanguageDetector};
use crate::wording::counted;

/// Mean share of unknown words from which on documents are strangers; where they are in another language than those of
/// the model, and where they are not. (Words that were too rare or too frequent in the model's documents are unknown
/// too.)
const UNKNOWN_IN_ANOTHER: f64 = 0.3;
const UNKNOWN: f64 = 0.6;

/// Documents whose language is looked at.
const SAMPLE_DOCUMENTS: usize = 200;

/// What was seen of new documents.
#[derive(Default)]
pub(super) struct Stranger {
    /// The language of the model's documents.
    language: Option<Language>,
    detector: LanguageDetector,
    n_documents: usize,
    unknown: f64,
}

impl Stranger {
    pub(super) fn new(language: Option<Language>) -> Self {
        Self { language, ..Self::default() }
    }

    pub(super) fn look_at(&mut self, texts: &[&str], topics: &[DocumentTopics]) {
        let missing = SAMPLE_DOCUMENTS.saturating_sub(self.n_documents);
        texts.iter().take(missing).for_each(|text| self.detector.add(text));
        self.n_documents += texts.len();
        self.unknown += topics.iter().map(|topics| topics.unknown_share).sum::<f64>();
    }

    /// The advice; `model` names the model.
    pub(super) fn advice(&self, model: &str) -> Option<String> {
        let unknown = self.unknown / self.n_documents.max(1) as f64;
        let known = self.language.map_or("", Language::name);
        let detection = self.detector.detect();
        let found = detection.language.map(Language::name).or(detection.without_list).filter(|found| *found != known);
        let of = counted(self.n_documents, "document");
        let mean = format!("{model} knows few words of the {of}: {} are unknown on average", percent(unknown));
        match found {
            Some(found) if unknown >= UNKNOWN_IN_ANOTHER && !known.is_empty() => Some(format!(
                "{mean}; they seem to be in {found}, its own documents are in {known}: fit a model to them"
            )),
            _ if unknown >= UNKNOWN => {
                Some(format!("{mean}; their topics rest on the rest: fit a model to documents of their kind"))
            }
            _ => None,
        }
    }
}
