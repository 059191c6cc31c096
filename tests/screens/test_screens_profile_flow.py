"""Somebody with a profile, by touch: found, greeted, walked, forgotten; and every way out."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from hardware.link import Reason
from kiosk.session.actions import Brief, Cancel, Choose, ConfirmIncline, Done, Refusal
from kiosk.session.model import Phase
from kiosk.therapy.model import Person
from tests.screens.fake import ESTOP, snapshot, status, walk
from tests.screens.fake_patron import EXPIRED, HELD, PAST, SAM, UPHILL, FakePatron, point
from tests.screens.patron_scenes import PATRON_SCENES, plan_of
from tests.screens.scenes import SCENES
from tests.screens.stage import Stage, settle
from tests.screens.touch import tap, tap_number, tap_pin, target, told

PIN = "4821"
Later = Callable[[float], None]


@pytest.fixture
def patron(stage: Stage) -> FakePatron:
    """Sam, who has a PIN; a fake that knows who asked."""
    stage.desk.patron.known[("SAM", PIN)] = SAM
    stage.desk.patron.known[("P-7F3K", PIN)] = SAM
    stage.desk.patron.asked.clear()
    return stage.desk.patron


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    from kiosk.cues import languages, texts

    yield
    texts.use(languages.load("en"))


def key(stage: Stage, name: str, *, fresh: bool = True) -> None:
    """Tap one key of the letters."""
    from kiosk.screens.who import LetterKey
    from tests.screens.measure import visible

    found = next(w for w in visible(stage.shell) if isinstance(w, LetterKey) and w.key == name)
    if fresh:
        stage.guard.reset()
    stage.up(stage.down(*found.to_window(*found.center)))
    stage.look()


def spell(stage: Stage, text: str) -> None:
    """Two taps a letter."""
    from kiosk.screens.naming import GROUPS

    for letter in text:
        key(stage, next(group for group in GROUPS if letter in group))
        key(stage, letter)


def come_in(stage: Stage, who: str = "SAM", pin: str = PIN) -> None:
    """From the first screen to the answer."""
    tap(stage, "Tap to start")
    tap(stage, "I have a profile")
    assert stage.shell.name == "who"
    spell(stage, who)
    key(stage, "check")
    stage.guard.reset()
    tap_pin(stage, pin)
    stage.look()


def here(stage: Stage, person: Person) -> None:
    """Somebody was found a moment ago."""
    stage.desk.patron.here = person
    stage.room.go("mine")
    stage.look()
    stage.guard.reset()


# --- in -------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["SAM", "P-7F3K"])
def test_a_name_or_a_code_and_a_pin_lead_to_todays_walk(
    stage: Stage, patron: FakePatron, who: str
) -> None:
    come_in(stage, who)
    assert patron.asked[-1] == ("find", who)
    assert stage.shell.name == "mine"
    words = told(stage)
    assert "Hello, Sam" in words
    assert "12 min at 0.8–1.6 km/h" in words
    assert "Both hands on the rails" in words


def test_what_is_typed_is_shown_and_can_be_taken_back(stage: Stage, patron: FakePatron) -> None:
    tap(stage, "Tap to start")
    tap(stage, "I have a profile")
    assert "Tap the letters" in told(stage)
    spell(stage, "SAN")
    key(stage, "erase")
    spell(stage, "M")
    assert "SAM" in told(stage)
    assert "Tap the letters" not in told(stage)
    for _ in range(5):
        key(stage, "erase")
    assert "Tap the letters" in told(stage)


def test_nothing_typed_asks_for_no_pin(stage: Stage, patron: FakePatron) -> None:
    stage.show(PATRON_SCENES["who"])
    key(stage, "check")
    assert stage.shell.page.flow.step == "name"
    target(stage, "A B C")


def test_other_letters_leads_back_to_all_of_them(stage: Stage, patron: FakePatron) -> None:
    stage.show(PATRON_SCENES["who"])
    key(stage, "KLMNO")
    tap(stage, "Other letters")
    key(stage, "ABCDE")
    key(stage, "A")
    assert stage.shell.page.flow.who == "A"


def test_the_second_half_of_a_double_touch_hits_no_letter(stage: Stage, patron: FakePatron) -> None:
    stage.show(PATRON_SCENES["who"])
    key(stage, "ABCDE")
    group_at = "A"  # comes up where the group stood
    key(stage, group_at, fresh=False)
    assert stage.shell.page.flow.who == ""
    key(stage, group_at)
    assert stage.shell.page.flow.who == "A"


def test_a_letter_that_is_dragged_off_is_none(stage: Stage, patron: FakePatron) -> None:
    from kiosk.screens.who import LetterKey
    from tests.screens.measure import visible

    stage.show(PATRON_SCENES["who"])
    stage.guard.reset()
    found = next(w for w in visible(stage.shell) if isinstance(w, LetterKey))
    finger = stage.down(*found.center)
    stage.move(finger, 5, 5)
    stage.up(finger)
    assert stage.shell.page.flow.group == ""


def test_the_pin_is_looked_at_once(stage: Stage, patron: FakePatron) -> None:
    patron.slow = True
    come_in(stage)
    assert "One moment." in told(stage)
    stage.guard.reset()
    tap_pin(stage, PIN)
    assert patron.asked.count(("find", "SAM")) == 1
    patron.answer()
    stage.look()
    stage.look()
    assert stage.shell.name == "mine"


def test_a_wrong_pin_says_how_many_tries_are_left_and_may_be_tried_again(
    stage: Stage, patron: FakePatron
) -> None:
    come_in(stage, pin="1111")
    assert stage.shell.name == "who"
    assert "Name and PIN do not fit. 4 tries left." in told(stage)
    stage.guard.reset()
    tap_pin(stage, "2222")
    assert "3 tries left" in told(stage)
    tap_pin(stage, PIN)
    stage.look()
    assert stage.shell.name == "mine"


def test_too_many_tries_say_how_long_to_wait(stage: Stage, patron: FakePatron) -> None:
    patron.wrong = 5
    come_in(stage)
    assert "Wait 5 minutes" in told(stage)
    assert patron.here is None


def test_a_wrong_name_can_be_changed_from_the_pad(stage: Stage, patron: FakePatron) -> None:
    come_in(stage, "SAN")
    assert "do not fit" in told(stage)
    tap(stage, "Back")
    assert "SAN" in told(stage)
    assert "do not fit" not in told(stage)
    key(stage, "erase")
    spell(stage, "M")
    key(stage, "check")
    stage.guard.reset()
    tap_pin(stage, PIN)
    stage.look()
    assert stage.shell.name == "mine"


# --- out, and forgotten ------------------------------------------------------------------------


def test_back_leads_out_step_by_step(stage: Stage, patron: FakePatron) -> None:
    tap(stage, "Tap to start")
    tap(stage, "I have a profile")
    spell(stage, "SAM")
    key(stage, "check")
    tap(stage, "Back")
    key(stage, "ABCDE")
    tap(stage, "Back")
    target(stage, "A B C")
    assert "SAM" in told(stage)
    tap(stage, "Back")
    assert stage.shell.name == "choose"
    tap(stage, "Back")
    assert stage.shell.name == "home"


def test_nothing_typed_is_left_when_somebody_else_comes(stage: Stage, patron: FakePatron) -> None:
    tap(stage, "Tap to start")
    tap(stage, "I have a profile")
    spell(stage, "SAM")
    gone = stage.shell.page.flow
    tap(stage, "Back")
    assert gone.who == ""
    tap(stage, "I have a profile")
    assert "Tap the letters" in told(stage)


def test_digits_of_a_pin_are_kept_nowhere(stage: Stage, patron: FakePatron) -> None:
    from kiosk.screens.pin import PinPad

    stage.show(PATRON_SCENES["who-pin"])
    tap(stage, "Back")
    tap(stage, "Back")
    gc.collect()
    assert not [pad for pad in gc.get_objects() if type(pad) is PinPad and pad._digits]


def test_an_answer_for_somebody_who_went_away_lets_nobody_in(
    stage: Stage, patron: FakePatron
) -> None:
    patron.slow = True
    come_in(stage)
    tap(stage, "Back")
    patron.answer()
    stage.look()
    assert stage.shell.name == "who"
    assert patron.here is None
    come_out_at = stage.shell.page
    tap(stage, "Back")
    assert come_out_at.parent is None
    assert stage.shell.name == "choose"


def test_an_answer_that_comes_after_the_page_has_gone_lets_nobody_in(
    stage: Stage, patron: FakePatron, later: Later
) -> None:
    patron.slow = True
    come_in(stage)
    later(95)
    assert stage.shell.name == "home"
    patron.answer()
    stage.look()
    assert stage.shell.name == "home"
    assert patron.here is None


def test_typed_and_left_alone_it_is_forgotten(
    stage: Stage, patron: FakePatron, later: Later
) -> None:
    tap(stage, "Tap to start")
    tap(stage, "I have a profile")
    spell(stage, "SAM")
    gone = stage.shell.page.flow
    later(85)
    assert stage.shell.name == "who"
    later(10)
    assert stage.shell.name == "home"
    assert gone.who == ""


def test_found_and_left_alone_one_is_forgotten(
    stage: Stage, patron: FakePatron, later: Later
) -> None:
    come_in(stage)
    later(95)
    assert stage.shell.name == "home"
    assert patron.here is None
    assert "Sam" not in told(stage)


def test_back_from_todays_walk_forgets_who_it_was(stage: Stage, patron: FakePatron) -> None:
    come_in(stage)
    tap(stage, "Back")
    assert stage.shell.name == "choose"
    assert patron.here is None


def test_somebody_the_desk_forgot_is_shown_no_more(stage: Stage, patron: FakePatron) -> None:
    come_in(stage)
    patron.here = None
    stage.look()
    stage.look()
    assert stage.shell.name == "home"


# --- today, and not today --------------------------------------------------------------------


def test_start_begins_what_was_prescribed_once(stage: Stage, patron: FakePatron) -> None:
    come_in(stage)
    tap(stage, "Start")
    tap(stage, "Start", fresh=False)
    chosen = [one for one in stage.desk.posted if isinstance(one, Choose)]
    assert chosen == [Choose(profile="P-7F3K")]
    stage.desk.shown = snapshot(Phase.CHOSEN, walking=walk(plan=plan_of(SAM)))
    stage.look()
    assert stage.shell.name == "briefing"
    assert patron.here is SAM


def test_a_second_tap_before_the_answer_asks_no_second_time(
    stage: Stage, patron: FakePatron
) -> None:
    come_in(stage)
    start = target(stage, "Start")
    for _ in range(2):
        stage.guard.reset()
        stage.up(stage.down(*start.center))
    assert sum(isinstance(one, Choose) for one in stage.desk.posted) == 1


def test_a_refused_start_is_said_and_leads_back(stage: Stage, patron: FakePatron) -> None:
    come_in(stage)
    stage.desk.refuse[Choose] = Refusal("log", "The log cannot be written.")
    tap(stage, "Start")
    stage.look()
    assert "The log cannot be written." in told(stage)
    tap(stage, "Done")
    assert stage.shell.name == "mine"
    assert "Hello, Sam" in told(stage)


def test_the_last_walks_are_one_tap_away(stage: Stage, patron: FakePatron) -> None:
    come_in(stage)
    tap(stage, "My walks")
    words = told(stage)
    assert "Your last walks" in words
    assert "Distance in metres" in words
    tap(stage, "Back")
    assert "Hello, Sam" in told(stage)
    tap(stage, "My walks")
    tap(stage, "Start")
    assert stage.desk.posted[-1] == Choose(profile="P-7F3K")


def test_a_first_walk_has_no_walks_before_it(stage: Stage, patron: FakePatron) -> None:
    here(stage, replace(SAM, past=()))
    assert "My walks" not in told(stage)


@pytest.mark.parametrize("person", [HELD, EXPIRED])
def test_held_and_expired_see_the_therapist(
    stage: Stage, patron: FakePatron, person: Person
) -> None:
    patron.known[("SAM", PIN)] = person
    come_in(stage)
    words = told(stage)
    assert "therapist" in words
    assert "Ask the staff." in words
    assert "Start" not in words
    for why in ("pain", "exertion", "rose"):
        assert why not in words
    tap(stage, "Done")
    assert stage.shell.name == "home"
    assert patron.here is None


# --- the session -----------------------------------------------------------------------------


def test_who_was_screened_is_not_asked_again(stage: Stage, patron: FakePatron) -> None:
    stage.desk.patron.here = SAM
    stage.desk.shown = snapshot(Phase.CHOSEN, walking=walk(plan=plan_of(SAM)))
    stage.look()
    tap(stage, "I agree")
    tap_number(stage, 3)
    tap(stage, "3: mild")
    tap(stage, "Next")
    tap(stage, "Go on")
    assert stage.desk.posted[-1] == Brief(pain=3)


def test_who_was_not_screened_is_asked(stage: Stage, patron: FakePatron) -> None:
    stage.desk.patron.here = UPHILL
    stage.desk.shown = snapshot(Phase.CHOSEN, walking=walk(plan=plan_of(UPHILL)))
    stage.look()
    tap(stage, "I agree")
    for _ in range(5):
        tap(stage, "No")
    assert "How much pain" in told(stage)


def test_a_pain_at_the_profile_s_limit_ends_it_kindly(stage: Stage, patron: FakePatron) -> None:
    stage.desk.patron.here = SAM
    stage.desk.refuse[Brief] = Refusal("pain", "With pain of 4 out of 10 please do not walk today.")
    plan = plan_of(SAM, pain_limit=4)
    stage.desk.shown = snapshot(Phase.CHOSEN, walking=walk(plan=plan))
    stage.look()
    tap(stage, "I agree")
    tap_number(stage, 4)
    tap(stage, "4: moderate")
    assert "please do not walk today" in told(stage)
    assert "Ask the staff." in told(stage)
    tap(stage, "Done")
    assert stage.desk.posted[-1] == Cancel()


@pytest.mark.parametrize("name", ["paused-incline-up", "checking-incline-first"])
def test_the_incline_waits_for_what_the_console_shows(
    stage: Stage, patron: FakePatron, name: str
) -> None:
    stage.show(PATRON_SCENES[name])
    stage.desk.posted.clear()
    tap(stage, "It shows 7")
    assert stage.desk.posted == [ConfirmIncline(incline_pct=7.0)]


def test_back_on_the_level_is_confirmed_too(stage: Stage, patron: FakePatron) -> None:
    stage.show(PATRON_SCENES["paused-incline-down"])
    tap(stage, "It shows 0")
    assert stage.desk.posted[-1] == ConfirmIncline(incline_pct=0.0)


def test_one_hand_is_enough_where_the_profile_says_so(stage: Stage, patron: FakePatron) -> None:
    from kiosk.screens.walking import Hand
    from tests.screens.measure import visible

    stage.show(PATRON_SCENES["walking-incline-now"])
    hands = [w for w in visible(stage.shell) if isinstance(w, Hand)]
    assert [hand.held for hand in hands] == [True]


# --- after it --------------------------------------------------------------------------------


def _over(stage: Stage, **fields: Any) -> None:
    """Sam's walk is over and rated."""
    made: dict[str, Any] = {
        "walked_s": 720.0,
        "outcome": "completed",
        "pain_before": 2,
        "pain_after": 1,
        "rpe": 12,
        "closed": True,
    }
    stage.desk.shown = snapshot(Phase.CHOSEN, walking=walk(plan=plan_of(SAM)))
    stage.look()
    ended = walk(plan=plan_of(SAM), **{**made, **fields})
    stage.desk.shown = snapshot(Phase.SUMMARY, walking=ended)
    stage.look()


def _trend(stage: Stage) -> list[str]:
    tap(stage, "Next")
    assert "Your last walks" in told(stage)
    return [bar.over[0] for bar in stage.shell.page.trend.bars]


def test_the_summary_knows_the_name_and_shows_this_walk_last(
    stage: Stage, patron: FakePatron
) -> None:
    come_in(stage)
    _over(stage)
    assert "Well done, Sam!" in told(stage)
    assert _trend(stage) == ["188", "265", "282", "299", "316", "259"]
    assert "today" in told(stage)


def test_the_record_that_comes_later_is_not_drawn_twice(stage: Stage, patron: FakePatron) -> None:
    come_in(stage)
    _over(stage)
    before = _trend(stage)
    kept = point(9, distance_m=259.2, walked_s=720.0, pain_before=2, pain_after=1, rpe=12)
    patron.here = replace(SAM, past=(*PAST, kept))
    stage.look()
    assert [bar.over[0] for bar in stage.shell.page.trend.bars] == before
    assert "today" in told(stage)


def test_the_same_walk_twice_is_two_walks(stage: Stage, patron: FakePatron) -> None:
    twin = point(9, distance_m=259.2, walked_s=720.0, pain_before=2, pain_after=1, rpe=12)
    patron.known[("SAM", PIN)] = replace(SAM, past=(twin,))
    come_in(stage)
    _over(stage)
    assert _trend(stage) == ["259", "259"]


def test_broken_stop_rules_say_that_the_profile_is_on_hold(
    stage: Stage, patron: FakePatron
) -> None:
    come_in(stage)
    _over(stage, pain_after=7)
    assert "Your profile is on hold: please see your therapist." in told(stage)


def test_a_guest_after_it_sees_no_trend_and_no_name(stage: Stage, patron: FakePatron) -> None:
    stage.show(SCENES["summary"])
    assert stage.shell.page._names() == ["figures", "chart", "qr"]
    assert "Well done!" in told(stage)


def test_somebody_else_s_name_stands_on_no_summary(stage: Stage, patron: FakePatron) -> None:
    patron.here = UPHILL
    _over(stage)
    assert "Maria" not in told(stage)
    assert stage.shell.page.trend is None


def test_when_it_is_over_the_name_is_on_no_screen(stage: Stage, patron: FakePatron) -> None:
    come_in(stage)
    _over(stage)
    tap(stage, "Done")
    assert stage.desk.posted[-1] == Done()
    assert patron.here is not None
    stage.desk.shown = snapshot()
    stage.look()
    assert patron.here is None
    assert stage.shell.name == "home"
    for _ in range(3):
        stage.look()
        assert "Sam" not in told(stage)
    settle(2)
    tap(stage, "Tap to start")
    tap(stage, "I have a profile")
    assert "SAM" not in told(stage)


@pytest.mark.parametrize("phase", [one for one in Phase if one is not Phase.IDLE])
def test_whoever_walks_is_not_forgotten_before_the_end(
    stage: Stage, patron: FakePatron, phase: Phase
) -> None:
    come_in(stage)
    made = walk(plan=plan_of(SAM), walked_s=20.0, outcome="stopped", stop_reason=Reason.PATRON)
    stage.desk.shown = snapshot(phase, walking=made)
    for _ in range(3):
        stage.look()
    assert patron.here is SAM
    stage.desk.shown = snapshot(seen=status())
    stage.look()
    assert patron.here is None


def test_a_fault_in_a_screen_forgets_them(stage: Stage, patron: FakePatron) -> None:
    come_in(stage)
    stage.shell.fault()
    stage.look()
    assert patron.here is None


def test_a_blocked_kiosk_asks_nobody_for_a_name(stage: Stage, patron: FakePatron) -> None:
    stage.desk.shown = snapshot(seen=ESTOP)
    stage.look()
    tap(stage, "Tap to start")
    assert stage.shell.name == "blocked"


# --- the language ------------------------------------------------------------------------------


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    from tests.cues.catalogue import write_catalogue

    texts = {"Hello, {name}": "Hallo, {name}", "Start": "Los", "Tap to start": "Antippen"}
    write_catalogue(tmp_path, "de", texts)
    monkeypatch.setattr("kiosk.cues.languages.LOCALES", tmp_path)


@pytest.mark.usefixtures("german")
def test_the_screens_speak_the_person_s_language_as_long_as_they_are_here(
    stage: Stage, patron: FakePatron
) -> None:
    patron.known[("SAM", PIN)] = replace(SAM, language="de")
    come_in(stage)
    assert "Hallo, Sam" in told(stage)
    tap(stage, "Los")
    stage.desk.shown = snapshot(Phase.CHOSEN, walking=walk(plan=plan_of(SAM)))
    stage.look()
    patron.here = None  # gone from the desk, and still walking
    stage.look()
    from kiosk.cues.texts import _

    assert _("Start") == "Los"
    stage.desk.shown = snapshot()
    stage.look()
    assert "Tap to start" in told(stage)
    assert _("Start") == "Start"


@pytest.mark.usefixtures("german")
def test_without_a_catalogue_the_screen_s_language_stays(stage: Stage, patron: FakePatron) -> None:
    stage.room.language = "de"
    patron.known[("SAM", PIN)] = replace(SAM, language="fr")
    stage.desk.patron.here = patron.known[("SAM", PIN)]
    stage.room.go("mine")
    stage.look()
    assert "Hallo, Sam" in told(stage)
    patron.here = replace(SAM, language="en")
    stage.room.go("choose")
    stage.look()
    patron.here = replace(SAM, language="en")
    stage.room.go("mine")
    stage.look()
    assert "Hello, Sam" in told(stage)
