"""The data folder: what lies where in it, and the way of a session through it.

journal/ (running, then closed and linked: kept) → traces/ (its trace) → log/ (its record) → journal
deleted. Each step is durable before the next, and each may be done again, so that a crash at any
point neither loses a session nor doubles it.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from kiosk.records.chain import Record
from kiosk.records.chart import keep_chart
from kiosk.records.errors import BadRecord, BrokenFile, DataUnusable
from kiosk.records.files import (
    clean_temps,
    delete_all,
    files_set_aside,
    lock_folder,
    make_folder,
    set_aside,
)
from kiosk.records.journal import Journal, read_journal, session_id_of
from kiosk.records.log import Log
from kiosk.records.recovery import record_of
from kiosk.records.running import Running
from kiosk.records.trace import Row, write_trace
from profiles.saying import Said, Saying, saying

log = logging.getLogger(__name__)


class Folder:
    """One data folder, held by this process. One thread uses it; ``OSError`` is the disk's."""

    def __init__(self, data: Path) -> None:
        """Take the folder, making it where it is missing.

        Raises :class:`DataUnusable` when that cannot be, :class:`DataLocked` when another
        process has it.
        """
        try:
            make_folder(data)
        except OSError as error:
            raise DataUnusable(f"{data}: cannot be made ({error.strerror})") from error
        self.data = data
        self._journal = data / "journal"
        self._traces = data / "traces"
        self._charts = data / "charts"
        self._kept = data / "log"
        self._faults: list[Saying] = []
        self.log = Log(self._kept, self._fault)
        self._lock: int | None = lock_folder(data)

    def open(self) -> None:
        """Make the folders and agree with the log. May be called again after an ``OSError``."""
        for folder in (self._journal, self._traces, self._charts, self._kept):
            make_folder(folder)
            clean_temps(folder)
            self._tell_set_aside(folder)
        for folder in (self.data, self.data / "profiles", self.data / "settings"):
            self._tell_set_aside(folder)
        self.log.open()

    def recover(self) -> tuple[Record, ...]:
        """Close each session that a crash left open and put all into the log; return the former.

        One that was closed already goes on with the number it had. May be called again after an
        ``OSError``, but only before a new session is journaled.
        """
        found = [(path, journal) for path in self._journals() if (journal := self._read(path))]
        # Closed ones first, in the order of their numbers: they were promised.
        found.sort(key=lambda one: (_number(one[1]), one[0]))
        linked: list[Record] = []
        recovered: list[Record] = []
        for path, journal in found:
            try:
                record = self._linked(journal)
            except BadRecord as error:
                log.warning("%s is broken: %s", path.name, error)
                self._set_aside(path, saying("no record can be made of it"))
                continue
            self._write_trace(session_id_of(record), journal.rows)
            linked.append(record)
            if not journal.closed:
                recovered.append(record)
                log.info("session %s recovered as %s", record["session_id"], record["outcome"])
        self.log.keep(linked)
        for path, journal in found:
            if journal.damaged and path.exists():
                self._set_aside(path)
        delete_all(path for path, _journal in found if path.exists())
        return tuple(recovered)

    def fold(self, sessions: Sequence[Running]) -> None:
        """Put closed, linked sessions and their traces where they belong; forget their journals."""
        records = [one.linked for one in sessions if one.linked is not None]
        for one in sessions:
            self._write_trace(one.session_id, one.rows)
        self.log.keep(records)
        delete_all(one.path for one in sessions)
        for one in sessions:
            one.release()

    def faults(self) -> Said:
        """Return a sentence for each file that is broken and each record that is missing."""
        return tuple(self._faults)

    def release(self) -> None:
        """Let other processes have the folder."""
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def _journals(self) -> list[Path]:
        return sorted(self._journal.glob("*.jsonl"))

    def _read(self, path: Path) -> Journal | None:
        """Read a journal; one that says nothing is set aside."""
        try:
            return read_journal(path.read_bytes())
        except BrokenFile as error:
            self._set_aside(path, error.said[0])
            return None

    def _linked(self, journal: Journal) -> Record:
        """Return the record of a journal as it stands, or will stand, in the log."""
        record = record_of(journal)
        known = self.log.months.find(record)
        if known is not None:
            return known
        if journal.closed and self.log.adopt(record):
            return record
        return self.log.link(record)

    def _write_trace(self, session_id: str, rows: Iterable[Row]) -> None:
        """Write a trace, and its chart, which only saves time and may be missing."""
        content = write_trace(self._traces / f"{session_id}.csv", rows)
        with contextlib.suppress(OSError):
            keep_chart(self._charts, session_id, content)

    def _tell_set_aside(self, folder: Path) -> None:
        """Name what was set aside in a folder, of the log or of others; settings tell themselves.

        Some of it is found only while somebody walks or looks: it is named from the next start on.
        """
        for path in files_set_aside(folder):
            if not path.name.startswith("preferences"):
                name = str(path.relative_to(self.data))
                self._fault(saying("{file} was set aside as broken.", file=name))

    def _set_aside(self, path: Path, why: Saying | None = None) -> None:
        file, aside = f"journal/{path.name}", set_aside(path).name
        if why is None:
            self._fault(saying("{file} is damaged: set aside as {aside}.", file=file, aside=aside))
        else:
            words = saying(
                "{file} is broken ({why}): set aside as {aside}.", file=file, why=why, aside=aside
            )
            self._fault(words)

    def _fault(self, said: Saying) -> None:
        if said not in self._faults:
            log.warning("%s", said)
            self._faults.append(said)


def _number(journal: Journal) -> float:
    """Return the number a closed session has; what has none comes after all that have."""
    number = (journal.record or {}).get("seq") if journal.closed else None
    return number if isinstance(number, int) else float("inf")
