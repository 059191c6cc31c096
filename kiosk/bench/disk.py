"""The disk and the machine under the figures: whether they mean anything, and of what they are."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from kiosk.bench.frame import Unusable

_IN_MEMORY: Final = frozenset({"tmpfs", "ramfs", "devtmpfs"})


def filesystem_of(folder: Path) -> str:
    """Return the name of the filesystem below a folder; ``unknown`` where the kernel is silent."""
    device = os.stat(folder).st_dev  # noqa: PTH116 - as the kernel's table names it
    wanted = f"{os.major(device)}:{os.minor(device)}"
    with suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
            mount, _, filesystem = line.partition(" - ")
            if mount.split()[2] == wanted:
                return filesystem.split()[0]
    return "unknown"


def check_disk(folder: Path, needed_bytes: int) -> str:
    """Return the filesystem's name. Raises :class:`Unusable` for memory, and for too little room.

    In memory fdatasync costs nothing, and no figure of durability would mean anything.
    """
    filesystem = filesystem_of(folder)
    if filesystem in _IN_MEMORY:
        raise Unusable(
            f"{folder} is in memory ({filesystem}), where being durable costs nothing: "
            "name a folder on a disk with --scratch DIR"
        )
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise Unusable(
            f"{folder}: {free // 1_000_000} MB are free and {needed_bytes // 1_000_000} MB are "
            "needed: name a folder with more room with --scratch DIR"
        )
    return filesystem


def forget(folder: Path) -> None:
    """Have the kernel forget the contents of a folder's files, as after a start of the machine."""
    os.sync()
    for path in _files(folder):
        with suppress(FileNotFoundError):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)


def bytes_in(folder: Path) -> int:
    """Return the size of all files of a folder."""
    return sum(path.stat().st_size for path in _files(folder))


def available_bytes() -> int:
    """Return how much memory a process may take; 0 where the kernel does not say."""
    with suppress(OSError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 0


def load() -> float:
    """Return how many processes wanted to run, on average of the last minute."""
    return round(os.getloadavg()[0], 2)


def machine() -> dict[str, Any]:
    """Return what the figures depend on, as JSON has it."""
    return {
        "processor": platform.machine(),
        "processors": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
