"""Data folders to export: real ones by the store, and large ones written as the store writes."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kiosk.identity import new_session_id
from kiosk.records.store import Store
from kiosk.records.trace import Row, to_csv

KIOSK = "SW-9QX7KZ"
BOOT = "3f1c9a52-77de-4b1a-9c3e-5d0c8a7be911"
SERIAL = "=1+1\tSER-88412"
VERSION = "7.13.5-boot"
STEP = 'Sam\'s "own"\r\nstep, größte Übung'
OWN_PLAN = "=plan-for-Samantha"
PEOPLE = ("P-7F3K", "SAM-1", "P-ZZ9")
START = datetime(2026, 11, 3, 8, 12, 34, 567000, tzinfo=UTC)

Change = Callable[[int, dict[str, Any]], None]


def record(number: int, draw: random.Random, started: datetime) -> dict[str, Any]:
    """A closed session, without what the log adds."""
    outcome = draw.choices(["completed", "stopped", "safety_stop", "interrupted"], [8, 2, 2, 1])[0]
    reason = {"stopped": "patron", "safety_stop": "rails_released"}.get(outcome)
    pain = draw.randrange(6)
    walked = draw.uniform(30, 600)
    kmh = draw.uniform(0.8, 2.0)
    return {
        "session_id": new_session_id(),
        "schema": 1,
        "kiosk_id": KIOSK,
        "boot_id": BOOT,
        "app_version": VERSION,
        "sensor": {"serial": SERIAL, "firmware": "fw-4.4.1", "mm_per_count": 5.0625},
        "started_at": started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "clock_trusted": True,
        "profile_code": None if number % 4 == 3 else PEOPLE[number % 3],
        "profile_version": None if number % 4 == 3 else 2,
        "program_id": OWN_PLAN if number % 7 == 0 else "easy-walk",
        "program_version": 1,
        "planned_s": 600.0,
        "walked_s": round(walked, 3),
        "distance_m": round(walked * kmh / 3.6, 3) if number % 10 else -0.012,
        "distance_total_m": round(walked * kmh / 3.6 + 1, 3),
        "mean_kmh": round(kmh, 3),
        "max_kmh": round(kmh * 1.2, 3),
        "in_band_pct": round(draw.uniform(30, 100), 1),
        "rails_both_pct": 97.5,
        "rails_one_pct": 2.5,
        "rails_none_pct": 0.0,
        "incline_pct": 0.0,
        "pauses": 1,
        "steps_completed": 2,
        "steps_total": 3,
        "pain_before": pain,
        "pain_after": None if number % 5 == 0 else max(0, pain - 1),
        "rpe": 11,
        "outcome": outcome,
        "stop_reason": reason,
        "reasons_seen": [reason] if reason else [],
        "frames": {"accepted": 30000, "rejected": 2, "lost": 1},
        "events": [
            {"t_s": 5.0, "event": "permit_granted"},
            {"t_s": 7.0, "event": "state", "state": "walking"},
            {"t_s": 7.0, "event": "step", "index": 0, "name": STEP},
            {"t_s": 60.0, "event": "note", "text": STEP},
            {"t_s": 61.0, "event": "permit_revoked", "reason": reason or "finished", "by": "Sam"},
        ],
    }


def rows(count: int) -> list[Row]:
    return [
        (
            round(5 + i / 5, 2),
            "walking" if i > 3 else "starting",
            None if i == 9 else round(1 + i % 5 / 10, 3),
            0.8,
            2.0,
            round(i / 10, 3),
            1,
            i % 2,
            0.0,
        )
        for i in range(count)
    ]


def kept(data: Path, count: int, change: Change = lambda number, one: None) -> list[dict[str, Any]]:
    """Keep so many sessions by the real store; return their records as they were kept."""
    store = Store(data, on_death=lambda error: None)
    store.start()
    draw = random.Random(5)
    futures = []
    for number in range(count):
        one = record(number, draw, START + timedelta(hours=7 * number))
        change(number, one)
        store.begin(one)
        store.append(rows(12 + number % 30), None)
        futures.append(store.close(one))
    found = [future.result(60) for future in futures]
    assert store.stop(60)
    (data / "kiosk_id").write_text(KIOSK + "\n")
    return found


def written(data: Path, count: int, traces: int) -> None:
    """Write so many sessions as the store would, without its fsyncs."""
    (data / "log").mkdir(parents=True)
    (data / "traces").mkdir()
    draw = random.Random(6)
    months: dict[str, dict[str, Any]] = {}
    for number in range(count):
        one = record(number, draw, START + timedelta(hours=number))
        one |= {"seq": number + 1, "prev_hash": "0" * 64, "hash": "1" * 64}
        months.setdefault(one["started_at"][:7], {})[str(number + 1)] = one
        if number < traces:
            (data / "traces" / f"{one['session_id']}.csv").write_bytes(to_csv(rows(120)))
    for month, documents in months.items():
        (data / "log" / f"{month}.json").write_text(json.dumps({"sessions": documents}))


def tree_hash(folder: Path) -> str:
    """A hash over every name, size, time and byte below a folder, but for exports' own numbers."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        own = {"settings", "settings/exports.json", "settings/exports.json.bak"}
        if str(path.relative_to(folder)) in own:
            continue
        stat = path.lstat()
        digest.update(f"{path.relative_to(folder)} {stat.st_mode} {stat.st_mtime_ns}".encode())
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()
