"""Shows the progress of long work, with tqdm where it is present."""

from __future__ import annotations

import logging
import sys
import time
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeAlias

#: Is called with the stage, what is done, of how much (None if it is not known), and the objective of a fit.
Watch: TypeAlias = Callable[[str, int, "int | None", "float | None"], None]
#: True and False switch a bar on and off, a function is called; None shows a bar on a terminal and in a notebook.
Progress: TypeAlias = "bool | Watch | None"

logger = logging.getLogger("topicmill")

#: Work that takes less than this shows no bar.
_HIDDEN_SECONDS = 0.7


class Bar:
    """A bar for the stages of some work. `watch` is what the core calls; None if nothing is to be shown."""

    def __init__(self, progress: Progress) -> None:
        self._bar: Any = None
        self._stage = ""
        self._shown_from = time.monotonic() + _HIDDEN_SECONDS
        self.watch: Watch | None = None
        if callable(progress):
            self.watch = progress
        elif progress or (progress is None and (sys.stderr.isatty() or _is_notebook())):
            try:
                with warnings.catch_warnings():
                    # It warns of widgets that a notebook lacks.
                    warnings.simplefilter("ignore")
                    from tqdm.auto import tqdm
            except ImportError:
                if progress:
                    logger.info("no progress is shown: tqdm is not installed")
            else:
                self._tqdm = tqdm
                self.watch = self._show

    def _show(self, stage: str, done: int, of: int | None, objective: float | None) -> None:
        if time.monotonic() < self._shown_from:
            return
        if stage != self._stage:
            self._close()
            self._stage = stage
            self._bar = self._tqdm(total=of, desc=stage, leave=False)
        self._bar.n = done
        if objective is not None:
            self._bar.set_postfix(objective=f"{objective:.6g}", refresh=False)
        self._bar.refresh()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def __enter__(self) -> Watch | None:
        return self.watch

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()


def _is_notebook() -> bool:
    return "ipykernel" in sys.modules
