"""Profiles with their sessions, as a report is about them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from kiosk.therapy.report.subject import Origin, Subject
from profiles.profile import Prescription
from profiles.progress import progress
from profiles.progression import outlook
from profiles.reading import read
from profiles.state import State
from tests.profiles.written import STEP, encoded, profile

FIRST = date(2026, 11, 24)
NOW = datetime(2026, 12, 23, 15, 4, 5, tzinfo=UTC)
TODAY = NOW.date()
ORIGIN = Origin("SW-9QX7KZ", "Rehab at the lake", "7.13.5", NOW, UTC)
CODE = "R-ABC2345"
NOTE = "Left knee after surgery in May; likes to talk of Ferdinand."
WALKED = (
    # outcome, reason, minutes, km/h, in band, pain before and after, exertion
    ("completed", None, 10.0, 1.21, 71.0, 5, 4, 13),
    ("completed", None, 10.0, 1.26, 78.4, 4, 4, 12),
    ("stopped", "patron", 6.4, 1.18, 66.0, 4, 5, 13),
    ("completed", None, 10.0, 1.30, 83.1, 4, 3, 12),
    ("completed", None, 11.0, 1.33, 85.0, 3, 3, 12),
    ("safety_stop", "rails_released", 4.1, 1.31, 80.2, 3, None, None),
    ("completed", None, 11.0, 1.35, 88.7, 3, 2, 11),
    ("completed", None, 11.0, 1.38, 90.2, 2, 2, 11),
    ("completed", None, 12.0, 1.41, 92.5, 2, 2, 11),
    ("interrupted", None, 3.2, None, None, 2, None, None),
    ("completed", None, 12.0, 1.44, 94.0, 2, 1, 11),
    ("completed", None, 12.0, 1.49, 93.2, 1, 1, 11),
)


def prescribed(**changes: Any) -> Prescription:
    reading = read(encoded(profile(**{"issued_on": "2026-11-22", "note": NOTE, **changes})))
    assert not reading.faults, reading.faults
    return reading.profiles[0].prescription()


def record(number: int, day: date, **changes: Any) -> dict[str, Any]:
    """The record of one session; ``number`` counts from 0."""
    outcome, reason, minutes, kmh, band, before, after, rpe = WALKED[number % len(WALKED)]
    return {
        "seq": number + 1,
        "session_id": f"0193-{number}",
        "profile_code": "P-7F3K",
        "profile_version": 3,
        "started_at": f"{day}T08:12:34.567Z",
        "clock_trusted": True,
        "outcome": outcome,
        "stop_reason": reason,
        "walked_s": minutes * 60,
        "distance_m": minutes / 60 * (kmh or 1.2) * 1000,
        "mean_kmh": kmh,
        "in_band_pct": band,
        "pain_before": before,
        "pain_after": after,
        "rpe": rpe,
        **changes,
    }


def records(count: int, every_days: float = 2.4, **changes: Any) -> list[dict[str, Any]]:
    days = [FIRST + timedelta(int(number * every_days)) for number in range(count)]
    return [record(number, day, **changes) for number, day in enumerate(days)]


def subject(
    found: list[dict[str, Any]] | None = None,
    *,
    state: State | None = None,
    today: date = TODAY,
    **changes: Any,
) -> Subject:
    given, state = prescribed(**changes), state or State()
    found = records(12) if found is None else found
    return Subject(
        given,
        state,
        outlook(given, state, found, today),
        progress(given, found, today, state=state),
    )


WIDE = "W" * 40
SIXTY: dict[str, Any] = {
    "plan": {"steps": [{**STEP, "min": 0.5, "incline_pct": i % 3} for i in range(60)]},
    "limits__max_incline_pct": 7.5,
    "limits__max_session_min": 30,
    "display_name": WIDE,
    "code": "P-7F3K",
    "note": "W" * 500,
    "expires_on": "2027-11-22",
    "schedule__weeks": 52,
    "schedule__sessions_per_week": 14,
    "progression__every_sessions": 50,
    "progression__add_incline_pct": 0.25,
}
"""The most that a profile can ask of a page."""
