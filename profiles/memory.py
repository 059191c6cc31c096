"""What a library has read of its file: profiles by code and by hash, and the tables it writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from profiles.kept import (
    ABOUT,
    AUDIT,
    MOST_LINES,
    PROFILES,
    About,
    Kept,
    Line,
    Tables,
    document,
    kept_in,
    new_about,
)
from profiles.saying import Said, Saying, saying

ONLY: Final = "1"
"""The number of a table's one document."""


@dataclass(repr=False)
class Memory:
    """A file as it was read: its profiles by code and by hash, and what it is made of."""

    about: About = field(default_factory=new_about)
    tables: Tables = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    """Code -> number of the document, also of one that cannot be read."""
    kept: dict[str, Kept] = field(default_factory=dict)
    by_hash: dict[str, str] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    faults: Said = ()


def memory_of(tables: Tables, about: About) -> Memory:
    """Understand the tables. What is no profile is a fault, and stays in the file untouched."""
    memory = Memory(about=about, tables=tables)
    faults: list[Saying] = []
    try:
        memory.about = msgspec.convert(tables[ABOUT][ONLY], About)
    except KeyError:
        memory.tables.setdefault(ABOUT, {})
    except msgspec.ValidationError:
        faults.append(saying("The PINs of all profiles are lost: import the profiles again."))
    for number, found in tables.get(AUDIT, {}).items():
        try:
            memory.lines.append(msgspec.convert(found, Line))
        except msgspec.ValidationError:
            faults.append(
                saying("Line {n} of the audit cannot be read: somebody changed it.", n=number)
            )
    for number, found in tables.get(PROFILES, {}).items():
        try:
            kept = kept_in(found)
        except msgspec.ValidationError:
            faults.append(saying("Profile number {n} cannot be read: import it again.", n=number))
            if isinstance(code := found.get("code"), str):
                memory.numbers.setdefault(code, number)
            continue
        memory.kept[kept.code] = kept
        memory.numbers[kept.code] = number
        memory.by_hash[kept.pin_hash] = kept.code
    memory.faults = tuple(faults)
    return memory


def keep(memory: Memory, kept: Kept) -> None:
    """Put a profile into the tables, in the place of one with its code."""
    table = memory.tables.setdefault(PROFILES, {})
    number = memory.numbers.setdefault(kept.code, _next_number(table))
    table[number] = document(kept)
    memory.kept[kept.code] = kept
    memory.by_hash[kept.pin_hash] = kept.code


def was_forgotten(memory: Memory, code: str) -> bool:
    """Say whether somebody had this code who was forgotten: who comes by it now is another one."""
    whats = (one.what for one in reversed(memory.lines) if one.code == code)
    return next((what for what in whats if what in {"imported", "forgotten"}), "") == "forgotten"


def note(memory: Memory, line: Line) -> None:
    """Put a line into the audit, of which the newest stay, and those of what was forgotten."""
    table = memory.tables.setdefault(AUDIT, {})
    table[_next_number(table)] = msgspec.to_builtins(line)
    while len(table) > MOST_LINES:
        lesser = (number for number, one in table.items() if one.get("what") != "forgotten")
        del table[next(lesser, next(iter(table)))]


def _next_number(table: dict[str, Any]) -> str:
    # Numbers only grow: the newest document is the last.
    return str(int(next(reversed(table), "0")) + 1)
