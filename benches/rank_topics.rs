//! Ranks the words of anyone's topics as topicmill ranks its own, for the comparison of quality.
//!
//!     cargo bench --bench rank_topics -- MATRIX TOPICS        # a directory of `vectorize`, one with the two arrays
//!
//! `topic_term.npy` (topics × terms) and `document_topic.npy` (documents × topics) belong to the terms and documents of
//! the matrix. A line per topic: its ten best words, separated by tabs.

use std::path::PathBuf;

use topicmill::config::Config;
use topicmill::factorize::FactorMatrix;
use topicmill::model::{rank_by_correlation, store};
use topicmill::pipeline::Dataset;

const WORDS: usize = 10;

fn main() -> Result<(), topicmill::Error> {
    let arguments: Vec<PathBuf> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").map(PathBuf::from).collect();
    let [matrix, topics] = &arguments[..] else {
        println!("skipped: no matrix and no topics given");
        return Ok(());
    };
    let dataset = Dataset::read(&[matrix], &Config::default())?;
    let topic_term = store::read_npy(&topics.join(store::TOPIC_TERM))?;
    let w =
        FactorMatrix::from_fn(topic_term.n_topics(), topic_term.n_rows(), |term, topic| topic_term.get(topic, term));
    let mut shares = store::read_npy(&topics.join("document_topic.npy"))?;
    shares.each_row(|_, row| {
        let total: f32 = row.iter().sum();
        row.iter_mut().for_each(|share| *share = if total > 0.0 { *share / total } else { 0.0 });
    });
    for words in rank_by_correlation(&dataset.matrix, &shares, &w, &[]) {
        let words: Vec<&str> = words.iter().take(WORDS).map(|word| dataset.terms[word.term].term.as_str()).collect();
        println!("{}", words.join("\t"));
    }
    Ok(())
}
