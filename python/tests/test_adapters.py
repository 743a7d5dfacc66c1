"""Models in the hands of other tools."""

from __future__ import annotations

import numpy as np
import pytest
from topicmill import TopicModel


def test_pyldavis_shows_a_model(model):
    pyldavis = pytest.importorskip("pyLDAvis")
    from topicmill.adapters.pyldavis import prepare

    prepared = prepare(model, n_jobs=1)
    assert "patients" in pyldavis.prepared_data_to_html(prepared)
    largest = prepared.topic_coordinates["Freq"].to_numpy()
    assert len(largest) == 6 and np.isclose(largest.sum(), 100)


def test_a_corpus_of_gensim_is_fitted_as_its_texts_are(texts):
    corpora = pytest.importorskip("gensim.corpora")
    from topicmill.adapters import gensim

    words = [text.lower().split() for text in texts]
    dictionary = corpora.Dictionary(words)
    dictionary.filter_extremes(no_below=2, no_above=0.5)
    corpus = [dictionary.doc2bow(document) for document in words]
    model = gensim.fit(corpus, dictionary, n_topics=6)
    of_texts = TopicModel(6, min_df=2, max_df=0.5).fit(
        [[word for word in document if word in dictionary.token2id] for document in words]
    )
    assert "sharpening" in model.manifest["fit"]
    assert set(model.terms) == set(of_texts.terms) == set(dictionary.token2id)
    assert np.allclose(model.topic_term.sum(axis=1), 1, atol=1e-2)
    from gensim.models import CoherenceModel

    measure = CoherenceModel(topics=gensim.topics(model, 5), texts=words, dictionary=dictionary, coherence="u_mass")
    assert measure.get_coherence() < 0
    raw = TopicModel(6).fit(corpus, terms=dictionary)
    assert "sharpening" not in raw.manifest["fit"]
    assert raw.transform(corpus_matrix(corpus, len(dictionary))).shape == (len(texts), 6)


def corpus_matrix(corpus, n_terms):
    from gensim.matutils import corpus2csc

    return corpus2csc(corpus, num_terms=n_terms).T


def test_tokens_of_spacy_are_fitted():
    spacy = pytest.importorskip("spacy")
    from topicmill.adapters.spacy import tokens

    nlp = spacy.blank("en")
    texts = ["The ships are at sea.", "A sea of ships, 12 of them.", "Bread and butter.", "The butter is on the bread."]
    model = TopicModel(2).fit(tokens(nlp.pipe(texts), attribute="lower_"))
    assert set(model.terms) == {"ships", "sea", "bread", "butter"}
    kept = list(tokens(nlp.pipe(texts[:1]), attribute="text", keep=lambda token: True))
    assert kept == [["The", "ships", "are", "at", "sea", "."]]


@pytest.mark.filterwarnings("ignore")
def test_bertopic_has_the_topics_of_a_model(model, texts):
    pytest.importorskip("bertopic")
    from topicmill.adapters.bertopic import Clusters, bertopic

    other = bertopic(model)
    topics, _ = other.fit_transform(texts)
    ours = Clusters().predict(model.document_topic)
    assert len(set(zip(topics, ours, strict=True))) == 6
    firsts = {words[0] for words in other.get_topic_info()["Representation"]}
    assert firsts == {words.split(", ")[0] for words in model.topics()["words"]}
    assert other.transform(texts[:5])[0] == topics[:5]
