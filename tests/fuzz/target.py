"""What a target of the fuzzing is: bytes in, and an oracle that says what may come of them."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
CORPUS = FOLDER / "corpus"
"""Cases that are kept: ``corpus/TARGET/NAME``."""

SHELF = "STERNWAY_FUZZ_SHELF"
"""Names the folder for a process's files; whoever starts atheris cleans up, which ends at once."""


def in_memory() -> Path | None:
    """A place for files that need no disk, if there is one."""
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) else None


Mutate = Callable[[bytes, random.Random], bytes]


class Break(NamedTuple):
    """One line of the code under test broken, to see that the oracle notices.

    ``before`` stands once in the file ``source``.
    """

    what: str
    source: str
    before: str
    after: str

    @property
    def case(self) -> str:
        """The name of the case that notices it."""
        return "-".join(self.what.replace("'", "").split())


class Target(NamedTuple):
    """One door through which bytes come in.

    ``check`` is the oracle: it returns for what is well refused or rightly accepted, and raises for
    all else. ``mutate`` knows the form of what is read (a
    checksum, a tree), so that a changed file is not always refused at its first byte.
    """

    name: str
    check: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]
    mutate: Mutate
    breaks: tuple[Break, ...]
    most_bytes: int = 4096


def kept(name: str) -> list[Path]:
    """The cases of a target that are kept, in the order of their names."""
    return sorted(path for path in (CORPUS / name).glob("*") if path.is_file())
