"""``sternway replay``: a recorded session through the live code, on a virtual clock, no screen.

The same guard core, session and log as in the kiosk; only the clock and the wires are the file's.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

from hardware.core import GuardCore
from hardware.limits import Limits
from hardware.link import Alive, ToGuard
from kiosk import identity
from kiosk.clock import WallClock
from kiosk.death import die
from kiosk.recording import Config, Input, RecordingError, read
from kiosk.records.store import Store
from kiosk.session.actions import Heartbeat, Refusal
from kiosk.session.controller import Controller, Place, is_idle
from kiosk.session.model import Snapshot
from profiles.programs import load_programs

PASS_NS: Final = 10_000_000
"""The guard's loop: 100 Hz."""
START_LEVELS: Final = {"estop": True, "key": True}


Ears = Callable[[Snapshot], None]
"""Hears every pass of a replay as the screens would see it."""


def replay(path: Path, data: Path | None, ears: Ears | None = None) -> list[dict[str, Any]]:
    """Return the records of a recording's sessions, kept below ``data`` (or nowhere for long).

    Raises :class:`kiosk.recording.RecordingError` for a file that cannot be used.
    """
    config, inputs = read(path)
    if data is not None:
        return _replayed(config, inputs, data, ears)
    with tempfile.TemporaryDirectory(prefix="sternway-replay-") as folder:
        return _replayed(config, inputs, Path(folder), ears)


def _replayed(
    config: Config, inputs: Iterator[Input], data: Path, ears: Ears | None
) -> list[dict[str, Any]]:
    store = Store(data, on_death=die)
    store.start()
    try:
        core = GuardCore(
            mm_per_count=config.mm_per_count,
            facing=config.facing,
            invert=config.invert,
            limits=Limits(site_cap_kmh=config.site_cap_kmh),
        )
        replayer = _Replayer(core, config, store, data)
        replayer.has_profiles = (data / "profiles" / "profiles.json").exists()
        replayer.ears = ears
        replayer.run(inputs)
        return [future.result() for future in replayer.log.kept]
    finally:
        store.stop()


class _Log:
    """The store, remembering what it was given to keep."""

    def __init__(self, store: Store) -> None:
        self.kept: list[Future[dict[str, Any]]] = []
        self.begin = store.begin
        self.append = store.append
        self.health = store.health
        self._store = store

    def close(self, record: dict[str, Any]) -> None:
        """Keep a record, and its future."""
        self.kept.append(self._store.close(record))


class _Replayer:
    """One run on the virtual clock."""

    def __init__(self, core: GuardCore, config: Config, store: Store, data: Path) -> None:
        self._core = core
        self._now_ns = 0
        self._beating = True
        self.has_profiles = False
        """People walk with profiles here: nobody's sessions may be played into their log."""
        self.ears: Ears | None = None
        self.log = _Log(store)
        for name, level in START_LEVELS.items():
            core.set_pin(name, level)
        self.controller = Controller(
            send=self._send,
            log=self.log,
            programs=load_programs(),
            place=Place(
                kiosk_id=identity.kiosk_id(data),
                boot_id=identity.boot_id(),
                app_version=identity.version(),
                site_cap_kmh=config.site_cap_kmh,
                rails=config.rails,
                mm_per_count=config.mm_per_count,
            ),
            # Only the dates of a replay are of today, and nothing depends on them.
            wall_clock=WallClock(data, simulated=True).now,
            new_id=identity.new_session_id,
        )

    def _send(self, message: ToGuard) -> None:
        # A refusal shows in the next status, as it does to the live kiosk.
        self._core.command(message, self._now_ns)

    def run(self, inputs: Iterator[Input]) -> None:
        """Play everything, and go on until the last record is closed."""
        waiting = next(inputs, None)
        while waiting is not None or not is_idle(self.controller.snapshot):
            due: list[Input] = []
            while waiting is not None and waiting.t_ns <= self._now_ns:
                self._wire(waiting)
                due.append(waiting)
                waiting = next(inputs, None)
            self._pass(due)
            self._now_ns += PASS_NS

    def _wire(self, item: Input) -> None:
        if item.belt is not None:
            self._core.feed(item.belt, item.t_ns)
        elif item.pin is not None:
            self._core.set_pin(item.pin, item.level)
        elif isinstance(item.action, Heartbeat):
            self._beating = item.action.on

    def _pass(self, due: list[Input]) -> None:
        if self._beating:
            self._core.command(Alive(), self._now_ns)
        self._core.step(self._now_ns)
        self.controller.on_status(self._core.status(self._now_ns), self._now_ns)
        for item in due:
            if item.action is None:
                continue
            if self.has_profiles and getattr(item.action, "prescribed", None) is not None:
                raise RecordingError(
                    f"the walk at {item.t_ns / 1e9:g} s is somebody's with a profile, and there "
                    "are profiles in this folder: replay it into an empty one"
                )
            try:
                self.controller.act(item.action, self._now_ns)
            except Refusal as refusal:
                print(f"at {item.t_ns / 1e9:g} s: {refusal}", file=sys.stderr)
        if self.ears is not None:
            self.ears(self.controller.snapshot)
