"""Row ``estop-screen``: from the emergency stop's edge to the frame that says so."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from kiosk.bench.crowd import Busy, export_and_replay
from kiosk.bench.frame import Figure, Goal, Row, RowFailed, Series
from kiosk.bench.lab import Lab, Scale
from kiosk.bench.walker import Walker, simulated_kiosk

NAME: Final = "estop-screen"
OURS: Final = "the edge: the frame that says stop, an export and a replay beside it"
BEGUN: Final = "the edge: that screen begins to be made, the same"
ALONE: Final = "the edge: the frame that says stop, a walk alone"
FRAME: Final = "one frame of 60 a second"
FRAME_MS: Final = 1000 / 60
FRAMES: Final = 3.0
SAYS_STOP: Final = frozenset({"stopped", "alarm"})
TRIES: Final = 5
_SHOWN_S: Final = 3.0
_WALKED_S: Final = 2.0


def row(scale: Scale) -> Row:
    """Return the row."""
    return Row(
        NAME,
        f"a real simulated kiosk on a walk, {scale.stops} times while an export and a replay run, "
        f"and {scale.stops // 2} times alone: from the edge of the emergency stop to the first "
        "frame of the screen that says so, handed over",
        "one frame",
        (
            Goal(OURS, FRAME, at_most=FRAMES, statistic="p99"),
            Goal(ALONE, FRAME, at_most=FRAMES, statistic="p99"),
        ),
        measure,
    )


def measure(lab: Lab) -> Figure:
    """Walk and press, again and again: alone first, then with others at work."""
    home = lab.new_folder("estop-screen")
    shown = home / "shown.txt"
    watched = ("kiosk.bench.watched", str(shown))
    with simulated_kiosk(NAME, home, module=watched) as door:
        walker = Walker(NAME, door)
        alone, _ = _pressed(lab, walker, shown, max(1, lab.scale.stops // 2), [])
        with contextlib.ExitStack() as stack:
            crowd = [stack.enter_context(one) for one in export_and_replay(lab)]
            taken, begun = _pressed(lab, walker, shown, lab.scale.stops, crowd)
            rounds = ", ".join(f"{one.name} {one.rounds + 1} times" for one in crowd)
    return Figure(
        [
            Series(OURS, "ms", tuple(taken)),
            Series(BEGUN, "ms", tuple(begun)),
            Series(ALONE, "ms", tuple(alone)),
            Series(FRAME, "ms", (FRAME_MS,)),
        ],
        notes=[
            f"Begun beside it: {rounds}. "
            "Drawn by the processor, the whole window with the bench panel beside the screen: a "
            "graphics chip does the drawing on a Raspberry Pi. The frame counts when it is handed "
            "over to the display, which adds up to one frame of its own."
        ],
    )


def _pressed(
    lab: Lab, walker: Walker, shown: Path, times: int, crowd: Sequence[Busy]
) -> tuple[list[float], list[float]]:
    """Return after how many ms it was shown, and that screen begun, of so many presses."""
    door = walker.door
    taken: list[float] = []
    begun: list[float] = []
    ended = 0
    kind = "others at work" if crowd else "alone"
    while len(taken) < times:
        lab.tell(f"{NAME}: walking, {kind}", f"round {len(taken) + 1} of {times}")
        for one in crowd:
            one.check()
        walker.begin_walk()
        time.sleep(_WALKED_S)
        if walker.state()["permit"]:
            pressed = door.request({"pin": "estop", "level": 0, "timed": True})
            shown_s, begun_s = _says_stop(shown, pressed["t"])
            taken.append((shown_s - pressed["t"]) * 1000)
            begun.append((begun_s - pressed["t"]) * 1000)
        else:
            ended += 1
            if ended > TRIES:
                raise RowFailed(f"{NAME}: the walk ended by itself too often")
        walker.begin_anew()
    return taken, begun


def _says_stop(path: Path, since_s: float) -> tuple[float, float]:
    """Return when the screen that says stop was shown after a moment, and began to be made."""
    until_s = time.monotonic() + _SHOWN_S
    while time.monotonic() < until_s:
        for line in path.read_text(encoding="ascii").splitlines():
            shown_s, begun_s, name = line.split()
            if name in SAYS_STOP and float(shown_s) >= since_s:
                return float(shown_s), float(begun_s)
        time.sleep(0.01)
    raise RowFailed(f"{NAME}: no screen said stop within {_SHOWN_S:g} s")
