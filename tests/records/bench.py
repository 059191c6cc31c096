"""A clerk on a data folder, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from kiosk.records.chain import Record
from kiosk.records.clerk import FOLD_AT_LATEST_S, Clerk
from kiosk.records.folder import Folder
from kiosk.records.running import Running
from tests.records.sessions import head, record, rows, so_far


class Bench:
    """Walks sessions as the store's thread works them off, on ``now`` seconds of its own."""

    def __init__(self, data: Path) -> None:
        self.now = 100.0
        self.rows_given = 0
        self.futures: list[Future[Record]] = []
        self.data = data
        self.folder = Folder(data)
        self.clerk = Clerk(self.folder, lambda: self.now, 0)

    def begin(self, session_id: str) -> None:
        self.clerk.begin(Running(head(session_id), self.data / "journal"))

    def close(self, session_id: str, walked_s: float = 2.0) -> Future[Record]:
        future: Future[Record] = Future()
        self.futures.append(future)
        done = record(session_id, walked_s)
        self.clerk.close(Running(done, self.data / "journal"), done, future)
        return future

    def fold(self) -> None:
        """Let enough time go by for the months to be written."""
        self.now += FOLD_AT_LATEST_S
        self.clerk.work(urgent=True)

    def walk(self, session_id: str) -> Future[Record]:
        """Begin a session, walk two seconds of it, close it."""
        self.begin(session_id)
        self.clerk.work(urgent=True)
        return self.walk_on(session_id)

    def walk_on(self, session_id: str) -> Future[Record]:
        """Walk two seconds, a row every 0.2 s and a checkpoint each second, and close."""
        for number in range(10):
            second, part = divmod(number, 5)
            self.now += 0.2
            self.rows_given = number + 1
            checkpoint = so_far(session_id, second + 1.0) if part == 4 else None
            self.clerk.append(rows(number, 1), checkpoint)
            self.clerk.work(urgent=False)
        future = self.close(session_id)
        self.clerk.work(urgent=True)
        if future.done():
            self.fold()
        return future


@contextmanager
def bench(data: Path) -> Iterator[Bench]:
    """Open a data folder as a start does, and let go of it at the end."""
    found = Bench(data)
    try:
        found.clerk.work(urgent=True)
        yield found
    finally:
        found.clerk.let_go()
