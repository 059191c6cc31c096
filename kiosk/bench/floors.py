"""What keeping a session is measured against: the same bytes, kept in other ways.

Each has the shape of :class:`Keeper`: what a running session journals, then the close, which alone
is measured. None of them checks, chains or sets anything aside.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from kiosk.records.chain import NO_HASH, Record
from kiosk.records.files import write_all
from kiosk.records.journal import CheckpointEntry, ClosedEntry, HeadEntry, RowsEntry, line_of
from kiosk.records.trace import Row


class Closing(NamedTuple):
    """A session about to be closed: what was journaled of it, and what its close keeps.

    ``closed`` is the line that the store's journal gets at the close, to the byte's number.
    """

    head: Record
    rows: list[Row]
    checkpoint: Record
    record: Record
    journaled: bytes
    closed: bytes


class Keeper(Protocol):
    """Something that keeps sessions. ``name`` is that of its figure."""

    name: str

    def journal(self, closing: Closing) -> None:
        """Take what comes before the close, durably."""

    def close(self, closing: Closing) -> None:
        """Keep the session: it is durable when this returns."""

    def settle(self) -> None:
        """Have nothing under way any more."""


def closing_of(record: Record, rows: list[Row]) -> Closing:
    """Return a session a moment before its end: all but its last event is journaled already."""
    facts = ("session_id", "started_at", "schema", "kiosk_id", "boot_id", "app_version", "sensor")
    head = {name: record[name] for name in facts}
    checkpoint = {**record, "events": record["events"][:-1]}
    linked = {**record, "seq": 100_000, "prev_hash": NO_HASH, "hash": NO_HASH}
    journaled = (
        line_of(HeadEntry(head)) + line_of(RowsEntry(rows)) + line_of(CheckpointEntry(checkpoint))
    )
    return Closing(head, rows, checkpoint, record, journaled, line_of(ClosedEntry(linked)))


class Append:
    """An append and fdatasync: what being durable costs at the very least."""

    def __init__(self, name: str, path: Path) -> None:
        """Make the file."""
        self.name = name
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)

    def journal(self, closing: Closing) -> None:
        """Append what is journaled."""
        self._append(closing.journaled)

    def close(self, closing: Closing) -> None:
        """Append the closed line."""
        self._append(closing.closed)

    def settle(self) -> None:
        """Nothing is ever under way."""

    def end(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _append(self, content: bytes) -> None:
        write_all(self._file, content)
        os.fdatasync(self._file)


class Sqlite:
    """SQLite with its write-ahead log and ``synchronous=FULL``, the usual durable choice."""

    def __init__(self, name: str, path: Path, kept: Iterable[bytes]) -> None:
        """Make the database with what is ``kept`` already."""
        self.name = name
        self._database = sqlite3.connect(path)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        for table in ("journal", "sessions"):
            self._database.execute(f"CREATE TABLE {table} (seq INTEGER PRIMARY KEY, record BLOB)")
        self._database.executemany(
            "INSERT INTO sessions (record) VALUES (?)", ((record,) for record in kept)
        )
        self._database.commit()

    def journal(self, closing: Closing) -> None:
        """Insert what is journaled, in a transaction of its own."""
        self._insert("INSERT INTO journal (record) VALUES (?)", closing.journaled)

    def close(self, closing: Closing) -> None:
        """Insert the session."""
        self._insert("INSERT INTO sessions (record) VALUES (?)", closing.closed)

    def settle(self) -> None:
        """Nothing is ever under way."""

    def end(self) -> None:
        """Close the database."""
        self._database.close()

    def _insert(self, statement: str, content: bytes) -> None:
        self._database.execute(statement, (content,))
        self._database.commit()


def stock_words(record: Record) -> dict[str, Any]:
    """Return a record as stock TinyDB gets it: with a place in the chain, which is not worked out.

    So that it inserts as many bytes as everybody else.
    """
    return {**record, "seq": 100_000, "prev_hash": NO_HASH, "hash": NO_HASH}
