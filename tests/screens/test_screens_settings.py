"""The settings by touch: what is set, what is refused, what holds at once; the first start."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from hardware.link import Frames
from kiosk.cues import units
from kiosk.preferences.model import Bounds
from kiosk.screens.keys import (
    BACK,
    LETTERS,
    SHIFT,
    SPACE,
    Typed,
    code_rows,
    rows,
    tapped,
    turned,
)
from kiosk.screens.settling import fields
from tests.screens.fake import REST, snapshot
from tests.screens.fake_preferences import FakePreferences
from tests.screens.scene import Scene
from tests.screens.scenes import SCENES
from tests.screens.stage import Stage
from tests.screens.touch import enter, tap, tap_pin, told


@pytest.fixture
def desk(stage: Stage) -> FakePreferences:
    stage.show(SCENES["idle"])
    return stage.desk.staff.preferences


def type_key(stage: Stage, words: str) -> None:
    from kiosk.screens.keyboard import TypeKey
    from tests.screens.measure import visible

    key = next(
        w for w in visible(stage.shell) if isinstance(w, TypeKey) and words in (w.text, w.icon)
    )
    stage.up(stage.down(*key.to_window(*key.center)))


def test_the_name_is_typed_kept_and_stands_on_the_first_screen(
    stage: Stage, desk: FakePreferences
) -> None:
    enter(stage, "Settings", "Place", "Name")
    for _ in range(len(desk.shown.site_name)):
        type_key(stage, "erase")
    for letter in "Kuche":
        type_key(stage, letter)
    type_key(stage, "erase")
    type_key(stage, "erase")
    type_key(stage, "\u00e4\u00e9")
    type_key(stage, "\u00fc")
    type_key(stage, "123")
    type_key(stage, "7")
    tap(stage, "Save")
    assert desk.asked == [{"site_name": "Kuc\u00fc7"}]
    assert "Kuc\u00fc7" in told(stage)
    tap(stage, "Back")
    tap(stage, "Back")
    tap(stage, "Done")
    stage.look()
    assert stage.room.place.name == "Kuc\u00fc7"
    assert "Kuc\u00fc7" in told(stage)


def test_an_empty_name_cannot_be_saved(stage: Stage, desk: FakePreferences) -> None:
    desk.shown = replace(desk.shown, site_name="A")
    enter(stage, "Settings", "Place", "Name")
    type_key(stage, "erase")
    tap(stage, "Save")
    assert desk.asked == []


def test_a_limit_stands_old_beside_new_and_takes_one_more_tap(
    stage: Stage, desk: FakePreferences
) -> None:
    enter(stage, "Settings", "Limits", "Top speed")
    page = stage.shell.page.page
    for _ in range(5):
        page.step(-1)
    tap(stage, "Save")
    assert desk.asked == []
    shown = told(stage)
    assert "4.0\u00a0km/h" in shown
    assert "3.5\u00a0km/h" in shown
    tap(stage, "Set it")
    assert desk.asked == [{"cap_kmh": 3.5}]
    assert "3.5\u00a0km/h" in told(stage)


def test_a_dial_never_leaves_its_bounds(stage: Stage, desk: FakePreferences) -> None:
    desk.limits = Bounds(cap_kmh=1.0)
    desk.shown = replace(desk.shown, cap_kmh=1.0)
    enter(stage, "Settings", "Limits", "Top speed")
    page = stage.shell.page.page
    page.step(1)
    assert page.value == 1.0
    for _ in range(20):
        page.step(-1)
    assert page.value == 0.5


def test_each_step_of_the_top_speed_is_told_in_mph_too(stage: Stage, desk: FakePreferences) -> None:
    stage.show(SCENES["idle"]._replace(units="imperial"))
    enter(stage, "Settings", "Limits", "Top speed")
    page = stage.shell.page.page
    seen = [page.words]
    for _ in range(9):
        page.step(-1)
        seen.append(page.words)
    assert len(set(seen)) == 10, seen
    assert seen[0] == "2.49\u00a0mph"
    assert "The site's file allows up to 2.49\u00a0mph." in told(stage)


def test_what_the_desk_refuses_is_said_and_the_old_value_stays(
    stage: Stage, desk: FakePreferences
) -> None:
    enter(stage, "Settings", "Limits", "People face", "Towards")
    desk.refuse = "The belt is moving: stop it first."
    tap(stage, "Set it")
    stage.look()
    assert "The belt is moving: stop it first." in told(stage)
    tap(stage, "Back")
    assert "away from" in told(stage) or "Away" in told(stage)


def test_the_language_and_the_units_hold_at_once(stage: Stage, desk: FakePreferences) -> None:
    enter(stage, "Settings", "Place", "Language", "Deutsch")
    stage.look()
    assert stage.room.place.language == "de"
    assert stage.room.language == "de"
    assert "Einheiten" in told(stage)
    tap(stage, "Einheiten")
    tap(stage, "mph")
    assert units.in_use() == "imperial"
    desk.change(units="metric", language="en")
    stage.look()
    assert units.in_use() == "metric"
    assert stage.room.place.language == "en"


def test_a_language_that_somebody_chose_is_not_taken_from_them(
    stage: Stage, desk: FakePreferences
) -> None:
    stage.room.language = "fr"
    desk.change(language="de")
    stage.room.settle()
    assert (stage.room.language, stage.room.place.language) == ("fr", "de")
    desk.change(language="en")
    stage.room.settle()


def test_the_volume_can_be_tried_before_it_is_set(stage: Stage, desk: FakePreferences) -> None:
    heard: list[int] = []
    stage.room.try_sound = heard.append
    enter(stage, "Settings", "Sound", "Volume")
    stage.shell.page.page.step(-1)
    tap(stage, "Try it")
    assert heard == [75]
    assert desk.asked == []
    tap(stage, "Save")
    assert desk.asked == [{"volume_pct": 75}]


def test_health_at_a_glance_leads_to_the_faults(stage: Stage, desk: FakePreferences) -> None:
    enter(stage)
    head = stage.shell.page.tiles.head
    stage.guard.reset()
    x, y = head.to_window(head.x + 10, head.y + head.height / 2)
    stage.up(stage.down(x, y))
    stage.look()
    assert stage.shell.name == "faults"


def test_rails_are_only_offered_as_strictly_as_the_file_is() -> None:
    for rails, offered in (("both", 1), ("one", 2), ("none", 3)):
        limits = {one.key: one for one in fields("limits", Bounds(rails=rails))}  # type: ignore[arg-type]
        assert len(limits["rails"].options) == offered
    hours = {one.key: one for one in fields("limits", Bounds(proof_every_h=30))}
    assert [option.value for option in hours["proof_every_h"].options] == [4, 8, 12, 24, 30]


# --- what is typed --------------------------------------------------------------------------


def typed(*keys: str, most: int = 60) -> Typed:
    now = Typed()
    for key in keys:
        now = tapped(now, key, most)
    return now


def test_names_begin_with_capitals_and_one_tap_takes_that_back() -> None:
    assert typed("A", "b", SPACE, "C").text == "Ab C"
    assert typed("A").capital is False
    assert typed("A", SPACE).capital is True
    assert typed("A", SPACE, SHIFT).capital is False
    assert typed("A", BACK).capital is True


def test_no_text_is_longer_than_its_bound_or_begins_with_a_space() -> None:
    assert typed(SPACE, "A", SPACE, SPACE, "B").text == "A B"
    assert typed(*"ABCDEF", most=3).text == "ABC"


@pytest.mark.parametrize("upright", [False, True])
def test_every_plane_has_keys_that_fit_and_what_our_languages_need(upright: bool) -> None:
    letters = ""
    for plane in ("letters", "marks", "digits"):
        lines = rows(turned(Typed(capital=False), plane), upright=upright)  # type: ignore[arg-type]
        assert max(map(len, lines)) <= (6 if upright else 10)
        letters += "".join(lines)
    for letter in (
        "abcdefghijklmnopqrstuvwxyz\u00e4\u00f6\u00fc\u00df\u00e9\u00e8\u00f1\u00e70123456789-.,&'"
    ):
        assert letter in letters, letter


def test_letters_lie_where_people_of_a_language_look_for_them() -> None:
    small = Typed(capital=False)
    assert rows(small, "en", upright=False)[0] == "qwertyuiop"
    assert rows(small, "de", upright=False)[0] == "qwertzuiop"
    assert rows(small, "fr", upright=False)[:2] == ("azertyuiop", "qsdfghjklm")
    assert "\u00f1" in rows(small, "es", upright=False)[1]
    assert rows(small, "xx", upright=False) == rows(small, "en", upright=False)
    assert code_rows("de", upright=False)[1] == "QWERTZUIOP"
    assert code_rows("fr", upright=False)[1] == "AZERTYUIOP"
    for language in (*LETTERS, "xx"):
        keys = "".join(rows(small, language, upright=False))
        assert len(set(keys)) == len(keys) == 30
        assert set("abcdefghijklmnopqrstuvwxyz.") <= set(keys)
        assert rows(small, language, upright=True) == rows(small, upright=True)
        codes = code_rows(language, upright=False)
        assert max(map(len, codes)) == 10
        assert set("".join(codes)) == set("".join(code_rows(language, upright=True)))


# --- the first start ------------------------------------------------------------------------


def begin(stage: Stage, desk: FakePreferences, step: str, **fields_: Any) -> None:
    stage.show(Scene(snapshot(), "staff"))
    stage.desk.staff.preferences.shown = replace(
        desk.shown, set_up=False, set_up_step=step, **fields_
    )
    stage.look()
    tap(stage, "Set up")


def test_the_first_screen_says_set_up_until_it_is_done(stage: Stage, desk: FakePreferences) -> None:
    desk.shown = replace(desk.shown, set_up=False)
    stage.look()
    assert "Set up" in told(stage)
    desk.shown = replace(desk.shown, set_up=True)
    stage.look()
    assert "Set up" not in told(stage)


def test_it_is_gone_through_left_and_taken_up_again(stage: Stage, desk: FakePreferences) -> None:
    begin(stage, desk, "", calibrated=False)
    tap(stage, "English")
    assert "Name of the place" in told(stage)
    tap(stage, "Back")
    tap(stage, "English")
    tap(stage, "Next")
    tap(stage, "km/h")
    tap(stage, "Away")
    tap(stage, "A helper")
    stage.shell.room.go("home")  # somebody is called away
    stage.look()
    assert desk.shown.set_up_step == "rails"
    assert desk.shown.starts_belt == "helper"
    tap(stage, "Set up")
    tap_pin(stage, "2468")
    stage.look()
    tap(stage, "Set up")
    tap(stage, "Both hands")
    stage.desk.shown = snapshot(seen=replace(REST, frames=Frames(accepted=50)))
    stage.look()
    assert "The sensor is found" in told(stage)
    tap(stage, "Next")
    assert "Before that nobody can walk here." in told(stage)
    tap(stage, "Later")
    tap(stage, "It is right")
    assert "still to be calibrated" in told(stage)
    assert not desk.shown.set_up
    tap(stage, "Done")
    stage.look()
    assert desk.shown.set_up
    assert stage.shell.name == "staff"
    assert "Set up" not in told(stage)


def test_a_sensor_that_is_missing_is_said_and_may_wait(stage: Stage, desk: FakePreferences) -> None:
    stage.desk.shown = snapshot(seen=replace(REST, speed_kmh=None, frames=Frames()))
    begin(stage, desk, "sensor")
    stage.desk.shown = snapshot(seen=replace(REST, speed_kmh=None, frames=Frames()))
    stage.look()
    assert "No sensor yet" in told(stage)
    tap(stage, "Later")
    assert "Calibration" in told(stage)


def test_what_cannot_be_kept_does_not_go_on(stage: Stage, desk: FakePreferences) -> None:
    begin(stage, desk, "units")
    desk.refuse = "The settings could not be saved: No space left on device."
    tap(stage, "mph")
    stage.look()
    assert "could not be saved" in told(stage)
    tap(stage, "Back")
    assert "Units" in told(stage)


@pytest.mark.parametrize(
    ("step", "door", "page"), [("clock", "Set", "clock"), ("calibration", "Calibrate", "calibrate")]
)
def test_what_the_set_up_sends_to_leads_back_to_its_step(
    stage: Stage, desk: FakePreferences, step: str, door: str, page: str
) -> None:
    begin(stage, desk, step)
    tap(stage, door)
    stage.look()
    assert stage.shell.name == page
    tap(stage, "Back")
    stage.look()
    assert stage.shell.name == "begin"
    assert door in told(stage)
    tap(stage, "Back")
    stage.look()
    assert stage.shell.name == "begin", "one step back in the set-up, not out of it"
