"""Whatever comes in whatever order: what must hold after every pass, against a model of its own."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hardware import interlock
from hardware.link import STAFF_CLEARS, Check, Reason, Terms
from tests.hardware.test_interlock_table import MS, ORDER, S, Site

LEVELS = {
    name: st.booleans()
    for name in (
        "estop",
        "key",
        "rail_left",
        "rail_right",
        "stop_button",
        "faulty",
        "hearing",
        "using",
        "alive",
    )
}
GOOD = {
    "estop": True,
    "key": True,
    "rail_left": True,
    "rail_right": True,
    "stop_button": False,
    "faulty": False,
    "hearing": True,
    "using": True,
    "alive": True,
    "relay": None,
    "speed_kmh": 0.0,
}
SPEEDS = st.sampled_from(
    [None, 0.0, 0.049, 0.05, 0.2, 0.21, -0.21, 1.0, 1.81, 2.31, 3.01, 4.31, 5.01, -5.01]
)
HOLDS_NS = [10 * MS, 50 * MS, 100 * MS, 300 * MS, 500 * MS, 900 * MS, 1 * S, 2 * S, 8 * S]
STEPS = st.builds(
    lambda hold, off: hold + off, st.sampled_from(HOLDS_NS), st.sampled_from([-1, 0, 1])
)
ENDINGS = st.sampled_from([None] * 12 + ["pause", "finished", "no_motion", "closed"])
TERMS = st.builds(Terms, st.sampled_from([0.5, 2.0, 5.0]), st.sampled_from(["both", "one", "none"]))


class AnyOrder(RuleBasedStateMachine):
    """Inputs, commands and time in any order; the model knows only raw inputs and what was told."""

    def __init__(self) -> None:
        super().__init__()
        self.site = Site()
        self.judged = False
        self.closed_since: int | None = None
        self.healthy_since: int | None = None
        self.opened = [False, False]
        self.rested = False
        self.started: int | None = None
        self.stopped: int | None = None
        self.terms: Terms | None = None
        self.in_session = False
        self.faults = 0

    # --- what comes -----------------------------------------------------------------------------

    @rule(name=st.sampled_from(sorted(LEVELS)), level=st.booleans())
    def an_input_changes(self, name: str, level: bool) -> None:
        self.site.set(**{name: level})

    @rule(speed=SPEEDS)
    def the_speed_changes(self, speed: float | None) -> None:
        self.site.set(speed_kmh=speed)

    @rule(relay=st.sampled_from([None, False, True]))
    def the_relay_answers(self, relay: bool | None) -> None:
        self.site.set(relay=relay)

    @rule()
    def a_fault_is_counted(self) -> None:
        self.site.set(faults=self.site.world["faults"] + 1)

    @rule()
    def everything_is_well(self) -> None:
        """Without this few runs would ever come to a permit."""
        self.site.set(rail_left=False, rail_right=False)
        self.a_pass(10 * MS, False, None)
        self.site.set(**GOOD)
        self.a_pass(10 * MS, False, None)
        self.a_pass(2 * S, False, None)

    @rule(terms=TERMS, staff=st.booleans())
    def a_walk_begins_if_it_may(self, terms: Terms, staff: bool) -> None:
        self.everything_is_well()
        if staff:
            self.staff_clear()
        self.a_ready_check_begins(terms)
        self.everything_is_well()
        self.the_permit_is_asked_for()
        self.site.set(speed_kmh=min(0.5, terms.cap_kmh))

    @rule(after_ns=STEPS, stop=st.sampled_from([False] * 7 + [True]), ending=ENDINGS)
    def a_pass(self, after_ns: int, stop: bool, ending: str | None) -> None:
        before = self.site.state
        once: dict[str, Any] = (
            {"stop": stop} if ending is None else {"stop": stop, "ending": ending}
        )
        after = self.site.judge(after_ns, **once)
        self._model(stop, ending, before)

        assert not (after.permit and not before.permit), "only grant() gives it"
        assert after.grants == before.grants
        assert not (after.causes and after.permit), "no cause leaves the permit on"
        assert not (ending and after.permit)
        revoked = before.permit and not after.permit
        assert after.revokes == before.revokes + revoked
        if revoked:
            assert after.reason == (after.causes[0] if after.causes else ending)
            assert after.revoked_ns == self.site.now
            assert set(after.causes) <= set(after.latched)
        else:
            assert (after.reason, after.revoked_ns) == (before.reason, before.revoked_ns)
        assert after.causes == tuple(sorted(set(after.causes), key=ORDER.index))
        gone = set(before.latched) - set(after.latched)
        assert not gone & STAFF_CLEARS, "staff reasons vanish by clear() alone"
        assert not gone or before.ready_check, "what a patron clears needs a ready check"
        new = set(after.latched) - set(before.latched)
        assert (
            not new
            or revoked
            or interlock.coasting(after)
            or new == {Reason.PERMIT_INEFFECTIVE}
            or (before.in_session and new == {Reason.UNEXPECTED_MOTION})
        )
        self.judged = True

    def _model(self, stop: bool, ending: str | None, before: interlock.State) -> None:
        site, inputs = self.site, self.site.inputs
        now = site.now
        sick = (
            inputs.faulty
            or inputs.faults != self.faults
            or inputs.used_ns is None
            or now - inputs.used_ns >= 500 * MS
        )
        self.faults = inputs.faults
        self.healthy_since = None if sick else (self.healthy_since or now)
        self.closed_since = (self.closed_since or now) if inputs.estop else None
        self.opened[0] |= not inputs.rail_left
        self.opened[1] |= not inputs.rail_right
        revoked = before.permit and not site.state.permit
        goes_on = site.state.reason in {"pause", "no_motion"}
        ends = stop or ending in {"finished", "closed"}
        if (revoked and not goes_on) or (not before.permit and self.in_session and ends):
            self.opened = [False, False]
        if revoked:
            self.rested = False
        if not before.permit and inputs.speed_kmh is not None:
            self.rested |= abs(inputs.speed_kmh) < 0.05
        self.started = self.started or now
        if stop or inputs.stop_button:
            self.stopped = now
        # The belt runs on, 8 s after the permit was taken or the guard began: never known to rest.
        since = before.revoked_ns or self.started
        runs_on = not before.permit and not self.rested and inputs.speed_kmh is not None
        assert (Reason.PERMIT_INEFFECTIVE in site.state.causes) == (
            runs_on and now - since >= 8 * S
        )

    @rule(terms=TERMS)
    def a_ready_check_begins(self, terms: Terms) -> None:
        before = self.site.state
        self.site.begin_check(terms)
        if not before.permit and not before.service:
            self.terms = terms
            if self.in_session:
                self.opened = [False, False]
            self.in_session = False
        self._only_takes(before)

    @rule()
    def the_session_ends(self) -> None:
        before = self.site.state
        self.site.end_session()
        if not before.permit:
            self.terms = None
            if self.in_session and before.reason in {"pause", "no_motion"}:
                self.opened = [False, False]
            self.in_session = False
        self._only_takes(before)

    @rule(on=st.booleans())
    def service_mode(self, on: bool) -> None:
        before = self.site.state
        self.site.service(on)
        assert not (self.site.state.service and self.terms is not None)
        self._only_takes(before)

    @precondition(lambda self: self.judged)
    @rule()
    def staff_clear(self) -> None:
        before = self.site.state
        left = self.site.clear()
        assert set(left) <= set(before.latched)
        assert set(before.causes) & set(before.latched) <= set(left)
        assert (self.site.state.permit, self.site.state.grants) == (before.permit, before.grants)

    def _only_takes(self, before: interlock.State) -> None:
        after = self.site.state
        assert (after.permit, after.grants, after.revokes, after.latched) == (
            before.permit,
            before.grants,
            before.revokes,
            before.latched,
        )

    @precondition(lambda self: self.judged)
    @rule()
    def the_permit_is_asked_for(self) -> None:
        site, inputs, now = self.site, self.site.inputs, self.site.now
        before = site.state
        terms = Terms(1.5, "none") if before.service else self.terms
        held = inputs.rail_left + inputs.rail_right
        asked = {"both": 2, "one": 1, "none": 0}[terms.rails if terms else "both"]
        holds = {
            Check.ESTOP: self.closed_since is not None and now - self.closed_since >= 50 * MS,
            Check.KEY: inputs.key,
            Check.STOP_BUTTON: not inputs.stop_button,
            Check.SENSOR: self.healthy_since is not None and now - self.healthy_since >= 2 * S,
            Check.BELT: inputs.speed_kmh is not None and abs(inputs.speed_kmh) < 0.05,
            Check.RELAY: inputs.relay is None or inputs.relay is before.permit,
            Check.LATCH: not before.latched,
            Check.KIOSK: inputs.alive_ns is not None and now - inputs.alive_ns < 900 * MS,
            Check.RAILS_OPENED: asked == 0 or self.opened == [True, True],
            Check.RAILS: held >= asked,
        }
        assert site.failing() == tuple(check for check in Check if not holds[check])
        granted = site.grant()
        assert granted is (
            not before.permit
            and terms is not None
            and all(holds.values())
            and not before.causes
            and (self.stopped is None or now - self.stopped >= 500 * MS)
        )
        if granted:
            self.in_session = not before.service

    # --- what holds always ------------------------------------------------------------------------

    @invariant()
    def the_cap_is_never_above_the_sites(self) -> None:
        cap = interlock.cap_kmh(self.site.state, self.site.limits)
        assert 0 < cap <= self.site.limits.site_cap_kmh
        assert not self.site.state.service or cap <= 1.5

    @invariant()
    def what_was_told_is_what_is_known(self) -> None:
        state = self.site.state
        assert state.terms == self.terms
        assert state.in_session == self.in_session
        assert [state.opened_left, state.opened_right] == self.opened
        assert interlock.coasting(state) == (
            state.revokes > 0 and not state.permit and not self.rested
        )
        assert 0 <= state.grants - state.revokes <= 1
        assert state.permit == (state.grants > state.revokes)


AnyOrder.TestCase.settings = settings(max_examples=100, stateful_step_count=60, deadline=None)
TestAnyOrder = AnyOrder.TestCase
