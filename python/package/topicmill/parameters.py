"""Parameters of the stages, by name. Made by generate.py of the program's configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict


class Parameters(TypedDict, total=False):
    """Every parameter but `n_topics`, with its meaning. None leaves the default."""

    format: str | None
    """Format of the inputs: `auto` (by extension and content), `text`, `html`, `mail` (a message), `office` (docx,
    odt), `lines`, `csv`, `tsv`, `jsonl`, `json` (an array), `spreadsheet` (xlsx, ods), `mbox`, `archive` (zip,
    tar), `matrix` (MatrixMarket). Inside a folder or archive `auto` reads every file as one document. Default:
    'auto'. (ingest)"""

    encoding: str | None
    """Character set of the inputs, by its label (`latin1`, `shift_jis`); else byte order mark, declaration, detection.
    Default: none. (ingest)"""

    text_column: str | Sequence[str] | None
    """Columns or fields of a table that hold the text, joined by blank lines; else `text`, or the only column.
    Default: []. (ingest)"""

    id_column: str | None
    """Column or field that holds the id; else `id`, where there is one. Default: none. (ingest)"""

    label_column: str | None
    """Column or field that holds the label; else `label`, where there is one. Default: none. (ingest)"""

    date_column: str | None
    """Column or field that holds the date, which stays among the metadata; else the one that looks like dates.
    Default: none. (ingest)"""

    delimiter: str | None
    """Character between the fields of tables; else recognised for CSV (comma, semicolon, tab, bar), and a tab for TSV.
    Default: none. (ingest)"""

    quote: str | None
    """Quote character of tables; else `'` for CSV and for the tables of a model, and none for other TSV. Default:
    none. (ingest)"""

    hidden: bool | None
    """Read hidden files and folders too. Default: false. (ingest)"""

    strip: str | Sequence[str] | None
    """What to take off the text: `email` (header block, quoted lines, signature), `html` (markup). Default: [].
    (ingest)"""

    max_document_bytes: int | None
    """Largest document in bytes (decompressed); larger ones are skipped. Default: 67108864. (ingest)"""

    duplicates: str | None
    """What becomes of documents that are nearly the same as others: `keep`, `weight` (a group counts as one document
    where topics are learned, and each keeps its row) or `drop` (all but the first of a group are left out).
    Default: 'keep'. (ingest)"""

    on_error: str | None
    """What a bad document does: `skip` (it is counted and listed) or `stop`. Default: 'skip'. (ingest)"""

    keep_texts: bool | None
    """Keep the texts of the documents, compressed, beside the model or matrix. Default: false. (ingest)"""

    transposed: bool | None
    """A ready matrix has a row per document, not per term. Default: false. (ingest)"""

    term_names: str | None
    """File with the names of a ready matrix' terms, one a line (of a table the first field); else numbers from 1.
    Default: none. (ingest)"""

    document_names: str | None
    """File with the names of a ready matrix' documents, one a line (of a table the first field); else numbers from 1.
    Default: none. (ingest)"""

    mask: int | None
    """MatrixMarket file of a ready matrix' size whose entries are the places that are missing, whatever the matrix has
    there; `NaN` in the matrix itself is missing too. Default: none. (ingest)"""

    language: str | None
    """Language of the documents: a name or an ISO 639-1 code, `none`, or `auto` (recognised in the first 1,000
    documents, or none where that is not sure). It sets the stop words and, with `stem`, the stemmer. Default:
    'auto'. (text)"""

    stopwords: str | Sequence[str] | None
    """Stop words: any of `auto` (those of `language`), language names or codes, and files with one word a line; an
    empty list removes none. Default: ['auto']. (text)"""

    extra_stopwords: str | Sequence[str] | None
    """Further stop words: words, or files with one word a line. Default: []. (text)"""

    token_pattern: str | None
    """Regular expression whose matches are the tokens, in place of the words of UAX #29 (scikit-learn: token_pattern).
    Default: none. (text)"""

    segmentation: str | None
    """Whether dictionaries cut scripts without spaces (Chinese, Japanese, Thai …) into words: `auto` (where many of
    the first documents are in one), `on`, `off`. Default: 'auto'. (text)"""

    min_length: int | None
    """Fewest characters of a token; ideographs are exempt. Default: 2. (text)"""

    max_length: int | None
    """Most characters of a token. Default: 40. (text)"""

    keep_numbers: bool | None
    """Keep tokens without a letter, such as numbers. Default: false. (text)"""

    ngrams: Sequence[int] | None
    """Shortest and longest n-gram in tokens, formed after stop words are removed (scikit-learn: ngram_range). Default:
    [1, 1]. (text)"""

    phrases: float | None
    """Count two words in a row as one term where they belong together: least normalised pointwise mutual information
    of the pair in the corpus, above 0 and at most 1, such as 0.5 (gensim: Phrases). None if absent. Default: none.
    (text)"""

    fold_accents: bool | None
    """Count words that differ in accents alone as one term (é and e, not й and и); it is shown as its most frequent
    word (scikit-learn: strip_accents). Default: false. (text)"""

    keep_case: bool | None
    """Count words that differ in case as different terms (scikit-learn: lowercase = False); stop words are found in
    any case. Default: false. (text)"""

    stem: bool | None
    """Count stems (Snowball) in place of words; a stem is shown as its most frequent word. Default: false. (text)"""

    views: str | Sequence[str] | None
    """Columns of the documents' metadata whose values are counted beside the words, such as tags: `NAME=COLUMN`, or
    `NAME=COLUMN:WEIGHT` where a value counts as so many words. Values are separated by semicolons, bars or commas.
    Default: []. (text)"""

    min_df: int | float | Literal["auto"] | None
    """Fewest documents that a term occurs in: a count, a fraction of the documents (with a decimal point), or `auto`
    (1 below 100 documents, 2 below 2,000, else 5; a ready matrix keeps all its terms). Default: 'auto'. (matrix)"""

    max_df: int | float | Literal["auto"] | None
    """Most documents that a term occurs in: a count, a fraction of the documents (with a decimal point), or `auto`
    (half of the documents; a ready matrix keeps all its terms). Default: 'auto'. (matrix)"""

    max_terms: int | None
    """Keep at most this many terms, those with the largest total counts (scikit-learn: max_features). Default: none.
    (matrix)"""

    vocabulary: str | Sequence[str] | None
    """The terms, whatever the bounds above say: words, or files with a term a line; an empty list leaves the choice to
    the bounds. Terms that the documents lack stay, without entries (scikit-learn: vocabulary). Default: [].
    (matrix)"""

    tf: str | None
    """Weight of a count c: `raw` c, `log` 1 + ln c (scikit-learn: sublinear_tf), `sqrt` √c, `binary` 1, or `auto`
    (log; raw for a ready matrix). Default: 'auto'. (matrix)"""

    idf: str | None
    """Weight of a term in df of D documents: `smooth` ln((1+D)/(1+df)) + 1, `plain` ln(D/df) + 1, `none` 1, or `auto`
    (smooth; none for a ready matrix). Default: 'auto'. (matrix)"""

    term_weights: Mapping[str, float] | None
    """Weights above 0 of single words, by which their idf is multiplied. Default: {}. (matrix)"""

    norm: str | None
    """Norm that each document is divided by: `none`, `l1` or `l2`. Default: 'none'. (matrix)"""

    loss: str | None
    """What is minimised: `kullback-leibler` or `frobenius` (scikit-learn: beta_loss). Default: 'kullback-leibler'.
    (factorize)"""

    variant: str | None
    """Form of the factorisation: `plain`, `sequential` (one topic after another, with what each explains),
    `hierarchical` (topics within topics), `convex` (topics that are means of documents), `orthogonal` (one topic
    for each document), `tri` (groups of words, and topics made of them), `agglomerate` (topics from groups of words
    that are joined before), `co-occurrence` (topics from pairs of words, for very short texts) or `online` (one
    pass over the documents). Default: 'plain'. (factorize)"""

    keep_earlier: bool | None
    """With `sequential`, whether the topics before the next one stay as they are. Default: false. (factorize)"""

    levels: int | None
    """With `hierarchical`, number of levels, that of the topics themselves included. Default: 2. (factorize)"""

    word_groups: int | None
    """With `tri` and `agglomerate`, number of groups of words. Default: 0. (factorize)"""

    term_sparseness: float | None
    """With frobenius: sparseness of every topic after Hoyer, from 0 (all words alike) to below 1 (a single word); 0.7
    to 0.95 for topics of few words, 0 asks for none. Default: 0.0. (factorize)"""

    document_sparseness: float | None
    """With frobenius: sparseness of every document after Hoyer, from 0 (all topics alike) to below 1 (a single topic);
    0 asks for none. Default: 0.0. (factorize)"""

    batch_documents: int | None
    """With `online`, number of documents of a batch; 0 is a thirtieth of them, but from 256 to 4,096. Default: 0.
    (factorize)"""

    solver: str | None
    """Solver. For kullback-leibler: `diagonal-newton`, `coordinate-newton` (to a stationary point), `mu`
    (multiplicative updates, the reference). For frobenius: `hals`, `anls` (exact, by block principal pivoting),
    `projected-gradient`, `mu`. `auto` is diagonal-newton, or hals. Default: 'auto'. (factorize)"""

    init: str | None
    """Start: `tree` (documents split in two again and again), `clusters` (spherical k-means++ on documents), `nndsvda`
    (from a singular value decomposition), `separable` (anchor words) or `random`. Default: 'tree'. (factorize)"""

    restarts: int | None
    """Starts, of which all but the best by objective are given up after a few iterations; where `init` leaves nothing
    to chance (`nndsvda`), the others are trees. Default: 1. (factorize)"""

    seed: int | None
    """Seed of every random number (scikit-learn: random_state). Default: 1. (factorize)"""

    max_iterations: int | None
    """Most iterations; one is an update of H, then one of W (scikit-learn: max_iter). Default: 200. (factorize)"""

    tolerance: float | None
    """Stop when the objective fell by less than this share over ten iterations; 0 runs them all (scikit-learn: tol).
    Default: 0.0003. (factorize)"""

    kkt_tolerance: float | None
    """With `coordinate-newton`, stop when the KKT residual is below this. Default: 0.0001. (factorize)"""

    l1_topics: float | None
    """L1 penalty on W: fewer terms per topic; 0 is none. Default: 0.0. (factorize)"""

    l1_documents: float | None
    """L1 penalty on H: fewer topics per document. Default: 0.0. (factorize)"""

    l2_topics: float | None
    """L2 penalty on W: more even topics. Default: 0.0. (factorize)"""

    l2_documents: float | None
    """L2 penalty on H: documents of more topics. Default: 0.0. (factorize)"""

    decorrelation: float | None
    """Penalty on words that topics share; 0.1 to 1 for distinct topics. Default: 0.0. (factorize)"""

    topic_prior: float | None
    """Dirichlet prior of the words of a topic: above 1 smooths, below 1 makes sparse (MALLET: beta plus 1). Default:
    1.0. (factorize)"""

    document_prior: float | None
    """Dirichlet prior of the topics of a document (MALLET: alpha plus 1). Default: 1.0. (factorize)"""

    document_weights: str | None
    """Column of the documents' metadata with a weight above 0 for each: by how much it counts in the objective. Only
    topics depend on it, what is said of a document does not. Default: none. (factorize)"""

    background: bool | None
    """Whether the first topic takes what all documents share in proportion to their length: words that are nearly stop
    words. Default: false. (factorize)"""

    seeds: Sequence[Sequence[str]] | None
    """Seed words by topic: the first lists are for the first topics, which keep their numbers. Default: [].
    (factorize)"""

    seed_weight: float | None
    """Weight of a topic's seed words, as a share of a topic's mean weight. Default: 0.1. (factorize)"""

    excluded: Sequence[Sequence[str]] | None
    """Words by topic that the topic must not have. Default: []. (factorize)"""

    sharpening: str | None
    """Whether topics are sharpened on the counts after the descent: `on`, `off` or `auto` (for documents, unless there
    is a penalty, a prior or a background; a ready matrix is left alone). Default: 'auto'. (factorize)"""

    sharpening_tokens: float | None
    """Tokens of a document that count as independent when it is given to topics: a document of no more has one topic,
    a longer one stays mixed. Default: 10.0. (factorize)"""

    sharpening_smoothing: float | None
    """Pseudo-count that each term adds to each topic where topics are sharpened. Default: 1.0. (factorize)"""

    sharpening_rounds: int | None
    """Most rounds of sharpening. Default: 30. (factorize)"""

    runs: int | None
    """Further fits, each of a half of the documents drawn at random, that say how robust each topic is; 0 is none.
    Default: 0. (factorize)"""

    consensus: bool | None
    """Whether the topics are those that the runs have in common: a last descent starts from the mean of the matching
    topics of all runs. Default: false. (factorize)"""

    shard_documents: int | None
    """Number of documents of a shard; 0 is none. With shards, an iteration is one pass over the documents, which need
    not be in memory, and sums over documents are taken shard by shard. Default: 0. (factorize)"""

    floor: float | None
    """Smallest entry of a factor during the fit, as a share of the factor's mean at the start; 0 lets entries reach
    zero, from where multiplicative updates never return. Default: 1e-6. (factorize)"""
