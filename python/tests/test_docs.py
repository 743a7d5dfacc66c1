"""What is written of the package is true: examples, notebooks, the reference, types."""

from __future__ import annotations

import doctest
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import topicmill

HERE = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((HERE.parent / "docs" / "notebooks").glob("*.ipynb"))


def modules():
    for found in pkgutil.walk_packages(topicmill.__path__, "topicmill."):
        if not found.name.endswith(("_core", "__main__")):
            yield found.name


@pytest.mark.parametrize("name", ["topicmill", *modules()])
def test_examples_say_what_they_print(name):
    needed = {f"topicmill.adapters.{peer}": peer for peer in ("bertopic", "gensim", "spacy")}
    pytest.importorskip("pyspark" if name.startswith("topicmill.spark") else needed.get(name, "numpy"))
    with pd.option_context("display.width", 200):
        result = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


def test_the_readme_does_what_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (HERE / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 3
    scope: dict[str, object] = {}
    (tmp_path / "corpora").symlink_to(HERE.parent / "corpora")
    for block in blocks:
        exec(compile(block, "README.md", "exec"), scope)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run(notebook, tmp_path):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    content = nbformat.read(notebook, as_version=4)
    (tmp_path / "corpora").symlink_to(HERE.parent / "corpora")
    client = nbclient.NotebookClient(content, timeout=300, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    errors = [output for cell in content.cells for output in cell.get("outputs", []) if output.output_type == "error"]
    assert errors == []
    stored = nbformat.read(notebook, as_version=4)
    assert any(cell.get("outputs") for cell in stored.cells), "run it once and store what it shows"


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 6


def test_the_reference_is_up_to_date():
    pytest.importorskip("bertopic")
    run = subprocess.run([sys.executable, HERE / "generate.py", "--check"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def environment() -> dict[str, str]:
    """The package is named to mypy where it is not installed."""
    place = Path(topicmill.__file__).parents[1]
    return dict(os.environ) if place.name == "site-packages" else {**os.environ, "MYPYPATH": str(place)}


def test_types_are_right():
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=HERE)
    assert run.returncode == 0, run.stdout
    stubs = [sys.executable, "-m", "mypy.stubtest", "topicmill._core", "--mypy-config-file", "pyproject.toml"]
    stubs += ["--ignore-disjoint-bases"]
    run = subprocess.run(stubs, capture_output=True, text=True, cwd=HERE, env=environment())
    assert run.returncode == 0, run.stdout


def test_a_user_is_told_of_wrong_types(tmp_path):
    pytest.importorskip("mypy")
    script = tmp_path / "user.py"
    script.write_text(
        "from topicmill import KLNMF, TopicModel, load\n"
        "model = TopicModel(5, stem=True, min_df=2, seeds=[['a']])\n"
        "shares = model.fit(['a b', 'b c']).transform(['a'])\n"
        "reveal_type(shares)\n"
        "TopicModel(5, stemm=True)\n"
        "TopicModel(5, stem='yes')\n"
        "load(3)\n"
        "KLNMF(n_components='five')\n"
    )
    command = [sys.executable, "-m", "mypy", "--no-incremental", str(script)]
    run = subprocess.run(command, capture_output=True, text=True, env=environment(), cwd=tmp_path)
    assert "ndarray" in run.stdout
    for line in (5, 6, 7, 8):
        assert f"user.py:{line}: error" in run.stdout, run.stdout
