"""Files that are old or new, never half."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.records import files
from kiosk.records.errors import DataLocked, DataUnusable
from tests.records.disk import PowerCut, cut, disk, failing


def steps_of_a_write(folder: Path) -> list[str]:
    path = folder / "counted"
    path.write_bytes(b"old")
    with disk() as counted:
        files.write_atomically(path, b"new", keep_previous=True)
    return counted.names


def test_a_write_is_synced_before_and_after_its_rename(tmp_path: Path) -> None:
    names = steps_of_a_write(tmp_path)
    assert names[:3] == ["open", "write", "fsync"], "the content before its name"
    assert names[-2:] == ["rename", "fsync"], "the folder last"


@pytest.mark.parametrize("stop", [cut, failing(errno.ENOSPC), failing(errno.EIO)])
def test_a_write_that_is_broken_off_anywhere_leaves_old_or_new(
    tmp_path: Path, stop: Callable[[], None]
) -> None:
    total = len(steps_of_a_write(tmp_path))
    for at in range(total):
        path = tmp_path / f"file-{at}"
        path.write_bytes(b"old")
        with pytest.raises((PowerCut, OSError)), disk(at, stop):
            files.write_atomically(path, b"new", keep_previous=True)
        assert path.read_bytes() in {b"old", b"new"}
        assert stop is cut or not (tmp_path / f".{path.name}.tmp").exists()
        files.clean_temps(tmp_path)
        assert not list(tmp_path.glob(".*"))
        files.write_atomically(path, b"newer", keep_previous=True)
        assert path.read_bytes() == b"newer"
        assert path.with_name(path.name + ".bak").read_bytes() in {b"old", b"new"}


def test_folders_and_deletions_are_synced_too(tmp_path: Path) -> None:
    with disk() as counted:
        files.make_folder(tmp_path / "a" / "b")
    assert counted.names == ["mkdir", "fsync"] * 2
    (tmp_path / "file").touch()
    with disk() as counted:
        files.delete(tmp_path / "file")
    assert counted.names == ["unlink", "fsync"]


def test_the_first_error_is_told_when_clearing_up_fails_too(tmp_path: Path) -> None:
    errors = iter((errno.ENOSPC, errno.EIO))

    def fail() -> None:
        failing(next(errors))()

    with pytest.raises(OSError, match="No space left"), disk(1, fail, lasting=True):
        files.write_atomically(tmp_path / "file", b"new")
    assert list(errors) == [], "both calls failed"


def test_what_can_be_made_anew_is_whole_at_once_and_waits_for_no_disk(tmp_path: Path) -> None:
    path = tmp_path / "derived"
    (tmp_path / ".derived.tmp").write_bytes(b"what a power cut left, which is longer")
    (tmp_path / ".derived.tmp").chmod(0o600)
    with disk() as counted:
        files.write_derived(path, b"one")
    assert counted.names == ["open", "write", "rename"]
    assert path.read_bytes() == b"one"
    files.write_derived(path, b"two")
    assert path.read_bytes() == b"two"
    assert [one.name for one in tmp_path.iterdir()] == ["derived"]
    path.unlink()
    files.write_derived(path, b"")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_new_file_is_whole_and_open_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"of a session before")
    with disk() as counted:
        descriptor = files.create_new(path, b"head;")
    try:
        assert counted.names == ["open", "write", "fsync", "rename", "fsync", "open"]
        assert path.read_bytes() == b"head;"
        os.write(descriptor, b"one;")
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, b"two;")
    finally:
        os.close(descriptor)
    assert path.read_bytes() == b"head;one;two;"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_another_makes_at_the_same_time_is_fine(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with disk(0, folder.mkdir) as counted:
        files.make_folder(folder)
    assert counted.names == ["mkdir", "mkdir", "fsync"]
    assert folder.is_dir()


def test_deleting_what_is_gone_is_fine(tmp_path: Path) -> None:
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    one.touch()
    files.delete(one)
    files.delete(one)
    two.touch()
    three.touch()
    with disk() as counted:
        files.delete_all([one, two, three])
    assert counted.names == ["unlink", "unlink", "unlink", "fsync"], "one wait for all"
    assert not list(tmp_path.iterdir())
    with disk() as counted:
        files.delete_all([])
    assert counted.names == []


def test_a_temporary_file_that_goes_meanwhile_is_fine(tmp_path: Path) -> None:
    for name in (".a.tmp", ".b.tmp", "c.tmp", ".d"):
        (tmp_path / name).touch()

    def both_go() -> None:
        for stale in tmp_path.glob(".*.tmp"):
            stale.unlink()

    with disk(0, both_go):
        files.clean_temps(tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == [".d", "c.tmp"]


def test_a_file_is_no_folder_to_be_synced_or_held(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(NotADirectoryError):
        files.sync_folder(path)
    with pytest.raises(DataUnusable):
        files.lock_folder(path)


def test_short_writes_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, content: real(fd, bytes(content)[:3]))
    files.write_atomically(tmp_path / "file", b"0123456789")
    assert (tmp_path / "file").read_bytes() == b"0123456789"


def test_the_previous_generation_is_kept_where_asked(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in (b"one", b"two", b"three"):
        files.write_atomically(path, content, keep_previous=True)
    assert path.read_bytes() == b"three"
    assert (tmp_path / "file.bak").read_bytes() == b"two"
    files.write_atomically(path, b"four")
    assert (tmp_path / "file.bak").read_bytes() == b"two"


def test_files_are_for_the_kiosk_alone(tmp_path: Path) -> None:
    files.make_folder(tmp_path / "a" / "b")
    files.write_atomically(tmp_path / "a" / "b" / "file", b"")
    assert (tmp_path / "a" / "b" / "file").stat().st_mode & 0o077 == 0
    assert (tmp_path / "a").stat().st_mode & 0o077 == 0


def test_nothing_that_was_set_aside_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    for number in (1, 2, 3):
        path.write_bytes(b"%d" % number)
        assert files.set_aside(path).name == f"file.json.broken-{number}"
    assert [found.read_bytes() for found in files.files_set_aside(tmp_path)] == [b"1", b"2", b"3"]


def test_a_broken_file_is_kept_beside_its_place_too(tmp_path: Path) -> None:
    path = tmp_path / "pins.json"
    files.copy_aside(path)
    assert not list(tmp_path.iterdir()), "no file is no harm"
    path.write_bytes(b"one")
    with disk() as counted:
        files.copy_aside(path)
    assert counted.names == ["link", "fsync"]
    files.write_atomically(path, b"two")
    files.copy_aside(path)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {
        "pins.json": b"two",
        "pins.json.broken-1": b"one",
        "pins.json.broken-2": b"two",
    }
    other = tmp_path / "pins.json.bak"
    other.write_bytes(b"three")
    for _ in range(2):
        with disk() as counted:
            assert files.link_aside(path).name == "pins.json.broken-2", "once"
            assert files.link_aside(other).name == "pins.json.bak.broken-1"
    assert counted.names == ["fsync", "fsync"], "the link that is there may not be durable yet"


def test_a_disk_that_fails_keeps_a_broken_file_in_its_place(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "clock.json"
    path.write_bytes(b"x")
    with disk(0, failing(errno.EROFS)):
        files.set_aside_if_possible(path)
    assert path.read_bytes() == b"x"
    assert caplog.messages == [f"{path} could not be set aside: Read-only file system"]
    files.set_aside_if_possible(path)
    assert [one.name for one in tmp_path.iterdir()] == ["clock.json.broken-1"]
    assert len(caplog.messages) == 1


def test_a_folder_is_held_once_even_within_a_process(tmp_path: Path) -> None:
    lock = files.lock_folder(tmp_path)
    with pytest.raises(DataLocked, match="another Sternway"):
        files.lock_folder(tmp_path)
    os.close(lock)
    os.close(files.lock_folder(tmp_path))
    assert [one.name for one in tmp_path.iterdir()] == ["lock"]
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600


def test_a_folder_is_held_against_another_process(tmp_path: Path) -> None:
    lock = files.lock_folder(tmp_path)
    code = (
        "import sys; from pathlib import Path; from kiosk.records import files, errors\n"
        "try: files.lock_folder(Path(sys.argv[1]))\n"
        "except errors.DataLocked: print('refused')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    os.close(lock)
    assert done.stdout == "refused\n"


def test_a_folder_on_a_read_only_disk_can_be_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def read_only(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            raise OSError(errno.EROFS, "read-only")
        return real(path, flags, mode)

    monkeypatch.setattr(os, "open", read_only)
    lock = files.lock_folder(tmp_path)
    with pytest.raises(DataLocked):
        files.lock_folder(tmp_path)
    os.close(lock)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataUnusable, match="missing"):
        files.lock_folder(tmp_path / "missing")
