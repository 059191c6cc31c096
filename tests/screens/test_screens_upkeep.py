"""Updates and backups by touch: each way to its end, what is refused, and what outlives the PIN."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.session.actions import Refusal
from kiosk.session.model import Phase
from kiosk.upkeep.model import Job, Slots, UpkeepState
from tests.screens.fake import snapshot
from tests.screens.fake_staff import STICK
from tests.screens.fake_upkeep import FOUND, MADE, OFFER, FakeUpkeep
from tests.screens.stage import Stage
from tests.screens.touch import tap, tap_pin, told


@pytest.fixture
def upkeep(stage: Stage) -> FakeUpkeep:
    """Staff are in, at their settings' second page."""
    stage.desk.shown = snapshot()
    stage.look()
    tap(stage, "Staff")
    tap_pin(stage, "2468")
    stage.look()
    tap(stage, "Settings")
    tap(stage, "More")
    made: FakeUpkeep = stage.desk.staff.upkeep
    return made


def stick_in(stage: Stage) -> None:
    stage.desk.staff.put(sticks=(STICK,))
    stage.look()
    tap(stage, "CLINIC")


def looks(stage: Stage) -> None:
    """An answer comes with one look, and its page with the next."""
    stage.look()
    stage.look()


# --- updates ----------------------------------------------------------------------------------


def test_an_update_to_the_restart(stage: Stage, upkeep: FakeUpkeep) -> None:
    upkeep.slow = True
    tap(stage, "Update")
    assert "Version 0.11.2 is in use." in told(stage)
    tap(stage, "Search")
    stick_in(stage)
    looks(stage)
    assert upkeep.asked == [f"find {STICK.id}"]
    assert "Version 0.12.0" in told(stage)
    tap(stage, "Install")
    upkeep.put(update=Job("writing", 1, 4))
    stage.look()
    assert "25\u00a0%" in told(stage)
    assert upkeep.asked[-1] == f"install {OFFER.file}"
    upkeep.put(update=Job("done", safe_to_remove=True))
    upkeep.waiting.pop().set_result(None)
    looks(stage)
    assert "Version 0.12.0 is ready" in told(stage)
    assert "The stick can be taken out." in told(stage)
    tap(stage, "Restart")
    assert stage.desk.staff.care.asked[-1] == "power restart"


def test_an_update_is_shown_on_while_the_pin_runs_out_and_can_be_stopped(
    stage: Stage, upkeep: FakeUpkeep
) -> None:
    upkeep.slow = True
    tap(stage, "Update")
    tap(stage, "Search")
    stick_in(stage)
    looks(stage)
    tap(stage, "Install")
    stage.desk.staff.put(open_roles=frozenset())
    looks(stage)
    assert stage.shell.name == "update"
    tap(stage, "Cancel")
    assert upkeep.asked[-1] == "stop"
    upkeep.put(update=Job("failed", safe_to_remove=True))
    upkeep.waiting.pop().set_exception(Refusal("upkeep", "The update was cancelled."))
    looks(stage)
    assert "The update was cancelled." in told(stage)
    tap(stage, "Done")
    stage.look()
    assert stage.shell.name == "home"


def test_why_there_is_none_and_the_way_on(stage: Stage, upkeep: FakeUpkeep) -> None:
    upkeep.refuse = {"find": "Version 0.10.4 is older than version 0.11.2, which is in use."}
    tap(stage, "Update")
    tap(stage, "Search")
    stick_in(stage)
    looks(stage)
    assert "No update" in told(stage)
    assert "older than version 0.11.2" in told(stage)
    tap(stage, "Again")
    assert "Version 0.11.2 is in use." in told(stage)
    tap(stage, "Back")
    assert stage.shell.name == "settings"


def test_a_version_that_did_not_start_is_told_and_forgotten(
    stage: Stage, upkeep: FakeUpkeep
) -> None:
    upkeep.put(slots=Slots("0.11.2", False, "failed", "0.12.0"))
    stage.look()
    assert "did not start" in told(stage)
    tap(stage, "Update")
    assert "The update to version 0.12.0 did not start" in told(stage)
    tap(stage, "Forget it")
    looks(stage)
    assert upkeep.asked == ["forget"]
    assert "did not start" not in told(stage)


def test_what_is_no_appliance_says_so_and_offers_nothing(stage: Stage, upkeep: FakeUpkeep) -> None:
    upkeep.shown = UpkeepState(version="0.11.2")
    tap(stage, "Update")
    assert "updates come here by its package" in told(stage)
    with pytest.raises(AssertionError):
        tap(stage, "Search")


def test_a_stick_that_is_pulled_before_it_is_written_leads_back(
    stage: Stage, upkeep: FakeUpkeep
) -> None:
    tap(stage, "Update")
    tap(stage, "Search")
    stick_in(stage)
    looks(stage)
    stage.desk.staff.put(sticks=())
    looks(stage)
    assert "Version 0.11.2 is in use." in told(stage)
    assert upkeep.asked == [f"find {STICK.id}"]


# --- backups ----------------------------------------------------------------------------------


def test_a_backup_and_its_passphrase_that_is_shown_once(stage: Stage, upkeep: FakeUpkeep) -> None:
    tap(stage, "Backup")
    tap(stage, "Make a backup")
    stick_in(stage)
    looks(stage)
    tap(stage, "Write")
    looks(stage)
    assert upkeep.asked == [f"back_up {STICK.id}"]
    assert "kfm-" in told(stage)
    stage.desk.staff.put(open_roles=frozenset())
    looks(stage)
    assert "kfm-" in told(stage), "somebody is writing it down"
    tap(stage, "I wrote it down")
    stage.look()
    assert "kfm-" not in told(stage)
    assert "Backed up" in told(stage)
    assert MADE.passphrase not in repr(vars(stage.shell.page))


def test_a_passphrase_outlives_a_notice_and_a_backup_too(
    stage: Stage, upkeep: FakeUpkeep, later: Callable[[float], None]
) -> None:
    """It is kept nowhere: who closes what lies over it must find it there."""
    upkeep.slow = True
    tap(stage, "Backup")
    tap(stage, "Make a backup")
    stick_in(stage)
    looks(stage)
    tap(stage, "Write")
    looks(stage)
    stage.room.notice = "The touchscreen is gone."
    stage.look()
    upkeep.put(backup=Job("done", safe_to_remove=True))
    upkeep.waiting.pop().set_result(MADE)
    later(200)
    assert stage.shell.name == "notice"
    tap(stage, "Done")
    assert "kfm-" in told(stage)
    stage.room.notice = "The touchscreen is gone."
    stage.look()
    stage.room.notice = None
    stage.look()
    assert "kfm-" in told(stage)


def test_a_backup_back_by_its_passphrase(stage: Stage, upkeep: FakeUpkeep) -> None:
    upkeep.slow = True
    tap(stage, "Backup")
    tap(stage, "Restore one")
    stick_in(stage)
    looks(stage)
    assert "Which backup?" in told(stage)
    tap(stage, "2 Oct 2026")
    assert "PINs too" in told(stage)
    onward(stage, "Next")
    typed(stage, "kfm")
    tap(stage, "Restore")  # too short: nothing happens
    assert not [one for one in upkeep.asked if one.startswith("restore")]
    typed(stage, "q")
    tap(stage, "Restore")
    assert upkeep.asked[-1] == f"restore {STICK.id} {FOUND[1].file} kfmq"
    upkeep.put(restore=Job("checking", 1, 2))
    stage.look()
    assert "Checking the backup" in told(stage)
    assert "50\u00a0%" in told(stage)
    upkeep.put(restore=Job("done", safe_to_remove=True))
    upkeep.waiting.pop().set_result(None)
    looks(stage)
    assert "The kiosk starts anew" in told(stage)


def test_a_wrong_passphrase_is_typed_again(stage: Stage, upkeep: FakeUpkeep) -> None:
    upkeep.found = FOUND[:1]
    upkeep.refuse = {"restore": "The passphrase does not open this backup."}
    tap(stage, "Backup")
    tap(stage, "Restore one")
    stick_in(stage)
    looks(stage)
    onward(stage, "Next")
    typed(stage, "kfmq")
    tap(stage, "Restore")
    looks(stage)
    assert "does not open" in told(stage)
    tap(stage, "Again")
    assert "Passphrase" in told(stage)


@pytest.mark.parametrize("way", ["Update", "Backup"])
def test_a_walk_comes_first(stage: Stage, upkeep: FakeUpkeep, way: str) -> None:
    tap(stage, way)
    stage.desk.shown = snapshot(Phase.WALKING)
    stage.look()
    assert stage.shell.name == "walking"
    del upkeep


def typed(stage: Stage, letters: str) -> None:
    """By the keys that are up."""
    for letter in letters:
        stage.guard.reset()
        key = next(one for one in stage.shell.walk() if getattr(one, "text", "") == letter)
        stage.up(stage.down(*key.to_window(*key.center)))
        stage.look()


def onward(stage: Stage, words: str) -> None:
    """Through the pages of a text to its last key."""
    for _ in range(3):
        tap(stage, words)
        if "Passphrase" in told(stage):
            return
    raise AssertionError(told(stage))
