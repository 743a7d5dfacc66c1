//! The program `topicmill`: everything is in the library's `cli` module.

fn main() -> std::process::ExitCode {
    topicmill::cli::main()
}
