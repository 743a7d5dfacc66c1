//! Objective and seconds of fastTopics' method in plain f64, for the comparison of optima.
//!
//!     cargo bench --bench fast_topics -- MATRIX.mtx          # documents × terms, 20 topics, one thread

#[path = "../tests/common/fast_topics.rs"]
mod fast_topics;

use std::path::PathBuf;
use std::time::Instant;

use topicmill::config::Config;
use topicmill::pipeline::Dataset;

const TOPICS: usize = 20;

fn main() -> Result<(), topicmill::Error> {
    let Some(path) = std::env::args().skip(1).find(|argument| argument != "--bench").map(PathBuf::from) else {
        println!("skipped: no matrix given");
        return Ok(());
    };
    let mut config = Config::default();
    config.ingest.transposed = true;
    let v = Dataset::read(&[path], &config)?.matrix;
    let start = Instant::now();
    let objective = fast_topics::fast_topics::<TOPICS>(&v, 1, 30, 70);
    println!("{{\"seconds\": {}, \"objective\": {objective}}}", start.elapsed().as_secs_f64());
    Ok(())
}
