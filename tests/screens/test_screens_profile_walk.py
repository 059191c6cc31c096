"""Somebody with a profile walks, by touch: what is asked, shown, summed up, and then forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from hardware.link import Reason
from kiosk.session.actions import Brief, Cancel, ConfirmIncline, Done, Refusal
from kiosk.session.model import Phase
from tests.screens.fake import ESTOP, snapshot, status, walk
from tests.screens.fake_patron import PAST, SAM, UPHILL, FakePatron, point
from tests.screens.patron_scenes import PATRON_SCENES, plan_of
from tests.screens.scenes import SCENES
from tests.screens.stage import Stage, settle
from tests.screens.touch import tap, tap_number, told
from tests.screens.touch_patron import PIN, come_in

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


# --- the session -----------------------------------------------------------------------------


def test_who_was_screened_is_not_asked_again(stage: Stage, patron: FakePatron) -> None:
    stage.desk.patron.here = SAM
    stage.desk.shown = snapshot(Phase.CHOSEN, walking=walk(plan=plan_of(SAM)))
    stage.look()
    tap(stage, "I agree")
    tap_number(stage, 3)
    tap(stage, "3: mild")
    tap(stage, "Next")
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


def test_a_text_of_several_pages_is_read_to_its_end_before_the_next_result(
    stage: Stage, patron: FakePatron, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk.screens import results, summary

    def wordy(*given: Any) -> Any:
        view = results.summary_view(*given)
        assert view is not None
        return view._replace(advice=(*view.advice, *view.advice[1:] * 9))

    monkeypatch.setattr(summary, "summary_view", wordy)
    come_in(stage)
    _over(stage, pain_after=7)
    page = stage.shell.page
    settle(4)
    seen = set()
    for _ in range(3):
        seen.add(told(stage))
        assert page.names()[page.index] == "advice"
        tap(stage, "Next")
        settle(2)
    assert len(seen) == 3
    tap(stage, "Back")
    settle(2)
    assert len({told(stage), *seen}) == 3
    while page.index == 0:
        tap(stage, "Next")
        settle(2)
    assert page.names()[page.index] == "figures"


def test_a_guest_after_it_sees_no_trend_and_no_name(stage: Stage, patron: FakePatron) -> None:
    stage.show(SCENES["summary"])
    assert stage.shell.page.names() == ["figures", "chart", "qr"]
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
    tap(stage, "Not possible now")
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
