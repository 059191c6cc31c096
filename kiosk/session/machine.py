"""The session machine: (session, what the guard says, now) -> (session, effects). Pure.

Stop conditions come first, in every phase. Nothing resumes by itself: only an action of a
person leads from a standing phase to a moving one, and only through checks and countdown.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from hardware.link import (
    BeginCheck,
    Check,
    EndSession,
    Reason,
    RequestPermit,
    Revoke,
    Status,
    Terms,
)
from kiosk.session import metrics
from kiosk.session.model import (
    Closed,
    Effect,
    Health,
    KioskCheck,
    Opened,
    Outcome,
    Phase,
    Send,
    Session,
    Walk,
)
from kiosk.session.plan import NS, step_at

UNTOUCHED_NS: Final = 90 * NS
GO_KEPT_NS: Final = 60 * NS
COUNTDOWN_NS: Final = 3 * NS
REFUSED_AFTER_NS: Final = NS // 4
NO_MOTION_NS: Final = 60 * NS
MOVING_KMH: Final = 0.3
MOVING_NS: Final = NS // 2
RESTING_NS: Final = 2 * NS
PAUSED_NS: Final = 300 * NS
FINISHING_NS: Final = 20 * NS
STOPPED_NS: Final = 10 * NS
SUMMARY_NS: Final = 60 * NS

BEFORE_START: Final = frozenset({Phase.CHOSEN, Phase.BRIEFED, Phase.CHECKING, Phase.COUNTDOWN})
MOVING: Final = frozenset({Phase.STARTING, Phase.WALKING, Phase.FINISHING})
"""The phases in which the permit may be on."""
ENDED: Final = frozenset({Phase.STOPPED, Phase.SUMMARY})

Effects = tuple[Effect, ...]
Result = tuple[Session, Effects]


def advance(session: Session, status: Status, health: Health, now: int) -> Result:
    """Return the session after one status of the guard, and the effects to apply in order."""
    walk = session.walk
    if walk is None:
        return _seen(session, status, now), ()
    served = status.service and not walk.permitted
    if served or session.phase in {Phase.CHOSEN, Phase.BRIEFED}:
        # Nothing was asked of this guard yet, or staff had it: what it counts is not ours.
        walk = replace(walk, grants=status.grants, revokes=status.revokes)
    if status.grants < walk.grants or status.revokes < walk.revokes:
        return _guard_restarted(session, walk, status, now)
    walk = metrics.measured(session, walk, status, now)
    pressed = status.revokes > walk.revokes and status.reason == Reason.PATRON
    walk, opened = _permit_seen(walk, status, now)
    effects = opened + _taken_back(session, status)
    session = replace(session, walk=walk)
    if pressed and walk.permitted and session.phase is Phase.CHECKING:
        # STOP in the moment of the grant: the check that followed it took the latch away.
        session, more = stopped(session, walk, "stopped", Reason.PATRON, now)
    else:
        session, more = _judged(session, walk, status, health, now)
    return _seen(session, status, now), effects + more


def guard_lost(session: Session, now: int) -> Result:
    """Return the session after the guard fell silent: closed if it had begun, else checking.

    What ends by the clock alone goes on ending.
    """
    walk = session.walk
    if walk is None:
        return session, ()
    if session.phase in ENDED:
        return _ended(session, walk, now)
    if walk.permitted:
        return stopped(session, walk, "safety_stop", Reason.GUARD_LOST, now)
    if session.phase in {Phase.COUNTDOWN, Phase.STARTING}:
        return checking(session, walk, now)
    if now - session.touched_ns >= UNTOUCHED_NS:
        return dropped(session, now)
    return session, ()


def failing(session: Session, status: Status, health: Health) -> tuple[Check | KioskCheck, ...]:
    """Return every ready check that does not hold: the kiosk's own, then the guard's."""
    walk = session.walk
    own: list[KioskCheck] = []
    # In service mode it leads nobody: it would watch no rails.
    if not health.guard or status.service:
        own.append("guard")
    # Neither a log that fails nor a test that becomes due stops a session under way: what is
    # walked is kept in memory.
    if walk is None or not walk.permitted:
        if health.log is not None:
            own.append("log")
        if health.settings:
            own.append("settings")
        if health.proof_due:
            own.append("proof")
    if walk is not None and walk.step.incline_pct != walk.deck_pct:
        own.append("incline")
    return (*own, *status.failing)


def _judged(session: Session, walk: Walk, status: Status, health: Health, now: int) -> Result:
    if session.phase in ENDED:
        return _ended(session, walk, now)
    if walk.permitted and status.latched:
        reason = status.reason if status.reason in status.latched else status.latched[0]
        outcome: Outcome = "stopped" if reason == Reason.PATRON else "safety_stop"
        return stopped(session, walk, outcome, reason, now)
    match session.phase:
        case Phase.STARTING:
            return _starting(session, walk, status, now)
        case Phase.WALKING:
            return _walking(session, walk, status, now)
        case Phase.FINISHING:
            return _finishing(session, walk, status, now)
        case Phase.PAUSED:
            return _paused(session, walk, now)
        case Phase.CHECKING | Phase.COUNTDOWN:
            return _preparing(session, walk, failing(session, status, health), now)
    return _choosing(session, walk, now)


def _choosing(session: Session, walk: Walk, now: int) -> Result:
    """Chosen or briefed: no permit was ever given."""
    if now - session.touched_ns >= UNTOUCHED_NS:
        return dropped(session, now)
    if session.phase is Phase.BRIEFED:
        return checking(session, walk, now)
    return session, ()


def _preparing(
    session: Session, walk: Walk, fails: tuple[Check | KioskCheck, ...], now: int
) -> Result:
    """Checking or countdown, for a first start or to resume."""
    if _broken_off(walk, now):
        return stopped(session, walk, "stopped", None, now)
    if now - session.touched_ns >= UNTOUCHED_NS:
        if walk.permitted:
            return entered(session, replace(walk, go_until_ns=None), Phase.PAUSED, now), ()
        return dropped(session, now)
    if session.phase is Phase.COUNTDOWN:
        if fails:
            return checking(session, walk, now)
        if now - session.since_ns >= COUNTDOWN_NS:
            walk = replace(walk, moving_ns=None)
            return entered(session, walk, Phase.STARTING, now), (Send(RequestPermit()),)
        return session, ()
    if walk.go_until_ns is None or fails:
        return session, ()
    if now >= walk.go_until_ns:
        return replace(session, walk=replace(walk, go_until_ns=None)), ()
    return entered(session, replace(walk, go_until_ns=None), Phase.COUNTDOWN, now), ()


def _starting(session: Session, walk: Walk, status: Status, now: int) -> Result:
    if not status.permit:
        if now - session.since_ns >= REFUSED_AFTER_NS:
            return checking(session, walk, now)
        return session, ()
    if now - session.since_ns >= NO_MOTION_NS:
        # Long after the tap on Start: from here on they have the time that a check has.
        session, effects = checking(replace(session, touched_ns=now), walk, now)
        return session, (Send(Revoke("no_motion")), *effects)
    if status.speed_kmh is None or status.speed_kmh < MOVING_KMH:
        return replace(session, walk=replace(walk, moving_ns=None)), ()
    moving_ns = now if walk.moving_ns is None else walk.moving_ns
    if now - moving_ns < MOVING_NS:
        return replace(session, walk=replace(walk, moving_ns=moving_ns)), ()
    walk = replace(
        walk,
        broken_ns=None,
        resting_ns=None,
        # The check saw that the deck is as the step wants it.
        incline_pct=max(walk.incline_pct, walk.step.incline_pct),
    )
    if walk.meters.walked_ns == 0:
        walk = _step_begun(walk, now)
    return entered(session, walk, Phase.WALKING, now), ()


def _walking(session: Session, walk: Walk, status: Status, now: int) -> Result:
    if not status.permit:
        # Nobody asked for it and nothing is latched: this guard cannot be relied on.
        return stopped(session, walk, "safety_stop", Reason.GUARD_LOST, now)
    if walk.meters.walked_ns >= walk.plan.planned_ns:
        return entered(session, walk, Phase.FINISHING, now), ()
    resting_ns = walk.resting_ns
    if not status.at_rest:
        resting_ns = None
    elif resting_ns is None:
        resting_ns = now
    walk = replace(walk, resting_ns=resting_ns)
    index = step_at(walk.plan, walk.meters.walked_ns)
    if index != walk.step_index:
        walk = _step_begun(replace(walk, step_index=index), now)
    due = resting_ns is not None and now - resting_ns >= RESTING_NS
    if due or walk.step.incline_pct != walk.deck_pct:
        return pause(session, walk, now)
    return replace(session, walk=walk), ()


def _step_begun(walk: Walk, now: int) -> Walk:
    return event(walk, now, "step", index=walk.step_index, name=walk.step.name)


def pause(session: Session, walk: Walk, now: int) -> Result:
    """Break the walk off: the permit goes, the time stands."""
    walk = replace(walk, pauses=walk.pauses + 1, broken_ns=now)
    return entered(session, walk, Phase.PAUSED, now), (Send(Revoke("pause")),)


def _paused(session: Session, walk: Walk, now: int) -> Result:
    if _broken_off(walk, now):
        return stopped(session, walk, "stopped", None, now)
    return session, ()


def _broken_off(walk: Walk, now: int) -> bool:
    """Say whether a walk was broken off for so long that it is over."""
    return walk.broken_ns is not None and now - walk.broken_ns >= PAUSED_NS


def _finishing(session: Session, walk: Walk, status: Status, now: int) -> Result:
    if status.permit:
        if status.at_rest or now - session.since_ns >= FINISHING_NS:
            return session, (Send(Revoke("finished")),)
        return session, ()
    if status.coasting:
        return session, ()
    walk = replace(walk, outcome="completed")
    return entered(session, walk, Phase.SUMMARY, now), ()


def stopped(session: Session, walk: Walk, outcome: Outcome, reason: str | None, now: int) -> Result:
    """End the walk. Whatever was walked is kept; the guard is told whatever it knows already."""
    seen = walk.reasons_seen
    if reason is not None and reason not in seen:
        seen = (*seen, str(reason))
    walk = replace(
        walk,
        outcome=outcome,
        stop_reason=None if reason is None else str(reason),
        reasons_seen=seen,
        go_until_ns=None,
    )
    ending = Revoke("patron" if reason == Reason.PATRON else "closed")
    return entered(session, walk, Phase.STOPPED, now), (Send(ending),)


def _ended(session: Session, walk: Walk, now: int) -> Result:
    if session.phase is Phase.STOPPED:
        if now - session.since_ns >= STOPPED_NS:
            return entered(session, walk, Phase.SUMMARY, now), ()
        return session, ()
    if now - max(session.since_ns, session.touched_ns) >= SUMMARY_NS:
        return leave(session, walk, now)
    return session, ()


def checking(session: Session, walk: Walk, now: int) -> Result:
    """Go (back) to the ready check."""
    if session.phase is not Phase.BRIEFED:
        walk = replace(walk, go_until_ns=None)
    return entered(session, walk, Phase.CHECKING, now), terms_told(walk)


def terms_told(walk: Walk) -> Effects:
    """Tell the guard the terms; once a permit was given they stand until the session's end."""
    if walk.permitted:
        return ()
    return (Send(BeginCheck(Terms(cap_kmh=walk.plan.cap_kmh, rails=walk.plan.rails))),)


def close(session: Session, walk: Walk) -> Result:
    """Complete the record, once; the summary may stand on."""
    if walk.closed:
        return session, ()
    walk = replace(walk, closed=True)
    return replace(session, walk=walk), (Closed(walk), Send(EndSession()))


def leave(session: Session, walk: Walk, now: int) -> Result:
    """Complete the record if it is not, and go back to the first screen."""
    effects: Effects = ()
    if session.phase not in ENDED:
        effects = (Send(Revoke("closed")),)
    session, more = close(session, walk)
    return replace(session, phase=Phase.IDLE, since_ns=now, walk=None), effects + more


def dropped(session: Session, now: int) -> Result:
    """Back to the first screen before any permit: nothing was walked, nothing is kept."""
    idle = replace(session, phase=Phase.IDLE, since_ns=now, walk=None)
    return idle, (Send(EndSession()),)


def entered(session: Session, walk: Walk, phase: Phase, now: int) -> Session:
    """Return the session in another phase, with the event of it."""
    walk = event(walk, now, "state", state=str(phase))
    return replace(session, phase=phase, since_ns=now, walk=walk)


def event(walk: Walk, now: int, what: str, **fields: Any) -> Walk:
    """Return the walk with one more event; its time counts from ``choose``, in seconds."""
    t_s = round((now - walk.chosen_ns) / NS, 3)
    if walk.events:
        # A tap's time may be a little after that of the status which is judged next.
        t_s = max(t_s, walk.events[-1]["t_s"])
    return replace(walk, events=(*walk.events, {"t_s": t_s, "event": what, **fields}))


def _permit_seen(walk: Walk, status: Status, now: int) -> tuple[Walk, tuple[Effect, ...]]:
    """Note every grant and revoke since the last status, and what was latched since."""
    opened: tuple[Effect, ...] = ()
    if status.grants > walk.grants:
        opened = () if walk.permitted else (Opened(),)
        walk = replace(
            walk,
            permitted=True,
            grants=status.grants,
            broken_ns=now if walk.broken_ns is None else walk.broken_ns,
        )
        walk = event(walk, now, "permit_granted")
    if status.revokes > walk.revokes:
        walk = replace(walk, revokes=status.revokes)
        walk = event(walk, now, "permit_revoked", reason=str(status.reason))
        if walk.stop_reason == Reason.PATRON != status.reason and status.reason in status.latched:
            # STOP was tapped, and in the pass that heard it a cause higher in the table was true.
            walk = replace(walk, outcome="safety_stop", stop_reason=str(status.reason))
    if walk.permitted and not walk.closed:
        new = tuple(str(r) for r in status.latched if r not in walk.reasons_seen)
        for reason in new:
            walk = event(walk, now, "latched", reason=reason)
        walk = replace(walk, reasons_seen=walk.reasons_seen + new)
    return walk, opened


def _taken_back(session: Session, status: Status) -> Effects:
    """Take back a permit that came too late, when nobody waits for it any more."""
    if not status.permit or status.service or session.phase in MOVING:
        return ()
    if session.phase in ENDED:
        return (Send(Revoke("closed")),)
    return (Send(Revoke("pause" if session.phase is Phase.PAUSED else "no_motion")),)


def _guard_restarted(session: Session, walk: Walk, status: Status, now: int) -> Result:
    """A guard that starts anew knows of no permit of ours, nor why the belt stopped."""
    walk = replace(walk, grants=status.grants, revokes=status.revokes)
    session = replace(session, walk=walk)
    if session.phase is Phase.CHECKING and not walk.permitted:
        session, effects = checking(session, walk, now)
    else:
        session, effects = guard_lost(session, now)
    return _seen(session, status, now), effects


def _seen(session: Session, status: Status, now: int) -> Session:
    return replace(session, last_ns=now, last_odometer_m=status.odometer_m)
