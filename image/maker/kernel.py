"""The kernel, with the modules that an appliance needs and no others, and its initramfs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from image.maker.recipe import BuildError, Recipe
from image.maker.steps import run

INSIDE: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
MODULES: Final = "usr/lib/modules"


def inputs(recipe: Recipe) -> str:
    """Return what of the recipe goes into it."""
    return str((recipe.modules, recipe.modules_away, recipe.file_systems))


def build_kernel(recipe: Recipe, base: Path, place: Path, log: Path) -> None:
    """Make ``linux``, ``initrd.img`` and the folder ``modules``. qemu-user runs what is inside."""
    tree = place / "tree"
    tree.mkdir()
    run(["tar", "-xpf", base / "base.tar", "-C", tree, "--numeric-owner"], log, what="the base")
    version = thin(recipe, tree / MODULES)
    env = {**INSIDE, "SOURCE_DATE_EPOCH": "0"}
    run(["chroot", tree, "depmod", version], log, what="the list of modules", env=env)
    _initramfs(recipe, tree)
    for old in (tree / "boot").glob("initrd.img*"):
        old.unlink()
    run(
        ["chroot", tree, "update-initramfs", "-c", "-k", version],
        log,
        what="the initramfs",
        env=env,
    )
    shutil.copy(tree / f"boot/vmlinuz-{version}", place / "linux")
    shutil.copy(tree / f"boot/initrd.img-{version}", place / "initrd.img")
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
