"""The fields of a profile in a therapist's words: their names, values and faults. No Kivy.

Each path of a file has its name here, a path that is not known is told as it stands in the file.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from kiosk.cues.texts import _
from kiosk.screens.dates import short_day
from profiles.changes import ANOTHER, NOTHING
from profiles.model import Program
from profiles.programs import load_programs


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "sternway": (_n("Kind of file"), ""),
    "schema": (_n("Kind of file"), ""),
    "profiles": (_n("List of profiles"), ""),
    "code": (_n("Code"), ""),
    "display_name": (_n("First name"), ""),
    "pin": (_n("PIN"), ""),
    "version": (_n("Version"), ""),
    "issued_on": (_n("Written on"), "day"),
    "expires_on": (_n("Last day"), "day"),
    "language": (_n("Language"), "language"),
    "screening_cleared": (_n("Screening done"), ""),
    "rails": (_n("Hands"), "rails"),
    "limits": (_n("Limits"), ""),
    "limits.max_kmh": (_n("Top speed"), "km/h"),
    "limits.max_incline_pct": (_n("Most incline"), "%"),
    "limits.max_session_min": (_n("Longest walk"), "min"),
    "plan": (_n("Plan"), ""),
    "plan.program": (_n("Program"), "program"),
    "plan.steps": (_n("Steps"), ""),
    "schedule": (_n("Schedule"), ""),
    "schedule.sessions_per_week": (_n("Walks a week"), ""),
    "schedule.weeks": (_n("Weeks"), ""),
    "progression": (_n("Next steps"), ""),
    "progression.every_sessions": (_n("A step after"), "walks"),
    "progression.add_min": (_n("Each adds"), "min"),
    "progression.add_kmh": (_n("Each adds"), "km/h"),
    "progression.add_incline_pct": (_n("Each adds"), "%"),
    "stop_rules": (_n("Stop rules"), ""),
    "stop_rules.pain_at_or_above": (_n("Hold at pain"), ""),
    "stop_rules.pain_rise": (_n("Hold if pain rises by"), ""),
    "stop_rules.rpe_at_or_above": (_n("Hold at effort"), ""),
    "note": (_n("Note"), ""),
}
"""Path -> its name, and what kind of value it has: a unit, or words."""
STEP_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "": (_n("Step {n}"), ""),
    "name": (_n("Step {n}, name"), ""),
    "min": (_n("Step {n}, length"), "min"),
    "low_kmh": (_n("Step {n}, slowest"), "km/h"),
    "high_kmh": (_n("Step {n}, fastest"), "km/h"),
    "incline_pct": (_n("Step {n}, incline"), "%"),
}
LANGUAGES: Final = {"en": "English", "es": "Español", "de": "Deutsch", "fr": "Français"}
"""Each language by its own name."""
_RAILS: Final = {"both": _n("both"), "one": _n("one"), "none": _n("none")}
_YES: Final = {"yes": _n("yes"), "no": _n("no")}
_STEP: Final = re.compile(r"plan\.steps\[(\d+)\](?:\.(\w+))?")
_ENTRY: Final = re.compile(r"profiles\[(\d+)\]\.?")
_PATHS: Final = re.compile(
    r"(?<![\w.])(?:limits|schedule|progression|stop_rules)\.\w+|(?<![\w.])"
    r"(?:expires_on|issued_on|high_kmh|low_kmh|display_name|profiles\[\d+\])(?![\w.])"
)


def field_words(path: str) -> str:
    """Return the name of a place in a file, in words."""
    entry = _ENTRY.match(path)
    if entry is not None:
        rest, number = path[entry.end() :], int(entry[1]) + 1
        if not rest:
            return _("Profile {n}").format(n=number)
        return _("Profile {n}: {field}").format(n=number, field=field_words(rest))
    if not path:
        return _("The file")
    step = _STEP.fullmatch(path)
    if step is not None:
        found = STEP_NAMES.get(step[2] or "")
        if found is not None:
            return _(found[0]).format(n=int(step[1]) + 1)
    known = NAMES.get(path)
    if known is not None:
        return _(known[0])
    return _("Field {path}").format(path=path.rpartition(".")[2])


def step_of(path: str) -> tuple[int, str] | None:
    """Return the number of the step and the field in it, of a path that leads into a step."""
    step = _STEP.fullmatch(path)
    return (int(step[1]), step[2]) if step is not None and step[2] in STEP_NAMES else None


def own_path(path: str) -> str:
    """Return a path within its profile, without the profile's place in a bundle."""
    return _ENTRY.sub("", path, count=1)


def value_words(path: str, text: str) -> str:
    """Return a value in words, with its unit."""
    if text == NOTHING:
        return _("none") if path != "language" else _("the screen's")
    if path == "pin" and text == ANOTHER:
        return _("another one")
    step = _STEP.fullmatch(path)
    _name, kind = STEP_NAMES.get(step[2] or "", ("", "")) if step else NAMES.get(path, ("", ""))
    match kind:
        case "km/h":
            return _("{kmh} km/h").format(kmh=kmh_words(text))
        case "min":
            return _("{n} min").format(n=text)
        case "%":
            return f"{text}\u00a0%"
        case "walks":
            return _("1 walk") if text == "1" else _("{n} walks").format(n=text)
        case "day":
            return _day(text)
        case "language":
            return LANGUAGES.get(text, text)
        case "rails":
            return _(_RAILS.get(text, text))
        case "program":
            return program_words(text)
    return _(_YES.get(text, text)) if path == "screening_cleared" else text


def program_words(program_id: str) -> str:
    """Return the name of a program; steps of one's own have none."""
    program = _programs().get(program_id)
    return _(program.name) if program is not None else _("Own steps")


def fault_words(text: str) -> str:
    """Return what is wrong, with the paths in it in words."""
    return _PATHS.sub(lambda match: f"\u201c{_last(match[0])}\u201d", text)


def _last(path: str) -> str:
    step = STEP_NAMES.get(path)
    if step is not None and path in {"high_kmh", "low_kmh"}:
        return _("fastest") if path == "high_kmh" else _("slowest")
    return field_words(path)


def kmh_words(text: str) -> str:
    """Return a speed with one decimal at least."""
    try:
        value = float(text)
    except ValueError:
        return text
    return f"{value:.1f}" if round(value, 1) == value else f"{value:g}"


def _day(text: str) -> str:
    try:
        return short_day(date.fromisoformat(text))
    except ValueError:
        return text


@functools.cache
def _programs() -> Mapping[str, Program]:
    return load_programs()
