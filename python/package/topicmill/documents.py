"""What people call documents: texts, tokens, tables, dicts, files, counts. All become what the core takes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Protocol

import numpy as np

from . import _core
from .exceptions import DataError

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
    ids: list[str] | None = None
    are_tokens: bool = False


def source(documents: Any, terms: Any = None, text_column: str | Sequence[str] | None = None) -> Source:
    """What was given as documents.

    A str or path names a file or folder, as do lists of paths; a list (or Series, array, generator) of str has texts,
    one of lists of str has tokens, one of dicts has rows of a table, as a DataFrame has. A sparse matrix has counts of
    `terms`, documents × terms, as has a gensim corpus with its dictionary."""
    if isinstance(documents, Source):
        return documents
    if isinstance(documents, (str, os.PathLike)):
        return _of_paths([documents])
    if isinstance(documents, (bytes, bytearray)):
        raise TypeError("the documents are bytes: give a path, or a list of texts")
    if hasattr(documents, "tocsr") or (isinstance(documents, np.ndarray) and documents.ndim == 2):
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
        return Source(documents=_core.Documents.of_texts(items))
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
        return [None if _is_null(value) else value if isinstance(value, str) else _cell(value) for value in values]
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
    if getattr(matrix, "dtype", np.dtype(float)).kind not in "biuf":
        raise TypeError(f"the documents are a matrix of {matrix.dtype}: counts are numbers, and texts are a list")
    csr = canonical_csr(matrix)
    if csr.shape[0] == 0:
        raise DataError("the matrix has no row: a row is a document")
    names = [str(number + 1) for number in range(csr.shape[1])] if terms is None else [str(term) for term in terms]
    if len(names) != csr.shape[1]:
        raise DataError(f"the matrix has {csr.shape[1]} columns, and there are {len(names)} terms")
    return Source(counts=csr, terms=names)


def _bags(items: Iterable[Any], dictionary: Any) -> Source:
    """A gensim corpus: lists of (number of a term, count), and the dictionary that names the numbers."""
    from scipy import sparse

    if dictionary is None:
        raise DataError("a corpus of (term, count) pairs needs its dictionary", "give it as terms=dictionary")
    if isinstance(dictionary, Mapping):
        numbers = [int(number) for number in dictionary]
        names = [""] * (max(numbers, default=-1) + 1)
        for number in numbers:
            names[number] = str(dictionary[number])
    else:
        names = [str(term) for term in dictionary]
    indptr: list[int] = [0]
    indices: list[int] = []
    data: list[float] = []
    for bag in items:
        indices.extend(int(number) for number, _ in bag)
        data.extend(float(count) for _, count in bag)
        indptr.append(len(indices))
    if indices and max(indices) >= len(names):
        raise DataError(f"term {max(indices)} is not in the dictionary, which has {len(names)}")
    matrix = sparse.csr_matrix((data, indices, indptr), shape=(len(indptr) - 1, len(names)))
    used = [number for number, name in enumerate(names) if name]
    return _counts(matrix[:, used] if len(used) < len(names) else matrix, [names[number] for number in used])


def canonical_csr(matrix: Any) -> Csr:
    """A matrix as canonical CSR of finite numbers from 0 on. A CSR matrix of float32 or float64 without duplicates is
    not copied."""
    from scipy import sparse

    csr = matrix.tocsr() if hasattr(matrix, "tocsr") else sparse.csr_matrix(matrix)
    if csr.dtype not in (np.float32, np.float64):
        csr = csr.astype(np.float64)
    if not csr.has_canonical_format:
        csr = csr.copy() if csr is matrix else csr
        csr.sum_duplicates()
    smallest = csr.data.min(initial=0.0)
    if not np.isfinite(csr.data.sum(dtype=np.float64)) and not np.isfinite(csr.data).all():
        raise DataError("the matrix contains NaN or infinity")
    if smallest < 0:
        raise DataError(f"the matrix has a negative value, {smallest}: counts and weights are not negative")
    return csr  # type: ignore[no-any-return]
