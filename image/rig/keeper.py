"""Keeps sessions one after the other, by the product's own log, and says of each when it is kept.

The rig lays this file into the guest and runs it there as the kiosk's user, with the image's own
Python; nothing of it is in the image. ``kept ID`` is said when the log says so: from then on no
power cut may take that session away.
"""

from __future__ import annotations

import os
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROWS = 25
"""Five seconds of a trace in each session."""


def main() -> None:
    """``keeper.py DATA NAME``: recover and verify the log, name what is in it, then keep sessions.

    The sessions are named after NAME; ``--list`` in its place ends after the first half.
    ``--unsynced`` after the name takes the flushes away, so that somebody sees the check fail.
    """
    if "--unsynced" in sys.argv:
        os.fsync = os.fdatasync = _not_flushed
    from kiosk.__main__ import main as main_of_product
    from kiosk.records.reader import LogReader
    from kiosk.records.store import Store

    data, name = Path(sys.argv[1]), sys.argv[2]
    dice = random.Random(name)  # noqa: S311 - dice that can be thrown again
    store = Store(data, on_death=_died)
    # What a power cut left is recovered here, as at the kiosk's start.
    store.start()
    store.last_sessions(1).result(120)
    with LogReader(data) as log:
        found = [entry.session_id for entry in log.entries]
    for one in found:
        print("found", one)
    # The product's own `sternway log verify`: a start of Python less, which takes long here.
    print("verified", main_of_product(["log", "verify", "--data", str(data)]) if found else "none")
    if name == "--list":
        store.stop(120)
        return
    print("ready", flush=True)
    for number in range(10_000):
        session = f"s-{name}-{number}"
        head = _head(session)
        store.begin(head)
        for first in range(0, ROWS, 5):
            store.append([_row(first + more) for more in range(5)], _so_far(head, first / 5))
            time.sleep(dice.uniform(0, 0.1))
        record = {**_so_far(head, ROWS / 5), "outcome": "completed"}
        store.close(record).result(120)
        print("kept", session, flush=True)
        if dice.random() < 0.2:
            # Now and then nobody walks for so long that the sessions are folded into their month.
            time.sleep(3.0)


def _not_flushed(fd: object) -> None:
    """What is written stays in the computer's memory until the kernel likes to write it."""


def _died(error: BaseException) -> None:
    print("died", repr(error), flush=True)


def _head(session: str) -> dict[str, Any]:
    return {
        "session_id": session,
        "schema": 1,
        "kiosk_id": "kiosk-1",
        "boot_id": "rig",
        "app_version": "0.1.0",
        "sensor": {"serial": "SW-1", "firmware": "1.0", "mm_per_count": 5.0},
        "started_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "clock_trusted": True,
        "profile_code": None,
        "profile_version": None,
        "program_id": "easy-walk",
        "program_version": 1,
        "planned_s": 300.0,
    }


def _row(number: int) -> tuple[Any, ...]:
    return (number / 5, "walking", 1.5, 1.0, 2.0, number / 10, 1, 0, 0.0)


def _so_far(head: dict[str, Any], walked_s: float) -> dict[str, Any]:
    return {
        **head,
        "walked_s": walked_s,
        "distance_m": walked_s * 0.5,
        "outcome": None,
        "stop_reason": None,
        "reasons_seen": [],
        "events": [{"t_s": 0.1, "event": "state", "state": "walking"}],
    }


if __name__ == "__main__":
    main()
