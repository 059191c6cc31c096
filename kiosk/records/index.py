"""Where each record of a month stands in its file, so that few are read out of many.

``2026-11.index`` stands beside ``2026-11.json``: three lines of JSON, the first of which is short
and says what the file holds, the second where each person's records are, the third the rows. It is
made anew from the month whenever it does not fit it, so nothing depends on it. The first line has
a checksum of the others: a month that somebody has no record in is passed over unread.
"""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from kiosk.records.errors import BrokenFile
from kiosk.records.files import write_derived
from profiles.saying import saying

SUFFIX: Final = ".index"
TABLE: Final = "sessions"
VERSION: Final = 2
_ABOUT_BYTES: Final = 512
_OPENING_BYTES: Final = 128
"""The beginning of a month's file, in which its checksum stands."""
_WRAP: Final = b'{"sessions":{'
_END: Final = b"}}"


class Row(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One record: its number, what it is looked for by, and its bytes (offset, length)."""

    seq: int
    session_id: str
    started_at: str | None
    profile_code: str | None
    offset: int
    length: int


class About(msgspec.Struct, frozen=True):
    """What a month holds: ``count`` records from number ``first_seq`` to ``last_seq``.

    ``of`` is the file it is about: size, time of its last change (ns) and first bytes.
    ``lines_crc32`` is that of the index's other lines, ``crc32`` that of what is said here.
    """

    version: int
    of: tuple[int, int, str]
    count: int
    first_seq: int
    last_seq: int
    lines_crc32: int
    crc32: int = 0

    def sum(self) -> int:
        """Return what ``crc32`` must be."""
        return zlib.crc32(_line(msgspec.structs.replace(self, crc32=0)))


class _Key(msgspec.Struct, frozen=True):
    """What every record has (``hash`` and ``prev_hash`` are only asked to be there)."""

    seq: int
    session_id: str
    hash: str
    prev_hash: str
    started_at: str | None = None
    profile_code: str | None = None


_tables = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]])
_key = msgspec.json.Decoder(_Key)
_about = msgspec.json.Decoder(About)
_people = msgspec.json.Decoder(dict[str, list[int]])
_rows = msgspec.json.Decoder(list[Row])


class Index:
    """One month's index, as it was when it was read. ``people`` and ``rows`` are read when asked.

    ``rows`` are in the order of the log; ``people`` has for each profile code the places of its
    records among them.
    """

    def __init__(self, about: About, people: bytes, rows: bytes) -> None:
        """Take the three lines."""
        self.about = about
        self.lines = people, rows
        self._people: dict[str, list[int]] | None = None
        self._rows: list[Row] | None = None

    @property
    def people(self) -> dict[str, list[int]]:
        """The places of each person's records among the rows."""
        if self._people is None:
            self._people = _people.decode(self.lines[0])
        return self._people

    @property
    def rows(self) -> list[Row]:
        """Every record, in the order of the log."""
        if self._rows is None:
            self._rows = _rows.decode(self.lines[1])
        return self._rows


EMPTY: Final = Index(About(VERSION, (0, 0, ""), 0, 0, 0, 0), b"{}", b"[]")
"""The index of a month that is not there."""


def path_of(month: Path) -> Path:
    """Return where the index of a month's file stands."""
    return month.with_suffix(SUFFIX)


def read_about(month: Path) -> About | None:
    """Return what a month holds, from its index's first line; None where that does not fit.

    An index that the disk does not give is none. Raises ``OSError`` for the month alone.
    """
    try:
        with path_of(month).open("rb") as file:
            about = _about.decode(file.read(_ABOUT_BYTES).partition(b"\n")[0])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return about if fits(about, month) else None


def read(month: Path) -> Index | None:
    """Return a month's index; None where there is none that fits the file.

    Raises as :func:`read_about` does.
    """
    try:
        first, _, rest = path_of(month).read_bytes().partition(b"\n")
        about = _about.decode(first)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if zlib.crc32(rest) != about.lines_crc32 or not fits(about, month):
        return None
    people, rows, _ = rest.split(b"\n")
    return Index(about, people, rows)


def make(month: Path) -> Index:
    """Make a month's index from its file and keep it, if the disk takes it.

    Raises :class:`BrokenFile` for a file that is no table of records, ``OSError`` where the disk
    does not give the file.
    """
    with month.open("rb") as file:
        of = _identity(file.fileno())
        content = file.read()
    return _keep(month, of, list(rows_of(content)))


def extend(month: Path, before: Index) -> Index:
    """Make the index of a month to which records were appended since ``before``, and keep it.

    Only what is new is read. Raises as :func:`make` does.
    """
    with month.open("rb") as file:
        of = _identity(file.fileno())
        begin = max(0, before.about.of[0] - len(_END))
        file.seek(begin)
        new = file.read()
    if new[:1] != b",":
        return make(month)
    try:
        rows = list(rows_of(_WRAP + new[1:]))
    except BrokenFile:
        return make(month)
    moved = [
        msgspec.structs.replace(row, offset=row.offset - len(_WRAP) + begin + 1) for row in rows
    ]
    return _keep(month, of, [*before.rows, *moved])


def rows_of(content: bytes) -> Iterator[Row]:
    """Return where each record of a month's file stands, in the order of the file.

    Raises :class:`BrokenFile` for what is no table of records.
    """
    position = 0
    try:
        for number, raw in _tables.decode(content).get(TABLE, {}).items():
            document = bytes(raw)
            position = content.index(document, position)
            key = _key.decode(document)
            if number != str(key.seq):
                raise BrokenFile(saying("document {n} is no record", n=number))
            yield Row(
                key.seq,
                key.session_id,
                key.started_at,
                key.profile_code,
                position,
                len(document),
            )
            position += len(document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BrokenFile(saying("not a table of records")) from error


def _keep(month: Path, of: tuple[int, int, str], rows: Sequence[Row]) -> Index:
    index = _encoded(of, sorted(rows, key=lambda row: row.seq))
    with contextlib.suppress(OSError):  # what is in memory serves as well
        write_derived(path_of(month), _line(index.about) + b"\n" + _rest(*index.lines))
    return index


def _encoded(of: tuple[int, int, str], rows: Sequence[Row]) -> Index:
    people: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        if row.profile_code is not None:
            people.setdefault(row.profile_code, []).append(place)
    first, last = (rows[0].seq, rows[-1].seq) if rows else (0, 0)
    lines = _line(people), _line(rows)
    about = About(VERSION, of, len(rows), first, last, zlib.crc32(_rest(*lines)))
    return Index(msgspec.structs.replace(about, crc32=about.sum()), *lines)


def _rest(people: bytes, rows: bytes) -> bytes:
    """Return all of an index but its first line, as it is kept and summed."""
    return b"%b\n%b\n" % (people, rows)


def _line(value: Any) -> bytes:
    return msgspec.json.encode(value)


def fits(about: About, month: Path) -> bool:
    """Say whether a month's file is still the one that an index is about, and it is whole."""
    if about.version != VERSION or about.crc32 != about.sum():
        return False
    try:
        with month.open("rb") as file:
            return about.of == _identity(file.fileno())
    except FileNotFoundError:
        return False


def _identity(file: int) -> tuple[int, int, str]:
    """Return what tells one generation of a file from another, without reading all of it."""
    stat = os.fstat(file)
    opening = os.pread(file, _OPENING_BYTES, 0).decode("latin-1")
    return stat.st_size, stat.st_mtime_ns, opening
