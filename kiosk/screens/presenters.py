"""A snapshot in, what a screen shows out: texts, shares and flags. Pure, and without Kivy.

A view is compared with the one before it; where they are equal no widget is touched. So values
are rounded here to what an eye can tell apart.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from hardware.link import Check, Reason
from kiosk.cues import units
from kiosk.cues.checks import what_to_do
from kiosk.cues.texts import _, say
from kiosk.screens.reasons import by_staff, mend
from kiosk.session.model import Snapshot
from kiosk.staff.model import StaffState
from profiles.model import Program

THEN: Final = "\u203a"
"""A small arrow that the font has."""


class Blocked(NamedTuple):
    """Why no session can start: what, what to do, who can clear it, and what to ask of a patron."""

    what: str
    do: str
    who: str = ""
    ask: str = ""


class IdleView(NamedTuple):
    """The first screen: the quiet health line and its picture, and what blocks the start."""

    line: str
    healthy: bool
    blocked: tuple[Blocked, ...]
    mark: str = "check"


class CardView(NamedTuple):
    """One program as a card."""

    program_id: str
    name: str
    tagline: str
    minutes: str
    speed: str
    incline: str
    locked: bool
    steep: bool = False


def idle_view(
    snapshot: Snapshot, *, relay: bool = True, staff: StaffState | None = None
) -> IdleView:
    """Return the first screen's health line and what blocks the start."""
    blocked = _blocked(snapshot)
    if blocked:
        return IdleView(f"{blocked[0].what} {blocked[0].ask}", False, blocked, "warning")
    status = snapshot.status
    if status is not None and not status.pins.key:
        return IdleView(_("The safety key is out. Put it back."), False, (), "warning")
    if staff is not None and (told := _told_by_staff(staff)):
        return IdleView(told, True, (), "info")
    if staff is not None and staff.faults:
        return IdleView(_("Staff: please look at the faults."), False, (), "warning")
    if not relay:
        return IdleView(_("No stop relay here: this kiosk only warns."), False, (), "warning")
    return IdleView(_("Everything is fine."), True, ())


def _told_by_staff(staff: StaffState) -> str:
    """Say what staff have under way, or left to do, that stops nobody from walking."""
    export = staff.export
    if "staff" in staff.pins_missing:
        return _("Staff: please choose the PINs.")
    if export.phase in {"writing", "checking", "ejecting"}:
        return _("An export is under way. Leave the stick in.")
    plugged = {stick.id for stick in staff.sticks}
    if export.safe_to_remove and export.wish is not None and export.wish.stick_id in plugged:
        return _("The export is over. Take the stick out.")
    return ""


def _blocked(snapshot: Snapshot) -> tuple[Blocked, ...]:
    staff, call = _("Staff must clear this."), _("Please call the staff.")
    itself = _("It clears itself.")
    if not snapshot.health.guard or snapshot.status is None:
        do = _("If it stays so, call the staff: the kiosk must be restarted.")
        wait = _("Wait a moment.")
        return (Blocked(_("The safety guard does not answer."), do, wait, wait),)
    found = []
    for reason in snapshot.status.latched:
        if by_staff(reason):
            what, first = mend(reason)
            found.append(Blocked(what, first, staff, call))
    if not found and not snapshot.status.pins.estop:
        turn = _("Turn it until it springs out.")
        found.append(Blocked(_("The emergency stop is pressed."), turn, itself, turn))
    if snapshot.health.log is not None:
        what = _("The session log cannot be written.")
        found.append(Blocked(what, say(snapshot.health.log), call, call))
    if settings := snapshot.health.settings:
        found.append(Blocked(say(settings[:1]), say(settings[1:]), call, call))
    if snapshot.health.proof_due:
        do = _("Staff test stops and rails under Machine, Proof test: it takes a minute.")
        found.append(Blocked(_("The daily test is due."), do, call, call))
    sensor = Check.SENSOR in snapshot.failing or Check.SENSOR in snapshot.status.failing
    known = {Reason.SENSOR_LOST, Reason.SENSOR_FAULT} & set(snapshot.status.latched)
    if sensor and not known:
        what, do = _("The belt sensor is silent."), what_to_do(Check.SENSOR)
        found.append(Blocked(what, do, itself, call))
    return tuple(found)


def card_view(program: Program, unlocked: bool) -> CardView:
    """Return a program as a card; a gated one is locked until a staff PIN was given."""
    low, high = program.speed_range_kmh
    incline = program.max_incline_pct
    return CardView(
        program_id=program.id,
        name=_(program.name),
        tagline=_(program.tagline),
        minutes=_minutes(program),
        speed=units.band_words(low, high),
        incline=f"{incline:g}\u00a0%",
        locked=program.audience == "staff" and not unlocked,
        steep=incline > 0,
    )


def _minutes(program: Program) -> str:
    first, last = program.minutes[0], program.minutes[-1]
    if first == last:
        return _("{n} min").format(n=first)
    return _("{first}–{last} min").format(first=first, last=last)


def clock(seconds: float) -> str:
    """Return minutes and seconds; a begun second still counts, so that it ends on 0:00."""
    whole = int(-(-max(seconds, 0.0) // 1))
    return f"{whole // 60}:{whole % 60:02d}"


def metres(distance_m: float) -> str:
    """Return a distance; never negative, whatever a belt did backwards."""
    return _("{m:d} m").format(m=int(max(distance_m, 0.0)))
