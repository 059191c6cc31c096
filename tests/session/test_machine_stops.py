"""Why a walk ended, what is kept of it, and that nothing is lost or goes on by itself."""

from __future__ import annotations

import msgspec
import pytest

from hardware.link import BeginCheck, Check, EndSession, Reason, Revoke, Terms
from kiosk.session import machine
from kiosk.session.actions import Brief, Cancel, Done, Go, Pause, Rate, Resume, Stop
from kiosk.session.model import Closed, Health, Send
from profiles.saying import saying
from tests.session.scene import (
    MS,
    OVER,
    PERMIT_ON,
    PERMITTED,
    PHASES,
    S,
    Scene,
    checking,
    countdown,
    finishing,
    granted,
    paused,
    restarting,
    starting,
    stopped,
    summary,
    walking,
)

GUARDS = [reason for reason in Reason if reason is not Reason.GUARD_LOST]
NOT_THE_PATRON = [reason for reason in GUARDS if reason is not Reason.PATRON]


def outcome(scene: Scene) -> tuple[str | None, str | None, tuple[str, ...]]:
    walk = scene.walk
    return walk.outcome, walk.stop_reason, walk.reasons_seen


def of(reason: str) -> str:
    return "stopped" if reason == "patron" else "safety_stop"


# --- a reason of the guard ---------------------------------------------------------------------


@pytest.mark.parametrize("phase", PERMIT_ON)
@pytest.mark.parametrize("reason", GUARDS)
def test_a_revoke_with_a_reason_stops_the_walk_and_says_why(reason: Reason, phase: str) -> None:
    scene = PHASES[phase][0]()
    walked = scene.walk.meters.walked_ns
    scene.revoke(reason, reason, coasting=True)
    assert scene.phase == "stopped"
    assert outcome(scene) == (of(reason), reason, (reason,))
    assert type(scene.walk.stop_reason) is str, "plain, for the log"
    assert {type(seen) for seen in scene.walk.reasons_seen} == {str}
    assert scene.walk.meters.walked_ns - walked == (20 * MS if phase == "walking" else 0)
    assert scene.events("permit_revoked")[-1]["reason"] == reason
    assert type(scene.events("permit_revoked")[-1]["reason"]) is str
    assert [event["reason"] for event in scene.events("latched")] == [reason]
    assert scene.walk.go_until_ns is None


@pytest.mark.parametrize("phase", PERMITTED)
@pytest.mark.parametrize("reason", NOT_THE_PATRON)
def test_a_latch_stops_a_walk_that_is_broken_off_as_well(reason: Reason, phase: str) -> None:
    scene = PHASES[phase][0]()
    scene.see(latched=(reason,))
    assert scene.phase == "stopped"
    assert outcome(scene) == ("safety_stop", reason, (reason,))


def test_the_reason_is_the_one_that_the_guard_fixed_in_the_pass_that_revoked() -> None:
    scene = walking()
    scene.revoke("safety_key", Reason.OVERSPEED, Reason.SAFETY_KEY)
    assert outcome(scene) == ("safety_stop", "safety_key", ("overspeed", "safety_key"))


def test_a_latch_after_an_ordinary_end_is_the_reason() -> None:
    scene = paused()
    assert scene.status.reason == "pause"
    scene.see(latched=(Reason.RAILS_RELEASED, Reason.ESTOP))
    assert outcome(scene) == ("safety_stop", "rails_released", ("rails_released", "estop"))


def test_later_reasons_are_added_and_change_nothing_else() -> None:
    scene = stopped()
    before = outcome(scene)
    scene.see(latched=(Reason.ESTOP, Reason.PERMIT_INEFFECTIVE))
    scene.see(10 * S)
    assert scene.phase == "summary"
    scene.see(latched=(Reason.ESTOP, Reason.PERMIT_INEFFECTIVE, Reason.KIOSK_LOST))
    scene.see()
    assert outcome(scene) == (
        *before[:2],
        ("estop", "permit_ineffective", "kiosk_lost"),
    )
    assert len(scene.events("latched")) == 3


def test_a_closed_record_takes_no_more_reasons() -> None:
    scene = stopped()
    scene.do(Rate())
    seen, events = scene.walk.reasons_seen, len(scene.walk.events)
    scene.see(latched=(Reason.ESTOP, Reason.PERMIT_INEFFECTIVE))
    assert scene.walk.reasons_seen == seen
    assert len(scene.walk.events) == events


def test_a_latch_before_the_first_permit_is_no_stop() -> None:
    for phase in ("chosen", "checking", "countdown", "starting"):
        scene = PHASES[phase][0]()
        scene.see(latched=(Reason.ESTOP,), failing=(Check.LATCH,))
        assert scene.phase in {"chosen", "checking", "starting"}
        assert outcome(scene) == (None, None, ())
        assert scene.events("latched") == []


def test_a_permit_that_came_and_went_between_two_statuses_is_a_stop() -> None:
    scene = starting()
    scene.see(grants=6, revokes=6, reason="estop", latched=(Reason.ESTOP,))
    assert scene.phase == "stopped"
    assert outcome(scene) == ("safety_stop", "estop", ("estop",))
    assert [event["event"] for event in scene.walk.events[-4:]] == [
        "permit_granted",
        "permit_revoked",
        "latched",
        "state",
    ]
    scene.see(10 * S)
    scene.see(60 * S)
    assert len(scene.closed()) == 1


def test_a_permit_that_goes_without_a_word_means_a_guard_that_cannot_be_relied_on() -> None:
    scene = walking()
    scene.see(permit=False, revokes=6, reason="closed")
    assert outcome(scene) == ("safety_stop", "guard_lost", ("guard_lost",))


# --- STOP --------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", PERMITTED)
def test_stop_ends_a_walk_as_the_patrons(phase: str) -> None:
    scene = PHASES[phase][0]()
    walked = scene.walk.meters.walked_ns
    scene.do(Stop())
    assert outcome(scene) == ("stopped", "patron", ("patron",))
    assert scene.walk.meters.walked_ns == walked
    if scene.status.permit:
        scene.revoke("patron", Reason.PATRON, coasting=True)
        assert outcome(scene) == ("stopped", "patron", ("patron",))


def test_a_stop_forgets_a_go_that_was_kept() -> None:
    scene = paused()
    scene.failing(Check.RAILS)
    scene.do(Resume())
    scene.do(Stop())
    assert scene.phase == "stopped"
    assert scene.walk.go_until_ns is None


def test_a_higher_cause_in_the_pass_that_heard_the_stop_is_the_reason() -> None:
    scene = walking()
    scene.do(Stop())
    scene.revoke("estop", Reason.ESTOP, Reason.PATRON)
    assert outcome(scene) == ("safety_stop", "estop", ("patron", "estop"))
    assert type(scene.walk.stop_reason) is str


def test_an_ordinary_end_on_its_way_or_a_later_latch_does_not_change_the_patrons_reason() -> None:
    scene = walking()
    scene.do(Pause())
    scene.do(Stop())
    scene.revoke("pause", coasting=True)
    assert outcome(scene)[:2] == ("stopped", "patron")
    scene.see(latched=(Reason.RAILS_RELEASED,))
    assert outcome(scene) == ("stopped", "patron", ("patron", "rails_released"))


def test_no_revoke_corrects_another_reason_than_the_patrons() -> None:
    scene = walking()
    scene.lose_guard()
    scene.revoke("estop", Reason.ESTOP)
    assert outcome(scene) == ("safety_stop", "guard_lost", ("guard_lost", "estop"))


def test_a_stop_before_the_first_permit_leads_back_and_keeps_the_session() -> None:
    for phase in ("chosen", "briefed", "checking", "countdown", "starting"):
        scene = PHASES[phase][0]()
        scene.do(Stop())
        assert scene.phase in {"chosen", "briefed", "checking"}
        assert outcome(scene) == (None, None, ())
        assert not scene.walk.permitted


# --- the guard is lost -------------------------------------------------------------------------


@pytest.mark.parametrize("phase", PERMITTED)
def test_a_guard_that_is_silent_ends_a_walk(phase: str) -> None:
    scene = PHASES[phase][0]()
    scene.lose_guard()
    assert outcome(scene) == ("safety_stop", "guard_lost", ("guard_lost",))
    assert type(scene.walk.stop_reason) is str


@pytest.mark.parametrize("phase", PERMITTED)
@pytest.mark.parametrize(("grants", "revokes"), [(0, 99), (99, 0)])
def test_a_guard_that_started_anew_ends_a_walk(phase: str, grants: int, revokes: int) -> None:
    scene = PHASES[phase][0]()
    meters = scene.walk.meters
    scene.see(permit=False, grants=grants, revokes=revokes, odometer_m=0.0)
    assert outcome(scene) == ("safety_stop", "guard_lost", ("guard_lost",))
    assert scene.walk.meters == meters, "its odometer began anew too"
    assert (scene.walk.grants, scene.walk.revokes) == (grants, revokes)
    assert (scene.session.last_ns, scene.session.last_odometer_m) == (scene.now, 0.0)
    events = scene.walk.events
    scene.see()
    assert scene.walk.events == events


def test_a_guard_that_started_anew_hears_the_terms_again() -> None:
    for phase in ("checking", "countdown", "starting"):
        scene = PHASES[phase][0]()
        scene.see(grants=0, revokes=0)
        assert scene.effects[-1] == Send(BeginCheck(Terms(2.0, "both")))
        assert scene.phase == "checking"
        scene.do(Go())
        scene.see()
        scene.see(3 * S)
        scene.grant()
        assert scene.walk.permitted


def test_a_guard_that_started_anew_forgets_a_go_that_was_kept() -> None:
    scene = checking()
    scene.failing(Check.RAILS)
    scene.do(Go())
    scene.see(grants=0, revokes=0, failing=())
    assert scene.walk.go_until_ns is None
    scene.see(5 * S)
    assert scene.phase == "checking"


def test_each_go_tells_the_guard_the_terms_once_more_until_the_first_permit() -> None:
    scene = checking()
    scene.do(Go())
    assert scene.effects[-1] == Send(BeginCheck(Terms(2.0, "both")))
    scene = paused()
    scene.do(Resume())
    scene.failing(Check.RAILS)
    assert scene.do(Go()) == ""


def test_what_the_guard_counted_before_the_ready_check_is_not_ours() -> None:
    for grants, revokes in ((0, 0), (9, 9)):
        scene = Scene()
        scene.choose()
        scene.see(grants=grants, revokes=revokes)
        scene.do(Brief())
        scene.see(grants=grants + 1, revokes=revokes + 1)
        assert not scene.walk.permitted
        assert scene.events("permit_granted") == []
        assert scene.events("permit_revoked") == []
        assert (scene.walk.grants, scene.walk.revokes) == (grants + 1, revokes + 1)


def test_the_guards_count_is_known_from_the_choice_on() -> None:
    scene = Scene()
    scene.choose()
    assert (scene.walk.grants, scene.walk.revokes) == (5, 5)


# --- a permit that comes too late ---------------------------------------------------------------


def test_a_permit_that_nobody_waits_for_is_taken_back_and_what_it_was_is_kept() -> None:
    scene = starting()
    scene.see(250 * MS)
    assert scene.phase == "checking"
    assert scene.grant() == "opened revoke:no_motion"
    assert scene.walk.permitted
    assert scene.see() == "revoke:no_motion", "as long as it is on"
    assert scene.revoke("no_motion") == ""
    scene.see(90 * S)
    assert scene.phase == "paused"
    scene.see(300 * S)
    assert scene.phase == "stopped"
    scene.see(10 * S)
    scene.see(60 * S)
    assert len(scene.closed()) == 1


@pytest.mark.parametrize("shown", ["at once", "one after the other"])
def test_stop_in_the_moment_of_the_grant_ends_the_walk(shown: str) -> None:
    """The check that follows STOP takes the guard's latch away: only the revoke tells of it."""
    scene = starting()
    assert scene.do(Stop()) == "revoke:patron begin"
    grants, revokes = scene.status.grants + 1, scene.status.revokes + 1
    if shown == "one after the other":
        assert scene.grant() == "opened revoke:no_motion"
        assert scene.phase == "checking"
    scene.see(permit=False, grants=grants, revokes=revokes, reason="patron")
    assert scene.phase == "stopped"
    assert scene.walk.permitted
    assert outcome(scene) == ("stopped", "patron", ("patron",))
    scene.see(10 * S)
    scene.see(60 * S)
    assert [walk.stop_reason for walk in scene.closed()] == ["patron"]


def test_stop_before_any_grant_leads_back_to_the_check() -> None:
    scene = starting()
    scene.do(Stop())
    scene.see(reason="patron")
    scene.see(revokes=scene.status.revokes + 1, reason="patron")
    assert scene.phase == "checking"
    assert not scene.walk.permitted


def test_a_permit_taken_back_for_another_reason_is_no_stop_of_theirs() -> None:
    scene = starting()
    scene.see(250 * MS)
    scene.grant()
    scene.see(permit=False, revokes=scene.status.revokes + 1, reason="no_motion")
    assert scene.phase == "checking"
    scene.see(reason="patron")
    assert scene.phase == "checking", "no permit was taken for it"


@pytest.mark.parametrize("phase", OVER)
def test_a_permit_after_the_end_is_taken_back(phase: str) -> None:
    scene = PHASES[phase][0]()
    assert scene.see(permit=True) == "revoke:closed"


# --- what blocks a start, and does not stop a walk -----------------------------------------------


def test_the_kiosks_own_checks_come_first_and_then_the_guards() -> None:
    scene = checking()
    status = msgspec.structs.replace(scene.status, failing=(Check.KEY, Check.RAILS))
    assert machine.failing(scene.session, status, Health()) == (Check.KEY, Check.RAILS)
    ill = Health(guard=False, log=(saying("full"),))
    walk = msgspec.structs.replace(scene.walk, deck_pct=3.0)
    session = msgspec.structs.replace(scene.session, walk=walk)
    assert machine.failing(session, status, ill) == (
        "guard",
        "log",
        "incline",
        Check.KEY,
        Check.RAILS,
    )
    idle = Scene()
    assert machine.failing(idle.session, idle.status, Health()) == ()
    assert machine.failing(idle.session, idle.status, ill) == ("guard", "log")


def test_a_guard_in_service_mode_leads_nobody() -> None:
    scene = checking()
    status = msgspec.structs.replace(scene.status, service=True)
    assert machine.failing(scene.session, status, Health()) == ("guard",)


def test_a_permit_of_the_staffs_is_nobodys_walk() -> None:
    scene = checking()
    scene.see(service=True, permit=True, grants=scene.status.grants + 1)
    scene.see(service=True, permit=False, revokes=scene.status.revokes + 1, reason="estop")
    scene.see(service=False)
    assert (scene.phase, scene.walk.permitted) == ("checking", False)
    assert {event["event"] for event in scene.walk.events} == {"state"}
    scene.see(permit=True, grants=scene.status.grants + 1)
    assert scene.walk.permitted, "the next one is"


def test_a_guard_that_restarts_into_service_mode_ends_a_walk_all_the_same() -> None:
    scene = walking()
    scene.see(service=True, permit=False, grants=0, revokes=0)
    assert scene.phase == "stopped"


def test_a_test_that_is_due_blocks_a_new_start() -> None:
    scene = checking()
    scene.health = Health(proof_due=True)
    assert machine.failing(scene.session, scene.status, scene.health) == ("proof",)
    scene.do(Go())
    scene.see(5 * S)
    assert scene.phase == "checking"
    scene.health = Health()
    scene.see()
    assert scene.phase == "countdown"


def test_a_test_that_becomes_due_neither_stops_a_walk_nor_blocks_its_resumption() -> None:
    scene = walking()
    scene.health = Health(proof_due=True)
    scene.watch(1.0)
    assert scene.phase == "walking"
    scene.do(Pause())
    assert machine.failing(scene.session, scene.status, scene.health) == ()


def test_a_log_that_fails_blocks_a_new_start() -> None:
    scene = checking()
    scene.health = Health(log=(saying("the disk is full"),))
    assert machine.failing(scene.session, scene.status, scene.health) == ("log",)
    scene.do(Go())
    scene.see(5 * S)
    assert scene.phase == "checking"
    scene.health = Health()
    scene.see()
    assert scene.phase == "countdown"


def test_settings_that_are_not_seen_to_block_a_new_start_and_never_a_walk() -> None:
    scene = checking()
    scene.health = Health(settings=(saying("The belt is not calibrated."),))
    assert machine.failing(scene.session, scene.status, scene.health) == ("settings",)
    scene.do(Go())
    scene.see(5 * S)
    assert scene.phase == "checking"
    scene.health = Health()
    scene.see()
    assert scene.phase == "countdown"
    scene = walking()
    scene.health = Health(settings=(saying("The belt is not calibrated."),))
    scene.watch(5.0)
    assert scene.phase == "walking"
    scene.do(Pause())
    scene.revoke("pause", speed_kmh=0.0, at_rest=True)
    assert machine.failing(scene.session, scene.status, scene.health) == ()


def test_a_log_that_fails_neither_stops_a_walk_nor_blocks_its_resumption() -> None:
    scene = walking()
    scene.health = Health(log=(saying("the disk is full"),))
    scene.watch(5.0)
    assert scene.phase == "walking"
    scene.do(Pause())
    scene.revoke("pause", speed_kmh=0.0, at_rest=True)
    assert machine.failing(scene.session, scene.status, scene.health) == ()
    scene.do(Resume())
    scene.see()
    scene.see(3 * S)
    scene.grant()
    scene.see(speed_kmh=1.0, at_rest=False)
    scene.see(500 * MS)
    assert scene.phase == "walking"
    scene.watch(60.0)
    assert scene.phase == "finishing"
    scene.see(speed_kmh=0.0, at_rest=True)
    scene.revoke("finished")
    scene.do(Rate())
    assert [walk.outcome for walk in scene.closed()] == ["completed"]


# --- nothing is lost -----------------------------------------------------------------------------


def test_a_closed_record_is_closed_once_whatever_follows() -> None:
    scene = stopped()
    scene.do(Rate(pain=4, rpe=13))
    (kept,) = scene.closed()
    assert (kept.pain_after, kept.rpe, kept.closed) == (4, 13, True)
    assert kept.events[-1]["state"] == "summary"
    assert scene.session.since_ns == scene.now
    scene.do(Done())
    assert len(scene.closed()) == 1
    assert scene.session.since_ns == scene.now


def test_a_summary_that_nobody_rates_is_kept_without_a_rating() -> None:
    scene = summary()
    scene.do(Done())
    (kept,) = scene.closed()
    assert (kept.outcome, kept.pain_after, kept.rpe) == ("completed", None, None)


def test_choosing_anew_closes_the_summary_first() -> None:
    scene = summary()
    scene.choose()
    (kept,) = scene.closed()
    assert kept.outcome == "completed"
    assert kept.permitted
    assert not scene.walk.permitted


@pytest.mark.parametrize("phase", PERMITTED)
def test_leaving_in_the_midst_of_a_walk_takes_the_permit_first_and_keeps_the_walk(
    phase: str,
) -> None:
    scene = PHASES[phase][0]()
    result = machine.leave(scene.session, scene.walk, scene.now)
    scene.session, effects = result
    scene.effects += effects
    (kept,) = scene.closed()
    assert effects == (Send(Revoke("closed")), Closed(kept), Send(EndSession()))
    assert kept.outcome is None
    assert scene.phase == "idle"


def test_a_walk_that_was_walked_to_its_end_and_then_stopped_keeps_all_its_time() -> None:
    scene = finishing()
    scene.do(Stop())
    assert outcome(scene)[:2] == ("stopped", "patron")
    assert scene.walk.meters.walked_ns == scene.walk.plan.planned_ns


def test_leaving_before_the_first_permit_keeps_nothing_and_ends_the_guards_session() -> None:
    for phase in ("chosen", "briefed", "checking", "countdown"):
        scene = PHASES[phase][0]()
        assert scene.do(Cancel()) == "end"
        assert scene.session.walk is None
        assert scene.session.since_ns == scene.now


def test_a_refused_request_can_be_repeated() -> None:
    for scene in (starting(), restarting()):
        scene.see(250 * MS)
        scene.do(Go())
        scene.see()
        scene.see(3 * S)
        assert scene.phase == "starting"
        scene.grant()
        assert scene.walk.permitted


def test_a_countdown_that_is_broken_off_hears_the_terms_again() -> None:
    scene = countdown()
    scene.failing(Check.RAILS)
    assert scene.effects[-1] == Send(BeginCheck(Terms(2.0, "both")))
    scene = granted()
    scene.see(60 * S)
    assert "begin" not in scene.revoke("no_motion"), "its terms stand"
