"""Row ``idle``: what the first screen costs while nobody is there."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Final

from kiosk.bench.frame import Figure, Goal, Row, RowFailed, Series
from kiosk.bench.lab import Lab, Scale
from kiosk.bench.process import first_frame_s, shown
from kiosk.config import Settings
from kiosk.screens.desktop_size import window_size

NAME: Final = "idle"
SCREEN_CPU: Final = "processor, the kiosk's screen"
BOTH_CPU: Final = "processor, kiosk and guard"
LABEL_CPU: Final = "processor, a bare Kivy label"
BOTH_MB: Final = "memory, kiosk and guard"
LABEL_MB: Final = "memory, a bare Kivy label"
SETTLE_S: Final = 45.0
"""By then the kiosk has rendered its speech, which it does once, and looked through its log."""
_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")


def row(scale: Scale) -> Row:
    """Return the row."""
    return Row(
        NAME,
        "sternway run --simulate, off-screen, its first screen untouched: processor time a second, "
        "and memory of its own or shared in parts (PSS)",
        "a bare Kivy label in a window of the same size and settings, at the same time",
        (
            Goal(SCREEN_CPU, LABEL_CPU, at_most=2.0),
            Goal(BOTH_CPU, LABEL_CPU, at_most=2.0),
            Goal(BOTH_MB, LABEL_MB, at_most=1.4),
        ),
        measure,
    )


def measure(lab: Lab) -> Figure:
    """Run both side by side, so that whatever else the machine does slows both."""
    screen = Settings().screen
    size = window_size(screen.width, screen.height, panel=True)
    python = [sys.executable, "-P", "-m"]
    data = str(lab.new_folder("idle") / "data")
    kiosk = [*python, "kiosk", "run", "--simulate", "--bench", "{short}/door", "--data", data]
    label = [*python, "kiosk.bench.label", *map(str, size)]
    settle_s, windows, window_s = (1.0, 1, 1.0) if lab.scale.is_quick else (SETTLE_S, 6, 10.0)
    figures: dict[str, list[float]] = {
        name: [] for name in (SCREEN_CPU, BOTH_CPU, LABEL_CPU, BOTH_MB, LABEL_MB)
    }
    homes = lab.new_folder("label-home"), lab.new_folder("kiosk-home")
    for name, command, home in zip(("the label", "the kiosk"), (label, kiosk), homes, strict=True):
        # Once before: what compiles its own source keeps the room that this took.
        lab.tell(NAME, f"starting {name} for its byte code")
        first_frame_s(name, command, home)
    with (
        shown("the label", label, homes[0]) as bare,
        shown("the kiosk", kiosk, homes[1]) as ours,
    ):
        lab.tell(NAME, f"settling for {settle_s:.0f} s")
        time.sleep(settle_s)
        family = [ours.pid, *guards(ours.pid)]
        if len(family) < 2:
            raise RowFailed("the kiosk has no guard beside it")
        for number in range(windows):
            lab.tell(NAME, f"round {number + 1} of {windows}")
            before = [cpu_s(pid) for pid in (*family, bare.pid)]
            time.sleep(window_s)
            after = [cpu_s(pid) for pid in (*family, bare.pid)]
            used = [100 * (b - a) / window_s for a, b in zip(before, after, strict=True)]
            figures[SCREEN_CPU].append(used[0])
            figures[BOTH_CPU].append(sum(used[:-1]))
            figures[LABEL_CPU].append(used[-1])
            figures[BOTH_MB].append(sum(map(pss_mb, family)))
            figures[LABEL_MB].append(pss_mb(bare.pid))
    return Figure(
        [
            Series(name, "MB" if "memory" in name else "% of a core", tuple(values))
            for name, values in figures.items()
        ],
        notes=[
            "The guard is simulated: its process also moves the belt, makes 50 frames a second of "
            "its sensor and reads them through a real terminal. The bench panel stands beside the "
            "screen and asks it for its state."
        ],
    )


def cpu_s(pid: int) -> float:
    """Return the processor time that a process and its threads have used."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError as error:
        raise RowFailed(f"process {pid} ended while it was looked at") from error
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def pss_mb(pid: int) -> float:
    """Return a process's memory; what it shares counts for it in part."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError as error:
        raise RowFailed(f"process {pid} ended while it was looked at") from error
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1e3


def guards(pid: int) -> list[int]:
    """Return the guard that a kiosk started.

    What renders its voice is no part of an idle kiosk: that process ends when all is rendered.
    """
    return [child for child in children(pid) if _is_guard(child)]


def _is_guard(pid: int) -> bool:
    try:
        return b"guard" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False  # it has just ended


def children(pid: int) -> list[int]:
    """Return the processes that a process started, and theirs."""
    found = [
        int(child)
        for listed in Path(f"/proc/{pid}/task").glob("*/children")
        for child in listed.read_text(encoding="ascii").split()
    ]
    return [*found, *(each for child in found for each in children(child))]
