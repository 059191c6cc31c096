"""Row ``estop-pin``: from the emergency stop's edge to the permit pin, while others work."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from hardware.errors import BenchError as DoorError
from hardware.simulator.client import BenchClient
from kiosk.bench.crowd import Busy, Walks, export_and_replay
from kiosk.bench.frame import Figure, Goal, Row, RowFailed, Series
from kiosk.bench.lab import Lab, Scale
from kiosk.bench.stand_in import StandIn
from kiosk.bench.walker import Walker, simulated_kiosk
from kiosk.guard_child import guard_command

NAME: Final = "estop-pin"
OURS: Final = "the edge: the guard's permit pin off"
PEER: Final = "the edge: a bare gpiozero relay off"
WITHIN_US: Final = 10_000.0
TIMES: Final = 5.0
_PRIORITY: Final = 50
"""What the guard's service has (``image/services``)."""
_PHASE_S: Final = 0.02
"""Edges come at any time between two frames of the sensor."""


def row(scale: Scale) -> Row:
    """Return the row."""
    return Row(
        NAME,
        f"a guard process with 50 frames a second, {scale.edges:,} edges of its emergency stop, "
        "while a kiosk draws a walk, an export and a replay run",
        "gpiozero's Button.when_pressed = relay.off alone, in an idle process, in turn",
        (
            Goal(OURS, PEER, at_most=TIMES, statistic="p99"),
            Goal(OURS, at_most=WITHIN_US, statistic="max"),
        ),
        measure,
    )


def measure(lab: Lab) -> Figure:
    """Press both in turn, each in its own process, timed in there."""
    with contextlib.ExitStack() as stack:
        crowd = _crowd(lab, stack)
        guard, door = stack.enter_context(_guard())
        button = stack.enter_context(_button())
        is_first = all([_as_service(guard), _as_service(button.pid)])
        kiosk = stack.enter_context(StandIn(_link(door.path)))
        ours: list[float] = []
        peer: list[float] = []
        lots = random.Random(1)  # noqa: S311 - repeatable on purpose
        for number in range(lab.scale.edges):
            lab.tell(f"{NAME}: pressing", f"{number + 1:,} of {lab.scale.edges:,}")
            time.sleep(lots.uniform(0.0, _PHASE_S))
            ours.append(_press(door.client, kiosk))
            peer.append(button.press())
            for one in crowd:
                one.check()
        rounds = ", ".join(f"{one.name} {one.rounds + 1} times" for one in crowd)
    return Figure(
        [Series(OURS, "us", tuple(ours)), Series(PEER, "us", tuple(peer))],
        notes=[
            f"Begun beside it: {rounds}. On mock pins, which call back in the thread that drives "
            "them, in both: what the kernel and lgpio add comes on top, in both. The permit is "
            "given anew before each edge by the guard's own way to it, at rest and with all checks."
            + (
                " Both have the priority of the guard's service."
                if is_first
                else " Neither may have the priority of the guard's service here (run it as root)."
            )
        ],
    )


def _crowd(lab: Lab, stack: contextlib.ExitStack) -> list[Busy]:
    """Begin everything else that a kiosk may be doing."""
    others = export_and_replay(lab)
    door = stack.enter_context(simulated_kiosk(NAME, lab.new_folder("walking-kiosk")))
    lab.tell(f"{NAME}: beginning a walk, an export and a replay")
    crowd: list[Busy] = [Walks("a walk", Walker(NAME, door)), *others]
    for one in crowd:
        stack.enter_context(one)
    return crowd


class _Door:
    """The bench door of a guard, and where it is."""

    def __init__(self, path: Path, client: BenchClient) -> None:
        self.path = path
        self.client = client


@contextlib.contextmanager
def _guard() -> Iterator[tuple[int, _Door]]:
    """Run a guard of its own; yield its process number and its door."""
    with tempfile.TemporaryDirectory(prefix="sternway-bench-") as short, _said() as said:
        path = Path(short) / "door"
        process = subprocess.Popen(
            guard_command(None, path, simulate=True), stdout=said, stderr=said
        )
        try:
            with BenchClient(path, timeout_s=60.0) as client:
                yield process.pid, _Door(path, client)
        except DoorError as error:
            process.terminate()
            process.wait()
            said.seek(0)
            raise RowFailed(f"{NAME}: {error}; {said.read().decode()[-300:]}") from error
        finally:
            process.terminate()
            process.wait()


def _link(door: Path) -> Path:
    """Return where the guard of a door listens (``kiosk.paths.bench_settings``)."""
    return Path(f"{door}.guard")


class _Button:
    """The peer's process, and its button."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.pid = process.pid
        self._process = process

    def press(self) -> float:
        """Press it; return after how many microseconds its relay fell."""
        ask, answer = self._process.stdin, self._process.stdout
        if ask is None or answer is None:
            raise RowFailed("the bare button has no pipes")
        ask.write("\n")
        ask.flush()
        told = answer.readline()
        if not told:
            raise RowFailed("the bare button's process ended")
        return float(told)


@contextlib.contextmanager
def _button() -> Iterator[_Button]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "kiosk.bench.button"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield _Button(process)
        finally:
            process.terminate()


def _press(door: BenchClient, kiosk: StandIn) -> float:
    """Give the permit, press, release; return after how many microseconds the pin fell."""
    kiosk.get_permit()
    answer = door.request({"pin": "estop", "level": 0, "timed": True})
    door.request({"pin": "estop", "level": 1})
    kiosk.wait_for_stop()
    if answer["relay_us"] is None:
        raise RowFailed("the emergency stop did not drop the permit")
    return float(answer["relay_us"])


def _as_service(pid: int) -> bool:
    """Give each thread of a process the priority that a service has; say whether it has it."""
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setscheduler(int(thread.name), os.SCHED_FIFO, os.sched_param(_PRIORITY))
    except PermissionError:
        return False
    return True


def _said() -> IO[bytes]:
    return tempfile.TemporaryFile()
