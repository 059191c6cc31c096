"""The kiosk's number: made once, kept twice, and never a reason not to start."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from kiosk.identity import kiosk_id
from kiosk.records.folder import Folder
from tests.records.disk import disk, failing


def test_it_is_made_once(tmp_path: Path) -> None:
    number = kiosk_id(tmp_path / "data")
    assert number.startswith("SW-")
    assert kiosk_id(tmp_path / "data") == number
    assert (tmp_path / "data" / "kiosk_id").read_text() == f"{number}\n"


@pytest.mark.parametrize("content", [b"", b"\0" * 10, b"\xff\xfe", b"SW-../..\n", b"x" * 4096])
def test_a_damaged_one_is_set_aside_and_the_other_copy_counts(
    tmp_path: Path, content: bytes
) -> None:
    number = kiosk_id(tmp_path)
    (tmp_path / "kiosk_id").write_bytes(content)
    assert kiosk_id(tmp_path) == number
    assert (tmp_path / "kiosk_id.broken-1").read_bytes() == content
    assert (tmp_path / "kiosk_id").read_text() == f"{number}\n"
    folder = Folder(tmp_path)
    folder.open()
    folder.release()
    assert "kiosk_id.broken-1 was set aside as broken." in map(str, folder.faults())


def test_an_older_kiosks_single_copy_is_taken(tmp_path: Path) -> None:
    (tmp_path / "kiosk_id").write_text("Room-2\n")
    assert kiosk_id(tmp_path) == "Room-2"
    (tmp_path / "kiosk_id").unlink()
    assert kiosk_id(tmp_path) == "Room-2", "it was kept twice by then"


def test_a_disk_that_takes_nothing_gives_a_number_for_this_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with disk(0, failing(), lasting=True), caplog.at_level(logging.ERROR):
        assert kiosk_id(tmp_path).startswith("SW-")
    assert "could not be kept" in caplog.text
