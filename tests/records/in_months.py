"""Records in the months' files, for the tests of them."""

from __future__ import annotations

import zlib
from pathlib import Path

import msgspec
import pytest

from kiosk.records import chain, index
from kiosk.records.chain import Head, Record
from kiosk.records.index import About, Row
from kiosk.records.months import Months
from kiosk.records.storage import Tables
from tests.records.sessions import record


def linked(*started: str, code: str | None = None) -> list[Record]:
    """Sessions that began at these times (or in these months), each chained to the one before."""
    made: list[Record] = []
    head = Head()
    for number, at in enumerate(started, 1):
        started_at = at if len(at) > len("2026-11") else f"{at}-02T10:00:00.000Z"
        one = record(f"s-{number}", started_at=started_at, profile_code=code)
        made.append(chain.link(one, number, head.hash))
        head = chain.head_of(made[-1])
    return made


def opened(folder: Path) -> tuple[Months, list[str]]:
    said: list[str] = []
    return Months(folder, lambda one: said.append(str(one))), said


def filled(folder: Path, *started: str, code: str | None = None) -> tuple[Months, list[Record]]:
    """Months into which each of these sessions went by itself."""
    months = Months(folder, pytest.fail)
    made = linked(*started, code=code)
    for one in made:
        months.keep([one])
    return months, made


def table(*records: Record) -> Tables:
    return {"sessions": {str(one["seq"]): one for one in records}}


def seqs(records: list[Record]) -> list[int]:
    return [one["seq"] for one in records]


def forge(month: Path, rows: list[Row]) -> None:
    """Lay an index beside a month that fits it, whatever the rows say."""
    stat = month.stat()
    opening = month.read_bytes()[:128].decode("latin-1")
    lines = b"{}\n" + msgspec.json.encode(rows) + b"\n"
    of = (stat.st_size, stat.st_mtime_ns, opening)
    first, last = rows[0].seq, rows[-1].seq
    about = About(index.VERSION, of, len(rows), first, last, zlib.crc32(lines))
    about = msgspec.structs.replace(about, crc32=about.sum())
    index.path_of(month).write_bytes(msgspec.json.encode(about) + b"\n" + lines)
