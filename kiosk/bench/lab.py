"""Where a run measures: its folders, how much it makes of each thing, and what it says meanwhile.

Whatever is made lies in one folder that is removed at the end, however the run ends.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self, TextIO

from kiosk.bench import bytecode, past, patients
from kiosk.bench.walk import WALK_MIN, Walk, long_walk

_TELL_EVERY_S: Final = 10.0
_MADE: Final = 3
"""The kept logs' version: one of another is not used again."""


class Scale(NamedTuple):
    """How much of each thing; ``is_quick`` when the figures mean nothing.

    ``few``, ``some`` and ``many`` are numbers of kept sessions, ``exported`` those of an export,
    ``patients`` of profiles; the rest says how often each thing is measured.
    """

    few: int
    some: int
    many: int
    exported: int
    patients: int
    closes: int
    stock_inserts: int
    folds: int
    first_questions: int
    questions: int
    stock_searches: int
    starts: int
    exports: int
    walk_min: int
    hands: int
    estops: int
    edges: int
    stops: int
    frames: int
    courses: int
    rests: int
    replays: int
    needed_bytes: int
    is_quick: bool = False


FULL: Final = Scale(
    few=100,
    some=10_000,
    many=100_000,
    exported=10_000,
    patients=1_000,
    closes=200,
    stock_inserts=10,
    folds=9,
    first_questions=15,
    questions=100,
    stock_searches=3,
    starts=7,
    exports=3,
    walk_min=WALK_MIN,
    hands=30,
    estops=6,
    edges=2_000,
    stops=40,
    frames=100_000,
    courses=3,
    rests=40,
    replays=5,
    needed_bytes=8_000_000_000,
)
QUICK: Final = Scale(
    few=2,
    some=60,
    many=200,
    exported=12,
    patients=4,
    closes=4,
    stock_inserts=2,
    folds=2,
    first_questions=2,
    questions=3,
    stock_searches=2,
    starts=1,
    exports=1,
    walk_min=5,
    hands=2,
    estops=1,
    edges=5,
    stops=1,
    frames=1_000,
    courses=1,
    rests=2,
    replays=1,
    needed_bytes=200_000_000,
    is_quick=True,
)


class Progress:
    """What is being done, on a stream: one line that moves on, or one line every ten seconds."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        """Say nothing yet."""
        self._stream = stream
        self._moves = stream.isatty()
        self._stage = ""
        self._told_s = float("-inf")

    def __call__(self, stage: str, detail: str = "") -> None:
        """Show the stage (always, when it is a new one) and how far it is."""
        now = time.monotonic()
        if stage == self._stage and not self._moves and now - self._told_s < _TELL_EVERY_S:
            return
        self._stage, self._told_s = stage, now
        text = f"{stage}: {detail}" if detail else stage
        if self._moves:
            self._stream.write(f"\r\033[K{text}")
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._moves:
            self._stream.write("\r\033[K")
            self._stream.flush()


class Lab:
    """One run's folder below ``scratch``, to be used in ``with``.

    With ``keep`` the logs that were made stay there for the next run; what is measured is always a
    copy of them.
    """

    def __init__(
        self, scratch: Path, scale: Scale, tell: Progress, *, keep: Path | None = None
    ) -> None:
        """Make nothing yet. ``keep`` lies on the disk of ``scratch``."""
        self.scale = scale
        self.tell = tell
        self._scratch = scratch
        self._keep = keep
        self._folder: Path | None = None
        self._walk: Walk | None = None
        self._copies = 0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix=".sternway-bench-", dir=self._scratch))
        self._stack.enter_context(bytecode.kept(self._folder / "bytecode"))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()
        if self._folder is not None:
            self.tell("removing what was made")
            shutil.rmtree(self._folder)

    @property
    def folder(self) -> Path:
        """The run's own folder."""
        if self._folder is None:
            raise RuntimeError("the lab is not open")
        return self._folder

    def new_folder(self, name: str) -> Path:
        """Return a new folder of a row."""
        self._copies += 1
        folder = self.folder / f"{name}-{self._copies}"
        folder.mkdir()
        return folder

    def walk(self) -> Walk:
        """Return a long walk's record and trace; it is made once."""
        if self._walk is None:
            self.tell(f"walking {self.scale.walk_min} minutes in virtual time")
            self._walk = long_walk(self.new_folder("walk"), self.scale.walk_min)
        return self._walk

    def data(self, sessions: int, *, traces: bool = False) -> Path:
        """Return a data folder with so many sessions, the caller's to write to.

        Its files are links to the ones that were made: the log never writes into a file that is
        there, so these stay as they are.
        """
        made = self._made(sessions, traces=traces)
        copy = self.new_folder(f"data-{sessions}") / "data"
        shutil.copytree(made, copy, copy_function=os.link)
        return copy

    def add_patients(self, data: Path) -> None:
        """Import profiles into a data folder that :meth:`data` gave."""
        stage = f"importing {self.scale.patients:,} profiles"
        self.tell(stage)
        patients.fill(
            data, self.scale.patients, lambda done, of: self.tell(stage, f"{done:,} of {of:,}")
        )

    def sleep(self, seconds: float) -> None:
        """Let the disk come to rest."""
        time.sleep(seconds)

    def _made(self, sessions: int, *, traces: bool) -> Path:
        base = self._keep if self._keep is not None else self.folder
        made = base / f"log-{_MADE}-{sessions}{'-traces' if traces else ''}"
        if made.exists():
            return made
        part = self.new_folder("part") / "data"
        stage = f"making a log of {sessions:,} sessions{' with traces' if traces else ''}"
        self.tell(stage)
        past.fill(
            part,
            self.walk(),
            sessions,
            traces=traces,
            tell=lambda done: self.tell(stage, f"{done:,}"),
        )
        os.sync()
        part.rename(made)
        return made


def in_turn(contenders: Sequence[str], rounds: int) -> list[tuple[int, str]]:
    """Return who is measured when, with the number of the round: all in each, in another order.

    By lot, and the same in each run: so nobody always comes first or after the same one, and the
    machine's moods touch all alike.
    """
    lots = random.Random(1)  # noqa: S311 - repeatable on purpose
    return [
        (number, name)
        for number in range(rounds)
        for name in lots.sample(contenders, len(contenders))
    ]
