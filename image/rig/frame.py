"""Scenarios of the rig: each goes through its checks; what it saw is a row of the table."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from image.rig.atlas import Sheet
from image.rig.command import Hardware
from image.rig.errors import NoAnswer, RigError
from image.rig.eyes import Eyes
from image.rig.machine import Machine
from image.rig.stories import Stories

UP_S: Final = 1800.0
"""How long a start may take, emulated on a computer that is busy as well."""
SCREEN_S: Final = 900.0
JOURNAL_S: Final = 300.0


class Seen(NamedTuple):
    """A row: what was to be, what was seen, and after how long."""

    scenario: str
    what: str
    good: bool
    saw: str
    seconds: float


class Bench:
    """Where a run's machines stand: its image, its folder, and what was seen so far."""

    def __init__(
        self, image: Path, folder: Path, atlas: Mapping[str, Sheet], scenario: str = ""
    ) -> None:
        """Nothing is started."""
        self.image = image
        self.folder = folder
        self.atlas = atlas
        self.seen: list[Seen] = []
        self.scenario = scenario

    def of(self, scenario: str) -> Bench:
        """The same for one scenario, with rows of its own."""
        return Bench(self.image, self.folder, self.atlas, scenario)

    @property
    def place(self) -> Path:
        """The folder of the scenario that runs."""
        return self.folder / self.scenario

    @contextmanager
    def machine(self, hardware: Hardware | None = None) -> Iterator[tuple[Machine, Stories]]:
        """A machine that is on, and the person before it; it is cut off at the end."""
        with Machine(self.image, self.place, hardware) as machine:
            eyes = Eyes(machine, self.atlas, self.place / "pictures", SCREEN_S)
            try:
                yield machine, Stories(eyes, machine)
            except NoAnswer:
                told = machine.stacks(self.place.with_name(f"{self.scenario}-hang.txt"))
                tell(f"QEMU stands still; where: {told}")
                raise
            except RigError:
                self._ask_why(machine)
                raise

    def _ask_why(self, machine: Machine) -> None:
        """Keep what the system wrote, and say whether this computer was too slow for its wires."""
        if machine.belt is not None:
            tell(f"the sensor's frames came apart at most {machine.belt.widest}")
        try:
            journal = machine.inside.run("journalctl -b --no-pager -o short-monotonic", JOURNAL_S)
        except RigError as error:
            tell(f"its journal cannot be had: {error}")
            return
        (self.place / "journal.txt").write_text(journal, encoding="utf-8")
        tell(f"its journal: {self.place / 'journal.txt'}")

    def check(self, what: str, look: Callable[[], str | None]) -> None:
        """Do a step, and note what it says it saw; raises :class:`RigError` where it failed."""
        print(f"rig: {self.scenario}: {what} ...", flush=True)
        began_s = time.monotonic()
        try:
            saw = look() or "as it should"
        except RigError as error:
            self._note(what, str(error), began_s, good=False)
            raise
        self._note(what, saw, began_s, good=True)

    def _note(self, what: str, saw: str, began_s: float, *, good: bool) -> None:
        took_s = time.monotonic() - began_s
        self.seen.append(Seen(self.scenario, what, good, saw, took_s))
        print(f"rig: {self.scenario}: {what}: {'' if good else 'NOT GOOD: '}{saw}", flush=True)


def table(rows: list[Seen]) -> str:
    """Return what was seen, a line each."""
    if not rows:
        return "nothing was run"
    width = [max(len(one.scenario) for one in rows), max(len(one.what) for one in rows)]
    lines = []
    for one in rows:
        mark = "ok  " if one.good else "LOST"
        lines.append(
            f"{mark} {one.scenario:<{width[0]}}  {one.what:<{width[1]}}  "
            f"{one.seconds:7.1f} s  {one.saw}"
        )
    good = sum(one.good for one in rows)
    return "\n".join([*lines, f"{good} of {len(rows)} as they should"])


def need(condition: bool, why: str) -> None:
    """Raise :class:`RigError` unless it is so."""
    if not condition:
        raise RigError(why)


def tell(text: str) -> None:
    """Say how far a long step is."""
    print(f"rig:   {text}", file=sys.stderr, flush=True)
