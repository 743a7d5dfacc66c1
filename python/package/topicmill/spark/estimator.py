"""An estimator of `pyspark.ml`, and its model."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from pyspark.ml import Estimator, Model
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.param.shared import HasInputCol, HasLabelCol, HasOutputCol, HasPredictionCol

from .. import _core
from ..dataset import configure, plain, read_file, warn
from ..exceptions import ParameterError
from ..progress import Bar, Progress
from ..topic_model import TopicModel
from .engine import Engine
from .failures import told
from .shards import Shards

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray
    from pyspark.sql import DataFrame
    from typing_extensions import Self, Unpack

    from ..frames import Frame
    from ..parameters import Parameters

Path_: TypeAlias = "str | os.PathLike[str]"


class _Columns(HasInputCol, HasOutputCol, HasPredictionCol):
    """The columns that a model reads and writes."""


class TopicMill(Estimator["TopicMillModel"], _Columns, HasLabelCol):
    """Finds the topics of the documents of a data frame.

    Parameters
    ----------
    n_topics
        Number of topics.
    inputCol
        The column of the texts.
    idCol
        The column of the ids, which are unique: documents stand in their order, so that the model does not depend on
        partitions.
    labelCol
        A column of labels, for `evaluate`.
    predictionCol, outputCol
        The columns that the model writes: the topic of a document (−1 for one without known words), and
        p(topic | document).
    numPartitions
        Number of partitions that work is done in; as many as the session has cores, but not more than shards.
    checkpointInterval
        After so many passes rows of documents are written to the session's checkpoint folder
        (`SparkContext.setCheckpointDir`), so that a lost executor does not cost more than these. Where a session of one
        machine has none, a temporary folder is taken.
    config, preset, progress
        As for `topicmill.TopicModel`.
    **parameters
        Every other parameter by its name; `shard_documents` is the number of documents of a shard, on which the last
        bits of a model depend. Without it a shard has 4,096 to 65,536 documents, as many as leave work for 64
        partitions.
    """

    n_topics: Param[int] = Param(Params._dummy(), "n_topics", "number of topics", TypeConverters.toInt)
    idCol: Param[str] = Param(Params._dummy(), "idCol", "id column name", TypeConverters.toString)

    def __init__(
        self,
        n_topics: int = 20,
        *,
        inputCol: str = "text",
        idCol: str = "id",
        labelCol: str | None = None,
        predictionCol: str = "topic",
        outputCol: str = "topics",
        numPartitions: int | None = None,
        checkpointInterval: int = 10,
        config: Path_ | None = None,
        preset: str | list[str] | None = None,
        progress: Progress = None,
        **parameters: Unpack[Parameters],
    ) -> None:
        super().__init__()
        for name, value in (("numPartitions", numPartitions), ("checkpointInterval", checkpointInterval)):
            if value is not None and value < 1:
                raise ParameterError(f"{name} is {value}, expected at least 1")
        columns = {"inputCol": inputCol, "idCol": idCol, "predictionCol": predictionCol, "outputCol": outputCol}
        self._set(n_topics=n_topics, **columns, **({} if labelCol is None else {"labelCol": labelCol}))
        self.numPartitions = numPartitions
        self.checkpointInterval = checkpointInterval
        self.progress = progress
        self._given: dict[str, Any] = plain(parameters)
        self._file = read_file(config)
        self._preset = preset
        # What is wrong with parameters is known before there are documents.
        self._config()

    def _config(self) -> _core.Config:
        return configure(self._file, self._preset, {"n_topics": self.getOrDefault(self.n_topics), **self._given})

    def _fit(self, dataset: DataFrame) -> TopicMillModel:
        context = dataset.sparkSession.sparkContext
        label = self.getLabelCol() if self.isSet(self.labelCol) else None
        columns = (self.getInputCol(), self.getOrDefault(self.idCol), label)
        config = self._config()
        _need_checkpoints(context)
        shards = Shards(dataset, columns, config, self.numPartitions)
        engine = Engine(context, shards, self.checkpointInterval)
        try:
            with Bar(self.progress) as watch:
                core, warnings, advice = shards.elsewhere.fit(config, shards.documents, engine, watch)
        finally:
            engine.close()
        warn([*warnings, *advice])
        model = TopicModel()
        model._model = core
        return self._copyValues(TopicMillModel(model))


def _need_checkpoints(context: Any) -> None:
    """Gives a session of one machine a folder for checkpoints. On a cluster it must be one that all machines see, which
    the user alone knows of."""
    if context.getCheckpointDir() is None and context.master.startswith("local"):
        context.setCheckpointDir(tempfile.mkdtemp(prefix="topicmill-checkpoints-"))


class TopicMillModel(Model, _Columns):
    """The topics of documents."""

    def __init__(self, model: TopicModel) -> None:
        super().__init__()
        #: The model as `topicmill.TopicModel`, with all its tables, measures and reports.
        self.model = model
        self._set(inputCol="text", predictionCol="topic", outputCol="topics")

    @property
    def topic_term(self) -> NDArray[np.float32]:
        """p(term | topic), topics × terms."""
        return self.model.topic_term

    @property
    def terms(self) -> list[str]:
        """The terms, in the order of the columns of `topic_term`."""
        return self.model.terms

    def topics(self, n_words: int = 10) -> Frame:
        """A row for each topic, with its words."""
        return self.model.topics(n_words=n_words)

    def save(self, path: Path_, *, overwrite: bool = False, rows: Literal["npy", "parquet"] | None = None) -> Path:
        """Writes the model directory, which the program and the package read, on the machine of the driver; `rows` as
        in `TopicModel.save`: Spark reads `document_topic.parquet`, a row per document."""
        return self.model.save(path, overwrite=overwrite, rows=rows)

    @classmethod
    def load(cls, path: Path_) -> Self:
        """Reads a model directory, whoever wrote it."""
        return cls(TopicModel.load(path))

    def _transform(self, dataset: DataFrame) -> DataFrame:
        import pandas as pd
        from pyspark.sql import functions
        from pyspark.sql.pandas.functions import pandas_udf

        text = self.getInputCol()
        if text not in dataset.columns:
            columns = ", ".join(dataset.columns)
            raise ParameterError(f"inputCol is {text!r}, and there is no such column", f"the columns are {columns}")
        sent = dataset.sparkSession.sparkContext.broadcast(_files(self.model))

        def solved(texts: Any) -> Any:
            return _solved(sent.value, texts)

        # What is annotated in a module whose annotations are texts has no meaning to Spark.
        solved.__annotations__ = {"texts": Iterator[pd.Series], "return": Iterator[pd.DataFrame]}
        solve = pandas_udf(solved, "topic int, shares array<float>")  # type: ignore[call-overload]
        both = "__topicmill__"
        with told():
            frame = dataset.withColumn(both, solve(functions.col(f"`{text}`")))
        return (
            frame.withColumn(self.getPredictionCol(), functions.col(f"{both}.topic"))
            .withColumn(self.getOutputCol(), functions.col(f"{both}.shares"))
            .drop(both)
        )


def _files(model: TopicModel) -> dict[str, bytes]:
    """The files of a model directory."""
    with tempfile.TemporaryDirectory() as place:
        written = model.save(Path(place) / "model")
        return {file.name: file.read_bytes() for file in written.iterdir()}


def _solved(files: dict[str, bytes], batches: Iterator[pd.Series]) -> Iterator[pd.DataFrame]:
    """Solves texts; those that are null have no topic and no shares."""
    import pandas as pd

    with tempfile.TemporaryDirectory() as place:
        for name, content in files.items():
            (Path(place) / name).write_bytes(content)
        model = TopicModel.load(place)
    for texts in batches:
        known = texts.notna()
        topics = pd.Series([None] * len(texts), dtype="object", index=texts.index)
        shares = pd.Series([None] * len(texts), dtype="object", index=texts.index)
        if known.any():
            weights, labels, _ = model._solve(texts[known].tolist(), None)
            sums = weights.sum(axis=1, keepdims=True, dtype=np.float64)
            divided = np.divide(weights, sums, out=np.zeros_like(weights), where=sums > 0, casting="unsafe")
            topics[known] = [int(label) for label in labels]
            shares[known] = pd.Series(list(divided), index=texts.index[known])
        yield pd.DataFrame({"topic": topics, "shares": shares})
