"""The kiosk's end of the guard's socket: open, hear, say. No thread and no decision in here."""

from __future__ import annotations

import select
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from hardware.link import (
    MAX_PACKET_BYTES,
    VERSION,
    Hello,
    SendRaw,
    ToGuard,
    ToKiosk,
    decode_to_kiosk,
    encode,
)


class GuardGone(ConnectionError):
    """The guard closed its socket."""


class GuardLink:
    """One connection after another. ``send`` may be called from any thread, the rest from one."""

    def __init__(self, path: Path, *, raw: bool) -> None:
        """Open nothing yet. With ``raw`` the guard is asked for its raw inputs too."""
        self._path = path
        self._raw = raw
        self._socket: socket.socket | None = None

    def fileno(self) -> int | None:
        """Return the open connection's descriptor, which tells when something can be heard."""
        link = self._socket
        return None if link is None else link.fileno()

    def has_more(self) -> bool:
        """Say whether something came that was not heard yet."""
        guard = self.fileno()
        return guard is not None and bool(select.select([guard], [], [], 0)[0])

    def connect(self) -> bool:
        """Look for the guard, and say whether one is there."""
        if self._socket is not None:
            return True
        link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
        try:
            link.connect(str(self._path))
            link.send(encode(Hello(version=VERSION, role="kiosk")))
            if self._raw:
                link.send(encode(SendRaw(on=True)))
        except OSError:
            # No guard yet, or none any more: the snapshot says so, and we try again.
            link.close()
            return False
        link.setblocking(False)
        self._socket = link
        return True

    def close(self) -> None:
        """Close the connection, if there is one."""
        link, self._socket = self._socket, None
        if link is not None:
            link.close()

    def heard(self) -> Iterator[ToKiosk]:
        """Return what waits. Raises :class:`GuardGone`, after closing, when the guard did so."""
        while (link := self._socket) is not None:
            try:
                packet = link.recv(MAX_PACKET_BYTES)
            except BlockingIOError:
                return
            except OSError:
                packet = b""
            if not packet:
                self.close()
                raise GuardGone("the guard closed its socket")
            try:
                yield decode_to_kiosk(packet)
            except msgspec.MsgspecError as error:
                print(f"sternway: the guard sent something unreadable: {error}", file=sys.stderr)

    def send(self, message: ToGuard) -> None:
        """Tell the guard; with no guard there is nobody to tell."""
        link = self._socket
        if link is None:
            return
        try:
            link.send(encode(message))
        except OSError as error:
            # The guard is gone or stuck; either way it revokes by itself and we alarm by silence.
            print(f"sternway: the guard cannot be reached: {error}", file=sys.stderr)
