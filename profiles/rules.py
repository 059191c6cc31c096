"""The rules between the fields of a profile: plain data, which the shipped schema carries as well.

A rule compares two places. Whoever reads the schema (the editor page) applies them in the same way:

* a place is a number, or a path in the profile; ``[*]`` stands for each step, the same one on both
  sides; ``sum(...)`` adds up; ``program.`` leads into the facts about the chosen program
* a place that is not there, or is faulty itself, breaks no rule
* texts compare as texts, which for days as 2026-11-22 is their order
* ``xor`` asks that exactly one of the two places is there
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

from msgspec import Struct

from profiles.programs import load_programs
from profiles.saying import Saying

UNSOUND: Final = object()
"""Stands for a value with a fault of its own: no rule judges it."""

_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<=": operator.le,
    ">=": operator.ge,
}
_SUM: Final = re.compile(r"sum\((.*)\)")
_PROGRAM: Final = "program."


class Fault(NamedTuple):
    """What is wrong and its mend; ``path`` is its place in the file, "" the file itself.

    Never holds a name, a note or a PIN: faults are printed and logged.
    """

    path: str
    text: Saying

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else str(self.text)


class Rule(Struct, frozen=True):
    """``left op right`` must hold; else ``say`` is the fault at the place ``at``."""

    id: str
    at: str
    left: str
    op: Literal["<=", ">=", "xor"]
    right: str | float
    say: str


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


RULES: Final = (
    Rule(
        "expiry",
        "expires_on",
        "expires_on",
        ">=",
        "issued_on",
        _n("is before issued_on; make it a later day, or mend issued_on"),
    ),
    Rule(
        "one-plan",
        "plan",
        "plan.program",
        "xor",
        "plan.steps",
        _n("must hold either program or steps; keep one of them"),
    ),
    Rule(
        "step-band",
        "plan.steps[*].low_kmh",
        "plan.steps[*].low_kmh",
        "<=",
        "plan.steps[*].high_kmh",
        _n("is {left}, over high_kmh {right}; swap or change them"),
    ),
    Rule(
        "step-speed",
        "plan.steps[*].high_kmh",
        "plan.steps[*].high_kmh",
        "<=",
        "limits.max_kmh",
        _n("is {left}, over limits.max_kmh {right}; lower it, or raise the limit"),
    ),
    Rule(
        "step-incline",
        "plan.steps[*].incline_pct",
        "plan.steps[*].incline_pct",
        "<=",
        "limits.max_incline_pct",
        _n("is {left}, over limits.max_incline_pct {right}; lower it, or raise the limit"),
    ),
    Rule(
        "steps-too-long",
        "plan.steps",
        "sum(plan.steps[*].min)",
        "<=",
        "limits.max_session_min",
        _n(
            "last {left} minutes, over limits.max_session_min {right}; shorten them, "
            "or raise the limit"
        ),
    ),
    Rule(
        "steps-too-short",
        "plan.steps",
        "sum(plan.steps[*].min)",
        ">=",
        1,
        _n("last {left} minutes; make them at least {right} minute together"),
    ),
    Rule(
        "program-speed",
        "plan.program",
        "program.max_kmh",
        "<=",
        "limits.max_kmh",
        _n(
            "walks at up to {left} km/h, over limits.max_kmh {right}; raise the limit, "
            "take another program, or write steps instead"
        ),
    ),
    Rule(
        "program-incline",
        "plan.program",
        "program.max_incline_pct",
        "<=",
        "limits.max_incline_pct",
        _n(
            "needs an incline of {left} percent, over limits.max_incline_pct {right}; raise the "
            "limit, or take another program"
        ),
    ),
    Rule(
        "program-minutes",
        "plan.program",
        "program.shortest_min",
        "<=",
        "limits.max_session_min",
        _n(
            "takes at least {left} minutes, over limits.max_session_min {right}; raise the limit, "
            "take another program, or write steps instead"
        ),
    ),
)


@functools.cache
def facts() -> Mapping[str, Mapping[str, float]]:
    """Return what the rules ask of each built-in program."""
    return {
        name: {
            "shortest_min": program.minutes[0],
            "default_min": program.default_minutes,
            "max_kmh": program.speed_range_kmh[1],
            "cap_kmh": program.cap_kmh,
            "max_incline_pct": program.max_incline_pct,
        }
        for name, program in load_programs().items()
    }


def broken(profile: Mapping[str, Any], prefix: str = "") -> Iterator[Fault]:
    """Return the rules that a profile, as JSON has it, breaks; ``prefix`` is where it stands.

    A part with a fault of its own is :data:`UNSOUND`, one that may be left out has its default.
    """
    for rule in RULES:
        for index, left, right in _pairs(rule, profile):
            if not _holds(rule.op, left, right):
                path = prefix + rule.at.replace("*", index)
                fields = (("left", _shown(left)), ("right", _shown(right)))
                yield Fault(path, Saying(rule.say, fields if "{" in rule.say else ()))


def _holds(op: str, left: Any, right: Any) -> bool:
    if op == "xor":
        return (left is None) != (right is None)
    return left is None or right is None or _COMPARE[op](left, right)


def _pairs(rule: Rule, profile: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Return the values to compare, each with the step's index ("" without one)."""
    left, right = _values(rule.left, profile), _values(rule.right, profile)
    for index, value in left.items():
        other = right.get(index, right.get(""))
        if value is not UNSOUND and other is not UNSOUND:
            yield index, value, other


def _values(place: str | float, profile: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value at a place, or one for each step; None where nothing is."""
    if not isinstance(place, str):
        return {"": place}
    if summed := _SUM.fullmatch(place):
        each = _values(summed[1], profile)
        if UNSOUND in each.values():
            return {"": UNSOUND}
        return {"": round(sum(each.values()), 6) if "" not in each else None}
    if place.startswith(_PROGRAM):
        chosen = _at(profile, "plan.program")
        known = facts().get(chosen, {}) if isinstance(chosen, str) else {}
        return {"": known.get(place.removeprefix(_PROGRAM))}
    path, _, rest = place.partition("[*].")
    found = _at(profile, path)
    if not rest or not isinstance(found, list | tuple):
        return {"": found}
    return {str(index): _at(item, rest) for index, item in enumerate(found)}


def _at(tree: Any, path: str) -> Any:
    for key in path.split("."):
        if tree is UNSOUND or tree is None:
            return tree
        tree = tree.get(key)
    return tree


def _shown(value: Any) -> str | float:
    return value if isinstance(value, int | float) else str(value)
