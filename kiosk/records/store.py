"""The store: one thread does all disk work, so that neither a screen nor a walk waits for a disk.

What comes in is taken into memory at once. A disk that fails loses nothing of a running session:
it stays in memory, everything is tried again, and :meth:`Store.health` says why no new session
may start.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from kiosk.records import questions
from kiosk.records.chain import Record, members_of
from kiosk.records.clerk import Clerk
from kiosk.records.errors import BadRecord, StoreBusy, StoreStopped
from kiosk.records.folder import Folder
from kiosk.records.health import MIN_FREE_BYTES
from kiosk.records.journal import month_of, session_id_of
from kiosk.records.questions import Question
from kiosk.records.running import Running
from kiosk.records.trace import Row
from profiles.saying import Said, saying

log = logging.getLogger(__name__)

MAX_WAITING: Final = 64
"""Calls that may wait for the disk before a question is refused; rows are merged, not counted."""


class _Rows(msgspec.Struct):
    """Rows and the newest checkpoint that wait for the worker."""

    rows: list[Row]
    checkpoint: dict[str, Any] | None


_Job = Callable[[Clerk], None] | _Rows


class Store:
    """The sessions of one data folder. Every method may be called from any thread.

    ``on_death`` is called, in the worker's thread, when the worker ends by an unexpected
    exception: it must end the process, because nothing is kept from then on.
    """

    def __init__(
        self,
        data: Path,
        *,
        on_death: Callable[[BaseException], None],
        min_free_bytes: int = MIN_FREE_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Touch nothing yet. ``clock`` is monotonic, in seconds; it only spaces out retries."""
        self._data = data
        self._on_death = on_death
        self._min_free_bytes = min_free_bytes
        self._clock = clock
        self._folder: Folder | None = None
        self._clerk: Clerk | None = None
        self._jobs: deque[_Job] = deque()
        self._wake = threading.Condition()
        self._stopping = False
        self._dead = False
        self._whole = False
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> tuple[Record, ...]:
        """Take the folder and close every session that a crash left open; return their records.

        Raises :class:`DataLocked` when another kiosk has the folder and :class:`DataUnusable`
        when it cannot be made. A disk that cannot be written is no error: see :meth:`health`.
        """
        self._folder = Folder(self._data)
        clerk = Clerk(self._folder, self._clock, self._min_free_bytes)
        self._clerk = clerk
        self._thread = threading.Thread(target=self._run, args=(clerk,), name="store", daemon=True)
        self._thread.start()
        self._ready.wait()
        return clerk.recovered

    def begin(self, head: Mapping[str, Any]) -> None:
        """Journal a session from now on: ``session_id``, ``started_at`` and its static facts.

        Raises :class:`BadRecord` for a head that can name no file; never for the disk.
        """
        copy = _copy(head)
        session = Running(copy, self._data / "journal")
        month_of(copy)
        self._post(lambda clerk: clerk.begin(session))

    def append(self, rows: Sequence[Row], checkpoint: Mapping[str, Any] | None = None) -> None:
        """Journal rows of the trace, and the record so far: once a second and at each event."""
        copy = None if checkpoint is None else _copy(checkpoint)
        with self._wake:
            self._check_open()
            last = self._jobs[-1] if self._jobs else None
            if isinstance(last, _Rows):
                last.rows += rows
                last.checkpoint = copy or last.checkpoint
            else:
                self._jobs.append(_Rows(list(rows), copy))
            self._wake.notify()

    def close(self, record: Mapping[str, Any]) -> Future[Record]:
        """Close the session; the future ends with its linked record when that is durable.

        Until then it stays pending, however long the disk fails; it ends with
        :class:`StoreStopped` when the store is stopped before. Raises :class:`BadRecord` for what
        can never be kept.
        """
        copy = _copy(record)
        month_of(copy)
        session = Running(copy, self._data / "journal")
        session.members = members_of(copy)
        kept: Future[Record] = _future()
        self._post(lambda clerk: clerk.close(session, copy, kept))
        return kept

    def last_sessions(self, count: int) -> Future[list[Record]]:
        """Ask for the newest kept records, newest first."""
        return self._ask(questions.last(count))

    def sessions_of(self, profile_code: str, count: int) -> Future[list[Record]]:
        """Ask for a person's newest kept records, newest first."""
        return self._ask(questions.of_person(profile_code, count))

    def sessions_between(self, since: datetime, until: datetime) -> Future[list[Record]]:
        """Ask for the records that began from ``since`` on and before ``until``, oldest first.

        Both know their zone; a day or a month is that of whoever asks.
        """
        return self._ask(questions.between(_utc(since), _utc(until)))

    def count(self) -> int | None:
        """Return how many sessions are kept; None while that is not known."""
        return None if self._clerk is None else self._clerk.count

    def _ask(self, question: Question) -> Future[list[Record]]:
        answer: Future[list[Record]] = _future()
        if len(self._jobs) >= MAX_WAITING:
            answer.set_exception(StoreBusy("the disk does not keep up"))
        else:
            self._post(lambda clerk: clerk.ask(question, answer))
        return answer

    def health(self) -> Said | None:
        """Return why no session may start, as a few sentences, the mend last, or None."""
        if self._clerk is None or self._dead or self._stopping:
            return (saying("The log is not open."),)
        return self._clerk.health

    def faults(self) -> Said:
        """Return a sentence for each file set aside and each record found missing."""
        return () if self._folder is None else self._folder.faults()

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Write what waits and let go of the folder; say whether everything is on the disk.

        A session that still runs keeps its journal: the next start closes it as interrupted.
        """
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self._whole

    def _post(self, job: Callable[[Clerk], None]) -> None:
        with self._wake:
            self._check_open()
            self._jobs.append(job)
            self._wake.notify()

    def _check_open(self) -> None:
        if self._clerk is None or self._stopping or self._dead:
            raise StoreStopped("the store is not running")

    def _run(self, clerk: Clerk) -> None:
        try:
            self._serve(clerk)
        except BaseException as error:
            self._dead = True
            log.critical("the store's worker died: %s", type(error).__name__, exc_info=True)
            self._on_death(error)
        finally:
            self._ready.set()

    def _serve(self, clerk: Clerk) -> None:
        clerk.work(urgent=True)
        self._ready.set()
        stopping = False
        while not stopping:
            with self._wake:
                if not self._jobs and not self._stopping:
                    self._wake.wait(clerk.due_s())
                jobs = [*self._jobs]
                self._jobs.clear()
                stopping = self._stopping
            urgent = stopping
            for job in jobs:
                if isinstance(job, _Rows):
                    clerk.append(job.rows, job.checkpoint)
                else:
                    job(clerk)
                    urgent = True
            clerk.work(urgent=urgent)
        self._whole = clerk.finish()


def _future() -> Future[Any]:
    """Return a future that nobody can cancel: what was asked to be kept is kept."""
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()
    return future


def _utc(moment: datetime) -> str:
    """Return a moment as ``started_at`` is written."""
    utc = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return utc.replace("+00:00", "Z")


def _copy(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain JSON values of one's own; not a number becomes None, which is unknown."""
    try:
        copy: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(dict(content)))
    except (TypeError, ValueError) as error:
        raise BadRecord(f"not JSON: {error}") from error
    session_id_of(copy)
    return copy
