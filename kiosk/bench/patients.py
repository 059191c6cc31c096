"""Profiles for a data folder: written as a therapist's file, and imported as from a stick."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from kiosk.bench.frame import RowFailed
from kiosk.library import library_of
from profiles.importer import accept, look
from profiles.saying import Saying

_FIRST: Final = 10_001
_VALID: Final = timedelta(days=84)
_NOTE: Final = "Stiff in the morning; starts slowly, and likes the left rail to begin with. "


def fill(data: Path, count: int, tell: Callable[[int, int], None]) -> None:
    """Import so many profiles into a data folder; ``tell`` hears how many PINs are hashed.

    Half of them walk a built-in program, half steps of their own.
    """
    bundle = {
        "sternway": "bundle",
        "schema": 1,
        "profiles": [_profile(number, date.today()) for number in range(count)],
    }
    file = data / "profiles.sternway.json"
    data.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(bundle), encoding="utf-8")
    library = library_of(data, on_fault=_refuse)
    preview = look(library, [file], None, tell)
    if not preview.is_sound:
        raise RowFailed(f"the profiles that were made are refused: {preview.files[0].faults}")
    accept(library, preview, preview.acceptable, "therapist")
    file.unlink()
    if len(library.all()) != count:
        raise RowFailed(f"{len(library.all())} of {count} profiles were kept")


def _profile(number: int, today: date) -> dict[str, Any]:
    plan: dict[str, Any] = {"program": "easy-walk"}
    if number % 2:
        names = ("easy", "a little faster", "long steps", "easy again")
        plan = {
            "steps": [
                {"name": name, "min": 2.5, "low_kmh": 0.8, "high_kmh": 1.2 + number % 5 / 10}
                for name in names
            ]
        }
    return {
        "sternway": "profile",
        "schema": 1,
        "code": f"P-{_FIRST + number:05d}",
        "display_name": f"Patient {number}",
        "pin": f"{number:04d}",
        "version": 1 + number % 7,
        "issued_on": today.isoformat(),
        "expires_on": (today + _VALID).isoformat(),
        "screening_cleared": True,
        "rails": "both",
        "limits": {"max_kmh": 2.5, "max_session_min": 25},
        "plan": plan,
        "schedule": {"sessions_per_week": 3, "weeks": 12},
        "progression": {"every_sessions": 3, "add_min": 1},
        "note": _NOTE * (number % 4),
    }


def _refuse(fault: Saying) -> None:
    raise RowFailed(f"the profiles that were made are not whole: {fault}")
