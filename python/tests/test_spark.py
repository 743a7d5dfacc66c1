"""Fits in Spark have the bytes of fits in one process, however the documents are spread, and whatever happens to those
who hold them."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("pyspark")
pytest.importorskip("pyarrow")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("there is no Java", allow_module_level=True)

import topicmill
from pyspark.sql import SparkSession
from topicmill import TopicModel
from topicmill.exceptions import DataError, ParameterError
from topicmill.spark import TopicMill, TopicMillModel
from topicmill.spark.engine import Engine
from topicmill.spark.trees import one_by_one

NEWSROOM = Path(__file__).parents[2] / "corpora" / "newsroom"
OPTIONS = {"shard_documents": 20, "max_iterations": 12}


def session(master, **options):
    builder = SparkSession.builder.master(master).config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.shuffle.partitions", "3").config("spark.log.level", "OFF")
    for key, value in options.items():
        builder = builder.config(key.replace("_", "."), value)
    # Executors import the package from where this process does.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(topicmill.__file__).parents[1]), *sys.path])
    return builder.getOrCreate()


@pytest.fixture(scope="module")
def spark():
    made = session("local[2]")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def table():
    files = sorted(NEWSROOM.rglob("*.txt"), key=lambda file: file.relative_to(NEWSROOM).as_posix())
    rows = [(file.relative_to(NEWSROOM).as_posix(), file.read_text(), file.parent.name) for file in files]
    return pd.DataFrame(sorted(rows), columns=["id", "text", "label"])


@pytest.fixture(scope="module")
def alone(table):
    return TopicModel(6, **OPTIONS).fit(table)


def same(model, alone):
    assert model.topic_term.tobytes() == alone.topic_term.tobytes()
    assert model.model.document_topic.tobytes() == alone.document_topic.tobytes()
    assert model.terms == alone.terms


@pytest.mark.parametrize("n_partitions", [1, 2, 7])
def test_partitions_do_not_show(spark, table, alone, n_partitions):
    shuffled = table.sample(frac=1.0, random_state=n_partitions)
    frame = spark.createDataFrame(shuffled).repartition(n_partitions)
    model = TopicMill(6, labelCol="label", numPartitions=n_partitions, checkpointInterval=4, **OPTIONS).fit(frame)
    same(model, alone)
    ours, theirs = model.model.manifest, alone.manifest
    assert ours["corpus"]["digest"] == theirs["corpus"]["digest"]
    assert ours["fit"] == theirs["fit"]


def test_a_model_is_stored_read_and_used(spark, table, alone, tmp_path):
    frame = spark.createDataFrame(table)
    model = TopicMill(6, labelCol="label", outputCol="shares", predictionCol="cluster", **OPTIONS).fit(frame)
    written = model.save(tmp_path / "model")
    assert TopicModel.load(written).topic_term.tobytes() == alone.topic_term.tobytes()
    assert model.topics(n_words=4).equals(alone.topics(n_words=4))
    texts = [("1", "ships in the harbour"), ("2", None), ("3", "zzz qqq"), ("4", table.text[0])]
    solved = model.transform(spark.createDataFrame(texts, "id string, text string")).orderBy("id").collect()
    expected = alone.transform([text for _, text in texts if text is not None])
    assert [row.cluster for row in solved] == [*alone.predict([texts[0][1]]), None, -1, *alone.predict([texts[3][1]])]
    assert solved[1].shares is None
    found = np.array([row.shares for row in solved if row.shares is not None], dtype=np.float32)
    assert found.tobytes() == expected.tobytes()
    assert TopicMillModel.load(written).transform(frame).count() == len(table)


def test_forms_of_stems_and_bounds_of_terms_are_exact(spark, table, tmp_path):
    options = {**OPTIONS, "stem": True, "ngrams": [1, 2], "min_df": 3, "max_df": 0.3}
    frame = spark.createDataFrame(table).repartition(5)
    model = TopicMill(4, **options).fit(frame)
    expected = TopicModel(4, **options).fit(table[["id", "text"]])
    same(model, expected)
    found, known = model.save(tmp_path / "found"), expected.save(tmp_path / "known")
    for name in ("terms.tsv", "top_words.tsv", "clusters.tsv", "factor_document_topic.npy", "trace.csv"):
        assert (found / name).read_bytes() == (known / name).read_bytes(), name


def test_what_is_no_document_is_refused(spark, table):
    frame = spark.createDataFrame(table)
    with pytest.raises(ParameterError, match="inputCol is 'body', and there is no such column"):
        TopicMill(3, inputCol="body").fit(frame)
    with pytest.raises(ParameterError, match="idCol is 'number'"):
        TopicMill(3, idCol="number").fit(frame)
    with pytest.raises(ParameterError, match="a column of array<string>, expected one of string"):
        TopicMill(3).fit(spark.createDataFrame([("1", ["a"])], "id string, text array<string>"))
    with pytest.raises(DataError, match="1 documents have no text: text is null, as for the id 2"):
        TopicMill(3).fit(spark.createDataFrame([("1", "a b"), ("2", None)], "id string, text string"))
    with pytest.raises(DataError, match="1 rows have no id"):
        TopicMill(3).fit(spark.createDataFrame([("1", "a b"), (None, "c d")], "id string, text string"))
    with pytest.raises(DataError, match="the id 7 stands in more than one row"):
        TopicMill(3).fit(spark.createDataFrame([(7, "a b"), (8, "b c"), (7, "c d")], "id int, text string"))
    with pytest.raises(DataError, match="there are no documents"):
        TopicMill(3).fit(spark.createDataFrame([], "id string, text string"))
    with pytest.raises(ParameterError, match="no_such_parameter"):
        TopicMill(3, no_such_parameter=1)
    with pytest.raises(ParameterError, match="restarts is 2"):
        TopicMill(3, restarts=2).fit(frame)
    with pytest.raises(ParameterError, match="variant is online"):
        TopicMill(3, variant="online").fit(frame)
    with pytest.raises(DataError, match="500 topics cannot be found"):
        TopicMill(500).fit(frame)


def test_a_damaged_shard_is_told(spark, table, monkeypatch):
    made = Engine.__init__

    def damaged(self, context, shards, interval):
        shards.blocks = one_by_one(shards.blocks.map(lambda shard: (shard[0], shard[1][:-1])))
        made(self, context, shards, interval)

    monkeypatch.setattr(Engine, "__init__", damaged)
    with pytest.raises(DataError, match=r"shard \d: is cut off or edited"):
        TopicMill(3, **OPTIONS).fit(spark.createDataFrame(table))


SCRIPT = """
import sys
from pyspark.sql import SparkSession
from topicmill.spark import TopicMill
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
frame = spark.createDataFrame([("1", "a b"), ("2", "b c")], "id string, text string")
try:
    TopicMill(2, language="none").fit(frame)
except Exception as error:
    print(type(error).__name__, error)
"""


def test_an_executor_without_the_package_is_told(tmp_path):
    """Executors run an interpreter that does not see the package."""
    bare = tmp_path / "bare.py"
    bare.write_text(
        "import sys, runpy\nsys.modules['topicmill'] = None\nrunpy.run_module(sys.argv[2], run_name='__main__')\n"
    )
    program = tmp_path / "worker"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {bare} "$@"\n')
    program.chmod(0o755)
    path = os.pathsep.join([str(Path(topicmill.__file__).parents[1]), *sys.path])
    environment = {**os.environ, "PYSPARK_PYTHON": str(program), "PYTHONPATH": path}
    environment["PYSPARK_DRIVER_PYTHON"] = sys.executable
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=300)
    assert "TopicmillError an executor cannot import topicmill" in done.stdout, done.stdout + done.stderr[-2000:]


def executors():
    """The process ids of executors."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"CoarseGrainedExecutorBackend" in words and words.split(b"\0")[0].endswith(b"java"):
            found.append(int(process.name))
    return found


def test_an_executor_that_is_killed_changes_nothing(spark, table, alone):
    spark.stop()
    cluster = session("local-cluster[2,1,1024]")
    try:
        frame = cluster.createDataFrame(table).repartition(4)
        killed, passes = [], []
        run = Engine.run

        def counted(self, asked, reads, writes):
            passes.append(asked)
            if len(passes) == 8:
                threading.Timer(0.05, kill).start()
            return run(self, asked, reads, writes)

        def kill():
            victim = executors()[0]
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Engine, "run", counted)
            model = TopicMill(6, labelCol="label", checkpointInterval=5, **OPTIONS).fit(frame)
        same(model, alone)
        assert killed and len(passes) > 12
    finally:
        cluster.stop()
        deadline = time.time() + 20
        while executors() and time.time() < deadline:
            time.sleep(0.2)
