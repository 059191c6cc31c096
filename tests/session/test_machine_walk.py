"""What is counted: time, way, speed, band, hands; and the steps with their inclines."""

from __future__ import annotations

import msgspec
import pytest

from hardware.link import Pins
from kiosk.session import metrics
from kiosk.session.actions import Brief, ConfirmIncline, Go, Pause, Refusal, Resume
from kiosk.session.plan import own_plan, step_at, step_left_ns
from profiles.model import Step
from tests.session.scene import (
    HELD,
    MS,
    PHASES,
    S,
    Scene,
    checking,
    granted,
    paused,
    plan,
    recountdown,
    summary,
    walking,
)


def hands(left: bool, right: bool) -> Pins:
    return msgspec.structs.replace(HELD, rail_left=left, rail_right=right)


# --- time and way --------------------------------------------------------------------------------


def test_time_counts_from_the_status_that_began_the_walk_to_the_one_that_breaks_it() -> None:
    scene = walking()
    assert scene.walk.meters.walked_ns == 0
    scene.see(20 * MS)
    assert scene.walk.meters.walked_ns == 20 * MS
    scene.see(500 * MS)
    assert scene.walk.meters.walked_ns == 520 * MS
    scene.do(Pause(), 7 * MS)
    scene.see(20 * MS)
    assert scene.walk.meters.walked_ns == 520 * MS, "only from status to status"


@pytest.mark.parametrize("phase", [name for name in PHASES if name != "idle"])
def test_walked_time_way_and_speed_grow_in_walking_alone(phase: str) -> None:
    scene = PHASES[phase][0]()
    before = scene.walk.meters
    scene.see(odometer_m=scene.status.odometer_m + 2.0, speed_kmh=1.7)
    after = scene.walk.meters
    grown = msgspec.structs.asdict(after).items() - msgspec.structs.asdict(before).items()
    if phase == "walking":
        assert {name for name, _ in grown} == {
            *("walked_ns", "distance_m", "total_m", "max_kmh", "both_ns"),
        }
    elif phase in {"chosen", "briefed", "checking", "countdown", "starting"}:
        assert after == before, "before the first permit nothing is counted"
    else:
        assert grown == {("total_m", before.total_m + 2.0)}


def test_the_total_way_counts_from_the_first_permit_and_either_direction() -> None:
    scene = walking()
    at = scene.status.odometer_m
    before = scene.walk.meters
    for metres in (at + 3.0, at + 1.0, at + 2.0):
        scene.see(odometer_m=metres)
    after = scene.walk.meters
    assert after.distance_m - before.distance_m == pytest.approx(2.0)
    assert after.total_m - before.total_m == pytest.approx(6.0)


def test_the_permit_itself_is_counted_from_the_next_status_on() -> None:
    scene = Scene()
    scene.choose()
    scene.do(Brief())
    scene.see()
    scene.do(Go())
    scene.see(odometer_m=7.0)
    scene.see(3 * S, odometer_m=8.0)
    scene.see(permit=True, grants=6, odometer_m=9.0)
    assert scene.walk.meters.total_m == 0.0
    scene.see(odometer_m=10.0)
    assert scene.walk.meters.total_m == 1.0


def test_the_way_before_the_first_status_of_all_is_unknown_and_not_counted() -> None:
    scene = walking()
    scene.session = msgspec.structs.replace(scene.session, last_odometer_m=None)
    before = scene.walk.meters
    scene.see(odometer_m=5000.0)
    assert scene.walk.meters.distance_m == before.distance_m
    assert scene.walk.meters.total_m == before.total_m
    assert scene.session.last_odometer_m == 5000.0


def test_an_idle_kiosk_keeps_time_and_odometer_up_to_date() -> None:
    scene = Scene()
    scene.see(odometer_m=77.0)
    assert (scene.session.last_ns, scene.session.last_odometer_m) == (scene.now, 77.0)


def test_a_walk_of_the_whole_plan_is_as_long_as_the_plan_to_the_nanosecond() -> None:
    scene = walking(plan(0.0, 0.0, s=2.5))
    scene.see(4990 * MS)
    assert scene.phase == "walking"
    scene.see(70 * MS)
    assert scene.phase == "finishing"
    assert scene.walk.meters.walked_ns == 5 * S
    assert scene.walk.walked_s == 5.0
    assert scene.walk.left_s == 0.0
    assert scene.walk.steps_completed == 2


def test_the_plan_ends_on_its_last_nanosecond_and_not_before() -> None:
    scene = walking(plan(0.0, s=5.0))
    scene.see(5 * S - 1)
    assert scene.phase == "walking"
    assert scene.walk.left_s == pytest.approx(1e-9)
    scene.see(1)
    assert scene.phase == "finishing"


def test_a_plan_that_ends_at_rest_is_finished_not_paused() -> None:
    scene = walking(plan(0.0, s=5.0))
    scene.see(3 * S, speed_kmh=0.0, at_rest=True)
    scene.see(2 * S)
    assert scene.phase == "finishing"


def test_pauses_do_not_count() -> None:
    scene = walking()
    scene.watch(2.0)
    scene.do(Pause())
    scene.revoke("pause")
    scene.watch(40.0)
    scene.do(Resume())
    scene.see(speed_kmh=0.0, at_rest=True)
    scene.see(3 * S)
    scene.grant()
    scene.see(speed_kmh=1.0, at_rest=False)
    scene.see(500 * MS)
    scene.watch(3.0)
    assert scene.walk.walked_s == pytest.approx(5.0)
    assert scene.walk.meters.distance_m == pytest.approx(5 / 3.6)
    assert scene.walk.meters.total_m > scene.walk.meters.distance_m


# --- figures -------------------------------------------------------------------------------------


def test_greatest_mean_band_and_hands_are_those_of_the_walked_time() -> None:
    scene = walking()
    for seconds, speed, pins in (
        (4.0, 1.0, hands(True, True)),
        (3.0, 1.9, hands(True, False)),
        (2.0, 0.5, hands(False, True)),
        (1.0, 1.6, hands(False, False)),
    ):
        scene.watch(seconds, speed_kmh=speed, pins=pins)
    meters = scene.walk.meters
    assert meters.walked_ns == 10 * S
    assert meters.max_kmh == 1.9
    assert meters.in_band_ns == 5 * S
    assert (meters.both_ns, meters.one_ns, meters.none_ns) == (4 * S, 5 * S, 1 * S)
    mean = (4 * 1.0 + 3 * 1.9 + 2 * 0.5 + 1.6) / 10
    assert metrics.mean_kmh(meters) == pytest.approx(mean)


@pytest.mark.parametrize(
    ("speed", "inside"),
    [(0.749, False), (0.75, True), (1.2, True), (1.65, True), (1.651, False), (None, False)],
)
def test_the_band_is_as_wide_as_the_speed_is_shown(speed: float | None, inside: bool) -> None:
    assert metrics.in_band(speed, Step("a", 30, 0.8, 1.6)) is inside
    scene = walking()
    scene.see(S, speed_kmh=speed)
    assert scene.walk.meters.in_band_ns == S * inside


def test_an_unknown_or_backward_speed_is_never_the_greatest() -> None:
    scene = walking()
    scene.see(speed_kmh=None)
    scene.see(speed_kmh=-3.0)
    assert scene.walk.meters.max_kmh == 0.0
    assert scene.walk.meters.in_band_ns == 0


def test_before_anything_was_walked_there_are_no_shares_and_no_mean() -> None:
    assert metrics.percent(0, 0) is None
    assert metrics.percent(1, 3) == 33.3
    assert metrics.mean_kmh(granted().walk.meters) is None


# --- events --------------------------------------------------------------------------------------


def test_a_whole_walk_in_its_events() -> None:
    scene = summary(plan(0.0, 0.0, s=1.0))
    assert [
        (event["event"], *[v for k, v in event.items() if k not in {"t_s", "event"}])
        for event in scene.walk.events
    ] == [
        ("state", "chosen"),
        ("state", "briefed"),
        ("state", "checking"),
        ("state", "countdown"),
        ("state", "starting"),
        ("permit_granted",),
        ("step", 0, "step 0"),
        ("state", "walking"),
        ("step", 1, "step 1"),
        ("state", "finishing"),
        ("permit_revoked", "finished"),
        ("state", "summary"),
    ]
    times = [event["t_s"] for event in scene.walk.events]
    assert times == sorted(times)
    assert times[0] == 0.0
    assert scene.events("state")[4] == {"t_s": 3.04, "event": "state", "state": "starting"}


def test_an_events_time_is_in_seconds_from_the_choice_to_the_millisecond() -> None:
    scene = walking()
    scene.see(1234567890)
    scene.do(Pause())
    expected = round((scene.now - scene.walk.chosen_ns) / 1e9, 3)
    assert scene.events("state")[-1]["t_s"] == expected
    assert expected != round(expected, 2)


def test_a_second_permit_is_an_event_but_opens_no_second_journal() -> None:
    scene = recountdown()
    scene.see(3 * S)
    assert scene.grant() == ""
    assert len(scene.events("permit_granted")) == 2


# --- steps ---------------------------------------------------------------------------------------


def test_steps_change_with_the_walked_time() -> None:
    scene = walking(plan(0.0, 0.0, 0.0, s=10.0))
    assert (scene.walk.step_index, scene.walk.steps_completed) == (0, 0)
    assert scene.walk.next_step == scene.walk.plan.steps[1]
    scene.see(10 * S - 1)
    assert scene.walk.step_index == 0
    scene.see(1)
    assert (scene.walk.step_index, scene.walk.steps_completed) == (1, 1)
    assert scene.walk.step.name == "step 1"
    scene.see(10 * S)
    assert scene.walk.next_step is None
    assert [event["index"] for event in scene.events("step")] == [0, 1, 2]
    assert [event["name"] for event in scene.events("step")] == ["step 0", "step 1", "step 2"]
    scene.see()
    assert len(scene.events("step")) == 3


def test_a_resumed_walk_goes_on_in_its_step_and_begins_no_step_twice() -> None:
    scene = walking(plan(0.0, 0.0, s=10.0))
    scene.see(5 * S)
    scene.do(Pause())
    scene.revoke("pause", speed_kmh=0.0, at_rest=True)
    scene.do(Resume())
    scene.see()
    scene.see(3 * S)
    scene.grant()
    scene.see(speed_kmh=1.0, at_rest=False)
    scene.see(500 * MS)
    assert scene.phase == "walking"
    assert len(scene.events("step")) == 1
    assert scene.walk.left_s == 15.0


# --- inclines ------------------------------------------------------------------------------------


def test_a_step_with_an_incline_pauses_until_the_console_shows_it() -> None:
    scene = walking(plan(0.0, 5.0, s=10.0))
    assert scene.see(10 * S) == "revoke:pause"
    assert scene.phase == "paused"
    assert scene.walk.pauses == 1
    assert scene.walk.step_index == 1
    assert [event["index"] for event in scene.events("step")] == [0, 1]
    scene.revoke("pause", speed_kmh=0.0, at_rest=True)
    with pytest.raises(Refusal) as refused:
        scene.do(ConfirmIncline(4.0))
    assert (refused.value.code, str(refused.value)) == (
        "incline",
        "The treadmill's console must show 5 %.",
    )
    assert scene.do(ConfirmIncline(5.0)) == ""
    assert scene.phase == "checking", "confirming is the deliberate tap"
    assert scene.events("incline")[-1]["incline_pct"] == 5.0
    assert scene.session.deck_pct == scene.walk.deck_pct == 5.0
    scene.see()
    assert scene.phase == "countdown"
    scene.see(3 * S)
    scene.grant()
    scene.see(speed_kmh=1.0, at_rest=False)
    scene.see(500 * MS)
    assert scene.phase == "walking"
    assert scene.walk.incline_pct == 5.0


def test_a_resumption_without_the_new_incline_waits_in_the_ready_check() -> None:
    scene = walking(plan(0.0, 5.0, s=10.0))
    scene.see(10 * S)
    scene.revoke("pause", speed_kmh=0.0, at_rest=True)
    scene.do(Resume())
    scene.see(5 * S)
    assert scene.phase == "checking"
    scene.do(ConfirmIncline(5.0))
    scene.see()
    assert scene.phase == "countdown"


def test_confirming_what_the_console_showed_already_resumes_nothing() -> None:
    scene = paused()
    scene.do(ConfirmIncline(0.0))
    assert scene.phase == "paused"


def test_a_first_step_with_an_incline_is_confirmed_in_the_ready_check() -> None:
    scene = checking(plan(7.0))
    scene.do(Go())
    scene.see(5 * S)
    assert scene.phase == "checking"
    scene.do(ConfirmIncline(7.0))
    assert scene.phase == "checking"
    scene.see()
    assert scene.phase == "countdown", "the go was kept"
    scene.see(3 * S)
    scene.grant()
    assert scene.walk.incline_pct == 0.0, "walked on is what counts"
    scene.see(speed_kmh=1.0, at_rest=False)
    scene.see(500 * MS)
    assert scene.walk.incline_pct == 7.0


def test_an_incline_confirmed_in_the_ready_check_is_no_go() -> None:
    scene = checking(plan(7.0))
    scene.do(ConfirmIncline(7.0))
    scene.see(5 * S)
    assert scene.phase == "checking"


def test_the_deck_stays_as_it_was_confirmed_into_the_next_session() -> None:
    scene = checking(plan(7.0))
    scene.do(ConfirmIncline(7.0))
    scene.see(90 * S)
    assert scene.phase == "idle"
    scene.choose(plan(0.0))
    assert scene.walk.deck_pct == 7.0
    scene.do(Brief())
    scene.see()
    scene.do(Go())
    scene.see(5 * S)
    assert scene.phase == "checking"
    scene.do(ConfirmIncline(0.0))
    scene.see()
    assert scene.phase == "countdown"


def test_the_records_incline_is_the_steepest_that_was_walked() -> None:
    scene = walking(plan(0.0, 5.0, 2.0, s=10.0))
    for incline in (5.0, 2.0):
        scene.see(10 * S)
        assert scene.phase == "paused"
        scene.revoke("pause", speed_kmh=0.0, at_rest=True)
        scene.do(ConfirmIncline(incline))
        scene.see()
        scene.see(3 * S)
        scene.grant()
        scene.see(speed_kmh=1.0, at_rest=False)
        scene.see(500 * MS)
        assert scene.phase == "walking"
    assert scene.walk.incline_pct == 5.0
    assert scene.walk.deck_pct == 2.0


def test_a_rest_and_a_new_incline_at_once_are_one_pause() -> None:
    scene = walking(plan(0.0, 5.0, s=10.0))
    scene.see(8 * S, speed_kmh=0.0, at_rest=True)
    scene.see(2 * S)
    assert scene.phase == "paused"
    assert scene.walk.pauses == 1


# --- plans ---------------------------------------------------------------------------------------


def test_a_plan_asks_nobody_to_walk_faster_than_the_cap() -> None:
    made = own_plan((Step("a", 10, 1.0, 3.0), Step("b", 10, 2.5, 3.0)), cap_kmh=2.0, rails="one")
    assert [(step.low_kmh, step.high_kmh) for step in made.steps] == [(1.0, 2.0), (2.0, 2.0)]
    assert (made.cap_kmh, made.rails, made.program_id) == (2.0, "one", "own")
    assert made.planned_ns == 20 * S


@pytest.mark.parametrize(
    ("walked_ns", "index", "left_ns"),
    [
        (0, 0, 10 * S),
        (10 * S - 1, 0, 1),
        (10 * S, 1, 20 * S),
        (30 * S - 1, 1, 1),
        (30 * S, 1, 0),
        (31 * S, 1, 0),
    ],
)
def test_the_step_and_what_is_left_of_it(walked_ns: int, index: int, left_ns: int) -> None:
    made = own_plan((Step("a", 10, 1, 2), Step("b", 20, 1, 2)), cap_kmh=2.0, rails="both")
    assert step_at(made, walked_ns) == index
    assert step_left_ns(made, walked_ns) == left_ns


def test_each_state_entered_is_an_event() -> None:
    states = recountdown().events("state")
    assert [event["state"] for event in states] == [
        "chosen",
        "briefed",
        "checking",
        "countdown",
        "starting",
        "walking",
        "paused",
        "checking",
        "countdown",
    ]
