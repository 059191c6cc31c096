"""What counts as a stick, what blkid said of it, and in which words a failure is told."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.sticks.helper.devices import (
    FILESYSTEMS,
    Device,
    DeviceRule,
    disks_of_the_system,
    is_usb,
)
from kiosk.sticks.helper.mounting import ALWAYS, Owner, in_words, options
from kiosk.sticks.helper.probe import LONGEST_LABEL, NOT_READ, Found, describe, read_output
from kiosk.sticks.link import MOST_STICKS, decode_to_helper, decode_to_kiosk

SECTORS = 1_000_000


class Sysfs:
    """A made-up ``/sys``: disks below a USB device or not, with partitions or without."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.listed = root / "class" / "block"
        self.listed.mkdir(parents=True)
        self._number = 0
        for bus in ("usb", "scsi", "mmc", "block"):
            (root / "bus" / bus).mkdir(parents=True)

    def disk(
        self, name: str, *, usb: bool = True, sectors: int = SECTORS, parts: int = 0, ro: str = "0"
    ) -> None:
        above = self.root / "devices" / "pci0" / ("usb1" if usb else "mmc0") / f"at-{name}"
        disk = above / "block" / name
        disk.mkdir(parents=True)
        for folder, bus in ((above.parent, "usb" if usb else "mmc"), (above, "scsi")):
            if not (folder / "subsystem").is_symlink():
                (folder / "subsystem").symlink_to(self.root / "bus" / bus)
        self._device(disk, sectors, ro)
        self._number += 1
        (disk / "diskseq").write_text(f"{self._number}\n")
        for number in range(1, parts + 1):
            part = disk / f"{name}{number}"
            part.mkdir()
            (part / "partition").write_text(f"{number}\n")
            self._device(part, sectors // parts, "0")

    def _device(self, folder: Path, sectors: int, ro: str) -> None:
        (folder / "size").write_text(f"{sectors}\n")
        (folder / "ro").write_text(f"{ro}\n")
        self._number += 1
        (folder / "dev").write_text(f"8:{self._number}\n")
        (folder / "subsystem").symlink_to(self.root / "bus" / "block")
        (self.listed / folder.name).symlink_to(folder)

    def names(self, **rule: frozenset[str]) -> list[str]:
        return [device.name for device in DeviceRule(sysfs=self.listed, **rule).devices()]


@pytest.fixture
def sysfs(tmp_path: Path) -> Sysfs:
    return Sysfs(tmp_path)


def test_only_what_hangs_on_usb(sysfs: Sysfs) -> None:
    sysfs.disk("mmcblk0", usb=False, parts=2)
    sysfs.disk("vda", usb=False)
    sysfs.disk("sda", parts=1)
    assert sysfs.names() == ["sda1"]
    assert is_usb((sysfs.listed / "sda").resolve())
    assert not is_usb((sysfs.listed / "vda").resolve())


def test_partitions_or_the_whole_of_a_disk_without_any(sysfs: Sysfs) -> None:
    sysfs.disk("sdb", parts=3)
    sysfs.disk("sda")
    assert sysfs.names() == ["sdb1", "sdb2", "sdb3", "sda"]


def test_an_empty_card_reader_and_an_extended_partition_are_nothing(sysfs: Sysfs) -> None:
    sysfs.disk("sda", sectors=0)
    sysfs.disk("sdb", sectors=2)
    assert sysfs.names() == []


def test_the_disk_that_the_kiosk_runs_from_is_no_stick(sysfs: Sysfs, tmp_path: Path) -> None:
    sysfs.disk("sda", parts=2)
    sysfs.disk("sdb", parts=1)
    used = (sysfs.listed / "sda2" / "dev").read_text().strip()
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"22 1 {used} / / rw - ext4 /dev/root rw\n23 1 0:5 / /proc rw - proc p rw\n")
    assert disks_of_the_system(sysfs.listed, mounts) == {"sda"}
    assert sysfs.names(never=frozenset({"sda"})) == ["sdb1"]


def test_write_protection_is_the_disks_as_well(sysfs: Sysfs) -> None:
    sysfs.disk("sda", parts=1, ro="1")
    (device,) = DeviceRule(sysfs=sysfs.listed).devices()
    assert device.read_only
    assert device.bytes == SECTORS * 512


def test_a_name_that_is_none_is_left_out(sysfs: Sysfs) -> None:
    sysfs.disk("sda")
    for name in ("..sda", "sd a", "SDA", "sda;x", "x" * 40):
        (sysfs.listed / name).symlink_to((sysfs.listed / "sda").resolve())
    assert sysfs.names() == ["sda"]


def test_a_device_that_is_half_gone_is_left_out(sysfs: Sysfs) -> None:
    sysfs.disk("sda")
    sysfs.disk("sdb")
    ((sysfs.listed / "sda").resolve() / "dev").unlink()
    ((sysfs.listed / "sdb").resolve() / "size").write_text("")
    assert sysfs.names() == []


def test_another_stick_of_the_same_name_is_not_still_there(sysfs: Sysfs) -> None:
    sysfs.disk("sda")
    rule = DeviceRule(sysfs=sysfs.listed)
    (device,) = rule.devices()
    assert rule.is_still_there(device)
    ((sysfs.listed / "sda").resolve() / "diskseq").write_text("99\n")
    assert not rule.is_still_there(device)
    assert rule.devices()[0].id == "sda-99"


def test_a_stick_of_a_hundred_partitions_is_cut_short(sysfs: Sysfs) -> None:
    sysfs.disk("sda", parts=100, sectors=100 * SECTORS)
    assert len(sysfs.names()) == MOST_STICKS


@pytest.mark.parametrize(
    ("output", "found"),
    [
        (b"", Found()),
        (b"ID_FS_TYPE=vfat\nID_FS_LABEL_ENC=MY\\x20STICK\n", Found("vfat", "MY STICK")),
        (b"ID_FS_TYPE=vfat\nID_FS_LABEL_ENC=NO\\x20NAME\n", Found("vfat")),
        ("ID_FS_TYPE=exfat\nID_FS_LABEL_ENC=Übung\\x221\n".encode(), Found("exfat", 'Übung"1')),
        (b"ID_FS_TYPE=ntfs\nID_PART_ENTRY_TYPE=0x7\n", Found("ntfs")),
        (b"ID_FS_TYPE=vfat\nID_PART_ENTRY_TYPE=0xef\n", Found("vfat", hidden=True)),
        (b"ID_PART_ENTRY_TYPE=0x5\n", Found(hidden=True)),
        (
            b"ID_FS_TYPE=vfat\nID_PART_ENTRY_TYPE=C12A7328-F81F-11D2-BA4B-00A0C93EC93B\n",
            Found("vfat", hidden=True),
        ),
        (b"ID_FS_TYPE=vfat\nID_FS_LABEL_ENC=\\x1b[2J\\x00a\\xff\n", Found("vfat", "[2J a�")),
        (b"ID_FS_TYPE=vfat\nID_FS_LABEL_ENC=" + b"a" * 999, Found("vfat", "a" * LONGEST_LABEL)),
    ],
)
def test_what_blkid_said(output: bytes, found: Found) -> None:
    assert read_output(output) == found


@given(st.binary(max_size=300))
def test_a_label_can_always_be_drawn(label: bytes) -> None:
    found = read_output(b"ID_FS_LABEL_ENC=" + label.replace(b"\n", b""))
    assert found.label
    assert found.label.isprintable()
    assert len(found.label) <= LONGEST_LABEL


def test_a_device_that_could_not_be_read() -> None:
    device = Device("sda1", "sda", 1, 3, 4096, read_only=True)
    stick = describe(device, None, FILESYSTEMS)
    assert (stick.id, stick.device, stick.problem) == ("sda1-3", "sda", NOT_READ)
    assert stick.read_only


def test_only_two_filesystems() -> None:
    assert DeviceRule().filesystems == {"vfat", "exfat"}


@pytest.mark.parametrize("filesystem", ["vfat", "exfat"])
def test_what_fat_is_mounted_with(filesystem: str) -> None:
    assert ALWAYS & 14 == 14  # nosuid, nodev, noexec
    words = options(filesystem, Owner(uid=990, gid=991)).split(",")
    assert {"uid=990", "gid=991", "fmask=0117", "dmask=0007", "errors=remount-ro"} <= set(words)
    assert "flush" not in words


@pytest.mark.parametrize(
    ("number", "filesystem", "writable", "words", "gone"),
    [
        (errno.ENODEV, "exfat", False, "system cannot read exfat", False),
        (errno.ENODEV, "", False, "pulled out", True),
        (errno.ENXIO, "vfat", True, "pulled out", True),
        (errno.EROFS, "", True, "write-protected", False),
        (errno.EACCES, "vfat", True, "write-protected", False),
        (errno.EBUSY, "", True, "still in use", False),
        (errno.EPERM, "vfat", False, "CAP_SYS_ADMIN", False),
        (errno.EINVAL, "vfat", False, "damaged", False),
        (errno.EIO, "vfat", False, "does not answer", False),
        (errno.ENOSPC, "vfat", False, "No space left", False),
    ],
)
def test_a_failure_in_words(
    number: int, filesystem: str, writable: bool, words: str, gone: bool
) -> None:
    error = in_words(OSError(number, os.strerror(number)), filesystem, writable=writable)
    assert words in str(error)
    assert error.gone == gone


@pytest.mark.parametrize("packet", [b"\x81\xa4type\xa4do\xffe", b"\x81\xa1x" + b"\x91" * 60_000])
def test_a_packet_of_no_text_or_without_an_end_is_no_message(packet: bytes) -> None:
    for decode in (decode_to_helper, decode_to_kiosk):
        with pytest.raises(msgspec.MsgspecError):
            decode(packet)


@given(st.binary(max_size=200))
def test_no_packet_is_anything_but_a_message_or_a_value_error(packet: bytes) -> None:
    for decode in (decode_to_helper, decode_to_kiosk):
        try:
            decode(packet)
        except ValueError as error:
            assert str(error)
