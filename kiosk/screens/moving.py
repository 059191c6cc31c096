"""The moving screens and the alarm: a snapshot in, few words, numbers and flags out. No Kivy.

They are read from 1.5 m by somebody who walks: what is not needed there is not shown.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from hardware.link import RailsMode, Reason
from kiosk.cues import units
from kiosk.cues.belt import STOP_BELT, STOPS_ITSELF, Site, asked
from kiosk.cues.rules import ALARMS
from kiosk.cues.texts import _
from kiosk.cues.words import HOLD_ON, HOLD_UNTIL, step_shown
from kiosk.screens.presenters import THEN, clock
from kiosk.screens.reasons import by_staff, staff_who, told
from kiosk.session.metrics import BAND_SLACK_KMH
from kiosk.session.model import Phase, Snapshot, Walk

Judged = Literal["in", "low", "high", "unknown"]

CUT: Final = 3
"""Letters of the next step's name that still tell it."""


class Banner(NamedTuple):
    """A warning: its picture and its few words."""

    icon: str
    text: str


class WalkView(NamedTuple):
    """The walking screen. ``hands`` is one where either hand will do.

    ``steps`` and ``next_steps`` are the same words longer and shorter, the longest first; those of
    the next step end with its incline where it is another one. ``verdict`` is the mark and
    the words of how it is judged, ``brief`` the same in one word; ``goal`` is the target with its
    unit.
    """

    left: str
    left_share: float
    speed: str
    kmh: float | None
    low_kmh: float
    high_kmh: float
    full_kmh: float
    target: str
    goal: str
    judged: Judged
    verdict: Banner
    brief: str
    unit: str
    distance: str
    steps: tuple[str, ...]
    next_steps: tuple[str, ...]
    hands: tuple[bool, ...] | None
    incline: str
    banner: Banner | None


class PausedView(NamedTuple):
    """The paused screen: ``big`` is the one number, ``do`` says what it is.

    ``confirm_pct`` asks for another incline before the walk goes on.
    """

    title: str
    big: str
    do: str
    button: str
    confirm_pct: float | None


class StoppedView(NamedTuple):
    """The stopped screen. STOP stays until the belt is known to stand still.

    ``who`` clears it is told at rest: before, it would read as leave to walk on. ``lock`` is
    whether that is staff.
    """

    what: str
    do: str
    who: tuple[str, ...]
    lock: bool
    moving: bool
    staff: bool
    warn: bool


class Alarm(NamedTuple):
    """What must be seen over everything else: which button to press, and what else to do.

    The button is named by where it is: STOP is on the same page, and does not help here.
    """

    text: str
    do: str


def walk_view(snapshot: Snapshot) -> WalkView | None:
    """Return the walking screen, or None where there is no walk."""
    walk, status = snapshot.session.walk, snapshot.status
    if walk is None:
        return None
    step, kmh = walk.step, status.speed_kmh if status else None
    judged = judge(kmh, step.low_kmh, step.high_kmh)
    hands: tuple[bool, ...] | None = None
    if status is not None and walk.plan.rails != "none":
        left, right = status.pins.rail_left, status.pins.rail_right
        hands = (left, right) if walk.plan.rails == "both" else (left or right,)
    planned_s = walk.plan.planned_ns / 1e9
    return WalkView(
        left=clock(walk.left_s),
        left_share=round(walk.left_s / planned_s, 3) if planned_s else 0.0,
        speed="–" if kmh is None else units.speed_number(kmh),
        kmh=None if kmh is None else round(max(kmh, 0.0) / 0.02) * 0.02,
        low_kmh=step.low_kmh,
        high_kmh=step.high_kmh,
        full_kmh=_full_kmh(walk),
        target=units.band(step.low_kmh, step.high_kmh),
        goal=units.band_words(step.low_kmh, step.high_kmh),
        judged=judged,
        verdict=_verdict(judged),
        brief=_("Speed?") if judged == "unknown" else _verdict(judged).text,
        unit=units.speed_unit(),
        distance=units.walked_words(walk.meters.distance_m),
        steps=_step_words(walk),
        next_steps=_next_words(walk),
        hands=hands,
        incline="–" if walk.deck_pct is None else f"{walk.deck_pct:g}\u00a0%",
        banner=_banner(snapshot, walk),
    )


def _step_words(walk: Walk) -> tuple[str, ...]:
    """The step now, the longest words first: a screen takes the first that fit it."""
    number, steps = walk.step_index + 1, len(walk.plan.steps)
    count = _("step {n} of {all}").format(n=number, all=steps)
    return (step_shown(walk.step.name), count, f"{number}/{steps}")


def _next_incline(walk: Walk) -> str:
    following = walk.next_step
    if following is None or following.incline_pct == walk.step.incline_pct:
        return ""
    return f"{following.incline_pct:g}\u00a0%"


def _next_words(walk: Walk) -> tuple[str, ...]:
    following = walk.next_step
    if following is None:
        end = _("end")
        return (_("then: the end"), f"{THEN} {end}", "")
    name, incline = step_shown(following.name), _next_incline(walk)
    cut = [f"{name[:count].rstrip()}\u2026" for count in range(len(name) - 2, CUT - 1, -1)]
    told = [" ".join(filter(None, (THEN, word, incline))) for word in (name, *cut)]
    return (*told, f"{THEN} {incline}" if incline else "")


def judge(kmh: float | None, low_kmh: float, high_kmh: float) -> Judged:
    """Say how a speed stands to the target band; unknown is neither."""
    if kmh is None:
        return "unknown"
    if kmh < low_kmh - BAND_SLACK_KMH:
        return "low"
    return "high" if kmh > high_kmh + BAND_SLACK_KMH else "in"


def _full_kmh(walk: Walk) -> float:
    """Full scale of the bar: room over the cap, so that too fast still moves on it."""
    return round(max(walk.plan.cap_kmh, *(s.high_kmh for s in walk.plan.steps)) * 1.15, 1)


def _verdict(judged: Judged) -> Banner:
    """The mark and the words of how a speed stands: which way it should go, or that it is right."""
    return {
        "in": Banner("check", ""),
        "low": Banner("faster", _("Too slow")),
        "high": Banner("slower", _("Too fast")),
        "unknown": Banner("warning", _("Speed not known")),
    }[judged]


def hold(rails: RailsMode) -> str:
    """Say what the hands do before the belt runs, as the plan asks of them."""
    if rails == "none":
        return _("Get ready")
    return _("Hold a rail") if rails == "one" else _("Hold the rails")


def start_shown(site: Site) -> str:
    """Say who presses the treadmill's Start; a helper is who reads it, where there is one."""
    if site.starts_belt == "helper":
        return _("Helper: press Start, slowest speed.")
    if site.turned:
        return _("One hand: press Start behind you, slowest speed.")
    return _("Press Start on the treadmill, slowest speed.")


def finish_shown(site: Site) -> str:
    """Say how the belt comes to rest, now that the plan is walked."""
    if site.starts_belt == "helper":
        return _("Helper: slow down and stop the belt.")
    if site.in_reach:
        return _("Slow down and stop the belt.")
    by_itself = asked(STOP_BELT, site) == _(STOPS_ITSELF)
    return _("Hold on: the belt stops by itself.") if by_itself else _("Have the belt stopped.")


def hold_now(rails: RailsMode) -> str:
    """Call hands back that have left."""
    return _("Hold a rail!") if rails == "one" else _("Hold the rails!")


def _banner(snapshot: Snapshot, walk: Walk) -> Banner | None:
    """A warning that hides the plan; how fast is another matter, and has its own place."""
    status = snapshot.status
    if status is None or not snapshot.health.guard:
        return Banner("warning", _("Step off now"))
    if status.rails_warning == "no_hands":
        return Banner("hold", hold_now(walk.plan.rails))
    if status.rails_warning == "one_hand":
        return Banner("hold", _("Both hands!"))
    return None


def paused_view(snapshot: Snapshot) -> PausedView | None:
    """Return the paused screen, or None where there is no walk."""
    walk = snapshot.session.walk
    if walk is None:
        return None
    wanted = walk.step.incline_pct
    if wanted != walk.deck_pct:
        big = f"{wanted:g}\u00a0%"
        button = _("It shows {pct:g}\u00a0%").format(pct=wanted)
        return PausedView(_("Set the incline"), big, _("on the console"), button, wanted)
    return PausedView(_("Paused"), clock(walk.left_s), _("Time left"), _("Go on"), None)


def stopped_view(snapshot: Snapshot) -> StoppedView | None:
    """Return the stopped screen, or None where there is no walk."""
    walk, status = snapshot.session.walk, snapshot.status
    if walk is None:
        return None
    what, do, who = told(walk.stop_reason, status.latched if status else ())
    latched = status.latched if status else ()
    staff = any(by_staff(reason) for reason in latched)
    if staff and not by_staff(walk.stop_reason):
        who = staff_who()
    moving = status is not None and status.at_rest is not True
    if moving:
        # Nobody is told to step off a belt that still moves, or may.
        do, who = _(HOLD_UNTIL), ()
    warn = walk.stop_reason not in {None, Reason.PATRON}
    return StoppedView(what, do, who, who == staff_who(), moving, staff, warn)


def alarm(snapshot: Snapshot) -> Alarm | None:
    """Return what must be unmistakable over everything, if anything is that bad now.

    Unexpected motion is an alarm only where it latched, that is, in a session; at other times
    somebody may be cleaning the belt, and it is a red check.
    """
    status = snapshot.status
    if status is None:
        return None
    now = set(status.causes)
    press = _("Press the emergency stop on the treadmill!")
    hold_on, call = _(HOLD_ON), _("Call the staff.")
    going = status.at_rest is not True
    if status.at_rest is None and not now & ALARMS and ALARMS & set(status.latched):
        return Alarm(press, call)
    if Reason.PERMIT_INEFFECTIVE in now or (Reason.PERMIT_INEFFECTIVE in status.latched and going):
        return Alarm(press, hold_on)
    if Reason.UNEXPECTED_MOTION in status.latched and going:
        return Alarm(press, hold_on)
    lost = snapshot.session.phase is Phase.STOPPED and not snapshot.health.guard
    return Alarm(press, call) if lost else None
