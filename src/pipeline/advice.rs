//! Says what looks wrong with documents, and what helps.

use super::dataset::Description;
use super::sample::Looks;
use crate::Error;
use crate::config::Config;
use crate::ingest::{OnDuplicate, Strip};
use crate::text::{HAS_DICTIONARIES, Language};
use crate::wording::{counted, thousands};

/// Share of the documents from which on something is told of them; attachments matter sooner, since a few fill a topic.
const TOLD: f64 = 0.2;
const ATTACHMENTS_TOLD: f64 = 0.005;
const LANGUAGES_TOLD: f64 = 0.03;
const COPIES_TOLD: f64 = 0.02;

impl Looks {
    /// Sentences on what documents look like, each with a way out. `is_cut` says whether scripts without spaces are
    /// cut into words.
    pub(super) fn advice(self, config: &Config, is_cut: bool) -> Vec<String> {
        let mut advice = Vec::new();
        let strip = &config.ingest.strip;
        if self.is_many(self.tables, 0.5) {
            let tables = self.of_first(self.tables);
            advice.push(format!(
                "{tables} are tables, each read as one document: name the files themselves, such as DIR/*.csv"
            ));
        }
        if !strip.contains(&Strip::Email) {
            if self.is_many(self.mail, TOLD) {
                let mail = self.of_first(self.mail);
                advice.push(format!(
                    "{mail} have headers or quotations of mail: --strip email takes them off, or they become topics"
                ));
            } else if self.attachments > 1 && self.is_many(self.attachments, ATTACHMENTS_TOLD) {
                let held = self.of_first(self.attachments);
                advice.push(format!("{held} hold encoded attachments: --strip email drops such lines"));
            }
        }
        if !strip.contains(&Strip::Html) && self.is_many(self.html, TOLD) {
            advice.push(format!("{} have markup: --strip html takes it off", self.of_first(self.html)));
        }
        if !is_cut && self.is_many(self.unspaced, TOLD) {
            let cut = match HAS_DICTIONARIES {
                true => "--segmentation on cuts it into words",
                false => "build with the feature `segmentation` to cut it into words",
            };
            let unspaced = self.of_first(self.unspaced);
            advice.push(format!("{unspaced} are in a script without spaces between words: {cut}"));
        }
        advice
    }

    /// An error, with what helps if documents look wrong.
    pub(super) fn advised(self, error: Error, config: &Config) -> Error {
        match self.advice(config, false).into_iter().next() {
            Some(advice) => Error::Advised { error: error.into(), advice },
            None => error,
        }
    }

    fn is_many(self, count: usize, share: f64) -> bool {
        count > 0 && count as f64 >= share * self.n_documents as f64
    }

    fn of_first(self, count: usize) -> String {
        match count == self.n_documents {
            true => format!("all of the first {}", counted(count, "document")),
            false => format!("{} of the first {}", thousands(count as u64), counted(self.n_documents, "document")),
        }
    }
}

/// Sentences on the documents as a whole, each with a way out.
pub(super) fn advice(dataset: &Description<'_>) -> Vec<String> {
    let mut advice = Vec::new();
    if let Some(record) = &dataset.corpus.language {
        let n = record.n_documents;
        let is_many = |count: usize| count > 1 && count as f64 >= LANGUAGES_TOLD * n as f64;
        let others: Vec<(&Language, &usize)> = record.others.iter().filter(|(_, count)| is_many(**count)).collect();
        if let (Some(detected), false) = (record.detected, others.is_empty()) {
            let counts: Vec<String> =
                others.iter().map(|(language, count)| format!("{count} are in {language}")).collect();
            let lists: Vec<&str> = others.iter().map(|(language, _)| language.name()).collect();
            let (counts, lists) = (counts.join(", "), lists.join(","));
            advice.push(format!(
                "of the first {n} documents {counts}: --stopwords {detected},{lists} takes off the stop words of all, \
                 or each language is a topic"
            ));
        }
        if let Some(name) = &record.without_list {
            advice.push(format!(
                "the documents seem to be in {name}, for which there is no list of stop words: give one with \
                 --stopwords FILE (`topicmill inspect --suggest-stopwords` proposes words for it)"
            ));
        } else if record.detected.is_none() && n > 0 {
            advice.push("it is not sure which language the documents are in: name it with --language".into());
        }
    }
    let n_documents = dataset.documents.len();
    if let Some(record) = &dataset.corpus.duplicates
        && dataset.config.ingest.duplicates == OnDuplicate::Keep
        && record.n_copies as f64 >= COPIES_TOLD * n_documents as f64
        && record.n_copies > 1
    {
        let copies = counted(record.n_copies, "document");
        advice.push(format!(
            "{copies} are nearly the same as others ({} equal): --duplicates weight counts each group once, drop \
             leaves the copies out",
            thousands(record.n_equal as u64)
        ));
    }
    if n_documents == 1 {
        let problem = "there is one document only, and topics are found by comparing many";
        advice.push(format!("{problem}: --format lines makes each line one, or give a folder or a table"));
    } else if let Some((title, count)) = most_common_title(dataset).filter(|(_, count)| 2 * count > n_documents) {
        let (count, all) = (thousands(count as u64), counted(n_documents, "document"));
        let equal = format!("{count} of {all} begin with the same line, {title:?}");
        advice.push(format!("{equal}: words that all documents share say nothing of topics"));
    }
    advice
}

fn most_common_title<'d>(dataset: &Description<'d>) -> Option<(&'d str, usize)> {
    let mut titles: Vec<&str> = dataset.documents.rows().map(|row| row.title).collect();
    titles.sort_unstable();
    let groups = titles.chunk_by(|a, b| a == b).map(|group| (group[0], group.len()));
    groups.filter(|(title, _)| !title.is_empty()).max_by_key(|(_, count)| *count)
}
