"""``--script``: JSON Lines of bench and ``do`` lines, each at its ``t`` seconds, in real time."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from hardware.errors import BenchError
from hardware.simulator.client import BenchClient
from kiosk.session.controller import is_idle
from kiosk.session.model import Phase, Snapshot

READY_S: Final = 20.0
LAST_RECORD_S: Final = 120.0
SHOWN_S: Final = 1.5
"""How long the last screen stands before the kiosk ends."""


class ScriptError(ValueError):
    """A script that cannot be played; one sentence with the file, the line and the mend."""


class Script:
    """Plays a script through the bench door, as anyone's program would."""

    def __init__(self, lines: list[tuple[float, dict[str, Any]]], path: Path) -> None:
        """Use :meth:`read`."""
        self._lines = lines
        self._path = path
        self._thread: threading.Thread | None = None
        self.status = 1

    @classmethod
    def read(cls, path: Path) -> Script:
        """Return the script of a file; raises :class:`ScriptError`."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ScriptError(f"{path}: cannot be read ({error}): check the name") from error
        lines: list[tuple[float, dict[str, Any]]] = []
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                item = json.loads(line)
                at = float(item.pop("t"))
            except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
                raise ScriptError(
                    f'{path}, line {number}: not a line with its time: {{"t": 1.5, ...}}'
                ) from error
            if lines and at < lines[-1][0]:
                raise ScriptError(f"{path}, line {number}: t goes back: sort the lines by their t")
            lines.append((at, item))
        return cls(lines, path)

    def start(
        self, bench: Path, snapshot: Callable[[], Snapshot], should_stop: threading.Event
    ) -> None:
        """Play it in a thread of its own, then ask the kiosk to end."""

        def play() -> None:
            try:
                self.status = 0 if self._play(bench, snapshot, should_stop) else 1
            except (OSError, BenchError) as error:
                print(f"sternway: {self._path}: the bench door failed: {error}", file=sys.stderr)
            finally:
                should_stop.set()

        self._thread = threading.Thread(target=play, name="script", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait for its thread to end."""
        if self._thread is not None:
            self._thread.join(timeout=5.0)

    def _play(
        self, bench: Path, snapshot: Callable[[], Snapshot], should_stop: threading.Event
    ) -> bool:
        """Return whether every line was carried out and a walk's record was closed."""
        good = True
        with BenchClient(bench) as client:
            if not _wait(lambda: snapshot().health.guard, READY_S, should_stop):
                print("sternway: the guard does not answer", file=sys.stderr)
                return False
            start = time.monotonic()
            for at, line in self._lines:
                if should_stop.wait(max(0.0, start + at - time.monotonic())):
                    return False
                answer = client.ask(line)
                if "error" in answer:
                    good = False
                    told = f"at {at:g} s, {_shown(line)}: {answer['error']}"
                    print(f"sternway: {told}", file=sys.stderr)
            closed = _wait(lambda: is_idle(snapshot()), LAST_RECORD_S, should_stop)
            if snapshot().session.phase is not Phase.IDLE:
                should_stop.wait(SHOWN_S)
        return good and closed


def _shown(line: dict[str, Any]) -> dict[str, Any]:
    """Return a line as it may be printed: of a ``do`` line neither a PIN nor who it is."""
    private = {"pin", "profile"} if "do" in line else set()
    return {key: value for key, value in line.items() if key not in private}


def _wait(condition: Callable[[], bool], for_s: float, should_stop: threading.Event) -> bool:
    until = time.monotonic() + for_s
    while not condition():
        if time.monotonic() > until or should_stop.wait(0.05):
            return False
    return True
