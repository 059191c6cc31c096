"""The frozen state of a session. Times are monotonic nanoseconds unless the name says seconds."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal, NamedTuple

import msgspec

from hardware.link import Check, Frames, Status, ToGuard
from kiosk.session.plan import NS, Plan, step_at
from profiles.model import Step
from profiles.saying import Said

Outcome = Literal["completed", "stopped", "safety_stop", "interrupted"]


class Phase(StrEnum):
    """Where a session stands (safety.md, The session)."""

    IDLE = "idle"
    CHOSEN = "chosen"
    BRIEFED = "briefed"
    CHECKING = "checking"
    COUNTDOWN = "countdown"
    STARTING = "starting"
    WALKING = "walking"
    PAUSED = "paused"
    FINISHING = "finishing"
    STOPPED = "stopped"
    SUMMARY = "summary"


class Meters(msgspec.Struct, frozen=True, gc=False):
    """Running totals. All but ``total_m`` cover the walking phase alone."""

    walked_ns: int = 0
    distance_m: float = 0.0
    total_m: float = 0.0
    max_kmh: float = 0.0
    in_band_ns: int = 0
    both_ns: int = 0
    one_ns: int = 0
    none_ns: int = 0


class Walk(msgspec.Struct, frozen=True):
    """Everything that belongs to one session, from ``choose`` until its record is closed.

    ``permitted`` is True from the first permit on: from there on nothing can erase the session.
    ``deck_pct`` is the incline last confirmed, None if that is not known. ``broken_ns`` is since
    when a permitted session is not being walked: starting, paused, or checking to resume.
    """

    plan: Plan
    chosen_ns: int
    frames_before: Frames
    deck_pct: float | None = 0.0
    pain_before: int | None = None
    pain_after: int | None = None
    rpe: int | None = None
    go_until_ns: int | None = None
    permitted: bool = False
    grants: int = 0
    revokes: int = 0
    broken_ns: int | None = None
    moving_ns: int | None = None
    resting_ns: int | None = None
    step_index: int = 0
    pauses: int = 0
    incline_pct: float = 0.0
    meters: Meters = Meters()
    outcome: Outcome | None = None
    stop_reason: str | None = None
    reasons_seen: tuple[str, ...] = ()
    events: tuple[dict[str, Any], ...] = ()
    closed: bool = False

    @property
    def step(self) -> Step:
        """The step under way."""
        return self.plan.steps[self.step_index]

    @property
    def next_step(self) -> Step | None:
        """The step after it, if any."""
        following = self.plan.steps[self.step_index + 1 :]
        return following[0] if following else None

    @property
    def walked_s(self) -> float:
        """Seconds of walking so far."""
        return self.meters.walked_ns / NS

    @property
    def left_s(self) -> float:
        """Seconds of walking left in the plan."""
        return max(0.0, (self.plan.planned_ns - self.meters.walked_ns) / NS)

    @property
    def steps_completed(self) -> int:
        """How many steps were walked to their end."""
        if self.meters.walked_ns >= self.plan.planned_ns:
            return len(self.plan.steps)
        return step_at(self.plan, self.meters.walked_ns)


class Session(msgspec.Struct, frozen=True):
    """The machine's state: a phase, since when, the last deliberate touch, and the walk in it."""

    phase: Phase = Phase.IDLE
    since_ns: int = 0
    touched_ns: int = 0
    walk: Walk | None = None
    deck_pct: float | None = 0.0
    last_ns: int = 0
    last_odometer_m: float | None = None


class TraceRow(NamedTuple):
    """One row of a session's trace, 5 a second (contracts.md §5); None is unknown."""

    t_s: float
    state: str
    speed_kmh: float | None
    target_low_kmh: float
    target_high_kmh: float
    distance_m: float
    rail_left: int
    rail_right: int
    incline_pct: float


class Health(msgspec.Struct, frozen=True):
    """What the kiosk itself knows: whether the guard speaks, and why the log blocks, if it does.

    ``proof_due``: emergency stop, key and rails were not proven within the site's interval.
    ``settings`` says why they block: not calibrated, not what the guard holds; or a version of the
    program that is only tried yet.
    """

    guard: bool = True
    log: Said | None = None
    proof_due: bool = False
    settings: Said = ()


KioskCheck = Literal["guard", "log", "settings", "proof", "incline"]
"""Ready checks that are the kiosk's own, beside the guard's :class:`hardware.link.Check`."""


class Send(msgspec.Struct, frozen=True):
    """Effect: send this to the guard."""

    message: ToGuard


class Opened(msgspec.Struct, frozen=True):
    """Effect: the first permit was given; from now on the session is journaled."""


class Closed(msgspec.Struct, frozen=True):
    """Effect: the record is complete; keep it."""

    walk: Walk


Effect = Send | Opened | Closed


class Snapshot(msgspec.Struct, frozen=True):
    """All that the screens may know, as of ``now_ns``. ``status`` is None until the guard spoke.

    ``unlocked`` is True for a while after a staff PIN. ``failing`` lists the ready checks that do
    not hold, the kiosk's own first. ``notice`` is a sentence about what was refused last.
    """

    now_ns: int
    session: Session
    status: Status | None
    health: Health
    failing: tuple[Check | KioskCheck, ...] = ()
    unlocked: bool = False
    notice: str | None = None
