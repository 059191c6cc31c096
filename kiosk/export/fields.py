"""Every field that can leave, with its type, unit and meaning: the allow-list, and its dictionary.

What is not listed here never leaves de-identified. A value that is not of its field's type leaves
as unknown, so that no text can hide where a number belongs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from hardware.link import Reason
from kiosk.session.model import Phase
from profiles.programs import load_programs

OUTCOMES: Final = ("completed", "stopped", "safety_stop", "interrupted")
REASONS: Final = frozenset(str(reason) for reason in Reason)
PHASES: Final = frozenset(str(phase) for phase in Phase)
ORDINARY: Final = frozenset({"pause", "finished", "no_motion", "closed"})
"""Why a permit ends without anything being wrong (``hardware.link.Ordinary``)."""
OWN_PROGRAM: Final = "own"
"""Stands for a program that is not built in: a therapist may have put a name into its id."""
PROGRAMS: Final = frozenset(load_programs())

Value = str | int | float | bool | None


def number(value: object) -> float | int | None:
    """Return a finite number, else None."""
    if type(value) is float:
        return value if math.isfinite(value) else None
    return value if type(value) is int else None


def whole(value: object) -> int | None:
    """Return an integer, else None."""
    return value if type(value) is int else None


def flag(value: object) -> bool | None:
    """Return true or false, else None."""
    return value if isinstance(value, bool) else None


def text(value: object) -> str | None:
    """Return a text; only an identified export has fields of this type."""
    return value if isinstance(value, str) else None


def outcome(value: object) -> str | None:
    """Return one of the four outcomes, else None."""
    return value if isinstance(value, str) and value in OUTCOMES else None


def reason(value: object) -> str | None:
    """Return one of the reasons of the interlock; one it does not know becomes ``other``."""
    if value is None:
        return None
    return value if type(value) is str and value in REASONS else "other"


def program(value: object) -> str | None:
    """Return the id of a built-in program, ``own`` for any other, None for none."""
    if value is None:
        return None
    return value if isinstance(value, str) and value in PROGRAMS else OWN_PROGRAM


def reasons(value: object) -> str | None:
    """Return the reasons in one cell, with spaces between them; None for none."""
    return " ".join(reason_list(value)) or None


def reason_list(value: object) -> list[str]:
    """Return every reason of a list that the interlock knows."""
    return [one for one in value if one in REASONS] if isinstance(value, list) else []


class Field(NamedTuple):
    """One column: where it stands in a record, how it is read, its unit and what it means.

    ``open`` fields leave de-identified as well.
    """

    name: str
    read: Callable[[object], Value]
    unit: str
    meaning: str
    open: bool = True
    path: tuple[str, ...] = ()

    def of(self, record: dict[str, Any]) -> Value:
        """Return the field's value in a record, None when it is missing or of another type."""
        if not self.path:
            return self.read(record.get(self.name))
        value: Any = record
        for key in self.path:
            value = value.get(key) if isinstance(value, dict) else None
        return self.read(value)


def _f(name: str, unit: str, meaning: str, read: Callable[[object], Value] = number) -> Field:
    return Field(name, read, unit, meaning)


def _closed(name: str, meaning: str, *path: str) -> Field:
    read: Callable[[object], Value] = number if name in {"seq", "sensor_mm_per_count"} else text
    return Field(name, read, "mm" if name == "sensor_mm_per_count" else "", meaning, False, path)


CODES: Final = (
    Field("session_id", text, "", "code of the session; random in a de-identified export"),
    Field("profile_code", text, "", "code of the person; random if de-identified; empty: a guest"),
    Field("session_number", whole, "", "1 is that person's first session on this kiosk"),
    Field("day", whole, "d", "days since that person's first session; empty: guest, unsure clock"),
)
"""Made for each export, by ``people``; the first two are the record's own when identified."""

SECRETS: Final = (
    _closed("seq", "number of the record in the log"),
    _closed("kiosk_id", "number of the kiosk"),
    _closed("boot_id", "number of the kiosk's boot"),
    _closed("app_version", "version of Sternway"),
    _closed("sensor_serial", "belt sensor's serial number", "sensor", "serial"),
    _closed("sensor_firmware", "belt sensor's firmware", "sensor", "firmware"),
    _closed("sensor_mm_per_count", "belt travel per sensor count", "sensor", "mm_per_count"),
    _closed("started_at", "date and time of the start, UTC, ISO 8601"),
    _closed("prev_hash", "hash of the record before"),
    _closed("hash", "hash of this record"),
)
"""These leave only identified."""

OPEN: Final = (
    _f("schema", "", "version of the record's layout", whole),
    _f("clock_trusted", "", "whether somebody had set or confirmed the kiosk's clock", flag),
    _f("profile_version", "", "version of the person's profile", whole),
    _f("program_id", "", "built-in program; own: a plan of the person's own", program),
    _f("program_version", "", "version of the program", whole),
    _f("planned_s", "s", "length of the plan"),
    _f("walked_s", "s", "time walked"),
    _f("distance_m", "m", "way walked"),
    _f("distance_total_m", "m", "all motion of the belt from the first permit to the end"),
    _f("mean_kmh", "km/h", "mean speed while walking"),
    _f("max_kmh", "km/h", "highest speed while walking"),
    _f("in_band_pct", "%", "share of the walked time within the target speeds"),
    _f("rails_both_pct", "%", "share of the walked time with both hands on the rails"),
    _f("rails_one_pct", "%", "share with one hand on a rail"),
    _f("rails_none_pct", "%", "share with no hand on a rail"),
    _f("incline_pct", "%", "steepest incline walked"),
    _f("pauses", "", "number of pauses", whole),
    _f("steps_completed", "", "steps of the plan walked to their end", whole),
    _f("steps_total", "", "steps of the plan", whole),
    _f("pain_before", "0-10", "pain before, numeric rating scale", whole),
    _f("pain_after", "0-10", "pain after, numeric rating scale", whole),
    _f("rpe", "6-20", "exertion after, Borg scale", whole),
    _f("outcome", "", "completed, stopped, safety_stop or interrupted", outcome),
    _f(
        "stop_reason",
        "",
        "why it was stopped (Reason in hardware/link.py); other: not known",
        reason,
    ),
    _f("reasons_seen", "", "every reason seen, with spaces between", reasons),
    Field("frames_accepted", whole, "", "sensor frames used", True, ("frames", "accepted")),
    Field("frames_rejected", whole, "", "sensor frames refused", True, ("frames", "rejected")),
    Field("frames_lost", whole, "", "sensor frames that never came", True, ("frames", "lost")),
)

DEIDENTIFIED: Final = (*CODES, *OPEN)
IDENTIFIED: Final = (*CODES, *SECRETS, *OPEN)
"""The columns of ``sessions.csv``, in this order."""
