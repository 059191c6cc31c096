"""A session at work, to be killed: the real guard core, session and log, on a recording, faster.

Runs in a process of its own. It says what it did, right after the fact, in the words that
:class:`tests.records.told.Told` hears: ``begun ID``, ``row ID N``, ``kept ID HASH``; right
before the fact ``closing ID``, of a session whose walk has ended; and twenty times a second
``beat - NS`` of processor time, or ``disk`` where the disk has not answered for long.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from hardware.core import GuardCore
from kiosk.recording import Input, read
from kiosk.records.store import Store
from kiosk.replay import _Log, _Replayer

BEAT_S = 0.05
SLOW_DISK_S = 0.2
FASTER = 25
"""So many seconds of the recording in one of ours."""
RECORDINGS = ("pause_resume", "patron_screen", "steps", "two_sessions", "rails_both", "estop_pulse")
ENDED = {"completed", "stopped", "safety_stop"}
FOLDER = Path(__file__).parents[1] / "recordings"

Say = Callable[..., None]


class Talking(_Log):
    """The store, and a line for each thing that was done with it."""

    def __init__(self, store: Store, say: Say) -> None:
        super().__init__(store)
        self._say = say
        self._id = ""
        self._rows = 0
        self.begun = False
        self.begin = self._begun
        self.append = self._appended

    def _begun(self, head: dict[str, Any]) -> None:
        self._store.begin(head)
        self._id, self._rows, self.begun = head["session_id"], 0, True
        self._say("begun", self._id)

    def _appended(self, rows: Sequence[Any], checkpoint: dict[str, Any] | None) -> None:
        if checkpoint is not None and checkpoint["outcome"] in ENDED:
            self._say("closing", self._id)
        self._store.append(rows, checkpoint)
        for _ in rows:
            self._say("row", self._id, self._rows)
            self._rows += 1

    def close(self, record: dict[str, Any]) -> None:
        self._say("closing", record["session_id"])
        super().close(record)

        def told(future: Future[dict[str, Any]]) -> None:
            if future.exception() is None:
                self._say("kept", record["session_id"], future.result()["hash"])

        self.kept[-1].add_done_callback(told)
        self.kept[-1].result()


class Paced(_Replayer):
    """A replay that takes its time, from the first permit on."""

    behind_s = 0.0

    def _pass(self, due: list[Input]) -> None:
        super()._pass(due)
        virtual_s = self._now_ns / 1e9 / FASTER
        if not getattr(self.log, "begun", False):
            self.behind_s = time.monotonic() - virtual_s
        ahead_s = virtual_s - (time.monotonic() - self.behind_s)
        if ahead_s > 0.002:
            time.sleep(ahead_s)


def play(data: Path, recording: str, store: Store, say: Say) -> None:
    """Play one recording, by its name or its path, into a log that is open."""
    config, inputs = read(FOLDER / f"{recording}.jsonl")
    core = GuardCore(mm_per_count=config.mm_per_count, facing=config.facing, invert=config.invert)
    replayer = Paced(core, config, store, data)
    replayer.log = talking = Talking(store, say)
    replayer.controller._log = talking
    replayer.run(inputs)


def beat(say: Say) -> None:
    """Say what the machine does to this process: no beat where it is not run at all."""
    since_s: list[float] = []

    def watched(call: Callable[[int], None]) -> Callable[[int], None]:
        def waited(descriptor: int) -> None:
            since_s.append(time.monotonic())
            try:
                call(descriptor)
            finally:
                since_s.clear()

        return waited

    for name in ("fsync", "fdatasync"):
        setattr(os, name, watched(getattr(os, name)))
    while True:
        began_s = since_s[0] if since_s else float("inf")
        slow = time.monotonic() - began_s > SLOW_DISK_S
        say("disk" if slow else "beat", "-", time.process_time_ns())
        time.sleep(BEAT_S)


def live(data: str, recording: str, fd: int) -> None:
    """Start on a data folder, say what was recovered, and walk until somebody kills it."""

    def say(*words: object) -> None:
        os.write(fd, (" ".join(map(str, (time.monotonic_ns(), *words))) + "\n").encode())

    threading.Thread(target=beat, args=(say,), daemon=True).start()
    store = Store(Path(data), on_death=lambda _: os._exit(70), min_free_bytes=0)
    for recovered in store.start():
        say("recovered", recovered["session_id"])
    say("ready", "-")
    while True:
        play(Path(data), recording, store, say)
