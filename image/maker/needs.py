"""What the build takes from the machine that it runs on, told all at once where it is missing."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from image.maker.recipe import BuildError, Recipe

HERE: Final = "aarch64"
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Need(NamedTuple):
    """A program, or a file, and the Debian package that brings it."""

    what: str
    package: str
    emulated_only: bool = False


NEEDS: Final = (
    Need("mmdebstrap", "mmdebstrap"),
    Need("genimage", "genimage"),
    Need("mksquashfs", "squashfs-tools"),
    Need("mcopy", "mtools"),
    Need("mkfs.vfat", "dosfstools"),
    Need("mkfs.ext4", "e2fsprogs"),
    Need("systemd-sysusers", "systemd"),
    Need("minisign", "minisign"),
    Need("swig", "swig"),
    Need("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu libc6-dev-arm64-cross"),
    Need("qemu-aarch64-static", "qemu-user-static", emulated_only=True),
    Need("arch-test", "arch-test", emulated_only=True),
    Need("update-binfmts", "binfmt-support", emulated_only=True),
)
BINFMT: Final = Path("/proc/sys/fs/binfmt_misc")
WHERE: Final = {
    "raspberrypi-archive-keyring": (
        "take the newest .deb of http://archive.raspberrypi.com/debian/pool/main/r/"
        "raspberrypi-archive-keyring/ and sudo apt install ./FILE.deb, or say where the keys lie "
        "in a recipe of your own (--recipe; see image/maker/README.md)"
    ),
}
"""Where keys come from that Debian does not have."""


def check(
    recipe: Recipe,
    *,
    which: Callable[[str], str | None] = lambda name: shutil.which(name, path=_PATH),
    machine: str | None = None,
    binfmt: Path = BINFMT,
    user: int | None = None,
) -> None:
    """Raise :class:`BuildError` with everything that is missing, and the line that mends it."""
    if (os.geteuid() if user is None else user) != 0:
        raise BuildError(
            "an image's files belong to root and to users of its own, and its programs are run by "
            f"chroot: build it as root, sudo make image TARGET={recipe.target}"
        )
    emulated = (machine or platform.machine()) != HERE
    needs = [need for need in NEEDS if emulated or not need.emulated_only]
    missing = [need for need in needs if which(need.what) is None]
    if missing:
        packages = " ".join(need.package for need in missing)
        raise BuildError(
            f"not installed: {', '.join(need.what for need in missing)}. On Debian 12 or newer: "
            f"sudo apt install {packages}"
        )
    for keyring in recipe.keyrings:
        if not Path(keyring).is_file():
            package = Path(keyring).stem
            mend = WHERE.get(package, f"on Debian: sudo apt install {package}")
            raise BuildError(f"{keyring} is missing, by which packages are checked: {mend}")
    if emulated and not (binfmt / "qemu-aarch64").exists():
        raise BuildError(
            "arm64's programs cannot be run here: sudo mount -t binfmt_misc binfmt_misc "
            f"{BINFMT}; sudo update-binfmts --enable qemu-aarch64"
        )
