"""Files that almost are profiles: bytes flipped and cut, values of every kind in every place."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

from tests.profiles.written import STEP, bundle, profile

SAMPLES: tuple[dict[str, Any], ...] = (
    profile(),
    profile(plan={"steps": [STEP, {**STEP, "name": "end"}]}),
    bundle(profile(), profile(code="P-2", pin="1111"), profile(code="P-3", pin="2222")),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 0.1, 2.5, 6, 61, 1e308, -1e308, 10**30, "", " ", "x", "4821"),
    *("2026-02-30", "P-7F3K", "low-back", "both", [], {}, [[]], {"a": {}}, "x" * 600, "\u202e"),
    *("\ud800", "\x00", "profile", "bundle", "en", [STEP], {"program": "easy-walk"}),
)
KEYS = ("a", "max_kmhh", "", "pin", "note", "\ud800", "__proto__", "x" * 5000, "sternway")
TEXTS = (b"NaN", b"Infinity", b"-Infinity", b"1e999", b"1" * 5000, b"[" * 5000, b'{"a":' * 5000)
TEXTS += (b'"code":"P-7F3K",', b"\xff\xfe", b"\\ud800", b"\x00", b"//", b",", b"}", b"'")


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a value."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def changed(value: Any, chance: random.Random) -> Any:
    """The value with one place changed, removed, doubled or added to."""
    made = copy.deepcopy(value)
    *folders, key = chance.choice(list(places(made)))
    place = made
    for folder in folders:
        place = place[folder]
    what = chance.randrange(4)
    if what == 0:
        del place[key]
    elif what == 1 and isinstance(place, dict):
        place[chance.choice(KEYS)] = chance.choice(VALUES)
    elif what == 2 and isinstance(place, list):
        place.append(copy.deepcopy(place[key]))
    else:
        place[key] = chance.choice(VALUES)
    return made


def broken(content: bytes, chance: random.Random) -> bytes:
    """The bytes with some of them flipped, cut, doubled or replaced."""
    made = bytearray(content)
    at = chance.randrange(len(made))
    what = chance.randrange(5)
    if what == 0:
        made[at] ^= 1 << chance.randrange(8)
    elif what == 1:
        del made[at:]
    elif what == 2:
        made[at:at] = chance.choice(TEXTS)
    elif what == 3:
        del made[at : at + chance.randrange(1, 30)]
    else:
        made[at:at] = made[chance.randrange(len(made)) :]
    return bytes(made)


def files(count: int, seed: int) -> Iterator[bytes]:
    """Mutated files, the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        value = chance.choice(SAMPLES)
        for _ in range(chance.choice((0, 1, 1, 2, 4))):
            value = changed(value, chance)
        content = json.dumps(value, ensure_ascii=chance.random() < 0.5)
        made = content.encode("utf-8", "surrogatepass")
        for _ in range(chance.choice((0, 0, 1, 3))):
            made = broken(made, chance) if made else made
        yield made
