//! The program `topicmill-mpi`: `topicmill fit` of a directory of shards, on all ranks that `mpirun` starts.
//!
//! The shards are divided among the ranks, which keep their rows of H. The first rank leads: it runs the command, and
//! for each pass over the shards it sends W to all ranks, which say what their documents say; each adds up a range of
//! terms. Sums are taken in a fixed tree over shards, so that any number of ranks gives the same model, byte for byte.

mod leader;
mod messages;
mod team;

use std::process::ExitCode;

use mpi::Threading;
use mpi::traits::Communicator;

fn main() -> ExitCode {
    let Some((universe, _)) = mpi::initialize_with_threading(Threading::Funneled) else {
        eprintln!("error: MPI has been initialised already");
        return ExitCode::FAILURE;
    };
    let world = universe.world();
    let arguments: Vec<_> = std::env::args_os().collect();
    if world.rank() == messages::LEADER {
        return leader::run(&world, arguments);
    }
    topicmill::cli::use_threads_of(&arguments);
    team::Member::new(&world).serve();
    ExitCode::SUCCESS
}
