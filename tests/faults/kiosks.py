"""What the faults do with a real kiosk, so that a busy machine's own hiccups are no losses."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from hardware.errors import BenchError
from tests.faults.frame import Lab
from tests.kiosk.live import PLAN, LiveKiosk

Kiosk = TypeVar("Kiosk", bound=LiveKiosk)

TRIES = 3


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


def walk(one: LiveKiosk, plan: list[dict[str, Any]] | None = None) -> None:
    """Lead a patron as far as walking.

    A machine that stands still for half a second loses the sensor, and rightly the permit or a
    check: that is tried again, and only that.
    """
    for left in reversed(range(TRIES)):
        try:
            one.begin_walk(plan or PLAN)
        except AssertionError:
            if not left:
                raise AssertionError(f"no walk begins: {one.state()}") from None
            back_to_idle(one)
        else:
            return


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
