"""A kiosk's log at work, to be killed: walks sessions one after the other and says what it did.

``python walker.py DATA`` prints ``begun ID``, ``row ID N``, ``kept ID HASH`` lines, each with the
monotonic nanoseconds, each right after the fact, and ``closing ID`` right before it.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

from uuid6 import uuid7

from kiosk.records.store import Store
from tests.records.sessions import head, record, rows, so_far


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, (time.monotonic_ns(), *words))) + "\n").encode())


def main() -> None:
    store = Store(Path(sys.argv[1]), on_death=lambda _: os._exit(70), min_free_bytes=0)
    for recovered in store.start():
        say("recovered", recovered["session_id"])
    while True:
        session_id = str(uuid7())
        store.begin(head(session_id))
        say("begun", session_id)
        length = random.randrange(3, 60)
        for number in range(length):
            checkpoint = so_far(session_id, number / 5) if number % 5 == 0 else None
            store.append(rows(number, 1), checkpoint)
            say("row", session_id, number)
            time.sleep(0.01)
        say("closing", session_id)
        kept = store.close(record(session_id, length / 5)).result()
        say("kept", session_id, kept["hash"])


if __name__ == "__main__":
    main()
