//! Recognises the language of documents. Sequences of three letters say which it may be (`whatlang`); the share of its
//! stop words among the words must agree, because many languages have look-alikes.

use std::sync::LazyLock;

use hashbrown::HashMap;
use whatlang::{Detector, Lang};

use super::Language;
use super::normalize::{fold_greek, normalize};
use super::tokenizer::{Tokenizer, UnicodeWords};

/// A language is recognised only if at least this share of the words are its stop words.
const LEAST_SHARE: f64 = 0.08;

/// Where letters leave doubt, the lists alone decide if this share of the words are stop words of the best.
const CLEAR_SHARE: f64 = 0.2;

/// A text of this many characters is enough for letters to be believed though they leave some doubt, and one of that
/// many for a list alone.
const LONG: usize = 2000;
const NOT_SHORT: usize = 100;

/// Most bytes of one document, and of all, whose letters are looked at.
const SAMPLE_OF_DOCUMENT: usize = 4000;
const SAMPLE: usize = 100_000;

/// Documents are in several languages if the best list has this many times the hits of the one that letters point to.
const MIXED: f64 = 1.25;

/// A document is in another language than the rest if this share of its words, of which there must be that many, are
/// stop words of that language, and twice as many as are stop words of the language of the rest.
const OTHER_SHARE: f64 = 0.15;
const OTHER_WORDS: u64 = 12;

/// Languages that short texts are mistaken for, and that are hardly ever meant.
static DETECTOR: LazyLock<Detector> = LazyLock::new(|| {
    use Lang::{Afr, Aka, Cym, Epo, Jav, Lat, Sna, Tgl, Tuk, Yid, Zul};
    Detector::with_denylist(vec![Epo, Jav, Aka, Zul, Sna, Afr, Lat, Tgl, Tuk, Cym, Yid])
});

/// Maps each stop word to the languages that have it: bit i stands for `Language::ALL[i]`.
static LISTS: LazyLock<HashMap<String, u64>> = LazyLock::new(|| {
    let mut lists: HashMap<String, u64> = HashMap::new();
    for (bit, language) in Language::ALL.iter().enumerate() {
        for word in language.stop_words() {
            *lists.entry(fold_greek(&normalize(word)).into_owned()).or_default() |= 1 << bit;
        }
    }
    lists
});

/// The recognised language, and the evidence for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// The language; `None` if it is not sure, or if there is no list of stop words for it.
    pub language: Option<Language>,
    /// English name of the language that letters point to, if there is no list of stop words for it.
    pub without_list: Option<&'static str>,
    /// Share of the words seen that are on the list of the language; where none was recognised, on the best list.
    pub share: f64,
    /// Number of documents that were looked at.
    pub n_documents: usize,
    /// Languages of documents that are in another one, with their numbers, most first.
    pub others: Vec<(Language, usize)>,
}

/// Recognises the language of the documents added to it.
///
/// ```
/// use topicmill::text::{Language, LanguageDetector};
/// let mut detector = LanguageDetector::new();
/// detector.add("Le chat est sur la table et il ne fait pas de bruit.");
/// assert_eq!(detector.detect().language, Some(Language::French));
/// let mut detector = LanguageDetector::new();
/// detector.add("Rząd ogłosił we wtorek rano nowe środki, które mają zacząć obowiązywać od przyszłego miesiąca.");
/// assert_eq!(detector.detect().without_list, Some("Polish"));
/// ```
#[derive(Default)]
pub struct LanguageDetector {
    /// Hits of each list in each document, with the number of its words.
    documents: Vec<(Vec<u32>, u64)>,
    /// The beginnings of documents whose letters are looked at, and their bytes.
    sample: Vec<String>,
    sample_bytes: usize,
}

impl LanguageDetector {
    /// A detector that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at one document.
    pub fn add(&mut self, text: &str) {
        if self.sample_bytes < SAMPLE {
            let end = (0..=text.len().min(SAMPLE_OF_DOCUMENT)).rev().find(|&end| text.is_char_boundary(end));
            self.sample.push(text[..end.unwrap_or(0)].to_string());
            self.sample_bytes += end.unwrap_or(0);
        }
        let (mut hits, mut n_words) = (vec![0; Language::ALL.len()], 0);
        UnicodeWords.tokenize(text, &mut |range| {
            let word = normalize(&text[range]);
            if !word.chars().any(char::is_alphabetic) {
                return;
            }
            n_words += 1;
            let mut bits = LISTS.get(fold_greek(&word).as_ref()).copied().unwrap_or(0);
            while bits != 0 {
                hits[bits.trailing_zeros() as usize] += 1;
                bits &= bits - 1;
            }
        });
        self.documents.push((hits, n_words));
    }

    /// The language of what was seen so far.
    pub fn detect(&self) -> Detection {
        let n_words: u64 = self.documents.iter().map(|(_, n_words)| n_words).sum();
        let shares: Vec<f64> = (0..Language::ALL.len())
            .map(|list| {
                let hits: u64 = self.documents.iter().map(|(hits, _)| u64::from(hits[list])).sum();
                if n_words == 0 { 0.0 } else { hits as f64 / n_words as f64 }
            })
            .collect();
        let best = (0..shares.len()).rev().max_by(|&a, &b| shares[a].total_cmp(&shares[b])).unwrap_or(0);
        let (chosen, without_list) = self.choose(&shares, best);
        let n_documents = self.documents.len();
        let others = chosen.map_or_else(Vec::new, |chosen| self.others(chosen));
        let share = shares[chosen.unwrap_or(best)];
        Detection { language: chosen.map(|list| Language::ALL[list]), without_list, share, n_documents, others }
    }

    /// The number of the language, or the name of one without a list.
    fn choose(&self, shares: &[f64], best: usize) -> (Option<usize>, Option<&'static str>) {
        let sample = self.sample.join("\n");
        let info = DETECTOR.detect(&sample);
        let is_reliable = info.as_ref().is_some_and(whatlang::Info::is_reliable);
        let by_letters = info.as_ref().and_then(|info| number_of(info.lang()));
        // Letters of several languages together may point to any of them: then documents are asked one by one.
        let by_letters =
            by_letters.map(|list| if shares[best] > MIXED * shares[list] { self.vote(list) } else { list });
        if let (true, None, Some(info)) = (is_reliable, by_letters, &info) {
            return (None, Some(info.lang().eng_name()));
        }
        let is_unknown_to_letters = unknown_to_letters(Language::ALL[best]);
        let length = sample.chars().count();
        if let Some(list) = by_letters.filter(|&list| shares[list] >= LEAST_SHARE) {
            let is_agreed = list == best && shares[best] >= CLEAR_SHARE;
            let is_look_alike = is_unknown_to_letters && shares[best] > 2.0 * shares[list];
            if (is_reliable || length >= LONG && !is_unknown_to_letters || is_agreed) && !is_look_alike {
                return (Some(list), None);
            }
        }
        let least = if length >= LONG { LEAST_SHARE } else { CLEAR_SHARE };
        ((is_unknown_to_letters && length >= NOT_SHORT && shares[best] >= least).then_some(best), None)
    }

    /// The language with a list that most documents are in by their letters; `otherwise` if there is none.
    fn vote(&self, otherwise: usize) -> usize {
        let mut votes = vec![0; Language::ALL.len()];
        for info in self.sample.iter().filter_map(|text| DETECTOR.detect(text)).filter(whatlang::Info::is_reliable) {
            if let Some(list) = number_of(info.lang()) {
                votes[list] += 1;
            }
        }
        let most = (0..votes.len()).rev().max_by_key(|&list| votes[list]);
        most.filter(|&list| votes[list] > 0).unwrap_or(otherwise)
    }

    fn others(&self, chosen: usize) -> Vec<(Language, usize)> {
        let mut counts = vec![0; Language::ALL.len()];
        for (hits, n_words) in self.documents.iter().filter(|(_, n_words)| *n_words >= OTHER_WORDS) {
            let best = (0..hits.len()).rev().max_by_key(|&list| hits[list]).unwrap_or(chosen);
            let is_clear = f64::from(hits[best]) >= OTHER_SHARE * *n_words as f64;
            counts[best] += usize::from(is_clear && hits[best] > 2 * hits[chosen]);
        }
        let found = Language::ALL.iter().copied().zip(counts).filter(|(_, n)| *n > 0);
        let mut found: Vec<(Language, usize)> = found.collect();
        found.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        found
    }
}

/// The English name of a language that has no list of stop words, if the letters of a text leave no doubt of it.
pub fn language_of_letters(text: &str) -> Option<&'static str> {
    let info = DETECTOR.detect(text).filter(whatlang::Info::is_reliable)?;
    number_of(info.lang()).is_none().then(|| info.lang().eng_name())
}

/// Whether `whatlang` has no model of a language.
fn unknown_to_letters(language: Language) -> bool {
    matches!(language, Language::Albanian | Language::Basque | Language::Kazakh | Language::Tajik)
}

/// The place in `Language::ALL` of a language of `whatlang`; `None` if there is no list of its stop words.
fn number_of(lang: Lang) -> Option<usize> {
    let name = match lang {
        Lang::Cmn => "chinese",
        Lang::Nob => "norwegian",
        Lang::Slv => "slovenian",
        _ => &lang.eng_name().to_lowercase(),
    };
    Language::ALL.iter().position(|language| language.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_is_known_by_letters_or_by_its_list_alone() {
        let known: Vec<usize> = Lang::all().iter().filter_map(|&lang| number_of(lang)).collect();
        for (place, &language) in Language::ALL.iter().enumerate() {
            assert_eq!(known.contains(&place), !unknown_to_letters(language), "{language}");
        }
    }

    #[test]
    fn nothing_is_recognised_in_nothing() {
        for text in ["", "42 17", "ok", "🙂 🙂"] {
            let mut detector = LanguageDetector::new();
            detector.add(text);
            assert_eq!(detector.detect().language, None, "{text:?}");
        }
    }
}
