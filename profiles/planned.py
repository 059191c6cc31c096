"""The steps a profile asks for today: its plan, with what the progression added."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from profiles.errors import ProfileError
from profiles.model import MAX_CAP_KMH, Program, Step
from profiles.profile import Prescription
from profiles.programs import load_programs
from profiles.state import State


class Walk(NamedTuple):
    """What is walked today. ``low_kmh`` to ``incline_pct`` are the main step's.

    ``cap_kmh`` is the least of the profile's, the program's and, where it is given, the site's.
    ``program_id`` is "own" for steps that the therapist wrote.
    """

    program_id: str
    program_version: int
    steps: tuple[Step, ...]
    main: int
    minutes: float
    cap_kmh: float

    @property
    def low_kmh(self) -> float:
        """The main step's slowest."""
        return self.steps[self.main].low_kmh

    @property
    def high_kmh(self) -> float:
        """The main step's quickest."""
        return self.steps[self.main].high_kmh

    @property
    def incline_pct(self) -> float:
        """The main step's incline."""
        return self.steps[self.main].incline_pct


def walk_of(prescription: Prescription, state: State, site_cap_kmh: float | None = None) -> Walk:
    """Return what is walked today: never past the limits, whatever the state says.

    A program begins with its default minutes, or with the limit where that is less. The main step
    of steps of one's own is the longest, the first of several.
    """
    plan, limits = prescription.plan, prescription.limits
    site_kmh = MAX_CAP_KMH if site_cap_kmh is None else site_cap_kmh
    if plan.program is not UNSET:
        program = _programs()[plan.program]
        minutes = min(program.default_minutes, limits.max_session_min) + state.added_min
        minutes = min(minutes, limits.max_session_min)
        cap_kmh = min(limits.max_kmh, program.cap_kmh, site_kmh)
        steps, main = _of_program(program, minutes), program.main_index
        of = program.id, program.version
    elif plan.steps is not UNSET:
        cap_kmh = min(limits.max_kmh, site_kmh)
        steps = tuple(
            Step(own.name, own.minutes * 60, own.low_kmh, own.high_kmh, own.incline_pct)
            for own in plan.steps
        )
        main = max(range(len(steps)), key=lambda i: (steps[i].s, -i))
        own_min = round(sum(own.minutes for own in plan.steps), 6)
        minutes = min(own_min + state.added_min, limits.max_session_min)
        longer = msgspec.structs.replace(steps[main], s=steps[main].s + (minutes - own_min) * 60)
        steps = (*steps[:main], longer, *steps[main + 1 :])
        of = "own", prescription.version
    else:
        raise ProfileError("plan: must hold either program or steps")
    high_kmh = min(steps[main].high_kmh + state.added_kmh, cap_kmh)
    changed = msgspec.structs.replace(
        steps[main],
        low_kmh=round(min(steps[main].low_kmh + state.added_kmh, high_kmh), 6),
        high_kmh=round(high_kmh, 6),
        incline_pct=min(
            round(steps[main].incline_pct + state.added_incline_pct, 6), limits.max_incline_pct
        ),
    )
    steps = (*steps[:main], changed, *steps[main + 1 :])
    return Walk(*of, tuple(_under(step, cap_kmh) for step in steps), main, minutes, cap_kmh)


def _under(step: Step, cap_kmh: float) -> Step:
    """Return a step with no target over the cap: nobody is asked to walk into a stop."""
    low_kmh, high_kmh = min(step.low_kmh, cap_kmh), min(step.high_kmh, cap_kmh)
    return msgspec.structs.replace(step, low_kmh=low_kmh, high_kmh=high_kmh)


def _of_program(program: Program, minutes: float) -> tuple[Step, ...]:
    """Return a program's steps for minutes that may be more than a guest could choose."""
    fixed_s = sum(step.s for step in program.pattern if step.s is not None)
    main_s = round(minutes * 60) - fixed_s
    return tuple(step.lasting(main_s if step.s is None else step.s) for step in program.pattern)


@functools.cache
def _programs() -> Mapping[str, Program]:
    return load_programs()
