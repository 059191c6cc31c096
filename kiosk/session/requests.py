"""What a person asks of the session: (session, action, now) -> (session, effects). Pure.

An action that is not possible now raises :class:`Refusal` with a sentence for the person.
"""

from __future__ import annotations

from msgspec.structs import replace

from hardware.link import Frames, Reason, Revoke, Status
from kiosk.session import machine
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
    Touched,
)
from kiosk.session.machine import GO_KEPT_NS, Result
from kiosk.session.model import Phase, Send, Session, Walk
from kiosk.session.plan import Plan
from profiles.saying import saying

NOT_NOW = saying("That is not possible now.")


def choose(session: Session, plan: Plan, status: Status | None, now: int) -> Result:
    """Begin a session with ``plan``; a summary still on show is closed first."""
    effects: machine.Effects = ()
    if session.phase is Phase.SUMMARY and session.walk is not None:
        session, effects = machine.leave(session, session.walk, now)
    if session.phase not in {Phase.IDLE, Phase.CHOSEN}:
        raise Refusal("busy", "A session is under way: end it first.")
    walk = Walk(
        plan=plan,
        chosen_ns=now,
        frames_before=status.frames if status else Frames(),
        deck_pct=session.deck_pct,
        grants=status.grants if status else 0,
        revokes=status.revokes if status else 0,
    )
    walk = machine.event(walk, now, "state", state=str(Phase.CHOSEN))
    session = replace(session, phase=Phase.CHOSEN, since_ns=now, touched_ns=now, walk=walk)
    return session, effects


def act(session: Session, action: Action, now: int) -> Result:
    """Return the session after ``action``, and the effects to apply in order."""
    walk = session.walk
    if walk is None:
        if isinstance(action, Stop):
            return session, (Send(Revoke("patron")),)
        if isinstance(action, Cancel | Done | Touched):
            return session, ()
        raise Refusal("idle", "Choose a program first.")
    session = replace(session, touched_ns=now)
    match action:
        case Touched():
            return session, ()
        case Stop():
            return _stop(session, walk, now)
        case Brief():
            return _brief(session, walk, action, now)
        case Go() | Resume():
            return _go(session, walk, now)
        case Back() if session.phase is Phase.COUNTDOWN:
            return machine.checking(session, walk, now)
        case Pause() if session.phase is Phase.WALKING:
            return machine.pause(session, walk, now)
        case ConfirmIncline():
            return _confirm(session, walk, action, now)
        case Rate() if session.phase in machine.ENDED and not walk.closed:
            walk = replace(walk, pain_after=action.pain, rpe=action.rpe)
            if session.phase is Phase.STOPPED:
                walk = machine.event(walk, now, "state", state=str(Phase.SUMMARY))
                session = replace(session, phase=Phase.SUMMARY, since_ns=now)
            return machine.close(session, walk)
        case Done() if session.phase is Phase.STOPPED:
            return machine.entered(session, walk, Phase.SUMMARY, now), ()
        case Done() if session.phase is Phase.SUMMARY:
            return machine.leave(session, walk, now)
        case Cancel() if not walk.permitted and session.phase in machine.BEFORE_START:
            return machine.dropped(session, now)
        case Cancel() if session.phase in {Phase.CHECKING, Phase.COUNTDOWN}:
            walk = replace(walk, go_until_ns=None)
            return machine.entered(session, walk, Phase.PAUSED, now), ()
    raise Refusal("phase", NOT_NOW)


def _stop(session: Session, walk: Walk, now: int) -> Result:
    """STOP reaches the guard in every phase; it may have granted what we have not seen yet."""
    if walk.permitted and session.phase not in machine.ENDED:
        return machine.stopped(session, walk, "stopped", Reason.PATRON, now)
    effects: machine.Effects = ()
    if session.phase in {Phase.COUNTDOWN, Phase.STARTING}:
        session, effects = machine.checking(session, walk, now)
    elif session.phase not in machine.ENDED:
        session = replace(session, walk=replace(walk, go_until_ns=None))
    return session, (Send(Revoke("patron")), *effects)


def _brief(session: Session, walk: Walk, action: Brief, now: int) -> Result:
    if session.phase is not Phase.CHOSEN:
        raise Refusal("phase", NOT_NOW)
    if action.pain is not None and action.pain >= walk.plan.pain_limit:
        raise Refusal(
            "pain",
            saying(
                "With pain of {n} out of 10 please do not walk today: "
                "speak to the staff or to your therapist.",
                n=action.pain,
            ),
        )
    walk = replace(walk, pain_before=action.pain)
    return machine.entered(session, walk, Phase.BRIEFED, now), ()


def _go(session: Session, walk: Walk, now: int) -> Result:
    """Ask for the countdown; it begins as soon as every check is green, within 60 s."""
    walk = replace(walk, go_until_ns=now + GO_KEPT_NS)
    if session.phase is Phase.PAUSED:
        return machine.entered(session, walk, Phase.CHECKING, now), ()
    if session.phase is Phase.BRIEFED:
        return replace(session, walk=walk), ()
    if session.phase is Phase.CHECKING:
        # The terms once more: the guard may have started anew, or have been in service mode.
        return replace(session, walk=walk), machine.terms_told(walk)
    raise Refusal("phase", NOT_NOW)


def _confirm(session: Session, walk: Walk, action: ConfirmIncline, now: int) -> Result:
    if session.phase not in {Phase.BRIEFED, Phase.CHECKING, Phase.PAUSED}:
        raise Refusal("phase", NOT_NOW)
    wanted = walk.step.incline_pct
    if action.incline_pct != wanted:
        raise Refusal(
            "incline", saying("The treadmill's console must show {pct} %.", pct=f"{wanted:g}")
        )
    prompted = session.phase is Phase.PAUSED and walk.deck_pct != wanted
    walk = machine.event(replace(walk, deck_pct=wanted), now, "incline", incline_pct=wanted)
    session = replace(session, walk=walk, deck_pct=wanted)
    if prompted:
        # The walk was broken off for this alone; confirming it is the deliberate tap.
        return _go(session, walk, now)
    return session, ()
