"""Which tone belongs to which change: two snapshots in, cues out. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from hardware.link import Reason
from kiosk.session.metrics import BAND_SLACK_KMH
from kiosk.session.model import Phase, Snapshot
from kiosk.session.plan import NS

OUT_AFTER_NS: Final = 5 * NS
OUT_EVERY_NS: Final = 20 * NS
GRACE_NS: Final = 10 * NS
"""After a step that asked for another speed, before somebody is told that it is the wrong one."""
ALARM_EVERY_NS: Final = 6 * NS
RAILS_EVERY_NS: Final = 3 * NS
"""A warning is a tone and its words: the next one begins after they were heard."""
ALARMS: Final = frozenset({Reason.PERMIT_INEFFECTIVE, Reason.UNEXPECTED_MOTION})


class Cue(StrEnum):
    """A tone, the gravest first."""

    ALARM = "alarm"
    STAFF = "staff"
    RAILS = "rails"
    STOP = "stop"
    TOO_FAST = "too_fast"
    TOO_SLOW = "too_slow"
    PAUSE = "pause"
    STEP = "step"
    FINISHED = "finished"
    START = "start"
    COUNT = "count"


RANK: Final = {cue: rank for rank, cue in enumerate(Cue)}
WARNINGS: Final = frozenset({Cue.ALARM, Cue.STAFF, Cue.RAILS, Cue.STOP, Cue.TOO_FAST})
"""These ignore the volume, the patron's and the staff's."""


class Heard(msgspec.Struct, frozen=True):
    """What was sounded, so that it is not said too often. Times are monotonic nanoseconds."""

    out_since_ns: int | None = None
    out_said_ns: int | None = None
    alarm_ns: int | None = None
    rails_ns: int | None = None
    rails_none: bool = False
    """The warning that was sounded last was that of no hand at all."""
    rested: bool = False
    """The belt was last known to stand still, of those moments in which an alarm was latched."""


def cues(before: Snapshot, after: Snapshot, heard: Heard) -> tuple[tuple[Cue, ...], Heard]:
    """Return the tones of a change, the gravest first, and what is to be remembered."""
    found = set(_of_phases(before, after))
    heard = msgspec.structs.replace(heard, rested=_rested(after, heard))
    heard = _alarms(after, heard, found)
    heard = _rails(after, heard, found)
    if Cue.STEP in found:
        # Another target: whoever walks has the same time to reach it.
        heard = msgspec.structs.replace(heard, out_since_ns=None)
        if _out(after) is not None:
            said = after.now_ns - OUT_EVERY_NS + GRACE_NS
            heard = msgspec.structs.replace(heard, out_said_ns=said)
    heard = _out_of_band(after, heard, found)
    return tuple(sorted(found, key=RANK.__getitem__)), heard


def _of_phases(before: Snapshot, after: Snapshot) -> set[Cue]:
    was, now = before.session.phase, after.session.phase
    found: set[Cue] = set()
    if now is Phase.COUNTDOWN and (was is not now or _count(before) != _count(after)):
        found.add(Cue.COUNT)
    if was is not now:
        if now is Phase.STARTING:
            found.add(Cue.START)
        elif now is Phase.PAUSED and was in {Phase.WALKING, Phase.STARTING}:
            found.add(Cue.PAUSE)
        elif now is Phase.FINISHING:
            found.add(Cue.FINISHED)
        elif now is Phase.STOPPED:
            walk = after.session.walk
            safety = walk is not None and walk.outcome == "safety_stop"
            found.add(Cue.STAFF if safety else Cue.STOP)
    old, new = before.session.walk, after.session.walk
    both = was is now is Phase.WALKING and old is not None and new is not None
    if both and old is not None and new is not None and old.step_index != new.step_index:
        found.add(Cue.STEP)
    return found


def _count(snapshot: Snapshot) -> int:
    past = snapshot.now_ns - snapshot.session.since_ns
    return min(2, past // NS)


def _alarms(after: Snapshot, heard: Heard, found: set[Cue]) -> Heard:
    if not alarming(after, heard):
        return msgspec.structs.replace(heard, alarm_ns=None)
    if heard.alarm_ns is not None and after.now_ns - heard.alarm_ns < ALARM_EVERY_NS:
        return heard
    found.add(Cue.ALARM)
    return msgspec.structs.replace(heard, alarm_ns=after.now_ns)


def _rested(after: Snapshot, heard: Heard) -> bool:
    status = after.status
    if status is None or not ALARMS & set(status.latched):
        return False
    return heard.rested if status.at_rest is None else status.at_rest


def is_unsure(snapshot: Snapshot, heard: Heard) -> bool:
    """Say whether the belt stood still after an alarm, and now nobody knows whether it does."""
    status = snapshot.status
    return heard.rested and status is not None and status.at_rest is None


def alarming(snapshot: Snapshot, heard: Heard) -> bool:
    """Say whether the belt does not do what it was told, or nobody watches it any more.

    Unknown counts as moving until the belt was seen at rest: then nobody knows, which is told as it
    is and is no alarm.
    """
    status, session = snapshot.status, snapshot.session
    if session.phase is Phase.STOPPED and not snapshot.health.guard:
        return True
    if status is None:
        return False
    going = status.at_rest is not True and not is_unsure(snapshot, heard)
    known = ALARMS & set(status.latched)
    return Reason.PERMIT_INEFFECTIVE in status.causes or (bool(known) and going)


def _rails(after: Snapshot, heard: Heard, found: set[Cue]) -> Heard:
    status = after.status
    warned = status is not None and status.rails_warning != "none"
    if not warned or after.session.phase not in {Phase.STARTING, Phase.WALKING, Phase.FINISHING}:
        return msgspec.structs.replace(heard, rails_ns=None, rails_none=False)
    none = status is not None and status.rails_warning == "no_hands"
    # The last hand left while a hand was asked for: that stops the belt, and cannot wait 3 s.
    worse = none and not heard.rails_none
    last = heard.rails_ns
    if last is not None and not worse and after.now_ns - last < RAILS_EVERY_NS:
        return msgspec.structs.replace(heard, rails_none=none)
    found.add(Cue.RAILS)
    return msgspec.structs.replace(heard, rails_ns=after.now_ns, rails_none=none)


def _out(after: Snapshot) -> Cue | None:
    """Return how a walk's speed is out of its band, if it is and is known."""
    walk, status = after.session.walk, after.status
    kmh = status.speed_kmh if status is not None else None
    if after.session.phase is not Phase.WALKING or walk is None or kmh is None:
        return None
    if kmh > walk.step.high_kmh + BAND_SLACK_KMH:
        return Cue.TOO_FAST
    return Cue.TOO_SLOW if kmh < walk.step.low_kmh - BAND_SLACK_KMH else None


def _out_of_band(after: Snapshot, heard: Heard, found: set[Cue]) -> Heard:
    out = _out(after)
    if out is None:
        return msgspec.structs.replace(heard, out_since_ns=None)
    now = after.now_ns
    since = now if heard.out_since_ns is None else heard.out_since_ns
    said = heard.out_said_ns
    if now - since >= OUT_AFTER_NS and (said is None or now - said >= OUT_EVERY_NS):
        found.add(out)
        said = now
    return msgspec.structs.replace(heard, out_since_ns=since, out_said_ns=said)
