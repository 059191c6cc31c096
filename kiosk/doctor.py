"""``sternway doctor``: every input and output as it is now, what is wrong, and how to mend it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from hardware.errors import HardwareError
from hardware.link import (
    MAX_PACKET_BYTES,
    VERSION,
    Check,
    Hello,
    Status,
    Welcome,
    decode_to_kiosk,
    encode,
)
from kiosk.config import Settings
from kiosk.cues import rendering
from kiosk.guard_child import guard_command, somebody_listens
from kiosk.paths import data_folder
from kiosk.upkeep.door.model import FILE, standing
from profiles.saying import plain

LISTEN_S: Final = 3.0
GUARD_UP_S: Final = 6.0
FREE_BYTES: Final = 64 * 1024 * 1024
FRAMES_PER_S: Final = 50.0


class Finding(NamedTuple):
    """One line of the report; ``mend`` is empty where nothing is wrong."""

    good: bool
    what: str
    seen: str
    mend: str = ""


def examine(settings: Settings, config: Path | None, data: Path | None, *, simulate: bool) -> bool:
    """Print the report; return whether a session could start with hands on the rails."""
    good = True
    for finding in _findings(settings, config, data_folder(data, simulate=simulate), simulate):
        good = good and finding.good
        mark = "ok   " if finding.good else "WRONG"
        print(f"{mark}  {finding.what:<18} {finding.seen}", flush=True)
        if finding.mend:
            print(f"{'':7}{'':<18} -> {finding.mend}", flush=True)
    print("Everything is in order." if good else "Something is wrong: see the lines with ->.")
    return good


def _findings(
    settings: Settings, config: Path | None, data: Path, simulate: bool
) -> Iterator[Finding]:
    yield Finding(
        True,
        "settings",
        f"facing {settings.treadmill.facing}, "
        f"{settings.treadmill.mm_per_count:g} mm per count, "
        f"cap {settings.treadmill.cap_kmh:g} km/h, rails {settings.treadmill.rails}",
    )
    yield _log(data)
    yield _screen()
    yield _sound()
    yield _voice()
    if not simulate:
        yield _port(settings.sensor.port)
        yield _door()
    yield from _wires(settings, config, simulate)


def _log(data: Path) -> Finding:
    home = data
    while not home.exists():
        home = home.parent
    free = shutil.disk_usage(home).free
    if not os.access(home, os.W_OK):
        return Finding(
            False,
            "log",
            f"{data} cannot be written",
            f"give this user the folder: sudo chown -R $USER {home}",
        )
    if free < FREE_BYTES:
        return Finding(
            False, "log", f"{free // 1_000_000} MB free at {data}", "free at least 64 MB there"
        )
    return Finding(True, "log", f"{data}, {free // 1_000_000} MB free")


def _screen() -> Finding:
    for name in ("WAYLAND_DISPLAY", "DISPLAY"):
        if os.environ.get(name):
            return Finding(True, "screen", f"{name}={os.environ[name]}")
    cards = sorted(Path("/dev/dri").glob("card*")) if Path("/dev/dri").is_dir() else []
    if cards and os.access(cards[0], os.R_OK | os.W_OK):
        return Finding(True, "screen", f"{cards[0]} (KMSDRM, no desktop needed)")
    if cards:
        return Finding(
            False,
            "screen",
            f"{cards[0]} is not ours to use",
            "add this user to the groups video, render and input, then log in again",
        )
    return Finding(
        False,
        "screen",
        "no display found: screens are drawn off-screen only",
        "connect a display, or start from a desktop session",
    )


def sound_card() -> str | None:
    """Return the first sound card's name as the kernel tells it, None where there is none."""
    try:
        text = Path("/proc/asound/cards").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None
    return text.splitlines()[0].strip() if text and "no soundcards" not in text else None


def _sound() -> Finding:
    if (card := sound_card()) is not None:
        return Finding(True, "sound", card)
    return Finding(
        False,
        "sound",
        "no sound card: a walker who faces away hears no warning",
        "connect a speaker (HDMI, USB or a sound HAT) and look at `aplay -l`",
    )


def _voice() -> Finding:
    """The voice; without it a kiosk is usable, with tones alone."""
    program = rendering.program()
    if program is None:
        mend = f"install the package {rendering.PROGRAM}: sudo apt install {rendering.PROGRAM}"
        return Finding(True, "voice", f"none: {rendering.PROGRAM} is missing, tones alone", mend)
    try:
        return Finding(True, "voice", rendering.version(program))
    except rendering.NotSpoken as error:
        mend = f"install it anew: sudo apt install --reinstall {rendering.PROGRAM}"
        return Finding(True, "voice", f"none, tones alone: {rendering.PROGRAM}: {error}", mend)


def _port(port: str) -> Finding:
    if not Path(port).exists():
        return Finding(
            False,
            "sensor port",
            f"{port} is not there",
            "plug the belt sensor in, and set sensor.port to its name in /dev/serial/by-id",
        )
    if not os.access(port, os.R_OK | os.W_OK):
        return Finding(
            False, "sensor port", f"{port} is not ours to use", "add this user to the group dialout"
        )
    return Finding(True, "sensor port", port)


def _door() -> Finding:
    """Whether anybody may come in by SSH: nothing is wrong, but nobody should be surprised."""
    found = standing()
    if found is None:
        return Finding(True, "SSH", "closed: its file of keys is not on the card")
    if not found.keys:
        return Finding(True, "SSH", "closed", plain(found.why))
    mend = f"take {FILE} off the memory card and restart, once nobody needs it any more"
    return Finding(True, "SSH", f"open for {found.keys} keys", mend)


def _wires(settings: Settings, config: Path | None, simulate: bool) -> Iterator[Finding]:
    path = settings.socket_path(simulate=simulate)
    with contextlib.ExitStack() as stack:
        guard: subprocess.Popen[str] | None = None
        if not somebody_listens(path):
            command = guard_command(config, None, simulate=simulate)
            guard = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
            stack.callback(_end, guard)
        try:
            first, last, welcome = _listen(path, guard)
        except (OSError, HardwareError) as error:
            yield Finding(
                False,
                "guard",
                _last_words(guard) or f"does not answer at {path} ({error})",
                "on a Raspberry Pi: sudo apt install python3-lgpio, user in the group gpio; "
                "elsewhere: --simulate",
            )
            return
        yield Finding(True, "guard", f"answers at {path}")
        yield from _of_status(first, last, welcome)


def _end(guard: subprocess.Popen[str]) -> None:
    guard.terminate()
    guard.communicate()


def _last_words(guard: subprocess.Popen[str] | None) -> str:
    """Return the line with which a guard of ours ended, if it did."""
    if guard is None or guard.poll() is None or guard.stderr is None:
        return ""
    lines = guard.stderr.read().strip().splitlines()
    return lines[-1].removeprefix("sternway guard: ") if lines else ""


def _listen(path: Path, guard: subprocess.Popen[str] | None) -> tuple[Status, Status, Welcome]:
    """Return a guard's first and last status of some seconds, and its welcome."""
    until = time.monotonic() + GUARD_UP_S
    while not somebody_listens(path):
        if time.monotonic() > until or (guard is not None and guard.poll() is not None):
            raise ConnectionRefusedError("nobody listens")
        time.sleep(0.1)
    seen: list[Status] = []
    welcome: Welcome | None = None
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
        link.settimeout(2.0)
        link.connect(str(path))
        link.send(encode(Hello(version=VERSION, role="observer")))
        until = time.monotonic() + LISTEN_S
        while time.monotonic() < until:
            try:
                message = decode_to_kiosk(link.recv(MAX_PACKET_BYTES))
            except msgspec.MsgspecError as error:
                raise ConnectionError("it speaks another version") from error
            if isinstance(message, Status):
                seen.append(message)
            elif isinstance(message, Welcome):
                welcome = message
    if not seen or welcome is None:
        raise ConnectionError("it says nothing")
    return seen[0], seen[-1], welcome


def _of_status(first: Status, last: Status, welcome: Welcome) -> Iterator[Finding]:
    pins = last.pins
    seconds = max(0.001, (last.t_ns - first.t_ns) / 1e9)
    rate = (last.frames.accepted - first.frames.accepted) / seconds
    bad = last.frames.rejected - first.frames.rejected
    if last.port_error:
        yield Finding(
            False,
            "sensor port",
            last.port_error,
            "plug the belt sensor in, and set sensor.port to its /dev/serial/by-id name",
        )
    if last.sensor_fault:
        yield Finding(False, "sensor", last.sensor_fault, "look at the encoder and its cable")
    yield Finding(
        rate > 0.8 * FRAMES_PER_S,
        "sensor frames",
        f"{rate:.0f} a second, {bad} rejected; "
        f"{last.sensor_serial or 'no identity'} {last.sensor_firmware or ''}".rstrip(),
        "" if rate > 0.8 * FRAMES_PER_S else "50 are expected: check the cable and 115200 baud",
    )
    speed = "unknown" if last.speed_kmh is None else f"{last.speed_kmh:.2f} km/h"
    yield Finding(
        last.speed_kmh is not None,
        "belt speed",
        speed,
        "" if last.speed_kmh is not None else "the sensor must be heard first",
    )
    yield Finding(
        pins.estop,
        "emergency stop",
        "its two contacts disagree"
        if pins.estop_disagree
        else "released"
        if pins.estop
        else "pressed, or its wire is broken",
        "" if pins.estop else "release the button; then check both contacts and wires",
    )
    yield Finding(
        pins.key,
        "safety key",
        "in" if pins.key else "out",
        "" if pins.key else "put the treadmill's safety key in",
    )
    yield Finding(
        not pins.stop_button,
        "stop button",
        "pressed" if pins.stop_button else "not pressed",
        "let go of the button on the rail" if pins.stop_button else "",
    )
    for side, held in (("left", pins.rail_left), ("right", pins.rail_right)):
        yield Finding(True, f"{side} rail", "held" if held else "not held")
    permit = "on" if last.permit else "off"
    if welcome.permit_mode == "none":
        permit = "none: this site has no relay, the kiosk gives alarms only"
    relay = Check.RELAY not in last.failing
    yield Finding(
        relay,
        "run permit",
        permit,
        "" if relay else "its feedback contact disagrees: look at the relay",
    )
    latched = ", ".join(last.latched)
    yield Finding(
        not latched,
        "latched",
        latched or "nothing",
        "clear it with the staff PIN on the kiosk" if latched else "",
    )
