"""A real ext4 that loses its power at a chosen moment, for the tests of what must survive that.

``FS_IOC_SHUTDOWN`` ends a mounted filesystem as a power cut would. Its two ways are the two ends
of what a disk may do: forget everything not synced (``NOTHING``), or have kept every name but not
the bytes behind it (``NAMES``; this is what shows a rename without an fsync before it).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.records.disk import PowerCut

FS_IOC_SHUTDOWN = 0x8004587D
NAMES, NOTHING = 1, 2

both_ways = pytest.mark.parametrize("way", [NOTHING, NAMES], ids=["nothing", "names"])


class Drive:
    """An ext4 in a file, to be mounted, cut off from its power, and mounted again."""

    def __init__(self, folder: Path) -> None:
        self.image = folder / "image"
        self.master = folder / "master"
        self.point = folder / "mounted"
        self.point.mkdir()
        with self.image.open("wb") as file:
            file.truncate(16 * 2**20)
        run("mkfs.ext4", "-q", "-F", "-O", "^resize_inode", "-E", "lazy_itable_init=0", self.image)

    def renew(self) -> None:
        """Begin again with the drive as it was when it was made."""
        self.renew_from(self.master)

    def renew_from(self, kept: Path) -> None:
        """Begin again with what :meth:`keep` kept."""
        shutil.copyfile(kept, self.image)

    def keep(self) -> Path:
        """Keep what is on it now, while it is not mounted."""
        kept = self.image.with_suffix(".kept")
        shutil.copyfile(self.image, kept)
        return kept

    def mount(self) -> None:
        run("mount", "-o", "loop,noauto_da_alloc", self.image, self.point)

    def unmount(self) -> None:
        """Unmount, and wait until the filesystem is really gone.

        A process that was started in a mount namespace of its own meanwhile holds it for a moment
        more; mounted again then, it would still be the one that was cut.
        """
        number = self.point.stat().st_dev
        for _ in range(20):
            with contextlib.suppress(OSError):
                run("umount", self.point)
                break
            time.sleep(0.05)
        else:
            # Let go of the place all the same, or nothing after this could be mounted or removed.
            run("umount", "--lazy", self.point)
            pytest.fail("the filesystem is still in use: some file on it was never closed")
        for _ in range(400):
            if not self._is_alive(number):
                return
            time.sleep(0.05)
        pytest.fail("the filesystem stays mounted elsewhere")

    def _is_alive(self, number: int) -> bool:
        device = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")
        backing = device / "loop" / "backing_file"
        try:
            ours = backing.read_text().strip() == str(self.image)
        except OSError:
            return False
        return ours and Path("/sys/fs/ext4", device.resolve().name).exists()

    def lose_power(self, way: int) -> None:
        """End the filesystem as a power cut would; it is to be unmounted next."""
        descriptor = os.open(self.point, os.O_RDONLY)
        fcntl.ioctl(descriptor, FS_IOC_SHUTDOWN, struct.pack("I", way))
        os.close(descriptor)

    def cut(self, way: int) -> Callable[[], None]:
        def act() -> None:
            self.lose_power(way)
            raise PowerCut

        return act


def drive_with(factory: pytest.TempPathFactory, fill: Callable[[Path], None]) -> Drive:
    """Return a drive that was filled once; the test is skipped, with the reason, without one."""
    if os.geteuid() != 0:
        pytest.skip("power loss was not tried: mounting needs root")
    if shutil.which("mkfs.ext4") is None:
        pytest.skip("power loss was not tried: there is no mkfs.ext4")
    try:
        found = Drive(factory.mktemp("drive"))
        found.mount()
    except OSError as error:
        pytest.skip(f"power loss was not tried: {error}")
    fill(found.point)
    found.unmount()
    shutil.copyfile(found.image, found.master)
    return found


def run(*words: object) -> None:
    command = [str(word) for word in words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{words[0]}: {done.stderr.strip()}")
