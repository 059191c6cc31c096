"""Processes that are started, watched for their first frame, and ended."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from kiosk.bench.frame import RowFailed

FRAME_WITHIN_S: Final = 120.0
END_WITHIN_S: Final = 30.0
_CREDENTIALS: Final = struct.Struct("3i")
_TAIL_CHARS: Final = 300


def screen_environment(home: Path) -> dict[str, str]:
    """Return the environment of a program that draws off-screen and leaves nothing outside home.

    Drawn by the processor, with the settings that the kiosk chooses for that.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DISPLAY", "WAYLAND_DISPLAY", "RUNTIME_DIRECTORY", "STATE_DIRECTORY"}
    }
    return environment | {
        "SDL_VIDEODRIVER": "offscreen",
        "SDL_AUDIODRIVER": "dummy",
        "LP_NUM_THREADS": "0",
        "KIVY_HOME": str(home / "kivy"),
        "XDG_CACHE_HOME": str(home / "cache"),
    }


def first_frame_s(name: str, command: Sequence[str], home: Path) -> float:
    """Return after how many seconds a program shows its first frame; then end it.

    See :func:`shown`, whose errors it raises.
    """
    with shown(name, command, home) as program:
        return program.ready_s


class Shown(NamedTuple):
    """A program whose first frame is up, and how long that took it."""

    pid: int
    ready_s: float


@contextlib.contextmanager
def shown(name: str, command: Sequence[str], home: Path) -> Iterator[Shown]:
    """Start a program, wait for its first frame, and end it afterwards.

    It tells by ``READY=1`` to NOTIFY_SOCKET, as to systemd; only its own word counts, not that of
    a process it starts. In the command ``{short}`` is a folder for sockets. Raises
    :class:`RowFailed`, with ``name`` in it, when the program ends before, or never tells.
    """
    for folder in ("kivy", "cache"):
        (home / folder).mkdir(exist_ok=True)
    # Not below ``home``: the address of a socket is at most 107 bytes long.
    with (
        tempfile.TemporaryDirectory(prefix="sternway-bench-") as short,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified,
        tempfile.TemporaryFile(dir=home) as said,
    ):
        notified.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        notified.bind(f"{short}/notify")
        environment = screen_environment(home) | {"NOTIFY_SOCKET": f"{short}/notify"}
        words = [word.replace("{short}", short) for word in command]
        start_s = time.monotonic()
        process = subprocess.Popen(words, env=environment, stdout=said, stderr=said)
        try:
            ready_s = _ready_s(notified, process)
            if ready_s is not None:
                yield Shown(process.pid, ready_s - start_s)
        finally:
            _end(process)
        if ready_s is None:
            said.seek(0)
            tail = " ".join(said.read().decode("utf-8", "replace").split())[-_TAIL_CHARS:]
            raise RowFailed(f"{name} showed no frame: {tail or 'it said nothing'}")


def _ready_s(notified: socket.socket, process: subprocess.Popen[bytes]) -> float | None:
    """Return when the process said that its first frame is shown; None when it will not."""
    until_s = time.monotonic() + FRAME_WITHIN_S
    notified.settimeout(0.2)
    while time.monotonic() < until_s:
        try:
            word, ancillary, _, _ = notified.recvmsg(100, socket.CMSG_SPACE(_CREDENTIALS.size))
        except TimeoutError:
            if process.poll() is not None:
                return None
            continue
        now_s = time.monotonic()
        pids = [
            _CREDENTIALS.unpack(data)[0]
            for level, kind, data in ancillary
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS)
        ]
        if word == b"READY=1" and pids == [process.pid]:
            return now_s
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
