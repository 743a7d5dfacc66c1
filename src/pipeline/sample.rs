//! Looks at the first documents of a source: the language that they are in, and what they look like.

use rayon::prelude::*;

use super::batches::{Pending, next_batch, skip};
use crate::ingest::{Document, IngestError, IngestParams, SkippedDocuments};
use crate::ingest::{has_encoded_lines, is_in_table_file, looks_like_html, looks_like_mail};
use crate::text::{
    Detection, HAS_DICTIONARIES, Language, LanguageChoice, LanguageDetector, Segmentation, TextParams, is_unspaced,
};

/// Largest number of documents that are looked at.
const SAMPLE_DOCUMENTS: usize = 1000;

/// Number of documents that are decoded in parallel.
const SAMPLE_BATCH: usize = 125;

/// The sample ends at this many bytes of text, because it is held in memory.
const SAMPLE_BYTES: usize = 64 << 20;

/// Share of the documents that makes a sample one in a script without spaces.
const UNSPACED: f64 = 0.2;

/// The first documents of a source, and what was seen in them.
#[derive(Default)]
pub(super) struct Sample {
    pub(super) language: Option<Language>,
    /// How the language was recognised; `None` if the parameters do not ask for that.
    pub(super) detection: Option<Detection>,
    pub(super) looks: Looks,
    pub(super) documents: Vec<Document>,
    pub(super) skipped: SkippedDocuments,
}

/// Numbers of documents that look like something.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Looks {
    pub(super) n_documents: usize,
    pub(super) mail: usize,
    pub(super) attachments: usize,
    pub(super) html: usize,
    pub(super) unspaced: usize,
    pub(super) tables: usize,
}

impl Sample {
    /// Reads the sample. The documents are returned, because a source can be read only once.
    pub(super) fn read(
        text: &TextParams,
        source: &mut dyn Iterator<Item = Pending>,
        params: &IngestParams,
    ) -> Result<Self, IngestError> {
        let mut sample = Self::default();
        let (mut detector, mut held) = (LanguageDetector::new(), 0);
        let is_asked = text.language == LanguageChoice::Auto;
        while sample.documents.len() < SAMPLE_DOCUMENTS && held < SAMPLE_BYTES {
            let found = next_batch(source, (SAMPLE_DOCUMENTS - sample.documents.len()).min(SAMPLE_BATCH));
            if found.is_empty() {
                break;
            }
            let decoded: Vec<_> = found.into_par_iter().map(|pending| pending.decode(params)).collect();
            for document in decoded {
                match document {
                    Ok(document) => {
                        if is_asked {
                            detector.add(&document.text);
                        }
                        sample.looks.add(&document);
                        held += document.text.len();
                        sample.documents.push(document);
                    }
                    Err(error) => sample.skipped.push(skip(error, params)?),
                }
            }
        }
        sample.language = match text.language {
            LanguageChoice::Language(language) => Some(language),
            LanguageChoice::None => None,
            LanguageChoice::Auto => {
                let detection = detector.detect();
                let language = detection.language;
                sample.detection = Some(detection);
                language
            }
        };
        Ok(sample)
    }
}

impl Looks {
    /// The choice whether scripts without spaces are cut into words.
    pub(super) fn segmentation(&self, text: &TextParams) -> Segmentation {
        let is_unspaced = self.unspaced > 0 && self.unspaced as f64 >= UNSPACED * self.n_documents as f64;
        match text.segmentation {
            Segmentation::Auto if is_unspaced && HAS_DICTIONARIES && text.token_pattern.is_none() => Segmentation::On,
            choice => choice,
        }
    }

    fn add(&mut self, document: &Document) {
        self.n_documents += 1;
        self.mail += usize::from(looks_like_mail(&document.text));
        self.attachments += usize::from(has_encoded_lines(&document.text));
        self.html += usize::from(looks_like_html(&document.text));
        self.unspaced += usize::from(is_unspaced(&document.text));
        self.tables += usize::from(is_in_table_file(document));
    }
}
