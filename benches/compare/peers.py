"""What a user of each peer would write for the same work. Each function is one process: `peers.py FUNCTION key=value …`
prints its seconds (imports left out) and what is needed to check its answer, as one line of JSON.
"""

import importlib
import json
import pathlib
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")
# scikit-learn's token pattern, for the peers that have no tokenizer of their own.
TOKEN_PATTERN = r"(?u)\b\w\w+\b"
# What most of the work imports.
SKLEARN = ("sklearn.datasets", "sklearn.feature_extraction.text", "sklearn.decomposition")
# Iterations of two runs, whose difference is that of the iterations between: a start is not counted.
SHORT, LONG = 1, 4


def texts_of(source):
    """Texts of a folder of folders (splits one by one), or of a JSONL file."""
    source = pathlib.Path(source)
    if source.is_dir():
        from sklearn.datasets import load_files

        nested = any(child.is_dir() for part in source.iterdir() if part.is_dir() for child in part.iterdir())
        splits = sorted(source.iterdir()) if nested else [source]
        return [text for split in splits for text in load_files(split, encoding="latin-1").data]
    import gzip

    with gzip.open(source, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def tf_idf(texts):
    from sklearn.feature_extraction.text import TfidfVectorizer

    options = {"stop_words": "english", "min_df": 5, "max_df": 0.5, "sublinear_tf": True, "norm": None, "dtype": np.float32}
    return TfidfVectorizer(**options).fit_transform(texts)


def token_lists(texts):
    """Lists of tokens after the same pruning, for the peers that count for themselves."""
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(stop_words="english", min_df=5, max_df=0.5)
    vectorizer.fit(texts)
    analyze, known = vectorizer.build_analyzer(), vectorizer.vocabulary_
    return [[token for token in analyze(text) if token in known] for text in texts]


def nmf(n_topics, **options):
    from sklearn.decomposition import NMF

    return NMF(int(n_topics), solver="mu", beta_loss="kullback-leibler", **options)


def divergence(x, document_topic, topic_term):
    """The objective in float64, over the nonzeros."""
    x = x.tocoo()
    total, w, h = 0.0, document_topic.astype(np.float64), topic_term.astype(np.float64)
    for start in range(0, x.nnz, 1 << 18):
        part = slice(start, start + (1 << 18))
        product = np.einsum("ij,ij->i", w[x.row[part]], h.T[x.col[part]])
        data = x.data[part].astype(np.float64)
        total += float(np.sum(data * np.log(data / product)))
    return total - float(x.data.astype(np.float64).sum()) + float(w.sum(0) @ h.sum(1))


def seconds(work, *modules):
    """Seconds and result of some work, which may import these modules for free."""
    for module in modules:
        importlib.import_module(module)
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def scikit_learn_matrix(source):
    spent, x = seconds(lambda: tf_idf(texts_of(source)), *SKLEARN)
    return {"seconds": spent, "shape": [*x.shape, x.nnz]}


def scikit_learn_matrix_written(source, to):
    """The same, and written as MatrixMarket."""
    from scipy.io import mmwrite

    spent, _ = seconds(lambda: mmwrite(to, tf_idf(texts_of(source)).T), *SKLEARN)
    return {"seconds": spent}


def scikit_learn_iteration(matrix, start, dtype):
    """One multiplicative update of both factors, from factors in files."""
    from scipy.io import mmread

    x = mmread(matrix).T.tocsr().astype(dtype)
    w, h = (np.load(f"{start}/{name}.npy").astype(dtype) for name in ["document_topic", "topic_term"])
    times, results = [], []
    for n in (SHORT, LONG):
        model = nmf(h.shape[0], init="custom", max_iter=n, tol=0)
        spent, document_topic = seconds(lambda: model.fit_transform(x, W=w.copy(), H=h.copy()))
        times.append(spent)
        results.append((document_topic, model.components_))
    return {"seconds": (times[1] - times[0]) / (LONG - SHORT), "objective": divergence(x, *results[1])}


def scikit_learn_fit(source, n_topics):
    """From the folder to convergence with scikit-learn's own tolerance."""
    def work():
        x = tf_idf(texts_of(source))
        model = nmf(n_topics, init="nndsvda", tol=1e-4, random_state=1)
        return x, model.fit_transform(x), model

    spent, (_, _, model) = seconds(work, *SKLEARN)
    return {"seconds": spent, "iterations": model.n_iter_}


def scikit_learn_converged(matrix, n_topics):
    """The objective on topicmill's matrix at which scikit-learn stops."""
    from scipy.io import mmread

    x = mmread(matrix).T.tocsr().astype(np.float32)
    model = nmf(n_topics, init="nndsvda", tol=1e-4, random_state=1)
    document_topic = model.fit_transform(x)
    return {"seconds": 0, "objective": divergence(x, document_topic, model.components_), "iterations": model.n_iter_}


def scikit_learn_converged_from(matrix, start):
    """The iterations from factors in files until scikit-learn stops."""
    from scipy.io import mmread

    x = mmread(matrix).T.tocsr().astype(np.float32)
    w, h = (np.load(f"{start}/{name}.npy").astype(np.float32) for name in ["document_topic", "topic_term"])
    model = nmf(h.shape[0], init="custom", tol=1e-4)
    spent, document_topic = seconds(lambda: model.fit_transform(x, W=w.copy(), H=h.copy()))
    return {"seconds": spent, "objective": divergence(x, document_topic, model.components_), "iterations": model.n_iter_}


def scikit_learn_scaled(source, n_topics, iterations):
    """Reading and weighting measured; the iterations measured on a few and scaled up."""
    reading, x = seconds(lambda: tf_idf(texts_of(source)), *SKLEARN)
    generator = np.random.default_rng(7)
    scale = np.sqrt(x.mean() / int(n_topics))
    w = (scale * (0.05 + generator.random((x.shape[0], int(n_topics))))).astype(np.float32)
    h = (scale * (0.05 + generator.random((int(n_topics), x.shape[1])))).astype(np.float32)
    model = nmf(n_topics, init="custom", max_iter=5, tol=0)
    spent, _ = seconds(lambda: model.fit_transform(x, W=w, H=h))
    return {"seconds": reading + spent * int(iterations) / 5, "shape": [*x.shape, x.nnz]}


def topica_iteration(counts, n_topics):
    """One update of topica's NMF on counts; its `fit` takes tokens."""
    import topica
    from scipy.io import mmread

    x = mmread(counts).T.tocsr()
    tokens = counts_as_tokens(x)
    times = []
    for n in (SHORT, LONG):
        model = topica.NMF(int(n_topics), beta_loss="kullback-leibler", init="random", weighting="count", convergence_tol=0.0)
        times.append(seconds(lambda: model.fit(tokens, iters=n, num_threads=2))[0])
    return {"seconds": (times[1] - times[0]) / (LONG - SHORT), "shape": [len(tokens), len(model.vocabulary), x.nnz]}


def tomotopy_lda(source, n_topics, iterations):
    import tomotopy

    def work():
        model = tomotopy.LDAModel(k=int(n_topics), seed=1)
        for tokens in token_lists(texts_of(source)):
            model.add_doc(tokens)
        model.train(int(iterations), workers=2)
        return model

    spent, model = seconds(work, *SKLEARN)
    return {"seconds": spent, "words": model.get_topic_words(0, 5)[0][0], "log likelihood per word": model.ll_per_word}


def gensim_corpus(source):
    from gensim.corpora import Dictionary

    tokens = token_lists(texts_of(source))
    dictionary = Dictionary(tokens)
    return [dictionary.doc2bow(document) for document in tokens], dictionary


def gensim_lda(source, n_topics, passes):
    from gensim.models import LdaMulticore

    def work():
        corpus, dictionary = gensim_corpus(source)
        return LdaMulticore(corpus, int(n_topics), dictionary, passes=int(passes), workers=2, random_state=1)

    return {"seconds": seconds(work, *SKLEARN, "gensim.corpora", "gensim.models")[0]}


def gensim_nmf(source, n_topics, passes):
    from gensim.models import Nmf

    def work():
        corpus, dictionary = gensim_corpus(source)
        return Nmf(corpus, int(n_topics), dictionary, passes=int(passes), random_state=1)

    return {"seconds": seconds(work, *SKLEARN, "gensim.corpora", "gensim.models")[0]}


def counts_of_bodies(source, to):
    """Counts of the texts after their headers, documents × terms, as MatrixMarket."""
    from scipy.io import mmwrite
    from sklearn.feature_extraction.text import CountVectorizer

    texts = (file.read_bytes() for file in sorted(pathlib.Path(source).rglob("*")) if file.is_file())
    bodies = [text.decode("latin-1").partition("\n\n")[2] for text in texts]
    x = CountVectorizer(stop_words="english", min_df=5, max_df=0.5).fit_transform(bodies)
    mmwrite(to, x.astype(float))
    return {"shape": [*x.shape, x.nnz]}


def counts_as_tokens(x):
    names = np.array([f"t{i}" for i in range(x.shape[1])])
    return [list(np.repeat(names[row.indices], row.data.astype(int))) for row in x]


def read_counts(counts):
    from scipy.io import mmread

    return mmread(counts).tocsr()


def scikit_learn_optimum(counts, n_topics, iterations):
    x = read_counts(counts).astype(np.float32)
    model = nmf(n_topics, init="nndsvda", max_iter=int(iterations), tol=0)
    spent, document_topic = seconds(lambda: model.fit_transform(x))
    return {"seconds": spent, "objective": divergence(x, document_topic, model.components_)}


def topica_optimum(counts, n_topics, iterations):
    import topica

    tokens = counts_as_tokens(read_counts(counts))
    model = topica.NMF(int(n_topics), beta_loss="kullback-leibler", init="random", weighting="count", convergence_tol=0.0)
    spent, _ = seconds(lambda: model.fit(tokens, iters=int(iterations), num_threads=2))
    return {"seconds": spent, "objective": model.reconstruction_error}


def of_mixture(x, shares, topic_term):
    """The objective of a mixture: every document's weight times its shares of topics."""
    return divergence(x, np.asarray(x.sum(1)) * shares, topic_term)


def tomotopy_optimum(counts, n_topics, iterations):
    import tomotopy

    x = read_counts(counts)
    x = x[x.getnnz(1) > 0]
    model = tomotopy.LDAModel(k=int(n_topics), seed=1)
    for tokens in counts_as_tokens(x):
        model.add_doc(tokens)
    spent, _ = seconds(lambda: model.train(int(iterations), workers=2))
    order = [int(word[1:]) for word in model.used_vocabs]
    topic_term = np.zeros((model.k, x.shape[1]))
    for topic in range(model.k):
        topic_term[topic, order] = model.get_topic_word_dist(topic)
    return {"seconds": spent, "objective": of_mixture(x, np.array([doc.get_topic_dist() for doc in model.docs]), topic_term)}


def gensim_optimum(counts, n_topics, passes):
    from gensim.matutils import Sparse2Corpus
    from gensim.models import LdaMulticore

    x = read_counts(counts)
    corpus = Sparse2Corpus(x, documents_columns=False)
    words = {i: f"t{i}" for i in range(x.shape[1])}
    spent, model = seconds(lambda: LdaMulticore(corpus, int(n_topics), words, passes=int(passes), workers=2, random_state=1))
    weights, _ = model.inference(list(corpus))
    return {"seconds": spent, "objective": of_mixture(x, weights / weights.sum(1, keepdims=True), model.get_topics())}


if __name__ == "__main__":
    arguments = dict(argument.split("=", 1) for argument in sys.argv[2:])
    print(json.dumps(globals()[sys.argv[1]](**arguments)))
