//! Notices that new documents are strangers to a model: in another language, or about something else.

use crate::model::DocumentTopics;
use crate::report::percent;
use crate::text::{Language, LanguageDetector, View};
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
    /// Number of documents that have a value of a view.
    n_with_values: usize,
}

impl Stranger {
    pub(super) fn new(language: Option<Language>) -> Self {
        Self { language, ..Self::default() }
    }

    /// Looks at documents, as texts with the terms of their values.
    pub(super) fn look_at(&mut self, documents: &[(&str, Vec<String>)], topics: &[DocumentTopics]) {
        let missing = SAMPLE_DOCUMENTS.saturating_sub(self.n_documents);
        documents.iter().take(missing).for_each(|(text, _)| self.detector.add(text));
        self.n_documents += documents.len();
        self.n_with_values += documents.iter().filter(|(_, values)| !values.is_empty()).count();
        self.unknown += topics.iter().map(|topics| topics.unknown_share).sum::<f64>();
    }

    /// The advice where the model has views and no document has a value; `model` names the model.
    pub(super) fn advice_on_values(&self, model: &str, views: &[View]) -> Option<String> {
        let names: Vec<&str> = views.iter().map(|view| view.name.as_str()).collect();
        let is_told = !views.is_empty() && self.n_documents > 0 && self.n_with_values == 0;
        let of = counted(self.n_documents, "document");
        let names = names.join(", ");
        is_told.then(|| {
            format!("none of the {of} has a value of the views {names} of {model}: their topics rest on words")
        })
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
