//! Turns a text into its terms by the chain tokenizer → joined words → normaliser → filters → accents and stemmer →
//! phrases. It is in one place so that fitted documents and new ones are analysed alike.

use std::borrow::Cow;
use std::ops::Range;

use super::filter::{HasLetter, LengthBounds, TokenFilter};
use super::joined::pieces;
use super::normalize::{fold_accents, normalize_for, normalize_keeping_case};
use super::phrases::Phrases;
use super::segment::SegmentedWords;
use super::stopwords::StopWords;
use super::token::Token;
use super::tokenizer::{PatternTokenizer, Tokenizer, UnicodeWords};
use super::{AnalyzerSpec, Language, Stemmer, TextError, View};

/// The chain of analysis, the same for every document. It is determined by an [`AnalyzerSpec`] alone, which a model
/// stores to analyse new documents as it did the fitted ones.
///
/// ```
/// use topicmill::text::{Analyzer, Language, TextParams};
/// let spec = TextParams { stem: true, ..Default::default() }.resolve(Some(Language::English)).unwrap();
/// let analyzer = Analyzer::new(spec).unwrap();
/// let text = "The Mills are grinding.";
/// let tokens = analyzer.tokens(text);
/// assert_eq!(tokens[0].term, "mill");
/// assert_eq!(tokens[1].surface, "grinding");
/// assert_eq!(&text[tokens[0].range.clone()], "Mills");
/// ```
pub struct Analyzer {
    spec: AnalyzerSpec,
    tokenizer: Box<dyn Tokenizer>,
    filters: Vec<Box<dyn TokenFilter>>,
    stemmer: Option<Stemmer>,
    phrases: Phrases,
    split_joined: bool,
}

impl Analyzer {
    /// Builds the chain that `spec` describes. Fails if the token pattern is invalid, or if stems are asked for and
    /// there is no language or no stemmer for it.
    pub fn new(spec: AnalyzerSpec) -> Result<Self, TextError> {
        let tokenizer: Box<dyn Tokenizer> = match &spec.token_pattern {
            Some(pattern) => Box::new(PatternTokenizer::new(pattern)?),
            None if spec.segment => Box::new(SegmentedWords),
            None => Box::new(UnicodeWords),
        };
        let mut filters: Vec<Box<dyn TokenFilter>> =
            vec![Box::new(LengthBounds { min: spec.min_length, max: spec.max_length })];
        if !spec.keep_numbers {
            filters.push(Box::new(HasLetter));
        }
        let stop_words = StopWords::new(spec.stopwords.iter().map(String::as_str));
        filters.push(Box::new(if spec.fold_accents { stop_words.folding_accents() } else { stop_words }));
        let stemmer = match (spec.stem, spec.language) {
            (false, _) => None,
            (true, None) => return Err(TextError::StemWithoutLanguage),
            (true, Some(language)) => Some(Stemmer::new(language).ok_or(TextError::NoStemmer(language))?),
        };
        let split_joined = spec.token_pattern.is_none();
        let phrases = spec.phrases.iter().cloned().collect();
        Ok(Self { spec, tokenizer, filters, stemmer, phrases, split_joined })
    }

    /// The same chain with another tokenizer. Joined words are then not split, since the tokenizer decides what a word
    /// is.
    pub fn with_tokenizer(mut self, tokenizer: Box<dyn Tokenizer>) -> Self {
        self.tokenizer = tokenizer;
        self.split_joined = false;
        self
    }

    /// The same chain with one more filter behind the others.
    pub fn with_filter(mut self, filter: Box<dyn TokenFilter>) -> Self {
        self.filters.push(filter);
        self
    }

    /// The term that a word, or an n-gram of words separated by spaces, is counted as. Filters are not applied, so the
    /// term of a stop word is given too.
    pub fn term_of(&self, words: &str) -> String {
        let own = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if View::is_value(&self.spec.views, &own) {
            return own;
        }
        let surface: Vec<String> = words.split_whitespace().map(|word| self.normalized(word)).collect();
        self.term(&surface.join(" ")).0
    }

    /// The description that the chain was built from.
    pub fn spec(&self) -> &AnalyzerSpec {
        &self.spec
    }

    /// The tokens of a text in order, without n-grams. [`TermCounter`](super::TermCounter) counts the same terms
    /// faster, but does not know their positions.
    pub fn tokens(&self, text: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        self.tokenizer.tokenize(text, &mut |word| {
            self.surfaces(&text[word.clone()], &mut |piece, surface| {
                let term = self.term(&surface).0;
                tokens.push(Token { range: word.start + piece.start..word.start + piece.end, surface, term });
            });
        });
        self.phrases.join(tokens)
    }

    /// The terms of a text's tokens, n-grams included: each with the range of its tokens. They come by their first
    /// token, shorter ones before longer.
    pub fn ngrams<'t>(&self, tokens: &'t [Token]) -> impl Iterator<Item = (Range<usize>, String)> + use<'t> {
        let [shortest, longest] = self.spec.ngrams;
        (0..tokens.len()).flat_map(move |place| {
            let rest = &tokens[place..];
            (shortest..=longest.min(rest.len())).map(move |n| {
                let terms: Vec<&str> = rest[..n].iter().map(|token| token.term.as_str()).collect();
                (place..place + n, terms.join(" "))
            })
        })
    }

    /// Calls `emit` with the byte range of each word that the tokenizer finds in the text.
    pub(super) fn words(&self, text: &str, emit: &mut dyn FnMut(Range<usize>)) {
        self.tokenizer.tokenize(text, emit);
    }

    /// Calls `emit` for each surface form of one word, with the byte range within the word that it comes from.
    pub(super) fn surfaces(&self, word: &str, emit: &mut dyn FnMut(Range<usize>, String)) {
        let pieces = if self.split_joined {
            pieces(word, self.spec.language.is_some_and(|language| language.has_elisions()))
        } else {
            std::iter::once(0..word.len()).collect()
        };
        for piece in pieces {
            let surface = self.normalized(&word[piece.clone()]);
            // Stop words are in the lower case of their language.
            let compared = if self.spec.keep_case {
                Cow::Owned(normalize_for(&surface, self.spec.language))
            } else {
                Cow::Borrowed(&*surface)
            };
            if !surface.is_empty() && self.filters.iter().all(|filter| filter.keep(&compared)) {
                emit(piece, surface);
            }
        }
    }

    fn normalized(&self, word: &str) -> String {
        match self.spec.keep_case {
            true => normalize_keeping_case(word),
            false => normalize_for(word, self.spec.language),
        }
    }

    /// The term of a surface form, n-gram or value of a view, and the number of its words for which the stemmer failed.
    pub(super) fn term(&self, surface: &str) -> (String, usize) {
        if View::is_value(&self.spec.views, surface) {
            return (surface.to_string(), 0);
        }
        let folded = if self.spec.fold_accents { fold_accents(surface) } else { surface.into() };
        let Some(stemmer) = &self.stemmer else { return (folded.into_owned(), 0) };
        let mut failed = 0;
        let stems: Vec<String> = folded
            .split(' ')
            .map(|word| {
                stemmer.stem(word).unwrap_or_else(|| {
                    failed += 1;
                    word.to_string()
                })
            })
            .collect();
        (stems.join(" "), failed)
    }

    /// Whether words of ASCII letters and digits that differ only in case have the same surface form. They do not where
    /// the case is kept, and in Turkish and Azerbaijani, where `I` becomes `ı`.
    pub(super) fn folds_ascii(&self) -> bool {
        !self.spec.keep_case && !matches!(self.spec.language, Some(Language::Turkish | Language::Azerbaijani))
    }

    /// Whether several surface forms may be one term.
    pub fn unites_forms(&self) -> bool {
        self.stemmer.is_some() || self.spec.fold_accents
    }

    /// The phrases of two terms that are one.
    pub(super) fn phrases(&self) -> &Phrases {
        &self.phrases
    }
}

impl std::fmt::Debug for Analyzer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Analyzer").field(&self.spec).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Analyzer;
    use crate::text::{Language, TextParams};

    #[test]
    fn case_is_kept_where_it_is_asked_for_and_stop_words_are_found_in_any() {
        let params = TextParams { keep_case: true, ..Default::default() };
        let analyzer = Analyzer::new(params.resolve(Some(Language::English)).unwrap()).unwrap();
        let terms: Vec<String> = analyzer.tokens("The US told THE Émigrés Of it").into_iter().map(|t| t.term).collect();
        assert_eq!(terms, ["US", "told", "Émigrés"]);
        assert_eq!(analyzer.term_of("US"), "US");
        let params = TextParams { keep_case: true, ..Default::default() };
        let turkish = Analyzer::new(params.resolve(Some(Language::Turkish)).unwrap()).unwrap();
        let terms: Vec<String> = turkish.tokens("İle gemi İÇİN").into_iter().map(|token| token.term).collect();
        assert_eq!(terms, ["gemi"]);
    }
}
