"""The data folder: what lies where in it, and the way of a session through it.

journal/ (running) → traces/ (its trace) → log/ (its record) → journal deleted. Each step is
durable before the next, and each may be done again, so that a crash at any point neither loses a
session nor doubles it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from kiosk.records.chain import Record
from kiosk.records.errors import BadRecord, BrokenFile, DataUnusable
from kiosk.records.files import (
    clean_temps,
    delete,
    files_set_aside,
    lock_folder,
    make_folder,
    set_aside,
)
from kiosk.records.journal import read_journal, session_id_of
from kiosk.records.log import Log
from kiosk.records.recovery import record_of
from kiosk.records.trace import Row, write_trace

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
        self._kept = data / "log"
        self._faults: list[str] = []
        self._log = Log(self._kept, self._fault)
        self._lock: int | None = lock_folder(data)

    def open(self) -> None:
        """Make the folders and agree with the log. May be called again after an ``OSError``."""
        for folder in (self._journal, self._traces, self._kept):
            make_folder(folder)
            clean_temps(folder)
            for path in files_set_aside(folder):
                self._fault(f"{path.relative_to(self.data)} was set aside as broken.")
        self._log.open()

    def recover(self) -> Iterator[Record]:
        """Close each session that a crash left open, and return its record.

        May be called again after an ``OSError``, but only before a new session is journaled.
        """
        for path in sorted(self._journal.glob("*.jsonl")):
            record = self._recover(path)
            if record is not None:
                yield record

    def keep(self, record: Record, rows: Iterable[Row]) -> Record:
        """Put a complete record and its trace on the disk, durably; return it as it is kept."""
        write_trace(self._traces / f"{session_id_of(record)}.csv", rows)
        return self._log.keep(record)

    def last(self, count: int) -> list[Record]:
        """Return the newest records, newest first."""
        return self._log.last(count)

    def faults(self) -> tuple[str, ...]:
        """Return a sentence for each file that is broken and each record that is missing."""
        return tuple(self._faults)

    def release(self) -> None:
        """Let other processes have the folder."""
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def _recover(self, path: Path) -> Record | None:
        """Close the session of a journal; a journal that says nothing is set aside."""
        try:
            journal = read_journal(path.read_bytes())
            record = self.keep(record_of(journal), journal.rows)
        except (BrokenFile, BadRecord) as error:
            aside = set_aside(path)
            self._fault(f"journal/{path.name} is broken ({error}): set aside as {aside.name}.")
            return None
        if journal.damaged:
            aside = set_aside(path)
            self._fault(f"journal/{path.name} is damaged: set aside as {aside.name}.")
        else:
            delete(path)
        log.info("session %s recovered as %s", record["session_id"], record["outcome"])
        return record

    def _fault(self, text: str) -> None:
        if text not in self._faults:
            log.warning("%s", text)
            self._faults.append(text)
