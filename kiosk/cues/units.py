"""The units that people read and hear: km/h and metres, or mph and feet (``[site] units``).

Inside the program, in the log, in profiles and in exports everything is km/h and metres; only what
a person on the treadmill sees or hears goes through here. Like the language, one choice holds for
the whole kiosk at a time.
"""

from __future__ import annotations

from typing import Final, Literal

from kiosk.cues.texts import _

Units = Literal["metric", "imperial"]

KM_PER_MILE: Final = 1.609344
"""Exact, by definition of the international mile (1959)."""
M_PER_FOOT: Final = 0.3048

_units: Units = "metric"


def use(units: Units) -> None:
    """Take other units from now on; what is on show stays until it is made anew."""
    global _units  # noqa: PLW0603 - one choice at a time, for the whole kiosk
    _units = units


def in_use() -> Units:
    """Return the units that are shown now."""
    return _units


def speed(kmh: float) -> float:
    """Return a speed (km/h) as a number in the unit that is shown."""
    return kmh if _units == "metric" else kmh / KM_PER_MILE


def speed_unit() -> str:
    """Return the name of the unit of :func:`speed`."""
    return _("km/h") if _units == "metric" else _("mph")


def distance(metres: float) -> float:
    """Return a distance (m) as a number in the unit that is shown, metres or feet."""
    return metres if _units == "metric" else metres / M_PER_FOOT


def distance_unit() -> str:
    """Return the name of the unit of :func:`distance`."""
    return _("m") if _units == "metric" else _("ft")
