"""USB sticks as files: made with a partition table and FAT32, and read without mounting."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from image.rig.errors import RigError

START: Final = 1 << 20
"""Where the partition begins: a mebibyte in, as on the sticks that one buys."""
SECTOR: Final = 512


def make_stick(
    path: Path, size_mib: int, label: str = "CLINIC", files: tuple[Path, ...] = ()
) -> Path:
    """Make a FAT32 stick with these files in its first folder; raises :class:`RigError`."""
    whole = size_mib << 20
    with path.open("wb") as file:
        file.truncate(whole)
    table = f"label: dos\nstart={START // SECTOR}, type=c\n"
    run(["sfdisk", "-q", str(path)], given=table)
    words = ["mkfs.vfat", "-F", "32", "-n", label, f"--offset={START // SECTOR}", str(path)]
    run([*words, str((whole - START) >> 10)])
    for item in files:
        run(["mcopy", "-i", f"{path}@@{START}", str(item), "::/"])
    return path


def names_on(path: Path) -> list[str]:
    """Return every file on it, as ``folder/name``."""
    listed = run(["mdir", "-b", "-/", "-i", f"{path}@@{START}", "::"])
    return sorted(
        line.removeprefix("::/") for line in listed.splitlines() if line and not line.endswith("/")
    )


def take(path: Path, folder: Path) -> Path:
    """Copy all that is on it into a folder, as a computer that it is put into would show it."""
    folder.mkdir(parents=True, exist_ok=True)
    run(["mcopy", "-s", "-n", "-i", f"{path}@@{START}", "::/*", str(folder)])
    return folder


def is_sound(path: Path) -> bool:
    """Return whether its file system is whole, a dirty mark aside."""
    part = path.with_suffix(".part")
    with path.open("rb") as whole, part.open("wb") as only:
        whole.seek(START)
        while chunk := whole.read(1 << 20):
            only.write(chunk)
    try:
        done = subprocess.run(
            ["fsck.vfat", "-n", str(part)], capture_output=True, check=False, env=_env()
        )
        return done.returncode == 0
    finally:
        part.unlink()


def _env() -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin",
        "MTOOLS_SKIP_CHECK": "1",
    }


def run(words: list[str], given: str | None = None) -> str:
    """Run a tool of file systems, and return what it said; raises :class:`RigError`."""
    try:
        done = subprocess.run(
            words, input=given, capture_output=True, text=True, check=False, env=_env()
        )
    except FileNotFoundError:
        raise RigError(
            f"{words[0]} is not installed: sudo apt install mtools dosfstools fdisk"
        ) from None
    if done.returncode != 0:
        raise RigError(f"{words[0]}: {done.stderr.strip()}")
    return done.stdout
