"""Stands in for the kiosk at a guard's link: alive, and asks for the permit by the usual way."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from hardware.link import (
    MAX_PACKET_BYTES,
    VERSION,
    Alive,
    BeginCheck,
    ClearLatches,
    Hello,
    RequestPermit,
    Status,
    Terms,
    ToGuard,
    decode_to_kiosk,
    encode,
)
from kiosk.bench.frame import RowFailed

ALIVE_S: Final = 0.1
AGAIN_S: Final = 0.01
PERMIT_S: Final = 20.0
TERMS: Final = Terms(cap_kmh=4.0, rails="none")


class StandIn:
    """One connection to the guard, to be used in ``with``; a thread of it hears and lives."""

    def __init__(self, path: Path) -> None:
        """Connect; raises OSError where no guard listens."""
        self._link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._link.connect(str(path))
        self._link.settimeout(ALIVE_S)
        self._send_lock = threading.Lock()
        self._status: Status | None = None
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._live, name="stand-in", daemon=True)
        self._say(Hello(version=VERSION, role="kiosk"))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leaving.set()
        self._thread.join()
        self._link.close()

    @property
    def permit(self) -> bool:
        """Whether the belt may run, as of the newest status."""
        return self._status is not None and self._status.permit

    def get_permit(self) -> None:
        """Clear what staff clear and ask for the permit until it is given.

        Raises :class:`RowFailed` with what stands in the way when it is not.
        """
        until_s = time.monotonic() + PERMIT_S
        while not self.permit:
            if time.monotonic() > until_s:
                status = self._status
                why = "it says nothing" if status is None else ", ".join(map(str, status.failing))
                raise RowFailed(f"the guard gives no permit: {why}")
            for message in (ClearLatches(), BeginCheck(TERMS), RequestPermit()):
                self._say(message)
            time.sleep(AGAIN_S)

    def wait_for_stop(self) -> None:
        """Wait until the guard says that the permit is off. Raises :class:`RowFailed`."""
        until_s = time.monotonic() + PERMIT_S
        while self.permit:
            if time.monotonic() > until_s:
                raise RowFailed("the guard never said that the permit is off")
            time.sleep(0.001)

    def _say(self, message: ToGuard) -> None:
        with self._send_lock:
            self._link.send(encode(message))

    def _live(self) -> None:
        alive_s = float("-inf")
        while not self._leaving.is_set():
            now_s = time.monotonic()
            try:
                if now_s - alive_s >= ALIVE_S:
                    alive_s = now_s
                    self._say(Alive())
                with contextlib.suppress(TimeoutError):
                    packet = self._link.recv(MAX_PACKET_BYTES)
                    if not packet:
                        return
                    message = decode_to_kiosk(packet)
                    if isinstance(message, Status):
                        self._status = message
            except OSError:
                # The guard is gone: whoever waits for it hears nothing, and says so.
                return
