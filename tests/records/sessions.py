"""Sessions to be kept, as the session code makes them (contracts.md §4)."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from tinydb import TinyDB

from kiosk.records import chain
from kiosk.records.chain import Head, Record
from kiosk.records.reader import LogReader
from kiosk.records.trace import Row


def head(session_id: str, started_at: str = "2026-11-23T10:00:00.000Z") -> dict[str, Any]:
    return {
        "session_id": session_id,
        "schema": 1,
        "kiosk_id": "kiosk-1",
        "boot_id": "5f0c",
        "app_version": "0.1.0",
        "sensor": {"serial": "SW-1", "firmware": "1.0", "mm_per_count": 5.0},
        "started_at": started_at,
        "clock_trusted": True,
        "profile_code": None,
        "profile_version": None,
        "program_id": "easy-walk",
        "program_version": 1,
        "planned_s": 300.0,
    }


def so_far(session_id: str, walked_s: float, **more: Any) -> dict[str, Any]:
    """The record of a session of which so much was walked."""
    return {
        **head(session_id),
        "walked_s": walked_s,
        "distance_m": walked_s * 0.5,
        "outcome": None,
        "stop_reason": None,
        "reasons_seen": [],
        "events": [{"t_s": 0.1, "event": "state", "state": "walking"}],
        **more,
    }


def record(session_id: str, walked_s: float = 60.0, **more: Any) -> dict[str, Any]:
    return so_far(session_id, walked_s, **{"outcome": "completed", **more})


def row(number: int) -> Row:
    return (number / 5, "walking", 1.5, 1.0, 2.0, number / 10, 1, 0, 0.0)


def rows(first: int, count: int) -> list[Row]:
    return [row(number) for number in range(first, first + count)]


def kept(data: Path) -> list[Record]:
    """All records that are kept, in their months or about to go there, in the order of the log."""
    with LogReader(data) as log:
        return [log.record(entry) for entry in log.entries]


def in_months(data: Path) -> list[Record]:
    """All records as plain TinyDB reads them, in the order of the log."""
    found: list[Record] = []
    for path in sorted((data / "log").glob("????-??.json")):
        with TinyDB(path) as database:
            found += [dict(document) for document in database.table("sessions")]
    return sorted(found, key=lambda one: one["seq"])


def trace_bytes(data: Path, session_id: str) -> bytes | None:
    with LogReader(data) as log:
        [entry] = [entry for entry in log.entries if entry.session_id == session_id]
        return log.trace(entry)


def head_kept(data: Path) -> Head:
    found = json.loads((data / "log" / "head.json").read_text())
    return Head(found["seq"], found["hash"])


def chain_fault(data: Path) -> chain.Fault | None:
    head = head_kept(data) if (data / "log" / "head.json").exists() else None
    return chain.check(kept(data), head)


def trace_kept(data: Path, session_id: str) -> list[dict[str, str]]:
    content = trace_bytes(data, session_id)
    assert content is not None
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
