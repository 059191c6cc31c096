"""The whole disk: a boot partition, two slots for roots, and the data."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

from image.maker import gpt, pi_boot
from image.maker.proof import prove
from image.maker.recipe import Recipe
from image.maker.steps import run

CMDLINE: Final = (
    "root=PARTLABEL=sternway-{slot} rootfstype=squashfs ro systemd.volatile=state "
    "usbcore.authorized_default=0 panic=5 quiet loglevel=3 vt.global_cursor_default=0 "
    "systemd.show_status=no fsck.repair=yes watchdog.open_timeout=120 "
    "cgroup_enable=memory sternway.slot={slot}"
)
"""``panic=5`` is also for initramfs-tools: a restart where it would open a shell.

``fsck.repair=yes``: nobody is there to answer. Preening stops at the first real damage, and a kiosk
that stops there starts again and again. What a repair loses, the log's chain of hashes shows.

``cgroup_enable=memory`` takes back what a Raspberry Pi's device tree says: without it no service's
``MemoryMax=`` holds. Other kernels have it anyway, and do not know the word.
``watchdog.open_timeout``: a watchdog that the firmware started is kept quiet by the kernel, but not
for longer than this by a kernel whose systemd never comes.
"""
ESP: Final = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
BASIC: Final = "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"
"""What a Raspberry Pi's boot partition is: Windows shows it, so that settings can be edited."""
SLOT: Final = "0fc63daf-8483-4772-8e79-3d69d8477de4"
DATA: Final = "7b1c8f0e-2d57-4f7a-9f63-5e7f0d1c2a44"
"""A type of our own, by which systemd-repart finds the partition that it may make larger."""
NAMESPACE: Final = UUID("3f1c9df1-5b0e-4c5c-8f0f-5f6f3d2f7a10")
"""The disk's number, and that from which the partitions have theirs."""
LOADER: Final = "./usr/lib/systemd/boot/efi/systemd-bootaa64.efi"
DATA_ID: Final = "6a0f2c52-63a4-4a5e-9a44-5f0e4b8f9c11"
BOOT_ID: Final = "57e2a4a1"
ALIGN: Final = "4M"
"""Where partitions begin: a card erases in pieces of this size, and wears out sooner otherwise."""


def entry(slot: str, version: str, extra: str = "") -> str:
    """Return systemd-boot's entry of a slot; ``extra`` goes onto the kernel's command line."""
    options = f"{CMDLINE.format(slot=slot)} {extra}".strip()
    return (
        f"title Sternway {slot}\nversion {version}\nsort-key sternway\n"
        f"linux /sternway/{slot}/linux\ninitrd /sternway/{slot}/initrd.img\noptions {options}\n"
    )


def build_disk(
    recipe: Recipe,
    root: Path,
    base: Path,
    settings: Path,
    version: str,
    epoch: int,
    place: Path,
    log: Path,
    extra: str = "",
) -> None:
    """Make ``sternway.img``: a loader, slot a filled, b empty, the data empty. Then look at it."""
    work = place / "work"
    boot = work / "boot"
    boot.mkdir(parents=True)
    if recipe.target == "pi":
        line = f"{CMDLINE.format(slot='a')} {extra}".strip()
        pi_boot.fill(recipe, root, base, settings.read_text(encoding="utf-8"), line, boot, log)
    else:
        _systemd_boot(root, base, version, extra, boot, log)
    shutil.copy(settings, boot / "sternway.toml")
    env = {
        **os.environ,
        "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin",
        "SOURCE_DATE_EPOCH": str(epoch),
        "E2FSPROGS_FAKE_TIME": str(epoch),
        # The card's sectors count from its start, which mtools would doubt.
        "MTOOLS_SKIP_CHECK": "1",
        "TZ": "UTC",
    }
    inputs = work / "in"
    inputs.mkdir()
    _fat(boot, inputs / "boot.vfat", recipe.boot_mib, log, env)
    _ext4(inputs / "data.ext4", recipe.data_mib, log, env)
    (inputs / "root.squashfs").hardlink_to(root / "root.squashfs")
    config = work / "genimage.cfg"
    config.write_text(_genimage(recipe))
    (work / "empty").mkdir()
    run(
        [
            *("genimage", "--config", config, "--rootpath", work / "empty"),
            *("--inputpath", inputs, "--outputpath", place, "--tmppath", work / "tmp"),
        ],
        log,
        what="the disk",
        env=env,
    )
    image = place / "sternway.img"
    gpt.settle(image)
    prove(image, boot, inputs, work / "read", recipe.target, log, env)
    shutil.rmtree(work)


def _systemd_boot(root: Path, base: Path, version: str, extra: str, boot: Path, log: Path) -> None:
    """Fill the boot partition's folder with systemd-boot, its entry, and slot a."""
    (boot / "EFI/BOOT").mkdir(parents=True)
    (boot / "loader/entries").mkdir(parents=True)
    run(
        ["tar", "-xf", base / "base.tar", "-C", boot / "EFI/BOOT", "--strip-components=6", LOADER],
        log,
        what="the boot loader",
    )
    (boot / "EFI/BOOT" / Path(LOADER).name).rename(boot / "EFI/BOOT/BOOTAA64.EFI")
    (boot / "loader/loader.conf").write_text("timeout 0\neditor no\nauto-entries no\n")
    (boot / "loader/entries/sternway-a.conf").write_text(entry("a", version, extra))
    (boot / "sternway/a").mkdir(parents=True)
    for name in ("linux", "initrd.img"):
        shutil.copy(root / name, boot / "sternway/a" / name)


def _fat(folder: Path, image: Path, size_mib: int, log: Path, env: dict[str, str]) -> None:
    """Make the boot partition of a folder; file by file in a fixed order, all of one time."""
    what = "the boot partition"
    run(
        [
            *("mkfs.vfat", "--invariant", "-F", "32", "-i", BOOT_ID, "-n", "STERNWAY"),
            *("-C", image, str(size_mib << 10)),
        ],
        log,
        what=what,
        env=env,
    )
    for item in sorted(folder.rglob("*")):
        target = f"::/{item.relative_to(folder).as_posix()}"
        if item.is_dir():
            run(["mmd", "-i", image, target], log, what=what, env=env)
        else:
            run(["mcopy", "-i", image, item, target], log, what=what, env=env)


def _ext4(image: Path, size_mib: int, log: Path, env: dict[str, str]) -> None:
    """Make the empty file system of the data. It grows to its card at the first start."""
    run(
        [
            *("mkfs.ext4", "-q", "-F", "-L", "sternway-data", "-U", DATA_ID, "-m", "1"),
            *("-O", "^metadata_csum_seed,64bit", "-J", "size=32"),
            *("-E", f"hash_seed={DATA_ID},lazy_itable_init=0,lazy_journal_init=0,resize=64G"),
            *(image, f"{size_mib}M"),
        ],
        log,
        what="the data partition",
        env=env,
    )


def _genimage(recipe: Recipe) -> str:
    kind = BASIC if recipe.target == "pi" else ESP
    parts = (
        ("boot", kind, 'image = "boot.vfat"'),
        ("a", SLOT, f'image = "root.squashfs"\n    size = {recipe.slot_mib}M'),
        ("b", SLOT, f"size = {recipe.slot_mib}M"),
        ("data", DATA, 'image = "data.ext4"'),
    )
    partitions = "".join(
        f"""
  partition sternway-{name} {{
    partition-type-uuid = "{kind}"
    partition-uuid = "{uuid5(NAMESPACE, name)}"
    {content}
  }}"""
        for name, kind, content in parts
    )
    return f"""
image sternway.img {{
  hdimage {{
    partition-table-type = "gpt"
    align = {ALIGN}
    disk-uuid = "{NAMESPACE}"
  }}{partitions}
}}
"""
