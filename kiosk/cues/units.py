"""The units that people read and hear: km/h and metres, or mph and feet (``[site] units``).

Inside the program, in the log, in profiles and in exports everything is km/h and metres; only what
a person on the treadmill sees or hears goes through here. Like the language, one choice holds for
the whole kiosk at a time.
"""

from __future__ import annotations

import math
from typing import Final, Literal

from kiosk.cues.texts import _

Units = Literal["metric", "imperial"]

KM_PER_MILE: Final = 1.609344
"""Exact, by definition of the international mile (1959)."""
M_PER_FOOT: Final = 0.3048
LONG_M: Final = 1000.0
LONG_FT: Final = 1000.0
"""A thousand feet are two walks' worth; from there on a treadmill's console shows miles."""

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


def speed_number(kmh: float) -> str:
    """Return a speed that somebody walks at now, as it is read at a glance; never negative."""
    return f"{speed(max(kmh, 0.0)):.1f}"


def target_number(kmh: float) -> str:
    """Return a speed that is asked for, not rounded to one that it is not.

    Targets are set in tenths of km/h, which are 0.06 mph: two digits in mph, where one would say
    another speed.
    """
    return _digits(round(speed(max(kmh, 0.0)), 2))


def _digits(shown: float) -> str:
    """Return a number of at most two digits after the point, with two only where they count."""
    return f"{shown:.1f}" if round(shown, 1) == shown else f"{shown:.2f}"


def band_numbers(low_kmh: float, high_kmh: float) -> tuple[str, str]:
    """Return a target band's two speeds, each rounded into the band, never out of it."""
    if low_kmh == high_kmh:
        return target_number(low_kmh), target_number(high_kmh)
    # A ten-thousandth of a hundredth is no speed, only how numbers are kept.
    low = math.ceil(speed(max(low_kmh, 0.0)) * 100.0 - 1e-4) / 100.0
    high = math.floor(speed(max(high_kmh, 0.0)) * 100.0 + 1e-4) / 100.0
    return _digits(low), _digits(high)


def band(low_kmh: float, high_kmh: float) -> str:
    """Return a target band as its two speeds, without the unit."""
    return "–".join(band_numbers(low_kmh, high_kmh))


def band_words(low_kmh: float, high_kmh: float) -> str:
    """Return a target band with its unit."""
    return _("{n} {unit}").format(n=band(low_kmh, high_kmh), unit=speed_unit())


def speed_words(kmh: float) -> str:
    """Return a speed that is asked for, with its unit."""
    return _("{n} {unit}").format(n=target_number(kmh), unit=speed_unit())


def is_far(metres: float) -> bool:
    """Say whether a distance is told in the larger unit: kilometres or miles."""
    return metres >= (LONG_M if _units == "metric" else LONG_FT * M_PER_FOOT)


def far_number(metres: float) -> str:
    """Return a distance in kilometres or miles."""
    return f"{max(metres, 0.0) / 1000.0 / (1.0 if _units == 'metric' else KM_PER_MILE):.2f}"


def near_number(metres: float) -> str:
    """Return a distance in whole metres or feet; what is begun does not count yet."""
    return str(int(distance(max(metres, 0.0))))


def walked_words(metres: float) -> str:
    """Return a distance that was walked, with its unit: 29 m, 95 ft, 0.22 mi.

    Metres stay metres: nobody walks so far here that they get unhandy.
    """
    if _units == "imperial" and is_far(metres):
        return _("{n} {unit}").format(n=far_number(metres), unit=_("mi"))
    return _("{n} {unit}").format(n=near_number(metres), unit=distance_unit())
