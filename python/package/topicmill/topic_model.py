"""From documents to topics."""

from __future__ import annotations

import copy
import html
import json
import logging
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from . import _core
from .checks import count, valid
from .dataset import Dataset, configure, plain, read_file, warn
from .documents import TOKEN_PARAMETERS, Source, in_order_of, is_matrix, source
from .exceptions import DataError, NotFittedError, ParameterError
from .files import stored, write_whole
from .frames import Frame, Output, checked, frame
from .measured import Ranking, _Measured
from .progress import Bar, Progress
from .results import Picture, Result, topics_html

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Self, Unpack

    from .parameters import Parameters

logger = logging.getLogger("topicmill")

Path_: TypeAlias = "str | os.PathLike[str]"
_Level: TypeAlias = "int | None"

#: The pattern of a model that was fitted to tokens.
TOKEN_PATTERN = TOKEN_PARAMETERS["token_pattern"]

#: The options of tables.
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "topic-terms": ("n_words", "ranking", "wide"),
    "document-topics": ("shares", "metadata"),
    "clusters": ("metadata",),
    "name-prompts": ("ranking",),
}

#: Words of a topic in a repr.
_SHOWN_WORDS = 8


class TopicModel(_Measured):
    """Topics of documents: KL-divergence NMF of TF-IDF weights, sharpened on the counts.

    Parameters have the names and the meaning of the program's configuration (`config/default.toml`); a model that is
    fitted here has the bytes of the program's for the same input and parameters.

    Parameters
    ----------
    n_topics
        Number of topics; "auto" tries 2 to 40 and takes the first proposal. 20 unless `config` says otherwise.
    config
        A configuration file of the program. Parameters go over it.
    preset
        Presets of the program, by name.
    output
        What tables are: "pandas", "polars" or "arrow"; None is what `set_output` says.
    progress
        True and False switch a progress bar (tqdm) on and off; a function is called with the stage, what is done, of
        how much, and the objective; None shows a bar on a terminal and in a notebook.
    **parameters
        Every other parameter by its name, as `min_df=5`, `stem=True`, `seeds=[["goal", "match"]]`; see `Parameters`.

    >>> from topicmill import TopicModel
    >>> texts = [
    ...     "A ship sailed out to sea.", "The sea was calm, and the ship came home.", "A harbour has ships of the sea.",
    ...     "Bread with butter and salt.", "The baker sells bread and butter.", "Salt the butter, then bake the bread.",
    ... ]
    >>> model = TopicModel(n_topics=2).fit(texts)
    >>> model.topics(n_words=3)[["topic", "documents", "words"]]
       topic  documents                words
    0      0          3  bread, butter, salt
    1      1          3      sea, ship, calm
    >>> model.labels.tolist()
    [1, 1, 1, 0, 0, 0]
    >>> model.transform(["a ship on the sea"]).round(2)
    array([[0., 1.]], dtype=float32)
    """

    def __init__(
        self,
        n_topics: int | Literal["auto"] | None = None,
        *,
        config: Path_ | None = None,
        preset: str | list[str] | None = None,
        output: Output | None = None,
        progress: Progress = None,
        **parameters: Unpack[Parameters],
    ) -> None:
        self.progress = progress
        self._output = None if output is None else checked(output)
        self._given: dict[str, Any] = {"n_topics": n_topics, **plain(parameters)}
        self._file = read_file(config)
        self._preset = preset
        # What is wrong with parameters is known before there are documents.
        self._config = configure(self._file, preset, self._given)
        self._model: _core.Model | None = None
        self._source: Source | None = None

    def fit(
        self,
        documents: Any,
        y: Any = None,
        *,
        terms: Any = None,
        init_from: Path_ | TopicModel | None = None,
        frozen: Path_ | TopicModel | None = None,
        time_limit: float | None = None,
        memory: int | None = None,
    ) -> Self:
        """Finds the topics of documents.

        Parameters
        ----------
        documents
            A list (Series, array, generator) of texts; a path or a list of `Path`, read as the program reads them; a
            DataFrame, a pyarrow.Table or a list of dicts, whose columns are `text` (or `text_column`), `id`
            (`id_column`), `label` (`label_column`) and metadata; a list of lists of tokens, which are used as they are
            but for Unicode's normal form (NFKC); a sparse matrix of counts, documents × terms, or a gensim corpus, with
            `terms`; or a `Dataset`.
        y
            Ignored; pipelines of scikit-learn give it.
        terms
            The terms of a matrix of counts: a list, or a dictionary (scikit-learn's `vocabulary_`, gensim's
            `Dictionary`).
        init_from
            A model (or its directory) whose factors the fit starts from.
        frozen
            A model (or its directory) whose topics are kept as the first topics.
        time_limit
            Seconds after which the fit ends with what there is.
        memory
            Bytes of memory to work within. The documents, which must be paths, go to disk, to the folder of
            `tempfile.gettempdir()`, and are fitted in shards (`shard_documents`).

        Returns
        -------
        The model itself. Texts that are given stay at hand for `evaluate`, `report` and `search`, but are stored with
        the model only with `keep_texts=True`.
        """
        if time_limit is not None and not time_limit > 0:
            raise ParameterError(f"time_limit is {time_limit}, expected seconds above 0")
        if init_from is not None and frozen is not None:
            raise ParameterError("init_from and frozen do not go together")
        if memory is not None:
            if init_from is not None or frozen is not None:
                raise ParameterError("memory goes with neither init_from nor frozen")
            return self._fit_on_disk(documents, count(memory, "memory", least=1, most=2**63 - 1), time_limit)
        dataset, config = self._dataset(documents, terms)
        with Bar(self.progress) as watch, stored(init_from) as start, stored(frozen) as kept:
            model, warnings = dataset._core.fit(config, start, kept, time_limit, watch)
        warn(warnings)
        self._fitted(model, dataset._source)
        selection = self.selection
        if selection is not None:
            logger.info("%d topics chosen: %s", self.n_topics, "; ".join(selection["candidates"][0]["reasons"]))
        return self

    def _fit_on_disk(self, documents: Any, memory: int, time_limit: float | None) -> Self:
        read = source(documents, text_column=self._given.get("text_column"))
        if not read.paths:
            raise ParameterError("memory takes paths", "write the documents to a file, such as a table of a row each")
        with Bar(self.progress) as watch:
            model, warnings, advice = _core.fit_on_disk(
                read.paths, self._config, memory, tempfile.gettempdir(), time_limit, watch
            )
        warn(warnings)
        for hint in advice:
            logger.info("%s", hint)
        self._fitted(model, read)
        return self

    def _fitted(self, model: _core.Model, source: Source) -> None:
        self._model, self._source = model, source
        if self.manifest["fit"]["stop_reason"] == "time_limit":
            logger.warning("the time was over before the fit had converged: another run need not give the same")

    def update(self, documents: Any, *, n_new_topics: int = 0, earlier: Any = None) -> Result:
        """Refines the model with new documents, which are as texts in `fit`. Its topics keep their numbers and names;
        `n_new_topics` more are found from what is left over. The documents so far are needed again: they are those that
        the model keeps (`keep_texts`), or those of the fit where they are at hand, or `earlier`. Returns what has
        changed: `result.table` has the drift of each topic, `result["documents"]` what was said of the new ones."""
        read = self._texts(documents)
        kept = self._at_hand(earlier)
        n_new = count(n_new_topics, "n_new_topics")
        with Bar(self.progress) as watch:
            model, told = self.core.update(read.documents, read.paths, kept.documents, kept.paths, n_new, watch)
        result = self._result(told)
        # The source is that of the documents so far alone.
        self._model, self._source = model, None
        return result

    def fit_transform(self, documents: Any, y: Any = None, **options: Any) -> NDArray[np.float32]:
        """Fits, and returns `document_topic`: p(topic | document) of the documents."""
        return self.fit(documents, y, **options).document_topic

    def select(self, documents: Any, n_topics: Iterable[int] = range(2, 41), *, terms: Any = None) -> Result:
        """Tries numbers of topics on halves of the documents, and proposes some with reasons. The first proposal is
        `result["candidates"][0]["n_topics"]`; `result.table` has what was measured of each number."""
        if isinstance(n_topics, (str, bytes)):
            raise TypeError("n_topics is one str, expected numbers such as range(5, 31)")
        numbers = [count(number, "n_topics", least=2) for number in n_topics]
        dataset, config = self._dataset(documents, terms)
        with Bar(self.progress) as watch:
            columns, data, text = dataset._core.select(numbers, config, watch)
        return Result(data, text, columns, self._output)

    def _dataset(self, documents: Any, terms: Any) -> tuple[Dataset, _core.Config]:
        if isinstance(documents, Dataset):
            for stage, _, name in (key.partition(".") for key in self._config.given()):
                if stage != "factorize":
                    logger.warning("%s has no use: the dataset was read without it, or with its own", name)
            return documents, self._config
        dataset = Dataset._of(documents, terms, self._file, self._preset, self.progress, self._given)
        return dataset, dataset._config

    @property
    def core(self) -> _core.Model:
        """The model of the core; raises `NotFittedError` if there is none."""
        if self._model is None:
            raise NotFittedError("the model is not fitted", "call fit with documents, or load a model")
        return self._model

    @property
    def n_topics(self) -> int:
        """Number of topics."""
        return self.core.n_topics

    @property
    def parameters(self) -> dict[str, Any]:
        """Every parameter of the fitted model by its name."""
        stages = self.manifest["config"]
        return {name: value for stage in stages.values() for name, value in stage.items()}

    @property
    def manifest(self) -> dict[str, Any]:
        """How the model was made: configuration, corpus, fit, run."""
        made: dict[str, Any] = json.loads(self.core.manifest())
        return made

    @property
    def selection(self) -> dict[str, Any] | None:
        """How the number of topics was chosen, as `select` has it; None if it was given."""
        selection = self.core.selection()
        return None if selection is None else dict(json.loads(selection))

    @property
    def terms(self) -> list[str]:
        """The terms, in the order of the columns of `topic_term`."""
        return self.core.terms

    @property
    def names(self) -> list[str]:
        """The names of the topics."""
        return self.core.topic_names

    @property
    def topic_term(self) -> NDArray[np.float32]:
        """p(term | topic), topics × terms."""
        return self.core.topic_term()

    @property
    def document_topic(self) -> NDArray[np.float32]:
        """p(topic | document), documents × topics; zeros for a document without terms."""
        return _shares(self.core.document_topic())

    @property
    def document_weights(self) -> NDArray[np.float32]:
        """Weights of topics in documents, documents × topics, whose rows are not divided by their sums."""
        return self.core.document_topic()

    @property
    def labels(self) -> NDArray[np.int64]:
        """The topic that each document belongs to, −1 for one without terms."""
        return self.core.labels()

    @property
    def trace(self) -> list[float]:
        """The objective by iteration; the first is that of the start."""
        return self.core.trace()

    def topics(
        self, n_words: int = 10, *, ranking: Ranking | None = None, lambda_: float | None = None, level: _Level = None
    ) -> Frame:
        """A row for each topic: topic, name, share, documents (how many belong to it), words, verdicts (what speaks
        against it). Words are ranked by "correlation" unless another `ranking` is given; `lambda_` is for "relevance",
        `level` (from 1 for the coarsest) for topics within topics."""
        return self._frame(self.core.at_level(level).topics(count(n_words, "n_words"), ranking, lambda_))

    def words(self, n_words: int = 10, *, ranking: Ranking | None = None, lambda_: float | None = None) -> Frame:
        """A row for each of the best words of each topic: topic, name, share, rank, term, form, probability, score,
        verdicts."""
        return self._frame(self.core.words(count(n_words, "n_words"), ranking, lambda_)[0])

    @property
    def levels(self) -> list[list[int]]:
        """Of topics within topics: the node of each topic on each level above the topics, the coarsest first."""
        return self.core.levels

    def documents(self) -> Frame:
        """A row for each document, in their order: id, label, title, metadata, topic, name, share, status, and
        p(topic | document) of each topic. What belongs to no topic has null and an empty name."""
        return self._frame(self.core.table("joined"))

    def clusters(self, n_documents: int = 3, *, level: _Level = None) -> Frame:
        """A row for each typical document of each topic: topic, name, size, rank, id, title, label, share."""
        return self._frame(self.core.at_level(level).clusters(count(n_documents, "n_documents")))

    def table(self, name: str, **options: Any) -> Frame:
        """A table of the program's `export` by its name: "topic-terms" (options n_words, ranking, wide),
        "document-topics" (shares, metadata), "clusters" (metadata), "terms", "documents", "name-prompts" (ranking),
        and, where the model has them, "values", "curve", "topic-documents", "word-groups", "meetings"."""
        for option in options:
            if option not in _OPTIONS.get(name, ()):
                raise ParameterError(f"the table {name} has no option {option}")
        return self._frame(self.core.table(name, **options))

    def transform(self, documents: Any, *, terms: Any = None, weights: bool = False) -> NDArray[np.float32]:
        """p(topic | document) of new documents, documents × topics; zeros for one without known words. With `weights`
        rows are weights, as in `document_weights`. A document of the fit gets the bytes of its row.

        Documents are as in `fit`. The columns of a matrix are those of the fit, or the model's `terms`, or `terms`
        names them."""
        solved = self._solve(documents, terms)[0]
        return solved if weights else _shares(solved)

    def predict(self, documents: Any, *, terms: Any = None) -> NDArray[np.int64]:
        """The topic that each new document belongs to, −1 for one without known words."""
        return self._solve(documents, terms)[1]

    def assign(self, documents: Any, *, shares: bool = True) -> Frame:
        """A row for each new document: id, label, title, unknown_share (of words that the model does not know), topic,
        name, share, and p(topic | document) of each topic (or weights, without `shares`)."""
        read = self._new(documents)
        if read.counts is not None:
            raise DataError("documents are assigned as texts, and counts have none", "transform takes counts")
        columns, notes = self.core.assign(read.documents, read.paths, shares)
        warn(notes)
        return self._frame(columns)

    def _solve(self, documents: Any, terms: Any) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float64]]:
        read = self._new(documents, terms)
        if read.counts is not None:
            return self.core.transform_counts(read.counts)
        if read.documents is not None:
            return self.core.transform(read.documents)
        columns, notes = self.core.assign(None, read.paths, False)
        warn(notes)
        by_name = {name: values for name, _, values in columns}
        weights = [by_name[f"topic_{topic}"] for topic in range(self.n_topics)]
        topics, is_none = by_name["topic"]
        labels = np.where(is_none, -1, topics)
        return np.column_stack(weights).astype(np.float32), labels, by_name["unknown_share"]

    def _new(self, documents: Any, terms: Any = None) -> Source:
        """New documents; counts have the columns of the model's terms."""
        if isinstance(documents, str) and self.core.has_analyzer and not os.path.exists(documents):
            raise TypeError("the documents are one str, which names no file: give a list of texts")
        if is_matrix(documents) and terms is None:
            read, own = source(documents), self.core.terms
            assert read.counts is not None
            kept = None if self._source is None else self._source.terms
            n_columns = read.counts.shape[1]
            # A matrix as wide as that of the fit, of whose columns some may have become no terms.
            names = kept if kept is not None and len(kept) == n_columns != len(own) else own
            return read if n_columns != len(names) else in_order_of(Source(counts=read.counts, terms=names), own)
        parameters = self.parameters
        read = source(documents, terms, parameters.get("text_column"))
        if read.counts is not None:
            return in_order_of(read, self.core.terms)
        if read.documents is not None and not read.are_tokens and parameters.get("token_pattern") == TOKEN_PATTERN:
            logger.warning("the model is one of tokens, and the documents are texts: give lists of tokens")
        return read

    def rename(self, names: Mapping[int, str] | Iterable[str] | None) -> Self:
        """Gives topics names: by number, or a list in the order of topics; None names all by their words again."""
        given = None
        if isinstance(names, (str, bytes)):
            raise TypeError("the names are one str: give a list in the order of topics, or a dict by their numbers")
        if names is not None:
            by_number = hasattr(names, "items")
            pairs = list(names.items() if by_number else enumerate(names))  # type: ignore[union-attr]
            for topic, name in pairs:
                if not isinstance(name, str):
                    raise TypeError(f"the name of topic {topic} is no str but {type(name).__name__}")
            given = [(count(topic, "topic"), valid(name)) for topic, name in pairs]
        self._model = self.core.rename(given)
        return self

    def report(
        self,
        path: Path_,
        documents: Any = None,
        *,
        most_documents: int | None = None,
        texts: bool = True,
        selection: Path_ | Result | None = None,
    ) -> Path:
        """Writes the explorer, one HTML file that needs no network, with the texts of the documents of the fit (or of
        the given ones, known by their ids) where they are at hand; with what `select` found, if it is given. Returns
        the path."""
        read = self._at_hand(documents)
        most = None if most_documents is None else count(most_documents, "most_documents", least=1)
        with tempfile.TemporaryDirectory() as folder:
            if isinstance(selection, Result):
                chosen: Path_ | None = Path(folder, "selection.json")
                Path(folder, "selection.json").write_text(json.dumps(selection), encoding="utf-8")
            else:
                chosen = selection
            page, notes = self.core.report(read.documents, read.paths, most, texts, chosen)
        warn(notes)
        return write_whole(path, page)

    def plot(
        self,
        kind: Literal["map", "terms", "time", "heatmap", "hierarchy", "convergence", "selection"] = "terms",
        *,
        by: str | None = None,
        date_column: str | None = None,
        column: str | None = None,
    ) -> Picture:
        """A picture of the model as SVG, which a notebook shows."""
        svg, notes = self.core.picture(kind, by, date_column, column)
        warn(notes)
        return Picture(svg)

    def export(
        self, path: Path_, table: str = "document-topics", *, format: str | None = None, documents: Any = None
    ) -> Path:
        """Writes a table of the program's `export` into a file, in the format of its ending unless one is named: csv,
        tsv, json, jsonl, npy, mtx, npz, safetensors, xlsx, svmlight, uci, lda-c, mallet. Returns the path."""
        if documents is not None and table not in ("counts", "joined"):
            raise ParameterError(f"documents are for the tables counts and joined, and not for {table}")
        read = self._at_hand(documents) if table == "counts" or documents is not None else Source()
        if table == "joined" and documents is not None and not read.paths:
            raise ParameterError("the table joined takes paths", "documents() has the rows of documents in memory")
        ending = format or Path(path).suffix.removeprefix(".")
        content, notes = self.core.export(table, ending, read.documents, read.paths)
        warn(notes)
        return write_whole(path, content)

    def save(self, path: Path_, *, overwrite: bool = False, rows: Literal["npy", "parquet"] | None = None) -> Path:
        """Writes the model directory, which the program reads. With `overwrite` a model directory is replaced. `rows`
        says in which form documents × topics is written: an array of NumPy, or a Parquet table with the columns `id`,
        `topic_0`, `topic_1` …; `None` is the form in which the model was stored, or an array. Returns the path."""
        return Path(self.core.save(os.fspath(path), overwrite, rows))

    @classmethod
    def load(cls, path: Path_, *, output: Output | None = None) -> Self:
        """Reads a model directory of this package or of the program, and checks every file of it. Nothing of it is ever
        executed."""
        # The texts of a model are read when they are needed, wherever that is.
        core = _core.Model.load(os.path.abspath(path))
        made = cls(output=output)
        made._model = core
        defaults = json.loads(_core.Config({}).json())
        for stage, keys in json.loads(core.manifest())["config"].items():
            known = defaults.get(stage, {})
            made._given |= {name: value for name, value in keys.items() if name in known and value != known[name]}
        made._given["n_topics"] = core.n_topics
        made._config = configure(None, None, made._given)
        return made

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters of the model, as scikit-learn asks for them."""
        own = {"preset": self._preset, "output": self._output, "progress": self.progress}
        return {**{name: value for name, value in own.items() if value is not None}, **self._given}

    def set_params(self, **parameters: Any) -> Self:
        """Sets parameters, as scikit-learn does."""
        self.progress = parameters.pop("progress", self.progress)
        output = parameters.pop("output", self._output)
        self._output = None if output is None else checked(output)
        self._preset = parameters.pop("preset", self._preset)
        given = {**self._given, **plain(parameters)}
        self._config = configure(self._file, self._preset, given)
        self._given = given
        return self

    def __sklearn_clone__(self) -> Self:
        made = copy.copy(self)
        made._model = made._source = None
        made._given = dict(self._given)
        return made

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type=None, target_tags=TargetTags(required=False), transformer_tags=TransformerTags(["float32"])
        )

    def __sklearn_is_fitted__(self) -> bool:
        return self._model is not None

    def _frame(self, columns: Any) -> Frame:
        return frame(columns, self._output)

    def _result(self, told: tuple[Any, str, str, list[str]]) -> Result:
        columns, data, text, notes = told
        warn(notes)
        return Result(data, text, columns, self._output)

    def _at_hand(self, documents: Any) -> Source:
        """What is read to measure or to show the model: documents that are given, or else those of the fit."""
        if documents is not None:
            return self._texts(documents)
        kept = self._source
        if kept is None or kept.counts is not None or not self.core.reads(kept.documents, kept.paths):
            return Source()
        return kept

    def _texts(self, documents: Any) -> Source:
        """Documents that are given, which must be texts."""
        read = source(documents, text_column=self.parameters.get("text_column"))
        if read.counts is not None:
            raise DataError("a model is measured, shown and updated with texts, and a matrix has none")
        return read

    def __copy__(self) -> Self:
        made = type(self).__new__(type(self))
        made.__dict__.update(self.__dict__)
        return made

    def __deepcopy__(self, memo: Any) -> Self:
        # What the core has never changes.
        made = copy.copy(self)
        made._given = copy.deepcopy(self._given, memo)
        return made

    def __getstate__(self) -> dict[str, Any]:
        state = {name: value for name, value in self.__dict__.items() if name not in ("_model", "_config", "_source")}
        state["progress"] = None if callable(self.progress) else self.progress
        state["files"] = None if self._model is None else self._model.files()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        files = state.pop("files")
        self.__dict__.update(state)
        self._source = None
        self._model = None if files is None else _core.Model.of_files(files)
        self._config = configure(self._file, self._preset, self._given)

    def __str__(self) -> str:
        return repr(self) if self._model is None else self._model.words(_SHOWN_WORDS, None, None)[1]

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self._given.items() if value is not None)
        if self._model is None:
            return f"TopicModel({given})"
        model = self._model
        return f"<TopicModel({given}): {model.n_topics} topics of {model.n_documents:,} documents>"

    def _repr_html_(self) -> str:
        if self._model is None:
            return f"<pre>{html.escape(repr(self))}</pre>"
        return topics_html(repr(self), self._model.topics(_SHOWN_WORDS, None, None))


def load(path: Path_, *, output: Output | None = None) -> TopicModel:
    """Reads a model directory; see `TopicModel.load`."""
    return TopicModel.load(path, output=output)


def _shares(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights divided by the sums of their rows; zeros stay zeros."""
    sums = weights.sum(axis=1, keepdims=True, dtype=np.float64)
    shares: NDArray[np.float32] = np.zeros_like(weights)
    np.divide(weights, sums, out=shares, where=sums > 0, casting="unsafe")
    return shares
