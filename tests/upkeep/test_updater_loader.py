"""systemd-boot itself, over a real FAT and with a real kernel, in QEMU: it does as the model does.

It takes what building an image leaves behind (Debian's packages), QEMU and its firmware.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from image.maker.disk import CMDLINE
from kiosk.upkeep.updater.boot import boot_of
from kiosk.upkeep.updater.machine import Machine
from tests.upkeep import appliance
from tests.upkeep.appliance import install_from, made_update, make_machine, started_in

ROOT = Path(__file__).resolve().parents[2]
CODE, VARS = (Path(f"/usr/share/AAVMF/AAVMF_{name}.fd") for name in ("CODE", "VARS"))
LOADER = "./usr/lib/systemd/boot/efi/systemd-bootaa64.efi"
TALKS = CMDLINE.replace("quiet loglevel=3 ", "") + " console=ttyAMA0 panic=1"
WITHIN_S = 240.0


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Debian's loader and kernel, out of what an image is built of."""
    bases = sorted((ROOT / "build/image/virt").glob("base-*/base.tar"))
    programs = ("qemu-system-aarch64", "mkfs.vfat", "mcopy", "mdir")
    missing = [name for name in programs if shutil.which(name) is None]
    if not bases or missing or not CODE.is_file():
        pytest.skip(
            "NOT RUN: systemd-boot itself: it takes `make image TARGET=virt`, QEMU for aarch64 "
            "with its firmware, mtools and dosfstools"
        )
    place = tmp_path_factory.mktemp("debian")
    listed = subprocess.run(["tar", "-tf", bases[0]], check=True, capture_output=True, text=True)
    (kernel,) = re.findall(r"^\./boot/vmlinuz-\S+$", listed.stdout, re.MULTILINE)
    subprocess.run(["tar", "-xf", bases[0], "-C", place, LOADER, kernel], check=True)
    (place / kernel).rename(place / "linux")
    return place


class Disk:
    """The boot partition of an appliance of files, as a FAT that a machine starts from."""

    def __init__(self, machine: Machine, debian: Path, place: Path) -> None:
        self.machine = machine
        self._place = place
        boot = machine.boot
        (boot / "EFI/BOOT").mkdir(parents=True)
        shutil.copy(debian / LOADER, boot / "EFI/BOOT/BOOTAA64.EFI")
        (boot / "loader/loader.conf").write_text("timeout 0\neditor no\nauto-entries no\n")
        shutil.copy(debian / "linux", boot / "sternway/a/linux")
        entry = boot / "loader/entries/sternway-a.conf"
        entry.write_text(
            entry.read_text().replace(CMDLINE.format(slot="a"), TALKS.format(slot="a"))
        )

    def start(self) -> tuple[str | None, list[str]]:
        """Start a machine from it; return the slot that its kernel was told, and the entries."""
        image = self._fat()
        slot = self._run(image)
        found = subprocess.run(
            ["mdir", "-b", "-i", image, "::loader/entries"],
            check=True,
            capture_output=True,
            text=True,
        )
        return slot, sorted(Path(line).name for line in found.stdout.split())

    def _fat(self) -> Path:
        image = self._place / "boot.vfat"
        image.unlink(missing_ok=True)
        with image.open("wb") as file:
            file.truncate(160 << 20)
        subprocess.run(["mkfs.vfat", "-F", "32", image], check=True, capture_output=True)
        env = {**os.environ, "MTOOLS_SKIP_CHECK": "1"}
        for path in sorted(self.machine.boot.iterdir()):
            subprocess.run(["mcopy", "-s", "-i", image, path, "::"], check=True, env=env)
        return image

    def _run(self, image: Path) -> str | None:
        serial, variables = self._place / "serial", self._place / "vars.fd"
        serial.write_bytes(b"")
        shutil.copy(VARS, variables)
        words = [
            *("qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72", "-m", "1024"),
            *("-nodefaults", "-display", "none", "-no-reboot", "-serial", f"file:{serial}"),
            *("-drive", f"if=pflash,format=raw,readonly=on,file={CODE}"),
            *("-drive", f"if=pflash,format=raw,file={variables}"),
            *("-drive", f"file={image},format=raw,if=none,id=card"),
            *("-device", "virtio-blk-pci,drive=card"),
        ]
        with subprocess.Popen(words) as machine:
            try:
                until = time.monotonic() + WITHIN_S
                while time.monotonic() < until and machine.poll() is None:
                    told = serial.read_bytes().decode("latin-1")
                    found = re.search(r"Kernel command line:.*sternway\.slot=([ab])", told)
                    if found is not None:
                        return found[1]
                    time.sleep(0.5)
            finally:
                machine.kill()
        return None


def test_the_loader_tries_counts_and_falls_back_as_the_model_does(
    debian: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = {"linux": (debian / "linux").read_bytes(), "initrd.img": bytes(4096)}
    monkeypatch.setattr(appliance, "KERNEL", kernel)
    machine = make_machine(tmp_path / "machine")
    disk = Disk(machine, debian, tmp_path)
    good, entries = "sternway-a.conf", machine.boot / "loader/entries"
    assert disk.start() == ("a", [good])
    # An older one, signed as a downgrade: only its number brings it to the front.
    install_from(
        made_update(tmp_path / "u", cmdline=TALKS, version="0.0.9", downgrade=True), machine
    )
    assert disk.start() == ("b", [good, "sternway-b+2-1.conf"])
    (entries / "sternway-b+3-0.conf").rename(entries / "sternway-b+1-2.conf")
    assert disk.start() == ("b", [good, "sternway-b+0-3.conf"])
    (entries / "sternway-b+1-2.conf").rename(entries / "sternway-b+0-3.conf")
    assert disk.start() == ("a", [good, "sternway-b+0-3.conf"])
    (entries / "sternway-b+0-3.conf").rename(entries / "sternway-b+2-1.conf")
    boot_of(started_in(machine, "b", "0.0.9", "boot-2")).commit()
    assert disk.start() == ("b", [good, "sternway-b.conf"])
