"""Somebody with a profile, by touch: found, greeted, walked, forgotten; and every way out."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace

from kiosk.screens.naming import GROUPS
from kiosk.session.actions import Choose, Refusal
from kiosk.session.model import Phase
from kiosk.therapy.model import Person
from tests.screens.fake import FakeDesk, snapshot, walk
from tests.screens.fake_patron import EXPIRED, HELD, SAM, FakePatron
from tests.screens.measure import faults
from tests.screens.patron_scenes import PATRON_SCENES, plan_of
from tests.screens.stage import SIZES, Size, Stage, settle
from tests.screens.touch import tap, tap_pin, target, told
from tests.screens.touch_patron import PIN, come_in, here, key, spell

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


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_the_letters_stay_where_they_are_whatever_is_tapped(size: Size) -> None:
    stage = Stage(size, FakeDesk())
    try:
        stage.show(PATRON_SCENES["who"])
        first = _places(stage)
        for group in (GROUPS[0], GROUPS[4], GROUPS[6]):
            for then in (group[0], "others"):
                key(stage, group)
                letters = _places(stage)
                del letters["others"]
                assert set(letters.values()) <= set(first.values()), group
                assert not faults(stage, size, group)
                key(stage, then)
                key(stage, "erase")
                assert _places(stage) == first, (group, then)
        for x, y, width, height in first.values():
            assert min(width, height) >= 20 * size.px_per_mm, (x, y)
    finally:
        stage.close()


def _places(stage: Stage) -> dict[str, tuple[int, ...]]:
    """Where each key of the letters is."""
    from kiosk.screens.who import LetterKey
    from tests.screens.measure import visible

    settle(2)
    found = (one for one in visible(stage.shell) if isinstance(one, LetterKey))
    return {one.key: tuple(round(v) for v in (*one.pos, *one.size)) for one in found}


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
    assert "Forgot it? Ask your therapist." in told(stage)
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
    assert "Forgot it?" not in told(stage)
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
