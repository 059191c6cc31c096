"""Why no session may start, and the sentence about it with its mend."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from kiosk.records.health import MIN_FREE_BYTES, mend_of, probe, room, sentence_of
from tests.records.disk import disk, failing

ROOM = (
    "Leave the kiosk on, export the log to a stick, then call the service: "
    "old speed curves can go from the card, the records stay."
)
WORN = (
    "Leave the kiosk on, export the log to a stick, then call the service: "
    "the memory card may be worn out."
)
AGAIN = "Restart the kiosk; if it stays so, call the service."


@pytest.mark.parametrize(
    ("number", "words", "mend"),
    [
        (errno.ENOSPC, "the disk is full", ROOM),
        (errno.EDQUOT, "the disk is full", ROOM),
        (errno.EROFS, "the disk is read-only", WORN),
        (errno.EIO, "the disk reports an error", WORN),
        (errno.EACCES, "the kiosk may not write to its data folder", AGAIN),
        (errno.EPERM, "the kiosk may not write to its data folder", AGAIN),
        (errno.ENOENT, "the data folder is gone", AGAIN),
        (errno.ENXIO, f"the disk says: {os.strerror(errno.ENXIO)}", AGAIN),
    ],
)
def test_each_error_has_its_sentence_and_its_mend(number: int, words: str, mend: str) -> None:
    said = sentence_of(OSError(number, os.strerror(number)))
    assert str(said) == f"The log cannot be written: {words}."
    assert str(mend_of(said)) == mend


def test_an_error_without_a_number_is_called_by_its_kind() -> None:
    assert str(sentence_of(TimeoutError())) == (
        "The log cannot be written: the disk says: TimeoutError."
    )


def stand_in(flag: int, blocks: int) -> SimpleNamespace:
    return SimpleNamespace(f_flag=flag, f_bavail=blocks, f_frsize=4096, f_bsize=1)


def test_room_is_what_is_free_for_others_than_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enough = MIN_FREE_BYTES // 4096
    monkeypatch.setattr(os, "statvfs", lambda _: stand_in(0, enough))
    assert room(tmp_path) is None
    monkeypatch.setattr(os, "statvfs", lambda _: stand_in(0, enough - 1))
    said = room(tmp_path)
    assert said is not None
    assert str(said) == "The disk is nearly full: 63 MB are free, 64 MB are needed."
    assert str(mend_of(said)) == ROOM
    assert str(room(tmp_path, 2**27 + 1)) == (
        "The disk is nearly full: 63 MB are free, 128 MB are needed."
    )


def test_the_disk_that_is_asked_is_that_of_the_data(tmp_path: Path) -> None:
    assert str(room(tmp_path / "gone")) == "The log cannot be written: the data folder is gone."
    assert room(tmp_path, 0) is None


def test_a_disk_mounted_read_only_is_known_without_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: stand_in(os.ST_RDONLY, 2**30))
    assert str(room(tmp_path)) == "The log cannot be written: the disk is read-only."


def test_a_probe_writes_durably_and_leaves_nothing(tmp_path: Path) -> None:
    with disk() as counted:
        assert probe(tmp_path) is None
    assert {"write", "fsync", "unlink"} <= set(counted.names)
    assert list(tmp_path.iterdir()) == []


def test_a_probe_that_fails_anywhere_says_why(tmp_path: Path) -> None:
    with disk() as counted:
        probe(tmp_path)
    for at in range(counted.count):
        with disk(at, failing(errno.EIO)):
            said = probe(tmp_path)
        assert str(said) == "The log cannot be written: the disk reports an error.", at
        assert probe(tmp_path) is None
