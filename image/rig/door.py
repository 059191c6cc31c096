"""Opens one of QEMU's sockets."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Final

ANSWER_WITHIN_S: Final = 120.0
"""An emulated machine on a busy computer takes its time; this only ends what hangs."""


def connect(path: Path) -> socket.socket:
    """Return a connection to a socket; raises :class:`OSError`."""
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        door.settimeout(ANSWER_WITHIN_S)
        door.connect(str(path))
    except BaseException:
        door.close()
        raise
    return door
