//! What all ranks do together when the leader asks for it.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use mpi::collective::SystemOperation;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives};
use topicmill::factorize::{
    BlockSums, FactorMatrix, FactorizeError, LocalShards, Pass, RowSet, Rows, Said, ShardSizes, Shards,
};
use topicmill::pipeline::ShardDirectory;

use crate::messages::{LEADER, broadcast, exchange, gather};

/// What the leader asks for.
#[derive(Debug)]
pub enum Command {
    /// Each rank opens this directory, which must have this digest.
    Open { directory: PathBuf, digest: String },
    /// A pass, as bytes.
    Run(Vec<u8>),
    /// Rows of documents.
    Read(RowSet, Range<usize>),
    /// Rows become those of documents from this one on.
    Write(RowSet, usize, FactorMatrix),
    /// The ranks may go home.
    End,
}

/// What all ranks together answer.
#[derive(Debug)]
pub enum Answer {
    Done,
    Said(Said),
    Rows(FactorMatrix),
}

/// A rank with the shards that it holds.
pub struct Member<'w> {
    world: &'w SimpleCommunicator,
    held: Option<Held>,
}

struct Held {
    shards: ShardDirectory,
    /// The numbers of the shards of this rank: a range, so that their sums are few nodes.
    own: Vec<usize>,
    rows: [Arc<OwnRows>; 2],
}

impl<'w> Member<'w> {
    pub fn new(world: &'w SimpleCommunicator) -> Self {
        Self { world, held: None }
    }

    /// Does what the leader asks for until it ends; for all ranks but the leader.
    pub fn serve(mut self) {
        loop {
            let mut bytes = Vec::new();
            broadcast(self.world, &mut bytes);
            match Command::from_bytes(&bytes) {
                Some(Command::End) | None => return,
                // What went wrong is told by the leader.
                Some(command) => drop(self.obey(command)),
            }
        }
    }

    /// Has all ranks do something; for the leader.
    pub fn lead(&mut self, command: Command) -> Result<Answer, String> {
        broadcast(self.world, &mut command.to_bytes());
        match command {
            Command::End => Ok(Answer::Done),
            command => self.obey(command),
        }
    }

    /// Does what is asked of all ranks. The leader gets the answer.
    fn obey(&mut self, command: Command) -> Result<Answer, String> {
        match command {
            Command::Open { directory, digest } => {
                let opened = self.open(&directory, &digest);
                self.agree(opened)?;
                Ok(Answer::Done)
            }
            Command::Run(pass) => self.run(&pass),
            Command::Read(set, documents) => {
                let rows = self.agree(self.held().and_then(|held| held.read(set, documents)))?;
                let parts = gather(self.world, rows.to_bytes());
                let parts: Option<Vec<_>> = parts.iter().map(|part| FactorMatrix::from_bytes(part)).collect();
                let rows = parts.and_then(|parts| FactorMatrix::concatenated(&parts));
                rows.map(Answer::Rows).ok_or_else(|| "the ranks have rows of different topics".into())
            }
            Command::Write(set, first, rows) => {
                let written = self.held().and_then(|held| held.write(set, first, &rows));
                self.agree(written)?;
                Ok(Answer::Done)
            }
            Command::End => Ok(Answer::Done),
        }
    }

    fn open(&mut self, directory: &Path, digest: &str) -> Result<(), String> {
        let shards = ShardDirectory::open(directory).map_err(|error| error.to_string())?;
        if shards.digest() != digest {
            return Err(format!("{} holds other documents than that of rank {LEADER}", directory.display()));
        }
        let (rank, size) = (self.world.rank() as usize, self.world.size() as usize);
        let sizes = shards.sizes();
        let own = (first_shard(sizes.n_shards(), rank, size)..first_shard(sizes.n_shards(), rank + 1, size)).collect();
        let rows = || Arc::new(OwnRows { sizes, rows: RwLock::default() });
        self.held = Some(Held { shards, own, rows: [rows(), rows()] });
        Ok(())
    }

    fn held(&self) -> Result<&Held, String> {
        self.held.as_ref().ok_or_else(|| "no directory has been opened".into())
    }

    /// The largest number of all ranks.
    fn largest(&self, number: u64) -> u64 {
        let mut largest = 0;
        self.world.all_reduce_into(&number, &mut largest, SystemOperation::max());
        largest
    }

    /// What each rank has found, if none has failed. Otherwise the leader gets all that went wrong.
    fn agree<T>(&self, result: Result<T, String>) -> Result<T, String> {
        if self.largest(u64::from(result.is_err())) == 0 {
            return result;
        }
        let problem = result.err().unwrap_or_default();
        let problems = gather(self.world, problem.into_bytes()).into_iter().enumerate();
        let problems = problems.filter(|(_, problem)| !problem.is_empty());
        let told: Vec<String> =
            problems.map(|(rank, problem)| format!("rank {rank}: {}", String::from_utf8_lossy(&problem))).collect();
        Err(told.join("; "))
    }

    /// Runs a pass over the shards of this rank, and adds up what all ranks say: each rank adds a range of terms, and
    /// the leader gets the sums.
    fn run(&self, pass: &[u8]) -> Result<Answer, String> {
        let size = self.world.size() as usize;
        let sums = self.agree(self.held().and_then(|held| held.run(pass)))?;
        let n_shards = self.held()?.shards.sizes().n_shards() as u64;
        let matrices = match self.largest(u64::from(sums.parts().any(|said| !said.matrices.is_empty()))) {
            0 => Vec::new(),
            _ => {
                let parts = (0..size).map(|rank| sums.map(|said| slice(said, rank, size)).to_bytes()).collect();
                let own = self.agree(total(exchange(self.world, parts), n_shards))?;
                let mut alone = BlockSums::default();
                alone.add_block(0, own).map_err(|error| error.to_string())?;
                gather(self.world, alone.to_bytes())
            }
        };
        let rest = gather(self.world, sums.map(without_matrices).to_bytes());
        if self.world.rank() != LEADER {
            return Ok(Answer::Done);
        }
        let mut said = total(rest, n_shards)?;
        let parts = matrices.into_iter().map(|bytes| total(vec![bytes], 1)).collect::<Result<Vec<_>, _>>()?;
        said.matrices = joined(&parts).ok_or("the ranks have added up different topics")?;
        Ok(Answer::Said(said))
    }
}

impl Held {
    fn run(&self, pass: &[u8]) -> Result<BlockSums<Said>, String> {
        let run = || {
            let [factors, topics] = self.rows.clone();
            LocalShards::new(&self.shards, factors, Some(topics)).run_some(&mut Pass::from_bytes(pass)?, &self.own)
        };
        run().map_err(|error: FactorizeError| error.to_string())
    }

    /// The documents of a range that this rank holds.
    fn documents(&self, range: Range<usize>) -> Range<usize> {
        let sizes = self.shards.sizes();
        let (first, last) = match self.own[..] {
            [] => return range.start..range.start,
            [first, .., last] => (first, last),
            [only] => (only, only),
        };
        let start = range.start.max(sizes.documents(first).start);
        start..range.end.min(sizes.documents(last).end).max(start)
    }

    fn read(&self, set: RowSet, documents: Range<usize>) -> Result<FactorMatrix, String> {
        self.rows[set as usize].read(self.documents(documents)).map_err(|error| error.to_string())
    }

    fn write(&self, set: RowSet, first: usize, rows: &FactorMatrix) -> Result<(), String> {
        let own = self.documents(first..first + rows.n_rows());
        let rows = rows.rows(own.start - first..own.end - first);
        self.rows[set as usize].write(own.start, &rows).map_err(|error| error.to_string())
    }
}

/// The rows of H of the shards of a rank, shard by shard.
#[derive(Debug)]
struct OwnRows {
    sizes: ShardSizes,
    rows: RwLock<BTreeMap<usize, FactorMatrix>>,
}

impl OwnRows {
    /// The shards of a range of documents, each with the part of its documents, by their numbers within the shard.
    fn shards(&self, documents: Range<usize>) -> impl Iterator<Item = (usize, Range<usize>)> {
        let sizes = self.sizes;
        let numbers = documents.start / sizes.shard_documents..documents.end.div_ceil(sizes.shard_documents);
        let numbers = if documents.is_empty() { 0..0 } else { numbers };
        numbers.map(move |shard| {
            let all = sizes.documents(shard);
            (shard, documents.start.max(all.start) - all.start..documents.end.min(all.end) - all.start)
        })
    }
}

impl Rows for OwnRows {
    fn read(&self, documents: Range<usize>) -> io::Result<FactorMatrix> {
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        let missing = || io::Error::other("there are no rows of these documents");
        let mut parts = Vec::new();
        for (shard, part) in self.shards(documents) {
            parts.push(rows.get(&shard).ok_or_else(missing)?.rows(part));
        }
        FactorMatrix::concatenated(&parts).ok_or_else(missing)
    }

    fn write(&self, first: usize, rows: &FactorMatrix) -> io::Result<()> {
        let mut all = self.rows.write().unwrap_or_else(PoisonError::into_inner);
        let mut from = 0;
        for (shard, part) in self.shards(first..first + rows.n_rows()) {
            let n_documents = self.sizes.documents(shard).len();
            let own = all.entry(shard).or_insert_with(|| FactorMatrix::zeros(n_documents, rows.n_topics()));
            if own.n_topics() != rows.n_topics() {
                *own = FactorMatrix::zeros(n_documents, rows.n_topics());
            }
            let width = rows.lanes_per_row();
            let to = part.start * width..part.end * width;
            let length = to.len();
            own.lanes_mut()[to].copy_from_slice(&rows.lanes()[from..from + length]);
            from += length;
        }
        Ok(())
    }
}

/// The first of the shards of a rank. Sums are taken in a tree over shards, and a range that begins at a multiple of a
/// high power of two is few nodes of it: shards are divided there if no rank has an eighth more than its part for that.
fn first_shard(n_shards: usize, rank: usize, size: usize) -> usize {
    let even = rank * n_shards / size;
    // There is nobody behind the last one to take what is left.
    let slack = if rank < size { n_shards / (8 * size) } else { 0 };
    let rounded = |power: u32| (even + (1 << power) / 2) >> power << power;
    let near = (0..usize::BITS - 1).rev().map(rounded).find(|first| first.abs_diff(even) <= slack);
    near.unwrap_or(even)
}

/// Part `rank` of `n` things that are divided among ranks.
fn part(n: usize, rank: usize, size: usize) -> Range<usize> {
    rank * n / size..(rank + 1) * n / size
}

/// The rows of its matrices that a rank adds up.
fn slice(said: &Said, rank: usize, size: usize) -> Said {
    let rows = |matrix: &FactorMatrix| matrix.rows(part(matrix.n_rows(), rank, size));
    Said { matrices: said.matrices.iter().map(rows).collect(), ..Said::default() }
}

fn without_matrices(said: &Said) -> Said {
    let Said { numbers, counts, list, .. } = said;
    Said { matrices: Vec::new(), numbers: numbers.clone(), counts: counts.clone(), list: list.clone() }
}

/// The sum of what ranks say of all shards.
fn total(parts: Vec<Vec<u8>>, n_shards: u64) -> Result<Said, String> {
    let add = || {
        let mut sums = BlockSums::default();
        parts.iter().try_for_each(|part| sums.merge(BlockSums::from_bytes(part)?))?;
        Ok(sums.totals(n_shards)?.unwrap_or_default())
    };
    add().map_err(|error: FactorizeError| error.to_string())
}

/// The matrices whose rows stand in the parts of ranks; `None` if these do not belong together.
fn joined(parts: &[Said]) -> Option<Vec<FactorMatrix>> {
    let n_matrices = parts.iter().map(|said| said.matrices.len()).max().unwrap_or(0);
    let matrix = |at: usize| {
        let rows: Vec<FactorMatrix> = parts.iter().filter_map(|said| said.matrices.get(at).cloned()).collect();
        FactorMatrix::concatenated(&rows)
    };
    (0..n_matrices).map(matrix).collect()
}

impl Command {
    fn to_bytes(&self) -> Vec<u8> {
        let number = |number: usize| (number as u64).to_le_bytes();
        match self {
            Self::End => vec![0],
            Self::Open { directory, digest } => {
                let directory = directory.to_string_lossy();
                [&[1][..], &number(digest.len()), digest.as_bytes(), directory.as_bytes()].concat()
            }
            Self::Run(pass) => [&[2], &pass[..]].concat(),
            Self::Read(set, range) => [&[3, *set as u8][..], &number(range.start), &number(range.end)].concat(),
            Self::Write(set, first, rows) => [&[4, *set as u8][..], &number(*first), &rows.to_bytes()].concat(),
        }
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let number = |bytes: &[u8], at: usize| {
            bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()).map(|bytes| u64::from_le_bytes(*bytes) as usize)
        };
        let (kind, rest) = bytes.split_first()?;
        let set = || if rest.first() == Some(&0) { RowSet::Factors } else { RowSet::Topics };
        Some(match kind {
            0 => Self::End,
            1 => {
                let (digest, directory) = rest.get(8..)?.split_at_checked(number(rest, 0)?)?;
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                Self::Open { directory: PathBuf::from(text(directory)), digest: text(digest) }
            }
            2 => Self::Run(rest.to_vec()),
            3 => Self::Read(set(), number(rest, 1)?..number(rest, 9)?),
            _ => Self::Write(set(), number(rest, 1)?, FactorMatrix::from_bytes(rest.get(9..)?)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::first_shard;

    #[test]
    fn every_shard_has_one_rank() {
        for size in 1..9 {
            for n_shards in (0..200).chain([1000, 15_259]) {
                let firsts: Vec<usize> = (0..=size).map(|rank| first_shard(n_shards, rank, size)).collect();
                assert_eq!((firsts[0], firsts[size]), (0, n_shards), "{n_shards} on {size}");
                let most = n_shards.div_ceil(size) + n_shards / (4 * size);
                assert!(firsts.windows(2).all(|pair| pair[0] <= pair[1] && pair[1] - pair[0] <= most), "{firsts:?}");
            }
        }
        assert_eq!([1, 2, 3].map(|rank| first_shard(190, rank, 4)), [48, 96, 144]);
    }
}
