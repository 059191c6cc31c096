"""TinyDB's files, safe against power loss: the same JSON that plain TinyDB opens.

TinyDB's own ``JSONStorage`` writes in place (a power cut leaves half a file) and takes an empty
file for an empty database, so that the next insert buries what was there. Here a file is replaced
whole, its previous generation is kept, and what cannot be read is set aside, never overwritten.

The first table of a file is its checksum, over every byte after that table's comma:

    {"checksum":{"1":{"tables":"1","sha256":"<64 hex digits>"}},"sessions":{"1":{...},"2":{...}}}

A file that somebody else wrote has none, and nothing vouches for it: ``check`` looks closer then.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document, Table

from kiosk.records.errors import BadRecord, BrokenFile
from kiosk.records.files import (
    PREVIOUS,
    link_aside,
    replace,
    set_aside,
    write_all,
    write_atomically,
)
from profiles.saying import Saying, saying

log = logging.getLogger(__name__)

Tables = dict[str, dict[str, Any]]
Check = Callable[[Tables, bool], None]
"""Raises :class:`BrokenFile` for tables that are not what they should be; the flag says whether
the file's checksum vouches for them."""
Rescue = Callable[[Sequence[bytes], Tables | None], Tables | None]
"""Gets the bytes of each generation that is broken, the older first, and the tables of the one
that is whole; returns what to go on with."""

CHECKSUM: Final = "checksum"
_OPENING: Final = '{"checksum":{"1":{"tables":"%s","sha256":"%s"}},'
_BEFORE_SUM: Final = (_OPENING % ("1", "@")).index("@")
_OPENING_BYTES: Final = len(_OPENING % ("1", "0" * 64))
_ONE_TABLE: Final = b'"tables":"1"'
_END: Final = b"}}"
_COPY_BYTES: Final = 1024 * 1024


class _Broken(NamedTuple):
    """A generation that is not whole, and why."""

    path: Path
    content: bytes
    why: Saying


class SafeStorage(Storage):
    """One TinyDB file. ``on_fault`` hears one sentence about each file that was set aside.

    Reading and writing raise ``OSError`` where the disk does: a file that cannot be read is not
    an empty one.
    """

    def __init__(
        self,
        path: Path,
        on_fault: Callable[[Saying], None] = log.warning,
        check: Check | None = None,
        rescue: Rescue | None = None,
    ) -> None:
        """Keep the path; no file is opened or made before the first write."""
        super().__init__()
        self._path = path
        self._on_fault = on_fault
        self._check = check
        self._rescue = rescue

    def read(self) -> Tables | None:
        """Return the tables; None when there is no file yet, or none that is whole.

        A broken file is set aside, and what ``rescue`` makes of it takes its place: while that is
        written the broken one stays there too, so that a failure or a power cut before the end
        leaves what can be saved as it was, and this may be done again.
        """
        broken: list[_Broken] = []
        present = self._whole(self._path, broken)
        if present is not None:
            return present
        is_missing = not broken
        tables = self._whole(self._path.with_name(self._path.name + PREVIOUS), broken)
        if self._rescue is None:
            self._put_aside(broken, set_aside)
        elif tables is not None or broken:
            tables = self._rescue([one.content for one in reversed(broken)], tables)
            self._put_aside(broken, link_aside if tables else set_aside)
            if tables:
                self._replace(tables, keep_previous=False)
        if tables is not None and (is_missing or self._rescue is None):
            self._on_fault(
                saying(
                    "{file} is missing: its previous generation is served.", file=self._path.name
                )
            )
        return tables

    def write(self, data: Tables) -> None:
        """Replace the file, durably; what stood there stays as ``<name>.bak``."""
        self._replace(data, keep_previous=True)

    def _replace(self, data: Tables, *, keep_previous: bool) -> None:
        tables = {name: table for name, table in data.items() if name != CHECKSUM}
        content = b"{}"
        if tables:
            rest = _json(tables)[1:]
            content = _opening("1" if len(tables) == 1 else "n", hashlib.sha256(rest)) + rest
        write_atomically(self._path, content, keep_previous=keep_previous)

    def append(self, table: str, documents: Mapping[int, Mapping[str, Any]]) -> None:
        """Add documents to a table, durably; their numbers must be free.

        What is there is copied, and its checksum proved on the way, without being understood:
        reading a month of sessions takes a hundred times as long.
        """
        try:
            if self._append_bytes(table, documents):
                return
        except BrokenFile as error:
            log.warning("%s: %s", self._path.name, error)  # read() sets it aside
        tables = self.read() or {}
        known = tables.setdefault(table, {})
        known.update({str(number): dict(document) for number, document in documents.items()})
        self.write(tables)

    def is_vouched_for(self) -> bool:
        """Say whether the file has a checksum that fits, without understanding the file.

        Raises ``OSError``, also where there is no file.
        """
        with self._path.open("rb") as file:
            expected = _sum_in(file.read(_OPENING_BYTES))
            if expected is None:
                return False
            digest = hashlib.sha256()
            for chunk in _chunks(file):
                digest.update(chunk)
        return digest.hexdigest() == expected

    def _append_bytes(self, table: str, documents: Mapping[int, Mapping[str, Any]]) -> bool:
        """Append to a file of ours that has this table alone; say whether it was one.

        Raises :class:`BrokenFile` where the old file's checksum does not fit.
        """
        new = b"".join(b',"%d":%b' % (number, _json(one)) for number, one in documents.items())
        try:
            old = self._path.open("rb")
        except FileNotFoundError:
            return False
        with old:
            opening = old.read(_OPENING_BYTES)
            expected = _sum_in(opening)
            start = b'%b:{"' % _json(table)
            if expected is None or _ONE_TABLE not in opening or old.read(len(start)) != start:
                return False
            old.seek(_OPENING_BYTES)
            replace(self._path, lambda to: _extend(old, to, expected, new), keep_previous=True)
        return True

    def _whole(self, path: Path, broken: list[_Broken]) -> Tables | None:
        """Return a file's tables; None for no file, and for a broken one, which joins the list."""
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            tables, vouched = tables_in(content)
            if self._check is not None:
                self._check(tables, vouched)
        except BrokenFile as error:
            broken.append(_Broken(path, content, error.said[0]))
            return None
        return tables

    def _put_aside(self, broken: Iterable[_Broken], aside: Callable[[Path], Path]) -> None:
        for one in broken:
            self._on_fault(
                saying(
                    "{file} is broken ({why}): set aside as {aside}.",
                    file=one.path.name,
                    why=one.why,
                    aside=aside(one.path).name,
                )
            )


class _AppendingTable(Table):
    """A table whose documents come with their numbers, and are appended."""

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[int]:
        """Insert documents that know their numbers, which must be free; refuse any other."""
        new: dict[int, Mapping[str, Any]] = {}
        for one in documents:
            if not isinstance(one, Document):
                raise BadRecord("a document without its number")
            new[one.doc_id] = one
        if not isinstance(self.storage, SafeStorage):
            return super().insert_multiple(new.values())
        self.storage.append(self.name, new)
        self.clear_cache()
        return list(new)


class AppendDB(TinyDB):
    """A TinyDB, on :class:`SafeStorage`, to which adding documents costs a copy of its file."""

    table_class = _AppendingTable


def tables_in(content: bytes) -> tuple[Tables, bool]:
    """Return the tables of a file, and whether its checksum vouches for them.

    Raises :class:`BrokenFile` unless it is whole.
    """
    if not content:
        raise BrokenFile(saying("empty"))
    if not is_intact(content):
        raise BrokenFile(saying("its checksum does not fit"))
    try:
        tables = json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BrokenFile(saying("not JSON")) from error
    if not isinstance(tables, dict):
        raise BrokenFile(saying("not a database"))
    tables.pop(CHECKSUM, None)
    for documents in tables.values():
        if not isinstance(documents, dict):
            raise BrokenFile(saying("a table that is none"))
        for number, document in documents.items():
            if not number.isdecimal() or not isinstance(document, dict):
                raise BrokenFile(saying("a document that is none"))
    return tables, _sum_in(content) is not None


def refuse_unvouched(tables: Tables, vouched: bool) -> None:
    """Be the ``check`` of a file that only this storage writes: its checksum is always there."""
    if tables and not vouched:
        raise BrokenFile(saying("its checksum does not fit"))


def is_intact(content: bytes) -> bool:
    """Say whether a file's checksum, where it has one, fits the rest of its bytes."""
    rest = memoryview(content)[_OPENING_BYTES:]
    return _sum_in(content) in {None, hashlib.sha256(rest).hexdigest()}


def _sum_in(content: bytes) -> str | None:
    """Return the checksum that a file begins with, or None."""
    opening = content[:_OPENING_BYTES]
    found = opening[_BEFORE_SUM : _BEFORE_SUM + 64].decode("latin-1")
    is_ours = opening in {(_OPENING % (kind, found)).encode("latin-1") for kind in "1n"}
    return found if is_ours else None


def _opening(kind: str, digest: Any) -> bytes:
    return (_OPENING % (kind, digest.hexdigest())).encode("ascii")


def _extend(old: BinaryIO, to: int, expected: str, new: bytes) -> None:
    """Copy a file of one table, from behind its opening on, with more documents at its end."""
    write_all(to, b" " * _OPENING_BYTES)
    digest = hashlib.sha256()
    end = b""
    for chunk in _chunks(old):
        known, end = (end + chunk)[: -len(_END)], (end + chunk)[-len(_END) :]
        digest.update(known)
        write_all(to, known)
    whole = digest.copy()
    whole.update(end)
    if whole.hexdigest() != expected or end != _END:
        raise BrokenFile(saying("its checksum does not fit"))
    digest.update(new + _END)
    write_all(to, new + _END)
    os.pwrite(to, _opening("1", digest), 0)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_COPY_BYTES):
        yield chunk


def _json(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii")


def _refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which Python reads though they are not JSON."""
    raise ValueError(name)
