"""A small client of the bench door, for the bench panel, scripts and tests."""

from __future__ import annotations

import json
import socket
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from hardware.errors import BenchError

RETRY_S: Final = 0.05
ANSWER_S: Final = 10.0


class BenchClient:
    """One connection to the door. Belongs to one thread."""

    def __init__(self, path: Path, *, timeout_s: float = 5.0) -> None:
        """Connect, trying for ``timeout_s``; raises :class:`BenchError`."""
        self._partial = b""
        self._lines: deque[dict[str, Any]] = deque()
        self._events: deque[dict[str, Any]] = deque()
        end_s = time.monotonic() + timeout_s
        while True:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                self._socket.connect(str(path))
                return
            except OSError as error:
                self._socket.close()
                if time.monotonic() >= end_s:
                    why = f"{path}: no bench answers here ({error.strerror})"
                    raise BenchError(f"{why}; start `sternway run --simulate`") from error
            time.sleep(RETRY_S)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request and return its answer; raises :class:`BenchError` if the door closed."""
        return self.ask_all([request])[0]

    def ask_all(self, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send requests at once, to be done one right after the other; return their answers."""
        lines = b"".join(json.dumps(request).encode("ascii") + b"\n" for request in requests)
        try:
            self._socket.settimeout(ANSWER_S)
            self._socket.sendall(lines)
        except OSError as error:
            raise BenchError(f"the bench is closed ({error.strerror})") from error
        end_s = time.monotonic() + ANSWER_S
        while len(self._lines) < len(requests):
            self._read(end_s)
        return [self._lines.popleft() for _ in requests]

    def request(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request and return its answer; raises :class:`BenchError` with its ``error``."""
        answer = self.ask(request)
        if "error" in answer:
            raise BenchError(str(answer["error"]))
        return answer

    def events(self, timeout_s: float) -> Iterator[dict[str, Any]]:
        """Yield each ``{"t": .., "permit": ..}`` that came or comes within ``timeout_s``."""
        end_s = time.monotonic() + timeout_s
        while True:
            while self._events:
                yield self._events.popleft()
            try:
                self._read(end_s)
            except TimeoutError:
                return

    def close(self) -> None:
        """Leave."""
        self._socket.close()

    def __enter__(self) -> Self:
        """Use it in a ``with``."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave."""
        self.close()

    def _read(self, end_s: float) -> None:
        """Take in what comes next; raises TimeoutError, or BenchError if the door closed."""
        left_s = end_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the bench did not answer")
        self._socket.settimeout(left_s)
        try:
            data = self._socket.recv(65_536)
        except ConnectionError:
            data = b""
        if not data:
            raise BenchError("the bench is closed: the guard ended, its permit is off")
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            is_event = message.keys() == {"t", "permit"}
            (self._events if is_event else self._lines).append(message)
