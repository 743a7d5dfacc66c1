"""Tokens of spaCy's documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

__all__ = ["tokens"]


def tokens(
    documents: Iterable[Any], *, attribute: str = "lemma_", keep: Callable[[Any], bool] | None = None
) -> Iterator[list[str]]:
    """The tokens of spaCy's `Doc`s, for `TopicModel.fit`: an attribute of each token (`lemma_`, `text`, `lower_` …; its
    text where that is empty). Without `keep`, stop words, punctuation, white space and numbers are left out.

    >>> import spacy
    >>> from topicmill.adapters.spacy import tokens
    >>> list(tokens(spacy.blank("en").pipe(["The ships sailed at dawn."])))
    [['ships', 'sailed', 'dawn']]
    """
    for document in documents:
        kept = (token for token in document if (keep(token) if keep is not None else _is_word(token)))
        yield [getattr(token, attribute) or token.text for token in kept]


def _is_word(token: Any) -> bool:
    return not (token.is_stop or token.is_punct or token.is_space or token.like_num)
