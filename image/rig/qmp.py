"""QEMU's control socket (QMP): commands and their answers, and events as they come."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any, Final

from image.rig.door import connect
from image.rig.errors import NoAnswer, RigError, is_timeout

KEPT_EVENTS: Final = 1000


class Qmp:
    """One connection. Commands may come from any thread; one is under way at a time."""

    def __init__(self, path: Path) -> None:
        """Connect and say hello; raises :class:`RigError`, :class:`OSError`."""
        self._socket = connect(path)
        self._file = self._socket.makefile("rw", encoding="utf-8")
        self._lock = threading.Lock()
        self.events: deque[dict[str, Any]] = deque(maxlen=KEPT_EVENTS)
        self._read()
        self.execute("qmp_capabilities")

    def execute(self, command: str, **arguments: Any) -> Any:
        """Carry out a command and return its answer; raises :class:`RigError`.

        Arguments with a hyphen are written with an underscore: ``node_name`` for ``node-name``.
        """
        named = {name.replace("_", "-"): value for name, value in arguments.items()}
        with self._lock:
            self._file.write(json.dumps({"execute": command, "arguments": named}) + "\n")
            self._file.flush()
            while True:
                answer = self._read()
                if "return" in answer:
                    return answer["return"]
                if "error" in answer:
                    raise RigError(f"{command}: {answer['error']['desc']}")
                self.events.append(answer)

    def wait(self, event: str, timeout_s: float) -> dict[str, Any]:
        """Return the first event of that name since the last call; raises :class:`RigError`."""
        end_s = time.monotonic() + timeout_s
        while time.monotonic() < end_s:
            self.execute("query-status")  # what came in the meantime is before its answer
            while self.events:
                seen = self.events.popleft()
                if seen["event"] == event:
                    return seen
            time.sleep(0.1)
        raise RigError(f"no {event} within {timeout_s:g} s")

    def close(self) -> None:
        """Let go of the socket."""
        with contextlib.suppress(OSError):
            self._file.close()
            self._socket.close()

    def _read(self) -> dict[str, Any]:
        try:
            line = self._file.readline()
        except OSError as error:
            if is_timeout(error):
                raise NoAnswer("QEMU stands still: no answer to a command") from error
            raise
        if not line:
            raise RigError("the emulated machine is gone")
        found: dict[str, Any] = json.loads(line)
        return found
