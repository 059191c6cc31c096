"""A real store on a data folder with a past, measured from outside."""

from __future__ import annotations

import logging
import time
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from kiosk.bench.floors import Closing
from kiosk.bench.frame import RowFailed
from kiosk.records.clerk import FOLD_AT_LATEST_S
from kiosk.records.store import Store
from profiles.saying import plain

log = logging.getLogger(__name__)

PATIENCE_S: Final = 120.0
_BEFORE_ALL: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Kept:
    """The store as the kiosk runs it, on a clock that moves only when :meth:`fold` asks for it.

    So nothing is folded while something else is measured; the figures are those of the real clock.
    """

    def __init__(self, name: str, data: Path) -> None:
        """Start the store. Raises :class:`RowFailed` when it has anything to complain about."""
        self.name = name
        self._now_s = time.monotonic()
        self.store = Store(data, on_death=_died, clock=lambda: self._now_s)
        try:
            self.store.start()
            if (why := self.store.health()) is not None:
                raise RowFailed(f"the log with {name} cannot be used: {plain(why)}")
        except BaseException:
            self.store.stop(PATIENCE_S)
            raise

    def journal(self, closing: Closing) -> None:
        """Begin the session and journal what there is of it before the close."""
        self.store.begin(closing.head)
        self.store.append(closing.rows, closing.checkpoint)
        self.settle()

    def close(self, closing: Closing) -> None:
        """Close the session: it is kept when this returns."""
        self.result(self.store.close(closing.record))

    def settle(self) -> None:
        """Wait until the store has done everything it was given, without reading any month."""
        self.result(self.store.sessions_between(_BEFORE_ALL, _BEFORE_ALL))

    def fold(self) -> float:
        """Have every session that waits put into its month; return how many ms that took."""
        self._now_s += FOLD_AT_LATEST_S
        start_s = time.perf_counter()
        self.settle()  # answered after the fold
        return 1e3 * (time.perf_counter() - start_s)

    def survey(self) -> None:
        """Wait until the store has looked at every month, as it does after a start."""
        until_s = time.monotonic() + PATIENCE_S
        while self.store.count() is None:
            if time.monotonic() > until_s:
                raise RowFailed(f"the log with {self.name} was not looked at in {PATIENCE_S:g} s")
            time.sleep(0.02)

    def check(self) -> None:
        """Raise :class:`RowFailed` if the store found a fault: a broken log has no figures."""
        for fault in self.store.faults():
            raise RowFailed(f"the log with {self.name} is not whole: {fault}")

    def end(self) -> None:
        """Stop the store."""
        self.store.stop(PATIENCE_S)

    def result(self, future: Future[Any]) -> Any:
        """Wait for the store. Raises :class:`RowFailed` when it takes far too long, or refuses."""
        try:
            return future.result(PATIENCE_S)
        except TimeoutError as error:
            raise RowFailed(f"the store with {self.name} did not answer") from error
        except (RuntimeError, OSError) as error:
            raise RowFailed(f"the store with {self.name} failed: {error}") from error


def _died(error: BaseException) -> None:
    """Say so; whoever waits for the store then waits in vain, and not for ever."""
    log.critical("the measured store died: %s", error)
