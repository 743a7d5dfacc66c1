"""What can go wrong. Every exception is a `TopicmillError`, and of the kind that Python has for it as well."""

from __future__ import annotations

import errno
from typing import Any


class TopicmillError(Exception):
    """Something went wrong; `hint` says what helps, where there is something to say."""

    hint: str | None

    def __init__(self, problem: str, hint: str | None = None) -> None:
        # An OSError would take a second argument for its text, and the first for its number.
        super().__init__(problem)
        self.problem = problem
        self.hint = hint

    def __reduce__(self) -> Any:
        return type(self), (self.problem, self.hint)

    def __str__(self) -> str:
        return self.problem if self.hint is None else f"{self.problem}\nhint: {self.hint}"


class ParameterError(TopicmillError, ValueError):
    """A parameter has a name or a value that is not allowed."""


class DataError(TopicmillError, ValueError):
    """The documents, the matrix or the model are not what they should be."""


class NotFittedError(TopicmillError, ValueError, AttributeError):
    """The model has no topics yet."""


class FileError(TopicmillError, OSError):
    """A file could not be read or written."""


class InputNotFoundError(TopicmillError, FileNotFoundError):
    """There is no such file or folder."""

    def __init__(self, problem: str, hint: str | None = None) -> None:
        super().__init__(problem, hint)
        self.errno = errno.ENOENT


class OutOfMemoryError(TopicmillError, MemoryError):
    """It would take more memory than there is."""
