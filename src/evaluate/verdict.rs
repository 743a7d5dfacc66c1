//! Judges single topics, so that nobody takes for a finding what is an accident of the corpus.

use std::fmt;

use hashbrown::HashMap;

use super::{TopicDiagnostics, compared_words, jaccard};
use crate::model::{StabilityRecord, Topic, TopicModel};
use crate::text::{Language, language_of_letters, normalize};

/// A topic is robust if its twenty first words agree so well, on average, with those of the matching topics of runs on
/// halves of the documents; it is fragile if they agree no better than that.
const ROBUST: f64 = 0.6;
const FRAGILE: f64 = 0.3;

/// Jaccard similarity of the words of near duplicates.
const NEAR_DUPLICATE: f64 = 0.43;

/// A topic is carried by few documents if so many, or this share of the documents that a topic has on average, hold
/// half of it. Topics of fewer documents on average than [`FEWEST_PER_TOPIC`] are all carried by few.
const FEW: usize = 2;
const FEW_SHARE: f64 = 0.03;
const FEWEST_PER_TOPIC: usize = 8;

/// A topic is boilerplate if half of the pairs of its first words stand in so nearly the same documents.
const BOILERPLATE: f64 = 0.65;

/// A topic is of one language if this share of its words are stop words of it, and so many times the share in the
/// corpus.
const FOREIGN: f64 = 0.12;
const FOREIGN_TO_CORPUS: f64 = 1.8;

/// Words whose letters are looked at where no list of stop words tells the language.
const LETTERS_OF_WORDS: usize = 100;

/// What is to be known of a topic before it is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Runs on other documents find it again.
    Robust,
    /// Runs on other documents do not find it.
    Fragile,
    /// It has the words of this earlier topic.
    NearDuplicate(usize),
    /// So few documents hold half of it.
    FewDocuments(usize),
    /// Its words stand in the same documents, as those of a passage that was copied.
    Boilerplate,
    /// It is the documents in this language, of a corpus in another.
    OneLanguage(String),
}

impl Verdict {
    /// Its name in outputs for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Robust => "robust",
            Self::Fragile => "fragile",
            Self::NearDuplicate(_) => "near-duplicate",
            Self::FewDocuments(_) => "few-documents",
            Self::Boilerplate => "boilerplate",
            Self::OneLanguage(_) => "one-language",
        }
    }

    /// The verdicts on each topic of a model, with the words that `topics` show.
    pub(super) fn of_topics(model: &TopicModel, topics: &[Topic], diagnostics: &[TopicDiagnostics]) -> Vec<Vec<Self>> {
        let fit = model.manifest.fit.as_ref();
        let stability = fit.and_then(|fit| fit.stability.as_ref());
        let overlaps = fit.and_then(|fit| fit.coherence.as_ref()).map_or(&[][..], |record| &record.overlap);
        let twins = near_duplicates(model);
        let languages = languages(model);
        let of_topic = |topic: &Topic| {
            let k = topic.id;
            let is_boilerplate = overlaps.get(k).copied().flatten().is_some_and(|overlap| overlap >= BOILERPLATE);
            let verdicts = [
                stability.and_then(|record| by_stability(record, k)),
                twins[k].map(Self::NearDuplicate),
                few_documents(model, k, diagnostics[k].tokens).map(Self::FewDocuments),
                is_boilerplate.then_some(Self::Boilerplate),
                languages[k].clone().map(Self::OneLanguage),
            ];
            verdicts.into_iter().flatten().collect()
        };
        topics.iter().map(of_topic).collect()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NearDuplicate(topic) => write!(f, "near-duplicate of topic {topic}"),
            Self::FewDocuments(1) => f.write_str("half of it is 1 document"),
            Self::FewDocuments(n) => write!(f, "half of it is {n} documents"),
            Self::OneLanguage(language) => write!(f, "{language} only"),
            _ => f.write_str(self.kind()),
        }
    }
}

fn by_stability(record: &StabilityRecord, topic: usize) -> Option<Verdict> {
    match record.topics.get(topic) {
        Some(&similarity) if similarity >= ROBUST => Some(Verdict::Robust),
        Some(&similarity) if similarity <= FRAGILE => Some(Verdict::Fragile),
        _ => None,
    }
}

/// For each topic, the first earlier one with nearly the same words.
fn near_duplicates(model: &TopicModel) -> Vec<Option<usize>> {
    let words = compared_words(model);
    let is_twin = |a: &[usize], b: &[usize]| !a.is_empty() && jaccard(a, b) >= NEAR_DUPLICATE;
    (0..words.len()).map(|topic| (0..topic).find(|&earlier| is_twin(&words[topic], &words[earlier]))).collect()
}

/// The number of documents that hold half of a topic, if they are few.
fn few_documents(model: &TopicModel, topic: usize, mass: f64) -> Option<usize> {
    let per_topic = model.documents.len() / model.n_topics();
    if per_topic < FEWEST_PER_TOPIC || mass <= 0.0 {
        return None;
    }
    let most = FEW.max((FEW_SHARE * per_topic as f64) as usize);
    let mut weights: Vec<f32> = (0..model.h.n_rows()).map(|document| model.h.get(document, topic)).collect();
    weights.sort_unstable_by(|a, b| b.total_cmp(a));
    let mut sum = 0.0;
    let halves = |weight: &f32| {
        sum += f64::from(*weight);
        sum >= 0.5 * mass
    };
    weights.iter().take(most).position(halves).map(|place| place + 1)
}

/// For each topic the language that it alone is in.
fn languages(model: &TopicModel) -> Vec<Option<String>> {
    let n_topics = model.n_topics();
    let Some(analyzer) = &model.manifest.analyzer else { return vec![None; n_topics] };
    let numbers: HashMap<&str, usize> =
        model.terms.iter().enumerate().map(|(number, term)| (term.form.as_str(), number)).collect();
    let own = analyzer.language;
    let known: Vec<String> =
        own.iter().flat_map(|language| language.stop_words()).map(|word| normalize(word)).collect();
    let masses = model.topic_masses();
    let total: f64 = masses.iter().sum();
    let mut found: Vec<(f64, Option<String>)> = vec![(0.0, None); n_topics];
    for &language in Language::ALL.iter().filter(|language| Some(**language) != own) {
        let mut shares = vec![0.0; n_topics];
        for word in language.stop_words() {
            let word = normalize(word);
            if known.contains(&word) {
                continue;
            }
            if let Some(&term) = numbers.get(word.as_str()) {
                shares.iter_mut().zip(model.w.row_values(term)).for_each(|(share, &phi)| *share += f64::from(phi));
            }
        }
        let sum: f64 = shares.iter().zip(&masses).map(|(share, mass)| share * mass).sum();
        let of_corpus = if total > 0.0 { sum / total } else { 0.0 };
        for (share, found) in shares.iter().zip(&mut found) {
            if *share >= FOREIGN && *share >= FOREIGN_TO_CORPUS * of_corpus && *share > found.0 {
                *found = (*share, Some(language.name().to_string()));
            }
        }
    }
    let by_letters =
        |(topic, (_, language)): (usize, (f64, Option<String>))| language.or_else(|| letters(model, topic));
    found.into_iter().enumerate().map(by_letters).collect()
}

/// The language that the letters of a topic's most probable words point to, if it has no list of stop words and is not
/// that of the corpus.
fn letters(model: &TopicModel, topic: usize) -> Option<String> {
    let words = model.top_words(topic, LETTERS_OF_WORDS, crate::model::Ranking::Probability);
    let text: Vec<&str> = words.iter().map(|word| word.form.as_str()).collect();
    let of_corpus = model.manifest.corpus.language.as_ref().and_then(|record| record.without_list.as_deref());
    language_of_letters(&text.join(" ")).filter(|name| Some(*name) != of_corpus).map(str::to_string)
}
