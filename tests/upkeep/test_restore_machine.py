"""What a restore leaves to the machine: what it was proven to do, and how it was calibrated."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.care.books import Book
from kiosk.care.keeping import Keeping
from kiosk.care.proof import Proof
from kiosk.clock import WallClock
from kiosk.library import LIBRARY
from kiosk.paths import ASIDE
from kiosk.preferences.kept import Kept
from kiosk.records.files import write_atomically
from kiosk.records.sealed import seal
from kiosk.upkeep import carried
from kiosk.upkeep import restore as restoring
from kiosk.upkeep.backup import back_up
from kiosk.upkeep.content import STAGE, top_names
from kiosk.upkeep.restore import apply, stage
from profiles.errors import LibraryUnusable
from tests.kiosk.clocks import NOON, Turned
from tests.upkeep.test_backup import HEAD_OF, VERSION, small_data

PASSED = Proof("passed", results=(("estop", "passed"), ("key", "passed")))
FAILED = Proof("failed", results=(("estop", "failed"),), why="permit")
MINE: dict[str, Any] = {"mm_per_count": 4.5, "invert": True, "calibrated": True}
THEIRS: dict[str, Any] = {"mm_per_count": 5.5, "invert": False, "calibrated": True}
Change = Callable[[Path], None]


def keeping(data: Path) -> Keeping:
    """The books of a data folder, by a clock that somebody vouches for."""
    machine = Turned()
    machine.system = NOON.timestamp()
    clock = WallClock(data, simulated=True, machine=machine)
    clock.confirm()
    return Keeping(data, clock, every_h=lambda: 24, simulated=False, machine=machine)


def proven(*proofs: Proof) -> Change:
    def keep(data: Path) -> None:
        for proof in proofs:
            keeping(data).keep_proof(proof)

    return keep


def settings(values: dict[str, Any], *, simulated: bool = False) -> Change:
    return lambda data: Kept(data, simulated=simulated).write(values)


class Two:
    """A backup's data and what is here, each as it is made."""

    def __init__(self, place: Path) -> None:
        self.backup, self.here = small_data(place / "backup"), small_data(place / "here")

    def made(self, *, backup: Change | None = None, here: Change | None = None) -> Two:
        for change, data in ((backup, self.backup), (here, self.here)):
            if change is not None:
                change(data)
        return self

    def restore(self) -> Path:
        """Swap the one in for the other, as if it had been opened and checked."""
        new = self.here / STAGE / "new"
        shutil.copytree(self.backup, new)
        ready = restoring._Ready(HEAD_OF, top_names(new))
        write_atomically(self.here / STAGE / "ready.json", seal(ready))
        assert apply(self.here) == HEAD_OF
        return self.here


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return Two(tmp_path)


def test_a_test_that_failed_since_the_backup_still_blocks(two: Two, tmp_path: Path) -> None:
    """By a whole backup, whose own record of tests is no fault in it."""
    two.made(backup=proven(PASSED), here=proven(PASSED, FAILED))
    (tmp_path / "stick").mkdir()
    made = back_up(two.backup, tmp_path / "stick", HEAD_OF, None)
    stage(made.path, two.here, made.passphrase, version=VERSION)
    assert apply(two.here) == HEAD_OF
    kept = keeping(two.here)
    assert (kept.overdue, kept.due.failed) == (True, True)
    assert len(Book(two.here / "care" / "proofs.jsonl").lines()) == 2


def test_another_machine_s_test_proves_nothing_here(two: Two) -> None:
    two.made(backup=proven(PASSED))
    assert not keeping(two.backup).overdue
    here = two.restore()
    assert keeping(here).overdue
    assert not (here / "care").exists()


def test_a_test_that_was_passed_here_goes_on_to_count(two: Two) -> None:
    here = two.made(backup=proven(FAILED), here=proven(PASSED)).restore()
    assert not keeping(here).overdue
    assert not (here / f"{ASIDE}1" / "care").exists()


@pytest.mark.parametrize("simulated", [False, True])
@pytest.mark.parametrize("mine", [MINE, {}], ids=["calibrated", "never calibrated"])
def test_the_calibration_stays_the_machine_s_and_all_else_is_the_backup_s(
    two: Two, mine: dict[str, Any], *, simulated: bool
) -> None:
    here = two.made(
        backup=settings({"site_name": "There", **THEIRS}, simulated=simulated),
        here=settings({"site_name": "Here", **mine}, simulated=simulated),
    ).restore()
    kept = Kept(here, simulated=simulated)
    assert kept.load() == {"site_name": "There", **mine}
    kept.path.unlink()
    assert kept.load() == {"site_name": "There", **mine}, "nor does the other generation have it"


def test_a_backup_without_settings_takes_no_calibration_away(two: Two) -> None:
    here = two.made(here=settings({"site_name": "Here", **MINE})).restore()
    assert Kept(here, simulated=False).load() == MINE


def test_a_calibration_after_the_restore_is_not_undone_by_what_was_left_to_do(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The profiles cannot be read at first: the next start goes on with them, and them alone."""

    def unusable(_data: Path) -> None:
        raise LibraryUnusable("damaged")

    for data in (two.backup, two.here):
        (data / LIBRARY).parent.mkdir()
        (data / LIBRARY).write_text("{}")
    two.made(backup=settings(THEIRS), here=settings(MINE))
    with monkeypatch.context() as patch:
        patch.setattr(carried, "library_of", unusable)
        here = two.restore()
        assert Kept(here, simulated=False).load() == MINE
    anew = {**MINE, "mm_per_count": 4.6}
    settings(anew)(here)
    assert apply(here) == HEAD_OF
    assert Kept(here, simulated=False).load() == anew
