"""The whole disk: a boot partition, two slots for roots, and the data."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from image.maker.recipe import Recipe
from image.maker.steps import run

SLOTS: Final = ("a", "b")
TRIES: Final = 3
"""How often a new slot may be started before the old one is taken again."""
CMDLINE: Final = (
    "root=PARTLABEL=sternway-{slot} rootfstype=squashfs ro systemd.volatile=state "
    "usbcore.authorized_default=0 panic=5 quiet loglevel=3 vt.global_cursor_default=0 "
    "systemd.show_status=no rd.shell=0 sternway.slot={slot}"
)
ESP: Final = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
DATA_UUID: Final = "6a0f2c52-63a4-4a5e-9a44-5f0e4b8f9c11"
LINUX: Final = "0fc63daf-8483-4772-8e79-3d69d8477de4"


def entry(slot: str, version: str, extra: str = "") -> str:
    """Return systemd-boot's entry of a slot; ``extra`` goes onto the kernel's command line."""
    options = f"{CMDLINE.format(slot=slot)} {extra}".strip()
    return (
        f"title Sternway {slot}\nversion {version}\nsort-key sternway\n"
        f"linux /sternway/{slot}/linux\ninitrd /sternway/{slot}/initrd.img\noptions {options}\n"
    )


def build_disk(
    recipe: Recipe, root: Path, base: Path, version: str, place: Path, log: Path, extra: str = ""
) -> None:
    """Make ``sternway.img``: UEFI and systemd-boot, slot a filled, b empty, the data empty."""
    work = place / "work"
    boot = work / "boot"
    (boot / "EFI/BOOT").mkdir(parents=True)
    (boot / "loader/entries").mkdir(parents=True)
    loader = "./usr/lib/systemd/boot/efi/systemd-bootaa64.efi"
    run(["tar", "-xf", base / "base.tar", "-C", work, loader], log, what="the boot loader")
    shutil.copy(work / loader, boot / "EFI/BOOT/BOOTAA64.EFI")
    (boot / "loader/loader.conf").write_text("timeout 0\neditor no\nauto-entries no\n")
    (boot / "loader/entries/sternway-a.conf").write_text(entry("a", version, extra))
    for slot in SLOTS[:1]:
        (boot / "sternway" / slot).mkdir(parents=True)
        for name in ("linux", "initrd.img"):
            shutil.copy(root / name, boot / "sternway" / slot / name)
    (boot / "sternway.toml").write_text(
        "# The settings of this kiosk: README.md says what may stand here.\n"
    )
    config = work / "genimage.cfg"
    config.write_text(_genimage(recipe))
    inputs, empty, scratch = work / "in", work / "empty", work / "tmp"
    for folder in (inputs, empty):
        folder.mkdir()
    (inputs / "root.squashfs").hardlink_to(root / "root.squashfs")
    run(
        [
            *("genimage", "--config", config, "--rootpath", boot, "--inputpath", inputs),
            *("--outputpath", place, "--tmppath", scratch, "--includepath", work),
        ],
        log,
        what="the disk",
    )
    shutil.rmtree(work)


def _genimage(recipe: Recipe) -> str:
    slots = "".join(
        f"""
  partition sternway-{slot} {{
    partition-type-uuid = "{LINUX}"
    {'image = "root.squashfs"' if slot == "a" else ""}
    size = {recipe.slot_mib}M
  }}"""
        for slot in SLOTS
    )
    return f"""
image boot.vfat {{
  vfat {{
    label = "STERNWAY"
    extraargs = "-i 57e2a4a1"
  }}
  size = {recipe.boot_mib}M
}}
image data.ext4 {{
  ext4 {{
    label = "sternway-data"
    features = "^metadata_csum_seed,64bit"
    extraargs = "-E lazy_itable_init=0,lazy_journal_init=0 -J size=32 -U {DATA_UUID}"
  }}
  mountpoint = "none"
  empty = true
  size = {recipe.data_mib}M
}}
image sternway.img {{
  hdimage {{
    partition-table-type = "gpt"
    disk-uuid = "3f1c9df1-5b0e-4c5c-8f0f-5f6f3d2f7a10"
  }}
  partition sternway-boot {{
    partition-type-uuid = "{ESP}"
    image = "boot.vfat"
  }}{slots}
  partition sternway-data {{
    partition-type-uuid = "{LINUX}"
    image = "data.ext4"
  }}
}}
"""
