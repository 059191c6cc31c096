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
OURS: Final = "the walking screen, handed to the graphics"
BARE: Final = "the same texts on bare labels, handed over"
OURS_DRAWN: Final = "the walking screen, and drawn"
BARE_DRAWN: Final = "bare labels, and drawn"
WITHIN_S: Final = 600.0


def row(scale: Scale) -> Row:
    """Return the row."""
    return Row(
        NAME,
        "a frame of the walking screen, off-screen, every number another one each time",
        "the same texts at the same size and place on bare Kivy labels",
        (Goal(OURS, BARE, at_most=1.3), Goal(OURS_DRAWN, BARE_DRAWN, at_most=1.3)),
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
            Series(name, "ms", tuple(frame[place] for frame in told[which]))
            for place, which, name in (
                (0, "ours", OURS),
                (0, "bare", BARE),
                (1, "ours", OURS_DRAWN),
                (1, "bare", BARE_DRAWN),
            )
        ],
        notes=[
            f"{told['texts']} texts. Processor time of a frame: until all is handed to the "
            "graphics, which is what it costs where a graphics chip draws it (a Raspberry Pi has "
            "one); and until it is drawn, which the processor does here, pixel by pixel."
        ],
    )
