//! The first rank: it runs the command, whose fit asks all ranks for its passes.
//!
//! MPI is called by the thread of `main` alone. The command runs in another one, and asks through a channel.

use std::ffi::OsString;
use std::io;
use std::ops::Range;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use mpi::topology::SimpleCommunicator;
use topicmill::Error;
use topicmill::factorize::{Engine, FactorMatrix, FactorizeError, Pass, RowSet, Rows, Said, ShardSizes, Shards};
use topicmill::pipeline::ShardDirectory;

use crate::team::{Answer, Command, Member};

/// A command, and where its answer goes.
type Request = (Command, Sender<Result<Answer, String>>);

/// Runs the program with these arguments.
pub fn run(world: &SimpleCommunicator, arguments: Vec<OsString>) -> ExitCode {
    let (requests, asked) = channel::<Request>();
    let command = std::thread::spawn(move || {
        let team = Team { requests };
        topicmill::cli::fit_with(arguments, &|directory| team.open(directory))
    });
    let mut member = Member::new(world);
    for (command, answer) in asked {
        // Nobody waits for the answer where the command was interrupted.
        let _ = answer.send(member.lead(command));
    }
    let _ = member.lead(Command::End);
    ExitCode::from(command.join().unwrap_or(1))
}

/// All ranks, as the command sees them.
#[derive(Clone, Debug)]
struct Team {
    requests: Sender<Request>,
}

impl Team {
    fn ask(&self, command: Command) -> io::Result<Answer> {
        let gone = || io::Error::other("the ranks have gone");
        let (sender, receiver) = channel();
        self.requests.send((command, sender)).map_err(|_| gone())?;
        receiver.recv().map_err(|_| gone())?.map_err(io::Error::other)
    }

    fn open(&self, directory: &ShardDirectory) -> Result<Arc<dyn Engine + Send>, Error> {
        let (path, digest) = (directory.path().to_path_buf(), directory.digest().to_string());
        self.ask(Command::Open { directory: path, digest }).map_err(FactorizeError::Shard)?;
        Ok(Arc::new(Ranks { team: self.clone(), sizes: directory.sizes() }))
    }
}

/// The ranks with their shards.
#[derive(Debug)]
struct Ranks {
    team: Team,
    sizes: ShardSizes,
}

impl Engine for Ranks {
    fn sizes(&self) -> ShardSizes {
        self.sizes
    }

    fn run(&self, pass: &mut Pass<'_>) -> Result<Said, FactorizeError> {
        match self.team.ask(Command::Run(pass.to_bytes()))? {
            Answer::Said(said) => Ok(said),
            Answer::Done | Answer::Rows(_) => Err(io::Error::other("the ranks have said nothing").into()),
        }
    }

    fn rows(&self, set: RowSet) -> Result<Arc<dyn Rows>, FactorizeError> {
        Ok(Arc::new(RankRows { team: self.team.clone(), set }))
    }
}

/// Rows of H that the ranks hold.
#[derive(Debug)]
struct RankRows {
    team: Team,
    set: RowSet,
}

impl Rows for RankRows {
    fn read(&self, documents: Range<usize>) -> io::Result<FactorMatrix> {
        match self.team.ask(Command::Read(self.set, documents))? {
            Answer::Rows(rows) => Ok(rows),
            Answer::Done | Answer::Said(_) => Err(io::Error::other("the ranks have no rows")),
        }
    }

    fn write(&self, first: usize, rows: &FactorMatrix) -> io::Result<()> {
        self.team.ask(Command::Write(self.set, first, rows.clone())).map(drop)
    }
}
