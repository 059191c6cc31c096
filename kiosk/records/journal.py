"""The journal of a running session: lines that are only ever appended, each with its checksum.

A line is a JSON array of the CRC-32 of its entry (eight hex digits) and the entry:

    ["1c291ca3",{"kind":"head","head":{...}}]
    ["0d4a1185",{"kind":"rows","rows":[[0.2,"starting",null,...],...]}]
    ["9f1bd2e4",{"kind":"checkpoint","record":{...}}]
    ["5e2c7a90",{"kind":"closed","record":{...}}]

Power can go at any byte, so a line counts only when it is whole, and a line that does not count
takes no other with it. What comes out of a journal that was cut off is a true beginning of what
was written.
"""

from __future__ import annotations

import re
import zlib
from typing import Any, Final

import msgspec

from kiosk.records.errors import BadRecord, BrokenFile
from kiosk.records.trace import Row
from profiles.saying import saying

_NAME: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
_MONTH: Final = re.compile(r"(\d{4}-(?:0[1-9]|1[0-2]))-\d\d")


class HeadEntry(msgspec.Struct, frozen=True, tag_field="kind", tag="head"):
    """First line: who, when, and the static facts of the record."""

    head: dict[str, Any]


class RowsEntry(msgspec.Struct, frozen=True, tag_field="kind", tag="rows"):
    """Further rows of the trace."""

    rows: list[Row]


class CheckpointEntry(msgspec.Struct, frozen=True, tag_field="kind", tag="checkpoint"):
    """The whole record so far."""

    record: dict[str, Any]


class ClosedEntry(msgspec.Struct, frozen=True, tag_field="kind", tag="closed"):
    """The complete record: from here on the session only needs to be folded into the log."""

    record: dict[str, Any]


Entry = HeadEntry | RowsEntry | CheckpointEntry | ClosedEntry

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


class Journal(msgspec.Struct, frozen=True):
    """What a journal says.

    ``record`` is the newest whole one and ``closed`` whether it is complete. ``damaged`` counts
    lines that are not what was written; the torn line at the end that a power cut leaves is none.
    """

    head: dict[str, Any] | None
    rows: tuple[Row, ...]
    record: dict[str, Any] | None
    closed: bool
    damaged: int


def line_of(entry: Entry) -> bytes:
    """Return the line of an entry. NaN becomes null: not a number is not known."""
    payload = _encoder.encode(entry)
    return b'["%08x",%b]\n' % (zlib.crc32(payload), payload)


def entry_of(line: bytes) -> Entry | None:
    """Return the entry of a line without its newline, or None unless it is whole."""
    if line[:2] != b'["' or line[10:12] != b'",' or line[-1:] != b"]":
        return None
    payload = line[12:-1]
    if line[2:10] != b"%08x" % zlib.crc32(payload):
        return None
    try:
        return _decoder.decode(payload)
    except (ValueError, RecursionError):
        return None


def read_journal(content: bytes) -> Journal:
    """Return what a journal's bytes say.

    Raises :class:`BrokenFile` when neither a head nor a record is whole: a journal appears under
    its name with its first line already in it, so that is damage, not a crash.
    """
    head: dict[str, Any] | None = None
    rows: list[Row] = []
    record: dict[str, Any] | None = None
    closed = False
    damaged = 0
    *lines, _torn = content.split(b"\n")
    for line in lines:
        match entry_of(line):
            case HeadEntry(head=head):
                pass
            case RowsEntry(rows=more):
                rows.extend(more)
            case CheckpointEntry(record=record):
                pass
            case ClosedEntry(record=record):
                closed = True
            case None:
                damaged += 1
    if head is None and record is None:
        raise BrokenFile(saying("no whole record in it"))
    return Journal(head, tuple(rows), record, closed, damaged)


def session_id_of(record: dict[str, Any]) -> str:
    """Return the session's id; raises :class:`BadRecord` unless it can name a file."""
    session_id = record.get("session_id")
    if not isinstance(session_id, str) or not _NAME.fullmatch(session_id):
        raise BadRecord("session_id must be letters, digits and dashes, at most 64")
    return session_id


def month_of(record: dict[str, Any]) -> str:
    """Return the month (``2026-11``) under which a record is kept; raises :class:`BadRecord`."""
    started_at = record.get("started_at")
    found = _MONTH.match(started_at) if isinstance(started_at, str) else None
    if found is None:
        raise BadRecord("started_at must be an ISO 8601 date and time")
    return found[1]
