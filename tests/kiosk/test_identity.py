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
    assert (tmp_path / "data" / "kiosk_id").read_text().splitlines()[0] == number


@pytest.mark.parametrize("content", [b"", b"\0" * 10, b"\xff\xfe", b"SW-../..\n", b"x" * 4096])
def test_a_damaged_one_is_set_aside_and_the_other_copy_counts(
    tmp_path: Path, content: bytes
) -> None:
    number = kiosk_id(tmp_path)
    (tmp_path / "kiosk_id").write_bytes(content)
    assert kiosk_id(tmp_path) == number
    assert (tmp_path / "kiosk_id.broken-1").read_bytes() == content
    assert (tmp_path / "kiosk_id").read_text().splitlines()[0] == number
    folder = Folder(tmp_path)
    folder.open()
    folder.release()
    assert "kiosk_id.broken-1 was set aside as broken." in map(str, folder.faults())


@pytest.mark.parametrize("place", [5, 12])
def test_a_flipped_bit_makes_no_other_number(tmp_path: Path, place: int) -> None:
    number = kiosk_id(tmp_path)
    whole = (tmp_path / "kiosk_id").read_bytes()
    damaged = bytearray(whole)
    damaged[place] ^= 1
    for name, other in ("kiosk_id", "kiosk_id.bak"), ("kiosk_id.bak", "kiosk_id"):
        (tmp_path / name).write_bytes(damaged)
        assert kiosk_id(tmp_path) == number
        assert (tmp_path / f"{name}.broken-1").read_bytes() == damaged
        assert (tmp_path / name).read_bytes() == (tmp_path / other).read_bytes() == whole


def test_a_cut_one_is_no_shorter_number(tmp_path: Path) -> None:
    number = kiosk_id(tmp_path)
    (tmp_path / "kiosk_id").write_bytes(number[:5].encode())
    assert kiosk_id(tmp_path) == number
    for copy in ("kiosk_id", "kiosk_id.bak"):
        (tmp_path / copy).write_bytes(number[:5].encode())
    assert kiosk_id(tmp_path) not in (number, number[:5]), "a new one, as nothing whole is left"
    assert (tmp_path / "kiosk_id.bak.broken-1").read_bytes() == number[:5].encode()


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
