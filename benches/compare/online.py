"""One pass over the documents beside a fit of thirty iterations, scikit-learn's MiniBatchNMF and gensim's online LDA.

    python3 benches/compare/online.py BINARY OUT.csv [K…]

All have the 100,000 abstracts of arXiv in the same matrix: TF-IDF weights, but for gensim, which takes counts. Topics are judged by
the divergence of V with H solved for them by one function (topicmill's `solve_documents`), as a multiple of that of the thirty iterations;
seconds are those of the fit alone, as multiples of theirs (medians of three rounds; the peers run once). Needs TOPICMILL_SHARED,
the Python package, scikit-learn and gensim.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import gensim
import numpy
import scipy.io
import topicmill
from sklearn.decomposition import MiniBatchNMF

shared = pathlib.Path(os.environ["TOPICMILL_SHARED"]) / "corpora"
binary, out = sys.argv[1], pathlib.Path(sys.argv[2])
numbers = [int(k) for k in sys.argv[3:]] or [20, 100]
place = pathlib.Path(tempfile.mkdtemp())
subprocess.run([binary, "vectorize", shared / "arxiv-100k.jsonl.gz", "-o", place / "v", "-q"], check=True)
v = scipy.io.mmread(place / "v" / "matrix.mtx").T.tocsr().astype(numpy.float32)
counts = scipy.io.mmread(place / "v" / "counts.mtx").T.tocsr()
v_log = (v.data * numpy.log(v.data)).sum(dtype=float) - v.data.sum(dtype=float)


def divergence(topics):
    """The divergence of V from the best H for these topics, topics × terms."""
    topics = numpy.ascontiguousarray(topics / topics.sum(axis=1, keepdims=True), dtype=numpy.float32)
    solver = topicmill.KLNMF(n_components=topics.shape[0])
    solver.fit(v[:1000])
    solver.components_ = topics
    h = solver.transform(v)
    total = v_log + h.sum(dtype=float)
    for first in range(0, v.shape[0], 5000):
        part = v[first : first + 5000]
        rows = numpy.repeat(numpy.arange(part.shape[0]), numpy.diff(part.indptr))
        products = numpy.einsum("ek,ek->e", h[first + rows], topics[:, part.indices].T, dtype=numpy.float64)
        total -= (part.data * numpy.log(numpy.maximum(products, 1e-30))).sum(dtype=float)
    return total


def own(k, *more):
    model = place / "model"
    arguments = [binary, "fit", place / "v", "-k", str(k), "--sharpening", "off", "-o", model, "--force", "-q", *more]
    subprocess.run(arguments, check=True)
    manifest = json.loads((model / "manifest.json").read_text())
    seconds = manifest["run"]["seconds"]
    return numpy.load(model / "topic_term.npy"), seconds["fit"], seconds["iterations"]


def mini_batch(k):
    start = time.perf_counter()
    fitted = MiniBatchNMF(k, beta_loss="kullback-leibler", batch_size=2048, max_iter=1, random_state=1).fit(v)
    return fitted.components_, time.perf_counter() - start


def online_lda(k):
    corpus = gensim.matutils.Sparse2Corpus(counts, documents_columns=False)
    names = dict(enumerate(map(str, range(v.shape[1]))))
    start = time.perf_counter()
    fitted = gensim.models.LdaModel(corpus, num_topics=k, id2word=names, passes=1, chunksize=2000, random_state=1)
    return fitted.get_topics(), time.perf_counter() - start


with open(out, "w") as file:
    file.write(
        "k,what,divergence / 30 iterations,seconds of the fit / 30 iterations,iterations alone / 30 iterations\n"
    )

    def row(*cells):
        file.write(",".join(map(str, cells)) + "\n")
        file.flush()
        print(*cells, flush=True)

    for k in numbers:
        thirty = ["--max-iterations", "30", "--tolerance", "0"]
        rounds = [(own(k, *thirty), own(k, "--online"), own(k)) for _ in range(3)]
        whole = divergence(rounds[0][0][0])
        for place_of, name in enumerate(["30 iterations", "online", "until converged"]):
            of_fit, alone = (statistics.median(of[place_of][part] / of[0][part] for of in rounds) for part in (1, 2))
            found = divergence(rounds[0][place_of][0]) / whole
            row(k, name, f"{found:.4f}", f"{of_fit:.2f}", f"{alone:.2f}")
        seconds = statistics.median(of[0][1] for of in rounds)
        for name, peer in [("MiniBatchNMF one pass", mini_batch), ("gensim LdaModel one pass", online_lda)]:
            topics, taken = peer(k)
            row(k, name, f"{divergence(topics) / whole:.4f}", f"{taken / seconds:.2f}", "")
