"""An appliance of plain files and folders, updates for it, and its boot loader as a model."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from msgspec.structs import replace

from image.maker.disk import CMDLINE, entry
from image.maker.update import pack
from kiosk.upkeep.updater.boot import Boot, boot_of
from kiosk.upkeep.updater.bundle import Bundle
from kiosk.upkeep.updater.install import install
from kiosk.upkeep.updater.machine import Built, Machine
from kiosk.upkeep.updater.manifest import Slot

SLOT_BYTES = 2 << 20
OLD_ROOT = b"the root that came with the image" * 4000
NEW_ROOT = bytes(range(256)) * 4200 + b"the end"
KERNEL = {"linux": b"a kernel" * 3000, "initrd.img": b"its initramfs" * 7000}


@cache
def key_pair(name: str) -> tuple[Path, Path]:
    """A throwaway key pair without a password: secret and public."""
    folder = Path(mkdtemp(prefix="sternway-test-keys-"))
    secret, public = folder / f"{name}.key", folder / f"{name}.pub"
    command = ["minisign", "-G", "-f", "-W", "-s", secret, "-p", public]
    subprocess.run(command, check=True, capture_output=True)
    return secret, public


def made_update(folder: Path, *, key: str = "ours", root: bytes = NEW_ROOT, **fields: Any) -> Path:
    """An update file, made by the program that makes them."""
    source = folder / "source"
    source.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, content in {**KERNEL, "root.squashfs": root}.items():
        files[name] = source / name
        files[name].write_bytes(content)
    given = {"version": "0.2.0", "target": "virt", "cmdline": CMDLINE, **fields}
    return pack(files, folder, key_pair(key)[0], **given)


def make_machine(place: Path, kind: str = "systemd") -> Machine:
    """An appliance as the image makes it: slot a runs, slot b is empty."""
    boot, slots, keys = place / "boot", place / "slots", place / "keys"
    for folder in (boot / "sternway/a", slots, keys, place / "data"):
        folder.mkdir(parents=True)
    (keys / "image.pub").write_bytes(key_pair("ours")[1].read_bytes())
    for slot in ("a", "b"):
        with (slots / slot).open("wb") as file:
            file.truncate(SLOT_BYTES)
    with (slots / "a").open("r+b") as file:
        file.write(OLD_ROOT)
    for name, content in KERNEL.items():
        (boot / "sternway/a" / name).write_bytes(b"old " + content)
    if kind == "systemd":
        (boot / "loader/entries").mkdir(parents=True)
        (boot / "loader/entries/sternway-a.conf").write_text(entry("a", "1764000000"))
    else:
        (boot / "sternway/a/cmdline.txt").write_text(CMDLINE.format(slot="a") + "\n")
        (boot / "config.txt").write_text(
            "# by hand\narm_64bit=1\n[all]\nos_prefix=sternway/a/\ndtparam=strict_gpiod\n"
        )
    return Machine(
        "a",
        Built("0.1.0", "virt"),
        slots=slots,
        boot=boot,
        keys=keys,
        data=place / "data",
        boot_id="boot-1",
        reboot_param=place / "reboot-param",
    )


@contextmanager
def opened(update: Path, machine: Machine) -> Iterator[Bundle]:
    file = os.open(update, os.O_RDONLY)
    try:
        yield Bundle(file, machine.keys)
    finally:
        os.close(file)


def install_from(update: Path, machine: Machine) -> Boot:
    """Install it, as the service does."""
    boot = boot_of(machine)
    with opened(update, machine) as bundle:
        install(bundle, machine, boot, lambda *_: None)
    return boot


# --- the boot loader, as a model ------------------------------------------------------------


class Started:
    """What the loader started: the slot, and everything that it read for it."""

    def __init__(self, machine: Machine, slot: Slot, kernel: Path, initrd: Path) -> None:
        self.slot = slot
        size = len(OLD_ROOT if slot == "a" else NEW_ROOT)
        self.root = machine.device(slot).read_bytes()[:size]
        self.kernel, self.initrd = kernel.read_bytes(), initrd.read_bytes()

    @property
    def is_whole(self) -> bool:
        """Whether root and kernel are those of one version, byte for byte."""
        old = (OLD_ROOT, *(b"old " + content for content in KERNEL.values()))
        new = (NEW_ROOT, *KERNEL.values())
        found = (self.root, self.kernel, self.initrd)
        return [sha256(one).digest() for one in found] == [
            sha256(one).digest() for one in (old if self.slot == "a" else new)
        ]


def next_start(machine: Machine, *, tryboot: bool = False) -> Started:
    """Start the machine once: the loader picks, and counts a try."""
    if (machine.boot / "loader").is_dir():
        return _systemd_boot(machine)
    return _pi_loader(machine, tryboot=tryboot)


def _systemd_boot(machine: Machine) -> Started:
    """``boot_entry_compare`` and the counting of systemd-boot 252 and later."""
    folder = machine.boot / "loader/entries"
    found = []
    for path in folder.glob("*.conf"):
        name = re.fullmatch(r"(.+?)(?:\+(\d+)(?:-(\d+))?)?\.conf", path.name)
        assert name is not None
        left = None if name[2] is None else int(name[2])
        fields = dict(line.split(None, 1) for line in path.read_text().splitlines() if " " in line)
        if not {"linux", "initrd", "options"} <= set(fields):
            continue  # the loader shows no entry without a kernel
        version = int(fields["version"])
        found.append(((left == 0, -version, name[1], -(left or 0)), path, name, left, fields))
    assert found, "the loader finds nothing to start"
    _, path, name, left, fields = min(found, key=lambda one: one[0])
    if left:
        path.rename(folder / f"{name[1]}+{left - 1}-{int(name[3] or 0) + 1}.conf")
    slot = re.search(r"root=PARTLABEL=sternway-([ab]) ", fields["options"])
    assert slot is not None
    return Started(
        machine,
        "a" if slot[1] == "a" else "b",
        machine.boot / fields["linux"].lstrip("/"),
        machine.boot / fields["initrd"].lstrip("/"),
    )


def _pi_loader(machine: Machine, *, tryboot: bool) -> Started:
    """``tryboot.txt`` instead of ``config.txt``, where the flag was set and there is one."""
    wanted = machine.boot / "tryboot.txt"
    config = wanted if tryboot and wanted.is_file() else machine.boot / "config.txt"
    prefix = re.search(r"^os_prefix=(sternway/([ab])/)$", config.read_text(), re.MULTILINE)
    assert prefix is not None
    folder = machine.boot / prefix[1]
    slot = re.search(r"root=PARTLABEL=sternway-([ab]) ", (folder / "cmdline.txt").read_text())
    assert slot is not None
    assert slot[1] == prefix[2]
    return Started(machine, "a" if slot[1] == "a" else "b", folder / "linux", folder / "initrd.img")


def started_in(machine: Machine, slot: Slot, version: str, boot_id: str) -> Machine:
    """The machine as its service sees it after that start."""
    return replace(machine, slot=slot, built=Built(version, "virt"), boot_id=boot_id)
