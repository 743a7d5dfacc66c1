"""Reads files that `topicmill export` writes for other programs, with those programs, and compares their numbers.

    python3 read_exports.py FOLDER        npz, safetensors, svmlight, mallet, xlsx, counts, the arrays of pyLDAvis
    python3 read_exports.py --parquet     parquet, beside csv

Programs that are absent are told and left out. Exits with 1 at the first difference.
"""

import csv
import json
import math
import struct
import sys


def optional(name):
    try:
        return __import__(name, fromlist=["x"])
    except ImportError:
        print(f"{name} is absent")
        return None


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def close(a, b):
    return abs(float(a) - float(b)) < 1e-6


def read_arrays(shares):
    numpy = optional("numpy")
    if numpy:
        arrays = numpy.load("shares.npz")
        assert list(arrays["rows"]) == [row["id"] for row in shares]
        assert list(arrays["columns"]) == ["topic_0", "topic_1"]
        for row, of_array in zip(shares, arrays["document_topics"], strict=True):
            assert close(row["topic_0"], of_array[0]) and close(row["topic_1"], of_array[1])
        five = numpy.load("vis.npz")
        with open("vis.json", encoding="utf-8") as file:
            told = json.load(file)
        assert set(told) == set(five.files) == {"topic_term_dists", "doc_topic_dists", "doc_lengths", "vocab", "term_frequency"}
        assert numpy.allclose(five["topic_term_dists"], told["topic_term_dists"], atol=1e-7)
        assert numpy.allclose(five["topic_term_dists"].sum(1), 1, atol=1e-5)
        assert numpy.allclose(five["doc_topic_dists"].sum(1), 1, atol=1e-5)
        assert list(five["vocab"]) == told["vocab"] and len(told["vocab"]) == five["topic_term_dists"].shape[1]
        pyldavis = optional("pyLDAvis")
        if pyldavis:
            # Two topics are too few for its map, and so the second is halved.
            arrays = {name: five[name] for name in five.files}
            arrays["topic_term_dists"] = arrays["topic_term_dists"][[0, 1, 1]]
            arrays["doc_topic_dists"] = arrays["doc_topic_dists"] @ numpy.array([[1, 0, 0], [0, 0.5, 0.5]])
            info = pyldavis.prepare(**arrays, sort_topics=False, n_jobs=1, start_index=0).topic_info
            for topic in (0, 1):
                shown = info[info.Category == f"Topic{topic}"].sort_values("logprob", ascending=False).Term.iloc[0]
                # pyLDAvis rounds logarithms to four digits, so that words can be equal there.
                of_topic = five["topic_term_dists"][topic]
                assert of_topic[told["vocab"].index(shown)] > 0.999 * of_topic.max()
    with open("shares.safetensors", "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])["document_topics"]
    assert header["dtype"] == "F32" and header["shape"] == [len(shares), 2]
    begin, end = header["data_offsets"]
    numbers = struct.unpack(f"<{2 * len(shares)}f", content[8 + length :][begin:end])
    assert all(close(row["topic_0"], number) for row, number in zip(shares, numbers[::2], strict=True))
    tensors = optional("safetensors.numpy")
    if tensors:
        assert tensors.load_file("shares.safetensors")["document_topics"].shape == (len(shares), 2)


def read_texts(shares):
    with open("shares.mallet", encoding="utf-8") as file:
        mallet = [line.rstrip("\n").split("\t") for line in file]
    for number, (row, line) in enumerate(zip(shares, mallet, strict=True)):
        assert line[:2] == [str(number), row["id"]] and close(line[2], row["topic_0"]) and close(line[3], row["topic_1"])
    datasets = optional("sklearn.datasets")
    if datasets:
        found, _ = datasets.load_svmlight_file("shares.svm", n_features=2)
        for row, line in zip(shares, found.toarray(), strict=True):
            assert close(row["topic_0"], line[0])
    with open("counts.uci", encoding="utf-8") as file:
        n, terms, entries, *lines = file.read().split("\n")
    counts = {tuple(map(int, line.split()[:2])): float(line.split()[2]) for line in lines if line}
    assert len(counts) == int(entries) and int(n) == len(shares) and int(terms) == 6
    with open("counts.lda-c", encoding="utf-8") as file:
        for document, line in enumerate(file, 1):
            length, *pairs = line.split()
            assert int(length) == len(pairs)
            for pair in pairs:
                term, count = pair.split(":")
                assert counts[document, int(term) + 1] == float(count)
    scipy = optional("scipy.io")
    if scipy:
        found = scipy.mmread("counts.mtx").tocoo()
        assert {(i + 1, j + 1): v for i, j, v in zip(found.row, found.col, found.data)} == counts


def read_workbooks(shares):
    openpyxl = optional("openpyxl")
    if not openpyxl:
        return
    book = openpyxl.load_workbook("all.xlsx")
    assert book.sheetnames == ["topics", "topic-terms", "document-topics", "terms"]
    header, *lines = book["document-topics"].iter_rows(values_only=True)
    for row, line in zip(shares, lines, strict=True):
        of_line = dict(zip(header, line))
        assert str(of_line["id"]) == row["id"] and isinstance(of_line["topic_0"], (int, float)) and close(of_line["topic_0"], row["topic_0"])
    header, *lines = openpyxl.load_workbook("documents.xlsx")["documents"].iter_rows(values_only=True)
    for row, line in zip(rows("documents.csv"), lines, strict=True):
        for name, value in zip(header, line):
            written = row[name].replace("\r\n", "\n")
            assert written == str("" if value is None else value).replace("\r\n", "\n"), (name, row[name], value)


def read_parquet():
    pandas = optional("pandas")
    polars = optional("polars")
    for table in ("joined", "clusters", "document-topics", "transform"):
        told = rows(f"{table}.csv")
        for name, read in (("pandas", pandas), ("polars", polars)):
            if not read:
                continue
            try:
                frame = read.read_parquet(f"{table}.parquet")
            except ImportError as error:
                print(f"{name} cannot read Parquet here: {error}")
                continue
            assert list(frame.columns) == list(told[0]), frame.columns
            for column in frame.columns:
                for row, value in zip(told, frame[column], strict=True):
                    missing = value is None or isinstance(value, float) and math.isnan(value)
                    same = row[column] == ("" if missing else str(value))
                    assert same or close(row[column], value), (table, column, row[column], value)
            print(f"{table} was read by {name}")


if sys.argv[1] == "--parquet":
    read_parquet()
else:
    SHARES = rows("shares.csv")
    read_arrays(SHARES)
    read_texts(SHARES)
    read_workbooks(SHARES)
