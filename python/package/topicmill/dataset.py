"""Documents that were read, for one or many fits."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from . import _core
from .documents import TOKEN_PARAMETERS, source
from .progress import Bar, Progress

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .parameters import Parameters

logger = logging.getLogger("topicmill")

#: Parameters that are lists, for which one str may be given.
_LISTS = ("text_column", "strip", "stopwords", "extra_stopwords", "vocabulary")


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
        read = source(documents, terms, parameters.get("text_column"))
        given: dict[str, Any] = {**(TOKEN_PARAMETERS if read.are_tokens else {}), **parameters}
        self._config = configure(config, preset, given)
        self._source = read
        with Bar(progress) as watch:
            if read.counts is not None:
                assert read.terms is not None
                core = _core.Dataset.of_counts(read.counts, read.terms, read.ids, self._config)
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
    config: str | os.PathLike[str] | None, preset: str | list[str] | None, parameters: dict[str, Any]
) -> _core.Config:
    """A file, presets and parameters as one configuration. Parameters that are None keep their defaults."""
    file = None
    if config is not None:
        with open(config, encoding="utf-8") as opened:
            file = (os.fspath(config), opened.read())
    presets = [preset] if isinstance(preset, str) else list(preset or [])
    given = {
        name: [value] if name in _LISTS and isinstance(value, str) else value for name, value in parameters.items()
    }
    made = _core.Config(given, file, presets)
    for note in made.notes():
        logger.info("%s", note)
    return made


def warn(notes: Iterable[str]) -> None:
    """Logs sentences as warnings."""
    for note in notes:
        logger.warning("%s", note)
