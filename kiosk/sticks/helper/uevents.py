"""The kernel's word that a device came or went: a netlink socket, and not a byte of it believed.

A message only makes the helper look at sysfs again, so nothing in it is read but whether it may be
about a block device. That is all that is needed here, and pyudev would bring libudev into a process
that can mount.
"""

from __future__ import annotations

import socket
from typing import Final

_PROTOCOL: Final = 15  # NETLINK_KOBJECT_UEVENT
_KERNEL: Final = 1
_UDEV: Final = 2
"""udev tells once more when it is done: only then may a helper that is not root read the device."""
_MOST_BYTES: Final = 8192
_AT_ONCE: Final = 256


class Uevents:
    """A non-blocking socket; :meth:`heard` empties it."""

    def __init__(self) -> None:
        """Listen; raises ``OSError``."""
        kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
        self._socket = socket.socket(socket.AF_NETLINK, kind, _PROTOCOL)
        try:
            self._socket.bind((0, _KERNEL | _UDEV))
        except OSError:
            self._socket.close()
            raise

    def fileno(self) -> int:
        """Return its descriptor, to wait for."""
        return self._socket.fileno()

    def heard(self) -> bool:
        """Say whether anything came that may be about a block device."""
        found = False
        for _ in range(_AT_ONCE):
            try:
                message = self._socket.recv(_MOST_BYTES)
            except BlockingIOError:
                return found
            except OSError:
                # ENOBUFS: messages were lost, so there is every reason to look.
                found = True
                continue
            found |= b"SUBSYSTEM=block" in message
        return True

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()
