"""What is on a device, as ``blkid`` reads it: in a process of its own, for a bounded time."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import time
from pathlib import Path
from typing import Final

import msgspec

from kiosk.sticks.helper.devices import Device, DeviceRule
from kiosk.sticks.model import UNNAMED, Stick
from profiles.saying import Saying, saying

PROBE_S: Final = 10.0
OPEN_S: Final = 3.0
"""How long udev may take to let us read a device that has just come."""
LONGEST_LABEL: Final = 32
NOT_READ: Final = saying(
    "This stick cannot be read: take it out and put it in again, or use another one."
)

_ENVIRONMENT: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
_NOTHING_FOUND: Final = (0, 2, 8)
"""Exit statuses of blkid: found, found nothing, found two things at once."""
_HEX: Final = re.compile(rb"\\x([0-9a-fA-F]{2})")
_NOT_FOR_PEOPLE: Final = frozenset(
    {
        "0x5",  # extended partitions
        "0xf",
        "0x85",
        "0xef",  # the computer's own start partition, also in the GPT way
        "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
        "e3c9e316-0b5c-4db8-817d-f92df00215ae",  # Microsoft's reserved partition
    }
)


class Found(msgspec.Struct, frozen=True):
    """What blkid found. ``hidden``: a partition that no computer shows to people either."""

    filesystem: str | None = None
    label: str = UNNAMED
    hidden: bool = False


class NotReadable(OSError):
    """The device cannot be read now; the text says why, for the journal."""


def probe(rule: DeviceRule, device: Device) -> Found:
    """Return what is on a device; raises :class:`NotReadable`. May take :data:`PROBE_S`."""
    _wait_until_readable(rule, device)
    command = ["blkid", "-p", "-o", "udev", str(rule.node(device))]
    # Not subprocess.run: after its timeout it waits for ever for a process stuck in the kernel.
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_ENVIRONMENT,
        cwd="/",
    )
    try:
        output, _ = process.communicate(timeout=PROBE_S)
    except subprocess.TimeoutExpired as error:
        process.kill()
        if process.stdout is not None:
            process.stdout.close()
        raise NotReadable(f"{device.name}: blkid did not end within {PROBE_S:.0f} s") from error
    if process.returncode not in _NOTHING_FOUND:
        raise NotReadable(f"{device.name}: blkid ended with {process.returncode}")
    return read_output(output)


def read_output(output: bytes) -> Found:
    """Return what ``blkid -o udev`` said: lines ``ID_FS_TYPE=vfat``, odd bytes as ``\\x20``."""
    fields = {}
    for line in output.split(b"\n"):
        name, _, value = line.partition(b"=")
        fields[name] = value
    filesystem = _clean(fields.get(b"ID_FS_TYPE", b""))
    kind = _clean(fields.get(b"ID_PART_ENTRY_TYPE", b"")).lower()
    label = _clean(fields.get(b"ID_FS_LABEL_ENC", b""))
    return Found(
        filesystem=filesystem or None,
        label=UNNAMED if label in {"", "NO NAME"} else label[:LONGEST_LABEL].rstrip(),
        hidden=kind in _NOT_FOR_PEOPLE,
    )


def describe(device: Device, found: Found | None, filesystems: frozenset[str]) -> Stick:
    """Return the stick as people are told of it; ``found`` is None when it cannot be read."""
    known = found or Found()
    return Stick(
        id=device.id,
        device=device.disk,
        label=known.label,
        bytes=device.bytes,
        filesystem=known.filesystem,
        read_only=device.read_only,
        problem=NOT_READ if found is None else problem_of(known.filesystem, filesystems),
    )


def problem_of(filesystem: str | None, filesystems: frozenset[str]) -> Saying | None:
    """Return why a stick with this filesystem cannot be used, or None."""
    if filesystem is None:
        return saying("This stick has no filesystem: format it as exFAT or FAT32 on a computer.")
    if filesystem not in filesystems:
        return saying(
            "This stick is formatted as {filesystem}, which the kiosk does not use: "
            "use one with exFAT or FAT32.",
            filesystem=filesystem,
        )
    return None


def check_node(path: Path, device: Device) -> None:
    """Raise ``OSError`` where a device file is not this device's."""
    found = path.lstat()
    if not stat.S_ISBLK(found.st_mode) or found.st_rdev != device.number:
        raise NotReadable(f"{path} is not the device that came as {device.name}")


def _wait_until_readable(rule: DeviceRule, device: Device) -> None:
    # blkid says "nothing found" of a device that it may not open, so it is opened here first.
    end_s = time.monotonic() + OPEN_S
    while True:
        try:
            check_node(rule.node(device), device)
            os.close(os.open(rule.node(device), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC))
            return
        except OSError as error:
            if time.monotonic() >= end_s or not rule.is_still_there(device):
                raise NotReadable(f"{device.name}: {error.strerror or error}") from error
        time.sleep(0.1)


def _clean(value: bytes) -> str:
    """Return a text of the stick's, without anything that could not be drawn."""
    text = _HEX.sub(lambda found: bytes([int(found[1], 16)]), value).decode("utf-8", "replace")
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())
