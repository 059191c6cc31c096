"""``python -m kiosk.upkeep.updater``: the update service, as systemd starts it by its socket."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Sequence

from kiosk.upkeep.updater.machine import Machine, this_machine
from kiosk.upkeep.updater.partition import writable
from kiosk.upkeep.updater.server import IDLE_S, Service
from kiosk.upkeep.updater.words import UpdateError

_FIRST_FILE = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve; return 0, or 2 with one line on stderr where it cannot begin."""
    parser = argparse.ArgumentParser(
        prog="python -m kiosk.upkeep.updater",
        description="Installs signed updates into the slot that does not run.",
    )
    parser.parse_args(arguments)
    try:
        machine = this_machine()
        serve(_given(), machine)
    except (UpdateError, OSError) as error:
        print(f"sternway update: {error}", file=sys.stderr)
        return 2
    return 0


def serve(listening: socket.socket, machine: Machine, *, idle_s: float = IDLE_S) -> None:
    """Serve until nobody asks any more."""
    with listening:
        Service(listening, machine, lambda: writable(machine.boot), idle_s=idle_s).run()


def _given() -> socket.socket:
    """Return the socket that systemd hands over; raises ``OSError`` where it does not."""
    if (os.environ.get("LISTEN_PID"), os.environ.get("LISTEN_FDS")) != (str(os.getpid()), "1"):
        raise OSError(None, "start it by sternway-update.socket")
    return socket.socket(fileno=_FIRST_FILE)


if __name__ == "__main__":
    sys.exit(main())
