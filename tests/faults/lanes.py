"""Parts side by side, each in a process of its own: most of them wait rather than work."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.faults.frame import Part, Tally

ROOT: Final = Path(__file__).parents[2]
_LETS_GO_S: Final = 30


def write(path: Path, tally: Tally) -> None:
    """Keep how the cases of a part ended, for the process that asked for it."""
    kept = {
        "survived": tally.survived,
        "lost": tally.lost,
        "not_run": tally.not_run,
        "took_s": tally.took_s,
        "notes": tally.notes,
    }
    path.write_text(json.dumps(kept))


def read(path: Path, part: Part) -> Tally:
    """Return what :func:`write` kept; nothing there is a loss."""
    tally = Tally(part)
    try:
        kept = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        tally.lost.append((part.id, "its process ended before it was done"))
        return tally
    tally.survived, tally.took_s, tally.notes = kept["survived"], kept["took_s"], kept["notes"]
    tally.lost = [(name, why) for name, why in kept["lost"]]
    tally.not_run = Counter(kept["not_run"])
    return tally


def side_by_side(parts: list[Part], lanes: int, arguments: list[str], folder: Path) -> list[Tally]:
    """Try the parts, ``lanes`` at a time, longest ones first; return them in their own order.

    Interrupted, each takes down what it mounted and started before this goes on.
    """
    begun: list[subprocess.Popen[str]] = []
    telling = threading.Lock()
    over = threading.Event()

    def tried(part: Part) -> Tally:
        result = folder / f"{part.id}.json"
        command = [sys.executable, "-m", "tests.faults", *arguments]
        command += ["--only", part.id, "--tally", str(result)]
        with telling:
            if over.is_set():
                return Tally(part)
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
            )
            begun.append(process)
        with process:
            assert process.stdout is not None
            for line in process.stdout:
                with telling:
                    print(f"{part.id + ':':<18}{line}", end="", flush=True)
        return read(result, part)

    # A whole kiosk's parts are the longest. Begun last, one would be waited for alone.
    order = sorted(parts, key=lambda part: not part.slow)
    with ThreadPoolExecutor(lanes) as pool, _ended(begun, over, telling):
        found = dict(zip((part.id for part in order), pool.map(tried, order), strict=True))
    return [found[part.id] for part in parts]


@contextlib.contextmanager
def _ended(
    begun: list[subprocess.Popen[str]], over: threading.Event, telling: threading.Lock
) -> Iterator[None]:
    """Leave no process behind, whatever becomes of this one."""
    try:
        yield
    finally:
        with telling:
            over.set()
        for process in begun:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in begun:
            try:
                process.wait(_LETS_GO_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
