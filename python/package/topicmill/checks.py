"""Numbers and texts that are given, checked before the core has them."""

from __future__ import annotations

from typing import Any

from .exceptions import ParameterError


def count(number: Any, name: str, least: int = 0, most: int = 2**31 - 1) -> int:
    """A whole number."""
    if isinstance(number, bool) or not hasattr(number, "__index__") or not least <= number <= most:
        raise ParameterError(f"{name} is {number!r}, expected a whole number from {least} on")
    return int(number)


def valid(text: str) -> str:
    """A text in which halves of surrogate pairs are U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
