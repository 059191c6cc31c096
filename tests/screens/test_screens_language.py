"""The languages of the first screen: offered by name, taken by touch, and the place's again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kiosk.cues import languages
from kiosk.cues.texts import _
from kiosk.session.model import Phase
from tests.screens.fake import snapshot, walk
from tests.screens.scenes import DONE, SCENES
from tests.screens.stage import SIZES, Stage, settle
from tests.screens.touch import tap, told


def offered(stage: Stage) -> list[str]:
    return [name for name in languages.NAMES.values() if name in told(stage)]


def test_each_language_is_offered_by_its_own_name(stage: Stage) -> None:
    assert offered(stage) == ["English"]
    tap(stage, "English")
    assert offered(stage) == ["English", "Español", "Deutsch", "Français"]


@pytest.mark.parametrize(
    ("language", "start"), [("es", "Toque"), ("de", "Hier"), ("fr", "Touchez")]
)
def test_a_language_is_taken_by_touch(stage: Stage, language: str, start: str) -> None:
    tap(stage, "English")
    tap(stage, languages.NAMES[language])
    stage.look()
    assert start in told(stage)
    assert offered(stage) == [languages.NAMES[language]]
    tap(stage, languages.NAMES[language])
    tap(stage, "English")
    stage.look()
    assert "Tap to start" in told(stage)


def test_the_same_language_again_closes_the_offer(stage: Stage) -> None:
    tap(stage, "English")
    tap(stage, "English")
    assert offered(stage) == ["English"]
    assert "Staff" in told(stage)


def test_an_offer_that_nobody_takes_is_closed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk.screens import idle

    tap(stage, "English")
    began = idle.time.monotonic()
    monkeypatch.setattr("kiosk.screens.idle.time.monotonic", lambda: began + 21)
    stage.look()
    assert offered(stage) == ["English"]


def test_the_choice_holds_through_a_session_and_not_longer(stage: Stage) -> None:
    tap(stage, "English")
    tap(stage, "Deutsch")
    stage.look()
    for phase in (Phase.CHOSEN, Phase.CHECKING, Phase.WALKING):
        stage.desk.shown = snapshot(phase, walking=walk())
        stage.look()
        assert _("Back") == "Zurück"
    stage.desk.shown = snapshot(Phase.SUMMARY, walking=DONE)
    stage.look()
    assert _("Back") == "Zurück"
    stage.desk.shown = snapshot()
    stage.look()
    assert "Tap to start" in told(stage)
    assert _("Back") == "Back"


def test_a_session_that_is_left_before_its_start_keeps_the_language(stage: Stage) -> None:
    tap(stage, "English")
    tap(stage, "Deutsch")
    stage.desk.shown = snapshot(Phase.CHOSEN, walking=walk())
    stage.look()
    stage.desk.shown = snapshot()
    stage.look()
    assert "Hier tippen" in told(stage)


@pytest.mark.parametrize("page", ["home", "choose"])
def test_nobody_there_any_more_is_the_place_s_language(
    stage: Stage, later: Callable[[float], None], page: str
) -> None:
    tap(stage, "English")
    tap(stage, "Français")
    stage.look()
    stage.room.go(page)
    later(85)
    assert _("Back") == "Retour"
    later(8)
    assert stage.shell.name == "home"
    assert "Tap to start" in told(stage)


@pytest.fixture
def spanish() -> Iterator[Stage]:
    made = Stage(SIZES[0], language="es")
    made.show(SCENES["idle"])
    made.guard.reset()
    yield made
    made.close()


def test_the_place_s_own_language_comes_first_and_comes_back(spanish: Stage) -> None:
    assert "Toque aquí" in told(spanish)
    tap(spanish, "Español")
    tap(spanish, "English")
    spanish.look()
    assert "Tap to start" in told(spanish)
    spanish.desk.shown = snapshot(Phase.SUMMARY, walking=DONE)
    spanish.look()
    spanish.desk.shown = snapshot()
    spanish.look()
    settle(2)
    assert "Toque aquí" in told(spanish)
