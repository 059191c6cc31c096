"""What differs between two versions of a profile, field by field: for the therapist alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from profiles.profile import Prescription

NOTHING: Final = "–"
_HIDDEN: Final = "••••"
ANOTHER: Final = f"another {_HIDDEN}"
"""The value of a PIN that is not the one before; a screen says it in its language."""


@dataclass(frozen=True, repr=False)
class Change:
    """A field by its path, and its old and new value as text; no log."""

    path: str
    old: str
    new: str


def changes(old: Prescription, new: Prescription, *, same_pin: bool) -> tuple[Change, ...]:
    """Return every field that differs, in the order of a file; a PIN is never shown."""
    before, after = (dict(_leaves(msgspec.to_builtins(one), "")) for one in (old, new))
    found = [
        Change(path, before.get(path, NOTHING), after.get(path, NOTHING))
        for path in dict.fromkeys((*before, *after))
        if before.get(path, NOTHING) != after.get(path, NOTHING)
    ]
    if not same_pin:
        found.append(Change("pin", _HIDDEN, ANOTHER))
    return tuple(found)


def facts(new: Prescription) -> tuple[tuple[str, str], ...]:
    """Return every field of a profile that is there, by its path; a PIN is never shown."""
    leaves = _leaves(msgspec.to_builtins(new), "")
    return tuple((path, text) for path, text in leaves if text != NOTHING)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from _leaves(item, f"{path}[{i}]")
    else:
        yield path, _text(value)


def _text(value: Any) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, int | float) else str(value)
