"""A Raspberry Pi's boot partition: what goes into it, and whether a board finds what it wants."""

from __future__ import annotations

import fnmatch
import re
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Final

from image.maker.pi_config import BOARDS, FIRMWARE, KERNEL, config_text, files_for
from image.maker.recipe import BuildError, Recipe
from image.maker.steps import run
from kiosk.upkeep.updater.boot_pi import CMDLINE, CONFIG

_FIRMWARE: Final = "./usr/lib/raspi-firmware"
_BUILT: Final = re.compile(rb"VC_BUILD_ID_TIME: (\w{3} +\d{1,2} \d{4})")
_GZIP: Final = b"\x1f\x8b"
_IMAGE: Final = (56, b"ARM\x64")
"""Where a kernel that is not packed says that it is one for arm64."""
GPT_SINCE: Final = date(2025, 2, 18)
"""Older firmware finds no kernel on a GPT where the board's boot loader is of 2025 or newer."""


def slot_files(recipe: Recipe, tree: Path, version: str, place: Path) -> None:
    """Put what lies beside a slot's kernel into ``place``: device trees and overlays.

    A name of the recipe's must be there; a pattern takes what there is.
    """
    packaged = tree / f"usr/lib/linux-image-{version}"
    _take(packaged / "broadcom", recipe.device_trees, place)
    if recipe.overlays:
        _take(packaged / "overlays", recipe.overlays, place / "overlays")


def _take(source: Path, patterns: tuple[str, ...], target: Path) -> None:
    there = sorted(path.name for path in source.glob("*")) if source.is_dir() else []
    target.mkdir(exist_ok=True)
    for pattern in patterns:
        found = fnmatch.filter(there, pattern)
        if not found and "*" not in pattern:
            raise BuildError(f"the kernel's package has no {source.name}/{pattern}")
        for name in found:
            shutil.copy(source / name, target / name)


def fill(
    recipe: Recipe, root: Path, base: Path, settings: str, cmdline: str, boot: Path, log: Path
) -> None:
    """Fill the boot partition's folder: the firmware, the two texts, and slot a.

    Danger: the firmware is not in a slot: an update does not replace it.
    """
    run(
        [
            *("tar", "-xf", base / "base.tar", "-C", boot, "--strip-components=4"),
            *(f"{_FIRMWARE}/{name}" for name in FIRMWARE),
        ],
        log,
        what="the firmware of the package raspi-firmware",
    )
    (boot / CONFIG).write_text(config_text(recipe, settings))
    slot = boot / "sternway/a"
    slot.mkdir(parents=True)
    for path in sorted(root.iterdir()):
        if path.is_dir():
            shutil.copytree(path, slot / path.name)
        elif path.suffix != ".squashfs":
            shutil.copy(path, slot / path.name)
    (slot / CMDLINE).write_text(f"{cmdline}\n")
    built = firmware_date((boot / FIRMWARE[0]).read_bytes())
    if built is not None and built < GPT_SINCE:
        print(
            f"image: note: the firmware is of {built}, and too old for a card like this in a "
            f"{BOARDS[0].name} with a new boot loader: not for a board",
            flush=True,
        )


def firmware_date(firmware: bytes) -> date | None:
    """Return the day that a ``start*.elf`` was built, None where it does not say so."""
    for found in _BUILT.findall(firmware):
        return datetime.strptime(found.decode(), "%b %d %Y").date()
    return None


def check(boot: Path) -> None:
    """Raise :class:`BuildError` where a board would not find, or not start, what it is told to."""
    text = (boot / CONFIG).read_text(encoding="ascii")
    for board in BOARDS:
        for name in files_for(board, text):
            path = boot / name
            if not path.is_file() or path.stat().st_size == 0:
                raise BuildError(f"a {board.name} would look for {name}, and it is not there")
            if path.name == CMDLINE:
                _check_cmdline(name, path.read_text(encoding="ascii"))
            if path.name == KERNEL:
                _check_kernel(path.read_bytes())


def _check_cmdline(name: str, line: str) -> None:
    slot = Path(name).parent.name
    asked = (f"root=PARTLABEL=sternway-{slot} ", f"sternway.slot={slot}")
    if line.count("\n") != 1 or not line.endswith("\n") or not all(one in line for one in asked):
        raise BuildError(f"{name} is not one line that names its slot's root")


def _check_kernel(kernel: bytes) -> None:
    """A Raspberry Pi starts an image as it is, or packed by gzip; no EFI program that unpacks."""
    at, mark = _IMAGE
    if not kernel.startswith(_GZIP) and kernel[at : at + len(mark)] != mark:
        raise BuildError("the kernel is none that a Raspberry Pi starts: neither image nor gzip")
