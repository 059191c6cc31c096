"""The base: Debian's packages as one tar. It takes longest, so what else changes is not here."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from image.maker.archive import source
from image.maker.recipe import Recipe
from image.maker.steps import run


def inputs(recipe: Recipe) -> str:
    """Return what of the recipe goes into the base: no more than that makes it anew."""
    parts = (recipe.architecture, recipe.suite, recipe.mirrors, recipe.keyring, recipe.packages)
    return str(parts)


def build_base(recipe: Recipe, place: Path, log: Path) -> None:
    """Make ``base.tar`` of Debian's packages, and beside it dpkg's ``status`` of them.

    Their own scripts run in it: that needs qemu-user, or an arm64 machine.
    """
    tar = place / "base.tar"
    run(
        [
            *("mmdebstrap", "--mode=root", f"--architectures={recipe.architecture}"),
            *("--variant=minbase", f"--include={','.join(recipe.packages)}"),
            f"--keyring={recipe.keyring}",
            *('--aptopt=Acquire::Languages "none"', '--aptopt=APT::Install-Recommends "false"'),
            *("--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/doc/*"),
            *("--dpkgopt=path-include=/usr/share/doc/*/copyright",),
            *("--dpkgopt=path-exclude=/usr/share/locale/*",),
            # Made by a package's script, others each time: a kiosk makes its own.
            '--customize-hook=rm -f "$1"/etc/ssh/ssh_host_*',
            *(recipe.suite, str(tar)),
            *(source(recipe, mirror, recipe.keyring) for mirror in recipe.mirrors),
        ],
        log,
        what="Debian's packages",
        # Without an initramfs of its own: that is the step `kernel`, and takes long.
        env={**os.environ, "SOURCE_DATE_EPOCH": "0", "INITRD": "No"},
    )
    with (place / "status").open("wb") as file:
        subprocess.run(["tar", "-xOf", tar, "./var/lib/dpkg/status"], stdout=file, check=True)
