"""The kernel, with the modules that an appliance needs and no others, and its initramfs."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from image.maker.pi_boot import slot_files
from image.maker.recipe import BuildError, Recipe
from image.maker.steps import run

INSIDE: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
MODULES: Final = "usr/lib/modules"
DEPENDENCIES: Final = "modules.dep"
BUILT_IN: Final = "modules.builtin"
MOST_TOLD: Final = 12
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
    parts = (recipe.modules, recipe.modules_away, recipe.modules_stay, recipe.modules_wanted)
    return str((*parts, recipe.file_systems, recipe.device_trees, recipe.overlays))


def build_kernel(recipe: Recipe, base: Path, place: Path, log: Path) -> None:
    """Make ``linux``, ``initrd.img`` and the folder ``modules``. qemu-user runs what is inside.

    For a Raspberry Pi also what lies beside its kernel: device trees and overlays.
    """
    tree = place / "tree"
    tree.mkdir()
    run(["tar", "-xpf", base / "base.tar", "-C", tree, "--numeric-owner"], log, what="the base")
    version = version_of(tree / MODULES)
    modules = tree / MODULES / version
    env = {**INSIDE, "SOURCE_DATE_EPOCH": "0"}
    listed: list[str | Path] = ["chroot", tree, "depmod", version]
    check_config((tree / f"boot/config-{version}").read_text(encoding="utf-8"))
    if not (modules / DEPENDENCIES).is_file():
        run(listed, log, what="the list of modules", env=env)
    before = dependencies(modules)
    thin(recipe, modules)
    run(listed, log, what="the list of modules", env=env)
    check_modules(recipe, before, modules)
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


def version_of(modules: Path) -> str:
    """Return the version of the one kernel whose modules are there."""
    versions = sorted(path.name for path in modules.iterdir())
    if len(versions) != 1:
        raise BuildError(f"one kernel is wanted, and there are {len(versions)}: {versions}")
    return versions[0]


def thin(recipe: Recipe, modules: Path) -> None:
    """Take away what must not be there to be loaded.

    A driver that is not on the machine cannot be loaded by whoever plugs something in, nor a file
    system by a stick that holds it.
    """
    stay = {plain(name) for name in recipe.modules_stay}
    kernel = modules / "kernel"
    away = [path for name in recipe.modules_away for path in kernel.glob(name)]
    away += [
        path
        for path in (kernel / "fs").iterdir()
        if path.name.split(".")[0] not in recipe.file_systems
    ]
    for path in away:
        for file in path.rglob("*") if path.is_dir() else [path]:
            if not file.is_dir() and plain(file.name) not in stay:
                file.unlink()


def check_modules(recipe: Recipe, before: Mapping[str, Sequence[str]], modules: Path) -> None:
    """Raise :class:`BuildError` where a module is gone that is wanted, or that another needs.

    ``before`` is what each needed while all were there: depmod names none that is gone.
    """
    there = dependencies(modules)
    built_in = (modules / BUILT_IN).read_text(encoding="utf-8").split()
    names = {plain(path) for path in (*there, *built_in)}
    faults = [
        f"{name} is wanted and not there"
        for name in (*recipe.modules, *recipe.modules_wanted)
        if plain(name) not in names
    ]
    for path in there:
        if gone := [plain(other) for other in before.get(path, ()) if other not in there]:
            faults.append(f"{plain(path)} needs {', '.join(gone)}")
    if faults:
        more = f"; and {len(faults) - MOST_TOLD} more" if len(faults) > MOST_TOLD else ""
        raise BuildError(
            f"of the kernel's modules, {'; '.join(faults[:MOST_TOLD])}{more}: name in the recipe "
            "what must stay (modules_stay), and what nobody needs (modules_away)"
        )


def dependencies(modules: Path) -> dict[str, tuple[str, ...]]:
    """Return what each module needs, as depmod found it."""
    lines = (modules / DEPENDENCIES).read_text(encoding="utf-8").splitlines()
    found = (line.partition(":") for line in lines)
    return {path: tuple(needed.split()) for path, _, needed in found}


def plain(path: str) -> str:
    """Return a module's name: the kernel takes both lines for one."""
    return path.rpartition("/")[2].split(".")[0].replace("-", "_")


def check_config(text: str) -> None:
    """Raise :class:`BuildError` where the kernel could not read what it is to start from."""
    found = dict(line.split("=", 1) for line in text.splitlines() if line.startswith("CONFIG_"))
    missing = [name for name, how in NEEDED.items() if found.get(f"CONFIG_{name}", "n") not in how]
    if missing:
        raise BuildError(f"the kernel has no {', '.join(missing)}: it could not start this image")


def _initramfs(recipe: Recipe, tree: Path) -> None:
    """Say what is in the initramfs: enough to find the root, and the display's driver."""
    folder = tree / "etc/initramfs-tools"
    (folder / "modules").write_text("".join(f"{name}\n" for name in recipe.modules))
    settings = folder / "conf.d"
    settings.mkdir(exist_ok=True)
    (settings / "sternway").write_text(
        "COMPRESS=zstd\nMODULES=list\nRESUME=none\nFSTYPE=squashfs\n"
    )
