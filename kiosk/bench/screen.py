"""Row ``walking-screen``: a frame of the walking screen while all its numbers change."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Final

from kiosk.bench.frame import Figure, Goal, Row, RowFailed, Series
from kiosk.bench.lab import Lab, Scale
from kiosk.bench.process import screen_environment

NAME: Final = "walking-screen"
OURS: Final = "the walking screen"
BARE: Final = "the same texts on bare labels"
WITHIN_S: Final = 600.0


def row(scale: Scale) -> Row:
    """Return the row."""
    return Row(
        NAME,
        "a frame of the walking screen, off-screen, every number another one each time",
        "the same texts at the same size and place on bare Kivy labels",
        (Goal(OURS, BARE, at_most=1.3),),
        measure,
    )


def measure(lab: Lab) -> Figure:
    """Have both drawn in turn, in one process and one window."""
    count, rounds = ("4", "1") if lab.scale.is_quick else ("100", "6")
    lab.tell(NAME, f"{rounds} rounds of {count} frames each")
    home = lab.new_folder("screen")
    for folder in ("kivy", "cache"):
        (home / folder).mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "kiosk.bench.frames", count, rounds],
        env=screen_environment(home),
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    if done.returncode != 0:
        raise RowFailed(f"the frames were not drawn: {' '.join(done.stderr.split())[-300:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    return Figure(
        [
            Series(OURS, "ms", tuple(told["ours"])),
            Series(BARE, "ms", tuple(told["bare"])),
        ],
        notes=[
            f"{told['texts']} texts. Processor time of a whole frame, and most of it is drawing, "
            "which the processor does here; a Raspberry Pi's graphics do that part beside it."
        ],
    )
