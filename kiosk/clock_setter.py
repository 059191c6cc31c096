"""Turning the machine's own clocks, which the kiosk may not: a service of root's does it for it.

``python -m kiosk.clock_setter`` is that service, started by ``sternway-clock.socket`` for one
question: what time it is. It sets the system's clock and the battery's where there is one, and can
do nothing else. It imports the standard library alone, so that it answers soon.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import re
import socket
import struct
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

SOCKET: Final = Path("/run/sternway-clock/clock.sock")
"""Where it is asked; systemd makes it, for the kiosk's group."""
WHO: Final = "sternway-kiosk"
"""The one user whose word is taken."""
HARDWARE: Final = Path("/sys/class/rtc/rtc0/since_epoch")
HARDWARE_DEVICE: Final = Path("/dev/rtc0")
FIRST_YEAR: Final = 2025
LAST_YEAR: Final = 2100
"""A date outside of these is a slip of the finger, or a clock that lost its power."""
EARLIEST_S: Final = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp()
LATEST_S: Final = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp()
LATE_S: Final = 60.0
"""How old a question may be: it waits while the service starts."""
DONE: Final = b"done"
_RTC_SET_TIME: Final = 0x4024700A
"""``RTC_SET_TIME`` of linux/rtc.h: nine ints, as ``struct tm``."""
_QUESTION: Final = re.compile(rb"(\d{10}\.\d{3}) (\d{1,10}\.\d{3})")
_MOST_BYTES: Final = 64
_ANSWER_S: Final = 10.0


class NotTurned(ValueError):
    """A question that is not answered; one sentence for the log."""


def ask(utc_s: float, boot_s: float, path: Path = SOCKET) -> None:
    """Have the clocks say that it was ``utc_s`` when the machine had run for ``boot_s``.

    Raises ``FileNotFoundError`` where there is no such service, another ``OSError`` where it did
    not do it.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC) as client:
        client.settimeout(_ANSWER_S)
        client.connect(str(path))
        client.send(f"{utc_s:.3f} {boot_s:.3f}".encode("ascii"))
        answer = client.recv(256)
    if answer != DONE:
        raise OSError(None, answer.decode("utf-8", "replace") or "no answer")


def turn(utc_s: float) -> None:
    """Set the system's clock, and the battery's where there is one. Raises ``OSError``."""
    time.clock_settime(time.CLOCK_REALTIME, utc_s)
    if HARDWARE.exists():
        _turn_hardware(utc_s)


def answer(link: socket.socket, who: str = WHO) -> bytes:
    """Do what the other end of ``link`` asks for; return what it is told."""
    try:
        _must_be(link, who)
        link.settimeout(_ANSWER_S)
        turn(_asked(link.recv(_MOST_BYTES), time.clock_gettime(time.CLOCK_BOOTTIME)))
    except (OSError, NotTurned) as error:
        return str(getattr(error, "strerror", None) or error).encode()
    return DONE


def main() -> int:
    """Answer one question at the socket that systemd hands over as standard input."""
    with socket.socket(fileno=os.dup(0)) as link:
        said = answer(link)
        print(f"sternway clock: {said.decode()}", file=sys.stderr)
        link.send(said)
    return 0 if said == DONE else 1


def _asked(question: bytes, now_boot_s: float) -> float:
    """Return what time it is now, by a question that may have waited."""
    match = _QUESTION.fullmatch(question)
    if match is None:
        raise NotTurned("not a time")
    late_s = now_boot_s - float(match[2])
    utc_s = float(match[1]) + late_s
    if not -0.01 <= late_s <= LATE_S:
        raise NotTurned("asked too long ago")
    if not EARLIEST_S <= utc_s < LATEST_S:
        raise NotTurned(f"no year from {FIRST_YEAR} to {LAST_YEAR}")
    return utc_s


def _must_be(link: socket.socket, who: str) -> None:
    size = struct.calcsize("3i")
    _, uid, _ = struct.unpack("3i", link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    try:
        wanted = pwd.getpwnam(who).pw_uid
    except KeyError:
        raise NotTurned(f"there is no user {who}") from None
    if uid != wanted:
        raise NotTurned(f"asked by somebody else (user {uid})")


def _turn_hardware(utc_s: float) -> None:
    """Set the battery clock, which keeps UTC."""
    date = time.gmtime(utc_s)
    fields = (date.tm_sec, date.tm_min, date.tm_hour, date.tm_mday)
    device = os.open(HARDWARE_DEVICE, os.O_RDONLY | os.O_CLOEXEC)
    try:
        rest = (date.tm_mon - 1, date.tm_year - 1900, 0, 0, 0)
        fcntl.ioctl(device, _RTC_SET_TIME, struct.pack("9i", *fields, *rest))
    finally:
        os.close(device)


if __name__ == "__main__":
    sys.exit(main())
