"""Keeps two sessions and says so, for a disk that fails under it (``strace`` injects the fault).

    python -m tests.faults.keeping DATA

Speaks over a socket that it inherits as standard input and output: a failing ``write`` must not
silence it. It says ``ready`` and waits for a word before it touches the disk. It says
``kept ID OUTCOME HASH`` of each session that was acknowledged. The last line says why no session
may start, or ``healthy``.
"""

from __future__ import annotations

import socket
import sys
import time
import traceback
from concurrent.futures import TimeoutError as TooLate
from pathlib import Path

from kiosk.preferences.kept import Kept
from kiosk.records.errors import DataUnusable
from kiosk.records.store import Store
from tests.records.sessions import head, record, rows, so_far

WAITS_S = 8.0
"""For a close: the store retries a failed write after 5 s."""


def warm_up(data: Path) -> None:
    """Have every module loaded: a disk that fails under the program itself is another fault."""
    for name in ("s-1", "s-2"):
        store = Store(data, on_death=lambda error: None, min_free_bytes=0)
        store.start()
        store.begin(head(name))
        store.append(rows(0, 5), so_far(name, 1.0))
        store.close(record(name)).result(WAITS_S)
        store.health()
        store.stop(WAITS_S)
    Kept(data, simulated=False).write({"cap_kmh": 2.0})


def main() -> None:
    data, ears = Path(sys.argv[1]), socket.socket(fileno=1)

    def say(*words: object) -> None:
        ears.send((" ".join(map(str, words)) + "\n").encode())

    def died(error: BaseException) -> None:
        say("died", repr(error), "at", *traceback.format_tb(error.__traceback__)[-1].split())

    warm_up(data.with_name("warm"))
    say("ready")
    ears.recv(10)
    store = Store(data, on_death=died, min_free_bytes=0)
    try:
        store.start()
    except DataUnusable as error:
        say("unusable", error)
        return
    for name in ("s-1", "s-2"):
        store.begin(head(name))
        for number in range(5):
            store.append(rows(number * 5, 5), so_far(name, number + 1.0))
            time.sleep(0.02)
        try:
            kept = store.close(record(name)).result(WAITS_S)
            say("kept", name, kept["outcome"], kept["hash"])
        except TooLate:
            say("waits", name)
    try:
        Kept(data, simulated=False).write({"cap_kmh": 2.5})
        say("set", "2.5")
    except OSError as error:
        say("not-set", error.errno)
    health = store.health()  # a store that is stopped is never well
    say("stopped", store.stop(WAITS_S))
    say("healthy" if health is None else "unwell", *map(str, health or ()))


if __name__ == "__main__":
    main()
