"""The tables as bytes: CSV that spreadsheets, pandas and Python agree on, and JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from kiosk.export.fields import Value

BOM: Final = b"\xef\xbb\xbf"
"""Without it Excel takes UTF-8 for the local code page."""

CHUNK_BYTES: Final = 256 * 1024

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet runs: the full-width twins of ``=+-@`` too."""


def defused(cell: str) -> str:
    """Return a text that no spreadsheet runs: ``'`` before one that begins like a formula.

    A text that begins with ``'`` gets one more, so that taking the first away always gives back
    what was there.
    """
    return "'" + cell if cell.startswith((*_FORMULA, "'")) else cell


def csv_chunks(header: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """Return a table as CSV (RFC 4180, UTF-8 with BOM).

    Unknown is empty, truth is ``true`` or ``false``; a number stays one, negative ones too.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    yield BOM
    for row in rows:
        writer.writerow([_cell(value) for value in row])
        if text.tell() >= CHUNK_BYTES:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def json_chunks(documents: Iterable[bytes]) -> Iterator[bytes]:
    """Return JSON documents as one array, a document on each line."""
    pending: list[bytes] = []
    size = 0
    before = b"[\n"
    for document in documents:
        pending += (before, document)
        before = b",\n"
        size += len(document)
        if size >= CHUNK_BYTES:
            yield b"".join(pending)
            pending.clear()
            size = 0
    pending.append(b"[]\n" if before == b"[\n" else b"\n]\n")
    yield b"".join(pending)


def json_of(document: Any) -> bytes:
    """Return one JSON document on one line."""
    return msgspec.json.encode(document)


def _cell(value: Value) -> Value:
    if value is None or value is True or value is False:
        return "" if value is None else "true" if value else "false"
    return defused(value) if isinstance(value, str) else value
