"""What a topic model says of documents, in every form that they come in."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import topicmill
from topicmill import Dataset, TopicModel, load, set_output

FOUR = ["ships at sea", "the sea and ships", "bread and butter", "butter on bread"]


@pytest.mark.parametrize(
    "documents",
    [
        FOUR,
        tuple(FOUR),
        (text for text in FOUR),
        np.array(FOUR),
        np.array(FOUR, dtype=object),
        pd.Series(FOUR),
        pd.Series(FOUR, dtype="string"),
        pl.Series(FOUR),
        pa.array(FOUR),
        pa.chunked_array([FOUR[:2], FOUR[2:]]),
        pd.DataFrame({"text": FOUR}),
        pd.DataFrame({"body": FOUR}),
        pl.DataFrame({"text": FOUR, "n": [1, 2, 3, 4]}),
        pa.table({"text": FOUR}),
        {"text": FOUR},
        [{"text": text} for text in FOUR],
        [text.split() for text in FOUR],
        [np.array(text.split()) for text in FOUR],
    ],
    ids=lambda documents: type(documents).__name__,
)
def test_documents_come_in_many_forms(documents):
    model = TopicModel(2).fit(documents)
    assert len(model.labels) == 4
    assert model.labels[0] == model.labels[1] != model.labels[2] == model.labels[3]


def test_tokens_are_taken_as_they_are():
    tokens = [["New York", "US", "7"], ["US", "New York"], ["bread", "the"], ["the", "bread", "us"]]
    model = TopicModel(2).fit(tokens)
    assert set(model.terms) == {"New York", "US", "7", "bread", "the", "us"}
    assert model.predict([["New York"], ["bread"], ["unknown"], []]).tolist() == [
        model.labels[0],
        model.labels[2],
        -1,
        -1,
    ]


def test_columns_have_their_parts():
    frame = pd.DataFrame(
        {
            "body": FOUR,
            "title": ["a", "b", "c", "d"],
            "key": ["w", "x", "y", "z"],
            "kind": ["sea", "sea", "food", None],
            "year": [2001, 2002, None, 2004],
            "when": pd.to_datetime(["2001-01-01", "2002-01-01", "2003-06-01", None]),
        }
    )
    model = TopicModel(2, text_column=["title", "body"], id_column="key", label_column="kind").fit(frame)
    documents = model.documents()
    assert documents["id"].tolist() == ["w", "x", "y", "z"]
    assert documents["label"].tolist() == ["sea", "sea", "food", ""]
    assert documents["year"].tolist() == ["2001", "2002", "", "2004"]
    assert documents["when"].tolist() == ["2001-01-01", "2002-01-01", "2003-06-01", ""]
    assert model.assign(frame)["topic"].tolist() == model.labels.tolist()


def test_every_document_keeps_its_row():
    texts = [FOUR[0], "", FOUR[1], "  ", "!!!", FOUR[2], FOUR[3]]
    for documents in (texts, {"text": texts}, [{"text": text} for text in texts]):
        model = TopicModel(2).fit(documents)
        assert (model.labels == -1).tolist() == [False, True, False, True, True, False, False]
        assert not model.document_topic[[1, 3, 4]].any()
        documents = model.documents()
        assert documents["topic"].isna().tolist() == (model.labels == -1).tolist()
        assert documents["status"].tolist() == ["ok", "empty", "ok", "empty", "empty", "ok", "ok"]


def test_shares_and_labels_agree(model, texts):
    shares = model.document_topic
    assert shares.shape == (len(texts), 6)
    assert np.allclose(shares.sum(axis=1), 1.0)
    assert model.transform(texts).tobytes() == shares.tobytes()
    assert model.transform(texts, weights=True).tobytes() == model.document_weights.tobytes()
    assert model.predict(texts).tolist() == model.labels.tolist()
    assert np.allclose(model.topic_term.sum(axis=1), 1.0, atol=1e-2)
    assert model.topic_term.shape == (6, len(model.terms))
    table = model.documents()
    assert np.allclose(table[[f"topic_{k}" for k in range(6)]], shares)
    assert table["topic"].tolist() == model.labels.tolist()


def test_labels_of_the_newsroom_are_found(model, labels):
    found = pd.crosstab(pd.Series(labels), pd.Series(model.labels))
    assert (found > 0).to_numpy().sum() == 6


def test_tables_are_what_is_asked_for(texts):
    model = TopicModel(3).fit(texts)
    assert isinstance(model.topics(), pd.DataFrame)
    set_output("polars")
    assert isinstance(model.topics(), pl.DataFrame)
    assert TopicModel(3, output="arrow").fit(texts).words(5).num_rows == 15
    set_output("arrow")
    assert isinstance(model.documents(), pa.Table)
    set_output("pandas")
    topics = model.topics(n_words=4)
    assert list(topics.columns) == ["topic", "name", "share", "documents", "words", "verdicts"]
    assert topics["documents"].sum() == len(texts)
    assert all(len(words.split(", ")) == 4 for words in topics["words"])
    for output in ("polars", "arrow"):
        set_output(output)
        for table in (model.documents(), model.clusters(2), model.words(3), model.table("terms")):
            columns = table.columns if output == "polars" else table.column_names
            assert len(columns) > 3
    with pytest.raises(ValueError, match="expected pandas, polars or arrow"):
        set_output("excel")


def test_null_topics_are_null_in_every_table():
    texts = [*FOUR, ""]
    model = TopicModel(2).fit(texts)
    assert model.documents()["topic"].isna().sum() == 1
    set_output("polars")
    assert model.documents()["topic"].null_count() == 1
    set_output("arrow")
    assert model.documents()["topic"].null_count == 1


def test_words_are_ranked_as_asked(model):
    by_probability = model.words(5, ranking="probability")
    assert by_probability.groupby("topic")["probability"].apply(lambda p: p.is_monotonic_decreasing).all()
    assert len(model.words(5, lambda_=0.3)) == 30
    with pytest.raises(ValueError, match="lambda_ is 3, expected from 0 to 1"):
        model.words(lambda_=3)
    with pytest.raises(ValueError, match="lambda_ is for the ranking relevance"):
        model.words(ranking="frex", lambda_=0.3)


def test_a_model_explains_searches_and_measures(model, texts):
    explanation = model.explain("The striker scored a goal in the final match.")
    assert explanation["topics"][0]["share"] > 0.9
    assert "<mark" in explanation._repr_html_()
    assert "goal" in str(explanation)
    of_fit = model.explain(id="5")
    assert of_fit["text"] == texts[4]
    found = model.search(["goal", "nosuchword"], n_results=3)
    assert len(found["documents"]) == 3 and found["words"][0]["form"] == "goal"
    with pytest.raises(ValueError, match='has no word "nosuchword"'):
        model.search("nosuchword")
    measured = model.evaluate()
    assert measured["reference_documents"] == len(texts)
    assert len(measured.table) == 6
    assert model.evaluate(texts[:50])["reference_documents"] == 50
    assert "coherence" in str(measured)


def test_topics_are_compared_over_time_and_by_group(texts, labels):
    years = [f"{2000 + place % 10}-03-01" for place in range(len(texts))]
    model = TopicModel(6).fit({"text": texts, "label": labels, "date": years})
    over_time = model.over_time("year")
    assert len(over_time["groups"]) == 10
    assert len(over_time.table) == 60
    assert len(model.over_time("year", table="changes").table) == 6
    by_group = model.by_group("label")
    assert {group["group"] for group in by_group["groups"]} == set(labels)
    with pytest.raises(ValueError, match="table is 'long'|table is \"long\""):
        model.over_time(table="long")
    with pytest.raises(ValueError, match="no document has a column"):
        model.by_group("nosuch")


def test_numbers_of_topics_are_tried(texts):
    selection = TopicModel().select(texts, range(4, 9))
    assert [number["n_topics"] for number in selection["numbers"]] == [4, 5, 6, 7, 8]
    assert selection["candidates"][0]["n_topics"] == 6
    dataset = Dataset(texts)
    assert TopicModel().select(dataset, range(4, 9)) == selection
    assert len(selection.table) == 5


def test_topics_are_renamed(texts):
    model = TopicModel(3).fit(texts)
    by_words = model.names
    assert model.rename({1: "Sport"}).names == [by_words[0], "Sport", by_words[2]]
    assert model.rename(["a", "b", "c"]).names == ["a", "b", "c"]
    assert model.rename(None).names == by_words
    with pytest.raises(ValueError, match="topic 7"):
        model.rename({7: "x"})


def test_reports_exports_and_pictures_are_written(model, texts, tmp_path):
    page = model.report(tmp_path / "report.html")
    html = page.read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    without = model.report(tmp_path / "without.html", texts=False)
    assert without.stat().st_size < page.stat().st_size
    exported = pd.read_csv(model.export(tmp_path / "shares.csv"))
    assert len(exported) == len(texts)
    assert pd.read_excel(model.export(tmp_path / "all.xlsx", "all"), sheet_name=None).keys() >= {"topics"}
    assert np.load(model.export(tmp_path / "w.npy", "topic-terms")).shape == model.topic_term.shape
    assert model.export(tmp_path / "counts.svmlight", "counts").stat().st_size > 1000
    for kind in ("map", "terms", "heatmap", "hierarchy", "convergence"):
        assert model.plot(kind)._repr_svg_().startswith("<svg")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "all.xlsx", "counts.svmlight", "report.html", "shares.csv", "w.npy", "without.html",
    ]  # fmt: skip


def test_a_model_looks_good_where_it_is_shown(model):
    assert repr(TopicModel(5, stem=True)) == "TopicModel(n_topics=5, stem=True)"
    assert repr(model) == "<TopicModel(n_topics=6): 6 topics of 138 documents>"
    assert "bank" in str(model)
    html = model._repr_html_()
    assert html.count("<tr>") == 7
    hostile = TopicModel(2).fit([text.replace("sea", "<script>") for text in FOUR])
    hostile.rename({0: "<img src=x>"})
    assert "<script" not in hostile._repr_html_() and "<img" not in hostile._repr_html_()


def test_progress_is_told(texts):
    told = []
    TopicModel(6, progress=lambda *parts: told.append(parts), max_iterations=3000, tolerance=0, solver="mu").fit(texts)
    assert {stage for stage, *_ in told} & {"fitting", "sharpening", "reading"}
    assert all(isinstance(done, int) for _, done, *_ in told)


def test_markup_is_stripped_where_it_is_asked_for(texts):
    wrapped = [f"<html><body><p>{text}</p><script>var nonsense;</script></body></html>" for text in texts]
    plain, stripped = TopicModel(6).fit(texts), TopicModel(6, strip="html").fit(wrapped)
    assert "nonsense" not in stripped.terms
    assert stripped.transform(wrapped).tobytes() == stripped.document_topic.tobytes()
    assert set(stripped.terms) == set(plain.terms)


def test_warnings_are_logged(texts, caplog):
    with caplog.at_level(logging.INFO, logger="topicmill"):
        TopicModel(6, seeds=[["goal", "nosuchword"]], term_weights={"nosuchword": 2.0}).fit(texts)
    assert "nosuchword" in caplog.text
    assert "138 documents" in caplog.text


def test_a_time_limit_ends_a_fit(texts):
    model = TopicModel(6, solver="mu", tolerance=0, max_iterations=1_000_000).fit(texts, time_limit=0.3)
    assert model.manifest["fit"]["stop_reason"] == "time_limit"
    with pytest.raises(ValueError, match="time_limit"):
        TopicModel(6).fit(texts, time_limit=0)


def test_a_configuration_file_is_used(texts, tmp_path):
    file = tmp_path / "config.toml"
    file.write_text("[factorize]\nn_topics = 4\n[text]\nstem = true\n")
    model = TopicModel(config=file).fit(texts)
    assert model.n_topics == 4 and model.parameters["stem"] is True
    assert TopicModel(3, config=file).fit(texts).n_topics == 3


def test_a_model_of_the_program_is_read(newsroom: Path):
    golden = newsroom.parents[1] / "tests" / "golden"
    for version in ("model-v1", "model-v2", "model-v3"):
        model = load(golden / version)
        assert len(model.topics()) == model.n_topics
        assert model.transform(["a telescope on a mountain"]).shape == (1, model.n_topics)


def test_the_version_is_that_of_the_library():
    assert topicmill.__version__.count(".") == 2


def test_terms_come_as_lists_and_as_dictionaries_of_either_kind():
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer()
    X = vectorizer.fit_transform(FOUR)
    listed = TopicModel(2).fit(X, terms=vectorizer.get_feature_names_out())
    by_name = TopicModel(2).fit(X, terms=vectorizer.vocabulary_)
    by_number = TopicModel(2).fit(X, terms={number: name for name, number in vectorizer.vocabulary_.items()})
    assert listed.terms == by_name.terms == by_number.terms == list(vectorizer.get_feature_names_out())
    assert listed.topic_term.tobytes() == by_name.topic_term.tobytes() == by_number.topic_term.tobytes()
    turned = X[:, ::-1]
    names = listed.terms[::-1]
    assert np.allclose(listed.transform(turned, terms=names), listed.transform(X), atol=1e-6)
    with pytest.raises(TypeError, match="one str"):
        TopicModel(2).fit(X, terms="abcdefgh")


def test_a_model_of_counts_takes_the_matrix_of_its_fit(tmp_path):
    X = np.array([[2, 1, 0, 1], [1, 2, 0, 0], [0, 0, 3, 0], [0, 1, 4, 0]])
    model = TopicModel(2, min_df=2).fit(X, terms=["a", "b", "c", "rare"])
    assert model.terms == ["a", "b", "c"]
    assert model.transform(X).tobytes() == model.document_topic.tobytes()
    loaded = load(model.save(tmp_path / "model"))
    assert loaded.transform(X, terms=["a", "b", "c", "rare"]).tobytes() == model.document_topic.tobytes()
    with pytest.raises(ValueError, match="4 columns, the model 3 terms"):
        loaded.transform(X)


def test_a_loaded_model_knows_its_parameters(texts, tmp_path):
    model = TopicModel(3, stem=True, seeds=[None, ["goal"]]).fit(texts)
    loaded = load(model.save(tmp_path / "model"))
    assert repr(loaded) == "<TopicModel(n_topics=3, stem=True, seeds=[[], ['goal']]): 3 topics of 138 documents>"
    again = loaded.fit(texts)
    assert again.terms == model.terms
    assert again.topic_term.tobytes() == model.topic_term.tobytes()
    assert load(tmp_path / "model").fit(Dataset(texts, stem=True)).n_topics == 3


def test_rows_of_documents_are_stored_as_a_table_too(model, newsroom, tmp_path):
    written = model.save(tmp_path / "model", rows="parquet")
    table = pd.read_parquet(written / "document_topic.parquet")
    assert list(table.columns[:2]) == ["id", "topic_0"]
    assert table["id"].tolist() == model.documents()["id"].tolist()
    assert np.array_equal(table.drop(columns="id").to_numpy(), model.document_weights)
    loaded = load(written)
    assert loaded.document_topic.tobytes() == model.document_topic.tobytes()
    assert (loaded.save(tmp_path / "again") / "document_topic.parquet").exists()
    assert (loaded.save(tmp_path / "array", rows="npy") / "document_topic.npy").exists()
    with pytest.raises(topicmill.ParameterError, match="csv"):
        model.save(tmp_path / "other", rows="csv")


def test_a_fit_on_disk_is_the_fit_in_memory(newsroom, texts):
    on_disk = TopicModel(4).fit(newsroom, memory=2 << 30)
    in_memory = TopicModel(4, shard_documents=on_disk.parameters["shard_documents"]).fit(newsroom)
    assert on_disk.topic_term.tobytes() == in_memory.topic_term.tobytes()
    assert on_disk.document_weights.tobytes() == in_memory.document_weights.tobytes()
    assert on_disk.evaluate(newsroom).table is not None
    for wrong in ({"documents": texts}, {"documents": newsroom, "init_from": in_memory}):
        with pytest.raises(topicmill.ParameterError, match="memory"):
            TopicModel(4).fit(**{"memory": 2 << 30, **wrong})
    # The bound is that of this fit alone.
    with pytest.raises(topicmill.OutOfMemoryError):
        TopicModel(4).fit(newsroom, memory=1)
    TopicModel(4).fit(newsroom)


def test_a_configuration_file_may_go_once_it_was_read(texts, tmp_path):
    import pickle

    file = tmp_path / "config.toml"
    file.write_text("[factorize]\nn_topics = 4\n[text]\nstem = true\n")
    model = pickle.loads(pickle.dumps(TopicModel(config=file)))
    file.write_text("no TOML at all [")
    assert pickle.loads(pickle.dumps(model)).fit(texts).parameters["stem"] is True


def test_texts_of_another_model_are_never_taken_for_those_of_this_one(texts, tmp_path):
    import pickle

    place = TopicModel(2, keep_texts=True).fit(texts).save(tmp_path / "model")
    old = load(place)
    TopicModel(2, keep_texts=True).fit(texts[::-1]).save(place, overwrite=True)
    for use in (lambda: old.save(tmp_path / "other"), lambda: pickle.dumps(old), lambda: old.evaluate()):
        with pytest.raises((ValueError, OSError), match=r"texts.jsonl.gz|factor_document_topic.npy"):
            use()
    assert not (tmp_path / "other").exists()


def test_copies_share_what_is_at_hand(texts):
    import copy

    model = TopicModel(3).fit(texts)
    for made in (copy.copy(model), copy.deepcopy(model)):
        assert made.search("goal")["documents"] == model.search("goal")["documents"] != []
        made.rename({0: "other"})
    assert model.names[0] != "other"


def test_a_model_stands_in_a_pipeline(texts, labels):
    from sklearn.base import clone
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline

    model = TopicModel(6, min_df=2)
    assert clone(model).get_params() == model.get_params() == {"n_topics": 6, "min_df": 2}
    assert model.set_params(n_topics=5).get_params()["n_topics"] == 5
    with pytest.raises(ValueError, match="did you mean"):
        model.set_params(n_topic=5)
    pipeline = make_pipeline(TopicModel(6), LogisticRegression())
    assert cross_val_score(pipeline, texts, labels, cv=3).mean() > 0.8


def test_outputs_follow_links_and_keep_modes(model, tmp_path):
    target, link = tmp_path / "target.html", tmp_path / "link.html"
    target.write_text("old")
    target.chmod(0o600)
    link.symlink_to(target)
    model.report(link, texts=False)
    assert link.is_symlink()
    assert target.read_text().startswith("<!doctype")
    assert target.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileNotFoundError, match="no such folder"):
        model.export(tmp_path / "no" / "x.csv")


def test_a_report_has_what_select_found(texts, tmp_path):
    dataset = Dataset(texts)
    selection = TopicModel().select(dataset, [5, 6, 7])
    model = TopicModel(6).fit(dataset)
    page = model.report(tmp_path / "page.html", selection=selection).read_text(encoding="utf-8")
    assert len(page) > len(model.report(tmp_path / "plain.html").read_text(encoding="utf-8")) + 200


def test_topics_within_topics_have_levels():
    texts = [" ".join(f"{kind}{i % 7}" for i in range(n, n + 9)) for kind in ("sea", "bread", "law") for n in range(12)]
    model = TopicModel(3, variant="hierarchical").fit(texts)
    [nodes] = model.levels
    assert sorted(set(nodes)) == [0, 1] and len(nodes) == 3
    coarse = model.topics(level=1)
    shares = [sum(s for s, node in zip(model.topics()["share"], nodes, strict=True) if node == n) for n in (0, 1)]
    assert coarse["share"].tolist() == pytest.approx(shares)
    assert set(model.clusters(level=1)["topic"]) == {0, 1}
    assert model.documents()["level_1"].tolist() == [nodes[topic] for topic in model.labels]
    with pytest.raises(topicmill.TopicmillError, match="no level 3"):
        model.topics(level=3)
    assert TopicModel(2).fit(FOUR).levels == []


def test_values_of_a_column_take_part_beside_the_words():
    documents = pd.DataFrame({"text": FOUR, "tags": ["travel", "travel; water", "food", "food; home"]})
    model = TopicModel(2, views="tags=tags:2").fit(documents)
    assert "tags: travel" in model.terms
    values = model.table("values")
    assert set(values[values["rank"] == 1]["value"]) == {"travel", "food"}
    assert not model.words(50)["form"].str.contains("tags").any()
    assert np.array_equal(model.transform(documents, weights=True), model.document_weights)
    with pytest.raises(topicmill.ParameterError, match="colour"):
        TopicModel(2, views=["x=colour"]).fit(documents)


@pytest.mark.parametrize("keep_texts", [True, False])
def test_a_model_is_updated_with_new_documents(keep_texts):
    def documents(ids, texts):
        return pd.DataFrame({"id": list(ids), "text": texts})

    first, news = documents("abcd", FOUR), documents("ef", ["old ships on the sea", "bread, butter and jam"])
    model = TopicModel(2, keep_texts=keep_texts).fit(first)
    result = model.update(news)
    assert result["documents"]["n_documents"] == 2
    assert list(result.table["topic"]) == [0, 1]
    assert (result.table["drift"] < 0.7).all()
    assert model.document_topic.shape == (6, 2)
    if keep_texts:
        assert len(model.update(["jam on bread", "jam and jam"], n_new_topics=1).table) == 3
        assert model.n_topics == 3
    else:
        with pytest.raises(topicmill.DataError, match="keeps no texts"):
            model.update(["a ship"])
        model.update(["a ship at sea"], earlier=pd.concat([first, news]))
        assert model.document_topic.shape == (7, 2)
