"""safety.md's table, row by row: what trips it, how fast, and how it is cleared.

``ROWS`` is that table for the other files as well: they loop over rows, pairs and states.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from hardware import interlock
from hardware.interlock import Inputs, State
from hardware.limits import Limits
from hardware.link import STAFF_CLEARS, Check, RailsMode, Reason, Terms

MS = 1_000_000
S = 1_000 * MS
TERMS = Terms(cap_kmh=2.0, rails="both")
WALKING_KMH = 1.0
EVER = 3 * S
"""Longer than every hold of a healthy site."""


class Site:
    """A treadmill before an interlock: what is true stays true until it is changed.

    ``hearing`` frames come and ``using`` ones can be used, ``alive`` is the kiosk; where one of
    them is False, its last time stands. ``stop`` and ``ending`` last for one pass.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.state = State()
        self.now = 1_000 * S
        self.world: dict[str, Any] = {
            "estop": True,
            "key": True,
            "rail_left": True,
            "rail_right": True,
            "stop_button": False,
            "speed_kmh": 0.0,
            "faults": 0,
            "faulty": False,
            "relay": None,
            "hearing": True,
            "using": True,
            "alive": True,
        }
        self.times: dict[str, int | None] = {"heard_ns": None, "used_ns": None, "alive_ns": None}
        self.inputs = Inputs()

    def set(self, **changes: Any) -> Site:
        assert changes.keys() <= self.world.keys(), changes
        self.world |= changes
        return self

    def judge(self, after_ns: int = 10 * MS, **once: Any) -> State:
        """One pass, ``after_ns`` later than the one before."""
        self.now += after_ns
        world = dict(self.world)
        for sense, stamp in (("hearing", "heard_ns"), ("using", "used_ns"), ("alive", "alive_ns")):
            if world.pop(sense):
                self.times[stamp] = self.now
        self.inputs = Inputs(**world, **self.times, **once)
        self.state = interlock.judge(self.state, self.inputs, self.now, self.limits)
        return self.state

    def grant(self) -> bool:
        """Ask for the permit in the pass that was just judged."""
        before = self.state
        self.state = interlock.grant(before, self.inputs, self.now, self.limits)
        assert self.state is before or (not before.permit and self.state.permit)
        assert self.state.grants - before.grants == (self.state is not before)
        return self.state is not before

    def failing(self) -> tuple[Check, ...]:
        return interlock.failing(self.state, self.inputs, self.now, self.limits)

    def warning(self) -> str:
        return interlock.rails_warning(self.state, self.now, self.limits)

    def clear(self) -> tuple[Reason, ...]:
        """Staff clear; return what is left."""
        self.state = interlock.clear(self.state, self.inputs, self.now, self.limits)
        return self.state.latched

    def begin_check(self, terms: Terms = TERMS) -> Site:
        self.state = interlock.begin_check(self.state, terms)
        return self

    def end_session(self) -> Site:
        self.state = interlock.end_session(self.state)
        return self

    def service(self, on: bool) -> Site:
        self.state = interlock.service(self.state, on)
        return self


# --- the states in which a row may become true -----------------------------------------------


def idle(limits: Limits | None = None) -> Site:
    """A healthy site since ever: rails seen open, then held; the belt at rest; no session."""
    site = Site(limits)
    site.set(rail_left=False, rail_right=False).judge()
    site.set(rail_left=True, rail_right=True).judge()
    site.judge(EVER)
    assert site.state.causes == ()
    return site


def ready_check(terms: Terms = TERMS, limits: Limits | None = None) -> Site:
    site = idle(limits).begin_check(terms)
    site.judge()
    return site


def walking(terms: Terms = TERMS, limits: Limits | None = None) -> Site:
    """The permit on, the belt at 1 km/h, for longer than any hold."""
    site = ready_check(terms, limits)
    assert site.grant()
    site.set(speed_kmh=WALKING_KMH)
    for _ in range(3):
        site.judge(EVER)
    assert site.state.permit
    return site


def coasting() -> Site:
    """A pause just asked for, the belt still at 1 km/h."""
    site = walking()
    assert not site.judge(ending="pause").permit
    site.judge()
    assert interlock.coasting(site.state)
    return site


def rested() -> Site:
    """After a walk: its record is closed and the belt has rested."""
    site = walking()
    site.judge(ending="finished")
    site.set(speed_kmh=0.0, rail_left=False, rail_right=False).judge()
    site.set(rail_left=True, rail_right=True).end_session().judge(EVER)
    assert not interlock.coasting(site.state)
    assert not site.state.in_session
    return site


def paused() -> Site:
    """In a session, paused, the belt at rest."""
    site = coasting()
    site.set(speed_kmh=0.0).judge()
    site.judge(EVER)
    assert site.state.in_session
    assert not interlock.coasting(site.state)
    return site


def service() -> Site:
    """Service mode, no permit."""
    site = idle().service(True)
    site.judge()
    assert site.state.service
    return site


def service_walking() -> Site:
    """Service mode with the permit on."""
    site = service()
    assert site.grant()
    site.set(speed_kmh=WALKING_KMH).judge()
    site.judge(EVER)
    assert site.state.permit
    return site


STATES = {
    builder.__name__: builder
    for builder in (
        idle,
        ready_check,
        walking,
        coasting,
        rested,
        paused,
        service,
        service_walking,
    )
}
ON = {"walking", "service_walking"}
LATCHING = ON | {"coasting"}
AT_REST = set(STATES) - LATCHING


# --- the table -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One row: ``begin`` makes its cause true, after ``hold_ns`` it trips; ``end`` makes it false.

    ``hears`` is for causes that count from the last good news: they hold from the pass before.
    ``seen_in`` are the states in which the row looks at all. ``gone_ns`` is how long the cause
    must be gone before staff may clear it. ``where`` narrows a row with several causes.
    """

    reason: Reason
    begin: dict[str, Any]
    end: dict[str, Any]
    hold_ns: int = 0
    hears: bool = False
    seen_in: frozenset[str] = frozenset(STATES)
    gone_ns: int = 0
    where: str = ""
    once: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.reason}{self.where and '-' + self.where}"


CAP = TERMS.cap_kmh
SEEN_AT_REST = frozenset(AT_REST)
ROWS = (
    Row(Reason.ESTOP, {"estop": False}, {"estop": True}, gone_ns=50 * MS),
    Row(Reason.SAFETY_KEY, {"key": False}, {"key": True}),
    Row(Reason.RUNAWAY, {"speed_kmh": 5.01}, {"speed_kmh": 0.0}, hold_ns=100 * MS),
    Row(
        Reason.RAILS_RELEASED,
        {"rail_left": False, "rail_right": False},
        {"rail_left": True, "rail_right": True},
        hold_ns=2 * S,
        seen_in=frozenset({"walking", "coasting"}),
    ),
    Row(
        Reason.SENSOR_LOST,
        {"hearing": False, "using": False},
        {"hearing": True, "using": True},
        hold_ns=500 * MS,
        hears=True,
        gone_ns=2 * S,
    ),
    Row(Reason.SENSOR_FAULT, {"faulty": True}, {"faulty": False}, gone_ns=2 * S, where="stands"),
    Row(Reason.SENSOR_FAULT, {"faults": 1}, {"faults": 1}, gone_ns=2 * S, where="passed"),
    Row(
        Reason.SENSOR_FAULT,
        {"using": False},
        {"using": True},
        hold_ns=500 * MS,
        hears=True,
        gone_ns=2 * S,
        where="unusable",
    ),
    Row(Reason.OVERSPEED, {"speed_kmh": 4.31}, {"speed_kmh": 0.0}, hold_ns=500 * MS),
    Row(Reason.WRONG_DIRECTION, {"speed_kmh": -0.21}, {"speed_kmh": 0.0}, hold_ns=300 * MS),
    Row(
        Reason.PERMIT_INEFFECTIVE,
        {},
        {"speed_kmh": 0.0},
        hold_ns=8 * S,
        seen_in=frozenset({"coasting"}),
    ),
    Row(
        Reason.UNEXPECTED_MOTION,
        {"speed_kmh": 0.21},
        {"speed_kmh": 0.0},
        hold_ns=500 * MS,
        seen_in=SEEN_AT_REST,
    ),
    Row(Reason.KIOSK_LOST, {"alive": False}, {"alive": True}, hold_ns=900 * MS, hears=True),
    Row(Reason.PATRON, {}, {}, where="screen", once={"stop": True}),
    Row(Reason.PATRON, {"stop_button": True}, {"stop_button": False}, where="button"),
)
BY_NAME = {row.name: row for row in ROWS}
ORDER = tuple(Reason)


def heal(site: Site, row: Row) -> Site:
    """Make the row's cause false, with the belt at rest."""
    return site.set(**{**row.end, "speed_kmh": 0.0})


def trip(site: Site, row: Row) -> State:
    """Make the row's cause true and go on to the very pass in which it trips.

    Asserts that one nanosecond before it did not.
    """
    site.set(**row.begin)
    if not row.hold_ns:
        return site.judge(**row.once)
    if row.reason is Reason.PERMIT_INEFFECTIVE:
        assert site.state.revoked_ns is not None
        left_ns = site.state.revoked_ns + row.hold_ns - site.now
    else:
        if not row.hears:
            site.judge()
        left_ns = row.hold_ns
    assert row.reason not in site.judge(left_ns - 1).causes, "too early"
    return site.judge(1)


# --- tests of the table itself ---------------------------------------------------------------


def test_every_reason_of_the_guard_has_a_row_in_the_order_of_precedence() -> None:
    # guard_lost is the kiosk's: no guard can report that it is not there.
    assert list(dict.fromkeys(row.reason for row in ROWS)) == [
        reason for reason in Reason if reason is not Reason.GUARD_LOST
    ]


def test_the_order_of_precedence_is_that_of_safety_md() -> None:
    assert [str(reason) for reason in ORDER] == [
        "estop",
        "safety_key",
        "runaway",
        "rails_released",
        "sensor_lost",
        "sensor_fault",
        "overspeed",
        "wrong_direction",
        "permit_ineffective",
        "unexpected_motion",
        "kiosk_lost",
        "guard_lost",
        "patron",
    ]


def test_the_limits_are_those_of_safety_md() -> None:
    limits = Limits()
    assert limits == Limits(
        site_cap_kmh=4.0,
        estop_closed_ns=50 * MS,
        runaway_over_kmh=1.0,
        runaway_ns=100 * MS,
        rails_warn_ns=1 * S,
        rails_revoke_ns=2 * S,
        one_hand_warn_ns=2 * S,
        sensor_lost_ns=500 * MS,
        sensor_healthy_ns=2 * S,
        overspeed_over_kmh=0.3,
        overspeed_ns=500 * MS,
        wrong_direction_kmh=0.2,
        wrong_direction_ns=300 * MS,
        ineffective_ns=8 * S,
        unexpected_kmh=0.2,
        unexpected_ns=500 * MS,
        kiosk_lost_ns=900 * MS,
    )
    assert interlock.REST_BELOW_KMH == 0.05
    assert Terms(cap_kmh=1.5, rails="none") == interlock.SERVICE_TERMS


def test_staff_clear_what_safety_md_says_they_clear() -> None:
    assert {
        Reason.ESTOP,
        Reason.RUNAWAY,
        Reason.SENSOR_LOST,
        Reason.SENSOR_FAULT,
        Reason.PERMIT_INEFFECTIVE,
        Reason.UNEXPECTED_MOTION,
    } == STAFF_CLEARS


# --- each row in each state ------------------------------------------------------------------


def lower_cap(site: Site, row: Row) -> Row:
    """The row with its speed over the cap that this state has (the rows' are over the site's)."""
    cap = interlock.cap_kmh(site.state, site.limits)
    over = {Reason.RUNAWAY: 1.01, Reason.OVERSPEED: 0.31}.get(row.reason)
    return row if over is None else replace(row, begin={"speed_kmh": cap + over})


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", BY_NAME)
def test_a_row_trips_at_its_hold_and_latches_only_with_the_permit_or_coasting(
    name: str, state: str
) -> None:
    site = STATES[state]()
    row = lower_cap(site, BY_NAME[name])
    on, reason_before = site.state.permit, site.state.reason
    revokes = site.state.revokes
    if state not in BY_NAME[name].seen_in:
        site.set(**row.begin)
        for _ in range(9):
            assert row.reason not in site.judge(S, **row.once).causes
            assert row.reason not in site.state.latched
        return
    after = trip(site, row)
    assert row.reason in after.causes
    assert not after.permit
    latches = state in LATCHING or (row.reason is Reason.UNEXPECTED_MOTION and state == "paused")
    assert (row.reason in after.latched) is latches
    if on:
        assert (after.revokes, after.reason) == (revokes + 1, row.reason)
        assert after.revoked_ns == site.now
    else:
        assert (after.revokes, after.reason) == (revokes, reason_before)


@pytest.mark.parametrize("state", sorted(AT_REST - {"paused"}))
@pytest.mark.parametrize("name", BY_NAME)
def test_without_a_permit_a_cause_is_a_red_check_that_clears_itself(name: str, state: str) -> None:
    site = STATES[state]()
    row = lower_cap(site, BY_NAME[name])
    if state not in BY_NAME[name].seen_in:
        return
    trip(site, row)
    site.set(**row.end).judge()
    site.judge(EVER)
    assert site.state.causes == ()
    assert site.state.latched == ()
    assert site.failing() == ()


@pytest.mark.parametrize("name", BY_NAME)
def test_who_clears_a_row_and_when_it_cannot_be_cleared_yet(name: str) -> None:
    row = BY_NAME[name]
    state = next(s for s in ("walking", "coasting", "paused") if s in row.seen_in)
    site = STATES[state]()
    row = lower_cap(site, row)
    trip(site, row)
    by_staff = row.reason in STAFF_CLEARS

    # While the cause is true nothing helps: no new ready check, no PIN.
    if (row.begin or row.reason is Reason.PERMIT_INEFFECTIVE) and row.where != "passed":
        site.end_session().begin_check().judge()
        assert row.reason in site.clear()
        assert row.reason in site.state.latched

    # The belt comes to rest and the cause goes.
    heal(site, row).judge()
    since = site.now
    if row.gone_ns:
        site.judge(row.gone_ns - 1)
        assert row.reason not in site.state.causes
        assert row.reason in site.clear(), "too early"
        site.judge(1)
        assert site.now == since + row.gone_ns
    site.end_session().begin_check().judge()
    assert (row.reason in site.state.latched) is by_staff
    assert (Check.LATCH in site.failing()) is by_staff
    assert site.clear() == ()
    assert Check.LATCH not in site.failing()


@pytest.mark.parametrize("name", [row.name for row in ROWS if row.reason not in STAFF_CLEARS])
def test_what_a_patron_clears_waits_for_a_new_ready_check(name: str) -> None:
    site = walking()
    row = lower_cap(site, BY_NAME[name])
    trip(site, row)
    heal(site, row).set(rail_left=False, rail_right=False).judge()
    site.set(rail_left=True, rail_right=True).judge(EVER)
    site.end_session().judge(EVER)
    assert site.state.latched == (row.reason,)
    assert site.failing() == (Check.LATCH,)
    site.begin_check().judge()
    assert site.state.latched == ()
    assert site.grant()


@pytest.mark.parametrize("reason", sorted(STAFF_CLEARS))
def test_what_staff_clear_outlasts_every_ready_check(reason: Reason) -> None:
    row = next(row for row in ROWS if row.reason is reason)
    site = STATES[next(s for s in ("walking", "coasting", "paused") if s in row.seen_in)]()
    trip(site, lower_cap(site, row))
    heal(site, row)
    for _ in range(3):
        site.end_session().judge(EVER)
        site.begin_check().judge(EVER)
        assert reason in site.state.latched
        assert not site.grant()


# --- thresholds: on the limit is not over it ---------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "over_cap_kmh", "hold_ns"),
    [(Reason.RUNAWAY, 1.0, 100 * MS), (Reason.OVERSPEED, 0.3, 500 * MS)],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_speed_is_over_the_cap_in_either_direction_and_on_the_limit_it_is_not(
    reason: Reason, over_cap_kmh: float, hold_ns: int, sign: int
) -> None:
    limit = CAP + over_cap_kmh
    site = walking()
    site.set(speed_kmh=sign * limit).judge()
    assert reason not in site.judge(hold_ns + S).causes
    site = walking()
    site.set(speed_kmh=sign * (limit + 1e-6)).judge()
    assert reason not in site.judge(hold_ns - 1).causes
    assert reason in site.judge(1).causes


def test_the_wrong_direction_is_against_the_sign_and_on_the_limit_it_is_not() -> None:
    for speed, wrong in ((-0.2, False), (-0.2000001, True), (0.5, False)):
        site = walking()
        site.set(speed_kmh=speed).judge()
        assert (Reason.WRONG_DIRECTION in site.judge(S).causes) is wrong


@pytest.mark.parametrize("sign", [1, -1])
def test_unexpected_motion_is_in_either_direction_and_on_the_limit_it_is_not(sign: int) -> None:
    for speed, unexpected in ((0.2, False), (0.2000001, True)):
        site = paused()
        site.set(speed_kmh=sign * speed).judge()
        assert (Reason.UNEXPECTED_MOTION in site.judge(500 * MS).causes) is unexpected


def test_the_belt_rests_below_a_twentieth_of_a_kmh() -> None:
    for speed, rests in ((0.0, True), (0.0499, True), (-0.0499, True), (0.05, False)):
        assert interlock.at_rest(Inputs(speed_kmh=speed)) is rests
        assert interlock.at_rest(Inputs(speed_kmh=-speed)) is rests
    assert interlock.at_rest(Inputs(speed_kmh=None)) is None


@pytest.mark.parametrize(
    ("reason", "begin", "end"),
    [
        (Reason.RUNAWAY, 3.01, 3.0),
        (Reason.OVERSPEED, 2.31, 2.3),
        (Reason.WRONG_DIRECTION, -0.21, 0.0),
    ],
)
def test_a_hold_that_is_broken_begins_anew(reason: Reason, begin: float, end: float) -> None:
    hold_ns = next(row.hold_ns for row in ROWS if row.reason is reason)
    site = walking()
    for _ in range(3):
        site.set(speed_kmh=begin).judge()
        assert reason not in site.judge(hold_ns - 1).causes
        site.set(speed_kmh=end).judge(1)
    assert site.state.permit


def test_a_rail_touched_for_one_pass_begins_the_two_seconds_anew() -> None:
    site = walking()
    for hand in ("rail_left", "rail_right"):
        site.set(rail_left=False, rail_right=False).judge()
        site.judge(2 * S - 1)
        site.set(**{hand: True}).judge(1)
    assert site.state.permit


def test_an_unknown_speed_is_no_motion_and_no_rest_when_the_belt_should_have_stopped() -> None:
    site = coasting()
    site.set(speed_kmh=None).judge(60 * S)
    assert site.state.causes == ()
    assert interlock.coasting(site.state)
    site.set(speed_kmh=0.05).judge()
    assert site.state.latched == (Reason.PERMIT_INEFFECTIVE,)


# --- the cap -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("session", "site_cap"), [(2.0, 4.0), (4.0, 4.0), (5.0, 4.0), (9.0, 5.0)])
def test_the_cap_in_force_is_the_lower_of_session_and_site(session: float, site_cap: float) -> None:
    site = walking(Terms(session, "both"), Limits(site_cap_kmh=site_cap))
    cap = min(session, site_cap)
    assert interlock.cap_kmh(site.state, site.limits) == cap
    site.set(speed_kmh=cap + 0.31).judge()
    assert site.judge(500 * MS).reason == Reason.OVERSPEED


def test_a_cap_that_is_no_number_is_not_a_cap_that_nothing_exceeds() -> None:
    site = walking(Terms(float("nan"), "both"), Limits(site_cap_kmh=3.0))
    assert interlock.cap_kmh(site.state, site.limits) == 3.0


def test_without_a_session_the_sites_cap_holds_and_both_rails_are_asked() -> None:
    site = idle(Limits(site_cap_kmh=3.0))
    assert interlock.terms_in_force(site.state, site.limits) == Terms(3.0, "both")
    assert interlock.cap_kmh(site.state, site.limits) == 3.0


# --- rails: modes and warnings -------------------------------------------------------------------


def hands(site: Site, left: bool, right: bool) -> Site:
    return site.set(rail_left=left, rail_right=right)


@pytest.mark.parametrize("mode", ["both", "one"])
def test_no_hand_warns_at_one_second_and_revokes_at_two(mode: RailsMode) -> None:
    site = walking(Terms(2.0, mode))
    hands(site, False, False).judge()
    site.judge(1 * S - 1)
    assert site.warning() == "none"
    site.judge(1)
    assert site.warning() == "no_hands"
    site.judge(1 * S - 1)
    assert site.state.permit
    assert site.warning() == "no_hands"
    assert site.judge(1).reason == Reason.RAILS_RELEASED
    assert site.warning() == "none", "without a permit there is nothing to warn of"


@pytest.mark.parametrize("left", [True, False])
def test_one_hand_off_warns_at_two_seconds_where_both_are_asked_and_never_revokes(
    left: bool,
) -> None:
    site = walking(Terms(2.0, "both"))
    hands(site, left, not left).judge()
    site.judge(2 * S - 1)
    assert site.warning() == "none"
    site.judge(1)
    assert site.warning() == "one_hand"
    for _ in range(5):
        assert site.judge(60 * S).permit
    assert site.warning() == "one_hand"
    hands(site, True, True).judge()
    assert site.warning() == "none"


@pytest.mark.parametrize("left", [True, False])
def test_one_hand_is_enough_where_one_is_asked(left: bool) -> None:
    site = walking(Terms(2.0, "one"))
    hands(site, left, not left).judge()
    assert site.judge(60 * S).permit
    assert site.warning() == "none"


def test_without_rails_nothing_looks_at_them() -> None:
    site = walking(Terms(2.0, "none"))
    hands(site, False, False).judge()
    assert site.judge(60 * S).permit
    assert site.warning() == "none"
    site.judge(ending="pause")
    site.judge(4 * S)
    assert site.state.causes == ()


def test_a_warning_does_not_fall_silent_when_the_second_hand_goes_as_well() -> None:
    site = walking(Terms(2.0, "both"))
    hands(site, True, False).judge()
    site.judge(2 * S)
    assert site.warning() == "one_hand"
    hands(site, False, False).judge()
    assert site.warning() == "one_hand"
    site.judge(1 * S - 1)
    assert site.warning() == "one_hand"
    site.judge(1)
    assert site.warning() == "no_hands"


def test_without_the_permit_there_is_nothing_to_warn_of() -> None:
    for builder in (idle, ready_check, coasting, paused, service):
        site = builder()
        hands(site, False, False).judge()
        site.judge(60 * S)
        assert site.warning() == "none"


def test_hands_off_before_the_session_do_not_count_into_it() -> None:
    site = idle()
    hands(site, False, False).judge()
    site.judge(60 * S)
    hands(site, True, True).begin_check().judge()
    assert site.grant()
    site.judge()
    assert site.warning() == "none"
    assert site.state.permit


def test_a_site_may_be_stricter_and_every_limit_is_its_own() -> None:
    strict = Limits(rails_warn_ns=200 * MS, rails_revoke_ns=400 * MS, one_hand_warn_ns=300 * MS)
    site = walking(limits=strict)
    hands(site, True, False).judge()
    site.judge(300 * MS - 1)
    assert site.warning() == "none"
    site.judge(1)
    assert site.warning() == "one_hand"
    hands(site, False, False).judge()
    site.judge(200 * MS)
    assert site.warning() == "no_hands"
    assert site.judge(200 * MS).reason == Reason.RAILS_RELEASED


def test_rails_are_watched_while_the_belt_coasts_but_not_once_the_record_is_closed() -> None:
    site = coasting()
    hands(site, False, False).judge()
    assert site.judge(2 * S).latched == (Reason.RAILS_RELEASED,)

    site = walking(Terms(2.0, "none"))
    hands(site, False, False).judge(stop=True)
    site.end_session().judge()
    site.judge(5 * S)
    assert site.state.latched == (Reason.PATRON,), "the session had no rails to hold"


# --- one cause hides no other ----------------------------------------------------------------


def test_a_lost_sensor_is_not_a_faulty_one_as_well_and_a_heard_one_is_not_lost() -> None:
    site = walking()
    site.set(hearing=False, using=False).judge(500 * MS)
    assert site.state.causes == (Reason.SENSOR_LOST,)
    site = walking()
    site.set(using=False).judge(500 * MS)
    assert site.state.causes == (Reason.SENSOR_FAULT,)
    site.set(faulty=True, hearing=False).judge(500 * MS)
    assert site.state.causes == (Reason.SENSOR_LOST, Reason.SENSOR_FAULT)


def test_a_fault_that_came_and_went_between_two_passes_counts_once() -> None:
    site = walking()
    site.set(faults=7).judge()
    assert site.state.reason == Reason.SENSOR_FAULT
    assert site.judge().causes == ()
    site.set(faults=6).judge()
    assert site.state.causes == (Reason.SENSOR_FAULT,), "a count that goes back is a fault too"


def test_a_guard_that_just_started_knows_nothing_and_calls_all_of_it_wrong() -> None:
    site = Site()
    state = interlock.judge(State(), Inputs(), site.now, site.limits)
    assert state.causes == (
        Reason.ESTOP,
        Reason.SAFETY_KEY,
        Reason.SENSOR_LOST,
        Reason.KIOSK_LOST,
    )
    assert not state.permit
    assert not interlock.coasting(state)
