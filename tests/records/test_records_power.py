"""Power lost at each step of a walk, on a real ext4 that forgets what was not synced."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from kiosk.records import files
from tests.drive import NAMES, NOTHING, Drive, both_ways, drive_with
from tests.records.bench import bench
from tests.records.disk import PowerCut, disk
from tests.records.sessions import chain_fault, kept, rows, so_far, trace_kept


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Drive:
    """A drive with one session in the log."""

    def fill(point: Path) -> None:
        with bench(point / "data") as one:
            one.walk("s-0")

    return drive_with(tmp_path_factory, fill)


class Tried:
    """What one case came to."""

    def __init__(self) -> None:
        self.cut = False
        self.promised = {"s-0"}
        self.rows_given = 0
        self.rows_kept = 0
        self.found: list[str] = []
        self.faults: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Nothing that was promised is gone or doubled, and at most a second of rows."""
        once = len(set(self.found)) == len(self.found) and self.promised <= set(self.found)
        late = self.rows_given - self.rows_kept if "s-1" in self.promised else 0
        return once and late <= 5 and not self.faults


def walk_until_cut(drive: Drive, at: int, way: int, tried: Tried) -> None:
    with bench(drive.point / "data") as one, disk(at, drive.cut(way), before=False):
        try:
            one.begin("s-1")
            one.clerk.work(urgent=True)
            tried.promised.add("s-1")
            one.walk_on("s-1")
        except PowerCut:
            tried.cut = True
        if any(future.done() for future in one.futures):
            tried.promised.add("s-1")
        tried.rows_given = one.rows_given


def look(drive: Drive, tried: Tried) -> None:
    data = drive.point / "data"
    with bench(data) as two:
        assert two.clerk.health is None
        tried.faults = two.folder.faults()
    records = kept(data)
    tried.found = [one["session_id"] for one in records]
    assert chain_fault(data) is None
    for one in records:
        lines = [line["t_s"] for line in trace_kept(data, one["session_id"])]
        assert lines == [str(number / 5) for number in range(len(lines))]
        assert one["outcome"] == "interrupted" or len(lines) == 10
        if one["session_id"] == "s-1":
            tried.rows_kept = len(lines)


def try_cut(drive: Drive, at: int, way: int) -> Tried:
    """Walk a session, cut the power after disk call ``at``, mount again and look."""
    drive.renew()
    tried = Tried()
    drive.mount()
    try:
        walk_until_cut(drive, at, way, tried)
    finally:
        drive.unmount()
    drive.mount()
    try:
        look(drive, tried)
    finally:
        drive.unmount()
    return tried


@both_ways
def test_power_lost_after_any_call_loses_nothing_promised(drive: Drive, way: int) -> None:
    number, late = 0, 0
    while (tried := try_cut(drive, number, way)).cut:
        assert tried.whole, f"after call {number}: {vars(tried)}"
        late = max(late, tried.rows_given - tried.rows_kept)
        number += 1
    assert tried.found == ["s-0", "s-1"]
    assert number > 30
    print(f"power cut after each of {number} calls: nothing lost; {late} rows of trace at most")


@both_ways
def test_power_lost_after_any_call_of_a_recovery_loses_nothing(drive: Drive, way: int) -> None:
    drive.renew()
    drive.mount()
    with bench(drive.point / "data") as one:
        one.begin("s-1")
        one.clerk.append(rows(0, 5), so_far("s-1", 1.0))
        one.clerk.work(urgent=True)
    drive.unmount()
    shutil.copyfile(drive.image, drive.image.with_suffix(".open"))
    number, cut = 0, True
    while cut:
        shutil.copyfile(drive.image.with_suffix(".open"), drive.image)
        cut = False
        tried = Tried()
        tried.promised.add("s-1")
        drive.mount()
        try:
            with disk(number, drive.cut(way), before=False), bench(drive.point / "data"):
                pass
        except PowerCut:
            cut = True
        finally:
            drive.unmount()
        drive.mount()
        try:
            look(drive, tried)
            assert tried.found == ["s-0", "s-1"]
            assert tried.rows_kept == 5
            assert tried.faults == ()
        finally:
            drive.unmount()
        number += 1
    assert number > 20


@both_ways
def test_power_lost_after_any_call_of_the_first_start_is_harmless(drive: Drive, way: int) -> None:
    number, cut = 0, True
    while cut:
        drive.renew()
        cut = False
        drive.mount()
        try:
            with (
                disk(number, drive.cut(way), before=False),
                bench(drive.point / "new" / "data") as one,
            ):
                one.walk("s-1")
        except PowerCut:
            cut = True
        finally:
            drive.unmount()
        drive.mount()
        try:
            with bench(drive.point / "new" / "data") as two:
                assert two.folder.faults() == ()
                assert two.clerk.health is None
                two.walk("s-2")
            found = [one["session_id"] for one in kept(drive.point / "new" / "data")]
            assert found in (["s-2"], ["s-1", "s-2"])
            assert chain_fault(drive.point / "new" / "data") is None
        finally:
            drive.unmount()
        number += 1
    assert found == ["s-1", "s-2"]


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
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "sync_folder", lambda folder: None)
    assert lost(drive, NOTHING)


def test_the_trial_sees_a_file_that_is_not_synced(
    drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def folders_only(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            real(descriptor)

    monkeypatch.setattr(os, "fsync", folders_only)
    assert lost(drive, NAMES)
