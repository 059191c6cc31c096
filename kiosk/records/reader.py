"""The log as it was at one moment, read beside a running kiosk: nothing is locked or changed.

The kiosk replaces a month's file whole, so a file that was opened stays what it was. Only where
each record stands is kept in memory (about 300 bytes each): 100,000 records are never held at once.
Sessions that are kept, and in no month yet, are read from their journals.
Unlike the log itself, a reader sets no broken file aside: it leaves the folder as it found it. A
month whose checksum does not fit is a fault, but it is read, so that the chain can tell what
changed.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import msgspec

from kiosk.records.chain import Record
from kiosk.records.chart import Kept, kept_chart
from kiosk.records.errors import BrokenFile, DataUnusable
from kiosk.records.files import PREVIOUS
from kiosk.records.index import TABLE
from kiosk.records.journal import read_journal
from kiosk.records.log import HEAD_FILE, head_in
from kiosk.records.months import cannot_be_read, gaps
from kiosk.records.salvage import documents_in
from kiosk.records.storage import is_intact
from kiosk.records.trace import Row, to_csv
from profiles.saying import Saying, saying

_MONTH: Final = re.compile(r"\d{4}-\d\d\.json")
_NAME: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
_MAX_TRACE_BYTES: Final = 64 * 1024 * 1024
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC

_IN_JOURNAL: Final = -1
_IN_MEMORY: Final = -2

_tables = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]])


class _Waiting(NamedTuple):
    """A session that is in no month yet."""

    record: bytes
    rows: tuple[Row, ...]


class _Key(msgspec.Struct, frozen=True):
    """The part of a record by which an export chooses and sorts."""

    seq: int
    session_id: str
    started_at: str | None = None
    profile_code: str | None = None
    clock_trusted: bool | None = None


_key = msgspec.json.Decoder(_Key)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One record: what it is sorted by, and where its bytes stand (file, offset, length).

    ``file`` is :data:`_IN_JOURNAL` for a session that is in no month yet, :data:`_IN_MEMORY` for
    one that was saved from a broken month; ``offset`` is then its place.
    """

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
        self.faults: list[Saying] = []
        self._data = data
        self._charts = f"{os.fspath(data)}/charts/"
        self._traces = (
            f"{os.fspath(data)}/traces/"  # a Path for each of 100,000 would cost a second
        )
        self._files: list[int] = []
        self._entries: list[Entry] = []
        self._waiting: list[_Waiting] = []
        self._saved: list[bytes] = []
        self._readable = True
        self.running = 0
        try:
            # The head before all: what it names is in a month from then on, or missing.
            kept = self._last_kept()
            # Journals first: a session that goes into its month meanwhile is then there twice,
            # which is no harm, and never missing.
            self._read_journals()
            waiting = max((entry.seq for entry in self._entries), default=0)
            names = set(os.listdir(data / "log")) if (data / "log").is_dir() else set()  # noqa: PTH208
            if not data.is_dir():
                raise DataUnusable(f"{data}: there is no data folder")
            months = {name.removesuffix(PREVIOUS) for name in names}
            for month in sorted(name for name in months if _MONTH.fullmatch(name)):
                self._open_month(month)
        except OSError as error:
            self.close()
            if isinstance(error, DataUnusable):
                raise
            raise DataUnusable(f"{data}: cannot be read ({error.strerror})") from error
        last = max((entry.seq for entry in self._entries), default=0)
        if self._readable:
            self._tell_missing(last if kept is None else max(kept, waiting))
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
        if entry.file == _IN_JOURNAL:
            return self._waiting[entry.offset].record
        if entry.file == _IN_MEMORY:
            return self._saved[entry.offset]
        return os.pread(self._files[entry.file], entry.length, entry.offset)

    def record(self, entry: Entry) -> Record:
        """Return a record. Raises :class:`BrokenFile` when somebody wrote over its file."""
        try:
            record = msgspec.json.decode(self.raw(entry))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BrokenFile(saying("the log was changed in place while it was read")) from error
        if not isinstance(record, dict):
            raise BrokenFile(saying("the log was changed in place while it was read"))
        return record

    def trace_bytes(self, entry: Entry) -> int:
        """Return the size of a session's trace, 0 when it has none."""
        if entry.file == _IN_JOURNAL:
            return len(to_csv(self._waiting[entry.offset].rows))
        try:
            return os.stat(f"{self._traces}{entry.session_id}.csv").st_size  # noqa: PTH116
        except OSError:
            return 0

    def trace(self, entry: Entry) -> bytes | None:
        """Return a session's trace as it lies on the disk, or None when it has none.

        One that cannot be read is None as well, and a fault.
        """
        if entry.file == _IN_JOURNAL:
            return to_csv(self._waiting[entry.offset].rows)
        try:
            file = _open_quietly(f"{self._traces}{entry.session_id}.csv")
        except FileNotFoundError:
            return None
        except OSError as error:
            self._fault(_no_trace(error))
            return None
        try:
            size = os.fstat(file).st_size
            if size > _MAX_TRACE_BYTES:
                self._fault(saying("A trace is far too large: it was left out."))
                return None
            return os.read(file, size)
        except OSError as error:
            self._fault(_no_trace(error))
            return None
        finally:
            os.close(file)

    def tell_changed(self, entry: Entry) -> None:
        """Note that a record is not as it was kept; it is read all the same."""
        self._fault(saying("Record {n} was changed: its hash does not fit.", n=entry.seq))

    def tell_trace_changed(self) -> None:
        """Note that a trace is not as it was kept; what can be read of it is used all the same."""
        self._fault(saying("A trace was changed: what can be read of it was read."))

    def expect(self, entry: Entry) -> None:
        """Say that a session's trace will be read soon: the disk can begin with it."""
        for path in (
            f"{self._traces}{entry.session_id}.csv",
            f"{self._charts}{entry.session_id}.json",
        ):
            try:
                file = _open_quietly(path)
            except OSError:
                continue  # whoever reads it will say so
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_WILLNEED)
            os.close(file)

    def chart(self, entry: Entry, trace: bytes) -> Kept | None:
        """Return the chart that was kept for this very trace, which was then written by us."""
        if entry.file == _IN_JOURNAL:
            return None
        return kept_chart(f"{self._charts}{entry.session_id}.json", trace)

    def _read_journals(self) -> None:
        """Take the sessions that are kept, and in no month yet; count those that still run."""
        for path in sorted((self._data / "journal").glob("*.jsonl")):
            try:
                journal = read_journal(path.read_bytes())
                record = msgspec.json.encode(journal.record)
                key = _key.decode(record) if journal.closed else None
            except FileNotFoundError:
                continue  # it went into its month a moment ago
            except OSError as error:
                self._unreadable(f"journal/{path.name}", error)
                continue
            except (BrokenFile, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                key = None
            if key is None or not _NAME.fullmatch(key.session_id):
                self.running += 1
                continue
            self._entries.append(_entry(key, _IN_JOURNAL, len(self._waiting), len(record)))
            self._waiting.append(_Waiting(record, journal.rows))

    def _open_month(self, month: str) -> None:
        """Index a month; where its file is broken, the generation before it is served."""
        broken: list[Path] = []
        for name in (month, month + PREVIOUS):
            path = self._data / "log" / name
            try:
                self._index(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                self._unreadable(f"log/{name}", error)
            except (BrokenFile, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self._fault(
                    saying("{file} is broken: what can be read of it was read.", file=f"log/{name}")
                )
                broken.append(path)
            else:
                if name != month and not broken:
                    self._fault(
                        saying(
                            "{file} is missing: its previous generation was read.",
                            file=f"log/{month}",
                        )
                    )
                break
        for path in broken:
            try:
                self._save(path)
            except FileNotFoundError:
                continue  # the log found nothing in it to save, and set it aside a moment ago
            except OSError as error:
                self._unreadable(f"log/{path.name}", error)

    def _save(self, path: Path) -> None:
        """Take what can be read of a broken month; what stands elsewhere too comes once."""
        for record in documents_in(path.read_bytes()):
            raw = msgspec.json.encode(record)
            try:
                key = _key.decode(raw)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue  # it has what a record needs, and something else that is none
            if _NAME.fullmatch(key.session_id):
                self._entries.append(_entry(key, _IN_MEMORY, len(self._saved), len(raw)))
                self._saved.append(raw)

    def _index(self, path: Path) -> None:
        file = os.open(path, _READ)
        try:
            with open(file, "rb", closefd=False) as stream:
                content = stream.read()
            found = list(self._found(content, len(self._files)))
            if not is_intact(content):
                self._fault(
                    saying(
                        "{file} was changed: its checksum does not fit.", file=f"log/{path.name}"
                    )
                )
        except BaseException:
            os.close(file)
            raise
        self._files.append(file)
        self._entries += found

    def _found(self, content: bytes, file: int) -> Iterator[Entry]:
        """Return where each document of a TinyDB file stands in its bytes."""
        position = 0
        for raw in _tables.decode(content).get(TABLE, {}).values():
            document = bytes(raw)
            position = content.index(document, position)
            key = _key.decode(document)
            if not _NAME.fullmatch(key.session_id):
                raise BrokenFile(saying("a session's number is no name"))
            yield _entry(key, file, position, len(document))
            position += len(document)

    def _last_kept(self) -> int | None:
        """Return the number of the last record that was put into a month; None where unknown."""
        try:
            return head_in((self._data / "log" / HEAD_FILE).read_bytes()).seq
        except (OSError, ValueError):
            return None

    def _tell_missing(self, last: int) -> None:
        """Tell which numbers up to ``last`` are missing.

        Only of what was kept before the months were opened: two sessions that end meanwhile may
        go into a month that was read already and into one that was not.
        """
        for said in gaps((entry.seq for entry in self._entries), last):
            self._fault(said)

    def _sort(self) -> None:
        """Put the records in the order of the log; one that is there twice counts once."""
        seen: dict[str, Entry] = {}
        for entry in sorted(self._entries, key=lambda entry: entry.seq):
            first = seen.setdefault(entry.session_id, entry)
            if first is not entry and min(first.file, entry.file) >= 0:
                self._fault(saying("A session is in the log twice: its first record was read."))
        self._entries = list(seen.values())

    def _unreadable(self, file: str, error: OSError) -> None:
        """Tell of a file that the disk does not give: what stands in it is not missing."""
        self._fault(cannot_be_read(file, error))
        self._readable = False

    def _fault(self, said: Saying) -> None:
        if said not in self.faults:
            self.faults.append(said)


def _no_trace(error: OSError) -> Saying:
    return saying(
        "A trace cannot be read ({reason}).", reason=error.strerror or type(error).__name__
    )


def _open_quietly(path: str) -> int:
    """Open a file for reading, without its access time being written where that is ours to say."""
    try:
        return os.open(path, _READ | os.O_NOATIME)
    except PermissionError:
        return os.open(path, _READ)


def _entry(key: _Key, file: int, offset: int, length: int) -> Entry:
    trusted = key.clock_trusted is True
    return Entry(
        key.seq, key.session_id, key.started_at, key.profile_code, trusted, file, offset, length
    )


def kiosk_id(data: Path) -> str | None:
    """Return the number of the kiosk whose folder this is, without making one; None if unknown."""
    with contextlib.suppress(OSError, UnicodeDecodeError):  # a folder without it is still exported
        known: Any = (data / "kiosk_id").read_text(encoding="ascii").strip()
        if _NAME.fullmatch(known):
            return str(known)
    return None
