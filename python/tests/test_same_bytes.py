"""The package and the program make the same model of the same input, on any number of threads."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from topicmill import Dataset, TopicModel, load, set_n_threads

#: Files of a model directory; the manifest has the time and the threads of the run beside.
RUN = "run"


def directory(path: Path) -> dict[str, object]:
    files: dict[str, object] = {
        name: (path / name).read_bytes() for name in os.listdir(path) if name != "manifest.json"
    }
    manifest = json.loads((path / "manifest.json").read_text())
    manifest.pop(RUN)
    files["manifest.json"] = manifest
    return files


CASES = {
    "default": ({}, []),
    "stems and n-grams": ({"stem": True, "ngrams": [1, 2], "n_topics": 4}, ["--stem", "--ngrams", "1,2", "-k", "4"]),
    "texts kept": ({"keep_texts": True, "n_topics": 3}, ["--keep-texts", "-k", "3"]),
    "frobenius": ({"loss": "frobenius", "n_topics": 5, "seed": 7}, ["--loss", "frobenius", "-k", "5", "--seed", "7"]),
    "seeds and runs": (
        {"n_topics": 6, "seeds": [["goal", "match"]], "runs": 2},
        ["-k", "6", "--seed-words", "goal,match", "--runs", "2"],
    ),
    "chosen": ({"n_topics": "auto"}, ["-k", "auto"]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_folder_gives_the_bytes_of_the_program(case, newsroom, program, tmp_path):
    parameters, flags = CASES[case]
    flags = flags or ["-k", "20"]
    made = TopicModel(**{"n_topics": 20, **parameters}).fit(newsroom).save(tmp_path / "package")
    command = [*program, "fit", newsroom, *flags, "-o", tmp_path / "program", "--quiet"]
    subprocess.run(command, check=True, capture_output=True)
    assert directory(made) == directory(tmp_path / "program")


def test_a_data_frame_gives_the_numbers_of_its_csv(newsroom, texts, labels, program, tmp_path):
    frame = pd.DataFrame({"id": range(len(texts)), "text": texts, "label": labels, "date": "2024-05-01"})
    frame.to_csv(tmp_path / "table.csv", index=False)
    command = [*program, "fit", tmp_path / "table.csv", "-k", "6", "-o", tmp_path / "program", "--quiet"]
    subprocess.run(command, check=True, capture_output=True)
    of_program = load(tmp_path / "program")
    for documents in (frame, frame.to_dict("records"), frame.to_dict("list")):
        of_package = TopicModel(6).fit(documents)
        assert of_package.topic_term.tobytes() == of_program.topic_term.tobytes()
        assert of_package.document_topic.tobytes() == of_program.document_topic.tobytes()
        pd.testing.assert_frame_equal(of_package.documents(), of_program.documents())


@pytest.mark.parametrize("parameters", [{}, {"loss": "frobenius"}, {"runs": 2, "init": "random", "restarts": 2}])
def test_threads_do_not_show(parameters, texts, tmp_path):
    made = []
    for n_threads in (1, 2, 4):
        set_n_threads(n_threads)
        model = TopicModel(6, **parameters).fit(texts)
        made.append(directory(model.save(tmp_path / str(n_threads))))
        assert model.transform(texts).tobytes() == model.document_topic.tobytes()
    assert made[0] == made[1] == made[2]


def test_a_model_is_loaded_and_pickled_as_it_was(texts, tmp_path):
    model = TopicModel(5, keep_texts=True).fit(texts)
    model.rename({0: "first"})
    loaded = load(model.save(tmp_path / "model"))
    pickled = pickle.loads(pickle.dumps(model))
    for copy in (loaded, pickled, pickle.loads(pickle.dumps(loaded))):
        assert directory(copy.save(tmp_path / f"copy-{id(copy)}")) == directory(tmp_path / "model")
        assert copy.names[0] == "first"
        assert copy.evaluate()["reference_documents"] == len(texts)
        assert copy.explain(id="3")["text"] == model.explain(id="3")["text"]


def test_a_pickle_holds_the_bytes_of_the_model_alone(texts):
    model = TopicModel(4).fit(texts)
    size = sum(len(content) for content in model.core.files().values())
    assert len(pickle.dumps(model)) < size + 5_000
    assert not any(text.encode()[:200] in pickle.dumps(model) for text in texts)


def test_a_dataset_is_fitted_as_its_documents_are(texts, caplog):
    dataset = Dataset(texts, stem=True)
    for n_topics in (3, 5):
        again = TopicModel(n_topics).fit(dataset)
        fresh = TopicModel(n_topics, stem=True).fit(texts)
        assert again.topic_term.tobytes() == fresh.topic_term.tobytes()
    with caplog.at_level("WARNING", logger="topicmill"):
        TopicModel(3, min_df=5, seed=2).fit(dataset)
    assert "min_df has no use" in caplog.text and "seed" not in caplog.text


def test_a_matrix_is_fitted_as_its_file_is(tmp_path, program):
    from scipy import io, sparse

    rng = np.random.default_rng(3)
    counts = sparse.csr_matrix(rng.poisson(0.3, size=(60, 40)))
    io.mmwrite(tmp_path / "counts.mtx", counts.T)
    command = [*program, "fit", tmp_path / "counts.mtx", "-k", "4", "-o", tmp_path / "program", "--quiet"]
    subprocess.run(command, check=True, capture_output=True)
    for matrix in (counts, counts.tocsc(), counts.astype(float), counts.toarray(), counts.astype(np.float32)):
        made = TopicModel(4).fit(matrix)
        assert made.topic_term.tobytes() == load(tmp_path / "program").topic_term.tobytes()
        assert made.transform(matrix).tobytes() == made.document_topic.tobytes()


def test_a_fit_goes_on_from_factors_and_keeps_frozen_topics(texts, tmp_path):
    first = TopicModel(4).fit(texts)
    directory_of_first = first.save(tmp_path / "first")
    again = TopicModel(max_iterations=1).fit(texts, init_from=directory_of_first)
    assert again.n_topics == 4
    for frozen in (first, directory_of_first):
        more = TopicModel(6, sharpening="off").fit(texts, frozen=frozen)
        assert more.n_topics == 6
        assert np.array_equal(more.topic_term[:4] > 0, first.topic_term > 0) or more.terms == first.terms
