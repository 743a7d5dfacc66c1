"""What people do wrong is told in their terms, and nothing goes down with it."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pandas as pd
import pytest
import topicmill
from scipy import sparse
from topicmill import Dataset, TopicModel, load

FOUR = ["ships at sea", "the sea and ships", "bread and butter", "butter on bread"]


@pytest.mark.parametrize(
    ("documents", "error", "match"),
    [
        ([*FOUR, None], TypeError, "document 4 is null"),
        ([*FOUR, float("nan")], TypeError, "document 4 is null"),
        (pd.Series([*FOUR, pd.NA]), TypeError, "document 4 is null"),
        (pd.Series([*FOUR, pd.NA], dtype="string"), TypeError, "document 4 is null"),
        ([*FOUR, 7], TypeError, "document 4 is no str but int"),
        ([b"bytes", *FOUR], TypeError, "document 0 is bytes"),
        ([*FOUR, b"bytes"], TypeError, "document 4 is bytes"),
        (b"bytes", TypeError, "the documents are bytes"),
        (None, TypeError, "the documents are NoneType"),
        (7, TypeError, "the documents are int"),
        ([], ValueError, "no document was found"),
        ([""], ValueError, "documents are empty"),
        (["", "  "], ValueError, "documents are empty"),
        ("/no/such/folder", FileNotFoundError, "no such file or folder"),
        ({"text": [*FOUR, None]}, TypeError, 'column "text", row 4 is null'),
        (pd.DataFrame({"a": FOUR, "b": FOUR}), ValueError, 'there is no column "text"; the columns are a, b'),
        (pd.DataFrame({"a": FOUR, "b": FOUR}), ValueError, "hint: name the column with text_column"),
        ([{"text": FOUR[0]}, {"body": FOUR[1]}], TypeError, "row 1 is null"),
        ([{"text": FOUR[0]}, FOUR[1]], TypeError, "document 1 is no dict but str"),
        ({"text": [b"ships", b"sea"]}, TypeError, 'column "text", row 0 is bytes'),
        (pd.DataFrame({"text": [["ships", "sea"], ["bread"]]}), TypeError, "row 0 is no str but list"),
        ({"text": FOUR, "label": "abcd"}, TypeError, "the column label is one str"),
        ([("ships at sea", "s"), ("bread", "f")], TypeError, "the documents are tuples"),
        (Dataset(FOUR), None, ""),
        ([["a", "b"], None], TypeError, "document 1 is null"),
        ([["a", "b"], "c"], TypeError, "document 1 is a str"),
        ([["a", 7]], TypeError, "token that is no str but int"),
        ([[(0, 1), (1, 2)]], ValueError, "needs its dictionary"),
        (np.array([[1.0, -2.0], [1.0, 1.0]]), ValueError, "negative value"),
        (np.array([[1.0, np.nan], [1.0, 1.0]]), ValueError, "NaN or infinity"),
        (np.zeros((3, 3)), ValueError, "none of the 3 terms"),
        (np.zeros((0, 0)), ValueError, "has no row"),
        (np.ones((2, 2, 2)), TypeError, "3 dimensions"),
        (np.array([["a", "b"]]), TypeError, "counts are numbers"),
    ],
    ids=str,
)
def test_documents_that_are_none_are_told(documents, error, match):
    if error is None:
        with pytest.raises(TypeError, match="a Dataset is for fit and select"):
            TopicModel(2).fit(FOUR).transform(documents)
        return
    with pytest.raises(error, match=match):
        TopicModel(2).fit(documents)


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"n_topic": 3}, "unknown parameter `n_topic`; did you mean n_topics"),
        ({"n_topics": 0}, "expected a number from 1 to 1000, or auto"),
        ({"n_topics": -1}, "expected a number from 1 to 1000, or auto"),
        ({"n_topics": 10**30}, "is too large"),
        ({"n_topics": "many"}, "expected a number from 1 to 1000, or auto"),
        ({"n_topics": 2.5}, "expected a number from 1 to 1000, or auto"),
        ({"min_df": -1}, "min_df"),
        ({"stem": 3}, "stem"),
        ({"language": "klingon"}, "klingon"),
        ({"solver": "hals"}, "solver"),
        ({"seed": -1}, "seed"),
        ({"token_pattern": "("}, "token_pattern|pattern"),
        ({"seeds": object()}, "seeds cannot be object"),
        ({"preset": "nosuch"}, "nosuch"),
        ({"output": "excel"}, "output is 'excel'"),
        ({"config": "/no/such/file.toml"}, "No such file"),
    ],
    ids=str,
)
def test_parameters_that_are_wrong_are_told_before_there_are_documents(parameters, match):
    with pytest.raises((ValueError, OSError), match=match):
        TopicModel(**parameters)


def test_errors_have_a_hint_and_are_of_the_kind_that_python_has_for_them(texts):
    with pytest.raises(topicmill.DataError) as caught:
        TopicModel(500).fit(FOUR)
    assert caught.value.hint == "ask for at most 4 with n_topics"
    assert pickle.loads(pickle.dumps(caught.value)).hint == caught.value.hint
    assert isinstance(caught.value, ValueError)
    for name in topicmill.__all__:
        if name.endswith("Error"):
            assert issubclass(getattr(topicmill, name), topicmill.TopicmillError)


def test_a_model_without_a_fit_is_told():
    model = TopicModel(2)
    for use in (
        lambda: model.topics(), lambda: model.labels, lambda: model.transform(FOUR), lambda: model.save("x"),
        lambda: model.evaluate(), lambda: model.report("x.html"), lambda: model.n_topics, lambda: model.explain("a"),
    ):  # fmt: skip
        with pytest.raises(topicmill.NotFittedError, match="not fitted"):
            use()
    assert not hasattr(model, "labels")
    with pytest.raises(TypeError):
        model.explain()


def test_a_failed_fit_leaves_the_model_before_it():
    model = TopicModel(2).fit(FOUR)
    with pytest.raises(TypeError):
        model.fit([None, "a"])
    assert len(model.labels) == 4


def test_uses_that_are_wrong_are_told(model, tmp_path):
    with pytest.raises(TypeError, match="one str, which names no file"):
        model.transform("a text that is no list")
    with pytest.raises(ValueError, match="n_words is -1"):
        model.topics(-1)
    with pytest.raises(ValueError, match="n_words is 2.5"):
        model.topics(2.5)
    with pytest.raises(ValueError, match="ranking"):
        model.topics(ranking="best")
    with pytest.raises(ValueError, match="table"):
        model.table("nosuch")
    with pytest.raises(ValueError, match="no single table"):
        model.table("all")
    with pytest.raises(ValueError, match="format"):
        model.export(tmp_path / "x.nosuch")
    with pytest.raises(ValueError, match="kind"):
        model.plot("pie")
    with pytest.raises(ValueError, match="columns, the model"):
        model.transform(sparse.csr_matrix(np.ones((1, len(model.terms) + 1))))
    with pytest.raises(ValueError, match="date"):
        model.over_time()
    with pytest.raises(ValueError, match="id"):
        model.explain(id="nosuch")
    with pytest.raises(OSError):
        model.report(tmp_path / "no" / "such" / "folder" / "x.html")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="no word of the document"):
        model.explain("xyzzy")


def test_what_is_no_model_is_not_loaded_and_nothing_of_a_stranger_is_replaced(model, tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nothing")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("dear diary")
    with pytest.raises((ValueError, OSError)):
        load(tmp_path / "mine")
    with pytest.raises(OSError):
        model.save(tmp_path / "mine", overwrite=True)
    assert (tmp_path / "mine" / "diary.txt").read_text() == "dear diary"
    saved = model.save(tmp_path / "model")
    with pytest.raises(OSError, match="overwrite|force|exists"):
        model.save(saved)
    model.save(saved, overwrite=True)
    damaged = saved / "topic_term.npy"
    damaged.write_bytes(damaged.read_bytes()[:-8])
    with pytest.raises(ValueError, match="topic_term.npy"):
        load(saved)


def test_a_pickle_that_was_changed_is_refused(model):
    state = model.__getstate__()
    for name in ("../escape", "/etc/passwd", ""):
        files = {**state["files"], name: b"x"}
        with pytest.raises((ValueError, OSError)):
            TopicModel.__new__(TopicModel).__setstate__({**state, "files": files})
    cut = {**state["files"], "terms.tsv": b"term\n"}
    with pytest.raises(ValueError):
        TopicModel.__new__(TopicModel).__setstate__({**state, "files": cut})


def test_odd_characters_survive(tmp_path):
    odd = ["a\ud800b ships sea", "sea\x00ships 🚢", "\u202eships sea", "bread\r\nbutter", "bread\tbutter ﬁne"]
    model = TopicModel(2).fit({"text": odd, "note": odd})
    assert len(model.documents()) == 5
    assert load(model.save(tmp_path / "m")).documents()["note"].tolist()[3] == "bread\nbutter"


def test_a_very_long_text_and_many_tiny_ones(texts):
    model = TopicModel(2, min_df=1, max_df=1.0).fit([" ".join(texts), *["sea"] * 1000])
    assert len(model.labels) == 1001


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_ends_a_fit():
    script = textwrap.dedent(
        """
        import os, signal, threading, time
        from topicmill import KLNMF, TopicModel
        texts = [f"ships sea number{i % 97} word{i % 89} thing{i % 83}" for i in range(20000)]
        endless = dict(tolerance=0, max_iterations=10_000_000, solver="mu")
        for fit in (
            lambda: TopicModel(10, **endless).fit(texts),
            lambda: KLNMF(10, tol=0, max_iter=10_000_000).fit(abs(__import__("numpy").random.randn(300, 200))),
        ):
            threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT)).start()
            start = time.time()
            try:
                fit()
            except KeyboardInterrupt:
                print("interrupted", time.time() - start < 20)
        print(TopicModel(2).fit(texts[:50]).n_topics)
        """
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert run.stdout.split() == ["interrupted", "True", "interrupted", "True", "2"], run.stderr


def test_an_exception_of_a_progress_function_ends_a_fit():
    texts = [f"ships sea number{i % 97} word{i % 89}" for i in range(5000)]

    def refuse(*_):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        TopicModel(10, progress=refuse, tolerance=0, max_iterations=10_000_000, solver="mu").fit(texts)


def _in_child(queue, texts, directory):
    model = load(directory)
    queue.put((TopicModel(3).fit(texts).topic_term.tobytes(), model.transform(texts).tobytes()))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork of POSIX")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_after_use_works(texts, tmp_path):
    model = TopicModel(3).fit(texts)
    directory = model.save(tmp_path / "model")
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    children = [context.Process(target=_in_child, args=(queue, texts, directory)) for _ in range(2)]
    for child in children:
        child.start()
    expected = (model.topic_term.tobytes(), model.transform(texts).tobytes())
    assert [queue.get(timeout=60) for _ in children] == [expected] * 2
    for child in children:
        child.join(timeout=60)
        assert child.exitcode == 0
    assert TopicModel(3).fit(texts).topic_term.tobytes() == expected[0]


def test_threads_of_python_share_a_model(texts):
    from concurrent.futures import ThreadPoolExecutor

    model = TopicModel(4).fit(texts)
    expected = model.transform(texts).tobytes()
    with ThreadPoolExecutor(8) as threads:
        assert {each.tobytes() for each in threads.map(lambda _: model.transform(texts), range(40))} == {expected}
        fitted = threads.map(lambda seed: TopicModel(4, seed=seed % 2).fit(texts).topic_term.tobytes(), range(8))
        assert len(set(fitted)) == 2


def _resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="the memory of a process of Linux")
def test_a_thousand_fits_do_not_leak(texts):
    X = sparse.random(60, 40, 0.3, random_state=1, format="csr")

    def use(n):
        for place in range(n):
            model = TopicModel(3, max_iterations=5).fit(texts[:40])
            model.transform(texts[:5])
            topicmill.KLNMF(3, max_iter=5, tol=0).fit_transform(X)
            if place % 10 == 0:
                pickle.loads(pickle.dumps(model)).topics()
        gc.collect()

    use(100)
    before = _resident()
    use(1000)
    assert _resident() - before < 20 << 20


def test_the_program_is_a_part_of_the_package(newsroom, program, tmp_path):
    run = subprocess.run([*program, "--version"], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["topicmill", topicmill.__version__]
    run = subprocess.run([*program, "fit", tmp_path / "no"], capture_output=True, text=True)
    assert run.returncode == 1 and "no such file" in run.stderr
    run = subprocess.run([*program, "nosuch"], capture_output=True, text=True)
    assert run.returncode == 2


def test_importing_the_package_imports_nothing_else():
    script = "import sys, topicmill; print(sorted({'numpy', 'pandas', 'sklearn', 'scipy'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_dataset_says_what_it_is(texts):
    # A process in the background has another handler than Python's own.
    before = signal.getsignal(signal.SIGINT)
    assert "138 documents" in repr(Dataset(texts))
    assert len(Dataset(texts)) == 138
    assert Dataset(texts).language == "english"
    assert signal.getsignal(signal.SIGINT) is before


def _measure_in_child(queue, model, texts):
    measured = model.evaluate(texts)
    queue.put((measured["reference_documents"], len(model.core.pyldavis()["vocab"]), str(model)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork of POSIX")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_all_of_a_large_model_works_after_a_fork():
    rng = np.random.default_rng(0)
    words = [f"word{number}" for number in range(1500)]
    texts = [" ".join(rng.choice(words, 30)) for _ in range(2500)]
    model = TopicModel(3, min_df=1).fit(texts)
    expected = str(model)
    model.evaluate(texts)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_measure_in_child, args=(queue, model, texts))
    child.start()
    assert queue.get(timeout=60) == (2500, 1500, expected)
    child.join(timeout=60)
    assert child.exitcode == 0


def test_a_progress_function_may_use_the_package(texts):
    topicmill.set_n_threads(1)
    model = TopicModel(3).fit(texts)
    seen = []

    def use(*_):
        seen.append(model.transform(texts[:2]).shape)
        if len(seen) == 3:
            raise StopIteration

    with pytest.raises((StopIteration, RuntimeError)):
        TopicModel(6, progress=use, tolerance=0, max_iterations=10_000_000, solver="mu").fit(texts)
    assert seen == [(2, 3)] * 3


def test_parameters_come_in_the_types_that_people_have():
    model = TopicModel(
        np.int64(2), stem=np.bool_(True), ngrams=(1, np.int32(2)), tolerance=np.float32(0.001), language="en"
    )
    fitted = model.fit(FOUR)
    assert fitted.parameters["stem"] is True and fitted.parameters["ngrams"] == [1, 2]
    assert TopicModel(2, seeds=np.array([["sea"], ["bread"]])).fit(FOUR).parameters["seeds"] == [["sea"], ["bread"]]
    assert TopicModel(2, extra_stopwords=pd.Series(["sea"])).fit(FOUR).parameters["extra_stopwords"] == ["sea"]
    once = TopicModel(2, seeds=(words for words in [["sea"], ["bread"]]), extra_stopwords=frozenset({"on", "at"}))
    assert once.fit(FOUR).parameters["seeds"] == once.fit(FOUR).parameters["seeds"] == [["sea"], ["bread"]]
    assert once.parameters["extra_stopwords"] == ["at", "on"]
    with pytest.raises(ValueError, match="min_df cannot be|extra_stopwords holds None"):
        TopicModel(2, extra_stopwords=["a", None])
    own: list[object] = []
    own.append(own)
    with pytest.raises(ValueError, match="lists in lists"):
        TopicModel(2, seeds=own)


def test_counts_keep_their_scale(tmp_path):
    counts = np.array([[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 3.0], [0.0, 1.0, 4.0]])
    plain, large = TopicModel(2).fit(counts), TopicModel(2).fit(counts * 2.0**40)
    assert large.document_weights.sum() == pytest.approx(plain.document_weights.sum() * 2.0**40, rel=1e-3)
    assert np.allclose(large.transform(counts * 2.0**40), plain.transform(counts), atol=1e-3)
    for factor in (1e300, 1e27, 1e-300):
        with pytest.raises(ValueError, match="too large or too small"):
            TopicModel(2).fit(counts * factor)


def test_a_model_of_a_matrix_is_measured_without_texts(newsroom, tmp_path):
    from scipy import io

    io.mmwrite(tmp_path / "counts.mtx", sparse.random(30, 50, 0.2, random_state=2, data_rvs=lambda n: np.ones(n)))
    model = TopicModel(3).fit(tmp_path / "counts.mtx")
    assert model.evaluate()["completion"] is None
    assert model.report(tmp_path / "page.html").stat().st_size > 10_000
    for keeps in (False, True):
        directory = Dataset(newsroom, keep_texts=keeps).save(tmp_path / f"matrix-{keeps}")
        model = TopicModel(6).fit(directory)
        assert (model.evaluate()["completion"] is not None) is keeps
        with pytest.raises(OSError, match="input"):
            model.save(directory, overwrite=True)
    with pytest.raises(ValueError, match="3 columns, the model"):
        TopicModel(2).fit(np.ones((4, 5))).transform(np.ones((1, 3)))


def test_options_without_use_are_refused(model, texts, tmp_path):
    for numbers in ([0], [1, 2], [], [2000]):
        with pytest.raises(ValueError, match="n_topics|from 1 to 1000"):
            TopicModel().select(texts, numbers)
    saved = model.save(tmp_path / "model")
    with pytest.raises(ValueError, match="do not go together"):
        TopicModel().fit(texts, init_from=saved, frozen=saved)
    with pytest.raises(ValueError, match="is for kind time"):
        model.plot("map", by="year")
    with pytest.raises(ValueError, match="has no option shares"):
        model.table("terms", shares=True)
    with pytest.raises(ValueError, match="most is 0"):
        model.by_group("label", most=0)
    with pytest.raises(ValueError, match="quantiles is -1"):
        model.over_time("quantile", quantiles=-1)
    with pytest.raises(ValueError, match="documents are for the tables"):
        model.export(tmp_path / "x.csv", "terms", documents=texts)
    with pytest.raises(ValueError, match="takes paths"):
        model.export(tmp_path / "x.csv", "joined", documents=texts)
    with pytest.raises(OSError, match="overwrite=True, or choose another path"):
        model.save(saved)


def test_a_matrix_is_no_text(model, tmp_path):
    X = sparse.csr_matrix(np.ones((2, len(model.terms))))
    for use in (lambda: model.evaluate(X), lambda: model.search("goal", X), lambda: model.report(tmp_path / "x", X)):
        with pytest.raises(ValueError, match="a matrix has none"):
            use()
    for wrong in (np.array([["a", "b"]], dtype=object), np.ones((1, 2), dtype=complex), sparse.csr_array(np.ones(3))):
        with pytest.raises(TypeError, match="counts are numbers in two"):
            model.transform(wrong)


def test_odd_arrays_of_a_matrix_are_taken():
    dense = np.array([[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 3.0], [0.0, 1.0, 4.0]])
    plain = sparse.csr_matrix(dense)
    doubled = np.repeat(plain.data, 2)[::2]
    odd = sparse.csr_matrix((doubled, plain.indices, plain.indptr), shape=plain.shape)
    odd.indptr = odd.indptr.astype(np.uint32)
    assert TopicModel(2).fit(odd).topic_term.tobytes() == TopicModel(2).fit(plain).topic_term.tobytes()
    assert topicmill.KLNMF(2).fit(odd).components_.tobytes() == topicmill.KLNMF(2).fit(plain).components_.tobytes()


def test_errors_of_files_have_their_numbers(tmp_path):
    import errno

    with pytest.raises(FileNotFoundError) as caught:
        load(tmp_path / "nosuch")
    assert caught.value.errno == errno.ENOENT
    assert "no such directory" in str(caught.value)


def test_halves_of_characters_and_odd_names_are_taken_everywhere(model, texts):
    half = "\ud800 goal"
    assert model.explain(half)["text"].endswith("goal")
    with pytest.raises(ValueError, match="no word"):
        model.search("\ud800xyz")
    assert TopicModel(2).fit(texts).rename({0: half}).names[0] == "\ufffd goal"
    for names, error in (("abc", TypeError), ({0: None}, TypeError), ({0.5: "x"}, ValueError)):
        with pytest.raises(error):
            TopicModel(2).fit(texts).rename(names)
    assert TopicModel(2).fit(texts).rename(pd.Series(["one"], index=[1])).names[1] == "one"
    with pytest.raises(TypeError, match="compared with another"):
        model.compare("x")
    with pytest.raises(ValueError, match="no words"):
        model.search([])


def test_new_documents_need_no_ids(texts):
    frame = pd.DataFrame({"key": [f"d{place}" for place in range(len(texts))], "text": texts})
    model = TopicModel(3, id_column="key").fit(frame)
    assert model.assign(frame)["id"].tolist() == frame["key"].tolist()
    assert model.assign(frame[["text"]])["id"].tolist()[:2] == ["1", "2"]


def test_pdf_files_are_read_as_the_program_reads_them(tmp_path):
    from topicmill.__main__ import program

    if program() is None:
        pytest.skip("the package is not installed, and so is no program that reads PDF files")
    stream = b"BT /F1 12 Tf 72 720 Td (Ships sail the stormy sea) Tj ET"
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "ships.pdf").write_bytes(body + b"xref\n0 6\n0000000000 65535 f \n" + table + trailer)
    (folder / "sea.txt").write_text("Ships sail the stormy sea")
    model = TopicModel(1, max_df=1.0).fit(folder)
    assert model.documents()["id"].tolist() == ["sea.txt", "ships.pdf"]
    assert model.document_topic.tolist() == [[1.0], [1.0]]
