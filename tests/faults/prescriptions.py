"""Group 12: ten thousand files that almost are profiles, and a few that are hostile."""

from __future__ import annotations

import random
import tracemalloc
from collections import Counter
from collections.abc import Iterator

from profiles.checking import MOST_FAULTS
from profiles.importer import look
from profiles.reading import MOST_BYTES, read
from tests.faults.frame import Case, Lab, Part
from tests.profiles import hostile, mutated
from tests.profiles.written import encoded, profile, put, taken, tree_hash

PRIVATE = {"Sam": "Zaphod", "free text": "Beeblebrox 77", "4821": "90417"}
CODE = "P-7F3K"
"""The code of the file that the others are made of."""
CONTRACT_BYTES = 1024 * 1024
MOST_TEXT = 60_000
"""Characters of a report that a person can still look at."""


def judge(content: bytes) -> bool:
    """Read a file: refused with reasons or taken, within bounds. Returns whether it was taken."""
    reading = read(content)
    assert reading.faults or reading.profiles, "neither taken nor refused"
    assert not (reading.faults and reading.profiles), "half taken"
    texts = [str(fault) for fault in reading.faults]
    assert len(texts) <= MOST_FAULTS + 1
    assert sum(map(len, texts)) < MOST_TEXT
    return not reading.faults


def almost(lab: Lab) -> Iterator[Case]:
    counts = [0, 0]

    def tried(dice: random.Random) -> None:
        (content,) = mutated.files(1, dice.randrange(1 << 62))
        counts[judge(content)] += 1
        for word, other in PRIVATE.items():
            content = content.replace(word.encode(), other.encode())
        told = "\n".join(map(str, read(content).faults))
        assert not [word for word in PRIVATE.values() if word in told], "a private word is told"

    for number in range(lab.scale(10_000, 500)):
        yield Case(str(number), tried)
    lab.say(f"{counts[1]:,} taken, {counts[0]:,} refused with their reasons")


def hostiles(lab: Lab) -> Iterator[Case]:
    for name, content in lab.some(list(hostile.FILES.items()), 3):

        def tried(_dice: random.Random, content: bytes = content) -> None:
            tracemalloc.start()
            try:
                assert not judge(content), "it is taken"
                _, most = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert most < 32 * MOST_BYTES, f"{most / MOST_BYTES:.0f} times the largest file"

        yield Case(name.replace(" ", "-"), tried)
    yield Case("over-the-bound", lambda _dice: _too_large())


def _too_large() -> None:
    """A profile that is right but for its size: a byte more than may be is refused."""
    small = encoded(profile())
    for bytes_over in (0, 1):
        content = small + b" " * (CONTRACT_BYTES + bytes_over - len(small))
        assert judge(content) is (bytes_over == 0), f"{len(content):,} bytes"


def imported(lab: Lab) -> Iterator[Case]:
    """The same files as an import sees them, beside no version of this profile or another one.

    Nothing on the kiosk changes by looking, and no version is taken but a newer one.
    """
    found: Counter[str] = Counter()

    def tried(dice: random.Random) -> None:
        folder = lab.new_folder("import", in_memory=True)
        here = dice.choice((None, 1, 3, 9))
        values = [] if here is None else [profile(code=CODE, version=here)]
        library = taken(folder / "data", *values)
        library.all()
        before = tree_hash(folder / "data")
        paths = []
        for number, content in enumerate(mutated.files(5, dice.randrange(1 << 62))):
            paths.append(put(folder, content, f"{number}.json"))
        preview = look(library, paths, None)
        assert len(preview.files) == 5
        assert all(file.entries or file.faults for file in preview.files)
        offered = dice.randrange(1, 12)
        whole = put(folder, profile(code=CODE, version=offered), "whole.json")
        sound = look(library, [whole], None)
        for entry in (entry for file in (*preview.files, *sound.files) for entry in file.entries):
            found[entry.status] += 1
            if entry.ready is not None and entry.code == CODE and here is not None:
                assert entry.status == "changed"
                assert entry.version is not None
                assert entry.version > here, f"version {entry.version} would replace {here}"
        newer = here is None or offered > here
        assert sound.acceptable == ((CODE,) if newer else ()), f"{offered} beside {here}"
        assert tree_hash(folder / "data") == before
        lab.forget(folder)

    for number in range(lab.scale(60, 3)):
        yield Case(str(number), tried)
    lab.say(f"entries: {dict(found)}")


PARTS = [
    Part(12, "mutated", "files that almost are profiles: flipped, cut, wrong values", almost),
    Part(12, "hostile", "huge, deep, endless files: time and memory stay bounded", hostiles),
    Part(12, "import", "five of them at a time, looked at by an import", imported),
]
