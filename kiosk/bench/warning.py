"""Row ``warning-heard``: from what is dangerous to the warning's first sound."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Final

from hardware.simulator.client import BenchClient
from kiosk.bench.ears import DEVICE_S, Ears
from kiosk.bench.frame import Figure, Goal, Row, RowFailed, Series
from kiosk.bench.lab import Lab, Scale
from kiosk.bench.walker import WalkEnded, Walker, simulated_kiosk

NAME: Final = "warning-heard"
HAND: Final = "a hand off the rail: the warning"
ESTOP: Final = "the emergency stop: the warning"
WITH_CARD: Final = "both, with a sound card's two blocks"
WITHIN_MS: Final = 150.0
WARN_S: Final = 2.0
"""A hand may be off the rail for so long before it is warned of (safety.md)."""
TRIES: Final = 3


def row(_scale: Scale) -> Row:
    """Return the row."""
    return Row(
        NAME,
        "a real simulated kiosk on a walk: from the cause to the first sample of its warning, as "
        "SDL hands it to the sound driver",
        "150 ms, with what a sound card keeps waiting",
        (
            Goal(HAND, at_most=WITHIN_MS, statistic="p99"),
            Goal(ESTOP, at_most=WITHIN_MS, statistic="p99"),
            Goal(WITH_CARD, at_most=WITHIN_MS, statistic="p99"),
        ),
        measure,
    )


def measure(lab: Lab) -> Figure:
    """Walk, and do what is dangerous, again and again."""
    home = lab.new_folder("warning")
    with tempfile.TemporaryDirectory(prefix="sternway-bench-") as short:
        ears = Ears(Path(short))
        with simulated_kiosk(NAME, home, more=ears.environment()) as door:
            hand, estop = _measured(lab, _Walker(door, ears))
    card = tuple(value + DEVICE_S * 1000 for value in (*hand, *estop))
    return Figure(
        [
            Series(HAND, "ms", tuple(hand)),
            Series(ESTOP, "ms", tuple(estop)),
            Series(WITH_CARD, "ms", card),
        ],
        notes=[
            "Heard by a program that reads what SDL's disk driver writes. A hand's cause is the "
            f"moment at which it was off the rail for {WARN_S:g} s, when safety.md has it warned "
            "of; the emergency stop's is the bench's request. With a sound card two blocks of "
            f"1,024 samples, {DEVICE_S * 1000:.0f} ms, wait before the loudspeaker."
        ],
    )


def _measured(lab: Lab, walker: _Walker) -> tuple[list[float], list[float]]:
    hand: list[float] = []
    estop: list[float] = []
    rounds = lab.scale.estops
    ended = 0
    while len(estop) < rounds:
        lab.tell(f"{NAME}: walking", f"round {len(estop) + 1} of {rounds}")
        try:
            walker.begin_walk()
            for one in range(lab.scale.hands // rounds):
                lab.tell(f"{NAME}: a hand off the rail", f"{one + 1}, round {len(estop) + 1}")
                hand.append(walker.hand_off())
            estop.append(walker.estop())
        except WalkEnded as error:
            ended += 1
            if ended > TRIES:
                raise RowFailed(f"{NAME}: the walk ended by itself too often: {error}") from error
        walker.begin_anew()
    return hand, estop


class _Walker(Walker):
    """Somebody on the simulated treadmill, and what they hear."""

    def __init__(self, door: BenchClient, ears: Ears) -> None:
        super().__init__(NAME, door)
        self._ears = ears

    def begin_walk(self) -> None:
        """Walk until everything is said that is said at a walk's start."""
        super().begin_walk()
        self._quiet(1.5)

    def hand_off(self) -> float:
        """Take a hand off the rail; return the milliseconds until it is warned of."""
        for _try in range(TRIES):
            self._quiet(0.4)
            due_s = time.monotonic() + WARN_S
            self.door.request({"pin": "rail_right", "level": 0})
            heard_s = self._heard(due_s, WARN_S + 2.0)
            undisturbed = self._ears.is_silent(due_s - 0.3, due_s)
            self.door.request({"pin": "rail_right", "level": 1})
            if undisturbed:
                return (heard_s - due_s) * 1000
        raise RowFailed(f"{NAME}: something else was said each time")

    def estop(self) -> float:
        """Press the emergency stop; return the milliseconds until it is told."""
        self._quiet(0.4)
        due_s = time.monotonic()
        self.door.request({"pin": "estop", "level": 0})
        return (self._heard(due_s, 2.0) - due_s) * 1000

    def _heard(self, due_s: float, within_s: float) -> float:
        until_s = time.monotonic() + within_s
        while time.monotonic() < until_s:
            heard_s = self._ears.first_loud_after(due_s)
            if heard_s is not None:
                return heard_s
            time.sleep(0.01)
        state = self.state()
        if not state["permit"] and state["pins"]["estop"]:
            raise WalkEnded(str(state["reason"]))
        raise RowFailed(f"{NAME}: no warning was heard")

    def _quiet(self, for_s: float) -> None:
        def silent() -> bool:
            now_s = time.monotonic()
            return now_s - self._ears.heard_s < 0.5 and self._ears.is_silent(now_s - for_s, now_s)

        self.until(silent, 60.0, "the kiosk did not fall silent")
