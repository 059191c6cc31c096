"""When is the proof test due? Pure: what was proven, what time it is, how often it must be.

Within one boot the clock since boot decides, which nobody can turn. Across boots only two times
that were both vouched for can be compared. What nobody can tell is due.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from kiosk.care.model import Due


class Now(NamedTuple):
    """The time: UTC and whether it is vouched for, the boot's id, seconds since boot."""

    utc: datetime
    trusted: bool
    boot_id: str
    boot_s: float


class Proven(msgspec.Struct, frozen=True):
    """One line of the book of proof tests; more stands in it for people."""

    at: datetime
    clock_trusted: bool
    boot_id: str
    boot_s: float
    passed: bool


def proven_of(line: dict[str, Any] | None) -> Proven | None:
    """Return what a line says, None where nobody can tell."""
    if line is None:
        return None
    try:
        return msgspec.convert(line, Proven)
    except msgspec.ValidationError:
        return None


def due(last: Proven | None, now: Now, every_h: int) -> Due:
    """Return when the next test is due after ``last``, the newest one, passed or failed."""
    if last is None:
        return Due()
    at = last.at if last.clock_trusted else None
    if not last.passed:
        return Due(last_at=at, failed=True)
    if last.boot_id == now.boot_id:
        age_s = now.boot_s - last.boot_s
    elif last.clock_trusted and now.trusted:
        age_s = (now.utc - last.at).total_seconds()
    else:
        return Due(last_at=at)
    left_s = every_h * 3600.0 - age_s
    if age_s < 0 or left_s <= 0:
        # One that lies in the future was dated by a clock that was wrong.
        return Due(last_at=at)
    return Due(overdue=False, left_s=left_s, last_at=at)
