//! Tests that ranks make the model of one process, and say what is wrong where something is.
//!
//! They start `mpirun` with the program, on shards of the corpus that the project has.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use topicmill::config::Config;
use topicmill::factorize::Silent;
use topicmill::model::{TopicModel, store};
use topicmill::pipeline::{Plan, ShardDirectory, ShardedDataset, WarmStart};

const TOPICS: usize = 6;

fn config() -> Config {
    let mut config = Config::default();
    config.factorize.n_topics = TOPICS;
    config.factorize.shard_documents = 7;
    config.factorize.tolerance = 0.0;
    config.factorize.max_iterations = 40;
    config
}

/// Shards of a corpus, `copies` times as large.
fn shards(folder: &Path, name: &str, copies: usize) -> PathBuf {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/newsroom");
    let texts = folder.join(format!("{name}-texts"));
    for copy in 0..copies {
        copy_texts(&corpus, &texts.join(copy.to_string()));
    }
    let watch = &mut |_| ControlFlow::Continue(());
    let dataset = ShardedDataset::read(&[texts], &config(), folder, watch).unwrap();
    dataset.save_shards(&folder.join(name), false).unwrap()
}

fn copy_texts(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_texts(&entry.path(), &place);
        } else {
            std::fs::copy(entry.path(), place).unwrap();
        }
    }
}

fn mpirun(n: usize) -> Command {
    let mut command = Command::new("mpirun");
    command.args(["--oversubscribe", "-n", &n.to_string()]);
    // Tests in a container run as root.
    command.envs([("OMPI_ALLOW_RUN_AS_ROOT", "1"), ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")]);
    command
}

/// Fits shards on so many ranks, with further arguments.
fn fit(n: usize, shards: &Path, output: &Path, arguments: &[&str]) -> Command {
    let mut command = mpirun(n);
    command.arg(env!("CARGO_BIN_EXE_topicmill-mpi")).arg("fit").arg(shards).arg("-o").arg(output);
    command.args(["-k", "6", "--tolerance", "0", "--max-iterations", "40", "-q"]).args(arguments);
    command
}

fn succeeds(mut command: Command) {
    let Output { status, stderr, .. } = command.output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
}

fn fails(mut command: Command, expected: &[&str]) {
    let Output { status, stderr, .. } = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(!status.success());
    expected.iter().for_each(|expected| assert!(stderr.contains(expected), "{expected:?} is not in {stderr}"));
}

/// The digests of the files of a model.
fn files(model: &Path) -> Vec<(String, String)> {
    store::load_manifest(model).unwrap().files.into_iter().collect()
}

fn alone(shards: &Path, output: &Path) -> Vec<(String, String)> {
    let dataset =
        ShardedDataset::open(ShardDirectory::open(shards).unwrap(), &config(), output.parent().unwrap()).unwrap();
    let model: TopicModel =
        Plan::of_shards(&dataset, &config().factorize, &WarmStart::None).unwrap().run(&mut Silent).unwrap();
    files(&model.save(output).unwrap())
}

#[test]
fn any_number_of_ranks_makes_the_model_of_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let shards = shards(folder.path(), "shards", 1);
    let expected = alone(&shards, &folder.path().join("alone"));
    for n in [1, 2, 3, 4, 7] {
        let output = folder.path().join(format!("model-{n}"));
        succeeds(fit(n, &shards, &output, &[]));
        assert_eq!(files(&output), expected, "{n} ranks");
    }
    let frobenius = |n: usize| {
        let output = folder.path().join(format!("frobenius-{n}"));
        succeeds(fit(n, &shards, &output, &["--loss", "frobenius"]));
        files(&output)
    };
    assert_eq!(frobenius(1), frobenius(3));
}

#[test]
fn more_ranks_than_shards_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config();
    config.factorize.shard_documents = 100;
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/newsroom");
    let watch = &mut |_| ControlFlow::Continue(());
    let dataset = ShardedDataset::read(&[corpus], &config, folder.path(), watch).unwrap();
    let shards = dataset.save_shards(&folder.path().join("shards"), false).unwrap();
    let model = |n: usize| {
        let output = folder.path().join(format!("model-{n}"));
        succeeds(fit(n, &shards, &output, &[]));
        files(&output)
    };
    assert_eq!(model(1), model(5));
}

#[test]
fn what_cannot_be_fitted_is_told_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let whole = shards(folder.path(), "shards", 1);
    let output = folder.path().join("model");
    fails(
        fit(2, &folder.path().join("nothing"), &output, &[]),
        &["fits a directory of shards alone", "vectorize --shards"],
    );
    let mut topics = mpirun(2);
    topics.args([env!("CARGO_BIN_EXE_topicmill-mpi"), "topics", "model"]);
    fails(topics, &["this program fits alone"]);
    fails(fit(2, &whole, &output, &["--min-df", "3"]), &["the shards have their terms"]);
    fails(fit(2, &whole, &output, &["--online"]), &["factorize.variant is online"]);
    let damaged = shards(folder.path(), "damaged", 1);
    let shard = damaged.join("shard-000017");
    let mut bytes = std::fs::read(&shard).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&shard, bytes).unwrap();
    fails(fit(2, &damaged, &output, &[]), &["rank 1", "shard-000017", "is cut off or edited"]);
    std::fs::remove_file(&shard).unwrap();
    fails(fit(2, &damaged, &output, &[]), &["shard-000017"]);
    assert!(!output.exists());
}

#[test]
fn ranks_with_other_documents_are_told() {
    let folder = tempfile::tempdir().unwrap();
    for (place, copies) in [("a", 1), ("b", 2)] {
        std::fs::create_dir(folder.path().join(place)).unwrap();
        shards(&folder.path().join(place), "shards", copies);
    }
    let mut command = mpirun(1);
    for (place, separator) in [("a", Some(":")), ("b", None)] {
        command.args(["--wdir".as_ref(), folder.path().join(place).as_os_str()]);
        command.args([env!("CARGO_BIN_EXE_topicmill-mpi"), "fit", "shards", "-k", "6", "-o", "model"]);
        if let Some(separator) = separator {
            command.args([separator, "-n", "1"]);
        }
    }
    fails(command, &["rank 1: shards holds other documents than that of rank 0"]);
    assert!(!folder.path().join("a/model").exists());
}

/// The processes of the program that work in a folder, by their ids.
fn ranks_of(output: &Path) -> Vec<i32> {
    let is_rank = |process: &i32| {
        let words = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        let words = String::from_utf8_lossy(&words);
        words.split('\0').next().is_some_and(|program| program.ends_with("topicmill-mpi"))
            && words.contains(&*output.to_string_lossy())
    };
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let mut found: Vec<i32> =
        processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(is_rank).collect();
    found.sort_unstable();
    found
}

#[test]
fn a_fit_that_has_lost_a_rank_goes_on_with_fewer() {
    let folder = tempfile::tempdir().unwrap();
    let shards = shards(folder.path(), "shards", 6);
    let expected = alone(&shards, &folder.path().join("alone"));
    let output = folder.path().join("model");
    let checkpoint = folder.path().join("model.checkpoint");
    let mut fitting = fit(3, &shards, &output, &["--checkpoint-every", "0.001s"]);
    let mut running = fitting.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while !checkpoint.exists() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(2));
    }
    let ranks = ranks_of(&output);
    assert!(ranks.len() >= 3, "{ranks:?}");
    let killed = Command::new("kill").args(["-9", &ranks[ranks.len() - 1].to_string()]).status().unwrap();
    assert!(killed.success());
    let mut told = String::new();
    std::io::Read::read_to_string(&mut running.stderr.take().unwrap(), &mut told).unwrap();
    assert!(!running.wait().unwrap().success());
    assert!(told.contains("signal 9"), "{told}");
    assert!(!output.exists());
    succeeds(fit(2, &shards, &output, &["--resume"]));
    assert_eq!(files(&output), expected);
    assert!(!checkpoint.exists());
}
