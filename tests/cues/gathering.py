"""Every text that the kiosk shows, found in its sources: the keys of the catalogues."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.extract import extract

from profiles.about import load_about, load_briefing
from profiles.programs import load_programs

ROOT: Final = Path(__file__).resolve().parents[2]
MARKS: Final = {"_": None, "_n": None, "Refusal": (2,), "PinRefused": (1,), "saying": (1,)}
"""What stands before a text in Python: shown here, shown elsewhere, said far from the screens."""

_STRING: Final = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_IN_KV: Final = re.compile(rf"(?<![\w.])_\(\s*({_STRING})\s*\)")
_ANY_IN_KV: Final = re.compile(r"(?<![\w.])_\(")


class NotAText(ValueError):
    """A ``_()`` in a ``.kv`` file around something else than one text: nobody can translate it."""


def in_python(source: Path) -> Iterator[str]:
    """The texts of a module."""
    with source.open("rb") as file:
        for _line, found, _comments, _context in extract("python", file, keywords=MARKS):
            yield found if isinstance(found, str) else found[0]


def in_kv(source: str, name: str = "") -> Iterator[str]:
    """The texts of a layout; raises :class:`NotAText`."""
    found = list(_IN_KV.finditer(source))
    starts = {match.start() for match in found}
    for mark in _ANY_IN_KV.finditer(source):
        if mark.start() not in starts:
            line = source.count("\n", 0, mark.start()) + 1
            raise NotAText(f"{name}:{line}: put one text, in quotes, into _()")
    for match in found:
        yield str(ast.literal_eval(match[1]))


def in_tables() -> Iterator[tuple[str, str]]:
    """The texts of the programs and of the page about walking backwards, with their files."""
    for program in load_programs().values():
        for text in program.texts:
            yield text, f"profiles/programs/{program.id}.toml"
    for text in (*load_about(None).texts, *load_briefing().texts):
        yield text, "profiles/about.toml"


@cache
def gathered() -> dict[str, list[str]]:
    """Every text, and the files that it stands in."""
    found: dict[str, set[str]] = {}
    sources = (one for top in ("kiosk", "profiles") for one in (ROOT / top).rglob("*.py"))
    for source in sorted(sources):
        for text in in_python(source):
            found.setdefault(text, set()).add(source.relative_to(ROOT).as_posix())
    for source in sorted((ROOT / "kiosk").rglob("*.kv")):
        name = source.relative_to(ROOT).as_posix()
        for text in in_kv(source.read_text(encoding="utf-8"), name):
            found.setdefault(text, set()).add(name)
    for text, name in in_tables():
        found.setdefault(text, set()).add(name)
    found.pop("", None)
    return {text: sorted(files) for text, files in found.items()}
