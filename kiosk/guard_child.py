"""The guard as the kiosk's child, where no service runs it: development and simulation."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

import msgspec

from hardware.link import MAX_PACKET_BYTES, VERSION, Hello, Refused, decode_to_kiosk, encode

RESTART_S: Final = 1.0
ANSWER_S: Final = 1.0
STOP_S: Final = 5.0
ORPHAN_S: Final = 3.0
"""How long a guard outlives its kiosk: long enough for a client to see the permit fall."""


def somebody_listens(path: Path) -> bool:
    """Say whether a guard answers at this socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


def led_by_another(path: Path) -> bool:
    """Say whether a guard answers here that another kiosk uses already."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
        probe.settimeout(ANSWER_S)
        try:
            probe.connect(str(path))
            probe.send(encode(Hello(version=VERSION, role="kiosk")))
            return isinstance(decode_to_kiosk(probe.recv(MAX_PACKET_BYTES)), Refused)
        except (OSError, msgspec.MsgspecError):
            # Nobody there, or nobody we can talk to: starting a guard of our own will tell.
            return False


def guard_command(config: Path | None, bench: Path | None, *, simulate: bool) -> list[str]:
    """Return the command that starts a guard which ends with its parent."""
    command = [sys.executable, "-P", "-m", "kiosk", "guard", "--child"]
    if simulate:
        command.append("--simulate")
    if bench is not None:
        command += ["--bench", str(bench)]
    if config is not None:
        command += ["--config", str(config)]
    return command


class GuardChild:
    """Starts ``sternway guard``, starts it again when it dies, ends it with the kiosk.

    A guard that is found running may be the last one of a kiosk that was killed, about to end.
    """

    def __init__(
        self, socket_path: Path, config: Path | None, bench: Path | None, *, simulate: bool
    ) -> None:
        """Nothing is started yet. ``socket_path`` is where a guard listens, ours or another's."""
        self._path = socket_path
        self._command = guard_command(config, bench, simulate=simulate)
        self._ending = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="guard-child", daemon=True)

    def start(self) -> None:
        """Start it unless one runs, and see from then on that one does."""
        if not somebody_listens(self._path):
            self._process = self._spawn()
        self._thread.start()

    def stop(self) -> None:
        """End it: its permit goes off first of all."""
        self._ending.set()
        process = self._process
        if process is not None:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join(STOP_S)

    def _spawn(self) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C in the terminal reaches the kiosk, which ends the guard.
        return subprocess.Popen(self._command, start_new_session=True)

    def _keep(self) -> None:
        """Start a guard whenever there is none: ours died, or the one we found has ended."""
        while not self._ending.wait(RESTART_S):
            process = self._process
            if process is not None:
                status = process.poll()
                if status is None:
                    continue
                print(f"sternway: the guard ended with {status}", file=sys.stderr)
                self._process = None
            if not somebody_listens(self._path):
                self._process = self._spawn()


def end_with_parent() -> None:
    """End this process soon after its parent died: nobody else would end a child guard."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        time.sleep(ORPHAN_S)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
