"""The kernel, with the modules that an appliance needs and no others, and its initramfs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from image.maker.pi_boot import slot_files
from image.maker.recipe import BuildError, Recipe
from image.maker.steps import run

INSIDE: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
MODULES: Final = "usr/lib/modules"
NEEDED: Final = {
    "SQUASHFS": "ym",
    "SQUASHFS_ZSTD": "y",
    "RD_ZSTD": "y",
    "EXT4_FS": "ym",
    "VFAT_FS": "ym",
    "EFI_PARTITION": "y",
}
"""What of the kernel's configuration root, initramfs, data and boot partition need."""


def inputs(recipe: Recipe) -> str:
    """Return what of the recipe goes into it."""
    parts = (recipe.modules, recipe.modules_away, recipe.file_systems)
    return str((*parts, recipe.device_trees, recipe.overlays))


def build_kernel(recipe: Recipe, base: Path, place: Path, log: Path) -> None:
    """Make ``linux``, ``initrd.img`` and the folder ``modules``. qemu-user runs what is inside.

    For a Raspberry Pi also what lies beside its kernel: device trees and overlays.
    """
    tree = place / "tree"
    tree.mkdir()
    run(["tar", "-xpf", base / "base.tar", "-C", tree, "--numeric-owner"], log, what="the base")
    version = thin(recipe, tree / MODULES)
    check_config((tree / f"boot/config-{version}").read_text(encoding="utf-8"))
    env = {**INSIDE, "SOURCE_DATE_EPOCH": "0"}
    run(["chroot", tree, "depmod", version], log, what="the list of modules", env=env)
    _initramfs(recipe, tree)
    # Not by update-initramfs: a Raspberry Pi's package has it look for a mounted boot partition.
    made = tree / "boot/sternway.img"
    run(
        ["chroot", tree, "mkinitramfs", "-o", f"/boot/{made.name}", version],
        log,
        what="the initramfs",
        env=env,
    )
    shutil.copy(tree / f"boot/vmlinuz-{version}", place / "linux")
    shutil.copy(made, place / "initrd.img")
    if recipe.device_trees:
        slot_files(recipe, tree, version, place)
    (tree / MODULES).rename(place / "modules")
    shutil.rmtree(tree)


def thin(recipe: Recipe, modules: Path) -> str:
    """Take away what must not be there to be loaded; return the kernel's version.

    A driver that is not on the machine cannot be loaded by whoever plugs something in, nor a file
    system by a stick that holds it.
    """
    versions = sorted(path.name for path in modules.iterdir())
    if len(versions) != 1:
        raise BuildError(f"one kernel is wanted, and there are {len(versions)}: {versions}")
    kernel = modules / versions[0] / "kernel"
    for name in recipe.modules_away:
        for path in kernel.glob(name):
            _remove(path)
    for path in (kernel / "fs").iterdir():
        if path.name.split(".")[0] not in recipe.file_systems:
            _remove(path)
    return versions[0]


def check_config(text: str) -> None:
    """Raise :class:`BuildError` where the kernel could not read what it is to start from."""
    found = dict(line.split("=", 1) for line in text.splitlines() if line.startswith("CONFIG_"))
    missing = [name for name, how in NEEDED.items() if found.get(f"CONFIG_{name}", "n") not in how]
    if missing:
        raise BuildError(f"the kernel has no {', '.join(missing)}: it could not start this image")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _initramfs(recipe: Recipe, tree: Path) -> None:
    """Say what is in the initramfs: enough to find the root, and the display's driver."""
    folder = tree / "etc/initramfs-tools"
    (folder / "modules").write_text("".join(f"{name}\n" for name in recipe.modules))
    settings = folder / "conf.d"
    settings.mkdir(exist_ok=True)
    (settings / "sternway").write_text(
        "COMPRESS=zstd\nMODULES=list\nRESUME=none\nFSTYPE=squashfs\n"
    )
