"""What a fault group is made of: parts, cases, and the count of how each case ended.

A case is a seed and a command that repeats it. It survives when its function returns, is lost when
it raises, and is *not run* where the machine lacks what it needs: that never counts as survived.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

Made = TypeVar("Made")
Item = TypeVar("Item")

CASE_S = 120
"""A case that takes longer is taken as hung, and as lost."""


class NotRun(Exception):
    """This machine lacks what a case needs; the text says what, and how to get it."""


class Case(NamedTuple):
    """One fault. ``try_it`` gets the case's own dice."""

    id: str
    try_it: Callable[[random.Random], None]


class Part(NamedTuple):
    """A line of the table. ``cases`` may make what its cases share; it is closed after them.

    ``group`` is the number in the list of faults, ``name`` is unique within it. One that is
    ``slow`` starts whole kiosks, and is left to the full run.
    """

    group: int
    name: str
    what: str
    cases: Callable[[Lab], Iterator[Case]]
    slow: bool = False

    @property
    def id(self) -> str:
        return f"{self.group}.{self.name}"


class Tally:
    """How a part's cases ended."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.survived = 0
        self.lost: list[tuple[str, str]] = []
        self.not_run: Counter[str] = Counter()
        self.took_s = 0.0
        self.notes: list[str] = []

    @property
    def tried(self) -> int:
        return self.survived + len(self.lost)

    @property
    def left_out(self) -> int:
        return sum(self.not_run.values())


class Lab:
    """What a run gives its parts: a scale, a folder on a disk, dice, and what is needed."""

    def __init__(
        self,
        folder: Path,
        memory: Path,
        seed: int,
        *,
        short: bool,
        only_case: str | None,
        times: int = 1,
    ) -> None:
        self.folder = folder
        self.memory = memory
        self.seed = seed
        self.short = short
        self.only_case = only_case
        self.times = times
        self.stack = ExitStack()
        """Closed after each part."""
        self.whole_run = ExitStack()
        """Closed after all parts."""
        self.guards: list[Any] = []
        self.notes: list[str] = []
        """What a part wants to say beside its line of the table."""
        self._folders = 0

    def scale(self, full: int, short: int) -> int:
        """How many cases to try."""
        return short if self.short else full

    def repeated(self, full: int, short: int) -> int:
        """How many cases to try of those that only the moment tells apart: ``--times`` as many."""
        return short if self.short else full * self.times

    def some(self, items: Sequence[Item], short: int) -> list[Item]:
        """All of them; in a short run a few, and with a case to repeat all again."""
        if not self.short or self.only_case is not None or len(items) <= short:
            return list(items)
        chosen = self.dice("some").sample(range(len(items)), short)
        return [items[number] for number in sorted(chosen)]

    def dice(self, of: str) -> random.Random:
        """Return dice that fall the same way for the same seed and name."""
        return random.Random(f"{self.seed}/{of}")

    def new_folder(self, name: str = "case", *, in_memory: bool = False) -> Path:
        """Return a folder that nobody else has; in memory where nothing hangs on the disk."""
        self._folders += 1
        path = (self.memory if in_memory else self.folder) / f"{name}-{self._folders}"
        path.mkdir()
        return path

    def forget(self, folder: Path) -> None:
        """Remove a folder of a case that is over."""
        shutil.rmtree(folder, ignore_errors=True)

    def once(self, make: Callable[[], Made]) -> Callable[[], Made]:
        """Return what makes a thing when it is first asked for: a case left out costs nothing."""
        found: list[Made] = []

        def get() -> Made:
            if not found:
                found.append(make())
            return found[0]

        return get

    def say(self, note: str) -> None:
        """Note something for the table."""
        self.notes.append(note)


def need_root(what: str) -> None:
    """Raise :class:`NotRun` unless this is root."""
    if os.geteuid() != 0:
        raise NotRun(f"{what} needs root: run `sudo make faults`")


def need(tool: str, package: str | None = None) -> str:
    """Return a tool's path. Raises :class:`NotRun` where it is missing."""
    found = shutil.which(tool)
    if found is None:
        raise NotRun(f"there is no {tool}: `apt install {package or tool}`")
    return found


def done(command: Sequence[Any], **more: Any) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and return what it said."""
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, check=False, **more)
