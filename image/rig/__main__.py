"""``make rig``: the image under QEMU, gone through from its first start to its power cuts.

    python -m image.rig          all of it: some hours, on a computer that does nothing else
    python -m image.rig --only first --only stops
    python -m image.rig --cuts 10 --seed 7 --lanes 1

Ends with 0 if everything was as it should be, 1 if something was not, 2 where it cannot be run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from image.maker.recipe import BuildError
from image.maker.root import SYSTEM
from image.maker.update import sign
from image.rig import atlas
from image.rig.command import FIRMWARE, VARIABLES
from image.rig.cuts import cuts
from image.rig.errors import RigError
from image.rig.frame import Bench, table
from image.rig.laid import laid
from image.rig.lanes import run_all
from image.rig.plugged import sticks
from image.rig.stories import NAMES
from image.rig.updates import update
from image.rig.walks import first, stops, walk
from kiosk.upkeep.updater.signature import check
from kiosk.upkeep.updater.words import UpdateError

BUILT: Final = atlas.PROJECT / "build/image/virt"
PLACE: Final = atlas.PROJECT / "build/rig"
NEEDED: Final = {
    "qemu-system-aarch64": "qemu-system-arm",
    "qemu-img": "qemu-utils",
    "fdtput": "device-tree-compiler",
    "nbdkit": "nbdkit",
    "mcopy": "mtools",
    "sfdisk": "fdisk",
    "mkfs.vfat": "dosfstools",
    "minisign": "minisign",
    "ssh": "openssh-client",
    "mkfs.ext4": "e2fsprogs",
}
ORDER: Final = ("first", "cuts", "update", "walk", "stops", "sticks", "laid")
"""The longest come first, and all but the cuts go on from the card of ``first``."""
LANES: Final = min(2, os.cpu_count() or 1)
"""A machine that has its own time takes one processor."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the scenarios; print the table."""
    parser = argparse.ArgumentParser(prog="make rig", description=__doc__)
    parser.add_argument("--only", action="append", choices=ORDER, help="these alone (repeatable)")
    parser.add_argument("--image", type=Path, default=BUILT / "sternway.img")
    parser.add_argument("--to", type=Path, default=PLACE, help="pictures, logs, cards [build/rig]")
    parser.add_argument("--key", type=Path, help="signs updates for that image [its build's own]")
    parser.add_argument("--cuts", type=int, default=50, help="how often the power is cut [50]")
    parser.add_argument("--lanes", type=int, default=LANES, help=f"side by side [{LANES}]")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the dice of all cuts")
    parser.add_argument(
        "--unsynced", action="store_true", help="cuts: take the log's flushes away; it must fail"
    )
    options = parser.parse_args(arguments)
    missing = [package for tool, package in NEEDED.items() if not _is_there(tool)]
    if not (FIRMWARE.is_file() and VARIABLES.is_file()):
        missing.append("qemu-efi-aarch64")
    if missing:
        print(f"rig: missing here: sudo apt install {' '.join(sorted(set(missing)))}")
        return 2
    if not options.image.is_file():
        print(f"rig: there is no {options.image}: run `make image TARGET=virt` before")
        return 2
    chosen = options.only or ORDER
    try:
        key = _key(options.image, options.key) if "update" in chosen else Path()
    except RigError as error:
        print(f"rig: {error}")
        return 2
    print("rig: drawing the screens that it will look for ...", flush=True)
    bench = Bench(options.image, options.to, atlas.draw(options.to / "atlas", NAMES))
    runs: dict[str, Callable[[Bench], None]] = {
        "first": first,
        "walk": walk,
        "stops": stops,
        "sticks": sticks,
        "laid": laid,
        "update": lambda own: update(own, _root(options.image), key, options.seed),
        "cuts": lambda own: cuts(own, options.cuts, options.seed, unsynced=options.unsynced),
    }
    rows, failed = run_all(bench, [one for one in ORDER if one in chosen], runs, options.lanes)
    print(table(rows))
    return 0 if rows and not failed else 1


def _is_there(tool: str) -> bool:
    return shutil.which(tool, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is not None


def _root(image: Path) -> Path:
    """Return the folder of the root that the image was made of."""
    found = sorted(image.resolve().parent.glob("root-*"))
    if len(found) != 1:
        raise RigError(f"beside {image} there is no root to make an update of")
    return found[0]


def _key(image: Path, given: Path | None) -> Path:
    """Return the secret key whose updates the image takes; raises :class:`RigError`."""
    found = given or image.resolve().parent / "keys/build.key"
    if not found.is_file():
        raise RigError(f"there is no {found}: say with --key what signs updates for this image")
    try:
        check(b"rig", sign(b"rig", found, "rig"), _root(image) / SYSTEM / "keys")
    except (BuildError, UpdateError) as error:
        raise RigError(
            f"this image takes no update that {found} signed ({error}): say the key with --key"
        ) from error
    return found


if __name__ == "__main__":
    sys.exit(main())
