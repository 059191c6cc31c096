"""``python -m kiosk.sticks.helper``: the stick helper, as its service starts it."""

from __future__ import annotations

import argparse
import contextlib
import grp
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from hardware.errors import LinkError
from hardware.sockets import ListeningSocket
from hardware.threads import name_this_thread
from kiosk.death import die
from kiosk.sticks.helper.devices import DeviceRule, disks_of_the_system
from kiosk.sticks.helper.mounting import give_children_nothing, own_namespace
from kiosk.sticks.helper.server import RESCAN_S, Helper


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal; return 0, or 2 with one line on stderr where it cannot begin."""
    parser = argparse.ArgumentParser(
        prog="python -m kiosk.sticks.helper",
        description="Mounts USB sticks for the kiosk: vfat and exfat, nosuid, nodev, noexec.",
    )
    parser.add_argument("--socket", type=Path, required=True, help="where the kiosk asks")
    parser.add_argument("--mounts", type=Path, help="where sticks are mounted [mounts, beside it]")
    parser.add_argument("--group", help="who may ask, besides the user this runs as [its group]")
    options = parser.parse_args(arguments)
    mounts = options.mounts or options.socket.with_name("mounts")
    return serve(options.socket, mounts, DeviceRule(), group=options.group)


def serve(
    path: Path, mounts: Path, rule: DeviceRule, *, group: str | None, rescan_s: float = RESCAN_S
) -> int:
    """Mount what ``rule`` calls a stick, for whoever may open the socket at ``path``."""
    with contextlib.ExitStack() as stack:
        try:
            gid = grp.getgrnam(group).gr_gid if group else os.getegid()
            rule = msgspec.structs.replace(rule, never=disks_of_the_system(rule.sysfs))
            listening = ListeningSocket(
                path, socket.SOCK_SEQPACKET, mode=0o660, what="a stick helper"
            )
            stack.callback(listening.close)
            if gid != os.getegid():
                os.chown(path, -1, gid)
            mounts.mkdir(mode=0o700, parents=True, exist_ok=True)
            own_namespace()
            give_children_nothing()
            helper = Helper(listening, mounts, rule, gid=gid, on_death=die, rescan_s=rescan_s)
        except (LinkError, OSError, KeyError) as error:
            text = f"there is no group {group!r}" if isinstance(error, KeyError) else error
            print(f"sternway sticks: cannot begin: {text}", file=sys.stderr)
            return 2
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: helper.stop())
        name_this_thread("sternway-sticks")
        helper.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
