"""Tables for those who look at them: pandas, polars or Arrow."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from . import _core
from .exceptions import ParameterError

Output: TypeAlias = Literal["pandas", "polars", "arrow"]
#: A `pandas.DataFrame`, a `polars.DataFrame` or a `pyarrow.Table`, as `set_output` says.
Frame: TypeAlias = Any
#: Name, kind and values of a column, as the core has them.
Column: TypeAlias = tuple[str, str, Any]

_core.load_numpy()

_output: Output = "pandas"


def set_output(output: Output) -> None:
    """Sets what tables are, from now on: "pandas" (the default), "polars" or "arrow"."""
    global _output
    _output = checked(output)


def checked(output: Any) -> Output:
    """The output, if it is one."""
    for known in get_args(Output):
        if output == known:
            return known  # type: ignore[no-any-return]
    raise ParameterError(f"output is {output!r}, expected pandas, polars or arrow")


def frame(columns: list[Column], output: Output | None = None) -> Frame:
    """A table of the core as what people work with. Whole numbers without empty cells are int64, others can be null."""
    output = output or _output
    if output == "polars":
        import polars

        return polars.DataFrame({name: _values(kind, values) for name, kind, values in columns})
    if output == "arrow":
        import pyarrow

        return pyarrow.table({name: pyarrow.array(_values(kind, values)) for name, kind, values in columns})
    import pandas

    return pandas.DataFrame({name: _pandas(kind, values) for name, kind, values in columns})


def _values(kind: str, values: Any) -> Any:
    if kind != "integer":
        return values
    numbers, empty = values
    if not empty.any():
        return numbers
    return [None if is_empty else int(number) for number, is_empty in zip(numbers, empty, strict=True)]


def _pandas(kind: str, values: Any) -> Any:
    if kind == "text":
        return np.array(values, dtype=object)
    if kind != "integer":
        return values
    numbers, empty = values
    if not empty.any():
        return numbers
    import pandas

    return pandas.arrays.IntegerArray(numbers, empty)
