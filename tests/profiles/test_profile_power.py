"""Power lost at each step of an import and of forgetting, on an ext4 that forgets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from profiles.importer import accept, look
from profiles.library import Library
from tests.drive import Drive, both_ways, drive_with
from tests.profiles.written import bundle, library_in, profile, put, taken
from tests.records.disk import PowerCut, disk

NAME, NOTE = "Zaphod", "Beeblebrox"
BEFORE = {"P-7F3K": 3, "P-2": 3}


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Drive:
    """A drive with two profiles."""

    def fill(point: Path) -> None:
        named = profile(display_name=NAME, note=NOTE)
        taken(point / "data", bundle(named, profile(code="P-2", pin="1111")))

    return drive_with(tmp_path_factory, fill)


def versions(library: Library) -> dict[str, int]:
    return {kept.code: kept.prescription.version for kept in library.all()}


def each_cut(
    drive: Drive, way: int, work: Callable[[Library], None], judge: Callable[[Path, bool], None]
) -> int:
    """Cut the power after each call of the work, judge what is left; return how many there are."""
    number = 0
    while True:
        drive.renew()
        drive.mount()
        was_cut = False
        try:
            library = library_in(drive.point / "data")
            library.all()
            with disk(number, drive.cut(way), before=False):
                try:
                    work(library)
                except PowerCut:
                    was_cut = True
        finally:
            drive.unmount()
        drive.mount()
        try:
            judge(drive.point / "data", not was_cut)
        finally:
            drive.unmount()
        if not was_cut:
            return number
        number += 1


@both_ways
def test_an_import_is_whole_or_not_there(drive: Drive, tmp_path: Path, way: int) -> None:
    path = put(tmp_path, bundle(profile(version=4), profile(code="P-9", pin="2222")))
    after = {"P-7F3K": 4, "P-2": 3, "P-9": 3}

    def work(library: Library) -> None:
        accept(library, look(library, [path], None), list(after)[::2], "therapist")

    def judge(data: Path, promised: bool) -> None:
        found = library_in(data)
        assert versions(found) == after or (versions(found) == BEFORE and not promised)
        assert not found.faults

    assert each_cut(drive, way, work, judge) > 4


@both_ways
def test_what_was_forgotten_is_gone_once_the_kiosk_is_on_again(drive: Drive, way: int) -> None:
    def work(library: Library) -> None:
        library.forget("P-7F3K", "therapist")

    def judge(data: Path, promised: bool) -> None:
        found = versions(library_in(data))
        assert found == {"P-2": 3} or (found == BEFORE and not promised)
        if found == {"P-2": 3}:
            texts = [path.read_bytes() for path in data.rglob("*") if path.is_file()]
            assert not [text for text in texts if NAME.encode() in text or NOTE.encode() in text]

    assert each_cut(drive, way, work, judge) > 8
