"""One target under atheris, in a process of its own: TARGET, FOUND, "all" or "first", libFuzzer's.

Goes on after a find: each kind of failure is kept once, in the folder FOUND, with its traceback.
A hang or too much memory ends the process; libFuzzer leaves the input beside the others.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
import traceback
from pathlib import Path

import atheris

# Everything of ours is watched for branches; what the oracles need of tests/ is not.
with atheris.instrument_imports(include=["hardware", "kiosk", "profiles"]):
    from tests.fuzz.targets import BY_NAME
from tests.fuzz.smaller import kind_of


def main(name: str, found: Path, arguments: list[str], *, only_first: bool) -> None:
    """Run the target until libFuzzer's arguments end it, or the first failure does."""
    target = BY_NAME[name]
    known: set[tuple[str, ...]] = set()

    def look(data: bytes) -> None:
        try:
            target.check(data)
        except Exception as error:
            kind = kind_of(error)
            if kind not in known:
                known.add(kind)
                case = found / hashlib.sha256(data).hexdigest()[:8]
                case.write_bytes(data)
                case.with_suffix(".why").write_text(traceback.format_exc(), encoding="utf-8")
                print(f"FOUND {case.name}: {error!r}"[:400], flush=True)
                if only_first:
                    os._exit(0)

    def change(data: bytes, most_bytes: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < 0.3:
            return bytes(atheris.Mutate(data, most_bytes))
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            data = target.mutate(data, chance)
        return data[:most_bytes]

    atheris.Setup([sys.argv[0], *arguments], look, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[4:], only_first=sys.argv[3] == "first")
