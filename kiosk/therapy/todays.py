"""What somebody with a profile walks today, for the screen and for the session. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from kiosk.session.actions import Prescribed
from kiosk.session.plan import Plan, prescribed_plan
from kiosk.therapy.model import Person
from profiles.kept import Kept
from profiles.model import Program
from profiles.progress import SessionPoint
from profiles.progression import Outlook, Proposal

Record = Mapping[str, Any]
OWN: Final = "Your own plan"
PAST: Final = 12
"""Sessions of the small trend."""


class Found(NamedTuple):
    """A profile with its sessions, oldest first, and what holds today."""

    kept: Kept
    records: Sequence[Record]
    seen: Outlook


def person_of(
    found: Found,
    programs: Mapping[str, Program],
    sessions: Sequence[SessionPoint],
    stepped: Proposal | None,
) -> Person:
    """Return who was found, as the screens show it."""
    prescription, seen = found.kept.prescription, found.seen
    return Person(
        code=found.kept.code,
        name=prescription.display_name,
        language=prescription.language,
        walk=seen.walk,
        program_name=_name(found, programs),
        why="expired" if seen.expired else "held" if seen.held is not None else None,
        screened=prescription.screening_cleared,
        rails=prescription.rails,
        past=tuple(sessions[-PAST:]),
        stepped=stepped,
    )


def plan_of(found: Found, programs: Mapping[str, Program], site_cap_kmh: float) -> Plan:
    """Return what is walked: the profile's rails and stop rules, under the least of all caps."""
    prescription, walk = found.kept.prescription, found.seen.walk
    stop = prescription.stop_rules
    prescribed = Prescribed(
        code=prescription.code,
        version=prescription.version,
        program_id=walk.program_id,
        program_version=walk.program_version,
        name=_name(found, programs),
        rails=prescription.rails,
        screened=prescription.screening_cleared,
        pain_limit=stop.pain_at_or_above,
        pain_rise=stop.pain_rise,
        rpe_limit=stop.rpe_at_or_above,
    )
    return prescribed_plan(walk.steps, prescribed, cap_kmh=walk.cap_kmh, site_cap_kmh=site_cap_kmh)


def _name(found: Found, programs: Mapping[str, Program]) -> str:
    program = programs.get(found.seen.walk.program_id)
    return OWN if program is None else program.name
