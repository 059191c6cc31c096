"""Scenarios side by side: each has its own machine, and a machine takes one processor."""

from __future__ import annotations

import queue
import shutil
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from image.rig.errors import NoAnswer, RigError
from image.rig.frame import Bench, Seen, tell

FIRST: Final = "first"
ALONE: Final = frozenset({"first", "cuts"})
"""What does not begin with the card that ``first`` leaves."""
LEFT_S: Final = 30.0
"""How long the lanes may take to clear up, once somebody has pressed Ctrl-C."""


def run_all(
    bench: Bench,
    names: Sequence[str],
    runs: Mapping[str, Callable[[Bench], None]],
    lanes: int,
) -> tuple[list[Seen], list[str]]:
    """Run the scenarios, so many side by side; return their rows, in order, and what failed."""
    own = {name: bench.of(name) for name in names}
    failed: list[str] = []
    ready = threading.Event()
    if FIRST not in own:
        ready.set()
    waiting: queue.Queue[str] = queue.Queue()
    for name in names:
        waiting.put(name)

    def lane() -> None:
        while True:
            try:
                name = waiting.get_nowait()
            except queue.Empty:
                return
            if name not in ALONE:
                ready.wait()
            try:
                _run(own[name], runs[name])
            except RigError as error:
                failed.append(name)
                print(f"rig: {name}: {error}", flush=True)
            except Exception:  # noqa: BLE001 - told below; the run does not pass
                # A fault of the rig itself: the others go on, and the run does not pass.
                failed.append(name)
                traceback.print_exc()
            finally:
                if name == FIRST:
                    ready.set()

    threads = [threading.Thread(target=lane, name=f"lane-{n}", daemon=True) for n in range(lanes)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        # The machines heard it as well, and are gone; their lanes notice, and clear up.
        waiting.queue.clear()
        ready.set()
        for thread in threads:
            thread.join(LEFT_S)
        raise
    return [row for name in names for row in own[name].seen], failed


def _run(own: Bench, run: Callable[[Bench], None]) -> None:
    """Run a scenario, from its beginning; once more where QEMU itself stood still, and say so."""
    shutil.rmtree(own.place, ignore_errors=True)
    try:
        run(own)
    except NoAnswer as error:
        tell(f"{own.scenario}: {error}; all of it once more, since the emulator failed")
        own.seen[:] = [Seen(own.scenario, "begun anew", True, str(error), 0.0)]
        shutil.rmtree(own.place, ignore_errors=True)
        run(own)
