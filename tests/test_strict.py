"""The strict disk of the power's tests: what it keeps, and what it forgets."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.export import durable
from tests.records.disk import PowerCut
from tests.strict import ALL_NAMES, LAST, STRICT_WAYS, SYNCED, TORN, Strict, strict_with


@pytest.fixture
def disk(tmp_path: Path) -> Strict:
    """A disk with a file that is on it for good."""

    def fill(point: Path) -> None:
        (point / "old").write_bytes(b"old")
        (point / "old").chmod(0o600)
        (point / "folder").mkdir()

    return strict_with(tmp_path, fill)


def left(disk: Strict, way: int, work: Callable[[Path], None]) -> dict[str, bytes]:
    """Do something, lose the power, and return what is there then."""
    disk.renew()
    disk.mount()
    try:
        work(disk.point)
        disk.lose_power(way)
    finally:
        disk.unmount()
    return {
        str(path.relative_to(disk.point)): path.read_bytes()
        for path in disk.point.rglob("*")
        if path.is_file()
    }


def write(path: Path, content: bytes, flags: int = os.O_CREAT, *, sync: bool = False) -> None:
    file = os.open(path, os.O_WRONLY | flags, 0o600)
    os.write(file, content)
    if sync:
        os.fsync(file)
    os.close(file)


def sync(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(file)
    os.close(file)


OLD = {"old": b"old"}


@pytest.mark.parametrize("way", STRICT_WAYS.values(), ids=STRICT_WAYS)
def test_what_was_there_stays(disk: Strict, way: int) -> None:
    assert left(disk, way, lambda point: None) == OLD
    assert (disk.point / "old").stat().st_mode & 0o777 == 0o600
    assert (disk.point / "folder").is_dir()


def test_a_file_is_kept_by_its_fsync_and_its_name_by_the_folders(disk: Strict) -> None:
    def work(point: Path) -> None:
        write(point / "new", b"12345678", sync=True)

    assert left(disk, SYNCED, work) == OLD
    for way in (LAST, ALL_NAMES, TORN):
        assert left(disk, way, work) == OLD | {"new": b"12345678"}

    def named(point: Path) -> None:
        work(point)
        sync(point)

    for way in STRICT_WAYS.values():
        assert left(disk, way, named) == OLD | {"new": b"12345678"}


def test_a_name_without_its_content_is_an_empty_file(disk: Strict) -> None:
    def work(point: Path) -> None:
        write(point / "new", b"12345678")
        sync(point)

    assert left(disk, SYNCED, work) == OLD | {"new": b""}
    assert left(disk, ALL_NAMES, work) == OLD | {"new": b""}
    assert left(disk, TORN, work) == OLD | {"new": b"1234"}


def test_what_was_appended_is_gone_or_half_there(disk: Strict) -> None:
    def work(point: Path) -> None:
        write(point / "old", b" and new", os.O_APPEND)

    assert left(disk, SYNCED, work) == OLD
    assert left(disk, ALL_NAMES, work) == OLD
    assert left(disk, TORN, work) == {"old": b"old and"}


def test_a_rename_is_kept_by_the_folders_fsync(disk: Strict) -> None:
    def work(point: Path) -> None:
        write(point / ".new", b"new", sync=True)
        (point / ".new").rename(point / "old")

    assert left(disk, SYNCED, work) == OLD
    assert left(disk, LAST, work) == {"old": b"new"}

    def kept(point: Path) -> None:
        work(point)
        sync(point)

    assert left(disk, SYNCED, kept) == {"old": b"new"}


def test_the_last_change_may_be_there_without_the_one_before(disk: Strict) -> None:
    def work(point: Path) -> None:
        write(point / "instead", b"instead", sync=True)
        (point / "old").unlink()

    assert left(disk, LAST, work) == {}
    assert left(disk, ALL_NAMES, work) == {"instead": b"instead"}


def test_a_folders_own_name_stands_in_the_one_above(disk: Strict) -> None:
    def work(point: Path) -> None:
        (point / "made").mkdir()
        write(point / "made" / "new", b"new", sync=True)
        sync(point / "made")

    assert left(disk, SYNCED, work) == OLD

    def kept(point: Path) -> None:
        work(point)
        sync(point)

    assert left(disk, SYNCED, kept) == OLD | {"made/new": b"new"}


def test_calls_by_a_folders_descriptor_count_as_well(disk: Strict) -> None:
    def work(point: Path) -> None:
        write(point / ".new", b"new", sync=True)
        folder = os.open(point, os.O_RDONLY | os.O_DIRECTORY)
        os.rename(".new", "old", src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
        os.unlink("old", dir_fd=folder)
        os.close(folder)

    assert left(disk, SYNCED, work) == {"old": b"new"}
    assert left(disk, LAST, work) == {}


def test_a_folder_keeps_its_names_under_a_new_one(disk: Strict) -> None:
    def work(point: Path) -> None:
        write(point / "folder" / "new", b"new", sync=True)
        sync(point / "folder")
        (point / "folder").rename(point / "finished")

    assert left(disk, SYNCED, work) == OLD | {"folder/new": b"new"}
    assert left(disk, LAST, work) == OLD | {"finished/new": b"new"}


def test_what_moves_to_another_folder_stands_in_one_of_them(disk: Strict) -> None:
    def work(point: Path) -> None:
        (point / "old").rename(point / "folder" / "old")

    assert left(disk, SYNCED, work) == OLD
    assert left(disk, LAST, work) == {"folder/old": b"old"}
    for synced in (".", "folder"):

        def kept(point: Path, synced: str = synced) -> None:
            work(point)
            sync(point / synced)

        assert left(disk, SYNCED, kept) == {"folder/old": b"old"}


def test_two_names_of_one_file_stay_one(disk: Strict) -> None:
    def work(point: Path) -> None:
        (point / "again").hardlink_to(point / "old")
        sync(point)

    assert left(disk, SYNCED, work) == OLD | {"again": b"old"}
    assert (disk.point / "again").samefile(disk.point / "old")


def test_syncfs_keeps_all(disk: Strict) -> None:
    def work(point: Path) -> None:
        (point / "made").mkdir()
        write(point / "made" / "new", b"new")
        folder = os.open(point, os.O_RDONLY)
        durable.sync_filesystem(folder)
        os.close(folder)
        write(point / "late", b"late")

    assert left(disk, SYNCED, work) == OLD | {"made/new": b"new"}


def test_whoever_goes_on_hears_that_the_disk_is_gone(disk: Strict, tmp_path: Path) -> None:
    disk.mount()
    try:
        file = os.open(disk.point / "old", os.O_WRONLY)
        with pytest.raises(PowerCut):
            disk.cut(ALL_NAMES)()
        for call in (
            lambda: os.write(file, b"more"),
            lambda: os.fsync(file),
            (disk.point / "old").unlink,
            lambda: os.open(disk.point / "new", os.O_WRONLY | os.O_CREAT),
        ):
            with pytest.raises(OSError, match="Input/output"):
                call()
        write(tmp_path / "elsewhere", b"another disk", sync=True)
        os.close(file)
    finally:
        disk.unmount()
    assert (disk.point / "old").read_bytes() == b"old"
