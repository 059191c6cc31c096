"""One session that is in no month yet: all of it in memory, as much as possible on disk.

The memory is what makes a failing disk harmless: after any failed write or fsync nobody knows
what is on the disk (the kernel may have dropped the pages), so the journal is then written anew,
whole, from here.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from kiosk.records.chain import Members, Record, members_of
from kiosk.records.files import create_new, write_all
from kiosk.records.journal import (
    CheckpointEntry,
    ClosedEntry,
    Entry,
    HeadEntry,
    RowsEntry,
    line_of,
    session_id_of,
)
from kiosk.records.trace import Row, rounded


class Running:
    """A session from its begin until it is in its month. Used by the store's worker alone.

    ``rows`` is the trace so far, ``checkpoint`` the newest record so far, ``record`` the complete
    one once the session is closed, ``linked`` the same with its place in the chain, ``kept`` the
    futures that end when that is durable. One that was never ``begun`` may be in the log already.
    """

    def __init__(self, head: dict[str, Any], folder: Path) -> None:
        """Remember the head; nothing is written before :meth:`write`."""
        self.session_id = session_id_of(head)
        self.head = head
        self.rows: list[Row] = []
        self.checkpoint: dict[str, Any] | None = None
        self.record: Record | None = None
        self.members: Members | None = None
        self.linked: Record | None = None
        self.kept: list[Future[Record]] = []
        self.begun = False
        self.path = folder / f"{self.session_id}.jsonl"
        self._descriptor: int | None = None
        self._unwritten: list[Entry] = []
        self._unsynced = False

    @property
    def unsynced(self) -> bool:
        """Whether a power cut now would lose something that was taken."""
        return self._descriptor is None or bool(self._unwritten) or self._unsynced

    @property
    def durable(self) -> bool:
        """Whether the complete record is on the disk: the session is kept."""
        return self.linked is not None and not self.unsynced

    @property
    def pressing(self) -> bool:
        """Whether more than rows of the trace waits: a record, or the journal itself."""
        return self._descriptor is None or any(
            not isinstance(entry, RowsEntry) for entry in self._unwritten
        )

    def add(self, rows: Iterable[Row], checkpoint: dict[str, Any] | None) -> None:
        """Take rows of the trace and the record so far; :meth:`write` puts them on the disk."""
        new = [rounded(row) for row in rows]
        if new:
            self.rows += new
            self._append(RowsEntry(new))
        if checkpoint is not None:
            self.checkpoint = checkpoint
            members_of(checkpoint)  # remembers what is new, for the hash at the end
            self._append(CheckpointEntry(checkpoint))

    def link(self, linked: Record) -> None:
        """Take the complete record with its place in the chain."""
        self.linked = linked
        self._append(ClosedEntry(linked))

    def write(self, *, sync: bool) -> None:
        """Append what is new; with ``sync`` it is durable when this returns.

        Raises ``OSError`` where the disk does; the next call then writes everything anew.
        """
        try:
            if self._descriptor is None:
                self._descriptor = create_new(self.path, self._whole())
                self._unwritten.clear()
                return
            if self._unwritten:
                self._unsynced = True
                write_all(self._descriptor, b"".join(map(line_of, self._unwritten)))
                self._unwritten.clear()
            if sync and self._unsynced:
                os.fdatasync(self._descriptor)
                self._unsynced = False
        except OSError:
            self.release()
            raise

    def release(self) -> None:
        """Close the journal's file, and know nothing about it any more."""
        descriptor, self._descriptor = self._descriptor, None
        self._unsynced = False
        self._unwritten.clear()
        if descriptor is not None:
            with contextlib.suppress(OSError):  # it says again what fdatasync said
                os.close(descriptor)

    def _append(self, entry: Entry) -> None:
        """Remember an entry for a journal that exists; a new one is written whole anyway."""
        if self._descriptor is not None:
            self._unwritten.append(entry)

    def _whole(self) -> bytes:
        """Return a journal that says everything there is."""
        entries: list[Entry] = [HeadEntry(self.head), RowsEntry(self.rows)]
        if self.linked is not None:
            entries.append(ClosedEntry(self.linked))
        elif self.checkpoint is not None:
            entries.append(CheckpointEntry(self.checkpoint))
        return b"".join(map(line_of, entries))
