"""May the belt run? One pure decision: (state, inputs, now) -> state.

No clock is read, no file or pin is touched here. Times are monotonic nanoseconds, speeds km/h,
positive when the person walks backwards. ``None`` is unknown: it never counts as rest and never
restarts a hold. The rules and their limits are safety.md's, in the order of its table.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from hardware.limits import MS, REST_BELOW_KMH, Limits
from hardware.link import STAFF_CLEARS, Check, Reason, Terms

SERVICE_TERMS: Final = Terms(cap_kmh=1.5, rails="none")
PASSING: Final = frozenset({"pause", "no_motion"})
"""The ends of a permit after which the same session may go on."""
STOP_HOLDS_NS: Final = 500 * MS
"""After a STOP no permit is given for so long: a request that was under way must not win."""


class Inputs(msgspec.Struct, frozen=True, gc=False):
    """Everything the decision looks at, as it stands at the time of a pass.

    ``estop`` is True when every channel is closed. ``heard_ns`` is when the last accepted frame
    came, ``used_ns`` the last one the speed rests on. ``faults`` counts sensor faults for ever;
    ``faulty`` says that one stands now. ``stop`` is a STOP on screen since the last pass,
    ``ending`` an ordinary end asked for since then. ``relay`` is the feedback contact, if any.
    """

    estop: bool = False
    key: bool = False
    rail_left: bool = False
    rail_right: bool = False
    stop_button: bool = False
    speed_kmh: float | None = None
    heard_ns: int | None = None
    used_ns: int | None = None
    faults: int = 0
    faulty: bool = False
    alive_ns: int | None = None
    stop: bool = False
    ending: str | None = None
    relay: bool | None = None


class State(msgspec.Struct, frozen=True, gc=False):
    """What the interlock remembers from one pass to the next.

    ``*_since`` is when a condition became true without a break. ``opened_*`` says that this rail
    was seen open since the last session; ``rest_seen`` that the belt rested since the last revoke.
    ``started_ns`` is the first pass: a guard that starts anew does not know of what was revoked by
    the end of the one before it. ``stopped_ns`` is the last STOP, on the screen or on the rail.
    """

    permit: bool = False
    grants: int = 0
    revokes: int = 0
    reason: str | None = None
    revoked_ns: int | None = None
    rest_seen: bool = False
    latched: tuple[Reason, ...] = ()
    causes: tuple[Reason, ...] = ()
    terms: Terms | None = None
    ready_check: bool = False
    in_session: bool = False
    service: bool = False
    opened_left: bool = False
    opened_right: bool = False
    faults: int = 0
    started_ns: int | None = None
    stopped_ns: int | None = None
    estop_since: int | None = None
    healthy_since: int | None = None
    no_hands_since: int | None = None
    one_hand_since: int | None = None
    runaway_since: int | None = None
    overspeed_since: int | None = None
    wrong_since: int | None = None
    unexpected_since: int | None = None


def at_rest(inputs: Inputs) -> bool | None:
    """Say whether the belt rests; None while its speed is unknown."""
    if inputs.speed_kmh is None:
        return None
    return abs(inputs.speed_kmh) < REST_BELOW_KMH


def coasting(state: State) -> bool:
    """Say whether the permit was revoked and the belt has not been seen at rest since."""
    return not state.permit and state.revoked_ns is not None and not state.rest_seen


def stop_holds(state: State, now: int) -> bool:
    """Say whether a STOP is so recent that no permit is given, whoever asks."""
    return state.stopped_ns is not None and now - state.stopped_ns < STOP_HOLDS_NS


def cap_kmh(state: State, limits: Limits) -> float:
    """Return the cap in force: the session's, never above the site's."""
    cap, site_cap = terms_in_force(state, limits).cap_kmh, limits.site_cap_kmh
    return cap if cap < site_cap else site_cap


def terms_in_force(state: State, limits: Limits) -> Terms:
    """Return the session's terms; without one the strictest that the site knows."""
    if state.service:
        return SERVICE_TERMS
    return state.terms or Terms(cap_kmh=limits.site_cap_kmh, rails="both")


def judge(state: State, inputs: Inputs, now: int, limits: Limits) -> State:
    """Return the state after one pass: permit kept or revoked, causes, latches, holds.

    It can only take the permit away; :func:`grant` alone gives it.
    """
    state = _measured(state, inputs, now, limits)
    causes = _causes(state, inputs, now, limits)
    # Service mode is its kiosk's: with that gone nobody tells who may stand on the belt.
    served = state.service and Reason.KIOSK_LOST not in causes
    changes = msgspec.structs.replace(state, causes=causes, faults=inputs.faults, service=served)
    if state.permit:
        if causes or inputs.ending:
            return _revoked(changes, causes[0] if causes else inputs.ending, causes, now)
        return changes
    if state.in_session and (inputs.stop or inputs.ending not in {None, *PASSING}):
        # The walk ended while the permit was already off (paused): its rails must open anew.
        changes = msgspec.structs.replace(changes, opened_left=False, opened_right=False)
    if coasting(state):
        return _latch(changes, causes)
    if Reason.PERMIT_INEFFECTIVE in causes:
        return _latch(changes, (Reason.PERMIT_INEFFECTIVE,))
    if state.in_session and Reason.UNEXPECTED_MOTION in causes:
        return _latch(changes, (Reason.UNEXPECTED_MOTION,))
    if state.ready_check:
        kept = tuple(r for r in state.latched if r in STAFF_CLEARS or r in causes)
        return msgspec.structs.replace(changes, latched=kept)
    return changes


def failing(state: State, inputs: Inputs, now: int, limits: Limits) -> tuple[Check, ...]:
    """Return every ready check that does not hold at ``now``, in the order they are shown."""
    rails = terms_in_force(state, limits).rails
    left, right, key = inputs.rail_left, inputs.rail_right, inputs.key
    alive = not _silent(inputs.alive_ns, limits.kiosk_lost_ns, now)
    fails: list[Check] = []
    if not _held(state.estop_since, limits.estop_closed_ns, now):
        fails.append(Check.ESTOP)
    if not key:
        fails.append(Check.KEY)
    if inputs.stop_button:
        fails.append(Check.STOP_BUTTON)
    if not _held(state.healthy_since, limits.sensor_healthy_ns, now):
        fails.append(Check.SENSOR)
    if at_rest(inputs) is not True:
        fails.append(Check.BELT)
    if inputs.relay is not None and inputs.relay is not state.permit:
        fails.append(Check.RELAY)
    if state.latched:
        fails.append(Check.LATCH)
    if not alive:
        fails.append(Check.KIOSK)
    if rails != "none":
        if not (state.opened_left and state.opened_right):
            fails.append(Check.RAILS_OPENED)
        if not ((left and right) if rails == "both" else (left or right)):
            fails.append(Check.RAILS)
    return tuple(fails)


def grant(state: State, inputs: Inputs, now: int, limits: Limits) -> State:
    """Return the state with the permit on if every check holds at ``now``, else unchanged.

    Call it after :func:`judge` of the same pass, on a deliberate request only.
    """
    ready = state.terms is not None or state.service
    if state.permit or not ready or failing(state, inputs, now, limits) or state.causes:
        return state
    if stop_holds(state, now):
        return state
    return msgspec.structs.replace(
        state,
        permit=True,
        grants=state.grants + 1,
        ready_check=False,
        in_session=not state.service,
    )


def begin_check(state: State, terms: Terms) -> State:
    """Begin a ready check under ``terms``; what a patron may clear is cleared by the next pass.

    It is a new session's: one whose end was never told (its kiosk died) is over.
    """
    if state.permit or state.service:
        return state
    return msgspec.structs.replace(
        state,
        terms=terms,
        ready_check=True,
        in_session=False,
        opened_left=state.opened_left and not state.in_session,
        opened_right=state.opened_right and not state.in_session,
    )


def end_session(state: State) -> State:
    """End the session: its terms go, and motion is no longer an alarm, only a red check.

    One that was only paused (its kiosk died) is over by this alone: its rails open anew.
    """
    if state.permit:
        return state
    paused = state.in_session and state.reason in PASSING
    return msgspec.structs.replace(
        state,
        terms=None,
        ready_check=False,
        in_session=False,
        opened_left=state.opened_left and not paused,
        opened_right=state.opened_right and not paused,
    )


def service(state: State, on: bool) -> State:
    """Enter or leave service mode; never during a session."""
    if state.permit or state.in_session or state.terms is not None:
        return state
    return msgspec.structs.replace(state, service=on)


def clear(state: State, inputs: Inputs, now: int, limits: Limits) -> State:
    """Clear, for staff, every latch whose cause is gone; the others stay."""
    gone = {
        Reason.ESTOP: _held(state.estop_since, limits.estop_closed_ns, now),
        Reason.SENSOR_LOST: _held(state.healthy_since, limits.sensor_healthy_ns, now),
        Reason.SENSOR_FAULT: _held(state.healthy_since, limits.sensor_healthy_ns, now),
        Reason.PERMIT_INEFFECTIVE: at_rest(inputs) is True,
        Reason.UNEXPECTED_MOTION: at_rest(inputs) is True,
    }
    kept = tuple(r for r in state.latched if r in state.causes or not gone.get(r, True))
    return msgspec.structs.replace(state, latched=kept)


def rails_warning(
    state: State, now: int, limits: Limits
) -> Literal["none", "one_hand", "no_hands"]:
    """Return ``no_hands`` after 1.0 s, or ``one_hand`` after 2.0 s where both are asked."""
    rails = terms_in_force(state, limits).rails
    if rails == "none" or not state.permit:
        return "none"
    if _held(state.no_hands_since, limits.rails_warn_ns, now):
        return "no_hands"
    if rails == "both" and _held(state.one_hand_since, limits.one_hand_warn_ns, now):
        return "one_hand"
    return "none"


def _causes(state: State, inputs: Inputs, now: int, limits: Limits) -> tuple[Reason, ...]:
    """Return everything that is wrong now, highest first."""
    coasts = coasting(state)
    lost = _silent(inputs.heard_ns, limits.sensor_lost_ns, now)
    true: list[Reason] = []
    if not inputs.estop:
        true.append(Reason.ESTOP)
    if not inputs.key:
        true.append(Reason.SAFETY_KEY)
    if _held(state.runaway_since, limits.runaway_ns, now):
        true.append(Reason.RUNAWAY)
    # Once the session's terms are gone, the coasting belt is nobody's: its rails are not watched.
    if (
        _held(state.no_hands_since, limits.rails_revoke_ns, now)
        and (state.permit or (coasts and state.terms is not None))
        and terms_in_force(state, limits).rails != "none"
    ):
        true.append(Reason.RAILS_RELEASED)
    if lost:
        true.append(Reason.SENSOR_LOST)
    if (
        inputs.faulty
        or inputs.faults != state.faults
        or (not lost and _silent(inputs.used_ns, limits.sensor_lost_ns, now))
    ):
        true.append(Reason.SENSOR_FAULT)
    if _held(state.overspeed_since, limits.overspeed_ns, now):
        true.append(Reason.OVERSPEED)
    if _held(state.wrong_since, limits.wrong_direction_ns, now):
        true.append(Reason.WRONG_DIRECTION)
    off_ns = state.started_ns if state.revoked_ns is None else state.revoked_ns
    runs_on = not state.permit and not state.rest_seen and at_rest(inputs) is False
    if runs_on and _held(off_ns, limits.ineffective_ns, now):
        true.append(Reason.PERMIT_INEFFECTIVE)
    if _held(state.unexpected_since, limits.unexpected_ns, now):
        true.append(Reason.UNEXPECTED_MOTION)
    if _silent(inputs.alive_ns, limits.kiosk_lost_ns, now):
        true.append(Reason.KIOSK_LOST)
    if inputs.stop or inputs.stop_button:
        true.append(Reason.PATRON)
    return tuple(true)


def _measured(state: State, inputs: Inputs, now: int, limits: Limits) -> State:
    """Return the state with every hold carried on to ``now``."""
    speed = inputs.speed_kmh
    left, right = inputs.rail_left, inputs.rail_right
    sick = (
        inputs.faulty
        or inputs.faults != state.faults
        or _silent(inputs.used_ns, limits.used_stands_ns, now)
    )
    fast = faster = wrong = moving = None
    if speed is not None:
        size = abs(speed)
        cap = cap_kmh(state, limits)
        fast = size > cap + limits.overspeed_over_kmh
        faster = size > cap + limits.runaway_over_kmh
        wrong = speed < -limits.wrong_direction_kmh
        moving = size > limits.unexpected_kmh
    if state.permit or not state.rest_seen:
        moving = False
    return msgspec.structs.replace(
        state,
        rest_seen=state.rest_seen or (not state.permit and at_rest(inputs) is True),
        started_ns=now if state.started_ns is None else state.started_ns,
        stopped_ns=now if inputs.stop or inputs.stop_button else state.stopped_ns,
        opened_left=state.opened_left or not left,
        opened_right=state.opened_right or not right,
        estop_since=_since(state.estop_since, inputs.estop, now),
        healthy_since=_since(state.healthy_since, not sick, now),
        no_hands_since=_since(state.no_hands_since, not left and not right, now),
        # Not "exactly one": a warning must not fall silent when the second hand goes as well.
        one_hand_since=_since(state.one_hand_since, not (left and right), now),
        runaway_since=_since(state.runaway_since, faster, now),
        overspeed_since=_since(state.overspeed_since, fast, now),
        wrong_since=_since(state.wrong_since, wrong, now),
        unexpected_since=_since(state.unexpected_since, moving, now),
    )


def _revoked(state: State, reason: str | None, causes: tuple[Reason, ...], now: int) -> State:
    """Take the permit away, fix its reason, latch the causes."""
    final = reason not in PASSING
    return _latch(
        msgspec.structs.replace(
            state,
            permit=False,
            revokes=state.revokes + 1,
            reason=reason,
            revoked_ns=now,
            rest_seen=False,
            # "Seen open since the last session": a pause does not begin a new one.
            opened_left=state.opened_left and not final,
            opened_right=state.opened_right and not final,
        ),
        causes,
    )


def _latch(state: State, causes: tuple[Reason, ...]) -> State:
    new = tuple(r for r in causes if r not in state.latched)
    return msgspec.structs.replace(state, latched=state.latched + new)


def _since(since: int | None, condition: bool | None, now: int) -> int | None:
    """Carry a hold on: unknown neither starts nor ends it."""
    if condition is None:
        return since
    if not condition:
        return None
    return now if since is None else since


def _held(since: int | None, hold_ns: int, now: int) -> bool:
    return since is not None and now - since >= hold_ns


def _silent(last: int | None, limit_ns: int, now: int) -> bool:
    return last is None or now - last >= limit_ns
