"""What else a kiosk may be doing at a moment: programs that run over and over beside a row."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from kiosk.bench.frame import RowFailed
from kiosk.bench.lab import Lab
from kiosk.bench.walk import write_recording
from kiosk.bench.walker import Walker

LOOK_S: Final = 0.5
_FIRST_S: Final = 120.0
SPEEDS_KMH: Final = (0.9, 1.2, 1.6, 1.9)

Command = Callable[[int], Sequence[str]]
"""The words after ``sternway`` of a program's next run, by its number."""


class Busy:
    """A thread that does something over and over, to be used in ``with``."""

    def __init__(self, name: str) -> None:
        """Nothing is done yet."""
        self.name = name
        self.rounds = 0
        self.leaving = threading.Event()
        self._begun = threading.Event()
        self._failed: str | None = None
        self._thread = threading.Thread(target=self._go_on, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._begun.wait(_FIRST_S):
            self._failed = self._failed or "it did not begin"
        self.check()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leaving.set()
        self.interrupt()
        self._thread.join()

    def check(self) -> None:
        """Raise :class:`RowFailed` when it does not go on any more."""
        if self._failed is not None:
            raise RowFailed(f"{self.name}: {self._failed}")

    def begun(self) -> None:
        """Say that it is under way."""
        self._begun.set()

    def once(self) -> None:
        """Do it once. What it raises is told by :meth:`check`."""
        raise NotImplementedError

    def interrupt(self) -> None:
        """End what is being done, from another thread."""

    def _go_on(self) -> None:
        try:
            while not self.leaving.is_set():
                self.once()
                self.rounds += 1
        except Exception as error:  # noqa: BLE001 - told by check(), in the row's own thread
            if not self.leaving.is_set():
                self._failed = str(error) or repr(error)
        self._begun.set()


class Runs(Busy):
    """Runs a command of ours again and again."""

    def __init__(self, name: str, command: Command, *, after: Callable[[], None]) -> None:
        """``after`` removes what a run left."""
        super().__init__(name)
        self._command = command
        self._after = after
        self._process: subprocess.Popen[bytes] | None = None

    def once(self) -> None:
        """Run it once."""
        words = [sys.executable, "-P", "-m", "kiosk", *self._command(self.rounds)]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            self._process = process
            if self.leaving.is_set():
                process.terminate()
            self.begun()
            said = process.communicate()[1]
        self._after()
        if process.returncode != 0 and not self.leaving.is_set():
            tail = " ".join(said.decode("utf-8", "replace").split())[-300:]
            raise RowFailed(f"it ended with {process.returncode}: {tail}")

    def interrupt(self) -> None:
        """End the run that is under way."""
        if self._process is not None:
            self._process.terminate()


class Walks(Busy):
    """Has somebody walk, at speeds that change, so that the screen draws."""

    def __init__(self, name: str, walker: Walker) -> None:
        """``walker`` is this one's alone from now on."""
        super().__init__(name)
        self._walker = walker

    def once(self) -> None:
        """Walk until the kiosk stops it, and come back."""
        self._walker.begin_walk()
        self.begun()
        looks = 0
        # On a busy machine a walk may end by itself; then the next one begins.
        while self._walker.state()["permit"] and not self.leaving.wait(LOOK_S):
            looks += 1
            kmh = SPEEDS_KMH[looks // 4 % len(SPEEDS_KMH)]
            self._walker.door.request({"speed_kmh": kmh})
        if not self.leaving.is_set():
            self._walker.begin_anew()


def export_and_replay(lab: Lab) -> list[Busy]:
    """Return an export of a long log and a replay, each over and over, not begun yet."""
    data = lab.data(lab.scale.exported, traces=True)
    recording = lab.new_folder("recording") / "walk.jsonl"
    write_recording(recording, lab.scale.walk_min)
    target = lab.new_folder("target")
    kept = lab.new_folder("kept")

    def export(number: int) -> list[str]:
        (target / str(number)).mkdir()
        return ["export", "--data", str(data), "--to", str(target / str(number))]

    def empty(folder: Path) -> None:
        for path in folder.iterdir():
            shutil.rmtree(path)

    return [
        Runs("an export", export, after=lambda: empty(target)),
        Runs(
            "a replay",
            lambda number: ["replay", str(recording), "--data", str(kept / str(number))],
            after=lambda: empty(kept),
        ),
    ]
