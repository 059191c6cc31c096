"""When the permit is given, and above all when it is not."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from hardware import interlock
from hardware.interlock import State
from hardware.limits import Limits
from hardware.link import Check, RailsMode, Reason, Terms
from tests.hardware.test_interlock_table import (
    EVER,
    MS,
    STATES,
    TERMS,
    S,
    Site,
    coasting,
    idle,
    paused,
    ready_check,
    rested,
    service,
    service_walking,
    walking,
)

ENDINGS = ("pause", "finished", "no_motion", "closed")
LOST_NS = Limits().kiosk_lost_ns
GOES_ON = ("pause", "no_motion")
"""Ends after which the same session may go on."""


def refused(site: Site, *checks: Check) -> None:
    """Assert that the guard refuses, for exactly these checks."""
    assert site.failing() == checks
    before = site.state
    assert not site.grant()
    assert site.state == before


def test_a_ready_site_gets_the_permit_once() -> None:
    site = ready_check()
    before = site.state
    assert site.failing() == ()
    assert site.grant()
    assert site.state.permit
    assert site.state.grants == before.grants + 1
    assert site.state.in_session is True
    assert site.state.ready_check is False
    assert not site.grant(), "it is on already"


@pytest.mark.parametrize("state", STATES)
def test_the_permit_is_given_in_no_other_state(state: str) -> None:
    site = STATES[state]()
    expected = state in {"ready_check", "paused", "service"}
    if state in {"walking", "service_walking"}:
        site.set(speed_kmh=0.0).judge()
        assert site.failing() == ()
    assert site.grant() is expected


def test_no_check_is_begun_while_nobody_named_the_terms() -> None:
    site = idle()
    assert site.failing() == ()
    refused(site)
    site.begin_check().judge()
    assert site.grant()


@pytest.mark.parametrize(
    ("check", "changes"),
    [
        (Check.KEY, {"key": False}),
        (Check.STOP_BUTTON, {"stop_button": True}),
        (Check.BELT, {"speed_kmh": 0.05}),
        (Check.BELT, {"speed_kmh": -0.05}),
        (Check.BELT, {"speed_kmh": None}),
        (Check.RELAY, {"relay": True}),
        (Check.RAILS, {"rail_left": False}),
        (Check.RAILS, {"rail_right": False}),
        (Check.RAILS, {"rail_left": False, "rail_right": False}),
        (Check.ESTOP, {"estop": False}),
        (Check.SENSOR, {"faulty": True}),
        (Check.SENSOR, {"faults": 1}),
    ],
)
def test_one_check_that_fails_is_enough(check: Check, changes: dict[str, Any]) -> None:
    site = ready_check()
    site.set(**changes).judge()
    refused(site, check)


def test_the_emergency_stop_must_be_closed_for_fifty_milliseconds() -> None:
    site = ready_check()
    site.set(estop=False).judge()
    site.set(estop=True).judge()
    refused(site, Check.ESTOP)
    site.judge(50 * MS - 1)
    refused(site, Check.ESTOP)
    site.judge(1)
    assert site.grant()


@pytest.mark.parametrize("changes", [{"faulty": True}, {"faults": 1}])
def test_the_sensor_must_be_healthy_for_two_seconds(changes: dict[str, Any]) -> None:
    site = ready_check()
    site.set(**changes).judge()
    site.set(faulty=False).judge()
    site.judge(2 * S - 1)
    refused(site, Check.SENSOR)
    site.judge(1)
    assert site.grant()


def test_a_sensor_that_fell_silent_must_be_healthy_for_two_seconds() -> None:
    site = ready_check()
    site.set(hearing=False, using=False).judge(500 * MS - 1)
    assert site.failing() == (), "a used frame stands for half a second"
    site.judge(1)
    refused(site, Check.SENSOR)
    site.set(hearing=True).judge(2 * S)
    refused(site, Check.SENSOR)
    site.set(using=True).judge()
    site.judge(2 * S - 1)
    refused(site, Check.SENSOR)
    site.judge(1)
    assert site.grant()


def test_the_kiosk_must_be_alive() -> None:
    site = ready_check()
    site.set(alive=False).judge(900 * MS - 1)
    assert site.failing() == ()
    site.judge(1)
    refused(site, Check.KIOSK)
    site.set(alive=True).judge()
    assert site.grant()


def test_the_relays_feedback_must_agree_with_the_permit() -> None:
    site = ready_check()
    site.set(relay=False).judge()
    assert site.grant()
    site.judge()
    assert site.failing() == (Check.RELAY,)
    site.set(relay=True).judge()
    assert site.failing() == ()


@pytest.mark.parametrize("state", ["ready_check", "service"])
@pytest.mark.parametrize("stop", [{"stop": True}, {"stop_button": True}])
def test_a_stop_wins_over_a_request_that_was_under_way(state: str, stop: dict[str, bool]) -> None:
    site = STATES[state]()
    if "stop" in stop:
        site.judge(stop=True)
        refused(site)
    else:
        site.set(stop_button=True).judge()
        refused(site, Check.STOP_BUTTON)
        # Held in, it counts from when it is let go of.
        site.judge(EVER)
    site.set(stop_button=False).judge(500 * MS - 1)
    refused(site)
    site.judge(1)
    assert site.grant()


def test_any_latch_refuses_however_well_everything_is() -> None:
    for reason in Reason:
        site = ready_check()
        site.state = replace(site.state, latched=(reason,))
        refused(site, Check.LATCH)


def test_every_failing_check_is_listed_in_the_order_in_which_it_is_shown() -> None:
    site = walking()
    site.set(key=False).judge()
    site.set(
        estop=False,
        stop_button=True,
        faulty=True,
        relay=True,
        alive=False,
        rail_left=True,
        rail_right=False,
    ).judge(EVER)
    assert site.failing() == tuple(Check)


# --- rails -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["both", "one", "none"])
@pytest.mark.parametrize(("left", "right"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_the_rails_must_be_held_as_the_mode_asks(mode: RailsMode, left: int, right: int) -> None:
    site = ready_check(Terms(2.0, mode))
    site.set(rail_left=bool(left), rail_right=bool(right)).judge()
    held = {"both": left + right == 2, "one": left + right >= 1, "none": True}[mode]
    assert site.failing() == (() if held else (Check.RAILS,))
    assert site.grant() is held


@pytest.mark.parametrize("mode", ["both", "one", "none"])
@pytest.mark.parametrize("stuck", ["rail_left", "rail_right"])
def test_a_rail_never_seen_open_blocks_in_mode_one_as_well(mode: RailsMode, stuck: str) -> None:
    free = {"rail_left": "rail_right", "rail_right": "rail_left"}[stuck]
    site = Site()
    site.begin_check(Terms(2.0, mode)).judge()
    site.set(**{free: False}).judge()
    site.set(**{free: True}).judge(EVER)
    if mode == "none":
        assert site.grant()
        return
    refused(site, Check.RAILS_OPENED)
    site.set(**{stuck: False}).judge()
    site.set(**{stuck: True}).judge()
    assert site.grant()


def opened(site: Site) -> tuple[bool, bool]:
    return site.state.opened_left, site.state.opened_right


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_pause_does_not_ask_for_open_rails_again_but_an_end_does(ending: str) -> None:
    site = walking()
    site.judge(ending=ending)
    assert opened(site) == (ending in GOES_ON,) * 2
    site.set(speed_kmh=0.0).judge(EVER)
    site.begin_check().judge()
    # Even after a pause: a ready check begins a new session, so the paused one's kiosk died.
    refused(site, Check.RAILS_OPENED)
    site.set(rail_left=False).judge()
    assert opened(site) == (True, False)
    site.set(rail_left=True, rail_right=False).judge()
    assert opened(site) == (True, True)
    site.set(rail_right=True).judge()
    assert site.grant()


@pytest.mark.parametrize("ending", GOES_ON)
def test_a_walk_goes_on_after_a_pause_without_letting_go_of_the_rails(ending: str) -> None:
    site = walking()
    site.judge(ending=ending)
    site.set(speed_kmh=0.0).judge(EVER)
    assert site.grant()
    assert site.state.in_session


def test_a_revoke_with_a_cause_asks_for_open_rails_again() -> None:
    site = walking()
    site.set(key=False).judge()
    assert opened(site) == (False, False)


def test_a_rail_that_is_open_when_the_walk_ends_counts_as_seen_open() -> None:
    site = walking()
    site.set(rail_left=False).judge(ending="closed")
    site.judge()
    assert opened(site) == (True, False)


@pytest.mark.parametrize(
    ("once", "ends"),
    [
        ({}, False),
        ({"ending": "pause"}, False),
        ({"ending": "no_motion"}, False),
        ({"ending": "finished"}, True),
        ({"ending": "closed"}, True),
        ({"stop": True}, True),
    ],
)
def test_a_walk_that_ends_while_paused_asks_for_open_rails_again(
    once: dict[str, Any], ends: bool
) -> None:
    for site, in_session in ((paused(), True), (coasting(), True), (rested(), False)):
        site.judge(**once)
        assert opened(site) == (not (in_session and ends),) * 2


def test_the_rails_of_a_walk_whose_kiosk_died_must_open_anew() -> None:
    site = paused()
    site.begin_check()
    assert opened(site) == (False, False)
    assert site.state.in_session is False
    site = rested()
    site.begin_check()
    assert opened(site) == (True, True)


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_rails_of_a_pause_that_its_kiosks_end_ended_must_open_anew(ending: str) -> None:
    site = walking()
    site.judge(ending=ending)
    site.set(speed_kmh=0.0, rail_left=False, rail_right=False).judge()
    site.set(rail_left=True, rail_right=True).judge(EVER)
    assert opened(site) == (True, True)
    # The next kiosk's first word: what the one before it left open is over.
    site.end_session()
    assert opened(site) == (ending not in GOES_ON,) * 2
    site.end_session()
    site.begin_check().judge()
    if ending in GOES_ON:
        refused(site, Check.RAILS_OPENED)
    else:
        assert site.grant()


def test_the_end_of_no_session_asks_for_no_rails() -> None:
    site = paused()
    site.end_session()
    site.set(rail_left=False, rail_right=False).judge()
    site.end_session()
    assert opened(site) == (True, True)


# --- ordinary ends -----------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_ordinary_end_takes_the_permit_at_once_and_latches_nothing(ending: str) -> None:
    site = walking()
    state = site.judge(ending=ending)
    assert state.permit is False
    assert state.rest_seen is False
    assert (state.reason, state.revokes, state.revoked_ns) == (ending, 1, site.now)
    assert state.latched == ()
    assert interlock.coasting(state)
    site.set(speed_kmh=0.0).judge(EVER)
    assert site.state.latched == ()
    assert site.state.causes == ()


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_ordinary_end_without_a_permit_changes_no_reason(ending: str) -> None:
    site = rested()
    before = (site.state.reason, site.state.revokes, site.state.latched)
    state = site.judge(ending=ending)
    assert (state.reason, state.revokes, state.latched) == before


# --- after a revoke ------------------------------------------------------------------------------


def test_after_a_revoke_the_belt_coasts_until_it_is_known_to_rest() -> None:
    site = coasting()
    for speed in (1.0, None, 0.05, None, -0.05):
        site.set(speed_kmh=speed).judge()
        assert interlock.coasting(site.state)
        refused(site, Check.BELT)
    site.set(speed_kmh=0.049).judge()
    assert not interlock.coasting(site.state)
    assert site.grant()


def test_the_belt_is_not_called_coasting_before_any_revoke_nor_with_the_permit_on() -> None:
    assert not interlock.coasting(idle().state)
    assert not interlock.coasting(walking().state)
    site = paused()
    assert site.grant()
    site.set(speed_kmh=1.0).judge()
    assert not interlock.coasting(site.state)
    site.judge(ending="pause")
    assert interlock.coasting(site.state), "rest is asked for anew after each revoke"


def test_motion_is_unexpected_only_after_rest_was_seen() -> None:
    site = coasting()
    site.judge(4 * S)
    assert site.state.causes == ()
    site.set(speed_kmh=0.0).judge()
    site.set(speed_kmh=1.0).judge()
    assert site.judge(500 * MS).latched == (Reason.UNEXPECTED_MOTION,)


def test_a_belt_that_moves_when_the_guard_starts_is_not_unexpected() -> None:
    site = Site()
    site.set(speed_kmh=1.0).judge()
    site.judge(EVER)
    assert Reason.UNEXPECTED_MOTION not in site.state.causes


def test_a_belt_that_runs_on_after_the_guard_started_anew_is_an_alarm() -> None:
    site = Site()
    site.set(speed_kmh=2.0).judge()
    first_ns = site.now
    site.judge(8 * S - 1)
    assert site.state.causes == ()
    site.set(key=False).judge(1)
    assert site.state.started_ns == first_ns
    assert site.state.causes == (Reason.SAFETY_KEY, Reason.PERMIT_INEFFECTIVE)
    assert site.state.latched == (Reason.PERMIT_INEFFECTIVE,), "all else is a red check"
    assert site.clear() == (Reason.PERMIT_INEFFECTIVE,), "it runs still"
    site.set(speed_kmh=0.0, key=True).judge()
    assert site.state.causes == ()
    assert site.clear() == ()
    site.set(speed_kmh=2.0).judge(EVER)
    assert site.judge(20 * S).latched == (), "rest was seen: it is unexpected, not left over"


@pytest.mark.parametrize("speed", [None, 0.0, 0.049])
def test_a_belt_not_known_to_move_when_the_guard_starts_is_no_alarm(speed: float | None) -> None:
    site = Site()
    site.set(speed_kmh=speed).judge()
    site.judge(20 * S)
    assert Reason.PERMIT_INEFFECTIVE not in site.state.causes
    # Unknown is not rest: what moves after it has been moving for all we know.
    site.set(speed_kmh=0.05).judge()
    assert (Reason.PERMIT_INEFFECTIVE in site.state.causes) is (speed is None)


def test_after_a_revoke_the_time_counts_from_it_and_not_from_the_start() -> None:
    site = coasting()
    assert site.state.revoked_ns is not None
    assert site.state.started_ns is not None
    assert site.now - site.state.started_ns > 8 * S
    assert site.judge(S).causes == ()


def test_motion_after_the_session_is_only_a_red_check() -> None:
    site = rested()
    site.set(speed_kmh=1.0).judge()
    site.judge(500 * MS)
    assert site.state.causes == (Reason.UNEXPECTED_MOTION,)
    assert site.state.latched == ()


def test_motion_in_a_pause_latches_alone_and_other_causes_stay_red_checks() -> None:
    site = paused()
    site.set(speed_kmh=1.0, key=False).judge()
    site.judge(500 * MS)
    assert site.state.causes == (Reason.SAFETY_KEY, Reason.UNEXPECTED_MOTION)
    assert site.state.latched == (Reason.UNEXPECTED_MOTION,)


def test_unexpected_motion_must_last_and_the_permit_ends_it() -> None:
    site = paused()
    site.set(speed_kmh=1.0).judge()
    site.set(speed_kmh=0.0).judge(499 * MS)
    assert site.grant()
    site.set(speed_kmh=1.0).judge()
    site.judge(EVER)
    assert site.state.permit
    site.judge(ending="pause")
    site.judge(EVER)
    assert site.state.causes == ()


def test_with_the_permit_on_or_before_any_rest_a_hold_of_motion_ends_at_once() -> None:
    for known in (None, 1.0):
        for state in (State(permit=True, rest_seen=True), State(permit=False, rest_seen=False)):
            site = idle()
            site.state = replace(state, unexpected_since=5)
            assert site.set(speed_kmh=known).judge().unexpected_since is None


def test_a_belt_that_stops_within_eight_seconds_is_not_an_ineffective_permit() -> None:
    site = coasting()
    assert site.state.revoked_ns is not None
    site.judge(site.state.revoked_ns + 8 * S - 1 - site.now)
    assert site.state.causes == ()
    site.set(speed_kmh=0.0).judge(1)
    assert site.state.causes == ()
    site.judge(60 * S)
    assert site.state.latched == ()


# --- unknown speed -------------------------------------------------------------------------------

HOLDS = [
    ("walking", Reason.RUNAWAY, 3.01, 100 * MS),
    ("walking", Reason.OVERSPEED, 2.31, 500 * MS),
    ("walking", Reason.WRONG_DIRECTION, -0.21, 300 * MS),
    ("paused", Reason.UNEXPECTED_MOTION, 0.21, 500 * MS),
]


@pytest.mark.parametrize(("state", "reason", "speed", "hold_ns"), HOLDS)
def test_an_unknown_speed_starts_no_hold(
    state: str, reason: Reason, speed: float, hold_ns: int
) -> None:
    site = STATES[state]()
    site.set(speed_kmh=None).judge()
    site.judge(hold_ns + S)
    assert reason not in site.state.causes
    site.set(speed_kmh=speed).judge()
    assert reason not in site.judge(hold_ns - 1).causes
    assert reason in site.judge(1).causes


@pytest.mark.parametrize(("state", "reason", "speed", "hold_ns"), HOLDS)
def test_an_unknown_speed_ends_no_hold(
    state: str, reason: Reason, speed: float, hold_ns: int
) -> None:
    site = STATES[state]()
    site.set(speed_kmh=speed).judge()
    site.set(speed_kmh=None).judge(1)
    assert reason not in site.judge(hold_ns - 2).causes
    assert reason in site.judge(1).causes


def test_an_unknown_speed_is_never_rest() -> None:
    site = coasting()
    site.set(speed_kmh=None).judge(EVER)
    assert interlock.coasting(site.state)
    site = ready_check()
    site.set(speed_kmh=None).judge()
    refused(site, Check.BELT)


# --- what a kiosk may begin and end --------------------------------------------------------------


def test_with_the_permit_on_no_session_is_begun_or_ended() -> None:
    site = walking()
    before = site.state
    assert site.begin_check(Terms(4.0, "none")).state == before
    assert site.end_session().state == before


def test_an_ended_session_leaves_no_terms() -> None:
    site = paused()
    site.end_session()
    assert (site.state.terms, site.state.in_session, site.state.ready_check) == (None, False, False)
    site.begin_check()
    assert (site.state.terms, site.state.ready_check) == (TERMS, True)
    site.end_session()
    assert (site.state.terms, site.state.ready_check) == (None, False)
    site.set(rail_left=False, rail_right=False).judge()
    site.set(rail_left=True, rail_right=True).judge()
    refused(site)


# --- service mode --------------------------------------------------------------------------------


def test_service_mode_is_entered_and_left_between_sessions_only() -> None:
    for builder in (ready_check, walking, coasting, paused):
        site = builder()
        before = site.state
        assert site.service(True).state == before, builder.__name__
    for builder in (idle, rested):
        site = builder()
        assert site.service(True).state.service, builder.__name__
        assert not site.service(False).state.service
    site = service_walking()
    assert site.service(False).state.service, "not with its permit on"
    site.judge(ending="closed")
    assert not site.service(False).state.service


def test_no_session_is_begun_in_service_mode() -> None:
    site = service()
    before = site.state
    assert site.begin_check().state == before


def test_in_service_mode_the_cap_is_a_kmh_and_a_half_and_no_rail_is_watched() -> None:
    site = service()
    assert interlock.cap_kmh(site.state, site.limits) == 1.5
    site.set(rail_left=False, rail_right=False).judge()
    assert site.failing() == ()
    assert site.grant()
    assert not site.state.in_session
    site.set(speed_kmh=1.8).judge()
    assert site.judge(60 * S).permit
    assert site.warning() == "none"
    site.set(speed_kmh=1.81).judge()
    assert site.judge(500 * MS).reason == Reason.OVERSPEED


def test_a_site_that_caps_lower_than_service_mode_keeps_its_cap() -> None:
    site = idle(Limits(site_cap_kmh=1.0)).service(True)
    assert interlock.cap_kmh(site.state, site.limits) == 1.0


def test_motion_in_service_mode_without_the_permit_is_only_a_red_check() -> None:
    site = service_walking()
    site.judge(ending="closed")
    site.set(speed_kmh=0.0).judge()
    site.set(speed_kmh=1.0).judge()
    site.judge(500 * MS)
    assert site.state.causes == (Reason.UNEXPECTED_MOTION,)
    assert site.state.latched == ()


def test_what_latches_in_service_mode_staff_clear_there() -> None:
    site = service_walking()
    site.set(key=False).judge()
    site.set(key=True, speed_kmh=0.0).judge()
    assert site.state.latched == (Reason.SAFETY_KEY,)
    assert site.clear() == ()
    assert site.grant()


@pytest.mark.parametrize("builder", [service, service_walking])
def test_service_mode_ends_with_its_kiosk(builder: Any) -> None:
    site = builder()
    permit = site.state.permit
    site.set(alive=False).judge(LOST_NS - 1)
    assert (site.state.service, site.state.permit) == (True, permit)
    site.judge(1)
    assert (site.state.service, site.state.permit) == (False, False)
    site.set(alive=True).judge()
    assert not site.state.service, "no later kiosk finds itself in it"


def test_any_other_cause_leaves_service_mode_to_the_staff() -> None:
    site = service_walking()
    site.set(estop=False).judge()
    assert (site.state.permit, site.state.service) == (False, True)


# --- clearing ------------------------------------------------------------------------------------


def test_a_belt_of_unknown_speed_clears_neither_motion_reason() -> None:
    for builder, speed, hold_ns in ((coasting, 1.0, 8 * S), (paused, 1.0, 500 * MS)):
        for unsure in (None, 0.05):
            site = builder()
            site.set(speed_kmh=speed).judge()
            site.judge(hold_ns)
            (latched,) = site.state.latched
            site.set(speed_kmh=0.0).judge()
            site.set(speed_kmh=unsure).judge()
            assert site.clear() == (latched,)
            site.set(speed_kmh=0.0).judge()
            assert site.clear() == ()


def test_clearing_keeps_what_is_still_wrong_and_clears_the_rest() -> None:
    site = walking()
    site.set(estop=False, key=False, hearing=False, using=False).judge(S)
    site.set(estop=True, speed_kmh=0.0).judge()
    site.judge(50 * MS)
    assert site.state.latched == (Reason.ESTOP, Reason.SAFETY_KEY, Reason.SENSOR_LOST)
    assert site.clear() == (Reason.SAFETY_KEY, Reason.SENSOR_LOST)
