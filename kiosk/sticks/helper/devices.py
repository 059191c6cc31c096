"""Which block devices are sticks, read from sysfs. Nothing of a stick's content is looked at."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from kiosk.sticks.link import MOST_STICKS

FILESYSTEMS: Final = frozenset({"vfat", "exfat"})
"""Danger: a crafted filesystem can own the kernel. These two have the least code, and are what
sticks have."""

_NAME: Final = re.compile(r"[a-z][a-z0-9]{0,30}")
_SECTOR_BYTES: Final = 512
_LEAST_BYTES: Final = 64 * 1024
"""Less is the entry of an extended partition, which holds nothing itself."""


class Device(msgspec.Struct, frozen=True):
    """A partition, or a disk without any. ``number`` is its device number.

    ``sequence`` counts the disks that this machine has seen: a stick that is pulled out and put in
    again has the old name and another sequence, and so another ``id``.
    """

    name: str
    disk: str
    number: int
    sequence: int
    bytes: int
    read_only: bool

    @property
    def id(self) -> str:
        """Its name while it is plugged in; never given again."""
        return f"{self.name}-{self.sequence}"


def is_usb(disk: Path) -> bool:
    """Say whether a disk's folder in sysfs lies below a USB device.

    The ``removable`` flag is not asked: many a stick says that it is a fixed disk.
    """
    return any(
        os.path.basename(os.path.realpath(folder / "subsystem")) == "usb"  # noqa: PTH119
        for folder in disk.parents
        if (folder / "subsystem").is_symlink()
    )


class DeviceRule(msgspec.Struct, frozen=True):
    """What counts as a stick, where to look, and which filesystems may be mounted.

    The defaults are the kiosk's. Tests and the simulator look at other devices and folders.
    """

    sysfs: Path = Path("/sys/class/block")
    dev: Path = Path("/dev")
    is_stick: Callable[[Path], bool] = is_usb
    filesystems: frozenset[str] = FILESYSTEMS
    never: frozenset[str] = frozenset()

    def devices(self) -> tuple[Device, ...]:
        """Return what is plugged in, in the order in which it came."""
        found = []
        for name in sorted(os.listdir(self.sysfs)):  # noqa: PTH208 - names, not paths
            if _NAME.fullmatch(name) and (device := self._look(name)) is not None:
                found.append(device)
        found.sort(key=lambda device: (device.sequence, device.disk, len(device.name), device.name))
        return tuple(found[:MOST_STICKS])

    def is_still_there(self, device: Device) -> bool:
        """Say whether this very device is plugged in, and not another of its name."""
        found = self._look(device.name)
        return found is not None and found.id == device.id and found.number == device.number

    def node(self, device: Device) -> Path:
        """Return its device file."""
        return self.dev / device.name

    def _look(self, name: str) -> Device | None:
        folder = Path(os.path.realpath(self.sysfs / name))
        try:
            is_partition = (folder / "partition").exists()
            disk = folder.parent if is_partition else folder
            if disk.name in self.never or not self.is_stick(disk):
                return None
            if not is_partition and any((part / "partition").exists() for part in disk.iterdir()):
                return None
            size = int(_read(folder / "size")) * _SECTOR_BYTES
            if size < _LEAST_BYTES:
                return None  # an empty card reader
            major, minor = _read(folder / "dev").split(":")
            return Device(
                name=name,
                disk=disk.name,
                number=os.makedev(int(major), int(minor)),
                sequence=int(_read(disk / "diskseq")) if (disk / "diskseq").exists() else 0,
                bytes=size,
                read_only=_read(folder / "ro") != "0" or _read(disk / "ro") != "0",
            )
        except (OSError, ValueError):
            # It is being pulled out, or not all there yet: the next look will tell.
            return None


def disks_of_the_system(sysfs: Path, mounts: Path = Path("/proc/self/mountinfo")) -> frozenset[str]:
    """Return the disks on which something is mounted now, or which hold swap.

    Danger: a kiosk may run from a USB disk. Ask before anything was mounted by us.
    """
    numbers = {line.split()[2] for line in mounts.read_text().splitlines()}
    swaps = Path("/proc/swaps").read_text().splitlines()[1:]
    swapped = {Path(line.split()[0]).name for line in swaps}
    found = set()
    for name in os.listdir(sysfs):  # noqa: PTH208 - names, not paths
        folder = Path(os.path.realpath(sysfs / name))
        try:
            used = name in swapped or _read(folder / "dev") in numbers
            is_partition = (folder / "partition").exists()
        except OSError:
            continue  # pulled out at this moment, so nothing runs from it
        if used:
            found.add(folder.parent.name if is_partition else folder.name)
    return frozenset(found)


def _read(path: Path) -> str:
    return path.read_text(encoding="ascii").strip()
