"""Row ``export``: the log with all traces onto the same disk, read back and hashed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from kiosk.bench import disk
from kiosk.bench.frame import Figure, Goal, Row, RowFailed, Series
from kiosk.bench.lab import Lab, Scale, in_turn

NAME: Final = "export"
OURS: Final = "sternway export"
COPY: Final = "cp -r, sync"


def row(scale: Scale) -> Row:
    """Return the row."""
    return Row(
        NAME,
        f"sternway export of {scale.exported:,} sessions with traces, every format, verified",
        "cp -r and sync of what was exported, to the same disk",
        (Goal(OURS, COPY, at_most=2.0),),
        measure,
    )


def measure(lab: Lab) -> Figure:
    """Export and copy in turn, each from a disk and to one."""
    data = lab.data(lab.scale.exported, traces=True)
    sample = lab.new_folder("exported")
    lab.tell(f"{NAME}: exporting", "what will be copied")
    _run(_export(data, sample))
    missing = _missing()
    things = [OURS] if missing else [OURS, COPY]
    taken: dict[str, list[float]] = {name: [] for name in things}
    for number, name in in_turn(things, lab.scale.exports):
        lab.tell(f"{NAME}: {name}", f"round {number + 1} of {lab.scale.exports}")
        to = lab.new_folder("target")
        source = data if name == OURS else sample
        disk.forget(source)
        start_s = time.monotonic()
        if name == OURS:
            _run(_export(data, to))
        else:
            _run(["cp", "-r", f"{sample}/STERNWAY", str(to)])
            _run(["sync", "-f", str(to)])
        taken[name].append(time.monotonic() - start_s)
        if disk.bytes_in(to) < disk.bytes_in(sample) * 0.99:
            raise RowFailed(f"{name} wrote less than it should have")
        shutil.rmtree(to)
    files = sum(1 for path in sample.rglob("*") if path.is_file())
    return Figure(
        [Series(name, "s", tuple(values)) for name, values in taken.items()],
        notes=[
            f"{files:,} files, {disk.bytes_in(sample) / 1e6:,.0f} MB. Each begins with its source "
            "out of memory. The export is a process of its own; it is durable file by file, and "
            "reads back all it wrote from the disk. The copy is neither checked nor hashed."
        ],
        missing={COPY: f"{missing} is not installed here"} if missing else {},
    )


def _missing() -> str | None:
    return next((tool for tool in ("cp", "sync") if shutil.which(tool) is None), None)


def _export(data: Path, to: Path) -> list[str]:
    python = [sys.executable, "-P", "-m", "kiosk"]
    return [*python, "export", "--data", str(data), "--to", str(to)]


def _run(command: Sequence[str]) -> None:
    """Run a command. Raises :class:`RowFailed` with what it said when it does not succeed."""
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())
        raise RowFailed(f"{' '.join(command[3:5])} ended with {done.returncode}: {said[-300:]}")
