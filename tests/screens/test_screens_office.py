"""The staff's screens over the real office: real sticks of the bench, real files, real PINs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from kiosk.cues import rendering
from kiosk.cues.voice import Voice
from kiosk.pins import PinRefused
from kiosk.session.actions import Action, Refusal, Unlock
from profiles.saying import plain
from tests.cues.test_rendering import script
from tests.export import made
from tests.screens.fake import FakeDesk, done
from tests.screens.scenes import SCENES
from tests.screens.stage import SIZES, Stage
from tests.screens.touch import tap, tap_pin, tap_stepper, target, told
from tests.staff.rig import Gate, Rig


class OfficeDesk(FakeDesk):
    """A desk whose PINs and staff are the real ones; the session is made up."""

    def __init__(self, rig: Rig) -> None:
        super().__init__()
        self.rig = rig
        self.staff: Any = rig.office

    def post(self, action: Action) -> Future[None]:
        if not isinstance(action, Unlock):
            return super().post(action)
        try:
            self.rig.pins.verify(action.role, action.pin)
        except PinRefused as error:
            return done(Refusal("pin", str(error)))
        self.rig.office.opened(action.role)
        return done()

    def pin_is_set(self, role: str) -> bool:
        return self.rig.pins.is_set(role)

    def pin_locked_s(self, role: str) -> float:
        return self.rig.pins.locked_s(role)

    def set_first_pin(self, role: str, pin: str) -> Future[None]:
        self.rig.pins.set_first(role, pin)
        return done()


@pytest.fixture
def rig(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Rig]:
    made.kept(tmp_path / "data", 20)
    made_rig = Rig(tmp_path / "data", simulated=getattr(request, "param", True))
    yield made_rig
    made_rig.close()
    assert made_rig.died == []


@pytest.fixture
def stage(rig: Rig) -> Iterator[Stage]:
    made_stage = Stage(SIZES[0], OfficeDesk(rig))
    made_stage.desk.shown = SCENES["idle"].shown
    made_stage.look()
    made_stage.guard.reset()
    yield made_stage
    made_stage.close()


@pytest.fixture
def until(stage: Stage, rig: Rig) -> Callable[[str], None]:
    """Look again and again until something can be read."""

    def wait(words: str) -> None:
        def looked() -> bool:
            stage.look()
            return words in told(stage)

        rig.wait(looked)

    return wait


def go_in(stage: Stage, until: Callable[[str], None], *tiles: str) -> None:
    """Go in as staff, and on to these tiles."""
    tap(stage, "Staff")
    tap_pin(stage, "1234")
    until("Switch off")
    for tile in tiles:
        tap(stage, tile)


def test_from_the_pin_to_files_on_a_stick(
    stage: Stage, rig: Rig, until: Callable[[str], None]
) -> None:
    go_in(stage, until, "Export")
    until("Put a USB stick in.")
    rig.stick("A", '"label": "CLINIC"')
    until("CLINIC")
    tap(stage, "Next")
    until("20 sessions")
    tap(stage, "Start")
    until("Safe to remove the stick")
    files = rig.on_stick("A")
    assert any(name.endswith("manifest.json") for name in files)
    assert not any(name.endswith(".part") for name in files)
    tap(stage, "Done")
    tap(stage, "Done")
    stage.look()
    assert not rig.office.state().open_roles


def test_a_stick_pulled_while_writing_is_told_and_the_next_one_works(
    stage: Stage, rig: Rig, until: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.stick("A")
    go_in(stage, until, "Export", "Next")
    until("20 sessions")
    gate = Gate(monkeypatch, "report.pdf.part")
    tap(stage, "Start")
    gate.wait()
    stage.look()
    assert "Writing to" in told(stage)
    rig.pull("A")
    gate.open()
    until("Not exported")
    assert plain(rig.export.text) in told(stage)
    assert "can be taken out" not in told(stage)
    monkeypatch.undo()
    tap(stage, "Again")
    until("Put a USB stick in.")
    rig.stick("B")
    until("de-identified")
    tap(stage, "Next")
    until("20 sessions")
    tap(stage, "Start")
    until("Safe to remove the stick")


def test_a_cancel_leaves_nothing_behind(
    stage: Stage, rig: Rig, until: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.stick("A")
    go_in(stage, until, "Export", "Next")
    until("20 sessions")
    gate = Gate(monkeypatch, "sessions.json.part")
    tap(stage, "Start")
    gate.wait()
    stage.look()
    tap(stage, "Cancel")
    gate.open()
    until("Cancelled")
    until("The stick can be taken out.")
    assert not [name for name in rig.on_stick("A") if "SW-" in name]


def test_a_key_then_an_identified_export(
    stage: Stage, rig: Rig, until: Callable[[str], None]
) -> None:
    rig.stick("A", '"label": "KEYS"')
    go_in(stage, until, "Settings", "More", "Clinic key", "Make a key")
    tap_pin(stage, "5678")
    until("KEYS")
    tap(stage, "KEYS")
    tap(stage, "Make")
    until("I wrote it down")
    tap(stage, "I wrote it down")
    until("The stick can be taken out.")
    tap(stage, "Done")
    until("age1")
    tap(stage, "Back")
    tap(stage, "Back")
    for tile in ("Export", "Privacy", "Identified", "Next"):
        tap(stage, tile)
    until("Identified, encrypted.")
    tap(stage, "Next")
    assert "secret key lies on this stick too" in told(stage)
    while "Start" not in told(stage):
        tap(stage, "Next")
    tap(stage, "Start")
    until("Safe to remove the stick")
    assert any(name.endswith(".age") and "STERNWAY" in name for name in rig.on_stick("A"))


def test_the_clock_is_set_by_touch(stage: Stage, rig: Rig, until: Callable[[str], None]) -> None:
    go_in(stage, until, "Settings", "Clock")
    before = rig.office.state().clock
    assert not before.trusted
    tap(stage, "Set")
    tap_stepper(stage, "year", "up")
    tap(stage, "Set to")
    until("Confirmed.")
    after = rig.office.state().clock
    assert after.trusted
    assert after.utc.year == before.utc.year + 1


@pytest.mark.parametrize("rig", [False], indirect=True)
def test_the_first_start_sets_both_pins(
    stage: Stage, rig: Rig, until: Callable[[str], None]
) -> None:
    assert "choose the PINs" in told(stage)
    tap(stage, "Set up")
    tap(stage, "Choose")
    for pin in ("2580", "2580"):
        tap_pin(stage, pin)
    until("Later")
    for pin in ("7913", "7913"):
        tap_pin(stage, pin)
    until("Switch off")
    rig.pins.verify("staff", "2580")
    rig.pins.verify("therapist", "7913")
    target(stage, "Settings")


@pytest.mark.skipif(
    rendering.program() is None,
    reason="NOT RUN: the voice: espeak-ng is not installed (.ci/tools installs it)",
)
def test_a_voice_at_its_end_is_told_to_staff_with_its_mend_and_not_to_patrons(
    stage: Stage, rig: Rig, until: Callable[[str], None], tmp_path: Path
) -> None:
    voice = Voice(tmp_path / "cache", script(tmp_path, "exit 1"))
    told_of = voice.fault
    rig.office.faults.hear_of(lambda: () if (said := told_of()) is None else (said,))
    until("Everything is fine.")
    voice.start()
    until("Staff: please look at the faults.")
    assert "voice" not in told(stage)
    tap(stage, "Staff")
    tap_pin(stage, "1234")
    until("1 fault")
    tap(stage, "1 fault")
    assert plain(voice.fault() or ()) in told(stage)
    assert "Restart the kiosk" in told(stage)
    voice.close()
