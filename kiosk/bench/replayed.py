"""Row ``replay``: a recorded walk through the live code, beside the time that it took."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Final

from kiosk.bench.frame import Figure, Goal, Row, RowFailed, Series
from kiosk.bench.lab import Lab, Scale
from kiosk.bench.walk import write_recording

NAME: Final = "replay"
OURS: Final = "sternway replay"
REAL: Final = "the walk itself"


def row(scale: Scale) -> Row:
    """Return the row."""
    return Row(
        NAME,
        f"sternway replay of a session of {scale.walk_min} minutes, its start included",
        "the time of the session itself",
        (Goal(OURS, REAL, at_least=200.0),),
        measure,
    )


def measure(lab: Lab) -> Figure:
    """Replay it again and again, each time into an empty log."""
    folder = lab.new_folder("replay")
    recording = folder / "walk.jsonl"
    lab.tell(f"{NAME}: making a recording")
    real_s = write_recording(recording, lab.scale.walk_min)
    taken: list[float] = []
    for number in range(lab.scale.replays):
        lab.tell(f"{NAME}: replaying", f"round {number + 1} of {lab.scale.replays}")
        command = [sys.executable, "-P", "-m", "kiosk", "replay", str(recording), "--json"]
        command += ["--data", str(folder / f"data-{number}")]
        start_s = time.monotonic()
        done = subprocess.run(command, capture_output=True, check=False)
        taken.append(time.monotonic() - start_s)
        if done.returncode != 0:
            said = " ".join(done.stderr.decode("utf-8", "replace").split())
            raise RowFailed(f"{OURS} ended with {done.returncode}: {said[-300:]}")
        _check(done.stdout, lab.scale.walk_min)
    return Figure(
        [Series(OURS, "s", tuple(taken)), Series(REAL, "s", (real_s,))],
        notes=[
            "The log is kept as in the kiosk: each second of the walk is journaled durably, in a "
            "thread of its own."
        ],
    )


def _check(told: bytes, minutes: int) -> None:
    """See that the walk was walked to its end."""
    record = json.loads(told)
    if record["outcome"] != "completed" or record["walked_s"] < 60 * minutes - 1:
        raise RowFailed(f"the walk ended as {record['outcome']} after {record['walked_s']} s")
