"""Every time limit of the session, one nanosecond before it and on it."""

from __future__ import annotations

import pytest

from hardware.link import Check
from kiosk.session import machine
from kiosk.session.actions import (
    Back,
    Cancel,
    ConfirmIncline,
    Go,
    Pause,
    Refusal,
    Resume,
    Stop,
    Touched,
)
from tests.session.scene import (
    MS,
    PHASES,
    S,
    Scene,
    briefed,
    checking,
    chosen,
    closed,
    countdown,
    finishing,
    granted,
    paused,
    plan,
    rechecking,
    recountdown,
    restarting,
    starting,
    stopped,
    summary,
    walking,
)


def test_the_limits_are_those_of_safety_md() -> None:
    assert machine.UNTOUCHED_NS == 90 * S
    assert machine.GO_KEPT_NS == 60 * S
    assert machine.COUNTDOWN_NS == 3 * S
    assert machine.REFUSED_AFTER_NS == 250 * MS
    assert machine.NO_MOTION_NS == 60 * S
    assert machine.MOVING_KMH == 0.3
    assert machine.MOVING_NS == 500 * MS
    assert machine.RESTING_NS == 2 * S
    assert machine.PAUSED_NS == 300 * S
    assert machine.FINISHING_NS == 20 * S
    assert machine.STOPPED_NS == 10 * S
    assert machine.SUMMARY_NS == 60 * S


# --- untouched -----------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", ["chosen", "checking", "rechecking"])
def test_untouched_for_ninety_seconds(phase: str) -> None:
    scene = PHASES[phase][0]()
    before = scene.phase
    scene.see_at(scene.session.touched_ns + 90 * S - 1)
    assert scene.phase == before
    scene.see(1)
    assert scene.phase == ("paused" if phase == "rechecking" else "idle")


def test_a_countdown_is_left_untouched_in_the_pass_in_which_it_would_end() -> None:
    scene = countdown()
    touched_ns = scene.session.touched_ns
    scene.see_at(touched_ns + 90 * S)
    assert scene.phase == "idle"


def test_a_touch_begins_the_ninety_seconds_anew_and_a_status_does_not() -> None:
    scene = checking()
    scene.do(Go(), 89 * S)
    scene.failing(Check.RAILS)
    scene.see(89 * S)
    assert scene.phase == "checking"
    scene.do(Stop())
    scene.see(90 * S - 1)
    assert scene.phase == "checking"
    scene.see(1)
    assert scene.phase == "idle"


def test_without_a_guard_ninety_seconds_count_as_well() -> None:
    scene = chosen()
    scene.lose_guard(90 * S - 1)
    assert scene.phase == "chosen"
    assert scene.lose_guard(1) == "end"
    assert scene.phase == "idle"


def test_a_walk_that_was_left_in_its_ready_check_waits_as_paused_with_no_go() -> None:
    scene = rechecking()
    scene.do(Go())
    scene.failing(Check.RAILS)
    scene.see(90 * S)
    assert scene.phase == "paused"
    assert scene.walk.go_until_ns is None
    scene.failing()
    scene.do(Resume())
    scene.see()
    assert scene.phase == "countdown"


# --- go ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("late_ns", "phase"), [(60 * S - 1, "countdown"), (60 * S, "checking")])
def test_a_go_is_kept_for_sixty_seconds(late_ns: int, phase: str) -> None:
    scene = checking()
    scene.failing(Check.RAILS)
    scene.do(Go())
    tapped_ns = scene.now
    scene.see(30 * S)
    assert scene.phase == "checking"
    scene.see_at(tapped_ns + late_ns, failing=())
    assert scene.phase == phase
    assert scene.walk.go_until_ns is None, "used up or over, it is forgotten"
    scene.see()
    assert scene.phase == phase, "an old go is forgotten"


def test_a_go_that_was_tapped_in_the_briefing_is_kept_into_the_ready_check() -> None:
    scene = briefed()
    scene.do(Go())
    scene.see()
    assert scene.phase == "checking"
    scene.see()
    assert scene.phase == "countdown"


def test_a_second_go_is_kept_for_sixty_seconds_of_its_own() -> None:
    scene = checking()
    scene.failing(Check.RAILS)
    scene.do(Go())
    scene.do(Go(), 59 * S)
    scene.see(59 * S, failing=())
    assert scene.phase == "countdown"


@pytest.mark.parametrize("away", [Stop(), Back()])
def test_going_back_from_the_countdown_forgets_the_go(away: Stop | Back) -> None:
    scene = countdown()
    scene.do(away)
    scene.see(5 * S)
    assert scene.phase == "checking"


def test_letting_go_in_the_countdown_forgets_the_go() -> None:
    scene = countdown()
    scene.failing(Check.RAILS)
    scene.failing()
    scene.see(5 * S)
    assert scene.phase == "checking"


def test_a_stop_in_the_ready_check_forgets_the_go() -> None:
    scene = checking()
    scene.failing(Check.RAILS)
    scene.do(Go())
    scene.do(Stop())
    scene.failing()
    scene.see(5 * S)
    assert scene.phase == "checking"


def test_cancelling_a_resumption_forgets_the_go() -> None:
    scene = rechecking()
    scene.failing(Check.RAILS)
    scene.do(Go())
    scene.do(Cancel())
    assert scene.phase == "paused"
    assert scene.walk.go_until_ns is None


# --- countdown and start -------------------------------------------------------------------------


def test_the_countdown_lasts_three_seconds_and_then_asks_once() -> None:
    for scene in (countdown(), recountdown()):
        scene.see_at(scene.session.since_ns + 3 * S - 1)
        assert scene.phase == "countdown"
        assert scene.see(1) == "request"
        assert scene.phase == "starting"
        assert scene.see() == ""


def test_a_request_that_is_not_granted_within_a_quarter_of_a_second_is_given_up() -> None:
    scene = starting()
    since = scene.session.since_ns
    scene.see_at(since + 250 * MS - 1)
    assert scene.phase == "starting"
    scene.see(1)
    assert scene.phase == "checking"
    assert scene.walk.go_until_ns is None
    scene.see(S)
    assert scene.phase == "checking"


def test_a_permit_that_comes_in_the_last_moment_counts() -> None:
    scene = starting()
    scene.see_at(scene.session.since_ns + 240 * MS)
    assert scene.grant(10 * MS) == "opened"
    assert scene.phase == "starting"


def test_nothing_moves_for_sixty_seconds() -> None:
    for scene in (granted(), restarting()):
        if not scene.status.permit:
            scene.grant()
        scene.see_at(scene.session.since_ns + 60 * S - 1)
        assert scene.phase == "starting"
        assert scene.see(1) == "revoke:no_motion"
        assert scene.phase == "checking"
        assert scene.walk.go_until_ns is None
        scene.revoke("no_motion")
        assert scene.phase == "checking"
        assert scene.walk.outcome is None
        assert scene.walk.stop_reason is None


def test_after_a_belt_that_did_not_start_there_are_ninety_seconds_in_the_check() -> None:
    """However long ago Start was tapped: hands may have come a minute after it."""
    scene = checking()
    scene.failing(Check.RAILS)
    scene.do(Go())
    scene.see(59 * S, failing=())
    scene.see(3 * S)
    scene.grant()
    scene.see_at(scene.session.since_ns + 60 * S)
    assert scene.phase == "checking"
    scene.revoke("no_motion")
    scene.see_at(scene.session.since_ns + 90 * S - 1)
    assert scene.phase == "checking"
    scene.see(1)
    assert scene.phase == "paused"


def test_the_walk_begins_at_three_tenths_of_a_kmh_for_half_a_second() -> None:
    scene = granted()
    scene.see(speed_kmh=0.3, at_rest=False)
    scene.see(500 * MS - 1)
    assert scene.phase == "starting"
    scene.see(1)
    assert scene.phase == "walking"
    assert scene.walk.meters.walked_ns == 0


@pytest.mark.parametrize("slower", [0.2999, None, -1.0, 0.0])
def test_the_half_second_begins_anew_when_the_belt_is_slower(slower: float | None) -> None:
    scene = granted()
    for _ in range(3):
        scene.see(speed_kmh=0.3)
        scene.see(499 * MS)
        scene.see(1 * MS, speed_kmh=slower)
    assert scene.phase == "starting"


def test_the_half_second_of_an_earlier_start_does_not_count() -> None:
    scene = granted()
    scene.see(speed_kmh=1.0, at_rest=False)
    scene.see(20 * MS, permit=False, revokes=6, reason="closed")
    scene.see(250 * MS)
    assert scene.phase == "checking"
    scene.see(speed_kmh=0.0)
    scene.do(Go())
    scene.see()
    scene.see(3 * S)
    scene.see(permit=True, grants=7, speed_kmh=1.0)
    assert scene.phase == "starting"
    scene.see(499 * MS)
    assert scene.phase == "starting"
    scene.see(1 * MS)
    assert scene.phase == "walking"


# --- pauses --------------------------------------------------------------------------------------


def test_the_belt_at_rest_for_two_seconds_is_a_pause() -> None:
    scene = walking()
    scene.see(speed_kmh=0.0, at_rest=True)
    scene.see(2 * S - 1)
    assert scene.phase == "walking"
    assert scene.see(1) == "revoke:pause"
    assert scene.phase == "paused"
    assert scene.walk.pauses == 1


@pytest.mark.parametrize("rest", [False, None])
def test_the_two_seconds_of_rest_begin_anew_when_it_moves_or_nobody_knows(
    rest: bool | None,
) -> None:
    scene = walking()
    for _ in range(3):
        scene.see(at_rest=True)
        scene.see(2 * S - 1)
        scene.see(1, at_rest=rest)
    assert scene.phase == "walking"


def test_the_rest_before_a_pause_does_not_count_after_it() -> None:
    scene = walking()
    scene.see(speed_kmh=0.0, at_rest=True)
    scene.see(2 * S)
    scene.revoke("pause")
    again(scene)
    scene.see(speed_kmh=0.0, at_rest=True)
    assert scene.phase == "walking"
    scene.see(2 * S - 1)
    assert scene.phase == "walking"
    scene.see(1)
    assert scene.phase == "paused"
    assert scene.walk.pauses == 2


def again(scene: Scene) -> None:
    """From a pause to walking."""
    scene.do(Resume())
    scene.see()
    scene.see(3 * S)
    scene.grant()
    scene.see(speed_kmh=1.0, at_rest=False)
    scene.see(500 * MS)
    assert scene.phase == "walking"


def broken_ns(scene: Scene) -> int:
    assert scene.walk.broken_ns is not None
    return scene.walk.broken_ns


def test_a_pause_of_five_minutes_is_the_end() -> None:
    scene = walking()
    scene.watch(5.0)
    scene.do(Pause())
    paused_ns = scene.now
    scene.revoke("pause", speed_kmh=0.0, at_rest=True)
    scene.see_at(paused_ns + 300 * S - 1)
    assert scene.phase == "paused"
    assert scene.see(1) == "revoke:closed"
    assert scene.phase == "stopped"
    assert (scene.walk.outcome, scene.walk.stop_reason) == ("stopped", None)
    assert scene.walk.reasons_seen == ()
    assert scene.walk.walked_s == pytest.approx(5.0)


@pytest.mark.parametrize("phase", ["rechecking", "recountdown"])
def test_the_five_minutes_go_on_while_checking_to_resume(phase: str) -> None:
    scene = PHASES[phase][0]()
    end_ns = broken_ns(scene) + 300 * S
    scene.failing(Check.RAILS)
    while scene.now < end_ns - 60 * S:
        scene.do(Go(), 50 * S)
        scene.see()
        assert scene.phase == "checking"
    scene.see_at(end_ns - 1)
    assert scene.phase == "checking"
    scene.see(1)
    assert scene.phase == "stopped"
    assert (scene.walk.outcome, scene.walk.stop_reason) == ("stopped", None)


def test_the_five_minutes_end_a_countdown_too() -> None:
    scene = paused()
    end_ns = broken_ns(scene) + 300 * S
    scene.see_at(end_ns - 2 * S)
    scene.do(Resume())
    scene.see(20 * MS)
    assert scene.phase == "countdown"
    scene.see_at(end_ns)
    assert scene.phase == "stopped"


def test_the_five_minutes_begin_anew_with_each_pause() -> None:
    scene = paused()
    scene.see(200 * S)
    again(scene)
    assert scene.walk.broken_ns is None
    scene.do(Pause())
    paused_ns = scene.now
    scene.revoke("pause")
    scene.see_at(paused_ns + 300 * S - 1)
    assert scene.phase == "paused"


def test_a_session_that_was_permitted_but_never_walked_ends_after_five_minutes_too() -> None:
    scene = granted()
    given_ns = scene.now
    scene.see(60 * S)
    scene.revoke("no_motion")
    scene.see(90 * S)
    assert scene.phase == "paused"
    scene.see_at(given_ns + 300 * S - 1)
    assert scene.phase == "paused"
    scene.see(1)
    assert scene.phase == "stopped"
    assert (scene.walk.outcome, scene.walk.walked_s) == ("stopped", 0.0)


def test_the_five_minutes_of_a_pause_are_not_lengthened_by_a_start_without_motion() -> None:
    scene = restarting()
    before = broken_ns(scene)
    scene.grant()
    scene.see(60 * S)
    assert scene.phase == "checking"
    assert broken_ns(scene) == before


# --- the end -------------------------------------------------------------------------------------


def test_a_belt_that_runs_on_after_the_plan_is_stopped_after_twenty_seconds() -> None:
    scene = finishing()
    scene.see_at(scene.session.since_ns + 20 * S - 1)
    assert scene.phase == "finishing"
    assert scene.see(0) == ""
    assert scene.see(1) == "revoke:finished"
    assert scene.phase == "finishing"
    scene.revoke("finished", coasting=True)
    assert scene.phase == "finishing", "the belt still coasts"
    scene.see(coasting=False)
    assert scene.phase == "summary"
    assert scene.walk.outcome == "completed"


def test_a_belt_that_is_stopped_by_hand_after_the_plan_ends_the_walk_at_once() -> None:
    scene = finishing()
    assert scene.see(speed_kmh=0.0, at_rest=True) == "revoke:finished"
    assert scene.revoke("finished") == ""
    assert scene.phase == "summary"
    assert scene.walk.outcome == "completed"


def test_an_unknown_speed_is_not_the_belts_rest() -> None:
    scene = finishing()
    assert scene.see(speed_kmh=None, at_rest=None) == ""


def test_stopped_goes_on_after_ten_seconds() -> None:
    scene = stopped()
    scene.see_at(scene.session.since_ns + 10 * S - 1)
    assert scene.phase == "stopped"
    assert scene.see(1) == ""
    assert scene.phase == "summary"


def test_the_summary_closes_itself_after_sixty_seconds() -> None:
    for scene, effects in ((summary(), "closed end"), (closed(), "")):
        since = scene.session.since_ns
        scene.see_at(since + 60 * S - 1)
        assert scene.phase == "summary"
        assert scene.see(1) == effects
        assert scene.phase == "idle"
        assert len(scene.closed()) == 1


def test_the_summary_stands_for_sixty_seconds_after_the_last_touch() -> None:
    scene = summary()
    scene.watch(30.0)
    scene.do(Touched())
    touched = scene.now
    scene.see_at(touched + 60 * S - 1)
    assert scene.phase == "summary"
    scene.see_at(touched + 60 * S)
    assert scene.phase == "idle"


def test_a_touch_keeps_the_briefing_awake() -> None:
    scene = chosen()
    scene.watch(80.0)
    scene.do(Touched())
    scene.watch(80.0)
    assert scene.phase == "chosen"


def test_stopped_and_summary_go_on_at_their_times_without_a_guard() -> None:
    scene = stopped()
    since = scene.session.since_ns
    scene.lose_guard(since + 10 * S - 1 - scene.now)
    assert scene.phase == "stopped"
    scene.lose_guard(1)
    assert scene.phase == "summary"
    scene.lose_guard(60 * S - 1)
    assert scene.phase == "summary"
    assert scene.lose_guard(1) == "closed end"
    assert scene.phase == "idle"


def test_a_wrong_incline_is_no_touch_and_no_go() -> None:
    scene = checking(plan(5.0))
    touched = scene.session.touched_ns
    with pytest.raises(Refusal):
        scene.do(ConfirmIncline(4.0))
    assert scene.session.touched_ns == touched
