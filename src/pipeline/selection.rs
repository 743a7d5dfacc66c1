//! Tries numbers of topics on the same documents, and proposes some of them.
//!
//! The documents are halved twice at random, and a tenth of the entries of each half is withheld. A tree of splits
//! gives each half the starts of all numbers of topics at once; from these, topics are sharpened on what is left of the
//! half ([`sharpen_strictly`]), so that all numbers are compared by the same few rounds. Withheld words are foreseen
//! from the rest of their documents. Of a large collection, a half is a sample.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rand_xoshiro::rand_core::Rng;
use rayon::prelude::*;

use super::dataset::Dataset;
use crate::Error;
use crate::config::ConfigError;
use crate::evaluate::{CoOccurrences, CoherenceMeasure, Diversity, MEASURED_WORDS, average_jaccard, best_assignment};
use crate::evaluate::{Window, candidates, match_topics};
use crate::export::{Csv, Exporter, selection_json, selection_table};
use crate::factorize::initialise::Tree;
use crate::factorize::random::{Stream, row_generator, shuffle};
use crate::factorize::sharpen::{GivenTopics, Sharpened, sharpen_strictly, smoothed};
use crate::factorize::{AUTO_TOPICS, Classifier, Counts, FactorizeError, FactorizeParams, MOST_AUTO_TOPICS};
use crate::matrix::{EntryCounts, SparseRows, TermDocumentMatrix};
use crate::model::{CorrelatedWord, Kind, RunRecord, Selection, TriedNumber, rank_by_correlation, store, words_alone};
use crate::report::selection_svg;
use crate::system::{MOST_SETTINGS_BYTES, read_text};

/// Number of times that the documents are halved.
const HALVINGS: usize = 2;

/// Share of the entries that are withheld.
const WITHHELD: f64 = 0.1;

/// Rounds of sharpening for each number of topics.
const ROUNDS: usize = 6;

/// A half has at most this many nonzeros, or this share of all if that is more.
const MOST_NONZEROS: usize = 250_000;
const SHARE_OF_NONZEROS: f64 = 0.125;

/// How many tokens of the whole corpus are added to those of a topic before withheld words are foreseen; the best is
/// taken, since topics of few tokens need more.
const PRIOR_TOKENS: [f64; 7] = [100.0, 300.0, 1000.0, 3000.0, 10_000.0, 30_000.0, 100_000.0];

/// Words of a topic that are compared between runs.
const COMPARED_WORDS: usize = 20;

/// Words in the name of a topic.
const NAME_WORDS: usize = 3;

/// The numbers of topics that are tried where none are named.
pub const DEFAULT_NUMBERS: std::ops::RangeInclusive<usize> = 2..=MOST_AUTO_TOPICS;

/// Tries each of these numbers of topics. `watch` is called with each number once it has been tried; if it returns
/// `Break`, selection fails with [`Error::Interrupted`]. Fails if there are no numbers, or if one is more than the
/// documents or terms of a half.
///
/// ```
/// use std::ops::ControlFlow;
/// use topicmill::{config::Config, pipeline::{Dataset, select}};
/// let config = Config::default();
/// let dataset = Dataset::read(&["corpora/newsroom"], &config)?;
/// let selection = select(&dataset, &config.factorize, &[4, 5, 6, 7, 8], &mut |_| ControlFlow::Continue(()))?;
/// assert_eq!(selection.numbers.len(), 5);
/// assert!(!selection.candidates[0].reasons.is_empty());
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn select(
    dataset: &Dataset,
    params: &FactorizeParams,
    numbers: &[usize],
    watch: &mut dyn FnMut(usize) -> ControlFlow<()>,
) -> Result<Selection, Error> {
    dataset.check_complete()?;
    let numbers = checked(numbers)?;
    let params = FactorizeParams { sharpening_rounds: ROUNDS, n_topics: 1, ..params.clone() };
    params.check()?;
    let samples = samples(dataset, params.seed)?;
    let largest = numbers[numbers.len() - 1];
    for sample in &samples {
        let (n_documents, n_terms) = (sample.v.n_nonempty_documents(), sample.v.n_nonempty_terms());
        if largest > n_documents.min(n_terms) {
            let found = largest.to_string();
            let expected = format!("at most {}: a half of the documents has no more", n_documents.min(n_terms));
            return Err(FactorizeError::Parameter { key: "n_topics", found, expected }.into());
        }
    }
    let seen = all_counts(dataset, &samples);
    let trees: Vec<Tree<'_>> = samples.par_iter().map(|sample| Tree::grow(&sample.v, largest, params.seed)).collect();
    let counts: Vec<Counts<'_>> =
        samples.iter().map(|sample| Counts::new(&sample.v, &sample.counts, dataset.term_weights(), &[])).collect();
    let mut tried: Vec<TriedNumber> = Vec::new();
    let mut before: Vec<Option<u32>> = Vec::new();
    for &n_topics in &numbers {
        let runs: Vec<Run> = (0..samples.len())
            .into_par_iter()
            .map(|i| Run::new(dataset, &trees[i], &samples[i], &counts[i], &seen, n_topics, &params))
            .collect();
        let mut number = measure(&runs, &samples, n_topics);
        number.names = names(dataset, &runs[0]);
        if let Some(smaller) = tried.last() {
            number.origins = origins(&before, smaller.n_topics, &runs[0].topics, n_topics);
        }
        before.clone_from(&runs[0].topics);
        tried.push(number);
        if watch(n_topics).is_break() {
            return Err(Error::Interrupted);
        }
    }
    let (sum, n) = samples.iter().map(Sample::baseline).fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d));
    let baseline_likelihood = if n > 0.0 { sum / n } else { 0.0 };
    Ok(Selection {
        n_runs: samples.len(),
        n_documents: samples.iter().map(|sample| sample.v.n_documents()).max().unwrap_or(0),
        baseline_likelihood,
        candidates: candidates(&tried, baseline_likelihood),
        numbers: tried,
    })
}

/// Chooses the number of topics, where `params` leave it open ([`AUTO_TOPICS`]): the first proposal of
/// [`DEFAULT_NUMBERS`], as far as there are documents for them. Fails as [`select`] does.
pub fn choose(
    dataset: &Dataset,
    params: &FactorizeParams,
    watch: &mut dyn FnMut(usize) -> ControlFlow<()>,
) -> Result<(FactorizeParams, Option<Selection>), Error> {
    if params.n_topics != AUTO_TOPICS {
        return Ok((params.clone(), None));
    }
    let v = &dataset.matrix;
    // Topics of fewer than three documents in a half would be none.
    let most = (v.n_nonempty_documents() / 6).min(v.n_nonempty_terms() / 2).max(2);
    let numbers: Vec<usize> = DEFAULT_NUMBERS.filter(|&n| n <= most).collect();
    let selection = select(dataset, params, &numbers, watch)?;
    let n_topics = selection.candidates.first().map_or(most, |candidate| candidate.n_topics);
    Ok((FactorizeParams { n_topics, ..params.clone() }, Some(selection)))
}

/// Writes what is known of the numbers as a directory: `selection.json`, `selection.csv` and `selection.svg`. Returns
/// the path of the directory, as [`store::save`] does.
pub fn save_selection(
    dataset: &Dataset,
    selection: &Selection,
    run: RunRecord,
    directory: &Path,
    force: bool,
) -> Result<PathBuf, Error> {
    let mut manifest = dataset.manifest(&dataset.config, Kind::Selection, None)?;
    manifest.run = run;
    let json = format!("{:#}\n", selection_json(selection));
    let csv = Csv.export(&selection_table(selection))?;
    let picture = selection_svg(selection);
    let files: [(&str, Box<store::Fill<'_>>); 3] = [
        ("selection.json", Box::new(|out| out.write_all(json.as_bytes()))),
        ("selection.csv", Box::new(|out| out.write_all(&csv))),
        ("selection.svg", Box::new(|out| out.write_all(picture.as_bytes()))),
    ];
    Ok(store::save_files(&files, manifest, directory, force)?)
}

/// Reads what [`save_selection`] wrote: its directory, or the `selection.json` in it.
pub fn read_selection(path: &Path) -> Result<Selection, Error> {
    let path = if path.is_dir() { path.join("selection.json") } else { path.to_path_buf() };
    let place = path.display().to_string();
    let text = read_text(&path, MOST_SETTINGS_BYTES);
    let text = text.map_err(|error| ConfigError::Io { path: place.clone(), error })?;
    Selection::from_json(&text).map_err(|error| {
        let problem = format!("is no selection.json, as topicmill select writes it: {error}");
        ConfigError::Value { place, problem }.into()
    })
}

/// The numbers, ascending and each once. Fails if there is none, or if one is no number of topics to choose.
fn checked(numbers: &[usize]) -> Result<Vec<usize>, Error> {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    for &n_topics in &numbers {
        if n_topics < 2 {
            let expected = "numbers from 2 on, since there is nothing to choose with one topic".into();
            return Err(FactorizeError::Parameter { key: "n_topics", found: n_topics.to_string(), expected }.into());
        }
        FactorizeParams { n_topics, ..FactorizeParams::default() }.check()?;
    }
    if numbers.is_empty() {
        let expected = "numbers to choose from".into();
        return Err(FactorizeError::Parameter { key: "n_topics", found: "none".into(), expected }.into());
    }
    Ok(numbers)
}

/// A half of the documents, without the entries that are withheld.
struct Sample {
    v: TermDocumentMatrix,
    counts: EntryCounts,
    /// The withheld terms of each document, with their counts.
    withheld: SparseRows,
    /// Share of each term in what is not withheld, without zeros.
    term_shares: Vec<f64>,
    /// The documents, by number in the dataset.
    documents: Vec<usize>,
}

/// Both halves of each halving.
fn samples(dataset: &Dataset, seed: u64) -> Result<Vec<Sample>, Error> {
    let v = &dataset.matrix;
    let most = MOST_NONZEROS.max((SHARE_OF_NONZEROS * v.n_nonzeros() as f64) as usize);
    let mut all = Vec::new();
    for halving in 0..HALVINGS {
        let mut documents: Vec<usize> = (0..v.n_documents()).filter(|&d| !v.document(d).0.is_empty()).collect();
        let mut generator = row_generator(seed, Stream::Samples, halving);
        shuffle(&mut documents, &mut generator);
        let (first, second) = documents.split_at(documents.len() / 2);
        for (half, side) in [(first, 0), (second, 1)] {
            let mut n_nonzeros = 0;
            let fits = |&&document: &&usize| {
                n_nonzeros += v.document(document).0.len();
                n_nonzeros <= most
            };
            let mut chosen: Vec<usize> = half.iter().take_while(fits).copied().collect();
            chosen.sort_unstable();
            all.push(Sample::new(dataset, chosen, seed.wrapping_add(2 * halving as u64 + side))?);
        }
    }
    Ok(all)
}

impl Sample {
    fn new(dataset: &Dataset, documents: Vec<usize>, seed: u64) -> Result<Self, Error> {
        let v = &dataset.matrix;
        let (mut rows, mut withheld, mut counts) =
            (SparseRows::default(), SparseRows::default(), EntryCounts::default());
        let mut term_shares = vec![0.1; v.n_terms()];
        for &document in &documents {
            let mut generator = row_generator(seed, Stream::Withheld, document);
            let entries: Vec<((u32, f32), f32)> = v.entries(document).zip(counts_of(dataset, document)).collect();
            let (mut kept, mut taken) = (Vec::new(), Vec::new());
            for (place, &((term, weight), count)) in entries.iter().enumerate() {
                let is_last = place + 1 == entries.len() && kept.is_empty();
                let draw = (generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
                if draw < WITHHELD && !is_last {
                    taken.push((term, count));
                } else {
                    kept.push((term, weight));
                    counts.extend([count]);
                    term_shares[term as usize] += f64::from(count);
                }
            }
            rows.push(kept);
            withheld.push(taken);
        }
        let total: f64 = term_shares.iter().sum();
        term_shares.iter_mut().for_each(|share| *share /= total);
        let v = TermDocumentMatrix::from_documents(v.n_terms(), rows)?;
        Ok(Self { v, counts, withheld, term_shares, documents })
    }

    /// The withheld terms of a document with their counts.
    fn withheld(&self, document: usize) -> impl Iterator<Item = (usize, f64)> {
        let range = self.withheld.indptr[document] as usize..self.withheld.indptr[document + 1] as usize;
        let counts = self.withheld.data[range.clone()].iter();
        self.withheld.indices[range].iter().zip(counts).map(|(&term, &count)| (term as usize, f64::from(count)))
    }

    /// Log-likelihood of the withheld words where there is one topic, and their number.
    fn baseline(&self) -> (f64, f64) {
        let words = (0..self.documents.len()).flat_map(|document| self.withheld(document));
        words.fold((0.0, 0.0), |(sum, n), (term, count)| (sum + count * libm::log(self.term_shares[term]), n + count))
    }
}

/// The counts of a document; its weights, where the dataset has no counts.
fn counts_of(dataset: &Dataset, document: usize) -> Vec<f32> {
    match &dataset.counts {
        Some(counts) => counts.range(dataset.matrix.document_range(document)).collect(),
        None => dataset.matrix.document(document).1.to_vec(),
    }
}

/// The documents of all samples with their counts, for all runs to classify.
fn all_counts(dataset: &Dataset, samples: &[Sample]) -> Vec<(Vec<u32>, Vec<f32>)> {
    let mut documents: Vec<usize> = samples[..2].iter().flat_map(|sample| sample.documents.iter().copied()).collect();
    documents.sort_unstable();
    documents.into_iter().map(|d| (dataset.matrix.document(d).0.to_vec(), counts_of(dataset, d))).collect()
}

/// What one sample says with some number of topics.
struct Run {
    /// The first terms of each topic.
    words: Vec<Vec<u32>>,
    /// The topic of each of the documents that all runs classify.
    topics: Vec<Option<u32>>,
    /// Log-likelihood of the withheld words, for each number of prior tokens.
    likelihoods: [f64; PRIOR_TOKENS.len()],
}

impl Run {
    fn new(
        dataset: &Dataset,
        tree: &Tree<'_>,
        sample: &Sample,
        counts: &Counts<'_>,
        seen: &[(Vec<u32>, Vec<f32>)],
        n_topics: usize,
        params: &FactorizeParams,
    ) -> Self {
        let w = tree.start(n_topics).w;
        let sharpened = sharpen_strictly(counts, &w, &vec![1.0; n_topics], &GivenTopics::default(), params);
        let words = words_alone(&sharpened.w, &dataset.terms, dataset.analyzer.as_ref());
        let ranked = rank_by_correlation(&sample.v, &sharpened.posterior, &words, &[]);
        let first =
            |words: &Vec<CorrelatedWord>| words.iter().take(COMPARED_WORDS).map(|word| word.term as u32).collect();
        let classifier = Classifier::new(smoothed(&sharpened.w, &sharpened.smoothing));
        let classify = |classifier: &mut Classifier, (terms, counts): &(Vec<u32>, Vec<f32>)| {
            classifier.topic(terms, counts).map(|topic| topic as u32)
        };
        Self {
            words: ranked.iter().map(first).collect(),
            topics: seen.par_iter().with_min_len(256).map_init(|| classifier.clone(), classify).collect(),
            likelihoods: likelihoods(sample, &sharpened),
        }
    }
}

/// Log-likelihood of the withheld words of a sample, for each number of prior tokens: a word of term t has the
/// probability Σ_k r_dk (N_tk + μ p_t) / (N_k + μ), where N are the tokens of a topic and p_t is the share of the term
/// in the corpus.
fn likelihoods(sample: &Sample, sharpened: &Sharpened) -> [f64; PRIOR_TOKENS.len()] {
    let flat = sharpened.pseudo_count * sample.v.n_terms() as f64;
    let tokens: Vec<f64> =
        sharpened.smoothing.iter().map(|share| flat * (1.0 - share) / share.max(f64::MIN_POSITIVE)).collect();
    let of_document = |document: usize| {
        let mut sums = [0.0; PRIOR_TOKENS.len()];
        let posterior = sharpened.posterior.row_values(document);
        for (term, count) in sample.withheld(document) {
            let row = sharpened.w.row_values(term);
            for (sum, prior) in sums.iter_mut().zip(PRIOR_TOKENS) {
                let of_corpus = prior * sample.term_shares[term];
                let of_topics = posterior.iter().zip(row).zip(&tokens).filter(|((share, _), _)| **share > 0.0);
                let p: f64 = of_topics
                    .map(|((&share, &phi), n)| f64::from(share) * (f64::from(phi) * n + of_corpus) / (n + prior))
                    .sum();
                *sum += count * libm::log(p.max(f64::MIN_POSITIVE));
            }
        }
        sums
    };
    let sums: Vec<_> = (0..sample.documents.len()).into_par_iter().with_min_len(64).map(of_document).collect();
    sums.iter().fold([0.0; PRIOR_TOKENS.len()], |mut total, sums| {
        total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
        total
    })
}

/// Everything but names and origins.
fn measure(runs: &[Run], samples: &[Sample], n_topics: usize) -> TriedNumber {
    let n_words: f64 = samples.iter().map(|sample| sample.baseline().1).sum();
    let of_prior = |i: usize| runs.iter().map(|run| run.likelihoods[i]).sum::<f64>();
    let likelihood = (0..PRIOR_TOKENS.len()).map(of_prior).fold(f64::NEG_INFINITY, f64::max) / n_words.max(1.0);
    let pairs: Vec<(usize, usize)> = (0..runs.len()).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
    let of_pairs = |value: &(dyn Fn(&Run, &Run) -> f64 + Sync)| {
        let values: Vec<f64> = pairs.par_iter().map(|&(i, j)| value(&runs[i], &runs[j])).collect();
        values.iter().sum::<f64>() / values.len().max(1) as f64
    };
    let shown = |run: &Run| -> Vec<Vec<u32>> {
        run.words.iter().map(|words| words.iter().take(MEASURED_WORDS).copied().collect()).collect()
    };
    // The other half of the same halving has none of the documents of a run.
    let of_others: Vec<f64> = (0..runs.len())
        .into_par_iter()
        .filter_map(|i| {
            let words = CoOccurrences::of_matrix(&shown(&runs[i]), &samples[i ^ 1].v);
            CoherenceMeasure::DocumentNpmi.of(words.of_window(Window::Document)?)?.mean
        })
        .collect();
    let diversity = runs.iter().map(|run| Diversity::new(&shown(run)).distinct_share).sum::<f64>();
    TriedNumber {
        n_topics,
        likelihood,
        stability: of_pairs(&|a, b| shared_documents(&a.topics, &b.topics, n_topics)),
        word_stability: of_pairs(&|a, b| match_topics(&a.words, &b.words, average_jaccard).agreement),
        coherence: (!of_others.is_empty()).then(|| of_others.iter().sum::<f64>() / of_others.len() as f64),
        diversity: diversity / runs.len() as f64,
        names: Vec::new(),
        origins: Vec::new(),
    }
}

/// How many documents each topic of one run shares with each of another.
fn contingency(a: &[Option<u32>], n_a: usize, b: &[Option<u32>], n_b: usize) -> Vec<Vec<f64>> {
    let mut table = vec![vec![0.0; n_b]; n_a];
    for (a, b) in a.iter().zip(b) {
        if let (Some(a), Some(b)) = (a, b) {
            table[*a as usize][*b as usize] += 1.0;
        }
    }
    table
}

/// Mean Jaccard similarity of the documents of topics that are matched one to one.
fn shared_documents(a: &[Option<u32>], b: &[Option<u32>], n_topics: usize) -> f64 {
    let both = contingency(a, n_topics, b, n_topics);
    let of_a: Vec<f64> = both.iter().map(|row| row.iter().sum()).collect();
    let of_b: Vec<f64> = (0..n_topics).map(|j| both.iter().map(|row| row[j]).sum()).collect();
    let similarity = |i: usize, j: usize| both[i][j] / (of_a[i] + of_b[j] - both[i][j]).max(1.0);
    let gains: Vec<Vec<f64>> = (0..n_topics).map(|i| (0..n_topics).map(|j| similarity(i, j)).collect()).collect();
    let partners = best_assignment(&gains);
    partners.iter().enumerate().map(|(i, &j)| gains[i][j]).sum::<f64>() / n_topics as f64
}

/// The three best words of each topic of a run.
fn names(dataset: &Dataset, run: &Run) -> Vec<String> {
    let name = |words: &Vec<u32>| {
        let forms: Vec<&str> =
            words.iter().take(NAME_WORDS).map(|&term| dataset.terms[term as usize].form.as_str()).collect();
        forms.join(", ")
    };
    run.words.iter().map(name).collect()
}

/// Share of the documents of a topic from which on another is named as its origin.
const ORIGIN: f64 = 0.1;

/// For each topic, the topics before that its documents come from, the largest first.
fn origins(before: &[Option<u32>], n_before: usize, now: &[Option<u32>], n_now: usize) -> Vec<Vec<(usize, f64)>> {
    let table = contingency(now, n_now, before, n_before);
    let of_topic = |row: &Vec<f64>| {
        let total = row.iter().sum::<f64>().max(1.0);
        let shares = row.iter().enumerate().map(|(topic, n)| (topic, n / total));
        let mut shares: Vec<(usize, f64)> = shares.filter(|(_, share)| *share >= ORIGIN).collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        shares
    };
    table.iter().map(of_topic).collect()
}
