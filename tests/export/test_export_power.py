"""Power lost, and a stick pulled out, at each call of an export, on a real ext4 that forgets.

``NOTHING`` and ``NAMES`` are the two ends of what a disk may do (``tests/drive.py``). After
each cut the drive is mounted again and looked at: a folder with a finished name is whole, the
kiosk's data are what they were, and what the person was told is true.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from kiosk.export import durable, target
from kiosk.export.errors import WriteFailed
from kiosk.export.leftovers import forget_unfinished
from tests.drive import NAMES, NOTHING, Drive, both_ways, drive_with
from tests.export import made
from tests.export.power import SESSIONS, cut_at, fill, folders, look, run
from tests.records.disk import PowerCut


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Drive:
    """A drive with a data folder and an older export."""
    return drive_with(tmp_path_factory, fill)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that is not on the drive."""
    data = tmp_path_factory.mktemp("elsewhere") / "data"
    made.kept(data, SESSIONS)
    return data


@both_ways
@pytest.mark.parametrize("same", [True, False], ids=["same drive", "another drive"])
def test_power_lost_at_any_call_leaves_nothing_half_that_looks_whole(
    drive: Drive, elsewhere: Path, way: int, same: bool
) -> None:
    data = drive.point / "data" if same else elsewhere
    number, parts = 0, 0
    case = None
    while case is None or case.cut:
        drive.renew()
        drive.mount()
        try:
            before = made.tree_hash(data)
            case = cut_at(drive, data, number, drive.cut(way))
        finally:
            drive.unmount()
        drive.mount()
        try:
            look(drive, case)
            assert made.tree_hash(data) == before, f"the data folder, at call {number}"
            left = len([*(drive.point / "stick" / "STERNWAY").glob("*.part")])
            parts += left
            assert forget_unfinished(drive.point / "stick") == left
            look(drive, case)
        finally:
            drive.unmount()
        number += 1
    assert case.finished
    assert number > 25
    assert parts > 5
    print(f"power cut at each of {number} calls: nothing looked whole that was not")


@both_ways
def test_a_stick_pulled_at_any_call_is_told_as_it_is(
    drive: Drive, elsewhere: Path, way: int
) -> None:
    """The export goes on until it notices, on a drive that answers nothing any more."""

    def pull() -> None:
        with contextlib.suppress(PowerCut):
            drive.cut(way)()

    before = made.tree_hash(elsewhere)
    number, case = 0, None
    while case is None or case.cut:
        drive.renew()
        drive.mount()
        try:
            case = cut_at(drive, elsewhere, number, pull)
        finally:
            drive.unmount()
        drive.mount()
        try:
            look(drive, case)
            new = [path.name for path in folders(drive)[1:]]
        finally:
            drive.unmount()
        assert made.tree_hash(elsewhere) == before
        if case.cut:
            assert case.told is not None, f"pulled at call {number}, and nothing was said"
            assert case.told.startswith("The export could not be written. ")
            if "Nothing of it is left" in case.told:
                assert new == [], f"at call {number}: {case.told}"
            elif "may not last" in case.told:
                assert len(new) <= 1
            else:
                assert "ends in .part" in case.told
                assert all(name.endswith(".part") for name in new), f"at call {number}: {new}"
        number += 1
    assert case.finished
    assert number > 25


def caught(drive: Drive, data: Path, way: int) -> bool:
    """Say whether any cut shows a folder that is not what its name says."""
    for number in range(60):
        drive.renew()
        drive.mount()
        try:
            case = cut_at(drive, data, number, drive.cut(way))
        finally:
            drive.unmount()
        drive.mount()
        try:
            look(drive, case)
        except (AssertionError, OSError, ValueError):
            return True
        finally:
            drive.unmount()
        if not case.cut:
            return False
    return False


def test_the_trial_sees_files_that_are_not_synced(
    drive: Drive, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that they are not read back: O_DIRECT would make the kernel write them."""
    monkeypatch.setattr(durable, "sync_filesystem", lambda file: None)
    monkeypatch.setattr("kiosk.export.readback.ReadBack.begin", lambda self, top, files: None)
    assert caught(drive, elsewhere, NAMES)


def test_the_trial_sees_a_last_name_that_is_not_synced(
    drive: Drive, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync
    monkeypatch.setattr(target.os, "fsync", lambda file: None if _is_root(file) else real(file))
    assert caught(drive, elsewhere, NOTHING)


def _is_root(file: int) -> bool:
    return Path(f"/proc/self/fd/{file}").readlink().name == target.ROOT


def test_a_pulled_stick_is_an_error_of_the_stick(drive: Drive, elsewhere: Path) -> None:
    drive.renew()
    drive.mount()
    try:
        with contextlib.suppress(PowerCut):
            drive.cut(NOTHING)()
        with pytest.raises(WriteFailed, match="pulled out"):
            run(elsewhere, drive.point / "stick")
    finally:
        drive.unmount()
