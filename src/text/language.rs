//! The known languages: those with a stop-word list. Some of them have a stemmer too.

use std::fmt;
use std::str::FromStr;

use rust_stemmers::Algorithm;
use serde::{Deserialize, Serialize};

macro_rules! languages {
    ($($variant:ident $name:literal $code:literal $($algorithm:ident)?;)*) => {
        /// A language with a stop-word list (NLTK's, from the crate `stop-words`), known by name or ISO 639-1 code.
        ///
        /// ```
        /// use topicmill::text::Language;
        /// assert_eq!("fr".parse(), Ok(Language::French));
        /// assert_eq!("Dutch".parse(), Ok(Language::Dutch));
        /// assert_eq!(Language::German.code(), "de");
        /// assert!(Language::English.stop_words().contains(&"the"));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        #[allow(missing_docs, reason = "the names say it")]
        pub enum Language { $($variant,)* }

        impl Language {
            /// Every language, in alphabetical order of the English names.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The English name in lower case.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The ISO 639-1 code.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The Snowball algorithm of the language, if the crate `rust-stemmers` has one.
            pub(super) fn stemmer(self) -> Option<Algorithm> {
                match self { $(Self::$variant => languages!(@ $($algorithm)?),)* }
            }
        }
    };
    (@) => { None };
    (@ $algorithm:ident) => { Some(Algorithm::$algorithm) };
}

languages! {
    Albanian "albanian" "sq";
    Arabic "arabic" "ar" Arabic;
    Azerbaijani "azerbaijani" "az";
    Basque "basque" "eu";
    Belarusian "belarusian" "be";
    Bengali "bengali" "bn";
    Catalan "catalan" "ca";
    Chinese "chinese" "zh";
    Danish "danish" "da" Danish;
    Dutch "dutch" "nl" Dutch;
    English "english" "en" English;
    Finnish "finnish" "fi" Finnish;
    French "french" "fr" French;
    German "german" "de" German;
    Greek "greek" "el" Greek;
    Hebrew "hebrew" "he";
    Hungarian "hungarian" "hu" Hungarian;
    Indonesian "indonesian" "id";
    Italian "italian" "it" Italian;
    Kazakh "kazakh" "kk";
    Nepali "nepali" "ne";
    Norwegian "norwegian" "no" Norwegian;
    Portuguese "portuguese" "pt" Portuguese;
    Romanian "romanian" "ro" Romanian;
    Russian "russian" "ru" Russian;
    Slovenian "slovenian" "sl";
    Spanish "spanish" "es" Spanish;
    Swedish "swedish" "sv" Swedish;
    Tajik "tajik" "tg";
    Tamil "tamil" "ta" Tamil;
    Turkish "turkish" "tr" Turkish;
    Uzbek "uzbek" "uz";
}

impl Language {
    /// The stop words of the language as they are in the list, not normalised.
    pub fn stop_words(self) -> &'static [&'static str] {
        stop_words::lookup(self.code()).unwrap_or_default()
    }

    /// Whether the language elides articles and prepositions (`l'`, `d'`, `qu'` …), which are then split off words.
    pub(super) fn has_elisions(self) -> bool {
        matches!(self, Self::French | Self::Italian | Self::Catalan)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = text.to_ascii_lowercase();
        Self::ALL.iter().copied().find(|l| l.name() == wanted || l.code() == wanted).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|l| l.name()).collect();
            format!("unknown language {text:?}, expected one of {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_words_and_reads_its_own_name_and_code() {
        assert!(Language::ALL.len() >= 20);
        assert!(Language::ALL.windows(2).all(|pair| pair[0].name() < pair[1].name()));
        for &language in Language::ALL {
            assert!(language.stop_words().len() > 40, "{language}");
            assert_eq!(language.name().parse(), Ok(language));
            assert_eq!(language.code().parse(), Ok(language));
        }
    }
}
