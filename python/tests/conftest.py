"""What tests share: the project's own corpus, the program, and data that need not be there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import topicmill

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def newsroom() -> Path:
    """A folder with 138 short reports in six folders, which are their labels."""
    return ROOT / "corpora" / "newsroom"


@pytest.fixture(scope="session")
def texts(newsroom: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(newsroom.rglob("*.txt"))]


@pytest.fixture(scope="session")
def labels(newsroom: Path) -> list[str]:
    return [path.parent.name for path in sorted(newsroom.rglob("*.txt"))]


@pytest.fixture(scope="session")
def model(texts: list[str]) -> topicmill.TopicModel:
    """A model of six topics, which no test changes."""
    return topicmill.TopicModel(6).fit(texts)


@pytest.fixture(scope="session")
def program() -> list[str]:
    """The program, as a command."""
    import sys

    return [sys.executable, "-m", "topicmill"]


@pytest.fixture
def shared() -> Path:
    """Corpora that are not part of the project."""
    place = os.environ.get("TOPICMILL_SHARED")
    if place is None or not Path(place, "corpora").is_dir():
        pytest.skip("TOPICMILL_SHARED names no folder with corpora")
    return Path(place)


@pytest.fixture(autouse=True)
def _as_before():
    """Each test begins with the settings of a fresh start."""
    yield
    topicmill.set_output("pandas")
    topicmill.set_n_threads(None)
