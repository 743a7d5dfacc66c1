"""gensim's corpora as documents, and a model's topics for gensim's measures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..topic_model import TopicModel

__all__ = ["fit", "topics"]


def fit(corpus: Iterable[Any], dictionary: Any, **parameters: Any) -> TopicModel:
    """A model of a bag-of-words corpus: lists of (number of a term, count), with the `Dictionary` (or a list) that
    names the numbers. Counts are weighted and topics sharpened as those of texts are; `TopicModel().fit(corpus,
    terms=dictionary)` takes the numbers for weights.

    >>> from gensim.corpora import Dictionary
    >>> from topicmill.adapters import gensim
    >>> texts = [["ships", "sea"], ["sea", "ships", "dawn"], ["bread", "butter"], ["butter", "bread", "oven"]]
    >>> dictionary = Dictionary(texts)
    >>> model = gensim.fit([dictionary.doc2bow(text) for text in texts], dictionary, n_topics=2)
    >>> len(set(model.labels[:2])), len(set(model.labels[2:]))
    (1, 1)
    """
    from ..topic_model import TopicModel

    of_texts = {"tf": "log", "idf": "smooth", "sharpening": "on"}
    return TopicModel(**{**of_texts, **parameters}).fit(corpus, terms=dictionary)


def topics(model: TopicModel, n_words: int = 10) -> list[list[str]]:
    """The best words of each topic, for `CoherenceModel(topics=…)`."""
    columns = {name: values for name, _, values in model.core.words(n_words, None, None)[0]}
    found: list[list[str]] = [[] for _ in range(model.n_topics)]
    for topic, term in zip(columns["topic"][0], columns["term"], strict=True):
        found[topic].append(term)
    return found
