"""The parts of BERTopic by topicmill: embedding, clusters and words of topics."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
from bertopic.backend import BaseEmbedder
from bertopic.representation._base import BaseRepresentation
from sklearn.base import BaseEstimator, ClusterMixin

if TYPE_CHECKING:
    from ..topic_model import TopicModel

__all__ = ["Clusters", "Embedder", "Representation", "bertopic"]


class Embedder(BaseEmbedder):  # type: ignore[misc]
    """Documents as their shares of topics, for `BERTopic(embedding_model=…)`. Words are documents of one word."""

    def __init__(self, model: TopicModel) -> None:
        super().__init__()
        self.model = model

    def embed(self, documents: Any, verbose: bool = False) -> Any:
        """p(topic | document), documents × topics."""
        return self.model.transform(list(documents))


class Clusters(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Each document in the topic of its largest share, for `BERTopic(hdbscan_model=…)`; −1 for one without any, which
    BERTopic takes for an outlier."""

    labels_: Any

    def fit(self, X: Any, y: Any = None) -> Clusters:
        """Clusters rows of shares."""
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Any) -> Any:
        """The place of the largest share in each row."""
        shares = np.asarray(X)
        return np.where(shares.sum(axis=1) > 0, shares.argmax(axis=1), -1)


class Representation(BaseRepresentation):  # type: ignore[misc]
    """The words that the model ranks first in a topic, for `BERTopic(representation_model=…)`."""

    def __init__(self, model: TopicModel, n_words: int = 10) -> None:
        self.model = model
        self.n_words = n_words

    def extract_topics(self, topic_model: Any, documents: Any, c_tf_idf: Any, topics: Any) -> Any:
        """The words of each of BERTopic's topics: of the model's topic that most of its documents have the largest
        share of. Other topics, as that of outliers, keep the words that BERTopic has found."""
        columns = {name: values for name, _, values in self.model.core.words(self.n_words, None, None)[0]}
        words: dict[int, list[tuple[str, float]]] = {}
        for topic, form, probability in zip(columns["topic"][0], columns["form"], columns["probability"], strict=True):
            words.setdefault(int(topic), []).append((form, float(probability)))
        own = Clusters().predict(self.model.transform(list(documents["Document"])))
        found: dict[Any, Counter[int]] = {}
        for theirs, ours in zip(documents["Topic"], own, strict=True):
            found.setdefault(theirs, Counter())[int(ours)] += 1
        most = {theirs: counts.most_common(1)[0][0] for theirs, counts in found.items()}
        return {theirs: words.get(most.get(theirs, -1), default) for theirs, default in topics.items()}


def bertopic(model: TopicModel, **options: Any) -> Any:
    """A `BERTopic` with the topics of a fitted model: its visualisations, hierarchies and topics over time, without an
    embedding model to download. Call `fit_transform` with documents; options go to `BERTopic`."""
    from bertopic import BERTopic
    from bertopic.dimensionality import BaseDimensionalityReduction

    parts = {
        "embedding_model": Embedder(model),
        "umap_model": BaseDimensionalityReduction(),
        "hdbscan_model": Clusters(),
        "representation_model": Representation(model),
    }
    return BERTopic(**{**parts, **options})
