"""Documents that were read, for one or many fits."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import _core
from .documents import TOKEN_PARAMETERS, source
from .progress import Bar, Progress

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .parameters import Parameters

logger = logging.getLogger("topicmill")

#: Parameters that are lists, for which one str may be given.
_LISTS = ("text_column", "strip", "stopwords", "extra_stopwords", "vocabulary", "views")


class Dataset:
    """Documents that were read, counted and weighted. Fits of other numbers of topics or other seeds need not read them
    again: `TopicModel.fit` and `TopicModel.select` take a dataset in place of documents.

    >>> from topicmill import Dataset, TopicModel
    >>> dataset = Dataset(["ships at sea", "the sea and ships", "bread and butter", "butter on bread"])
    >>> dataset.n_documents, dataset.n_terms
    (4, 4)
    >>> for n_topics in (2, 3):
    ...     model = TopicModel(n_topics).fit(dataset)
    """

    def __init__(
        self,
        documents: Any,
        *,
        terms: Any = None,
        config: str | os.PathLike[str] | None = None,
        preset: str | list[str] | None = None,
        progress: Progress = None,
        **parameters: Unpack[Parameters],
    ) -> None:
        self._read(documents, terms, read_file(config), preset, progress, plain(parameters))

    def _read(
        self,
        documents: Any,
        terms: Any,
        file: tuple[str, str] | None,
        preset: str | Sequence[str] | None,
        progress: Progress,
        parameters: Mapping[str, Any],
    ) -> None:
        read = source(documents, terms, parameters.get("text_column"))
        self._config = configure(file, preset, {**(TOKEN_PARAMETERS if read.are_tokens else {}), **parameters})
        self._source = read
        with Bar(progress) as watch:
            if read.counts is not None:
                assert read.terms is not None
                core = _core.Dataset.of_counts(read.counts, read.terms, self._config)
            elif read.documents is not None:
                core = _core.Dataset.of_documents(read.documents, self._config, watch)
            else:
                core = _core.Dataset.read(read.paths, self._config, watch)
        self._core = core
        warnings, advice = core.notes()
        warn(warnings)
        for hint in advice:
            logger.info("%s", hint)
        logger.info("%s", self)

    @classmethod
    def _of(cls, *parts: Any) -> Dataset:
        """A dataset of what a model has: documents, terms, file, preset, progress and parameters."""
        made = cls.__new__(cls)
        made._read(*parts)
        return made

    @property
    def n_documents(self) -> int:
        """Number of documents."""
        return self._core.n_documents

    @property
    def n_terms(self) -> int:
        """Number of terms."""
        return self._core.n_terms

    @property
    def n_tokens(self) -> int:
        """Number of tokens."""
        return self._core.n_tokens

    @property
    def language(self) -> str | None:
        """The language of the documents, given or recognised."""
        return self._core.language

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> str:
        """Writes the weighted matrix as the directory that the program's `vectorize` writes; returns its path."""
        return os.fspath(self._core.save(os.fspath(path), overwrite))

    def __len__(self) -> int:
        return self.n_documents

    def __repr__(self) -> str:
        language = f", {self.language}" if self.language else ""
        return (
            f"{self.n_documents:,} documents, {self.n_tokens:,} tokens, {self.n_terms:,} terms, "
            f"{self._core.n_nonzeros:,} nonzeros{language}"
        )


def configure(
    file: tuple[str, str] | None, preset: str | Sequence[str] | None, parameters: Mapping[str, Any]
) -> _core.Config:
    """A file (its name and content), presets and parameters as one configuration. Parameters that are None keep their
    defaults."""
    presets = [preset] if isinstance(preset, str) else list(preset or [])
    made = _core.Config(dict(parameters), file, presets)
    for note in made.notes():
        logger.info("%s", note)
    return made


def read_file(path: str | os.PathLike[str] | None) -> tuple[str, str] | None:
    """The name and the content of a configuration file."""
    if path is None:
        return None
    with open(path, encoding="utf-8") as file:
        return os.fspath(path), file.read()


def plain(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters whose iterables are lists: sets in the order of their words, generators once and for all. One str
    stands for a list of it where a list is expected."""
    return {
        name: [value] if name in _LISTS and isinstance(value, str) else _plain(value)
        for name, value in parameters.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    is_iterable = isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))
    if is_iterable and not hasattr(value, "tolist") and not hasattr(value, "to_list"):
        # The core takes arrays and Series as they are, and says what is wrong with a list that holds itself.
        items = value if isinstance(value, (list, tuple)) else list(value)
        return [sorted(item) if isinstance(item, (set, frozenset)) else item for item in items]
    return dict(value) if isinstance(value, Mapping) else value


def warn(notes: Iterable[str]) -> None:
    """Logs sentences as warnings."""
    for note in notes:
        logger.warning("%s", note)
