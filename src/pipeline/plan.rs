//! Prepares a fit, so that everything that can be refused or warned of is known before anything is computed.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use super::checkpoints::advance_storing;
use super::dataset::{Dataset, Description};
use super::estimate::MemoryEstimate;
use super::fitted::Fitted;
use super::frozen::read_frozen;
use super::runs::{consensus, repeat, stability};
use super::selection::choose;
use super::sharded::{ShardedCorpus, fit_shards, read_state};
use super::sharded_dataset::ShardedDataset;
use super::sharpening::{given_topics, sharpens, sharpens_counted};
use super::warm_start::{WarmStart, document_weights, guidance, read_start, solved_start};
use crate::Error;
use crate::config::Config;
use crate::factorize::sharpen::GivenTopics;
use crate::factorize::{
    self, Checkpoint, FactorMatrix, Factorization, FactorizeError, FactorizeParams, Fit, Guidance, Init, LocalShards,
    MemoryRows, MemoryShards, Observer, Origin, ShardedFit, Sharpening, Silent, Stage, StopReason, Structured,
    check_masked, fit_masked, fit_structured,
};
use crate::model::{FitIdentity, Kind, Selection, TopicModel, read_checkpoint, read_sharded_state, write_checkpoint};

/// A fit of a dataset that was checked and has not run yet.
///
/// ```
/// use topicmill::{config::Config, factorize::Silent, pipeline::{Dataset, Plan, WarmStart}};
/// let mut config = Config::default();
/// config.factorize.n_topics = 3;
/// config.factorize.seeds = vec![vec!["harbour".into(), "no-such-word".into()]];
/// let dataset = Dataset::read(&["corpora/newsroom"], &config)?;
/// let plan = Plan::new(&dataset, &config.factorize, &WarmStart::None)?;
/// assert!(plan.warnings()[0].contains("no-such-word"));
/// assert_eq!(plan.run(&mut Silent)?.n_topics(), 3);
/// # Ok::<(), topicmill::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Plan<'d> {
    documents: Documents<'d>,
    params: FactorizeParams,
    origin: Origin,
    /// blake3 of the factors that were given as a start or as frozen topics.
    start: Option<String>,
    document_weights: Option<Vec<f32>>,
    /// What is given of topics.
    given: GivenTopics,
    /// Whether topics are sharpened.
    sharpens: bool,
    memory: MemoryEstimate,
    warnings: Vec<String>,
    selection: Option<Selection>,
    /// The topics that are kept as they are, for runs to keep them too.
    frozen: WarmStart,
    /// Their names, if they were given some.
    names: Option<Vec<String>>,
    /// The file in which the state of the fit is stored, and the state that it goes on from.
    checkpoint: Option<PathBuf>,
    state: Option<State>,
}

/// The documents of a plan.
#[derive(Clone, Copy, Debug)]
enum Documents<'d> {
    Memory(&'d Dataset),
    Disk(&'d ShardedDataset),
}

impl<'d> Documents<'d> {
    fn description(self) -> Description<'d> {
        match self {
            Self::Memory(dataset) => dataset.description(),
            Self::Disk(dataset) => dataset.description(),
        }
    }
}

/// Where a fit stands between two iterations.
#[derive(Clone, Debug)]
enum State {
    Whole(Checkpoint),
    /// That of shards is read again by the run, which writes over rows of H.
    Shards {
        n_iterations: usize,
    },
}

/// Factorises a dataset into a model in canonical form, from the starts that `params` describe; chooses the number of
/// topics first if `params` leave it open.
pub fn fit(dataset: &Dataset, params: &FactorizeParams, observer: &mut dyn Observer) -> Result<TopicModel, Error> {
    let (params, selection) = choose(dataset, params, &mut |_| ControlFlow::Continue(()))?;
    Plan::new(dataset, &params, &WarmStart::None)?.with_selection(selection).run(observer)
}

/// Does one iteration. Fails if numbers overflow or underflow.
type Iterate<'i> = dyn FnMut() -> Result<(), Error> + 'i;

impl<'d> Plan<'d> {
    /// Reads the warm start, and looks up seed words and excluded words among the terms. Fails if a parameter or the
    /// start is invalid, or if the fit would take more memory than there is.
    pub fn new(dataset: &'d Dataset, params: &FactorizeParams, warm_start: &WarmStart) -> Result<Self, Error> {
        params.check()?;
        if params.shard_documents > 0 {
            ShardedFit::check(params)?;
            if *warm_start != WarmStart::None {
                return Err(no_shards(params, "0 where a fit is given factors"));
            }
        }
        if *warm_start != WarmStart::None {
            params.check_plain("where a fit is given factors")?;
        }
        let mut params = params.clone();
        let (mut warnings, mut start, mut shown, mut names) = (Vec::new(), None, None, None);
        let origin = match warm_start {
            WarmStart::Factors { directory, n_topics: expected } => {
                let factors = read_start(directory, dataset, params.loss)?;
                let n_topics = factors.w.n_topics();
                if let Some(asked) = expected.filter(|expected| *expected != n_topics) {
                    let expected = format!("{n_topics}, which {} has", directory.display());
                    return Err(
                        FactorizeError::Parameter { key: "n_topics", found: asked.to_string(), expected }.into()
                    );
                }
                if params.init != FactorizeParams::default().init {
                    warnings.push(format!("init = {} has no use where a fit goes on from given factors", params.init));
                    params.init = FactorizeParams::default().init;
                }
                if params.restarts > 1 {
                    let problem = "has no use where a fit goes on from given factors, of which there is one start";
                    warnings.push(format!("restarts = {} {problem}", params.restarts));
                    params.restarts = 1;
                }
                params.n_topics = n_topics;
                start = Some(digest(&[&factors.w, &factors.h]));
                Origin::Start(factors)
            }
            WarmStart::None | WarmStart::Frozen(_) => {
                let frozen = match warm_start {
                    WarmStart::Frozen(directory) => {
                        let frozen = read_frozen(directory, dataset)?;
                        warnings.extend(frozen.warnings);
                        (shown, names) = (Some(frozen.shown), frozen.names);
                        Some(frozen.factors)
                    }
                    _ => None,
                };
                start = start.or(frozen.as_ref().map(|frozen| digest(&[frozen])));
                let (guidance, unknown) = guidance(dataset, &params, frozen)?;
                warnings.extend(unknown);
                if guidance == Guidance::default() && !params.background {
                    Origin::Init
                } else {
                    Origin::Guided(guidance)
                }
            }
        };
        factorize::check(&dataset.matrix, &params, &origin)?;
        let document_weights = document_weights(dataset, &params)?;
        if params.shard_documents > 0 && document_weights.is_some() {
            return Err(no_shards(&params, "0 where documents have weights"));
        }
        let mut sharpens = match sharpens(dataset, &params)? {
            Ok(()) => true,
            Err(reason) => {
                warnings.extend(reason.map(|reason| format!("topics are not sharpened: {reason}")));
                false
            }
        };
        if dataset.missing.is_some() {
            if !matches!(origin, Origin::Init) {
                let expected = "left alone where entries are missing".to_string();
                return Err(FactorizeError::Parameter { key: "start", found: "given".into(), expected }.into());
            }
            check_masked(&params)?;
            if params.sharpening == Sharpening::On {
                let expected = "auto or off: entries are missing".to_string();
                return Err(FactorizeError::Parameter { key: "sharpening", found: "on".into(), expected }.into());
            }
            sharpens = false;
        }
        let memory = MemoryEstimate::new(dataset, &params);
        let given = given_topics(&origin, shown, &params, sharpens);
        if params.consensus && matches!(origin, Origin::Guided(_)) {
            let expected = "false where something is given of topics".to_string();
            return Err(FactorizeError::Parameter { key: "consensus", found: "true".into(), expected }.into());
        }
        let frozen = match warm_start {
            WarmStart::Frozen(_) => warm_start.clone(),
            _ => WarmStart::None,
        };
        let selection = None;
        Ok(Self {
            documents: Documents::Memory(dataset),
            params,
            origin,
            start,
            document_weights,
            given,
            sharpens,
            memory,
            warnings,
            selection,
            frozen,
            names,
            checkpoint: None,
            state: None,
        })
    }

    /// A plan for documents in shards, whose number of topics must be given. Fails if a parameter is invalid or asks
    /// for what needs all documents at once, as every warm start does.
    pub fn of_shards(
        dataset: &'d ShardedDataset,
        params: &FactorizeParams,
        warm_start: &WarmStart,
    ) -> Result<Self, Error> {
        let shard_documents = dataset.config().factorize.shard_documents;
        let params = FactorizeParams { shard_documents, ..params.clone() };
        ShardedFit::check(&params)?;
        if *warm_start != WarmStart::None {
            return Err(no_shards(&params, "0 where a fit is given factors"));
        }
        let sharpens = sharpens_counted(&params)?;
        let warnings = sharpens.as_ref().err().into_iter().flatten();
        Ok(Self {
            documents: Documents::Disk(dataset),
            memory: MemoryEstimate::of_shards(dataset, &params, sharpens.is_ok()),
            warnings: warnings.map(|reason| format!("topics are not sharpened: {reason}")).collect(),
            sharpens: sharpens.is_ok(),
            params,
            origin: Origin::Init,
            start: None,
            document_weights: None,
            given: GivenTopics::default(),
            selection: None,
            frozen: WarmStart::None,
            names: None,
            checkpoint: None,
            state: None,
        })
    }

    /// The plan of a fit whose number of topics was chosen like this.
    pub fn with_selection(self, selection: Option<Selection>) -> Self {
        Self { selection, ..self }
    }

    /// The plan of a fit whose state is stored in this file whenever the observer asks for that, and when it is ended
    /// early; see [`checkpoint_path`](crate::model::checkpoint_path). A form that is not plain stores none.
    pub fn with_checkpoint(self, file: PathBuf) -> Self {
        Self { checkpoint: Some(file), ..self }
    }

    /// The plan of a fit that goes on from what its checkpoint holds, if there is one. Fails if it is damaged, or is
    /// one of other documents or parameters.
    pub fn resumed(self) -> Result<Self, Error> {
        self.params.check_plain("where a fit goes on from a checkpoint")?;
        if let Documents::Memory(dataset) = self.documents {
            dataset.check_complete()?;
        }
        let Some(file) = &self.checkpoint else { return Ok(self) };
        let identity = self.identity()?;
        let state = match self.params.shard_documents {
            0 => read_checkpoint(file, &identity)?.map(State::Whole),
            _ => read_sharded_state(file, &identity)?.map(|state| State::Shards { n_iterations: state.n_iterations() }),
        };
        Ok(Self { state, ..self })
    }

    /// Whether the fit can store its state, and go on from it.
    pub fn can_be_resumed(&self) -> bool {
        let is_whole = match self.documents {
            Documents::Memory(dataset) => dataset.missing.is_none(),
            Documents::Disk(_) => true,
        };
        is_whole && !self.params.is_structured()
    }

    /// Number of iterations that all starts together had done at the checkpoint; `None` if the fit begins anew.
    pub fn n_iterations_done(&self) -> Option<usize> {
        Some(match self.state.as_ref()? {
            State::Whole(state) => state.states().iter().map(|state| state.n_iterations()).sum(),
            State::Shards { n_iterations } => *n_iterations,
        })
    }

    /// The dataset, if its documents are fitted all at once; `None` for a fit in shards.
    fn dataset_of_fused_fit(&self) -> Option<&'d Dataset> {
        match self.documents {
            Documents::Memory(dataset) if self.params.shard_documents == 0 => Some(dataset),
            Documents::Memory(_) | Documents::Disk(_) => None,
        }
    }

    /// Calls `work` with the documents in shards; rows of H stay where V is.
    fn in_shards<T>(&self, work: impl FnOnce(ShardedCorpus<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let dataset = match self.documents {
            Documents::Memory(dataset) => dataset,
            Documents::Disk(dataset) => return dataset.in_shards(self.params.n_topics, work),
        };
        let Dataset { matrix, counts, .. } = dataset;
        let shards = MemoryShards::new(matrix, counts.as_ref(), self.params.shard_documents);
        let new_rows = || Arc::new(MemoryRows::new(matrix.n_documents(), self.params.n_topics)) as _;
        work(ShardedCorpus {
            engine: &LocalShards::new(&shards, new_rows(), self.sharpens.then(new_rows)),
            term_weights: &dataset.term_weights(),
            terms: &dataset.terms,
            analyzer: dataset.analyzer.as_ref(),
        })
    }

    /// What the fit works on, by which its checkpoint is known.
    fn identity(&self) -> Result<FitIdentity, Error> {
        let documents = self.documents.description();
        let config = Config { factorize: self.params.clone(), ..documents.config.clone() };
        let manifest = documents.manifest(&config, Kind::Model, None)?;
        let mut weights = blake3::Hasher::new();
        self.document_weights.iter().flatten().for_each(|weight| {
            weights.update(&weight.to_le_bytes());
        });
        Ok(FitIdentity::new(&manifest, &[self.start.as_deref().unwrap_or(""), weights.finalize().to_hex().as_str()]))
    }

    /// Calls `work` with iterations of a fit of the same size from a start that costs nothing to make; they take as
    /// long as those of the plan do at first. Fails as `work` and [`Plan::run`] do.
    pub fn calibrate(&self, work: &mut dyn FnMut(&mut Iterate<'_>) -> Result<(), Error>) -> Result<(), Error> {
        Error::check_memory(format!("finding {} topics", self.params.n_topics), self.memory.total())?;
        let params = FactorizeParams { init: Init::Random, restarts: 1, tolerance: 0.0, ..self.params.plain() };
        let Some(dataset) = self.dataset_of_fused_fit() else { return self.calibrate_shards(&params, work) };
        let origin = if matches!(self.origin, Origin::Guided(_)) { self.origin.clone() } else { Origin::Init };
        let mut fit = Fit::new(&dataset.matrix, &params, origin)?;
        // The first iteration makes the start, and is of another kind than those that follow.
        fit.advance(1, &mut Silent)?;
        work(&mut || Ok(fit.advance(1, &mut Silent).map(|_| ())?))
    }

    fn calibrate_shards(
        &self,
        params: &FactorizeParams,
        work: &mut dyn FnMut(&mut Iterate<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.in_shards(|ShardedCorpus { engine, .. }| {
            let mut fit = ShardedFit::new(engine, params)?;
            fit.advance(1, &mut Silent)?;
            work(&mut || Ok(fit.advance(1, &mut Silent).map(|_| ())?))
        })
    }

    /// Number of topics. The factors of a warm start decide it, if there are any.
    pub fn n_topics(&self) -> usize {
        self.params.n_topics
    }

    /// The memory that the fit will take.
    pub fn memory(&self) -> MemoryEstimate {
        self.memory
    }

    /// Sentences about parameters that have no effect; the model's record keeps them.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Factorises, and brings the result into canonical form. Fails if the result is not finite.
    pub fn run(self, observer: &mut dyn Observer) -> Result<TopicModel, Error> {
        let identity = self.checkpoint.is_some().then(|| self.identity()).transpose()?;
        let Some(dataset) = self.dataset_of_fused_fit() else {
            return self.run_in_shards(identity.as_ref(), observer);
        };
        let Self { params, origin, start, document_weights, given, sharpens, checkpoint, state, .. } = self;
        let Self { memory, warnings, selection, frozen, names, .. } = self;
        Error::check_memory(format!("finding {} topics", params.n_topics), memory.total())?;
        let weighted = match &document_weights {
            Some(weights) => Some(dataset.matrix.weighted(&[], weights)?),
            None => None,
        };
        let v = weighted.as_ref().unwrap_or(&dataset.matrix);
        let factorization = match (params.is_structured(), &dataset.missing) {
            (true, _) => fit_structured(v, &params, observer)?,
            (false, Some(missing)) => Structured::plain(fit_masked(v, missing, &params, observer)?),
            (false, None) => {
                let fit = match state {
                    Some(State::Whole(state)) => Fit::resume(v, &params, origin, state)?,
                    _ => Fit::new(v, &params, origin)?,
                };
                Structured::plain(descend(fit, checkpoint.zip(identity), observer)?)
            }
        };
        drop(weighted);
        let sharpening = sharpens.then(|| document_weights.unwrap_or_default());
        let make = |factorization| {
            let fitted = Fitted::new(dataset, &params, factorization, &given, sharpening.clone());
            fitted.model(&dataset.description(), params.clone(), start.clone(), warnings.clone())
        };
        if sharpens {
            observer.enter(Stage::Sharpening);
        }
        let mut model = make(factorization)?;
        if params.runs > 0 {
            let (mut number, of) = (0, params.runs);
            let runs = repeat(dataset, &params, &mut |half, params| {
                number += 1;
                observer.enter(Stage::Run { number, of });
                refit(half, params, &frozen, observer)
            })?;
            if params.consensus {
                observer.enter(Stage::Consensus);
                let start = solved_start(&dataset.matrix, consensus(&model, &runs), params.loss);
                let again = factorize::fit(&dataset.matrix, &params, Origin::Start(start), observer)?;
                model = make(Structured::plain(again))?;
            }
            let stability = stability(&model, &runs, params.consensus);
            model.manifest.fit.iter_mut().for_each(|fit| fit.stability.clone_from(&stability));
        }
        if let Some(names) = names {
            model = model.rename(names.into_iter().enumerate())?;
        }
        Ok(TopicModel { selection, ..model })
    }

    /// Factorises shard by shard.
    fn run_in_shards(self, identity: Option<&FitIdentity>, observer: &mut dyn Observer) -> Result<TopicModel, Error> {
        Error::check_memory(format!("finding {} topics", self.params.n_topics), self.memory.total())?;
        let file = self.checkpoint.as_deref().filter(|_| self.can_be_resumed()).zip(identity);
        let resumes = file.filter(|_| self.state.is_some());
        let fitted = self.in_shards(|corpus| {
            let state = match resumes {
                Some((file, identity)) => read_state(file, identity, corpus.engine, self.params.n_topics)?,
                None => None,
            };
            fit_shards(corpus, &self.params, self.sharpens, state, file, observer)
        })?;
        let model = fitted.model(&self.documents.description(), self.params, None, self.warnings)?;
        Ok(TopicModel { selection: self.selection, ..model })
    }
}

/// Iterates to the end of a fit, whose state goes to a file if there is one.
fn descend(
    mut fit: Fit<'_>,
    file: Option<(PathBuf, FitIdentity)>,
    observer: &mut dyn Observer,
) -> Result<Factorization, Error> {
    let reason = match file {
        Some((file, identity)) => advance_storing(
            &mut fit,
            observer,
            |fit, observer| fit.advance(1, observer),
            |fit| write_checkpoint(&file, &identity, fit.checkpoint()),
        )?,
        None => fit.advance(usize::MAX, observer)?.unwrap_or(StopReason::MaxIterations),
    };
    Ok(fit.finish(reason, observer)?)
}

/// Refuses shards; `expected` says where there must be none.
fn no_shards(params: &FactorizeParams, expected: &str) -> Error {
    let (found, expected) = (params.shard_documents.to_string(), expected.to_string());
    FactorizeError::Parameter { key: "shard_documents", found, expected }.into()
}

/// Fits a half of the documents as the whole is fitted; `None` if the observer has ended the fit, whose topics would
/// say nothing of stability.
fn refit(
    half: &Dataset,
    params: &FactorizeParams,
    frozen: &WarmStart,
    observer: &mut dyn Observer,
) -> Result<Option<TopicModel>, Error> {
    let model = Plan::new(half, params, frozen)?.run(observer)?;
    let reason = model.manifest.fit.as_ref().map(|fit| fit.stop_reason);
    Ok(Some(model).filter(|_| !reason.is_some_and(StopReason::is_early)))
}

/// blake3 of the values of factors, row after row.
fn digest(factors: &[&FactorMatrix]) -> String {
    let mut hasher = blake3::Hasher::new();
    for factor in factors {
        factor.view().iter().for_each(|value| {
            hasher.update(&value.to_le_bytes());
        });
    }
    hasher.finalize().to_hex().to_string()
}
