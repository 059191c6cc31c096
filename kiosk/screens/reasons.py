"""In words: why the belt was stopped, what to do now, and who can clear it. No Kivy.

``told`` is read from 1.5 m by someone who may be shaken: a handful of words. ``staff`` is read
at arm's length by whoever mends it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from hardware.link import STAFF_CLEARS, Reason
from kiosk.cues.stops import CALL, stop_of
from kiosk.cues.texts import _


class Told(NamedTuple):
    """One stop in few words: what happened, what to do, who clears it (longest first; or none)."""

    what: str
    do: str
    who: tuple[str, ...]


class Mend(NamedTuple):
    """One latched reason for staff: what it is, and what must be done before it can be cleared."""

    what: str
    first: str


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


_MEND: Final[dict[str, tuple[str, str]]] = {
    Reason.ESTOP: (
        _n("The emergency stop was pressed."),
        _n("See why. Then turn the button until it springs out."),
    ),
    Reason.RUNAWAY: (
        _n("The belt ran far too fast."),
        _n("Have the treadmill looked at first."),
    ),
    Reason.SENSOR_LOST: (
        _n("The belt sensor fell silent."),
        _n("Check its cable. It must be well for 2 seconds."),
    ),
    Reason.SENSOR_FAULT: (
        _n("The belt sensor reported a fault."),
        _n("Check the sensor and its wheel. It must be well for 2 seconds."),
    ),
    Reason.PERMIT_INEFFECTIVE: (
        _n("The belt ran on after a stop."),
        _n("Have the stop relay looked at first."),
    ),
    Reason.UNEXPECTED_MOTION: (
        _n("The belt moved although nobody may walk."),
        _n("Bring the belt to rest and see who or what started it."),
    ),
    Reason.SAFETY_KEY: (_n("The safety key was pulled."), _n("Put the key back.")),
    Reason.RAILS_RELEASED: (_n("The rails were let go."), _n("Nothing: start again.")),
    Reason.OVERSPEED: (_n("The belt ran too fast."), _n("Nothing: start again, slower.")),
    Reason.WRONG_DIRECTION: (
        _n("The belt ran the wrong way."),
        _n("Check the belt's direction on the treadmill."),
    ),
    Reason.KIOSK_LOST: (_n("The screen stood still for a second."), _n("Nothing: start again.")),
    Reason.GUARD_LOST: (
        _n("The safety guard could not be reached."),
        _n("If it stays so, restart the kiosk."),
    ),
    Reason.PATRON: (_n("Stop was pressed."), _n("Nothing: start again.")),
}

STAFF_WHO: Final = (_n("Staff must clear this."), _n("Staff only"))
NOBODY_WHO: Final = (_n("You can walk again without staff."), _n("No staff needed"), "")


def told(reason: str | None, latched: Collection[str] = ()) -> Told:
    """Return the few words for a stop; ``None`` is a walk that ended without a reason.

    They are those of :mod:`kiosk.cues.stops`, from which the voice speaks too.
    """
    stop = stop_of(reason, latched)
    if by_staff(reason) or any(by_staff(one) for one in latched):
        who = staff_who()
    else:
        who = () if stop.do is CALL else nobody_who()  # what to do has staff called already
    return Told(_(stop.shown), _(stop.do.shown), who)


def staff_who() -> tuple[str, ...]:
    """Return who clears it: staff."""
    return tuple(_(text) for text in STAFF_WHO)


def nobody_who() -> tuple[str, ...]:
    """Return who clears it: nobody has to."""
    return tuple(_(text) if text else "" for text in NOBODY_WHO)


def mend(reason: str) -> Mend:
    """Return what staff read about a latched reason."""
    what, first = _MEND.get(reason, (_n("The belt was stopped."), _n("Call the service.")))
    return Mend(_(what), _(first))


def by_staff(reason: str | None) -> bool:
    """Say whether only a staff PIN clears it."""
    return reason in STAFF_CLEARS
