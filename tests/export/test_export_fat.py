"""What a FAT stick cannot hold is told before anything is written.

The folder is laid out here as Linux does it (``fat_add_entries``: the first gap that is large
enough), because not every kernel that runs the tests has FAT.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from kiosk.export import fat, plan
from kiosk.export.errors import WriteFailed
from kiosk.export.exporter import Export
from kiosk.export.fat import entries_of, is_fat, most_files, obstacle
from kiosk.export.growing import PART
from kiosk.export.people import TRACE_NAME, People
from kiosk.export.plan import Request
from kiosk.export.target import AT_ONCE
from profiles.saying import plain
from tests.export.conftest import Kept

GB4 = 4 * 1024**3


class Folder:
    """The entries of a FAT folder."""

    def __init__(self) -> None:
        self.taken = bytearray(65_535)
        self.taken[:2] = b"\1\1"
        self.first = 2

    def add(self, count: int) -> int | None:
        place = self.taken.find(bytes(count), self.first)
        if place < 0:
            return None
        self.taken[place : place + count] = b"\1" * count
        self.first = max(self.first, self.taken.find(b"\0", self.first))
        return place

    def remove(self, place: int, count: int) -> None:
        self.taken[place : place + count] = bytes(count)
        self.first = min(self.first, place)


def is_full_at(count: int, lots: random.Random | None) -> bool:
    """Write so many files as an export does; say whether the folder was full too early."""
    folder = Folder()
    part, whole = entries_of(TRACE_NAME + PART), entries_of(TRACE_NAME)
    syncing: list[int] = []

    def settle() -> bool:
        for place in syncing:
            if folder.add(whole) is None:
                return False
            folder.remove(place, part)
        return True

    left = count
    while left:
        lot = min(left, lots.randint(1, AT_ONCE) if lots else AT_ONCE)
        waiting = [folder.add(part) for _ in range(lot)]
        places = [place for place in waiting if place is not None]
        if len(places) < lot or not settle():
            return True
        syncing, left = places, left - lot
    return not settle()


@pytest.mark.parametrize(
    ("name", "entries"),
    [
        ("S1234567.csv", 2),
        ("S1234567.csv.part", 3),
        ("a" * 13, 2),
        ("a" * 14, 3),
        ("a" * 26, 3),
        ("a" * 27, 4),
        ("ä" * 13, 2),
        ("\U0001f600" * 7, 3),  # two units of UTF-16 each
    ],
)
def test_the_entries_of_a_name(name: str, entries: int) -> None:
    assert entries_of(name) == entries


def test_so_many_traces_fit_and_not_many_more_would() -> None:
    most = most_files(TRACE_NAME)
    assert most == 31_230
    assert not is_full_at(most, None)
    for seed in range(3):
        assert not is_full_at(most, random.Random(seed))
    assert is_full_at(most + 1_100, None), "not far from what there is"


def test_the_traces_are_named_as_was_reckoned(kept: Kept) -> None:
    from kiosk.records.reader import LogReader

    with LogReader(kept.data) as log:
        people = People(log.entries, identified=False)
        names = {len(f"{people.of(entry).session}.csv") for entry in log.entries}
    assert names == {len(TRACE_NAME)}


@pytest.mark.parametrize(
    ("size", "files", "words"),
    [
        (GB4 - 1, 1, None),
        (GB4, 1, "larger than 4 GB"),
        (2 * GB4, 31_230, None),
        (10, 31_231, "31 231 files"),
    ],
)
def test_the_obstacle_has_its_mend(size: int, files: int, words: str | None) -> None:
    found = obstacle("traces/", size, files, TRACE_NAME)
    if words is None:
        assert found is None
    else:
        assert found is not None
        assert words in str(found).replace("\u00a0", " ")
        assert "fewer days" in str(found)
        assert "exFAT" in str(found)
        assert str(found).count(".") == 1


def test_this_filesystem_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_fat(tmp_path)
    with pytest.raises(FileNotFoundError):
        is_fat(tmp_path / "gone")
    kind = next(
        line.split()[2]
        for line in Path("/proc/mounts").read_text().splitlines()
        if line.split()[1] == "/proc"
    )
    assert kind == "proc"
    monkeypatch.setattr(fat, "_MSDOS_SUPER_MAGIC", 0x9FA0)  # the number of proc
    assert is_fat(Path("/proc"))


def test_an_export_that_a_fat_stick_cannot_hold_is_not_begun(
    kept: Kept, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fat, "most_files", lambda name: 39)
    with Export(Request(kept.data, stick)) as one:
        assert one.plan().obstacle is None, "only FAT has these limits"
        monkeypatch.setattr(plan.fat, "is_fat", lambda folder: True)
        assert "traces/ would hold 40 files" in plain(one.plan().obstacle or ())
        with pytest.raises(WriteFailed, match="exFAT"):
            one.run()
    assert not list(stick.iterdir())
    with Export(Request(kept.data, stick, formats=frozenset({"csv"}))) as one:
        assert one.plan().obstacle is None
