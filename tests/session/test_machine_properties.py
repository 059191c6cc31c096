"""Whatever is done and said in whatever order: what must hold of every session."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hardware.link import Check, EndSession, Pins, Reason, RequestPermit, Revoke
from kiosk.session.actions import (
    Action,
    Back,
    Brief,
    Cancel,
    ConfirmIncline,
    Done,
    Go,
    Pause,
    Rate,
    Refusal,
    Resume,
    Stop,
)
from kiosk.session.model import Closed, Effect, Health, Opened, Phase, Send, Walk
from tests.session.scene import MS, PHASES, S, Scene, plan

ACTIONS = st.sampled_from(
    [
        Brief(pain=2),
        Go(),
        Back(),
        Pause(),
        Resume(),
        Stop(),
        ConfirmIncline(0.0),
        ConfirmIncline(5.0),
        Rate(pain=1, rpe=9),
        Done(),
        Cancel(),
    ]
)
DELIBERATE = (Go, Resume, ConfirmIncline)
STEPS_NS = st.sampled_from([20 * MS, 250 * MS, 500 * MS, 2 * S, 3 * S, 10 * S, 60 * S, 90 * S])
SPEEDS = st.sampled_from([None, 0.0, 0.2, 0.3, 1.0, 1.7, -1.0])
REASONS = st.sampled_from([r for r in Reason if r is not Reason.GUARD_LOST])
FAILING = st.sampled_from([(), (), (), (Check.RAILS,), (Check.KEY,)])
STANDING = ("chosen", "checking", "paused", "rechecking", "stopped", "summary", "closed", "idle")
GROWING = ("walked_ns", "total_m", "max_kmh", "in_band_ns", "both_ns", "one_ns", "none_ns")
MOVING = {Phase.COUNTDOWN, Phase.STARTING, Phase.WALKING}


@given(data=st.data(), phase=st.sampled_from(STANDING))
@settings(max_examples=100, deadline=None)
def test_nothing_goes_on_by_itself(data: st.DataObject, phase: str) -> None:
    """No sequence of statuses and silences leads from a standing phase to a moving one."""
    scene = PHASES[phase][0]()
    begun = len(scene.effects)
    for _ in range(data.draw(st.integers(1, 12))):
        after_ns = data.draw(STEPS_NS)
        if data.draw(st.integers(0, 9)) == 0:
            scene.lose_guard(after_ns)
        else:
            speed = data.draw(SPEEDS)
            scene.see(
                after_ns,
                speed_kmh=speed,
                at_rest=None if speed is None else speed == 0.0,
                permit=data.draw(st.booleans()),
                grants=scene.status.grants + data.draw(st.integers(0, 1)),
                revokes=data.draw(st.sampled_from([0, 5, 6, 7])),
                failing=data.draw(FAILING),
                latched=data.draw(st.sampled_from([(), (), (Reason.ESTOP,), (Reason.PATRON,)])),
                coasting=data.draw(st.booleans()),
                service=data.draw(st.sampled_from([False, False, True])),
            )
        assert scene.phase not in MOVING
        assert Send(RequestPermit()) not in scene.effects[begun:]


class AnySession(RuleBasedStateMachine):
    """A person, a guard that obeys (or restarts, or is silent), and time, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.scene = Scene()
        self.scene.see()
        self.deliberate = False
        self.requested = False
        self.permitted: list[int] = []
        self.kept: list[int] = []
        self.opened = 0

    # --- what happens ---------------------------------------------------------------------------

    @rule(two=st.booleans())
    def a_program_is_chosen(self, two: bool) -> None:
        before, heard = self.scene.session.walk, len(self.scene.effects)
        self.scene.now += 10 * MS
        try:
            self.scene.choose(plan(0.0, 5.0, s=8.0) if two else plan(0.0, s=8.0))
        except Refusal:
            assert self.scene.session.walk is before
            return
        self.deliberate = False
        self._after(before, heard)

    @rule(action=ACTIONS)
    def a_person_acts(self, action: Action) -> None:
        session, before = self.scene.session, self.scene.session.walk
        heard = len(self.scene.effects)
        try:
            self.scene.do(action, 10 * MS)
        except Refusal as refusal:
            assert self.scene.session is session
            assert refusal.code
            assert str(refusal)
            assert not isinstance(action, Stop), "STOP is never refused"
            return
        if isinstance(action, DELIBERATE):
            self.deliberate = True
        if isinstance(action, Stop):
            assert Send(Revoke("patron")) in self.scene.effects[heard:]
        self._after(before, heard)

    @rule()
    def a_walk_begins_if_it_may(self) -> None:
        """Without this few runs would ever come to a walk."""
        self.a_status(20 * MS, 0.0, (), True)
        if self.scene.phase in {Phase.IDLE, Phase.SUMMARY}:
            self.a_program_is_chosen(True)
        for action in (Brief(pain=1), Resume(), ConfirmIncline(0.0), ConfirmIncline(5.0), Go()):
            self.a_person_acts(action)
            self.a_status(20 * MS, 0.0, (), True)
        self.a_status(3 * S, 0.0, (), True)
        self.the_guard_obeys()
        self.a_status(20 * MS, 1.0, (), True)
        self.a_status(500 * MS, 1.0, (), True)

    @rule(after_ns=STEPS_NS, speed=SPEEDS, failing=FAILING, hands=st.booleans())
    def a_status(
        self, after_ns: int, speed: float | None, failing: tuple[Check, ...], hands: bool
    ) -> None:
        walk, heard = self.scene.session.walk, len(self.scene.effects)
        metres = (speed or 0.0) / 3.6 * after_ns / S
        self.scene.see(
            after_ns,
            speed_kmh=speed,
            at_rest=None if speed is None else speed == 0.0,
            failing=failing,
            odometer_m=self.scene.status.odometer_m + metres,
            pins=Pins(True, True, hands, True, False),
        )
        self._after(walk, heard, status=True)

    @rule()
    def the_guard_obeys(self) -> None:
        """Carry out the newest request, or the newest revoke, that was sent."""
        for effect in reversed(self.scene.effects):
            if not isinstance(effect, Send):
                continue
            match effect.message:
                case RequestPermit() if self.requested and not self.scene.status.permit:
                    self.requested = False
                    self._see(permit=True, grants=self.scene.status.grants + 1, latched=())
                case Revoke(reason=reason) if self.scene.status.permit:
                    self._off(reason, () if reason != "patron" else (Reason.PATRON,))
                case EndSession():
                    self._see(latched=())
                case _:
                    continue
            return

    @rule(reason=REASONS)
    def the_guard_revokes(self, reason: Reason) -> None:
        if self.scene.status.permit:
            self._off(reason, (reason,))

    @rule(reason=REASONS)
    def the_guard_latches(self, reason: Reason) -> None:
        self._see(latched=(*self.scene.status.latched, reason))

    @rule()
    def the_guard_starts_anew(self) -> None:
        self._see(permit=False, grants=0, revokes=0, latched=(), odometer_m=0.0, reason=None)

    @rule(after_ns=STEPS_NS)
    def the_guard_is_silent(self, after_ns: int) -> None:
        walk, heard = self.scene.session.walk, len(self.scene.effects)
        self.scene.lose_guard(after_ns)
        self._after(walk, heard)

    @rule(log=st.sampled_from([None, "the disk is full"]))
    def the_log_changes(self, log: str | None) -> None:
        self.scene.health = Health(log=log)

    def _off(self, reason: str, latched: tuple[Reason, ...]) -> None:
        self._see(
            permit=False, revokes=self.scene.status.revokes + 1, reason=reason, latched=latched
        )

    def _see(self, **changes: Any) -> None:
        walk, heard = self.scene.session.walk, len(self.scene.effects)
        self.scene.see(20 * MS, **changes)
        self._after(walk, heard, status=True)

    # --- what must hold -------------------------------------------------------------------------

    def _after(self, before: Walk | None, heard: int, *, status: bool = False) -> None:
        scene, new = self.scene, self.scene.effects[heard:]
        walk = scene.session.walk
        for effect in new:
            self._effect(effect)
        if walk is not None and walk.permitted and walk.chosen_ns not in self.permitted:
            self.permitted.append(walk.chosen_ns)
        same = before is not None and walk is not None and before.chosen_ns == walk.chosen_ns
        if same:
            assert before is not None
            assert walk is not None
            assert not (before.permitted and not walk.permitted), "a permit is not forgotten"
            assert walk.events[: len(before.events)] == before.events
            assert walk.reasons_seen[: len(before.reasons_seen)] == before.reasons_seen
            for name in GROWING:
                assert getattr(walk.meters, name) >= getattr(before.meters, name)
            assert walk.meters.walked_ns <= walk.plan.planned_ns
        standing = scene.phase in {Phase.PAUSED, Phase.STOPPED, Phase.CHECKING}
        if status and standing and scene.status.permit and not scene.status.service:
            sent = [effect.message for effect in new if isinstance(effect, Send)]
            assert any(isinstance(message, Revoke) for message in sent), "it is taken back"

    def _effect(self, effect: Effect) -> None:
        match effect:
            case Send(message=RequestPermit()):
                assert self.deliberate, "no request without a deliberate tap of its own"
                assert self.scene.phase is Phase.STARTING
                self.deliberate = False
                self.requested = True
            case Opened():
                self.opened += 1
            case Closed(walk=walk):
                assert walk.permitted
                assert walk.closed
                self.kept.append(walk.chosen_ns)

    @invariant()
    def every_permitted_walk_is_kept_exactly_once(self) -> None:
        walk = self.scene.session.walk
        still_open = [] if walk is None or walk.closed else [walk.chosen_ns]
        assert len(self.kept) == len(set(self.kept))
        assert set(self.permitted) - set(still_open) == set(self.kept)
        assert self.opened == len(self.permitted), "one journal for each"

    @invariant()
    def an_ended_walk_says_how_it_ended(self) -> None:
        walk, phase = self.scene.session.walk, self.scene.phase
        assert (walk is None) is (phase is Phase.IDLE)
        if walk is None:
            return
        ended = phase in {Phase.STOPPED, Phase.SUMMARY}
        assert (walk.outcome is not None) is ended
        assert (walk.outcome == "safety_stop") is (
            walk.stop_reason is not None and walk.stop_reason != "patron"
        )
        assert walk.stop_reason is None or walk.stop_reason in walk.reasons_seen
        if walk.permitted and phase not in {Phase.WALKING, Phase.FINISHING} and not ended:
            assert walk.broken_ns is not None, "the five minutes run"
        if phase in {Phase.WALKING, Phase.FINISHING, Phase.PAUSED}:
            assert walk.permitted

    @invariant()
    def the_steps_fit_the_walked_time(self) -> None:
        walk = self.scene.session.walk
        if walk is not None:
            assert 0 <= walk.step_index < len(walk.plan.steps)
            assert 0 <= walk.steps_completed <= len(walk.plan.steps)
            assert walk.left_s >= 0.0


AnySession.TestCase.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
TestAnySession = AnySession.TestCase
