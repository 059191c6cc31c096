"""What the store's thread does: sessions into journals, closed ones into the log, again if need be.

No threads in here and no waiting: the store calls it, and tells it the time. A disk that fails
never raises out of it; ``health`` says so, and the next :meth:`Clerk.work` tries again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Final

from kiosk.records.chain import Record
from kiosk.records.errors import DataUnusable, StoreStopped
from kiosk.records.folder import Folder
from kiosk.records.health import probe, room, sentence_of
from kiosk.records.journal import Journal
from kiosk.records.recovery import record_of
from kiosk.records.running import Running
from kiosk.records.trace import Row

log = logging.getLogger(__name__)

SYNC_EVERY_S: Final = 0.5
"""Rows lie in the kernel's memory no longer than this (the limit is one second)."""

RETRY_EVERY_S: Final = 10.0
RETRY_AT_LEAST_S: Final = 1.0
"""A failed write is tried again every 10 s, at each new call, and with rows once a second."""

LOOK_EVERY_S: Final = 5.0
PROBE_EVERY_S: Final = 60.0
"""How often the free space is looked at, and (no session writing) a write is tried: a write every
few seconds, day and night, would wear an SD card out for nothing."""


class Clerk:
    """Holds the sessions that are not in the log yet. One thread uses it.

    ``health`` (one sentence, or None) and ``recovered`` may be read by any thread.
    """

    def __init__(self, folder: Folder, clock: Callable[[], float], min_free_bytes: int) -> None:
        """Take an opened data folder and a monotonic clock in seconds."""
        self.health: str | None = "The log is not open yet."
        self.recovered: tuple[Record, ...] = ()
        self._folder = folder
        self._clock = clock
        self._min_free_bytes = min_free_bytes
        self._sessions: list[Running] = []
        self._asked: list[tuple[int, Future[list[Record]]]] = []
        self._opened = False
        self._failed: str | None = None
        self._blocked: str | None = None
        self._tried = self._synced = clock()
        self._look_at = self._probe_at = self._tried

    def begin(self, session: Running) -> None:
        """Journal a session from now on. One that is still open is closed as interrupted."""
        for before in self._sessions:
            if before.record is None:
                log.error("session %s was never closed: kept as interrupted", before.session_id)
                journal = Journal(before.head, tuple(before.rows), before.checkpoint, False, 0)
                before.close(record_of(journal))
        self._sessions.append(session)

    def append(self, rows: Sequence[Row], checkpoint: dict[str, Any] | None) -> None:
        """Take rows and the record so far of the running session."""
        if not self._sessions or self._sessions[-1].record is not None:
            log.error("%d rows without a running session: dropped", len(rows))
            return
        self._sessions[-1].add(rows, checkpoint)

    def close(self, session: Running, record: Record, kept: Future[Record]) -> None:
        """Close the running session of that id; ``session`` stands in where there is none."""
        for known in self._sessions:
            if known.session_id == session.session_id:
                session = known
                break
        else:
            self._sessions.append(session)
        session.kept.append(kept)
        if session.record is None:
            session.close(record)

    def last(self, count: int, answer: Future[list[Record]]) -> None:
        """Answer with the newest records, after everything that came before the question.

        The future ends with :class:`DataUnusable` where they cannot be read.
        """
        self._asked.append((count, answer))

    def work(self, *, urgent: bool) -> None:
        """Bring the disk up to date as far as it lets us.

        ``urgent`` syncs everything now, and tries a disk again that failed a moment ago.
        """
        now = self._clock()
        wait = 0.0 if urgent else RETRY_AT_LEAST_S if self._sessions else RETRY_EVERY_S
        if self._failed is None or now >= self._tried + wait:
            self._tried = now
            self._try(now, sync=urgent)
        self._answer()
        if now >= self._look_at:
            self._look(now)
        waiting = sum(one.record is not None and one.logged is None for one in self._sessions)
        said = [self._failed or self._blocked]
        if waiting:
            said.append(f"Finished sessions that are only in memory: {waiting}.")
        self.health = " ".join(text for text in said if text) or None

    def due_s(self) -> float:
        """Return after how many seconds :meth:`work` is due without any call."""
        due = [self._look_at]
        if self._failed is not None:
            due.append(self._tried + RETRY_EVERY_S)
        elif any(session.unsynced for session in self._sessions):
            due.append(self._synced + SYNC_EVERY_S)
        return max(0.0, min(due) - self._clock())

    def finish(self) -> bool:
        """Say whether everything is on the disk, and let go of it; what is pending is refused."""
        whole = not any(session.unsynced for session in self._sessions)
        for session in self._sessions:
            session.release()
            for future in session.kept:
                future.set_exception(StoreStopped("the store ended before the disk took it"))
        self._folder.release()
        return whole

    def _try(self, now: float, *, sync: bool) -> None:
        try:
            if not self._opened:
                self._folder.open()
                for record in self._folder.recover():
                    self.recovered += (record,)
                self._opened = True
            self._write(now, sync=sync)
            self._fold()
        except OSError as error:
            if self._failed is None:
                log.warning("%s", sentence_of(error))
            self._failed = sentence_of(error)
            self._look_at = self._probe_at = now
        else:
            if self._failed is not None:
                log.warning("the log can be written again")
                self._look_at = self._probe_at = now
            self._failed = None

    def _write(self, now: float, *, sync: bool) -> None:
        """Append to the journals; durable at every checkpoint, and twice a second."""
        due = sync or now >= self._synced + SYNC_EVERY_S
        for session in self._sessions:
            if session.unsynced:
                durable = due or session.pressing
                session.write(sync=durable)
                if durable:
                    self._synced = now
                    self._probe_at = now + PROBE_EVERY_S

    def _fold(self) -> None:
        """Put every closed session into the log; its futures end as soon as it is durable."""
        for session in [*self._sessions]:
            if session.record is None:
                continue
            if session.logged is None:
                session.logged = self._folder.keep(session.record, session.rows)
            kept, session.kept = session.kept, []
            for future in kept:
                future.set_result(session.logged)
            session.forget()
            self._sessions.remove(session)

    def _answer(self) -> None:
        asked, self._asked = self._asked, []
        for count, answer in asked:
            try:
                answer.set_result(self._folder.last(count))
            except OSError as error:
                answer.set_exception(DataUnusable(sentence_of(error)))

    def _look(self, now: float) -> None:
        """Look at the disk: room and write protection, and now and then a real write."""
        self._look_at = now + LOOK_EVERY_S
        found = room(self._folder.data, self._min_free_bytes)
        if found is None and (now >= self._probe_at or self._blocked is not None):
            self._probe_at = now + PROBE_EVERY_S
            found = probe(self._folder.data)
        self._blocked = found
