"""Words to systemd (sd_notify): ready, alive, stopping. Without systemd they go nowhere."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import Final

ALIVE_EVERY_NS: Final = 200_000_000
"""Five times within the service's WatchdogSec of 1 s."""


class Watchdog:
    """The socket that systemd names in NOTIFY_SOCKET."""

    def __init__(self) -> None:
        """Open the way to systemd, if there is one."""
        self._socket: socket.socket | None = None
        self._alive_ns = 0
        address = os.environ.get("NOTIFY_SOCKET")
        if not address:
            return
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)
        try:
            # "@" stands for the zero byte of an abstract address.
            self._socket.connect("\0" + address[1:] if address.startswith("@") else address)
        except OSError:
            # A guard without its watchdog still guards; systemd will say READY never came.
            self.close()

    def say(self, word: str) -> None:
        """Send one word, such as ``READY=1``; never blocks, and a lost one is not repeated."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.send(word.encode("ascii"))

    def alive(self, now_ns: int) -> None:
        """Say ``WATCHDOG=1`` when it is due. From the loop alone, since it vouches for that."""
        if self._socket is not None and now_ns - self._alive_ns >= ALIVE_EVERY_NS:
            self._alive_ns = now_ns
            self.say("WATCHDOG=1")

    def close(self) -> None:
        """Close the way to systemd."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
