"""The log: one TinyDB file a month, chained from record to record, with the head beside it.

The month is that of ``started_at``; the order of the log is ``seq`` alone, because the wall clock
may jump. Everything here reads whole files: how that stays quick after years is decided below
this class, where nobody else looks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from tinydb import TinyDB, where
from tinydb.table import Document

from kiosk.records import chain
from kiosk.records.chain import Head, Record
from kiosk.records.errors import BrokenFile
from kiosk.records.files import PREVIOUS, set_aside, write_atomically
from kiosk.records.journal import month_of, session_id_of
from kiosk.records.storage import SafeStorage, Tables

log = logging.getLogger(__name__)

TABLE: Final = "sessions"
_HEAD_FILE: Final = "head.json"
_MONTH_FILES: Final = "[0-9][0-9][0-9][0-9]-[0-9][0-9].json"


class Log:
    """The kept sessions of one data folder. One thread uses it; ``OSError`` comes from the disk."""

    def __init__(self, folder: Path, on_fault: Callable[[str], None]) -> None:
        """Look at nothing yet; :meth:`open` does. ``on_fault`` hears a sentence per fault."""
        self._folder = folder
        self._on_fault = on_fault
        self._head = Head()

    @property
    def head(self) -> Head:
        """The newest record's number and hash."""
        return self._head

    def open(self) -> None:
        """Read the head and make it agree with the records, without hiding what is missing.

        A crash between the record and the head leaves the head one or more behind: it is moved
        on. A head that is ahead of the records, or names another one, stays: the next record
        follows on *it*, so that the gap shows for ever.
        """
        newest = self._newest()
        kept = self._read_head()
        text = _disagreement(kept, newest)
        if text is not None:
            self._on_fault(text)
        self._head = kept or Head()
        if newest is not None and newest["seq"] > self._head.seq:
            self._move_head(chain.head_of(newest))

    def keep(self, record: Record) -> Record:
        """Link a record to the chain and make it durable; return it as it is kept.

        A session that is in the log already is not added again: it is written once more (a retry
        cannot know what its first attempt left on the disk) and returned as it was.
        """
        path = self._folder / f"{month_of(record)}.json"
        session_id = session_id_of(record)
        with self._database(path) as database:
            table = database.table(TABLE)
            found = table.get(where("session_id") == session_id)
            if isinstance(found, Document):
                linked = dict(found)
                database.storage.write(database.storage.read() or {})
            else:
                linked = chain.link(record, self._head.seq + 1, self._head.hash)
                table.insert(Document(linked, doc_id=linked["seq"]))
        if linked["seq"] > self._head.seq:
            self._move_head(chain.head_of(linked))
        return linked

    def last(self, count: int) -> list[Record]:
        """Return the newest records, newest first."""
        return sorted(self.records(), key=lambda record: record["seq"], reverse=True)[:count]

    def records(self) -> Iterator[Record]:
        """Return every record that can be read, month by month."""
        for path in self._months():
            with self._database(path) as database:
                yield from (dict(document) for document in database.table(TABLE))

    def _newest(self) -> Record | None:
        return max(self.records(), key=lambda record: record["seq"], default=None)

    def _months(self) -> list[Path]:
        """Return the months' files, also those of which only the previous generation is left."""
        found = {
            path.with_name(path.name.removesuffix(PREVIOUS))
            for pattern in (_MONTH_FILES, _MONTH_FILES + PREVIOUS)
            for path in self._folder.glob(pattern)
        }
        return sorted(found)

    def _database(self, path: Path) -> TinyDB:
        return TinyDB(path, self._on_fault, _check_tables, storage=SafeStorage)

    def _read_head(self) -> Head | None:
        """Return the head as it was kept, else the one before it, else None."""
        for path in (self._folder / _HEAD_FILE, self._folder / (_HEAD_FILE + PREVIOUS)):
            try:
                return msgspec.json.decode(path.read_bytes(), type=Head)
            except FileNotFoundError:
                continue
            except (msgspec.MsgspecError, ValueError):
                aside = set_aside(path)
                self._on_fault(f"{path.name} is broken: set aside as {aside.name}.")
        return None

    def _move_head(self, head: Head) -> None:
        write_atomically(self._folder / _HEAD_FILE, msgspec.json.encode(head), keep_previous=True)
        self._head = head


def _disagreement(kept: Head | None, newest: Record | None) -> str | None:
    """Return what is wrong between the head and the newest record, or None.

    Behind by the one record that follows on it, is what a crash between the two leaves.
    """
    last = Head() if newest is None else chain.head_of(newest)
    if kept is None and last.seq > 1:
        return f"{_HEAD_FILE} was lost: made anew from the records."
    kept = kept or Head()
    if last.seq < kept.seq:
        return f"Records {last.seq + 1} to {kept.seq} are missing from the log."
    if last.seq == kept.seq:
        return None if last == kept else f"Record {kept.seq} is not the one that was kept."
    if newest is not None and last.seq == kept.seq + 1 and newest["prev_hash"] == kept.hash:
        return None
    return f"{_HEAD_FILE} names record {kept.seq}, and {last.seq} does not follow on it."


def _check_tables(tables: Tables) -> None:
    """Raise :class:`BrokenFile` for a document that is no record: damage that is still JSON."""
    for number, document in tables.get(TABLE, {}).items():
        if not _is_record(number, document):
            raise BrokenFile(f"document {number} is no record")


def _is_record(number: str, document: dict[str, Any]) -> bool:
    return (
        str(document.get("seq")) == number
        and isinstance(document.get("seq"), int)
        and isinstance(document.get("hash"), str)
        and isinstance(document.get("prev_hash"), str)
        and isinstance(document.get("session_id"), str)
    )
