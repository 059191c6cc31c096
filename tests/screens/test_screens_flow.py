"""Fingers on the glass, as Kivy's providers report them: what each tap does, and does once."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, ClassVar

import pytest
from msgspec.structs import replace

from hardware.link import Check
from kiosk.session.actions import (
    Back,
    Brief,
    Cancel,
    Choose,
    ConfirmIncline,
    Done,
    Go,
    Pause,
    Rate,
    Refusal,
    Resume,
    Touched,
    Unlock,
)
from kiosk.session.model import Phase
from kiosk.session.plan import NS
from tests.screens.fake import ESTOP, snapshot, status, walk
from tests.screens.scenes import CHOSEN, MID, SCENES, Scene
from tests.screens.stage import Stage, frames
from tests.screens.touch import tap, tap_icon, tap_number, tap_pin, target


def test_from_idle_to_the_walk(stage: Stage) -> None:
    desk = stage.desk
    tap(stage, "Tap to start")
    assert stage.shell.name == "choose"
    tap(stage, "Lower back")
    assert stage.shell.name == "detail"
    for _ in range(9):
        tap_icon(stage, "plus")
    tap_icon(stage, "minus")
    tap(stage, "Choose")
    assert desk.posted[-1] == Choose(program="low-back", minutes=14)
    desk.shown = CHOSEN
    stage.look()
    assert stage.shell.name == "briefing"
    tap(stage, "I agree")
    for _ in range(5):
        tap(stage, "No")
    tap_number(stage, 3)
    assert Brief(pain=3) not in desk.posted
    tap(stage, "3: mild")
    tap(stage, "Next")
    tap(stage, "Next")
    tap(stage, "Go on")
    assert desk.posted[-1] == Brief(pain=3)
    desk.shown = SCENES["checking"].shown
    stage.look()
    tap(stage, "Start")
    assert desk.posted[-1] == Go()


def test_reading_and_answering_keeps_the_session_awake(stage: Stage) -> None:
    stage.room.program_id, stage.room.minutes = "low-back", 12
    stage.desk.shown = CHOSEN
    stage.look()
    stage.desk.posted.clear()
    tap(stage, "I agree")
    assert stage.desk.posted == [Touched()]


def test_a_yes_ends_the_briefing_kindly(stage: Stage) -> None:
    stage.show(SCENES["briefing-question"])
    tap(stage, "Yes")
    target(stage, "Done")
    tap(stage, "Back")
    tap(stage, "Yes")
    tap(stage, "Done")
    assert stage.desk.posted[-1] == Cancel()


def test_too_much_pain_shows_the_desk_s_sentence(stage: Stage) -> None:
    from tests.screens.measure import texts

    stage.desk.refuse[Brief] = Refusal("pain", "With pain of 8 out of 10 please do not walk today.")
    stage.show(SCENES["briefing-pain"])
    tap_number(stage, 8)
    tap(stage, "8: severe")
    told = [item.text for item in texts(stage.shell)]
    assert "With pain of 8 out of 10 please do not walk today." in told


def test_stop_acts_while_the_finger_comes_down_and_once(stage: Stage) -> None:
    stage.show(SCENES["walking"])
    stop = target(stage, "STOP")
    first = stage.down(*stop.center)
    assert stage.desk.stops == 1
    stage.up(first)
    stage.up(stage.down(*stop.center))
    assert stage.desk.stops == 1
    assert stage.desk.posted == []


@pytest.mark.parametrize("name", [n for n in SCENES if n.split("-")[0] in {"walking", "paused"}])
def test_stop_is_never_blocked_by_the_tap_before(stage: Stage, name: str) -> None:
    stage.show(SCENES[name])
    stage.guard.took_effect()
    stage.down(*target(stage, "STOP").center)
    assert stage.desk.stops == 1


def test_a_button_acts_on_release_and_not_when_dragged_off(stage: Stage) -> None:
    stage.show(SCENES["walking"])
    stage.guard.reset()
    pause = target(stage, "Pause")
    finger = stage.down(*pause.center)
    assert stage.desk.posted == []
    stage.move(finger, 10, 10)
    stage.move(finger, *pause.center)
    stage.up(finger)
    assert stage.desk.posted == []
    stage.up(stage.down(*pause.center))
    assert stage.desk.posted == [Pause()]


def test_a_double_touch_counts_once(stage: Stage) -> None:
    stage.show(SCENES["paused"])
    tap(stage, "Go on")
    tap(stage, "Go on", fresh=False)
    assert stage.desk.posted == [Resume()]


def test_a_palm_on_the_glass_does_nothing_but_stop(stage: Stage) -> None:
    """Many touches at once, as a forearm makes: Pause takes one at most, STOP comes first."""
    stage.show(SCENES["walking"])
    stage.guard.reset()
    pause, stop = target(stage, "Pause"), target(stage, "STOP")
    palm = [
        stage.down(pause.x + pause.width * x, pause.y + pause.height * y)
        for x in (0.2, 0.5, 0.8)
        for y in (0.3, 0.7)
    ]
    assert stage.desk.posted == []
    palm += [stage.down(*stop.center), stage.down(stop.center_x + 20, stop.center_y)]
    assert stage.desk.stops == 1
    for finger in palm:
        stage.up(finger)
    assert stage.desk.stops == 1
    assert stage.desk.posted.count(Pause()) <= 1


def test_a_palm_that_slides_off_does_nothing(stage: Stage) -> None:
    stage.show(SCENES["paused"])
    stage.guard.reset()
    button = target(stage, "Go on")
    palm = [stage.down(button.x + button.width * x, button.center_y) for x in (0.2, 0.5, 0.8)]
    for finger in palm:
        stage.move(finger, button.center_x, button.top + 60)
    for finger in palm:
        stage.up(finger)
    assert stage.desk.posted == []


def test_a_palm_over_a_whole_calm_screen_opens_one_thing_at_most(stage: Stage) -> None:
    stage.show(SCENES["idle"])
    stage.guard.reset()
    wide, high = stage.window.size
    palm = [stage.down(wide * x / 8, high * y / 6) for x in range(1, 8) for y in range(1, 6)]
    for finger in palm:
        stage.up(finger)
    stage.look()
    assert stage.shell.name in {"home", "choose", "about", "pin", "staff"}
    assert stage.desk.posted == []


def test_a_touch_meant_for_the_screen_before_does_nothing(stage: Stage) -> None:
    stage.show(SCENES["paused"])
    tap(stage, "Go on", fresh=False)
    assert stage.desk.posted == []


def test_a_tap_in_the_countdown_leads_back(stage: Stage) -> None:
    stage.show(SCENES["countdown"])
    stage.guard.reset()
    stage.up(stage.down(300, 300))
    assert stage.desk.posted == [Back()]


def test_the_incline_is_confirmed(stage: Stage) -> None:
    for name in ("paused-incline", "checking-incline"):
        stage.desk.posted.clear()
        stage.show(SCENES[name])
        tap(stage, "It shows 7")
        assert stage.desk.posted == [ConfirmIncline(incline_pct=7.0)]


def test_rating_then_results_then_done(stage: Stage) -> None:
    stage.show(SCENES["summary-pain"])
    tap_number(stage, 2)
    tap(stage, "2: mild")
    tap_number(stage, 12)
    tap_number(stage, 11)
    tap(stage, "11: light")
    assert [one for one in stage.desk.posted if one != Touched()] == [Rate(pain=2, rpe=11)]
    stage.desk.shown = SCENES["summary"].shown
    stage.look()
    tap(stage, "Next")
    tap(stage, "Next")
    tap(stage, "Done")
    assert stage.desk.posted[-1] == Done()


def test_whoever_answers_is_there_and_a_first_answer_is_kept(stage: Stage) -> None:
    stage.show(SCENES["summary-pain"])
    tap_number(stage, 2)
    assert stage.desk.posted == [Touched()]
    tap_number(stage, 3)
    tap(stage, "3: mild")
    assert set(stage.desk.posted) == {Touched()}
    shown = SCENES["summary-pain"].shown
    since_ns = max(shown.session.since_ns, shown.session.touched_ns)
    for past_s, kept in ((50, []), (58, [Rate(pain=3)]), (59, [Rate(pain=3)])):
        stage.desk.shown = replace(shown, now_ns=since_ns + past_s * NS)
        stage.look()
        assert [one for one in stage.desk.posted if one != Touched()] == kept


def test_a_first_answer_outlives_an_alarm(stage: Stage) -> None:
    stage.show(SCENES["summary-pain"])
    tap_number(stage, 8)
    tap(stage, "8: ")
    for name in ("alarm-unexpected", "summary-pain"):
        shown = SCENES["summary-pain"].shown
        stage.desk.shown = shown
        if name != "summary-pain":
            seen = SCENES[name].shown.status
            stage.desk.shown = replace(shown, status=seen)
        stage.look()
    assert stage.shell.name == "summary"
    tap_number(stage, 11)
    tap(stage, "11: light")
    assert [one for one in stage.desk.posted if one != Touched()] == [Rate(pain=8, rpe=11)]


def test_an_answer_is_that_of_its_own_walk(stage: Stage) -> None:
    stage.show(SCENES["summary-pain"])
    tap_number(stage, 8)
    tap(stage, "8: ")
    shown = SCENES["summary-pain"].shown
    assert shown.session.walk is not None
    other = replace(shown.session.walk, chosen_ns=shown.session.walk.chosen_ns + 1)
    stage.desk.shown = snapshot()
    stage.look()
    stage.desk.shown = replace(shown, session=replace(shown.session, walk=other))
    stage.look()
    assert target(stage, "0")
    tap_number(stage, 2)
    tap(stage, "2: mild")
    tap_number(stage, 11)
    tap(stage, "11: light")
    assert Rate(pain=2, rpe=11) in stage.desk.posted


def test_a_finger_on_its_way_to_stop_does_not_leave_the_page(stage: Stage) -> None:
    stage.show(SCENES["stopped-coasting"])
    stage.guard.reset()
    place = target(stage, "STOP").center
    stage.desk.shown = SCENES["stopped-patron"].shown
    stage.look()
    stage.up(stage.down(*place))
    assert stage.desk.posted == []
    tap(stage, "Next")
    assert stage.desk.posted == [Done()]


def test_a_finger_on_start_confirms_no_incline(stage: Stage) -> None:
    """The belt comes to rest, or a key goes in, and the same button asks something else."""
    asks = SCENES["checking-incline"].shown
    stage.show(Scene(replace(asks, failing=(Check.BELT, *asks.failing))))
    stage.guard.reset()
    on_it = stage.down(*target(stage, "Start").center)
    stage.desk.shown = asks
    stage.look()
    stage.up(on_it)
    stage.up(stage.down(*target(stage, "It shows 7").center))
    assert stage.desk.posted == []
    tap(stage, "It shows 7")
    assert stage.desk.posted == [ConfirmIncline(incline_pct=7.0)]


def test_a_blocked_start_says_why_and_leads_to_the_staff(stage: Stage) -> None:
    stage.show(SCENES["idle-blocked"])
    tap(stage, "Not possible now")
    assert stage.shell.name == "blocked"
    tap(stage, "Staff")
    assert stage.shell.name == "pin"
    tap_pin(stage, "2468")
    assert stage.desk.posted == [Unlock(role="staff", pin="2468")]
    stage.desk.shown = snapshot(unlocked=True)
    stage.look()
    assert stage.shell.page.title == "Cleared"


@pytest.mark.parametrize(
    "name", ["idle-estop", "idle-blocked", "idle-log-full", "idle-no-guard", "idle-proof-due"]
)
def test_nobody_is_invited_while_nobody_may_walk(stage: Stage, name: str) -> None:
    def offers() -> set[str]:
        return {str(one.text) for one in stage.shell.walk() if getattr(one, "text", "")}

    stage.show(SCENES[name])
    assert "Tap to start" not in offers()
    line = stage.shell.page.line
    assert line in offers(), "why, and what mends it"
    stage.desk.shown = SCENES["idle"].shown
    stage.look()
    assert "Tap to start" in offers()
    assert "Not possible now" not in offers()
    tap(stage, "Tap to start")
    assert stage.shell.name == "choose"


def test_what_was_not_cleared_is_said(stage: Stage) -> None:
    stage.show(SCENES["pin-ineffective"])
    tap_pin(stage, "2468")
    for _ in range(12):
        stage.look()
    assert stage.shell.page.title == "Not cleared"


def test_a_wrong_pin_may_be_tried_again(stage: Stage) -> None:
    stage.show(Scene(snapshot(seen=ESTOP), "pin"))
    stage.desk.refuse[Unlock] = Refusal("pin", "That PIN is not known.")
    tap_pin(stage, "1111")
    assert stage.shell.page.text == "That PIN is not known."
    tap_pin(stage, "2222")
    assert len(stage.desk.posted) == 2


def test_a_first_pin_is_chosen_twice(stage: Stage) -> None:
    stage.show(SCENES["pin-first"])
    tap_pin(stage, "1357")
    tap_pin(stage, "1358")
    assert stage.desk.pins == {}
    tap_pin(stage, "1357")
    tap_pin(stage, "1357")
    stage.look()
    assert stage.desk.pins == {"staff": "1357"}
    assert stage.desk.posted == [Unlock(role="staff", pin="1357")]


def test_a_gated_program_asks_the_staff_and_goes_back_to_the_cards(stage: Stage) -> None:
    stage.show(SCENES["choose"])
    tap(stage, "Ankle, uphill")
    assert stage.shell.name == "pin"
    tap_pin(stage, "2468")
    stage.desk.shown = snapshot(unlocked=True)
    stage.look()
    stage.look()
    assert stage.shell.name == "choose"
    tap(stage, "Ankle, uphill")
    assert stage.shell.name == "detail"


def test_a_refusal_becomes_a_page_and_goes_away(stage: Stage) -> None:
    stage.show(SCENES["detail"])
    stage.desk.refuse[Choose] = Refusal("log", "The log cannot be written.")
    tap(stage, "Choose")
    stage.look()
    assert stage.shell.name == "notice"
    tap(stage, "Done")
    assert stage.shell.name == "detail"


def test_a_refusal_never_hides_stop(stage: Stage) -> None:
    stage.show(SCENES["paused"])
    stage.desk.refuse[Resume] = Refusal("phase", "That is not possible now.")
    tap(stage, "Go on")
    stage.look()
    assert stage.shell.name == "paused"
    target(stage, "STOP")


def test_the_pin_pad_never_hides_a_walk(stage: Stage) -> None:
    stage.show(SCENES["pin"])
    stage.desk.shown = MID
    stage.look()
    assert stage.shell.name == "walking"


def test_a_fault_in_a_screen_stops_the_walk_and_shows_no_traceback(stage: Stage) -> None:
    from kivy.base import ExceptionManager

    from kiosk.screens.shell import Faults
    from tests.screens.measure import texts

    stage.show(SCENES["walking"])
    watch = Faults(stage.shell)
    try:
        answer = ExceptionManager.handle_exception(ZeroDivisionError("made up"))
    finally:
        watch.leave()
    assert answer == ExceptionManager.PASS
    assert stage.desk.stops == 1
    stage.look()
    told = [item.text for item in texts(stage.shell)]
    assert sorted(told) == ["Call the staff.", "Hold on until the belt stops.", "STOP"]
    stage.shell._fault_s = float("-inf")
    stage.desk.shown = snapshot()
    stage.look()
    assert stage.shell.name == "home"


def test_every_phase_has_its_screen(stage: Stage) -> None:
    for phase in Phase:
        walking = None if phase is Phase.IDLE else walk()
        stage.desk.shown = snapshot(phase, walking=walking)
        stage.look()
        assert stage.shell.page is not None, phase


def test_the_main_loop_says_that_it_is_alive(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 50.0
    monkeypatch.setattr("kiosk.screens.shell.time.monotonic", lambda: now)
    stage.shell.tick()
    stage.desk.beats = 0
    for _ in range(60):
        now += 1 / 30
        stage.shell.tick()
    assert stage.desk.beats == 20


def test_nothing_is_drawn_while_nothing_changes(stage: Stage) -> None:
    for name in ("idle", "walking", "checking", "summary-chart"):
        stage.show(SCENES[name])
        frames(4)
        assert not stage.window.canvas.needs_redraw, name
        for _ in range(5):
            stage.shell.look(replace(stage.desk.shown, now_ns=stage.desk.shown.now_ns + 10))
        assert not stage.window.canvas.needs_redraw, name


def test_hands_are_shown_live(stage: Stage) -> None:
    """After Start: before it the pictures say to tap first."""
    from kiosk.screens.checking import Lit, Pictures
    from kiosk.screens.checks import ARMS
    from tests.screens.measure import visible

    def drawn() -> list[str]:
        place = next(w for w in visible(stage.shell) if isinstance(w, Pictures))
        return [one.name for one in reversed(place.children)]

    def lit() -> tuple[bool, bool]:
        return next(w for w in visible(stage.shell) if isinstance(w, Lit)).lit

    stage.show(SCENES["checking"])
    assert drawn() == ["start", "next", "arms-both"]
    stage.show(SCENES["checking-waiting"])
    assert drawn() == ["arms-left"]
    assert lit() == (False, True)
    for hands in ((False, True), (True, True), (False, False)):
        stage.desk.shown = replace(stage.desk.shown, status=status(hands=hands))
        stage.look()
        assert drawn() == [ARMS[hands]]
        assert lit() == (not hands[0], not hands[1])


def test_the_first_screen_of_a_site_without_a_relay_says_so(stage: Stage) -> None:
    from tests.screens.measure import texts

    stage.room.place = stage.room.place._replace(relay=False)
    stage.look()
    assert any("only warns" in item.text for item in texts(stage.shell))


def test_the_bench_asks_for_a_speed_at_each_press_and_forgets_it_with_the_permit(
    tmp_path: Path,
) -> None:
    from kiosk.screens.bench import BenchPanel

    panel = BenchPanel(tmp_path / "nobody")
    sent: list[dict[str, Any]] = []
    panel.link.close()

    class Link:
        shown: ClassVar[dict[str, Any]] = {"permit": 1}

        def send(self, request: dict[str, Any]) -> None:
            sent.append(request)

        def state(self) -> tuple[dict[str, Any], str]:
            return self.shown, ""

    panel.link = link = Link()
    panel.refresh()
    panel.ask_speed(1.0)
    panel.ask_speed(1.0)
    assert [request["speed_kmh"] for request in sent] == [1.0, 1.0]
    assert panel.wanted == 1.0
    link.shown = {"permit": 0}
    panel.refresh()
    assert panel.wanted == 0.0


def test_the_loop_is_calm_on_the_first_screen_untouched_and_nowhere_else(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [time.monotonic()]
    monkeypatch.setattr("kiosk.screens.shell.time.monotonic", lambda: now[0])
    stage.up(stage.down(1, 1))
    assert not stage.shell.calm
    now[0] += 3.1
    assert stage.shell.calm
    stage.room.go("choose")
    stage.look()
    now[0] += 3.1
    assert not stage.shell.calm
    stage.desk.shown = SCENES["checking"].shown
    stage.look()
    now[0] += 3.1
    assert not stage.shell.calm
