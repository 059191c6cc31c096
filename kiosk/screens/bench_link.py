"""The bench panel's line to the simulator, in a thread of its own: Kivy must not wait for it."""

from __future__ import annotations

import logging
import queue
import threading
import time
from pathlib import Path
from typing import Any, Final

from hardware.errors import BenchError
from hardware.simulator.client import BenchClient

log = logging.getLogger(__name__)

LOOK_S: Final = 0.1
RETRY_S: Final = 0.5
WAITING: Final = 64
"""Requests that may wait; a panel nobody answers forgets the rest."""


class BenchLink:
    """Sends what it is given, and keeps the newest state; connects again when the door reopens."""

    def __init__(self, socket: Path) -> None:
        """Start the thread."""
        self._socket = socket
        self._requests: queue.Queue[dict[str, Any]] = queue.Queue(WAITING)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._state: dict[str, Any] = {}
        self._error = "connecting"
        self._sticks: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="bench-panel", daemon=True)
        self._thread.start()

    def send(self, request: dict[str, Any]) -> None:
        """Send a request soon."""
        try:
            self._requests.put_nowait(request)
        except queue.Full:
            log.warning("the bench does not answer: %s was not sent", request)

    def state(self) -> tuple[dict[str, Any], str]:
        """Return the newest state, and what is wrong ("" when nothing is).

        The bench's own state knows no ``sticks``: those are the ones plugged in from here.
        """
        with self._lock:
            return dict(self._state), self._error

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(timeout=2.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with BenchClient(self._socket, timeout_s=RETRY_S) as client:
                    self._serve(client)
            except (BenchError, TimeoutError, OSError) as error:
                self._keep({}, str(error))
                self._stop.wait(RETRY_S)

    def _serve(self, client: BenchClient) -> None:
        while not self._stop.is_set():
            end_s = time.monotonic() + LOOK_S
            refused = ""
            while (left_s := end_s - time.monotonic()) > 0 and not self._stop.is_set():
                try:
                    request = self._requests.get(timeout=left_s)
                except queue.Empty:
                    break
                answer = client.ask(request)
                refused = str(answer.get("error", "")) or refused
                if "error" not in answer:
                    self._done(request)
            self._keep(client.ask({"get": "state"}), refused)
            for _event in client.events(0.0):
                log.debug("permit %s", _event["permit"])

    def _done(self, request: dict[str, Any]) -> None:
        if request.get("stick") == "in":
            self._sticks.add(request["name"])
        elif request.get("stick") == "out":
            self._sticks.discard(request["name"])

    def _keep(self, state: dict[str, Any], error: str) -> None:
        with self._lock:
            self._state, self._error = {**state, "sticks": sorted(self._sticks)}, error
