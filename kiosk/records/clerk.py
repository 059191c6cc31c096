"""What the store's thread does: sessions into journals, closed ones into the log, again if need be.

A session is kept as soon as its journal holds the complete record with its place in the chain: one
append, one fdatasync, whatever is in the log already. Months are written later, when nobody walks,
for all sessions that wait together.

No threads in here and no waiting: the store calls it, and tells it the time. A disk that fails
never raises out of it; ``health`` says so, and the next :meth:`Clerk.work` tries again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, Final

from kiosk.records.chain import Record
from kiosk.records.errors import DataUnusable, StoreStopped
from kiosk.records.folder import Folder
from kiosk.records.health import mend_of, probe, room, sentence_of
from kiosk.records.questions import Question
from kiosk.records.recovery import cut_off
from kiosk.records.running import Running
from kiosk.records.trace import Row
from profiles.saying import Said, Saying, saying

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

FOLD_AFTER_S: Final = 2.0
FOLD_BYTES_PER_S: Final = 100_000
FOLD_AT_LATEST_S: Final = 3600.0
MOST_WAITING: Final = 32
"""A month is written anew when no session has run for a while: 2 s, and longer for a large month,
so that folding writes at most 100 kB/s on average and does not wear an SD card out. So many waiting
sessions are folded whatever goes on: their journals take room."""

SURVEY_EVERY_S: Final = 0.02
"""Between two months of the survey after a start, which takes all the idle time there is."""


class Clerk:
    """Holds the sessions that are in no month yet. One thread uses it.

    ``health`` (sentences, or None), ``recovered`` and ``count`` (kept sessions, None while that
    is not known) may be read by any thread.
    """

    def __init__(self, folder: Folder, clock: Callable[[], float], min_free_bytes: int) -> None:
        """Take an opened data folder and a monotonic clock in seconds."""
        self.health: Said | None = (saying("The log is not open yet."),)
        self.recovered: tuple[Record, ...] = ()
        self.count: int | None = None
        self._folder = folder
        self._clock = clock
        self._min_free_bytes = min_free_bytes
        self._sessions: list[Running] = []
        self._asked: list[tuple[Question, Future[list[Record]]]] = []
        self._opened = False
        self._failed: Saying | None = None
        self._blocked: Saying | None = None
        self._tried = self._synced = clock()
        self._look_at = self._probe_at = self._tried
        self._kept_at = self._fold_at = self._tried
        self._survey: Iterator[None] | None = None
        self._in_months: int | None = None

    def begin(self, session: Running) -> None:
        """Journal a session from now on. One that is still open is closed as interrupted."""
        for before in self._sessions:
            if before.record is None:
                log.error("session %s was never closed: kept as interrupted", before.session_id)
                before.record = cut_off(before.head, before.checkpoint)
        session.begun = True
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
                if known.record is None:
                    known.record, known.members = record, session.members
                known.kept.append(kept)
                return
        session.record = record
        session.kept.append(kept)
        self._sessions.append(session)

    def ask(self, question: Question, answer: Future[list[Record]]) -> None:
        """Answer with the records asked for, after everything that came before the question.

        The future ends with :class:`DataUnusable` where they cannot be read.
        """
        self._asked.append((question, answer))

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
        known = self._in_months
        self.count = None if known is None else known + len(self._waiting())
        in_memory = sum(one.record is not None and not one.durable for one in self._sessions)
        why = self._failed or self._blocked
        said = [] if why is None else [why]
        if in_memory:
            said.append(saying("Finished sessions that are only in memory: {n}.", n=in_memory))
        if why is not None:
            said.append(mend_of(why))
        self.health = tuple(said) or None

    def due_s(self) -> float:
        """Return after how many seconds :meth:`work` is due without any call."""
        now = self._clock()
        due = [self._look_at]
        if self._failed is not None:
            due.append(self._tried + RETRY_EVERY_S)
        elif any(session.unsynced for session in self._sessions):
            due.append(self._synced + SYNC_EVERY_S)
        elif self._waiting() and not self._is_open():
            due.append(self._fold_at)
        elif self._survey is not None and not self._sessions:
            due.append(now + SURVEY_EVERY_S)
        return max(0.0, min(due) - now)

    def finish(self) -> bool:
        """Put what is kept into its months, then :meth:`let_go`."""
        if self._failed is None and self._opened:
            try:
                self._fold()
            except OSError as error:
                log.warning("%s", sentence_of(error))  # the journals stay, for the next start
        return self.let_go()

    def let_go(self) -> bool:
        """Let go of the disk; say whether all is on it. What the disk did not take is refused."""
        whole = not any(session.unsynced for session in self._sessions)
        for session in self._sessions:
            session.release()
            for future in session.kept:
                future.set_exception(StoreStopped("the store ended before the disk took it"))
        self._folder.release()
        return whole

    def _waiting(self) -> list[Running]:
        """Return the sessions that are kept, and in no month yet."""
        return [session for session in self._sessions if session.durable]

    def _is_open(self) -> bool:
        return any(session.record is None for session in self._sessions)

    def _try(self, now: float, *, sync: bool) -> None:
        try:
            if not self._opened:
                self._folder.open()
                self.recovered = self._folder.recover()
                self._opened = True
                self._survey = self._folder.log.survey()
                self._in_months = self._folder.log.months.count()
            self._write(now, sync=sync)
            if self._is_time_to_fold(now):
                self._fold()
            elif self._survey is not None and not self._sessions and not sync:
                self._look_further()
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
        """Append to the journals; durable at every checkpoint, and twice a second.

        A session that is durable with its complete record is kept, and its futures end. Nothing
        after one that failed is linked: numbers are given in the order in which they last.
        """
        due = sync or now >= self._synced + SYNC_EVERY_S
        for session in self._sessions:
            if session.record is not None and session.linked is None:
                session.link(self._linked(session, session.record))
            if session.unsynced:
                durable = due or session.pressing
                session.write(sync=durable)
                if durable:
                    self._synced = now
                    self._probe_at = now + PROBE_EVERY_S
            if session.durable and session.kept:
                self._told_kept(session, now)

    def _linked(self, session: Running, record: Record) -> Record:
        known = None if session.begun else self._folder.log.months.find(record)
        return known or self._folder.log.link(record, session.members)

    def _told_kept(self, session: Running, now: float) -> None:
        kept, session.kept = session.kept, []
        self._kept_at, self._fold_at = now, now + FOLD_AFTER_S
        if session.linked is not None:
            for future in kept:
                future.set_result(session.linked)

    def _is_time_to_fold(self, now: float) -> bool:
        waiting = self._waiting()
        if not waiting or len(waiting) >= MOST_WAITING:
            return bool(waiting)
        if self._is_open() or now < self._fold_at:
            return False
        records = [one.linked for one in waiting if one.linked is not None]
        size = self._folder.log.months.rewritten_bytes(records)
        self._fold_at = self._kept_at + min(size / FOLD_BYTES_PER_S, FOLD_AT_LATEST_S)
        return now >= self._fold_at

    def _fold(self) -> None:
        """Put every session that is kept into the log's months."""
        waiting = self._waiting()
        self._folder.fold(waiting)
        self._sessions = [session for session in self._sessions if session not in waiting]
        self._in_months = self._folder.log.months.count()

    def _look_further(self) -> None:
        """Look at one more month, while nobody needs the disk."""
        if self._survey is not None and next(self._survey, self) is self:
            self._survey = None
            self._in_months = self._folder.log.months.count()

    def _answer(self) -> None:
        asked, self._asked = self._asked, []
        waiting = [one.linked for one in self._waiting() if one.linked is not None]
        for question, answer in asked:
            try:
                answer.set_result(question.answer(self._folder.log.months, waiting))
            except OSError as error:
                answer.set_exception(DataUnusable(str(sentence_of(error))))

    def _look(self, now: float) -> None:
        """Look at the disk: room and write protection, and now and then a real write."""
        self._look_at = now + LOOK_EVERY_S
        found = room(self._folder.data, self._min_free_bytes)
        if found is None and (now >= self._probe_at or self._blocked is not None):
            self._probe_at = now + PROBE_EVERY_S
            found = probe(self._folder.data)
        self._blocked = found
