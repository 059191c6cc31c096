"""Bytes of a profile's file → profiles, or every fault with its place (contracts.md §7).

Time and memory are bounded by the size of the file, whatever is in it, and nothing but faults comes
out of a hostile one. A fault never holds a name, a note or a PIN.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, NoReturn

from profiles import rules
from profiles.checking import Faults, check, converted
from profiles.names import name_key
from profiles.profile import Bundle, Profile
from profiles.rules import UNSOUND, Fault
from profiles.saying import ToldError, saying

MOST_BYTES: Final = 1024 * 1024
MOST_DEPTH: Final = 16
"""A bundle needs six."""
_KINDS: Final[Mapping[str, type[Profile | Bundle]]] = {"profile": Profile, "bundle": Bundle}
# Possessive, and content with a text that never ends: no file makes it look back.
_BRACKET: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
_WHOLE: Final = 2.0**53
"""Up to here a number like 3.0 means 3, in every language."""


class Draft(NamedTuple):
    """One profile of a file: sound, or None with its faults. ``code`` is known if it is sound."""

    path: str
    code: str | None
    version: int | None
    profile: Profile | None
    faults: tuple[Fault, ...]


class Reading(NamedTuple):
    """What a file holds. ``faults`` are all of the file's, its profiles' too."""

    drafts: tuple[Draft, ...]
    faults: tuple[Fault, ...]

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """The profiles; none where anything at all is wrong with the file."""
        if self.faults:
            return ()
        return tuple(draft.profile for draft in self.drafts if draft.profile is not None)


class _Refused(ToldError):
    """What is not JSON as we take it; what is said is the fault."""


def read(content: bytes) -> Reading:
    """Read a profile or a bundle. Never raises: what is wrong comes back as faults."""
    try:
        data = _parsed(content)
        kind = _kind_of(data)
    except _Refused as error:
        return Reading((), (Fault("", error.said[0]),))
    faults = Faults()
    sound = check(data, kind, "", faults)
    several = kind is Bundle
    trees = sound["profiles"] if several else [sound]
    trees = [] if trees is UNSOUND else trees
    for i, tree in enumerate(trees):
        if tree is not UNSOUND:
            for fault in rules.broken(tree, _prefix(i, several=several)):
                faults.add(fault.path, fault.text)
    if several:
        _check_twins(trees, faults)
    drafts = [
        _draft(data["profiles"][i] if several else data, tree, i, faults, several=several)
        for i, tree in enumerate(trees)
    ]
    return Reading(tuple(drafts), faults.all())


def _draft(value: Any, tree: Any, i: int, faults: Faults, *, several: bool) -> Draft:
    prefix = _prefix(i, several=several)
    place = prefix.rstrip(".")
    profile = None
    if tree is not UNSOUND and not _within(faults, prefix):
        profile = converted(value, Profile, place, faults)
    code, version = (UNSOUND if tree is UNSOUND else tree[key] for key in ("code", "version"))
    return Draft(
        place,
        None if code is UNSOUND else code,
        None if version is UNSOUND else version,
        profile,
        _within(faults, prefix),
    )


def _within(faults: Faults, prefix: str) -> tuple[Fault, ...]:
    place = prefix.rstrip(".")
    return tuple(
        fault for fault in faults.all() if fault.path == place or fault.path.startswith(prefix)
    )


def _check_twins(trees: Sequence[Any], faults: Faults) -> None:
    """Note codes, and first names with the same PIN, that stand in a bundle twice."""
    codes: dict[str, int] = {}
    people: dict[tuple[str, str], int] = {}
    for i, tree in enumerate(trees):
        if tree is UNSOUND:
            continue
        code, name, pin = tree["code"], tree["display_name"], tree["pin"]
        if code is not UNSOUND and (first := codes.setdefault(code, i)) != i:
            text = saying(
                "is the code of {place} too; give each profile its own", place=f"profiles[{first}]"
            )
            faults.add(f"profiles[{i}].code", text)
            continue
        if UNSOUND in (name, pin):
            continue
        if (first := people.setdefault((name_key(name), pin), i)) != i:
            text = saying(
                "{place} has this PIN and the same first name; choose another PIN",
                place=f"profiles[{first}]",
            )
            faults.add(f"profiles[{i}].pin", text)


def _prefix(i: int, *, several: bool) -> str:
    return f"profiles[{i}]." if several else ""


def _kind_of(data: Any) -> type[Profile | Bundle]:
    if not isinstance(data, dict):
        raise _Refused(saying("is no profile; it must begin with a brace {brace}", brace="{"))
    said = data.get("sternway")
    kind = _KINDS.get(said) if isinstance(said, str) else None
    if kind is None:
        raise _Refused(
            saying('is no profile of Sternway; "sternway" must be "profile" or "bundle"')
        )
    if data.get("schema", 1) != 1:
        raise _Refused(saying("is of another schema; this kiosk reads schema 1: save it as that"))
    return kind


def _parsed(content: bytes) -> Any:
    """Return the file as JSON. Raises :class:`_Refused` with the fault."""
    if len(content) > MOST_BYTES:
        raise _Refused(saying("is over 1 MiB; split it into several files"))
    try:
        text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise _Refused(saying("is not UTF-8 (byte {n}); save it as UTF-8", n=error.start)) from None
    _check_depth(text)
    try:
        data = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_number,
            parse_int=_number,
        )
        # An escape may stand for half a character, which nothing can print or write.
        json.dumps(data, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        raise _Refused(
            saying(
                "is not JSON at line {line}, column {column}; mend it there, or save it anew",
                line=error.lineno,
                column=error.colno,
            )
        ) from None
    except UnicodeEncodeError:
        raise _Refused(saying("holds half a character (a lone surrogate); remove it")) from None
    return data


def _check_depth(text: str) -> None:
    depth = 0
    for found in _BRACKET.finditer(text):
        mark = found[0]
        depth += 1 if mark in "[{" else -1 if mark in "]}" else 0
        if depth > MOST_DEPTH:
            raise _Refused(saying("is nested over {n} deep; a profile never is", n=MOST_DEPTH))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        if twice.isidentifier() and len(twice) < 40:
            raise _Refused(
                saying('"{key}" stands twice in one object; keep one of them', key=twice)
            )
        raise _Refused(saying("a key stands twice in one object; keep one of them"))
    return found


def _number(text: str) -> int | float:
    number = float(text)
    if not math.isfinite(number):
        raise _Refused(saying("holds a number that is far too large; mend it"))
    return int(number) if number.is_integer() and abs(number) <= _WHOLE else number


def _refuse_constant(name: str) -> NoReturn:
    raise _Refused(saying("holds {name}, which is no number; put one there", name=name))
