"""What people call documents: texts, tokens, tables, dicts, files, counts. All become what the core takes."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Protocol

import numpy as np

from . import _core
from .checks import valid
from .exceptions import DataError

logger = logging.getLogger("topicmill")

#: Stands between the tokens of a document that is given as a list of them.
SEPARATOR = "\t"

#: How tokens that are given are found again: they are used as they are.
TOKEN_PARAMETERS: Mapping[str, Any] = {
    "token_pattern": "[^\t]+",
    "language": "none",
    "stopwords": [],
    "min_length": 1,
    "max_length": 1000,
    "keep_numbers": True,
    "keep_case": True,
}


class Csr(Protocol):
    """A canonical CSR matrix of SciPy: of float32 or float64, with indices of int32 or int64."""

    indptr: Any
    indices: Any
    data: Any
    shape: tuple[int, int]
    nnz: int

    def copy(self) -> Csr:
        """A matrix with arrays of its own."""
        ...

    def eliminate_zeros(self) -> None:
        """Takes out the entries that are 0."""
        ...


@dataclass
class Source:
    """What is read: one of paths, documents in memory, and counts."""

    paths: list[str] = field(default_factory=list)
    documents: _core.Documents | None = None
    counts: Csr | None = None
    terms: list[str] | None = None
    are_tokens: bool = False


def source(documents: Any, terms: Any = None, text_column: str | Sequence[str] | None = None) -> Source:
    """What was given as documents.

    A str or path names a file or folder, as do lists of `Path`; a list (or Series, array, generator) of str has texts,
    one of lists of str has tokens, one of dicts has rows of a table, as a DataFrame has. A sparse matrix has counts of
    `terms`, documents × terms, as has a gensim corpus with its dictionary."""
    if isinstance(documents, Source):
        return documents
    from .dataset import Dataset

    if isinstance(documents, Dataset):
        raise TypeError("a Dataset is for fit and select: give the documents themselves")
    if hasattr(documents, "collect_schema") and hasattr(documents, "collect") and not hasattr(documents, "to_pandas"):
        # A LazyFrame of polars.
        documents = documents.collect()
    if isinstance(documents, (str, os.PathLike)):
        return _of_paths([documents])
    if isinstance(documents, (bytes, bytearray)):
        raise TypeError("the documents are bytes: give a path, or a list of texts")
    if is_matrix(documents):
        return _counts(documents, terms)
    if isinstance(documents, Mapping) or hasattr(documents, "columns") or hasattr(documents, "column_names"):
        return Source(documents=_core.Documents.of_columns(_columns(documents, text_column)))
    if not isinstance(documents, Iterable):
        raise TypeError(f"the documents are {type(documents).__name__}: give a list of texts, a table or a path")
    if isinstance(documents, np.ndarray) and documents.ndim != 1:
        raise TypeError(f"the documents are an array of {documents.ndim} dimensions: texts have one")
    if hasattr(documents, "to_pylist"):
        documents = documents.to_pylist()
    items = documents if isinstance(documents, Sequence) or hasattr(documents, "__len__") else list(documents)
    first = next((item for item in items if item is not None), None)
    if isinstance(first, str):
        if len(first) < 256 and os.path.isfile(first):
            logger.warning("the first text is the name of a file: give Path objects for files to be read")
        return Source(documents=_core.Documents.of_texts(items))
    if isinstance(first, tuple) and not all(isinstance(entry, tuple) for entry in first):
        raise TypeError("the documents are tuples: tokens are lists, and several columns are a table or dicts")
    if isinstance(first, os.PathLike):
        return _of_paths(items)
    if isinstance(first, Mapping):
        return Source(documents=_core.Documents.of_columns(_fields(items, text_column)))
    if isinstance(first, (Sequence, np.ndarray)) and not isinstance(first, bytes):
        entry = next(iter(chain.from_iterable(item for item in items if item is not None)), None)
        if isinstance(entry, (tuple, list)) and len(entry) == 2:
            return _bags(items, terms)
        return Source(documents=_core.Documents.of_texts(_tokens(items)), are_tokens=True)
    # The core says what is wrong with which.
    return Source(documents=_core.Documents.of_texts(items))


def is_matrix(documents: Any) -> bool:
    """Whether documents are given as a matrix."""
    return hasattr(documents, "tocsr") or (isinstance(documents, np.ndarray) and documents.ndim == 2)


def _of_paths(paths: Iterable[Any]) -> Source:
    """Files and folders, with the PDF files among them."""
    from .__main__ import program

    reader = program()
    if reader is not None:
        _core.read_pdf_with(reader)
    return Source(paths=[os.fspath(path) for path in paths])


def _tokens(items: Iterable[Any]) -> list[str]:
    """Tokens as texts. White space in a token is one space."""
    texts = []
    for place, tokens in enumerate(items):
        if tokens is None:
            raise TypeError(f"document {place} is null: drop such documents, or give an empty list")
        if isinstance(tokens, str):
            raise TypeError(f"document {place} is a str, and the ones before are lists of tokens")
        try:
            texts.append(SEPARATOR.join([token.replace(SEPARATOR, " ") for token in tokens]))
        except AttributeError:
            wrong = next(token for token in tokens if not isinstance(token, str))
            raise TypeError(f"document {place} has a token that is no str but {type(wrong).__name__}") from None
    return texts


def _fields(items: Iterable[Mapping[str, Any]], text_column: str | Sequence[str] | None) -> dict[str, list[str]]:
    """The columns of dicts, in the order in which their names appear; what a dict lacks is empty, but for its text."""
    rows = list(items)
    names = list(dict.fromkeys(chain.from_iterable(row for row in rows if row is not None)))
    for place, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise TypeError(f"document {place} is no dict but {type(row).__name__}")
    return {name: _cells(name, [row.get(name) for row in rows], _texts(names, text_column)) for name in names}


def _columns(table: Any, text_column: str | Sequence[str] | None) -> dict[str, list[str]]:
    """The columns of a DataFrame (pandas, polars), a pyarrow.Table or a mapping of columns."""
    names = list(table) if isinstance(table, Mapping) else list(getattr(table, "column_names", table.columns))
    if len({str(name) for name in names}) < len(names):
        raise DataError("the table has two columns of the same name")
    columns = {}
    for name in names:
        column = table[name]
        if isinstance(column, (str, bytes)):
            raise TypeError(f"the column {name} is one {type(column).__name__}, expected a list of cells")
        values = column.to_pylist() if hasattr(column, "to_pylist") else column
        columns[str(name)] = _cells(str(name), values, _texts([str(name) for name in names], text_column))
    return columns


def _texts(names: list[str], text_column: str | Sequence[str] | None) -> list[str]:
    """The columns that have the text, as the core takes them."""
    if text_column:
        return [text_column] if isinstance(text_column, str) else list(text_column)
    return names if len(names) == 1 else ["text"]


def _cells(name: str, values: Iterable[Any], texts: list[str]) -> list[Any]:
    """The cells of a column as texts. The core says which text is null; other cells are empty then."""
    if name in texts:
        # Numbers are texts; the core says what is no text at all.
        return [_cell(value) if isinstance(value, (int, float)) and not _is_null(value) else value for value in values]
    return [_cell(value) for value in values]


def _cell(value: Any) -> str:
    """A cell as text; null is empty."""
    if isinstance(value, str):
        return value
    if _is_null(value):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        # What was whole before the column had a null.
        return str(int(value))
    return value.isoformat().removesuffix("T00:00:00") if hasattr(value, "isoformat") else str(value)


def _is_null(value: Any) -> bool:
    """Whether a value is None, NaN, NaT or pandas' NA."""
    if value is None:
        return True
    try:
        # NaN and NaT are not equal to themselves, and NA is neither equal nor not.
        return bool(value != value)
    except (TypeError, ValueError):
        return type(value).__name__ == "NAType"


def _counts(matrix: Any, terms: Any) -> Source:
    """Counts of documents × terms."""
    csr = canonical_csr(matrix)
    if csr.shape[0] == 0:
        raise DataError("the matrix has no row: a row is a document")
    if terms is None:
        return Source(counts=csr, terms=[str(number + 1) for number in range(csr.shape[1])])
    names = _names(terms)
    if len(names) < csr.shape[1]:
        raise DataError(f"the matrix has {csr.shape[1]} columns, and there are {len(names)} terms")
    if len(names) > csr.shape[1] or None in names:
        # A dictionary has more numbers than a matrix has columns, or gaps.
        used = [number for number, name in enumerate(names[: csr.shape[1]]) if name is not None]
        return Source(counts=canonical_csr(_tocsr(matrix)[:, used]), terms=[str(names[number]) for number in used])
    return Source(counts=csr, terms=[str(name) for name in names])


def _names(terms: Any) -> list[str | None]:
    """The names of columns: a list of them, or what maps numbers to names (gensim's `Dictionary`) or names to numbers
    (scikit-learn's `vocabulary_`, gensim's `token2id`). A number without a name has None."""
    if isinstance(terms, (str, bytes)):
        raise TypeError("the terms are one str: give a list of them, or a dictionary")
    if not isinstance(terms, Mapping):
        return [valid(str(term)) for term in terms]
    of_number: dict[int, str] = {}
    for key in terms:
        number, name = (terms[key], key) if isinstance(key, str) else (key, terms[key])
        of_number[int(number)] = valid(str(name))
    return [of_number.get(number) for number in range(max(of_number, default=-1) + 1)]


def _bags(items: Iterable[Any], dictionary: Any) -> Source:
    """A gensim corpus: lists of (number of a term, count), and the dictionary that names the numbers."""
    from scipy import sparse

    if dictionary is None:
        raise DataError("a corpus of (term, count) pairs needs its dictionary", "give it as terms=dictionary")
    n_terms = len(_names(dictionary))
    indptr: list[int] = [0]
    indices: list[int] = []
    data: list[float] = []
    for bag in items:
        indices.extend(int(number) for number, _ in bag)
        data.extend(float(count) for _, count in bag)
        indptr.append(len(indices))
    if indices and not 0 <= min(indices) <= max(indices) < n_terms:
        raise DataError(f"term {max(indices)} is not in the dictionary, which has {n_terms}")
    return _counts(sparse.csr_matrix((data, indices, indptr), shape=(len(indptr) - 1, n_terms)), dictionary)


def in_order_of(read: Source, terms: list[str]) -> Source:
    """Counts with the columns of these terms, which are found by their names; others are left out."""
    from scipy import sparse

    assert read.counts is not None and read.terms is not None
    if read.terms == terms:
        return read
    number = {name: column for column, name in enumerate(terms)}
    pairs = [(column, number[name]) for column, name in enumerate(read.terms) if name in number]
    columns, places = zip(*pairs, strict=True) if pairs else ((), ())
    choice = sparse.csr_matrix((np.ones(len(pairs)), (columns, places)), shape=(len(read.terms), len(terms)))
    return Source(counts=canonical_csr(_tocsr(read.counts) @ choice), terms=terms)


def _tocsr(matrix: Any) -> Any:
    from scipy import sparse

    return matrix.tocsr() if hasattr(matrix, "tocsr") else sparse.csr_matrix(matrix)


def canonical_csr(matrix: Any) -> Csr:
    """A matrix as canonical CSR of finite numbers from 0 on. A CSR matrix of float32 or float64 without duplicates is
    not copied."""
    from scipy import sparse

    kind = getattr(matrix, "dtype", np.dtype(float)).kind
    if kind not in "biuf" or getattr(matrix, "ndim", 2) != 2:
        dimensions = getattr(matrix, "ndim", 2)
        raise TypeError(
            f"a matrix of {matrix.dtype} in {dimensions} dimensions: counts are numbers in two, and texts are a list"
        )
    csr = _tocsr(matrix)
    if csr.dtype not in (np.float32, np.float64):
        csr = csr.astype(np.float64)
    if not csr.has_canonical_format:
        csr = csr.copy() if csr is matrix else csr
        csr.sum_duplicates()
    arrays = [np.require(array, requirements=["C", "A"]) for array in (csr.data, csr.indices, csr.indptr)]
    wide = [array if array.dtype in (np.int32, np.int64) else array.astype(np.int64) for array in arrays[1:]]
    if any(new is not old for new, old in zip([arrays[0], *wide], (csr.data, csr.indices, csr.indptr), strict=True)):
        csr = sparse.csr_matrix((arrays[0], *wide), shape=csr.shape)
    smallest = csr.data.min(initial=0.0)
    if not np.isfinite(csr.data.sum(dtype=np.float64)) and not np.isfinite(csr.data).all():
        raise DataError("the matrix contains NaN or infinity")
    if smallest < 0:
        raise DataError(f"the matrix has a negative value, {smallest}: counts and weights are not negative")
    return csr  # type: ignore[no-any-return]
