//! Parameters of the stage `text`, and the analyser's description that a model keeps.

use serde::{Deserialize, Serialize};

use super::{Language, TextError, View};

/// What counts as a term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TextParams {
    /// Language of the documents: a name or an ISO 639-1 code, `none`, or `auto` (recognised in the first 1,000
    /// documents, or none where that is not sure). It sets the stop words and, with `stem`, the stemmer.
    pub language: LanguageChoice,
    /// Stop words: any of `auto` (those of `language`), language names or codes, and files with one word a line;
    /// an empty list removes none.
    pub stopwords: Vec<String>,
    /// Further stop words: words, or files with one word a line.
    pub extra_stopwords: Vec<String>,
    /// Regular expression whose matches are the tokens, in place of the words of UAX #29 (scikit-learn: token_pattern).
    pub token_pattern: Option<String>,
    /// Whether dictionaries cut scripts without spaces (Chinese, Japanese, Thai …) into words: `auto` (where many of
    /// the first documents are in one), `on`, `off`.
    pub segmentation: Segmentation,
    /// Fewest characters of a token; ideographs are exempt.
    pub min_length: usize,
    /// Most characters of a token.
    pub max_length: usize,
    /// Keep tokens without a letter, such as numbers.
    pub keep_numbers: bool,
    /// Shortest and longest n-gram in tokens, formed after stop words are removed (scikit-learn: ngram_range).
    pub ngrams: [usize; 2],
    /// Count two words in a row as one term where they belong together: least normalised pointwise mutual information
    /// of the pair in the corpus, above 0 and at most 1, such as 0.5 (gensim: Phrases). None if absent.
    pub phrases: Option<f64>,
    /// Count words that differ in accents alone as one term (é and e, not й and и); it is shown as its most frequent
    /// word (scikit-learn: strip_accents).
    pub fold_accents: bool,
    /// Count words that differ in case as different terms (scikit-learn: lowercase = False); stop words are found in
    /// any case.
    pub keep_case: bool,
    /// Count stems (Snowball) in place of words; a stem is shown as its most frequent word.
    pub stem: bool,
    /// Columns of the documents' metadata whose values are counted beside the words, such as tags: `NAME=COLUMN`, or
    /// `NAME=COLUMN:WEIGHT` where a value counts as so many words. Values are separated by semicolons, bars or commas.
    pub views: Vec<String>,
}

impl Default for TextParams {
    fn default() -> Self {
        Self {
            language: LanguageChoice::Auto,
            stopwords: vec!["auto".into()],
            extra_stopwords: Vec::new(),
            token_pattern: None,
            segmentation: Segmentation::Auto,
            min_length: 2,
            max_length: 40,
            keep_numbers: false,
            ngrams: [1, 1],
            phrases: None,
            fold_accents: false,
            keep_case: false,
            stem: false,
            views: Vec::new(),
        }
    }
}

impl TextParams {
    /// Refuses values that make no sense, before any work.
    pub fn check(&self) -> Result<(), TextError> {
        check_tokens(self.ngrams, (self.min_length, self.max_length), self.token_pattern.as_deref())?;
        match self.phrases {
            Some(npmi) if !(npmi > 0.0 && npmi <= 1.0) => {
                let expected = "a number above 0 and at most 1";
                return Err(TextError::Parameter { key: "phrases", found: npmi.to_string(), expected });
            }
            Some(_) if self.ngrams != [1, 1] => return Err(TextError::PhrasesOfNgrams),
            _ => {}
        }
        if !View::parse_all(&self.views)?.is_empty() {
            // A token of one's own could have the form of a value.
            let problem = match (self.phrases, &self.token_pattern) {
                (Some(_), _) => Some("none where phrases are learned"),
                (None, Some(_)) => Some("none where token_pattern says what a token is"),
                (None, None) => None,
            };
            if let Some(expected) = problem {
                return Err(TextError::Parameter { key: "views", found: "given".into(), expected });
            }
        }
        if self.segmentation == Segmentation::On && !super::HAS_DICTIONARIES {
            return Err(TextError::NoDictionaries);
        }
        match self.language {
            LanguageChoice::Language(language) if self.stem && super::Stemmer::new(language).is_none() => {
                Err(TextError::NoStemmer(language))
            }
            LanguageChoice::None if self.stem => Err(TextError::StemWithoutLanguage),
            _ => Ok(()),
        }
    }

    /// The analyser's description once the language is known. `stopwords` must hold languages and `auto` only, and
    /// `extra_stopwords` words only: whoever reads files does so before. Without texts, `auto` segmentation is `off`,
    /// and there are no phrases.
    pub fn resolve(&self, language: Option<Language>) -> Result<AnalyzerSpec, TextError> {
        self.check()?;
        if self.stem {
            match language {
                None => return Err(TextError::StemWithoutLanguage),
                Some(language) if language.stemmer().is_none() => return Err(TextError::NoStemmer(language)),
                Some(_) => {}
            }
        }
        let mut words: Vec<String> = self.extra_stopwords.clone();
        for entry in &self.stopwords {
            let list = if entry == "auto" {
                language
            } else {
                Some(entry.parse().map_err(|_| TextError::Parameter {
                    key: "stopwords",
                    found: format!("{entry:?}"),
                    expected: "auto, a language or a file",
                })?)
            };
            words.extend(list.iter().flat_map(|l| l.stop_words()).map(|word| word.to_string()));
        }
        words.sort_unstable();
        words.dedup();
        Ok(AnalyzerSpec {
            language,
            stopwords: words,
            token_pattern: self.token_pattern.clone(),
            segment: self.segmentation == Segmentation::On,
            min_length: self.min_length,
            max_length: self.max_length,
            keep_numbers: self.keep_numbers,
            ngrams: self.ngrams,
            phrases: Vec::new(),
            fold_accents: self.fold_accents,
            keep_case: self.keep_case,
            stem: self.stem,
            views: View::parse_all(&self.views)?,
        })
    }
}

/// What parameters and the description of an analyser have in common.
fn check_tokens(
    [shortest, longest]: [usize; 2],
    (min_length, max_length): (usize, usize),
    pattern: Option<&str>,
) -> Result<(), TextError> {
    let wrong = |key, found: String, expected| Err(TextError::Parameter { key, found, expected });
    if shortest == 0 || shortest > longest || longest > 5 {
        return wrong("ngrams", format!("{shortest},{longest}"), "two lengths from 1 to 5, the shorter first");
    }
    if min_length == 0 || min_length > max_length {
        return wrong("min_length", min_length.to_string(), "at least 1 and at most max_length");
    }
    pattern.map_or(Ok(()), |pattern| super::PatternTokenizer::new(pattern).map(|_| ()))
}

/// Whether scripts without spaces are cut into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segmentation {
    /// If many of the first documents are in such a script.
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

names!(Segmentation { Auto = "auto", On = "on", Off = "off" });

/// The language of the documents, as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum LanguageChoice {
    /// To be recognised.
    Auto,
    /// None: no stop words, no stemmer.
    None,
    /// This one.
    Language(Language),
}

impl std::str::FromStr for LanguageChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            name => name.parse().map(Self::Language),
        }
    }
}

impl TryFrom<String> for LanguageChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<LanguageChoice> for String {
    fn from(choice: LanguageChoice) -> Self {
        match choice {
            LanguageChoice::Auto => "auto".into(),
            LanguageChoice::None => "none".into(),
            LanguageChoice::Language(language) => language.name().into(),
        }
    }
}

/// Everything that an [`Analyzer`](super::Analyzer) is made of; a model keeps it, stop words and all, so that the
/// analyser can be rebuilt from the model alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnalyzerSpec {
    /// Language of the documents, given or recognised.
    pub language: Option<Language>,
    /// See [`TextParams::token_pattern`].
    pub token_pattern: Option<String>,
    /// Whether scripts without spaces are cut into words.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub segment: bool,
    /// See [`TextParams::min_length`].
    pub min_length: usize,
    /// See [`TextParams::max_length`].
    pub max_length: usize,
    /// See [`TextParams::keep_numbers`].
    pub keep_numbers: bool,
    /// See [`TextParams::ngrams`].
    pub ngrams: [usize; 2],
    /// Pairs of terms that are one term where they follow each other, each with a space between; sorted. See
    /// [`TextParams::phrases`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phrases: Vec<String>,
    /// See [`TextParams::fold_accents`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fold_accents: bool,
    /// See [`TextParams::keep_case`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep_case: bool,
    /// See [`TextParams::stem`].
    pub stem: bool,
    /// All stop words, sorted.
    pub stopwords: Vec<String>,
    /// The columns whose values are counted beside the words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<View>,
}

impl AnalyzerSpec {
    /// The views of an analyser; none where there is no analyser.
    pub fn views_of(analyzer: Option<&Self>) -> &[View] {
        analyzer.map_or(&[], |analyzer| &analyzer.views)
    }

    /// Refuses what no parameters give.
    pub fn check(&self) -> Result<(), TextError> {
        if self.segment && !super::HAS_DICTIONARIES {
            return Err(TextError::NoDictionaries);
        }
        if !self.phrases.is_empty() && self.ngrams != [1, 1] {
            return Err(TextError::PhrasesOfNgrams);
        }
        check_tokens(self.ngrams, (self.min_length, self.max_length), self.token_pattern.as_deref())
    }
}
