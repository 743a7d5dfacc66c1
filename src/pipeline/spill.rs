//! Counted documents on disk, until all are known: blocks of counts in one file, and the types of counters in sorted
//! runs, so that no vocabulary need fit into memory.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::read::BlockStore;
use super::scratch::{Scratch, of_file};
use crate::Error;
use crate::factorize::FactorizeError;
use crate::system::Memory;
use crate::text::{CorpusBuilder, CountBlock, MergedTerm, RetiredCounter, SurfaceBlock, merge_runs};

/// Surface forms and n-grams of a counter beyond which it is written to disk and forgotten; fewer where memory is
/// scarce, but not so few that there would be thousands of runs.
const MOST_TYPES: usize = 1 << 20;
const LEAST_TYPES: usize = 1 << 16;

/// Bytes that a counter takes per type, and the part of the memory that all counters may take together.
const TYPE_BYTES: u64 = 256;
const PART_OF_MEMORY: u64 = 8;

/// Bytes that are held per type and term once all documents are counted.
const NUMBER_BYTES: u64 = 24;

/// Blocks that are decoded at once.
const GROUP_BLOCKS: usize = 64;

/// Stands for a type that no run has.
const NO_TERM: u32 = u32::MAX;

/// Counted documents on disk.
pub(super) struct Spill {
    scratch: Arc<Scratch>,
    path: PathBuf,
    blocks: BufWriter<File>,
    /// The length of each block.
    lengths: Vec<usize>,
    runs: Vec<Run>,
    n_documents: usize,
    n_tokens: u64,
    unites_forms: bool,
    /// Types of a counter that is written to disk.
    most_types: usize,
}

/// The types of a counter, sorted in a file.
struct Run {
    counter: usize,
    n_types: usize,
    path: PathBuf,
}

impl Spill {
    pub(super) fn create(scratch: Arc<Scratch>, unites_forms: bool) -> io::Result<Self> {
        let counters = rayon::current_num_threads() as u64;
        let most_types = Memory::current().limit / (PART_OF_MEMORY * TYPE_BYTES * counters);
        let path = scratch.new_file("counts");
        let file = File::options().read(true).write(true).create_new(true).open(&path).map_err(of_file(&path))?;
        Ok(Self {
            scratch,
            path,
            blocks: BufWriter::with_capacity(1 << 20, file),
            lengths: Vec::new(),
            runs: Vec::new(),
            n_documents: 0,
            n_tokens: 0,
            unites_forms,
            most_types: (most_types as usize).clamp(LEAST_TYPES, MOST_TYPES),
        })
    }

    fn retire(&mut self, counters: Vec<RetiredCounter<'_>>) -> io::Result<()> {
        for counter in counters {
            let path = self.scratch.new_file("types");
            let run = Run { counter: counter.number(), n_types: counter.n_types(), path };
            let write = || {
                let mut out = BufWriter::with_capacity(1 << 20, File::create_new(&run.path)?);
                counter.write(&mut out)?;
                out.flush()
            };
            write().map_err(of_file(&run.path))?;
            self.runs.push(run);
        }
        Ok(())
    }
}

/// An error of the disk.
fn failed(error: io::Error) -> Error {
    FactorizeError::Shard(error).into()
}

impl BlockStore for Spill {
    type Corpus = SpilledCorpus;

    fn push(&mut self, block: SurfaceBlock) -> Result<(), Error> {
        let bytes = block.to_bytes();
        self.blocks.write_all(&bytes).map_err(of_file(&self.path)).map_err(failed)?;
        self.lengths.push(bytes.len());
        self.n_documents += block.n_documents();
        self.n_tokens = block.n_tokens().iter().fold(self.n_tokens, |sum, &n| sum.saturating_add(n));
        Ok(())
    }

    fn after_batch(&mut self, builder: &CorpusBuilder<'_>) -> Result<(), Error> {
        self.retire(builder.take_large(self.most_types)).map_err(failed)
    }

    fn finish(mut self, builder: CorpusBuilder<'_>) -> Result<SpilledCorpus, Error> {
        self.retire(builder.take_all()).map_err(failed)?;
        let Self { scratch, path, blocks, lengths, runs, n_documents, n_tokens, unites_forms, .. } = self;
        let n_types: usize = runs.iter().map(|run| run.n_types).sum();
        let needed = Memory::taken() + NUMBER_BYTES * n_types as u64;
        Error::check_memory(format!("numbering {n_types} words and n-grams"), needed)?;
        let file = blocks.into_inner().map_err(io::IntoInnerError::into_error);
        let file = file.map_err(of_file(&path)).map_err(failed)?;
        let most = runs.iter().map(|run| run.counter + 1).max().unwrap_or(0);
        let mut corpus = SpilledCorpus {
            path,
            file,
            lengths,
            term_ids: vec![Vec::new(); most],
            runs,
            n_documents,
            n_tokens,
            n_terms: 0,
            n_unstemmed: 0,
            unites_forms,
            _scratch: scratch,
        };
        corpus.number_terms().map_err(failed)?;
        Ok(corpus)
    }

    fn phrases(_: &SpilledCorpus) -> Vec<String> {
        Vec::new()
    }
}

/// Counted documents on disk with a common numbering of terms, in lexicographic order. Dropping it removes its files.
pub(super) struct SpilledCorpus {
    path: PathBuf,
    file: File,
    lengths: Vec<usize>,
    runs: Vec<Run>,
    /// The term of each type, by counter.
    term_ids: Vec<Vec<u32>>,
    pub(super) n_documents: usize,
    pub(super) n_tokens: u64,
    pub(super) n_terms: usize,
    pub(super) n_unstemmed: usize,
    unites_forms: bool,
    _scratch: Arc<Scratch>,
}

impl SpilledCorpus {
    /// Merges the runs, and calls `visit` with the number of each term.
    fn merge(&self, visit: &mut dyn FnMut(u32, MergedTerm<'_>)) -> io::Result<(usize, usize)> {
        let open =
            |run: &Run| Ok(BufReader::with_capacity(1 << 16, File::open(&run.path).map_err(of_file(&run.path))?));
        let runs = self.runs.iter().map(open).collect::<io::Result<Vec<_>>>()?;
        let mut n_terms = 0_u32;
        let n_unstemmed = merge_runs(runs, self.unites_forms, &mut |term| {
            visit(n_terms, term);
            n_terms = n_terms.checked_add(1).ok_or(io::ErrorKind::FileTooLarge)?;
            Ok(())
        })?;
        Ok((n_terms as usize, n_unstemmed))
    }

    /// Finds the term of each type.
    fn number_terms(&mut self) -> io::Result<()> {
        let mut term_ids: Vec<Vec<u32>> = self.runs.iter().map(|run| vec![NO_TERM; run.n_types]).collect();
        (self.n_terms, self.n_unstemmed) = self.merge(&mut |number, term| {
            term.types.iter().for_each(|&(run, id)| term_ids[run][id as usize] = number);
        })?;
        for (run, ids) in self.runs.iter().zip(term_ids) {
            self.term_ids[run.counter] = ids;
        }
        Ok(())
    }

    /// The numbers of some terms, as far as they occur.
    pub(super) fn numbers_of(&self, names: &[String]) -> Result<HashMap<String, u32>, Error> {
        let mut found: HashMap<String, u32> = names.iter().map(|name| (name.clone(), NO_TERM)).collect();
        if !found.is_empty() {
            let visit = &mut |number, term: MergedTerm<'_>| {
                found.get_mut(term.term).into_iter().for_each(|place| *place = number);
            };
            self.merge(visit).map_err(failed)?;
        }
        found.retain(|_, number| *number != NO_TERM);
        Ok(found)
    }

    /// The terms and forms of some numbers, which ascend.
    pub(super) fn strings_of(&self, numbers: &[u32]) -> Result<Vec<(String, String)>, Error> {
        let mut strings = Vec::with_capacity(numbers.len());
        self.merge(&mut |number, term| {
            if numbers.get(strings.len()) == Some(&number) {
                strings.push((term.term.to_string(), term.form.to_string()));
            }
        })
        .map_err(failed)?;
        Ok(strings)
    }

    /// Calls `work` for groups of blocks, with their terms numbered, in the order of their documents.
    pub(super) fn each_group(&self, mut work: impl FnMut(Vec<CountBlock>) -> Result<(), Error>) -> Result<(), Error> {
        let mut file = BufReader::with_capacity(1 << 20, &self.file);
        let damaged = || failed(of_file(&self.path)(io::Error::from(io::ErrorKind::InvalidData)));
        file.seek(SeekFrom::Start(0)).map_err(of_file(&self.path)).map_err(failed)?;
        for group in self.lengths.chunks(GROUP_BLOCKS) {
            let mut read = |&length: &usize| {
                let mut bytes = vec![0; length];
                file.read_exact(&mut bytes).map(|()| bytes)
            };
            let bytes: Vec<Vec<u8>> =
                group.iter().map(&mut read).collect::<io::Result<_>>().map_err(of_file(&self.path)).map_err(failed)?;
            let decode = |bytes: Vec<u8>| {
                let block = SurfaceBlock::from_bytes(&bytes)?;
                let terms = self.term_ids.get(block.counter())?;
                let block = block.has_types_below(terms.len()).then(|| block.renumbered(terms))?;
                (!block.terms.contains(&NO_TERM)).then_some(block)
            };
            let blocks: Option<Vec<CountBlock>> = bytes.into_par_iter().map(decode).collect();
            work(blocks.ok_or_else(damaged)?)?;
        }
        Ok(())
    }
}

impl Drop for SpilledCorpus {
    fn drop(&mut self) {
        let runs = self.runs.iter().map(|run| &run.path);
        runs.chain([&self.path]).for_each(|path| drop(std::fs::remove_file(path)));
    }
}
