"""TinyDB's files, safe against power loss: the same JSON that plain TinyDB opens.

TinyDB's own ``JSONStorage`` writes in place (a power cut leaves half a file) and takes an empty
file for an empty database, so that the next insert buries what was there. Here a file is replaced
whole, its previous generation is kept, and what cannot be read is set aside, never overwritten.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinydb.storages import Storage

from kiosk.records.errors import BrokenFile
from kiosk.records.files import PREVIOUS, set_aside, write_atomically

log = logging.getLogger(__name__)

Tables = dict[str, dict[str, Any]]


class SafeStorage(Storage):
    """One TinyDB file. ``on_fault`` hears one sentence about each file that was set aside.

    ``check`` may raise :class:`BrokenFile` for tables that are JSON but not what they should be.

    Reading and writing raise ``OSError`` where the disk does: a file that cannot be read is not
    an empty one.
    """

    def __init__(
        self,
        path: Path,
        on_fault: Callable[[str], None] = log.warning,
        check: Callable[[Tables], None] | None = None,
    ) -> None:
        """Keep the path; no file is opened or made before the first write."""
        super().__init__()
        self._path = path
        self._on_fault = on_fault
        self._check = check

    def read(self) -> Tables | None:
        """Return the tables; None when there is no file yet, or none that is whole."""
        present = self._read_or_set_aside(self._path)
        if present is not None:
            return present
        previous = self._path.with_name(self._path.name + PREVIOUS)
        tables = self._read_or_set_aside(previous)
        if tables is not None:
            self._on_fault(f"{self._path.name} is missing: its previous generation is served.")
        return tables

    def write(self, data: Tables) -> None:
        """Replace the file, durably; what stood there stays as ``<name>.bak``."""
        content = json.dumps(data, allow_nan=False, separators=(",", ":")).encode("ascii")
        write_atomically(self._path, content, keep_previous=True)

    def _read_or_set_aside(self, path: Path) -> Tables | None:
        try:
            tables = _tables(path.read_bytes())
            if self._check is not None:
                self._check(tables)
            return tables
        except FileNotFoundError:
            return None
        except BrokenFile as error:
            aside = set_aside(path)
            self._on_fault(f"{path.name} is broken ({error}): set aside as {aside.name}.")
            return None


def _tables(content: bytes) -> Tables:
    """Return the tables of a file; raises :class:`BrokenFile` unless it is whole."""
    if not content:
        raise BrokenFile("empty")
    try:
        tables = json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BrokenFile("not JSON") from error
    if not isinstance(tables, dict):
        raise BrokenFile("not a database")
    for documents in tables.values():
        if not isinstance(documents, dict):
            raise BrokenFile("a table that is none")
        for number, document in documents.items():
            if not number.isdecimal() or not isinstance(document, dict):
                raise BrokenFile("a document that is none")
    return tables


def _refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which Python reads though they are not JSON."""
    raise BrokenFile(name)
