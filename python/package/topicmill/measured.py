"""What a fitted model says of words, documents and other models, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from .checks import count, valid
from .dataset import warn
from .exceptions import ParameterError
from .results import Explanation, Result

if TYPE_CHECKING:
    from typing_extensions import Self

    from . import _core
    from .documents import Source

Ranking: TypeAlias = Literal["correlation", "probability", "relevance", "frex", "lift"]


class _Measured:
    """The part of `TopicModel` that measures and explains."""

    if TYPE_CHECKING:

        @property
        def core(self) -> _core.Model: ...

        def _at_hand(self, documents: Any) -> Source: ...

        def _result(self, told: tuple[Any, str, str, list[str]]) -> Result: ...

    def explain(self, text: str | None = None, *, id: str | None = None, documents: Any = None) -> Explanation:
        """Why a text has its topics: which words speak for which. With `id` in place of a text the document of that id
        is explained: one of `documents`, or of the fit where the texts are at hand."""
        if text is None:
            if id is None:
                raise TypeError("explain takes a text, or the id of a document")
            read = self._at_hand(documents)
            found = self.core.find(valid(str(id)), read.documents, read.paths)
            return Explanation(*self.core.explain(*found, is_stripped=True))
        if not isinstance(text, str):
            raise TypeError(f"the text is no str but {type(text).__name__}")
        name = "the text" if id is None else valid(str(id))
        return Explanation(*self.core.explain(name, valid(text), is_stripped=False))

    def search(self, words: str | Iterable[str], documents: Any = None, *, n_results: int = 10) -> Result:
        """Words of the model: their topics, the words near them, and the documents that are most about them, of the
        given documents or those of the fit."""
        asked = [valid(word) for word in ([words] if isinstance(words, str) else words)]
        if not asked:
            raise ParameterError("there are no words to look for")
        read = self._at_hand(documents)
        data, told, notes = self.core.search(asked, read.documents, read.paths, count(n_results, "n_results"))
        warn(notes)
        return Result(data, told)

    def evaluate(self, documents: Any = None, *, n_words: int = 10, ranking: Ranking | None = None) -> Result:
        """Coherence, diversity, exclusivity, words foreseen and agreement with labels, measured in the given documents
        (better others than those of the fit), or else in those of the fit, as far as their texts are at hand."""
        read = self._at_hand(documents)
        return self._result(self.core.evaluate(read.documents, read.paths, count(n_words, "n_words"), ranking))

    def compare(self, other: Self) -> Result:
        """The topics of this model beside those of another, and what changed."""
        if not isinstance(other, _Measured):
            raise TypeError(f"a model is compared with another, and not with {type(other).__name__}")
        return self._result(self.core.compare(other.core))

    def over_time(
        self,
        by: Literal["day", "week", "month", "quarter", "year", "decade", "quantile"] | None = None,
        *,
        date_column: str | None = None,
        quantiles: int | None = None,
        table: Literal["shares", "wide", "changes"] = "shares",
    ) -> Result:
        """Shares of topics by period of time, with intervals and tests of change. Without `by`, periods are the longest
        that give eight or more; the dates are in `date_column`, or in the column that looks like dates."""
        cut = None if quantiles is None else count(quantiles, "quantiles")
        return self._result(self.core.over_time(by, date_column, cut, table))

    def by_group(
        self,
        column: str,
        *,
        quantiles: int | None = None,
        most: int = 100,
        table: Literal["shares", "wide", "changes"] = "shares",
    ) -> Result:
        """Shares of topics by the values of a column ("label", or one of the metadata), with intervals and tests."""
        cut = None if quantiles is None else count(quantiles, "quantiles")
        return self._result(self.core.by_group(column, cut, count(most, "most", least=1), table))
