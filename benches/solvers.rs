//! Solvers beside multiplicative updates: time to their objective after 200 iterations, and where each ends.
//!
//!     cargo bench --bench solvers [-- CORPUS …] [--out FILE]
//!
//! For each corpus (files and folders; those beside the project by default), k = 20 and 64 and five seeds: 200
//! multiplicative updates from a random start, the default from the same, and the default and `coordinate-newton`
//! with starts of their own, whose making is counted. Prints a table of medians; `--out` writes every figure as CSV.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use topicmill::config::Config;
use topicmill::factorize::{FactorizeParams, Init, Iteration, Origin, Solver, fit};
use topicmill::matrix::TermDocumentMatrix;
use topicmill::pipeline::Dataset;

const TOPICS: [usize; 2] = [20, 64];
const SEEDS: u64 = 5;
const CORPORA: [&str; 4] = ["20newsgroups", "bbc", "reuters-r8.tsv", "arxiv-100k.jsonl.gz"];

/// One fit: seconds and objective after every iteration.
fn run(v: &TermDocumentMatrix, params: &FactorizeParams) -> Vec<(f64, f64)> {
    let start = Instant::now();
    let mut course = Vec::new();
    let mut observer = |iteration: &Iteration| {
        course.push((start.elapsed().as_secs_f64(), iteration.objective));
        ControlFlow::Continue(())
    };
    if let Err(error) = fit(v, params, Origin::Init, &mut observer) {
        eprintln!("{error}");
    }
    course
}

/// Fits of one seed: name, seconds to the objective of the updates, seconds in all, last objective.
fn fits(v: &TermDocumentMatrix, n_topics: usize, seed: u64) -> Vec<(&'static str, f64, f64, f64)> {
    let base = FactorizeParams { n_topics, seed, ..Default::default() };
    let updates = FactorizeParams { solver: Solver::Mu, init: Init::Random, tolerance: 0.0, ..base.clone() };
    let same = FactorizeParams { init: Init::Random, ..base.clone() };
    let newton = FactorizeParams { solver: Solver::CoordinateNewton, ..base.clone() };
    let mut out = Vec::new();
    let mut target = f64::INFINITY;
    for (name, params) in
        [("mu", updates), ("default, same start", same), ("default", base), ("coordinate-newton", newton)]
    {
        let course = run(v, &params);
        let Some(&(seconds, last)) = course.last() else { continue };
        target = if name == "mu" { last } else { target };
        let reached = course.iter().find(|(_, objective)| *objective <= target);
        out.push((name, reached.map_or(f64::NAN, |(seconds, _)| *seconds), seconds, last));
    }
    out
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn main() -> Result<(), topicmill::Error> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let (mut corpora, mut out) = (Vec::new(), None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--out" => out = arguments.next(),
            _ => corpora.push(PathBuf::from(argument)),
        }
    }
    if corpora.is_empty() {
        let shared = std::env::var_os("TOPICMILL_SHARED")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
        corpora = CORPORA.map(|name| shared.join("corpora").join(name)).into();
    }
    let mut csv = "corpus,k,seed,fit,seconds_to_mu_200,seconds,objective\n".to_string();
    println!(
        "{:<22} {:>3}  {:<20} {:>14} {:>12} {:>10}",
        "corpus", "k", "fit", "times as fast", "reached", "objective"
    );
    for corpus in corpora.iter().filter(|corpus| corpus.exists()) {
        let name = corpus.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let v = Dataset::read(&[corpus], &Config::default())?.matrix;
        for k in TOPICS {
            let seeds: Vec<_> = (1..=SEEDS).map(|seed| fits(&v, k, seed)).collect();
            for (seed, fits) in (1..).zip(&seeds) {
                for (fit, reached, seconds, objective) in fits {
                    let _ = writeln!(csv, "{name},{k},{seed},\"{fit}\",{reached:.4},{seconds:.4},{objective:.6e}");
                }
            }
            for (i, (fit, ..)) in seeds[0].iter().enumerate() {
                let ratios = seeds.iter().filter_map(|fits| Some(fits.first()?.2 / fits.get(i)?.1)).collect();
                let ends = seeds.iter().filter_map(|fits| Some(fits.get(i)?.3 / fits.first()?.3)).collect();
                let reached = seeds.iter().filter(|fits| fits.get(i).is_some_and(|fit| fit.1.is_finite())).count();
                println!(
                    "{name:<22} {k:>3}  {fit:<20} {:>14.1} {:>9} of {SEEDS} {:>10.4}",
                    median(ratios),
                    reached,
                    median(ends)
                );
            }
        }
    }
    if let Some(path) = out {
        std::fs::write(&path, csv).map_err(|error| topicmill::Error::Internal(error.to_string()))?;
    }
    Ok(())
}
