"""The log as it was at one moment, read beside a running kiosk: nothing is locked or changed.

The kiosk replaces a month's file whole, so a file that was opened stays what it was. Only where
each record stands is kept in memory (about 300 bytes each): 100,000 records are never held at once.
Unlike the log itself, a reader sets no broken file aside: it leaves the folder as it found it.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from kiosk.records.chain import Record
from kiosk.records.errors import BrokenFile, DataUnusable
from kiosk.records.files import PREVIOUS

_TABLE: Final = "sessions"
_MONTH: Final = re.compile(r"\d{4}-\d\d\.json")
_NAME: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
_MAX_TRACE_BYTES: Final = 64 * 1024 * 1024
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC

_tables = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]])


class _Key(msgspec.Struct, frozen=True):
    """The part of a record by which an export chooses and sorts."""

    seq: int
    session_id: str
    started_at: str | None = None
    profile_code: str | None = None
    clock_trusted: bool | None = None


_key = msgspec.json.Decoder(_Key)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One record: what it is sorted by, and where its bytes stand (file, offset, length)."""

    seq: int
    session_id: str
    started_at: str | None
    profile_code: str | None
    clock_trusted: bool
    file: int
    offset: int
    length: int


class LogReader:
    """The records and traces of one data folder. One thread uses it; close it when done.

    ``faults`` holds a sentence for each part of the log that could not be read; the rest is served.
    ``running`` counts sessions that are not closed yet, which are no part of the log.
    """

    def __init__(self, data: Path) -> None:
        """Open every month. Raises :class:`DataUnusable` when there is no such folder."""
        self.faults: list[str] = []
        self._data = data
        self._files: list[int] = []
        self._entries: list[Entry] = []
        try:
            names = set(os.listdir(data / "log")) if (data / "log").is_dir() else set()  # noqa: PTH208
            if not data.is_dir():
                raise DataUnusable(f"{data}: there is no data folder")
            self.running = sum(1 for _ in (data / "journal").glob("*.jsonl"))
            months = {name.removesuffix(PREVIOUS) for name in names}
            for month in sorted(name for name in months if _MONTH.fullmatch(name)):
                self._open_month(month)
        except OSError as error:
            self.close()
            if isinstance(error, DataUnusable):
                raise
            raise DataUnusable(f"{data}: cannot be read ({error.strerror})") from error
        self._sort()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files."""
        files, self._files = self._files, []
        for file in files:
            os.close(file)

    @property
    def entries(self) -> list[Entry]:
        """Every record, in the order of the log."""
        return self._entries

    def raw(self, entry: Entry) -> bytes:
        """Return a record's bytes as they stand in the log. Raises ``OSError`` as the disk does."""
        return os.pread(self._files[entry.file], entry.length, entry.offset)

    def record(self, entry: Entry) -> Record:
        """Return a record. Raises :class:`BrokenFile` when somebody wrote over its file."""
        try:
            record = msgspec.json.decode(self.raw(entry))
        except msgspec.DecodeError as error:
            raise BrokenFile("the log was changed in place while it was read") from error
        if not isinstance(record, dict):
            raise BrokenFile("the log was changed in place while it was read")
        return record

    def trace_bytes(self, entry: Entry) -> int:
        """Return the size of a session's trace, 0 when it has none."""
        try:
            return (self._data / "traces" / f"{entry.session_id}.csv").stat().st_size
        except OSError:
            return 0

    def trace(self, entry: Entry) -> bytes | None:
        """Return a session's trace as it lies on the disk, or None when it has none.

        One that cannot be read is None as well, and a fault.
        """
        path = self._data / "traces" / f"{entry.session_id}.csv"
        try:
            file = os.open(path, _READ)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._fault(f"A trace cannot be read ({error.strerror}).")
            return None
        try:
            size = os.fstat(file).st_size
            if size > _MAX_TRACE_BYTES:
                self._fault("A trace is far too large: it was left out.")
                return None
            return os.read(file, size)
        except OSError as error:
            self._fault(f"A trace cannot be read ({error.strerror}).")
            return None
        finally:
            os.close(file)

    def _open_month(self, month: str) -> None:
        """Index a month; where its file is broken, the generation before it is served."""
        for name in (month, month + PREVIOUS):
            try:
                self._index(self._data / "log" / name)
            except FileNotFoundError:
                continue
            except OSError as error:
                self._fault(f"log/{name} cannot be read ({error.strerror}).")
            except (BrokenFile, msgspec.DecodeError, UnicodeDecodeError):
                self._fault(f"log/{name} is broken.")
            else:
                if name != month:
                    self._fault(f"log/{month} is missing: its previous generation was read.")
                return

    def _index(self, path: Path) -> None:
        file = os.open(path, _READ)
        try:
            with open(file, "rb", closefd=False) as stream:
                content = stream.read()
            found = list(self._found(content, len(self._files)))
        except BaseException:
            os.close(file)
            raise
        self._files.append(file)
        self._entries += found

    def _found(self, content: bytes, file: int) -> Iterator[Entry]:
        """Return where each document of a TinyDB file stands in its bytes."""
        position = 0
        for raw in _tables.decode(content).get(_TABLE, {}).values():
            document = bytes(raw)
            position = content.index(document, position)
            key = _key.decode(document)
            if not _NAME.fullmatch(key.session_id):
                raise BrokenFile("a session's number is no name")
            yield Entry(
                key.seq,
                key.session_id,
                key.started_at,
                key.profile_code,
                key.clock_trusted is True,
                file,
                position,
                len(document),
            )
            position += len(document)

    def _sort(self) -> None:
        """Put the records in the order of the log; one that is there twice counts once."""
        seen: dict[str, Entry] = {}
        for entry in sorted(self._entries, key=lambda entry: entry.seq):
            if seen.setdefault(entry.session_id, entry) is not entry:
                self._fault("A session is in the log twice: its first record was read.")
        self._entries = list(seen.values())

    def _fault(self, text: str) -> None:
        if text not in self.faults:
            self.faults.append(text)


def kiosk_id(data: Path) -> str | None:
    """Return the number of the kiosk whose folder this is, without making one; None if unknown."""
    with contextlib.suppress(OSError, UnicodeDecodeError):  # a folder without it is still exported
        known: Any = (data / "kiosk_id").read_text(encoding="ascii").strip()
        if _NAME.fullmatch(known):
            return str(known)
    return None
