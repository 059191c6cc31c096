"""Sessions whose process or power was lost: from a journal to a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kiosk.records.chain import Record
from kiosk.records.journal import Journal

NOTHING_YET: Final[dict[str, Any]] = {
    "session_id": None,
    "schema": 1,
    "kiosk_id": None,
    "boot_id": None,
    "app_version": None,
    "sensor": {"serial": None, "firmware": None, "mm_per_count": None},
    "started_at": None,
    "clock_trusted": False,
    "profile_code": None,
    "profile_version": None,
    "program_id": None,
    "program_version": None,
    "planned_s": None,
    "walked_s": 0.0,
    "distance_m": 0.0,
    "distance_total_m": 0.0,
    "mean_kmh": None,
    "max_kmh": None,
    "in_band_pct": None,
    "rails_both_pct": None,
    "rails_one_pct": None,
    "rails_none_pct": None,
    "incline_pct": None,
    "pauses": 0,
    "steps_completed": 0,
    "steps_total": None,
    "pain_before": None,
    "pain_after": None,
    "rpe": None,
    "reasons_seen": [],
    "frames": {"accepted": 0, "rejected": 0, "lost": 0},
    "events": [],
}
"""What is known of a session that was lost before its first checkpoint: nothing was walked."""


ENDED: Final = frozenset({"completed", "stopped", "safety_stop"})
"""How a walk can have ended before its record was closed."""


def record_of(journal: Journal) -> Record:
    """Return the record that a journal stands for.

    A closed one is as it was written. One whose walk had ended keeps how it ended: it only waited
    to be rated. Any other was interrupted: everything walked up to its last checkpoint is kept,
    and no reason is given, because losing power is none of the interlock's.
    """
    if journal.closed and journal.record is not None:
        return dict(journal.record)
    return cut_off(journal.head or {}, journal.record)


def cut_off(head: Mapping[str, Any], checkpoint: Record | None) -> Record:
    """Return the record of a session that was never closed, of its head and its last checkpoint."""
    known = checkpoint or {name: head.get(name, NOTHING_YET[name]) for name in NOTHING_YET}
    identity: Record = {name: head[name] for name in ("session_id", "started_at") if name in head}
    outcome = known.get("outcome")
    if isinstance(outcome, str) and outcome in ENDED:
        return {**known, **identity}
    return {**known, **identity, "outcome": "interrupted", "stop_reason": None}
