"""The words of the reports. Marked for the catalogues here, translated where they are shown."""

from __future__ import annotations

from typing import Final

from hardware.link import Reason
from kiosk.cues.texts import _


def _n(text: str) -> str:
    """Mark a text for the catalogues."""
    return text


_OUTCOMES: Final[dict[str | None, str]] = {
    "completed": _n("Completed"),
    "stopped": _n("Ended early"),
    "safety_stop": _n("Safety stop"),
    "interrupted": _n("Interrupted"),
}

_REASONS: Final[dict[str | None, str]] = {
    Reason.ESTOP: _n("Emergency stop"),
    Reason.SAFETY_KEY: _n("Safety key pulled"),
    Reason.RUNAWAY: _n("Belt far too fast"),
    Reason.RAILS_RELEASED: _n("Rails let go"),
    Reason.SENSOR_LOST: _n("Speed not known"),
    Reason.SENSOR_FAULT: _n("Sensor fault"),
    Reason.OVERSPEED: _n("Belt too fast"),
    Reason.WRONG_DIRECTION: _n("Wrong direction"),
    Reason.PERMIT_INEFFECTIVE: _n("Belt ran on"),
    Reason.UNEXPECTED_MOTION: _n("Belt moved by itself"),
    Reason.KIOSK_LOST: _n("Screen froze"),
    Reason.GUARD_LOST: _n("Control was lost"),
    Reason.PATRON: _n("Stop pressed"),
    "other": _n("Another reason"),
    None: _n("Paused too long"),
}

_PROGRAMS: Final[dict[str | None, str]] = {
    "easy-walk": _n("Easy walk"),
    "low-back": _n("Low back"),
    "big-toe": _n("Big toe"),
    "ankle-uphill": _n("Ankle, uphill"),
    "ankle-level": _n("Ankle, level"),
    "own": _n("Own plan"),
}


def outcome(name: str | None) -> str:
    """Return how a session ended, in words."""
    return _(_OUTCOMES[name]) if name in _OUTCOMES else _("Not known")


def reason(name: str | None) -> str:
    """Return why a session was stopped, in words; None: it was paused for too long."""
    return _(_REASONS[name]) if name in _REASONS else _(_REASONS["other"])


def program(name: str | None) -> str:
    """Return a program's name; one that is not built in is shown by its id."""
    return _(_PROGRAMS[name]) if name in _PROGRAMS else (name or _("Not known"))


DISCLAIMER: Final = _n(
    "Information for the people who treat and train, not medical advice, diagnosis or treatment."
)
DEIDENTIFIED: Final = _n(
    "Codes were drawn at random for this export; days count from each person's first session."
)
IDENTIFIED: Final = _n("Dates and codes are in it: keep it as you keep patient records.")
GUESTS: Final = _n("Guests' sessions are linked to no person and carry no day.")
NO_DAYS: Final = _n("No session here has a day: it is a guest's, or the kiosk's clock was not set.")
EMPTY: Final = _n("There is no session in this export.")
BAND: Final = _n("On target: the share of the walked time within the speeds that were asked for.")
