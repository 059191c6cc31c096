"""The therapist's screens over the real desk: real files on a stick, a real library, a real log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from kiosk.session.actions import Action
from profiles import hashing
from tests.profiles.written import bundle, profile
from tests.screens.scenes import SCENES
from tests.screens.stage import SIZES, Stage
from tests.screens.test_screens_office import OfficeDesk
from tests.screens.touch import tap, tap_pin, target, told
from tests.therapy.rig import PracticeRig


class PracticeDesk(OfficeDesk):
    """The therapist's desk is the real one too."""

    def __init__(self, rig: PracticeRig) -> None:
        super().__init__(rig)
        self.therapy = rig.practice

    def post(self, action: Action) -> Future[None]:
        asked = super().post(action)
        if asked.exception() is None:
            self.therapy.opened()
        return asked


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PracticeRig]:
    monkeypatch.setattr(hashing, "_TIME_COST", 1)
    monkeypatch.setattr(hashing, "_MEMORY_KIB", 8)
    made = PracticeRig(tmp_path / "data")
    yield made
    made.close()
    assert made.died == []


@pytest.fixture
def stage(rig: PracticeRig) -> Iterator[Stage]:
    made = Stage(SIZES[0], PracticeDesk(rig))
    made.desk.shown = SCENES["idle"].shown
    made.look()
    made.guard.reset()
    yield made
    made.close()


@pytest.fixture
def until(stage: Stage, rig: PracticeRig) -> Callable[[str], None]:
    """Look again and again until something can be read."""

    def wait(words: str) -> None:
        def looked() -> bool:
            stage.look()
            return words in told(stage)

        rig.wait(looked)

    return wait


def go_in(stage: Stage, until: Callable[[str], None], *tiles: str) -> None:
    """Go in as a therapist, and on to these tiles."""
    tap(stage, "Staff")
    tap(stage, "Therapist")
    tap_pin(stage, "5678")
    until("Prepare a stick")
    for tile in tiles:
        until(tile)
        tap(stage, tile)


def test_a_bundle_is_looked_at_and_imported(
    stage: Stage, rig: PracticeRig, until: Callable[[str], None]
) -> None:
    rig.take(profile())
    changed = profile(version=4, limits__max_kmh=2.4, note="Slowly.")
    rig.file(
        bundle(changed, profile(code="P-NEW1", display_name="Jos\u00e9", pin="1357")), "b.json"
    )
    rig.file(profile(code="P-BAD1", display_name="Ann", limits__max_kmh=9), "bad.json")
    go_in(stage, until, "Import")
    rig.stick("A", '"label": "CLINIC"')
    until("CLINIC")
    tap(stage, "CLINIC")
    until("Refused: 1 fault")
    until("Import all (2)")
    until("Stick is free")
    tap(stage, "P-BAD1")
    assert "Top speed: is 9" in told(stage)
    tap(stage, "Back")
    tap(stage, "P-7F3K")
    assert "2.0 \u203a 2.4 km/h" in told(stage)
    tap(stage, "Back")
    tap(stage, "Import all (2)")
    until("Imported: 2 profiles")
    assert "The stick can be taken out." in told(stage)
    tap(stage, "Done")
    until("2 profiles")
    tap(stage, "Profiles")
    until("P-NEW1  Jos\u00e9")


def test_a_profile_is_held_released_reported_and_deleted(
    stage: Stage, rig: PracticeRig, until: Callable[[str], None]
) -> None:
    rig.take(profile())
    rig.walked(pain_before=2, pain_after=7)
    rig.stick("A", '"label": "CLINIC"')
    go_in(stage, until, "Profiles", "P-7F3K")
    until("Sam, held")
    tap(stage, "Progress")
    until("Walks a week")
    for _ in range(5):
        tap(stage, "Next")
    assert "Last: 2 before, 7 after" in told(stage)
    for _ in range(6):
        tap(stage, "Back")
    until("Sam, held")
    tap(stage, "Release")
    while "Next" in told(stage):
        tap(stage, "Next")
    tap(stage, "Release")
    until("P-7F3K may be walked again.")
    tap(stage, "Done")
    until("Sam, ready")
    for tile in ("Report", "De-identified", "CLINIC", "Write"):
        tap(stage, tile)
    until("Safe to remove the stick")
    assert [name for name in rig.on_stick("A") if name.endswith("report.pdf")]
    tap(stage, "Done")
    until("Sam, ready")
    for tile in ("More", "Delete", "Delete"):
        tap(stage, tile)
    until("Deleted")
    tap(stage, "Done")
    until("There is no profile yet.")


def test_a_stick_is_prepared(stage: Stage, rig: PracticeRig, until: Callable[[str], None]) -> None:
    rig.stick("A", '"label": "CLINIC"')
    go_in(stage, until, "Prepare a stick", "CLINIC", "Prepare")
    until("Safe to remove the stick")
    assert "sternway-editor.html" in rig.on_stick("A")
    target(stage, "Done")


def test_a_stick_without_profiles_says_what_to_do(
    stage: Stage, rig: PracticeRig, until: Callable[[str], None]
) -> None:
    rig.stick("A", '"label": "CLINIC"')
    go_in(stage, until, "Import", "CLINIC")
    until("Not imported")
    assert "There is no profile on this stick." in told(stage)
    assert stage.shell.name == "import"
