"""A made image, read back as a machine would: table, boot partition, root, and file systems."""

from __future__ import annotations

import filecmp
import os
from pathlib import Path
from typing import Final

from image.maker import gpt, pi_boot
from image.maker.recipe import BuildError
from image.maker.steps import run

NAMES: Final = ("sternway-boot", "sternway-a", "sternway-b", "sternway-data")
_ALIGNED: Final = 4 << 20
_PIECE: Final = 1 << 20


def prove(
    image: Path,
    boot: Path,
    inputs: Path,
    work: Path,
    target: str,
    log: Path,
    env: dict[str, str],
) -> None:
    """Raise :class:`BuildError` for the first thing in the image that is not as it was meant.

    ``boot`` is the folder that went onto the boot partition, ``inputs`` holds the file systems.
    """
    found = {part.name: part for part in gpt.partitions(image)}
    if tuple(found) != NAMES or any(part.begin % _ALIGNED for part in found.values()):
        raise BuildError(f"the partitions are {[*found.values()]}")
    if found["sternway-a"].size != found["sternway-b"].size:
        raise BuildError("the two slots are not of one size")
    run(["fsck.vfat", "-n", inputs / "boot.vfat"], log, what="fsck of the boot partition", env=env)
    run(["e2fsck", "-f", "-n", inputs / "data.ext4"], log, what="fsck of the data", env=env)
    for name, content in (("boot", "boot.vfat"), ("a", "root.squashfs"), ("data", "data.ext4")):
        if not _lies_at(image, found[f"sternway-{name}"].begin, inputs / content):
            raise BuildError(f"the partition sternway-{name} is not what was made for it")
    work.mkdir()
    at = f"{image}@@{found['sternway-boot'].begin}"
    run(["mcopy", "-s", "-n", "-i", at, "::/*", work], log, what="the boot partition", env=env)
    if other := differences(boot, work):
        raise BuildError(f"the boot partition holds another {other[0]} than was put there")
    if target == "pi":
        pi_boot.check(work)


def differences(one: Path, other: Path) -> list[str]:
    """Return the files that are not the same in two folders, or are in one alone."""
    names = {
        path.relative_to(folder).as_posix()
        for folder in (one, other)
        for path in folder.rglob("*")
        if path.is_file()
    }
    _, wrong, unread = filecmp.cmpfiles(one, other, sorted(names), shallow=False)
    return sorted([*wrong, *unread])


def _lies_at(image: Path, begin: int, content: Path) -> bool:
    with image.open("rb") as whole, content.open("rb") as part:
        whole.seek(begin, os.SEEK_SET)
        while piece := part.read(_PIECE):
            if whole.read(len(piece)) != piece:
                return False
    return True
