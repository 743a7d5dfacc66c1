//! Documents that are nearly the same, and words that this corpus has everywhere.

use super::dataset::Dataset;
use crate::Error;
use crate::ingest::{OnDuplicate, SkipReason, Skipped};
use crate::matrix::{Duplicates, EntryCounts, Term};
use crate::model::DuplicatesRecord;
use crate::text::{AnalyzerSpec, View};

/// Groups, and documents of each, that are named.
const NAMED_GROUPS: usize = 20;
const NAMED_DOCUMENTS: usize = 10;

/// Share of the documents that must have a word for it to be proposed as a stop word, and how much more often than by
/// chance its occurrences may share a document.
const FREQUENT: f64 = 0.1;
const EVEN: f64 = 0.25;

impl Dataset {
    /// The documents that are nearly the same as others.
    pub fn duplicates(&self) -> Duplicates {
        match &self.counts {
            Some(counts) => Duplicates::find(&self.matrix, counts),
            None => {
                let ones: EntryCounts = std::iter::repeat_n(1.0, self.matrix.n_nonzeros()).collect();
                Duplicates::find(&self.matrix, &ones)
            }
        }
    }

    /// Words that nearly all kinds of documents of this corpus have, the most frequent first: at least a tenth of the
    /// documents have them, and as many as if each occurrence fell on a document by chance. (K. Church, W. Gale,
    /// *Inverse document frequency*, 1995: their residual idf is below a quarter of a nat.)
    pub fn suggested_stop_words(&self, n: usize) -> Vec<&Term> {
        let n_documents = self.matrix.n_documents() as f64;
        let is_even = |term: &&Term| {
            let df = f64::from(term.df);
            let by_chance = n_documents * -libm::expm1(-term.cf / n_documents);
            df >= FREQUENT * n_documents && libm::log(by_chance / df) <= EVEN
        };
        let views = AnalyzerSpec::views_of(self.analyzer.as_ref());
        let is_word = |term: &&Term| !View::is_value(views, &term.term);
        let mut found: Vec<&Term> = self.terms.iter().filter(is_even).filter(is_word).collect();
        found.sort_by(|a, b| b.df.cmp(&a.df).then_with(|| a.term.cmp(&b.term)));
        found.truncate(n);
        found
    }

    /// Records the duplicates, and leaves out all but the first of each group if that is asked for.
    pub(super) fn with_duplicates(mut self) -> Result<Self, Error> {
        let duplicates = self.duplicates();
        let documents = &self.documents;
        let mut largest: Vec<&Vec<usize>> = duplicates.groups.iter().collect();
        largest.sort_by_key(|group| std::cmp::Reverse(group.len()));
        let ids = |group: &&Vec<usize>| {
            group.iter().take(NAMED_DOCUMENTS).map(|&document| documents.row(document).id.to_string()).collect()
        };
        self.corpus.duplicates = Some(DuplicatesRecord {
            n_groups: duplicates.groups.len(),
            n_copies: duplicates.n_copies(),
            n_equal: duplicates.n_equal,
            groups: largest.iter().take(NAMED_GROUPS).map(ids).collect(),
        });
        if self.config.ingest.duplicates != OnDuplicate::Drop || duplicates.groups.is_empty() {
            return Ok(self);
        }
        let mut is_copy = vec![None; documents.len()];
        for group in &duplicates.groups {
            group[1..].iter().for_each(|&document| is_copy[document] = Some(group[0]));
        }
        let kept: Vec<usize> = (0..documents.len()).filter(|&document| is_copy[document].is_none()).collect();
        let mut dropped = self.subset(&kept)?;
        for (document, first) in is_copy.iter().enumerate() {
            if let Some(first) = first {
                let detail = format!("like {}", documents.row(*first).id);
                let source = documents.row(document).source.to_string();
                dropped.skipped.push(Skipped { source, reason: SkipReason::Duplicate, detail });
            }
        }
        let corpus = &mut dropped.corpus;
        corpus.n_documents = kept.len();
        corpus.n_nonzeros = dropped.matrix.n_nonzeros();
        corpus.skipped.insert(SkipReason::Duplicate.to_string(), duplicates.n_copies());
        corpus.skipped_documents = dropped.skipped.listed().iter().map(ToString::to_string).collect();
        Ok(dropped)
    }
}
