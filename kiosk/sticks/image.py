"""A loop image that passes for a stick: the helper's own code mounts it. Needs root."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import time
from pathlib import Path
from typing import Final

from kiosk.sticks.helper.devices import FILESYSTEMS, Device, DeviceRule
from kiosk.sticks.helper.mounting import GONE, Mounted, Owner, let_nobody_hold
from kiosk.sticks.helper.probe import NotReadable, describe, probe, problem_of
from kiosk.sticks.model import BenchError, Stick, StickError

ALLOWED: Final = FILESYSTEMS | {"ext4"}
"""Here ext4 too: it is the filesystem that every developer's kernel has."""

_TRIES: Final = 20
_FS_IOC_SHUTDOWN: Final = 0x8004587D
_NO_LOG_FLUSH: Final = 2
_LOOP_SET_STATUS64: Final = 0x4C04
_LOOP_GET_STATUS64: Final = 0x4C05
_LOOP_INFO_BYTES: Final = 232
_SIZE_LIMIT_AT: Final = 32
_FLAGS_AT: Final = 52
_LO_FLAGS_AUTOCLEAR: Final = 4
_SECTOR_BYTES: Final = 512


class ImageStick:
    """One partition of an image, or all of one that has none. Not for two threads at once."""

    def __init__(self, disk: LoopDisk, device: Device, stick: Stick, mounts: Path) -> None:
        """It will be mounted at ``mounts/<id>``."""
        self.stick = stick
        self._disk = disk
        self._device = device
        self._target = mounts / stick.id
        self._mounted: Mounted | None = None

    def mount(self, *, writable: bool) -> Path:
        """Mount it as the helper would."""
        problem = self.stick.problem or problem_of(self.stick.filesystem, ALLOWED)
        if problem is not None or self.stick.filesystem is None:
            raise StickError(problem or GONE)
        if self._mounted is None:
            self._mounted = Mounted(
                self._disk.rule,
                self._device,
                self.stick.filesystem,
                self._target,
                writable=writable,
                owner=Owner(os.getuid(), os.getgid()),
            )
        self._mounted.set_writable(writable)
        return self._target

    def unmount(self) -> None:
        """Unmount it as the helper would."""
        if self._mounted is None:
            let_nobody_hold(self._disk.rule, self._device)
            return
        try:
            self._mounted.release()
        finally:
            if not self._mounted.stands:
                self._mounted = None

    def pull(self) -> None:
        """End the filesystem where it stands: nothing reaches the image from now on."""
        mounted, self._mounted = self._mounted, None
        if mounted is not None:
            root = mounted.folder()
            try:
                fcntl.ioctl(root, _FS_IOC_SHUTDOWN, struct.pack("I", _NO_LOG_FLUSH))
            except OSError:
                # A filesystem that cannot be ended so: its disk is taken away from under it.
                self._disk.shrink()
            finally:
                os.close(root)
            mounted.detach()
        self._disk.detach()


class LoopDisk:
    """An image on a loop device, which goes with its last user, whatever happens to us."""

    def __init__(self, image: Path, *, read_only: bool) -> None:
        """Attach it; raises :class:`StickError`."""
        if os.geteuid() != 0:
            raise BenchError("A loop image needs root: use a folder, or start this as root.")
        if not image.is_file():
            raise BenchError(f"{image}: there is no such image.")
        words = ["--find", "--show", "--partscan", *(["--read-only"] if read_only else [])]
        self.node = Path(_run("losetup", *words, "--", str(image)))
        self.rule = DeviceRule(
            is_stick=lambda disk: disk.name == self.node.name, filesystems=ALLOWED
        )
        self._file = os.open(self.node, os.O_RDONLY | os.O_CLOEXEC)
        # From now on it goes with its last user: that file, or a mount.
        self._change(_FLAGS_AT, "I", self._status(_FLAGS_AT, "I") | _LO_FLAGS_AUTOCLEAR)

    def sticks(self, name: str, mounts: Path) -> list[ImageStick]:
        """Return its partitions as sticks, or all of it as one."""
        found = []
        for device in self._devices():
            try:
                content = probe(self.rule, device)
            except NotReadable as error:
                raise BenchError(f"The image cannot be read: {error}.") from error
            if content.hidden:
                continue
            part = device.name.removeprefix(device.disk).removeprefix("p")
            stick = describe(device, content, ALLOWED)
            named = Stick(
                id=f"{name}{part}-{device.sequence}",
                device=name,
                label=stick.label,
                bytes=stick.bytes,
                filesystem=stick.filesystem,
                read_only=stick.read_only,
                problem=stick.problem,
            )
            found.append(ImageStick(self, device, named, mounts))
        return found

    def shrink(self) -> None:
        """Leave one sector of it: every other read and write fails. Partitions keep theirs."""
        for left in reversed(range(_TRIES)):
            try:
                self._change(_SIZE_LIMIT_AT, "Q", _SECTOR_BYTES)
            except BlockingIOError as error:
                # Somebody wrote to it in this moment.
                if not left:
                    raise BenchError("The image cannot be pulled out: try again.") from error
                time.sleep(0.05)
            else:
                return

    def detach(self) -> None:
        """Leave the device to whoever still has a file of it open."""
        if self._file != -1:
            os.close(self._file)
            self._file = -1

    def _status(self, at: int, kind: str) -> int:
        info = bytearray(_LOOP_INFO_BYTES)
        fcntl.ioctl(self._file, _LOOP_GET_STATUS64, info)
        value: int = struct.unpack_from(kind, info, at)[0]
        return value

    def _change(self, at: int, kind: str, value: int) -> None:
        info = bytearray(_LOOP_INFO_BYTES)
        fcntl.ioctl(self._file, _LOOP_GET_STATUS64, info)
        struct.pack_into(kind, info, at, value)
        fcntl.ioctl(self._file, _LOOP_SET_STATUS64, bytes(info))

    def _devices(self) -> tuple[Device, ...]:
        devices = self.rule.devices()
        if len(devices) == 1 and devices[0].name == self.node.name:
            # A kernel without partition tables of its own is told of them by partx.
            done = subprocess.run(
                ["partx", "--add", str(self.node)], capture_output=True, check=False
            )
            if done.returncode == 0:
                return self.rule.devices()
        return devices


def _run(*words: str) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise BenchError(f"There is no {words[0]} here: install util-linux.") from error
    if done.returncode != 0:
        raise BenchError(f"The image cannot be plugged in: {done.stderr.strip()}.")
    return done.stdout.strip()
