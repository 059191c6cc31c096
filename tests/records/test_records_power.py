"""Power lost at each step of a walk, on a real ext4 and on a strict disk: both forget."""

from __future__ import annotations

import os
import stat

import pytest

from kiosk.records import files
from tests.drive import NAMES, NOTHING, Drive, drive_with
from tests.records.power import cut_a_first_start, cut_a_recovery, fill, leave_open, try_cut
from tests.strict import every_way, is_strict, strict_with


@pytest.fixture(scope="module")
def ext4(tmp_path_factory: pytest.TempPathFactory) -> Drive:
    """A drive with one session in the log."""
    return drive_with(tmp_path_factory, fill)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Drive:
    return strict_with(tmp_path_factory.mktemp("strict"), fill)


@pytest.fixture
def drive(way: int, request: pytest.FixtureRequest) -> Drive:
    found: Drive = request.getfixturevalue("strict" if is_strict(way) else "ext4")
    return found


@every_way
def test_power_lost_after_any_call_loses_nothing_promised(drive: Drive, way: int) -> None:
    number, late = 0, 0
    while (tried := try_cut(drive, number, way)).cut:
        assert tried.whole, f"after call {number}: {vars(tried)}"
        late = max(late, tried.rows_given - tried.rows_kept)
        number += 1
    assert tried.found == ["s-0", "s-1"]
    assert number > 30
    print(f"power cut after each of {number} calls: nothing lost; {late} rows of trace at most")


@every_way
def test_power_lost_after_any_call_of_a_recovery_loses_nothing(drive: Drive, way: int) -> None:
    left = leave_open(drive)
    number = 0
    while cut_a_recovery(drive, left, number, way):
        number += 1
    assert number > 20


@every_way
def test_power_lost_after_any_call_of_the_first_start_is_harmless(drive: Drive, way: int) -> None:
    number = 0
    while cut_a_first_start(drive, number, way):
        number += 1
    assert number > 40


def lost(drive: Drive, way: int) -> bool:
    """Say whether any cut in the first calls shows a loss."""
    for number in range(12):
        try:
            if not try_cut(drive, number, way).whole:
                return True
        except (AssertionError, OSError, ValueError):
            return True
    return False


def test_the_trial_sees_a_folder_that_is_not_synced(
    ext4: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "sync_folder", lambda folder: None)
    assert lost(ext4, NOTHING)


def test_the_trial_sees_a_file_that_is_not_synced(
    ext4: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def folders_only(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            real(descriptor)

    monkeypatch.setattr(os, "fsync", folders_only)
    assert lost(ext4, NAMES)
