//! The parameters of the stage `factorize`.

use serde::{Deserialize, Serialize};

use super::FactorizeError;

/// How V is factorised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FactorizeParams {
    /// Number of topics k (scikit-learn: n_components); `"auto"` takes the first proposal of a selection from 2 to 40.
    #[serde(with = "number_of_topics")]
    pub n_topics: usize,
    /// What is minimised: `kullback-leibler` or `frobenius` (scikit-learn: beta_loss).
    pub loss: Loss,
    /// Form of the factorisation: `plain`, `sequential` (one topic after another, with what each explains),
    /// `hierarchical` (topics within topics), `convex` (topics that are means of documents), `orthogonal` (one topic
    /// for each document), `tri` (groups of words, and topics made of them), `agglomerate` (topics from groups of words
    /// that are joined before), `co-occurrence` (topics from pairs of words, for very short texts) or `online` (one
    /// pass over the documents).
    pub variant: Variant,
    /// With `sequential`, whether the topics before the next one stay as they are.
    pub keep_earlier: bool,
    /// With `hierarchical`, number of levels, that of the topics themselves included.
    pub levels: usize,
    /// With `tri` and `agglomerate`, number of groups of words.
    pub word_groups: usize,
    /// With frobenius: sparseness of every topic after Hoyer, from 0 (all words alike) to below 1 (a single word); 0.7
    /// to 0.95 for topics of few words, 0 asks for none.
    pub term_sparseness: f64,
    /// With frobenius: sparseness of every document after Hoyer, from 0 (all topics alike) to below 1 (a single topic);
    /// 0 asks for none.
    pub document_sparseness: f64,
    /// With `online`, number of documents of a batch; 0 is a thirtieth of them, but from 256 to 4,096.
    pub batch_documents: usize,
    /// Solver. For kullback-leibler: `diagonal-newton`, `coordinate-newton` (to a stationary point), `mu`
    /// (multiplicative updates, the reference). For frobenius: `hals`, `anls` (exact, by block principal pivoting),
    /// `projected-gradient`, `mu`. `auto` is diagonal-newton, or hals.
    pub solver: Solver,
    /// Start: `tree` (documents split in two again and again), `clusters` (spherical k-means++ on documents),
    /// `nndsvda` (from a singular value decomposition), `separable` (anchor words) or `random`.
    pub init: Init,
    /// Starts, of which all but the best by objective are given up after a few iterations; where `init` leaves
    /// nothing to chance (`nndsvda`), the others are trees.
    pub restarts: usize,
    /// Seed of every random number (scikit-learn: random_state).
    pub seed: u64,
    /// Most iterations; one is an update of H, then one of W (scikit-learn: max_iter).
    pub max_iterations: usize,
    /// Stop when the objective fell by less than this share over ten iterations; 0 runs them all (scikit-learn: tol).
    pub tolerance: f64,
    /// With `coordinate-newton`, stop when the KKT residual is below this.
    pub kkt_tolerance: f64,
    /// L1 penalty on W: fewer terms per topic; 0 is none.
    pub l1_topics: f64,
    /// L1 penalty on H: fewer topics per document.
    pub l1_documents: f64,
    /// L2 penalty on W: more even topics.
    pub l2_topics: f64,
    /// L2 penalty on H: documents of more topics.
    pub l2_documents: f64,
    /// Penalty on words that topics share; 0.1 to 1 for distinct topics.
    pub decorrelation: f64,
    /// Dirichlet prior of the words of a topic: above 1 smooths, below 1 makes sparse (MALLET: beta plus 1).
    pub topic_prior: f64,
    /// Dirichlet prior of the topics of a document (MALLET: alpha plus 1).
    pub document_prior: f64,
    /// Column of the documents' metadata with a weight above 0 for each: by how much it counts in the objective. Only
    /// topics depend on it, what is said of a document does not.
    pub document_weights: Option<String>,
    /// Whether the first topic takes what all documents share in proportion to their length: words that are nearly
    /// stop words.
    pub background: bool,
    /// Seed words by topic: the first lists are for the first topics, which keep their numbers.
    pub seeds: Vec<Vec<String>>,
    /// Weight of a topic's seed words, as a share of a topic's mean weight.
    pub seed_weight: f64,
    /// Words by topic that the topic must not have.
    pub excluded: Vec<Vec<String>>,
    /// Whether topics are sharpened on the counts after the descent: `on`, `off` or `auto` (for documents, unless
    /// there is a penalty, a prior or a background; a ready matrix is left alone).
    pub sharpening: Sharpening,
    /// Tokens of a document that count as independent when it is given to topics: a document of no more has one
    /// topic, a longer one stays mixed.
    pub sharpening_tokens: f64,
    /// Pseudo-count that each term adds to each topic where topics are sharpened.
    pub sharpening_smoothing: f64,
    /// Most rounds of sharpening.
    pub sharpening_rounds: usize,
    /// Further fits, each of a half of the documents drawn at random, that say how robust each topic is; 0 is none.
    pub runs: usize,
    /// Whether the topics are those that the runs have in common: a last descent starts from the mean of the matching
    /// topics of all runs.
    pub consensus: bool,
    /// Number of documents of a shard; 0 is none. With shards, an iteration is one pass over the documents, which need
    /// not be in memory, and sums over documents are taken shard by shard.
    pub shard_documents: usize,
    /// Smallest entry of a factor during the fit, as a share of the factor's mean at the start; 0 lets entries reach
    /// zero, from where multiplicative updates never return.
    pub floor: f64,
}

impl Default for FactorizeParams {
    fn default() -> Self {
        Self {
            n_topics: 20,
            loss: Loss::KullbackLeibler,
            variant: Variant::Plain,
            keep_earlier: false,
            levels: 2,
            word_groups: 0,
            term_sparseness: 0.0,
            document_sparseness: 0.0,
            batch_documents: 0,
            solver: Solver::Auto,
            init: Init::Tree,
            restarts: 1,
            seed: 1,
            max_iterations: 200,
            tolerance: 3e-4,
            kkt_tolerance: 1e-4,
            l1_topics: 0.0,
            l1_documents: 0.0,
            l2_topics: 0.0,
            l2_documents: 0.0,
            decorrelation: 0.0,
            topic_prior: 1.0,
            document_prior: 1.0,
            document_weights: None,
            background: false,
            seeds: Vec::new(),
            seed_weight: 0.1,
            excluded: Vec::new(),
            sharpening: Sharpening::Auto,
            sharpening_tokens: 10.0,
            sharpening_smoothing: 1.0,
            sharpening_rounds: 30,
            runs: 0,
            consensus: false,
            shard_documents: 0,
            floor: 1e-6,
        }
    }
}

/// Most documents of a shard, whose sums are in f32.
const MOST_SHARD_DOCUMENTS: usize = 1 << 20;

/// Stands for a number of topics that is yet to be chosen from the documents; files call it `"auto"`.
pub const AUTO_TOPICS: usize = 0;

/// Most topics that a selection chooses where nobody says which numbers it tries.
pub const MOST_AUTO_TOPICS: usize = 40;

/// Reads and writes a number of topics, for which `"auto"` may stand.
mod number_of_topics {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{AUTO_TOPICS, MAX_TOPICS};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Number(i64),
        Name(String),
    }

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub(super) fn serialize<S: Serializer>(n_topics: &usize, serializer: S) -> Result<S::Ok, S::Error> {
        match *n_topics {
            AUTO_TOPICS => serializer.serialize_str("auto"),
            n_topics => serializer.serialize_u64(n_topics as u64),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
        let expected = format!("expected a number from 1 to {MAX_TOPICS}, or auto");
        let wrong = |found: String| Err(serde::de::Error::custom(format!("{found}, {expected}")));
        match Given::deserialize(deserializer).map_err(|_| serde::de::Error::custom(&expected))? {
            Given::Name(name) if name == "auto" => Ok(AUTO_TOPICS),
            Given::Name(name) => wrong(format!("{name:?}")),
            Given::Number(n) => match usize::try_from(n) {
                Ok(n) if (1..=MAX_TOPICS).contains(&n) => Ok(n),
                _ => wrong(n.to_string()),
            },
        }
    }
}

/// Largest number of topics that is accepted.
const MAX_TOPICS: usize = 1000;

/// Most groups of words.
pub(super) const MAX_WORD_GROUPS: usize = 1000;

/// Most levels of a hierarchy of topics.
pub(super) const MAX_LEVELS: usize = 8;

/// Largest number of starts that is accepted.
const MAX_RESTARTS: usize = 1000;

impl FactorizeParams {
    /// Refuses values out of range and combinations that do not go together, before any work is done.
    pub fn check(&self) -> Result<(), FactorizeError> {
        let wrong = |key, found: String, expected: &str| {
            Err(FactorizeError::Parameter { key, found, expected: expected.to_string() })
        };
        if self.n_topics > MAX_TOPICS {
            return wrong("n_topics", self.n_topics.to_string(), &format!("from 1 to {MAX_TOPICS}"));
        }
        if !self.solver.minimises(self.loss) {
            return wrong(
                "solver",
                self.solver.to_string(),
                &format!("one for {}: {}", self.loss, Solver::for_loss(self.loss)),
            );
        }
        if self.document_weights.is_some() && self.loss != Loss::KullbackLeibler {
            return wrong("document_weights", format!("given for {}", self.loss), "none, but for kullback-leibler");
        }
        if self.restarts == 0 || self.restarts > MAX_RESTARTS {
            return wrong("restarts", self.restarts.to_string(), &format!("from 1 to {MAX_RESTARTS}"));
        }
        if self.runs == 1 || self.runs > MAX_RESTARTS {
            return wrong("runs", self.runs.to_string(), &format!("0 for none, or from 2 to {MAX_RESTARTS}"));
        }
        if self.consensus && self.runs == 0 {
            return wrong("consensus", "true".into(), "false without runs; ask for some with runs");
        }
        if !(0.0..1.0).contains(&self.kkt_tolerance) {
            return wrong("kkt_tolerance", self.kkt_tolerance.to_string(), "at least 0 and below 1");
        }
        let strengths = [
            ("l1_topics", self.l1_topics),
            ("l1_documents", self.l1_documents),
            ("l2_topics", self.l2_topics),
            ("l2_documents", self.l2_documents),
            ("decorrelation", self.decorrelation),
            ("seed_weight", self.seed_weight),
        ];
        for (key, strength) in strengths {
            if !(0.0..=1e9).contains(&strength) {
                return wrong(key, strength.to_string(), "from 0 to 1e9");
            }
        }
        for (key, value) in
            [("sharpening_tokens", self.sharpening_tokens), ("sharpening_smoothing", self.sharpening_smoothing)]
        {
            if !(1e-6..=1e6).contains(&value) {
                return wrong(key, value.to_string(), "from 1e-6 to 1e6");
            }
        }
        if self.sharpening_rounds == 0 {
            return wrong(
                "sharpening_rounds",
                "0".into(),
                "at least 1; sharpening = \"off\" leaves topics as they are",
            );
        }
        for (key, prior) in [("topic_prior", self.topic_prior), ("document_prior", self.document_prior)] {
            if !(0.0..=1e6).contains(&prior) {
                return wrong(key, prior.to_string(), "from 0 to 1e6; 1 is no prior");
            }
        }
        let is_penalised = match (self.loss, self.solver) {
            (Loss::KullbackLeibler, solver) => solver != Solver::CoordinateNewton,
            (Loss::Frobenius, solver) => {
                matches!(solver, Solver::Auto | Solver::Hals) && !self.has_divergence_penalties()
            }
        };
        if self.has_penalties() && !is_penalised {
            let expected = "diagonal-newton or mu for kullback-leibler, hals and no more than L1 and L2 for frobenius";
            return wrong("solver", format!("{} for {}, with penalties", self.solver, self.loss), expected);
        }
        self.check_variant()?;
        if self.max_iterations == 0 {
            return wrong("max_iterations", "0".into(), "at least 1");
        }
        if self.shard_documents > MOST_SHARD_DOCUMENTS {
            return wrong("shard_documents", self.shard_documents.to_string(), "at most 1048576");
        }
        if !(0.0..1.0).contains(&self.tolerance) {
            return wrong("tolerance", self.tolerance.to_string(), "at least 0 and below 1");
        }
        if !(0.0..=0.01).contains(&self.floor) {
            return wrong("floor", self.floor.to_string(), "from 0 to 0.01");
        }
        Ok(())
    }

    /// Whether more is asked of the factors than that no entry is negative.
    pub fn is_structured(&self) -> bool {
        self.variant != Variant::Plain || self.term_sparseness > 0.0 || self.document_sparseness > 0.0
    }

    /// Refuses every form but the plain one; `place` says where no other goes.
    pub fn check_plain(&self, place: &str) -> Result<(), FactorizeError> {
        if !self.is_structured() {
            return Ok(());
        }
        let expected = format!("plain, without a sparseness, {place}");
        Err(FactorizeError::Parameter { key: "variant", found: self.variant.to_string(), expected })
    }

    /// The parameters of the plain form.
    pub fn plain(&self) -> Self {
        let Self { variant, keep_earlier, levels, word_groups, .. } = Self::default();
        let Self { term_sparseness, document_sparseness, batch_documents, .. } = Self::default();
        Self {
            variant,
            keep_earlier,
            levels,
            word_groups,
            term_sparseness,
            document_sparseness,
            batch_documents,
            ..self.clone()
        }
    }

    /// Refuses what does not go with the form of the factorisation.
    fn check_variant(&self) -> Result<(), FactorizeError> {
        let wrong = |key, found: String, expected: String| Err(FactorizeError::Parameter { key, found, expected });
        for (key, sparseness) in
            [("term_sparseness", self.term_sparseness), ("document_sparseness", self.document_sparseness)]
        {
            if !(0.0..1.0).contains(&sparseness) {
                return wrong(key, sparseness.to_string(), "from 0 (none) to below 1".into());
            }
            if sparseness > 0.0 && self.loss != Loss::Frobenius {
                let expected = "0 with a divergence, which has no bound where no topic of a document has a word; \
                                frobenius goes with it";
                return wrong(key, sparseness.to_string(), expected.into());
            }
            if sparseness > 0.0 && self.variant != Variant::Plain {
                return wrong(key, sparseness.to_string(), format!("0 with variant = {}", self.variant));
            }
        }
        if self.variant == Variant::Hierarchical && !(2..=MAX_LEVELS).contains(&self.levels) {
            return wrong("levels", self.levels.to_string(), format!("from 2 to {MAX_LEVELS}"));
        }
        let has_groups = matches!(self.variant, Variant::Tri | Variant::Agglomerate);
        if has_groups && !(2..=MAX_WORD_GROUPS).contains(&self.word_groups) {
            let expected = format!("from 2 to {MAX_WORD_GROUPS} with variant = {}", self.variant);
            return wrong("word_groups", self.word_groups.to_string(), expected);
        }
        let most_topics = if self.n_topics == AUTO_TOPICS { MOST_AUTO_TOPICS } else { self.n_topics };
        if self.variant == Variant::Agglomerate && most_topics > self.word_groups {
            let expected = format!("as many as topics at least ({most_topics}), with variant = agglomerate");
            return wrong("word_groups", self.word_groups.to_string(), expected);
        }
        if (has_groups || self.variant == Variant::CoOccurrence) && self.loss != Loss::KullbackLeibler {
            return wrong("loss", self.loss.to_string(), format!("kullback-leibler with variant = {}", self.variant));
        }
        let default = Self::default();
        let of_other_forms = [
            ("word_groups", self.word_groups != default.word_groups, has_groups, "tri or agglomerate"),
            ("levels", self.levels != default.levels, self.variant == Variant::Hierarchical, "hierarchical"),
            ("keep_earlier", self.keep_earlier, self.variant == Variant::Sequential, "sequential"),
            ("batch_documents", self.batch_documents != 0, self.variant == Variant::Online, "online"),
        ];
        for (key, is_given, has_place, variant) in of_other_forms {
            if is_given && !has_place {
                return wrong(key, "given".into(), format!("left alone, but for variant = {variant}"));
            }
        }
        if !self.is_structured() {
            return Ok(());
        }
        let form = match self.variant {
            Variant::Plain if self.term_sparseness > 0.0 => "term_sparseness",
            Variant::Plain => "document_sparseness",
            variant => variant.name(),
        };
        if self.has_penalties() {
            let expected = format!("plain, without {form}, where there is a penalty or prior");
            return wrong("variant", "given".into(), expected);
        }
        // These take the steps of the plain form.
        let takes_solver = match self.variant {
            Variant::Sequential => !self.keep_earlier,
            variant => variant == Variant::Hierarchical,
        };
        let others = [
            ("restarts", self.restarts > 1),
            ("background", self.background),
            ("seeds", !self.seeds.is_empty()),
            ("excluded", !self.excluded.is_empty()),
            ("document_weights", self.document_weights.is_some()),
            ("consensus", self.consensus),
            ("shard_documents", self.shard_documents > 0 && self.variant != Variant::Online),
            ("solver", self.solver != Solver::Auto && !takes_solver),
            ("init", self.init != Init::Tree && self.variant == Variant::Hierarchical),
        ];
        match others.into_iter().find(|(_, is_given)| *is_given) {
            Some((key, _)) => wrong(key, "given".into(), format!("left alone with {form}")),
            None => Ok(()),
        }
    }

    /// Whether a penalty or prior is added to the loss.
    pub fn has_penalties(&self) -> bool {
        let norms = [self.l1_topics, self.l1_documents, self.l2_topics, self.l2_documents];
        norms.iter().any(|&strength| strength > 0.0) || self.has_divergence_penalties()
    }

    /// Whether a penalty is asked for that is defined for the Kullback-Leibler divergence alone.
    fn has_divergence_penalties(&self) -> bool {
        self.decorrelation > 0.0 || self.topic_prior != 1.0 || self.document_prior != 1.0
    }
}

/// Whether topics are sharpened after the descent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharpening {
    /// For documents, unless something is given that sharpening would undo.
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

names!(Sharpening { Auto = "auto", On = "on", Off = "off" });

/// The loss, which is minimised over W and H.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    /// The generalised Kullback-Leibler divergence of V from WH.
    #[default]
    KullbackLeibler,
    /// Half the squared Frobenius norm, ½ ‖V − WH‖²_F.
    Frobenius,
}

names!(Loss { KullbackLeibler = "kullback-leibler", Frobenius = "frobenius" }, why_not: other_divergence);

/// The reason why a divergence that people may look for is not offered.
fn other_divergence(name: &str) -> Option<String> {
    let reason = match name {
        "itakura-saito" => "is infinite at the zeros of V, which a sparse matrix is made of",
        name if name.parse::<f64>().is_ok() || name.starts_with("beta") => "needs the dense product WH",
        _ => return None,
    };
    Some(format!("{name:?} is not offered, since it {reason}: expected kullback-leibler or frobenius"))
}

/// The form of the factorisation; see `factorize::structured`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variant {
    /// V ≈ W H, of which nothing is asked but that no entry is negative.
    #[default]
    Plain,
    /// One topic after another, each from what those before leave over.
    Sequential,
    /// Topics within topics: the leaves of a tree of splits.
    Hierarchical,
    /// Topics that are means of documents with weights.
    Convex,
    /// Documents of one topic each.
    Orthogonal,
    /// Terms of one group each, and topics made of groups.
    Tri,
    /// Topics found from groups of words that are joined before.
    Agglomerate,
    /// Topics from the pairs of words that share documents.
    CoOccurrence,
    /// Topics from one pass over the documents, batch by batch.
    Online,
}

names!(Variant {
    Plain = "plain",
    Sequential = "sequential",
    Hierarchical = "hierarchical",
    Convex = "convex",
    Orthogonal = "orthogonal",
    Tri = "tri",
    Agglomerate = "agglomerate",
    CoOccurrence = "co-occurrence",
    Online = "online",
});

impl Variant {
    /// Whether topics are found from sums of V, whose objective the trace tells, and not from V.
    pub fn is_of_sums(self) -> bool {
        matches!(self, Self::Agglomerate | Self::CoOccurrence)
    }
}

/// The method that lowers the objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Solver {
    /// The default of the loss: `DiagonalNewton` or `Hals`.
    Auto,
    /// Multiplicative updates (Lee & Seung), for both losses: they never raise the objective, and are the reference.
    Mu,
    /// Diagonal Newton steps: the default for the divergence.
    DiagonalNewton,
    /// Newton steps along one coordinate after another, over the active topics, to a stationary point of the
    /// divergence.
    CoordinateNewton,
    /// Hierarchical alternating least squares: the default for the Frobenius norm.
    Hals,
    /// Alternating non-negative least squares by block principal pivoting, for the Frobenius norm.
    Anls,
    /// Projected gradient steps, for the Frobenius norm.
    ProjectedGradient,
}

names!(Solver {
    Auto = "auto",
    DiagonalNewton = "diagonal-newton" | "accelerated",
    CoordinateNewton = "coordinate-newton" | "newton",
    Mu = "mu",
    Hals = "hals",
    Anls = "anls",
    ProjectedGradient = "projected-gradient",
});

impl Solver {
    /// Whether the solver is offered for this loss.
    pub fn minimises(self, loss: Loss) -> bool {
        match self {
            Self::Auto | Self::Mu => true,
            Self::DiagonalNewton | Self::CoordinateNewton => loss == Loss::KullbackLeibler,
            Self::Hals | Self::Anls | Self::ProjectedGradient => loss == Loss::Frobenius,
        }
    }

    /// The names of the solvers for a loss.
    fn for_loss(loss: Loss) -> String {
        let names = Self::ALL.iter().filter(|solver| solver.minimises(loss)).map(|solver| solver.name());
        names.collect::<Vec<_>>().join(", ")
    }
}

/// The method that makes the factors a fit starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Init {
    /// Documents are split in two until there are as many clusters as topics.
    Tree,
    /// Documents are clustered by spherical k-means++.
    Clusters,
    /// Non-negative double singular value decomposition, with its zeros filled by the mean of V.
    Nndsvda,
    /// Anchor words: topics are mixtures around words that belong to one topic alone.
    Separable,
    /// Uniform random numbers, scaled to the total of V.
    Random,
}

names!(Init {
    Tree = "tree",
    Clusters = "clusters",
    Nndsvda = "nndsvda",
    Separable = "separable",
    Random = "random",
});
