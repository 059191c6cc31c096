"""Row ``start``: from the command to the first frame, with a past on the disk."""

from __future__ import annotations

import sys
from typing import Final

from kiosk.bench.frame import Figure, Goal, Row, Series
from kiosk.bench.lab import Lab, Scale, in_turn
from kiosk.bench.process import first_frame_s
from kiosk.config import Settings
from kiosk.screens.desktop_size import window_size

NAME: Final = "start"
EMPTY: Final = "with an empty log"
LABEL: Final = "a bare Kivy label"


def row(scale: Scale) -> Row:
    """Return the row."""
    return Row(
        NAME,
        "sternway run --simulate, off-screen, from the command to its first frame",
        "a bare Kivy label in a window of the same size and settings, likewise",
        (Goal(_full(scale), LABEL, at_most=1.5),),
        measure,
    )


def _full(scale: Scale) -> str:
    return f"with {scale.many:,} sessions and {scale.patients:,} profiles"


def measure(lab: Lab) -> Figure:
    """Start each once for nothing, then in turn."""
    screen = Settings().screen
    size = window_size(screen.width, screen.height, panel=True)
    python = [sys.executable, "-P", "-m"]
    run = [*python, "kiosk", "run", "--simulate", "--bench", "{short}/door", "--data"]
    full = lab.data(lab.scale.many)
    lab.add_patients(full)
    commands = {
        _full(lab.scale): [*run, str(full)],
        EMPTY: [*run, str(lab.new_folder("empty") / "data")],
        LABEL: [*python, "kiosk.bench.label", *map(str, size)],
    }
    home = lab.new_folder("home")
    for name, command in commands.items():
        lab.tell(f"{NAME}: warming up", name)
        first_frame_s(name, command, home)
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for number, name in in_turn([*commands], lab.scale.starts):
        lab.tell(f"{NAME}: starting", f"round {number + 1} of {lab.scale.starts}, {name}")
        taken[name].append(first_frame_s(name, commands[name], home))
    return Figure(
        [Series(name, "s", tuple(values)) for name, values in taken.items()],
        notes=[
            f"Window {size[0]} x {size[1]}, drawn by the processor. The first frame is when the "
            "program says READY=1 (sd_notify): the kiosk with its first screen up, after its log "
            "is open and its guard started. Everything was started once before, so the files are "
            "in memory."
        ],
    )
