//! Tests fits whose shards are held by others: whoever holds them, in whatever groups, they give the same bits.

use std::path::Path;
use std::sync::Arc;

use crate::common::{SOLVERS, planted};
use topicmill::config::Config;
use topicmill::factorize::sharpen::GivenTopics;
use topicmill::factorize::{
    BlockSums, Engine, FactorMatrix, FactorizeError, FactorizeParams, LocalShards, Loss, MemoryRows, MemoryShards,
    Pass, RowSet, Rows, Said, ShardSizes, ShardedFit, ShardedSharpening, Shards, Silent, Solver, Variant,
};
use topicmill::ingest::{Document, IngestParams, records};
use topicmill::matrix::{EntryCounts, Norm, TermDocumentMatrix, decode_shard};
use topicmill::model::rank_shards_by_correlation;
use topicmill::pipeline::{CountedShard, CountingElsewhere, Dataset, DocumentsOfShard, ShardCounter, ShardWeigher};
use topicmill::text::TermCounts;

const TOPICS: usize = 4;

/// Others who hold the shards, in groups; all that is asked and said goes by bytes.
struct Others<'s> {
    here: LocalShards<'s>,
    groups: Vec<Vec<usize>>,
}

impl Engine for Others<'_> {
    fn sizes(&self) -> ShardSizes {
        self.here.sizes()
    }

    fn run(&self, pass: &mut Pass<'_>) -> Result<Said, FactorizeError> {
        let asked = pass.to_bytes();
        let mut sums = BlockSums::<Said>::default();
        for group in self.groups.iter().rev() {
            let said = self.here.run_some(&mut Pass::from_bytes(&asked)?, group)?;
            sums.merge(BlockSums::from_bytes(&said.to_bytes())?)?;
        }
        Ok(sums.totals(self.sizes().n_shards() as u64)?.unwrap_or_default())
    }

    fn rows(&self, set: RowSet) -> Result<Arc<dyn Rows>, FactorizeError> {
        self.here.rows(set)
    }
}

/// All that a fit finds, as text.
fn found(engine: &dyn Engine, params: &FactorizeParams, sharpens: bool) -> String {
    let mut fit = ShardedFit::new(engine, params).unwrap();
    fit.advance(usize::MAX, &mut Silent).unwrap();
    let factors = fit.finish(!sharpens, &mut Silent).unwrap();
    let all = 0..engine.sizes().n_documents;
    let rows = |set: RowSet| engine.rows(set).unwrap().read(all.clone()).unwrap();
    let of_factors = format!("{factors:?}{:?}", rows(RowSet::Factors));
    if !sharpens {
        return of_factors;
    }
    let given = GivenTopics::default();
    let mixture = ShardedSharpening::new(engine, &[]).unwrap().sharpen(&factors, &given, params).unwrap();
    let words = rank_shards_by_correlation(engine, mixture.shares(), &mixture.topics()).unwrap();
    let likelihoods = mixture.likelihoods.clone();
    let topics = mixture.canonical(factors).unwrap();
    format!("{of_factors}{words:?}{likelihoods:?}{topics:?}{:?}{:?}", rows(RowSet::Factors), rows(RowSet::Topics))
}

#[test]
fn it_does_not_matter_who_holds_the_shards() {
    let v: TermDocumentMatrix = planted(40, 90, TOPICS, true, 6);
    let counts: EntryCounts = v.by_document().data().iter().map(|value| value.ceil()).collect();
    let shards = MemoryShards::new(&v, Some(&counts), 9);
    let rows = || Arc::new(MemoryRows::new(v.n_documents(), TOPICS));
    let engine = || LocalShards::new(&shards, rows(), Some(rows()));
    let solvers = SOLVERS.into_iter().filter(|(_, solver)| *solver != Solver::CoordinateNewton);
    for (loss, solver) in solvers {
        let params = FactorizeParams { loss, solver, n_topics: TOPICS, max_iterations: 12, ..Default::default() };
        let sharpens = loss == Loss::KullbackLeibler;
        let expected = found(&engine(), &params, sharpens);
        for groups in
            [vec![vec![0, 1, 2, 3], vec![4, 5, 6, 7, 8, 9]], vec![vec![7, 0, 3], vec![1, 2, 9, 8], vec![6, 5, 4]]]
        {
            let others = Others { here: engine(), groups };
            assert!(found(&others, &params, sharpens) == expected, "{loss} {solver} {:?}", others.groups);
        }
    }
}

/// Many topics, so that documents work on those that they have.
#[test]
fn nor_where_topics_are_active() {
    let v = planted(200, 400, 30, true, 8);
    let shards = MemoryShards::new(&v, None, 64);
    let params = FactorizeParams { n_topics: 140, max_iterations: 8, ..Default::default() };
    let engine = || LocalShards::new(&shards, Arc::new(MemoryRows::new(v.n_documents(), 140)), None);
    let expected = found(&engine(), &params, false);
    let others = Others { here: engine(), groups: vec![vec![2, 3, 4], vec![0, 6], vec![1, 5]] };
    assert!(found(&others, &params, false) == expected);
}

#[test]
fn what_others_cannot_do_or_say_is_refused() {
    let v = planted(30, 60, TOPICS, true, 2);
    let shards = MemoryShards::new(&v, None, 20);
    let here = LocalShards::new(&shards, Arc::new(MemoryRows::new(60, TOPICS)), None);
    let params = FactorizeParams { n_topics: TOPICS, ..Default::default() };
    let others = Others { here: here.clone(), groups: vec![vec![0, 1], vec![1, 2]] };
    let error = ShardedFit::new(&others, &params).err().unwrap().to_string();
    assert!(error.contains("are there already"), "{error}");
    let others = Others { here: here.clone(), groups: vec![vec![0, 2]] };
    let error = ShardedFit::new(&others, &params).err().unwrap().to_string();
    assert!(error.contains("end at block 1 of 3"), "{error}");
    let others = Others { here: here.clone(), groups: vec![vec![0, 1, 2]] };
    let online = FactorizeParams { variant: Variant::Online, ..params.clone() };
    let error = ShardedFit::new(&others, &online).unwrap().advance(1, &mut Silent).unwrap_err().to_string();
    assert!(error.starts_with("factorize.variant is "), "{error}");
    let factors = ShardedFit::new(&here, &params).unwrap().finish(false, &mut Silent).unwrap();
    assert!(factors.w.n_rows() == 30 && ShardedSharpening::new(&here, &[]).is_err(), "there are no counts");
}

/// An engine that is asked for nothing.
struct Nobody(ShardSizes);

impl Engine for Nobody {
    fn sizes(&self) -> ShardSizes {
        self.0
    }

    fn run(&self, _: &mut Pass<'_>) -> Result<Said, FactorizeError> {
        Err(std::io::Error::other("nobody is there").into())
    }

    fn rows(&self, _: RowSet) -> Result<Arc<dyn Rows>, FactorizeError> {
        Err(std::io::Error::other("nobody is there").into())
    }
}

/// The documents of the corpus that the project has.
fn documents() -> Vec<Document> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/newsroom");
    let params = IngestParams::default();
    records(&[folder], &params).unwrap().map(|record| record.unwrap().load(&params).unwrap()).collect()
}

/// The shards of documents that others hold follow from the number of documents alone, unless they are given.
#[test]
fn shards_elsewhere_are_of_a_size_that_leaves_work_for_many() {
    let shard = |n_documents: usize, given: usize| {
        let mut config = Config::default();
        config.factorize.shard_documents = given;
        CountingElsewhere::new(documents(), n_documents, &config).unwrap().shard_documents()
    };
    assert_eq!([0, 18_846, 300_000, 1_000_000, 10_000_000].map(|n| shard(n, 0)), [4096, 4096, 4096, 8192, 65_536]);
    assert_eq!(shard(1_000_000, 13), 13);
}

/// Documents that are counted in parts, by counters that know nothing of each other, have the terms, forms and entries
/// of documents that are counted together.
#[test]
fn documents_are_counted_alike_wherever_they_are() {
    let documents: Vec<Document> = documents().into_iter().map(|found| Document::new(found.id, found.text)).collect();
    for (stem, ngrams, norm) in [(false, [1, 1], Norm::None), (true, [1, 2], Norm::L2)] {
        let mut config = Config::default();
        (config.text.stem, config.text.ngrams, config.matrix.norm) = (stem, ngrams, norm);
        (config.factorize.n_topics, config.factorize.shard_documents) = (TOPICS, 13);
        let counting = CountingElsewhere::new(documents.clone(), documents.len(), &config).unwrap();
        let recipe = counting.recipe().unwrap();
        let count = |part: &[Document]| {
            let counted = ShardCounter::new(&recipe).unwrap().count(part.to_vec()).unwrap();
            CountedShard::from_bytes(&counted.to_bytes()).unwrap()
        };
        let parts: Vec<CountedShard> = documents.chunks(13).map(count).collect();
        // In whatever order they are added.
        let add = |all: TermCounts, part: &CountedShard| {
            let part = TermCounts::from_bytes(&part.terms().to_bytes()).unwrap();
            if part.n_tokens.is_multiple_of(2) { all.merge(part) } else { part.merge(all) }
        };
        let counts = parts.iter().rev().fold(TermCounts::default(), add);
        let weigher = ShardWeigher::from_bytes(&counting.weigher(&counts).unwrap().to_bytes()).unwrap();
        let n_terms = weigher.n_terms();
        let weighted: Vec<_> = parts.into_iter().map(|part| part.weighted(&weigher).unwrap()).collect();
        let here = Dataset::from_documents(documents.clone(), &config).unwrap();
        let mut document = 0;
        for (_, bytes) in &weighted {
            let (rows, counts) = decode_shard(bytes, n_terms, true).unwrap();
            let all = here.counts.as_ref().unwrap();
            let first = document;
            for pair in rows.indptr.windows(2) {
                let entries = pair[0] as usize..pair[1] as usize;
                assert_eq!(here.matrix.document(document), (&rows.indices[entries.clone()], &rows.data[entries]));
                document += 1;
            }
            let entries = here.matrix.document_range(first).start..here.matrix.document_range(document - 1).end;
            assert!(all.range(entries).eq(counts.unwrap().iter()));
        }
        let engine = Arc::new(Nobody(MemoryShards::new(&here.matrix, None, 13).sizes()));
        let parts = weighted.into_iter().map(|(part, _)| DocumentsOfShard::from_bytes(&part.to_bytes()).unwrap());
        let dataset = counting.dataset(&counts, weigher, parts, engine).unwrap();
        let (found, known) = (dataset.description(), here.description());
        assert_eq!((found.terms, found.documents), (known.terms, known.documents));
        assert_eq!((found.analyzer, found.weighting), (known.analyzer, known.weighting));
        assert_eq!((&found.corpus.digest, found.corpus.n_unstemmed), (&known.corpus.digest, known.corpus.n_unstemmed));
        assert_eq!((found.corpus.n_nonzeros, found.corpus.n_tokens), (known.corpus.n_nonzeros, known.corpus.n_tokens));
    }
}

/// Bytes that were cut or edited are an error or other numbers, and no panic.
#[test]
fn bytes_of_strangers_do_not_bring_a_fit_down() {
    let mut sums = BlockSums::<Said>::default();
    let said = |value| Said {
        matrices: vec![FactorMatrix::from_fn(2, 3, |_, _| value)],
        numbers: vec![vec![1.0], vec![]],
        counts: vec![7],
        list: b"list".to_vec(),
    };
    for (block, value) in [(0, 1.0), (1, 2.0), (4, 3.0)] {
        sums.add_block(block, said(value)).unwrap();
    }
    let whole = sums.to_bytes();
    assert_eq!(BlockSums::from_bytes(&whole).unwrap(), sums);
    for at in 0..whole.len() {
        assert!(BlockSums::<Said>::from_bytes(&whole[..at]).is_err());
        for bit in 0..8 {
            let mut edited = whole.clone();
            edited[at] ^= 1 << bit;
            drop(BlockSums::<Said>::from_bytes(&edited).map(|sums| sums.totals(5)));
        }
    }
    assert!(Pass::from_bytes(b"no pass").is_err() && Pass::from_bytes(&[]).is_err());
}
