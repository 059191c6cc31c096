"""Somebody on the treadmill of a real simulated kiosk, led by the bench door."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from hardware.errors import BenchError as DoorError
from hardware.simulator.client import BenchClient
from kiosk.bench.frame import RowFailed
from kiosk.bench.process import screen_environment

PLAN: Final = [{"name": "main", "s": 3000, "low_kmh": 0.8, "high_kmh": 2.0, "incline_pct": 0}]
READY_S: Final = 60.0
PERMIT_S: Final = 60.0
WALKING_S: Final = 4.0
"""By then the belt runs steadily, and the walking screen stands there."""
_OPEN_S: Final = 60.0
_END_S: Final = 30.0


class WalkEnded(Exception):
    """The kiosk stopped the walk for a reason of its own: on a machine that has too much to do."""


@contextmanager
def simulated_kiosk(
    row: str,
    home: Path,
    *,
    module: Sequence[str] = ("kiosk",),
    more: Mapping[str, str] | None = None,
) -> Iterator[BenchClient]:
    """Run a simulated kiosk, off-screen, and yield its bench door.

    ``module`` is what runs it, with words that come before ``run``; ``more`` is its environment.
    Raises :class:`RowFailed` with what it said when it closes its door.
    """
    # Not below ``home``: the address of a socket is at most 107 bytes long.
    with (
        tempfile.TemporaryDirectory(prefix="sternway-bench-") as short,
        (home / "said.txt").open("w+b") as said,
    ):
        command = [sys.executable, "-P", "-m", *module, "run", "--simulate"]
        command += ["--bench", f"{short}/door", "--data", str(home / "data")]
        environment = screen_environment(home) | dict(more or {})
        kiosk = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
        try:
            with BenchClient(Path(short) / "door", timeout_s=_OPEN_S) as door:
                yield door
        except DoorError as error:
            _end(kiosk)
            said.seek(0)
            tail = " ".join(said.read().decode("utf-8", "replace").split())[-300:]
            raise RowFailed(f"{row}: {error}; {tail}") from error
        finally:
            _end(kiosk)


def _end(kiosk: subprocess.Popen[bytes]) -> None:
    kiosk.terminate()
    try:
        kiosk.wait(_END_S)
    except subprocess.TimeoutExpired:
        # It hangs: nothing of it may go on beside the rows that come after.
        kiosk.kill()
        kiosk.wait()
        raise


class Walker:
    """Walks, and comes back to the first screen after a stop. Belongs to one thread."""

    def __init__(self, row: str, door: BenchClient) -> None:
        """Stand beside the treadmill; ``row`` is named in errors."""
        self.row = row
        self.door = door

    def begin_walk(self) -> None:
        """Lead them as far as a steady walk."""
        self.until(self._is_ready, READY_S, "the checks did not become green")
        self.do("choose", plan=PLAN, cap_kmh=4.0)
        self.do("brief", pain=2)
        self.hands(1)
        self.until(self._may_run, PERMIT_S, "no permit was given")
        self.door.request({"speed_kmh": 1.2, "ramp_kmh_s": 1.0})
        time.sleep(WALKING_S)

    def begin_anew(self) -> None:
        """Clear the stop, and go back to the first screen."""
        self.door.request({"pin": "estop", "level": 1})
        self.hands(0)
        self.until(lambda: self.state()["speed_kmh"] == 0, 20.0, "the belt did not stop")
        time.sleep(2.5)
        self.do("unlock", role="staff", pin="1234")
        for _leave in ("stopped", "summary"):
            self.door.ask({"do": "done"})  # the first of them may have come by itself

    def state(self) -> dict[str, Any]:
        """Return what the door says."""
        return self.door.ask({"get": "state"})

    def hands(self, level: int) -> None:
        """Put both hands on the rails, or take them off."""
        for pin in ("rail_left", "rail_right"):
            self.door.request({"pin": pin, "level": level})

    def do(self, what: str, **fields: Any) -> None:
        """Do what a touch would do."""
        self.door.request({"do": what, **fields})

    def until(self, condition: Callable[[], bool], for_s: float, otherwise: str) -> None:
        """Wait for a condition. Raises :class:`RowFailed` with ``otherwise``."""
        until_s = time.monotonic() + for_s
        while not condition():
            if time.monotonic() > until_s:
                raise RowFailed(f"{self.row}: {otherwise}")
            time.sleep(0.05)

    def _is_ready(self) -> bool:
        state = self.state()
        heard = state["judged_kmh"] is not None
        return heard and set(state["failing"]) <= {"rails", "rails_opened"}

    def _may_run(self) -> bool:
        """Tap Start, again where a busy machine led back to the checks, and look for the permit."""
        self.door.ask({"do": "go"})
        time.sleep(0.5)
        return bool(self.state()["permit"])
