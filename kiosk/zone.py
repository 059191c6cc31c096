"""The time zone of the place: what the settings say, else what the machine is set to."""

from __future__ import annotations

import contextlib
import difflib
import os
import zoneinfo
from datetime import tzinfo
from pathlib import Path

_LOCALTIME = Path("/etc/localtime")


def is_known(name: str) -> bool:
    """Say whether there is a zone of that name, as in the IANA's list ("Europe/Berlin")."""
    try:
        return bool(name) and zoneinfo.ZoneInfo(name).key == name
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False


def zone_of(name: str) -> tzinfo | None:
    """Return the zone of that name; None, which is the machine's own, where there is none such."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def mend_of(name: str) -> str:
    """Return what to write instead of a zone that is not known, in words."""
    zones = zoneinfo.available_timezones()
    if not zones:
        return "this computer knows no time zones: sudo apt install tzdata"
    by_place = {zone.rpartition("/")[2].lower(): zone for zone in sorted(zones)}
    place = name.rpartition("/")[2].replace(" ", "_").lower()
    for word, known in (name, sorted(zones)), (place, sorted(by_place)):
        if close := difflib.get_close_matches(word, known, n=1, cutoff=0.75):
            return f"did you mean {by_place.get(close[0], close[0])}?"
    return 'write one such as "Europe/Berlin" or "America/New_York"'


def of_machine() -> str:
    """Return the name of the machine's own zone, as ``zoneinfo`` knows it; else UTC."""
    name = os.environ.get("TZ", "").removeprefix(":")
    if not name:
        with contextlib.suppress(OSError):
            name = str(_LOCALTIME.resolve()).partition("/zoneinfo/")[2]
    return name if is_known(name) else "UTC"
