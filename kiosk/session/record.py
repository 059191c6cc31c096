"""The record of a session (contracts.md §4), from its final state. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from hardware.link import Frames, Status
from kiosk.session import metrics
from kiosk.session.model import Phase, Session, TraceRow, Walk
from kiosk.session.plan import NS

SCHEMA = 1


class Facts(msgspec.Struct, frozen=True):
    """What holds for the whole session and is not the session's own: who, where, when."""

    session_id: str
    kiosk_id: str
    boot_id: str
    app_version: str
    started_at: str
    clock_trusted: bool
    mm_per_count: float


def record_of(walk: Walk, status: Status | None, facts: Facts) -> dict[str, Any]:
    """Return the record without ``seq``, ``prev_hash`` and ``hash``, which the log adds.

    Lengths in metres to the millimetre, times in seconds, speeds in km/h; None is unknown.
    """
    meters = walk.meters
    frames = status.frames if status else walk.frames_before
    return {
        "session_id": facts.session_id,
        "schema": SCHEMA,
        "kiosk_id": facts.kiosk_id,
        "boot_id": facts.boot_id,
        "app_version": facts.app_version,
        "sensor": {
            "serial": status.sensor_serial if status else None,
            "firmware": status.sensor_firmware if status else None,
            "mm_per_count": facts.mm_per_count,
        },
        "started_at": facts.started_at,
        "clock_trusted": facts.clock_trusted,
        "profile_code": walk.plan.profile_code,
        "profile_version": walk.plan.profile_version,
        "program_id": walk.plan.program_id,
        "program_version": walk.plan.program_version,
        "planned_s": _seconds(walk.plan.planned_ns),
        "walked_s": _seconds(meters.walked_ns),
        "distance_m": round(meters.distance_m, 3),
        "distance_total_m": round(meters.total_m, 3),
        "mean_kmh": _rounded(metrics.mean_kmh(meters)),
        "max_kmh": round(meters.max_kmh, 3) if meters.walked_ns else None,
        "in_band_pct": metrics.percent(meters.in_band_ns, meters.walked_ns),
        "rails_both_pct": metrics.percent(meters.both_ns, meters.walked_ns),
        "rails_one_pct": metrics.percent(meters.one_ns, meters.walked_ns),
        "rails_none_pct": metrics.percent(meters.none_ns, meters.walked_ns),
        "incline_pct": walk.incline_pct,
        "pauses": walk.pauses,
        "steps_completed": walk.steps_completed,
        "steps_total": len(walk.plan.steps),
        "pain_before": walk.pain_before,
        "pain_after": walk.pain_after,
        "rpe": walk.rpe,
        # A record of a walk that never came to its end is what a lost power leaves behind.
        "outcome": walk.outcome or "interrupted",
        "stop_reason": walk.stop_reason,
        "reasons_seen": list(walk.reasons_seen),
        "frames": _since(frames, walk.frames_before),
        "events": _events(walk),
    }


def trace_row(session: Session, walk: Walk, status: Status, now: int) -> TraceRow:
    """Return the trace's row for ``now``."""
    speed = status.speed_kmh
    # No permit was given before it was known.
    incline = walk.step.incline_pct if walk.deck_pct is None else walk.deck_pct
    return TraceRow(
        round((now - walk.chosen_ns) / NS, 2),
        str(session.phase),
        None if speed is None else round(speed, 3),
        walk.step.low_kmh,
        walk.step.high_kmh,
        round(walk.meters.distance_m, 3),
        int(status.pins.rail_left),
        int(status.pins.rail_right),
        incline,
    )


def is_traced(session: Session) -> bool:
    """Say whether the session is in the part that leaves a trace: from the first permit on."""
    walk = session.walk
    return walk is not None and walk.permitted and session.phase is not Phase.SUMMARY


def _events(walk: Walk) -> list[dict[str, Any]]:
    """Return what happened. A step that a therapist wrote has no name here: it may be anybody's.

    Deleting a profile keeps its sessions, so nothing of the therapist's own words may be in them.
    """
    if walk.plan.profile_code is None:
        return list(walk.events)
    return [
        {key: value for key, value in event.items() if (event["event"], key) != ("step", "name")}
        for event in walk.events
    ]


def _since(frames: Frames, before: Frames) -> dict[str, int]:
    # A guard that restarted counts from zero again; then its own count is all there is.
    base = before if frames.accepted >= before.accepted else Frames()
    return {
        "accepted": frames.accepted - base.accepted,
        "rejected": frames.rejected - base.rejected,
        "lost": frames.lost - base.lost,
    }


def _seconds(ns: int) -> float:
    return round(ns / NS, 3)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
