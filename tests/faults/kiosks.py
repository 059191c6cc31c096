"""What the faults do with a real kiosk, so that a busy machine's own hiccups are no losses."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from hardware.errors import BenchError
from tests.faults.frame import Lab
from tests.kiosk.live import PLAN, LiveKiosk

Kiosk = TypeVar("Kiosk", bound=LiveKiosk)

TRIES = 3
BUSY = ("kiosk_lost", "sensor_lost")
"""What the guard says of a machine that stood still."""


def started(lab: Lab, name: str, kind: type[Kiosk]) -> tuple[Path, Kiosk]:
    """Start a kiosk in a folder of its own, and wait until somebody may walk on it."""
    for left in reversed(range(TRIES)):
        folder = lab.new_folder(name)
        one = None
        try:
            one = kind(folder)
            one.ready()
        except (AssertionError, BenchError):
            if one is not None:
                one.close()
            if not left:
                raise
        else:
            return folder, one
    raise AssertionError("unreachable")


def walk(
    one: LiveKiosk, plan: list[dict[str, Any]] | None = None, *, after_fault: bool = False
) -> None:
    """Lead a patron as far as walking.

    A machine that stands still for half a second loses the sensor, and rightly the permit or a
    check: that is tried again. After the fault it is so only where the kiosk says that it was that.
    """
    for left in reversed(range(TRIES)):
        try:
            one.begin_walk(plan or PLAN)
        except AssertionError as error:
            if not left or (after_fault and not held_up(one)):
                raise AssertionError(f"no walk begins: {one.state()}: {error}") from None
            back_to_idle(one)
        else:
            return


class HeldUp(AssertionError):
    """The machine stood still, as the guard or the record says: nothing is known of the fault."""


def patiently(work: Callable[[random.Random], None]) -> Callable[[random.Random], None]:
    """Return what tries a case again where the machine stood still in it; in the end it is lost."""

    def tried(dice: random.Random) -> None:
        for left in reversed(range(TRIES)):
            try:
                work(dice)
            except HeldUp:
                if not left:
                    raise
            else:
                return

    return tried


def still_walks(one: LiveKiosk, otherwise: str) -> None:
    """See that the permit is on, as it was before the fault."""
    state = one.state()
    if state["permit"] != 1:
        raise (HeldUp if held_up(one) else AssertionError)(f"{otherwise}: {state}")


def held_up(one: LiveKiosk) -> bool:
    """Say whether the guard, the running session or a record names a machine that stood still."""
    state = one.state()
    said = {state["reason"], *state["latched"]}
    for record in one.records():
        said |= {record["stop_reason"], *record["reasons_seen"]}
    return not said.isdisjoint(BUSY) or any(one.journal_has(f'"{word}"') for word in BUSY)


def back_to_idle(one: LiveKiosk) -> None:
    """End whatever is under way, clear what is latched, take the hands off."""
    one.ask(do="stop")
    one.ask(do="rate")
    one.ask(do="done")
    one.ask(do="cancel")
    one.hands(0)
    one.bench.request({"speed_kmh": 0.0})
    one.wait(lambda: one.state()["speed_kmh"] == 0.0, 10, "the belt does not rest")
    one.ask(do="unlock", role="staff", pin="1234")
