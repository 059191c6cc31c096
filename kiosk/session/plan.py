"""What a person is to walk: the steps of one session, and the limits they are walked under."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import msgspec

from hardware.link import RailsMode
from kiosk.session.actions import Prescribed
from profiles.model import Program, Step

NS: Final = 1_000_000_000


class Plan(msgspec.Struct, frozen=True, dict=True):
    """The steps of one session. ``cap_kmh`` is the least of profile, program and site."""

    program_id: str
    program_version: int
    name: str
    steps: tuple[Step, ...]
    cap_kmh: float
    rails: RailsMode
    profile_code: str | None = None
    profile_version: int | None = None
    screened: bool = False
    """A therapist asked the screening questions already."""
    pain_limit: int = 6
    pain_rise: int = 2
    rpe_limit: int = 15

    @cached_property
    def planned_ns(self) -> int:
        """Length of the plan in nanoseconds of walking."""
        return sum(step_ns(step) for step in self.steps)


def step_ns(step: Step) -> int:
    """Return the length of a step in nanoseconds."""
    return round(step.s * NS)


def step_at(plan: Plan, walked_ns: int) -> int:
    """Return the index of the step after ``walked_ns`` of walking; the last one at the end."""
    end = 0
    for index, step in enumerate(plan.steps):
        end += step_ns(step)
        if walked_ns < end:
            return index
    return len(plan.steps) - 1


def step_left_ns(plan: Plan, walked_ns: int) -> int:
    """Return how much of the step under way is left to walk, in nanoseconds."""
    end = sum(step_ns(step) for step in plan.steps[: step_at(plan, walked_ns) + 1])
    return max(0, end - walked_ns)


def own_plan(steps: tuple[Step, ...], *, cap_kmh: float, rails: RailsMode) -> Plan:
    """Return a plan of free steps, as a recording or a script asks for it."""
    return Plan(
        program_id="own",
        program_version=1,
        name="Own plan",
        steps=_under(steps, cap_kmh),
        cap_kmh=cap_kmh,
        rails=rails,
    )


def plan_of(
    program: Program, minutes: int | None, *, site_cap_kmh: float, rails: RailsMode
) -> Plan:
    """Return a guest's plan of a built-in program; raises ProgramError for minutes it has not."""
    cap_kmh = min(program.cap_kmh, site_cap_kmh)
    return Plan(
        program_id=program.id,
        program_version=program.version,
        name=program.name,
        steps=_under(program.steps(minutes), cap_kmh),
        cap_kmh=cap_kmh,
        rails=rails,
    )


def prescribed_plan(
    steps: tuple[Step, ...], prescribed: Prescribed, *, cap_kmh: float, site_cap_kmh: float
) -> Plan:
    """Return the plan of a profile: its rails mode and stop rules, and the least of all caps."""
    cap_kmh = min(cap_kmh, site_cap_kmh)
    return Plan(
        program_id=prescribed.program_id,
        program_version=prescribed.program_version,
        name=prescribed.name,
        steps=_under(steps, cap_kmh),
        cap_kmh=cap_kmh,
        rails=prescribed.rails,
        profile_code=prescribed.code,
        profile_version=prescribed.version,
        screened=prescribed.screened,
        pain_limit=prescribed.pain_limit,
        pain_rise=prescribed.pain_rise,
        rpe_limit=prescribed.rpe_limit,
    )


def prescribed_of(plan: Plan) -> Prescribed | None:
    """Return what a recording keeps of a profile's plan; None of a guest's."""
    if plan.profile_code is None or plan.profile_version is None:
        return None
    return Prescribed(
        code=plan.profile_code,
        version=plan.profile_version,
        program_id=plan.program_id,
        program_version=plan.program_version,
        name=plan.name,
        rails=plan.rails,
        screened=plan.screened,
        pain_limit=plan.pain_limit,
        pain_rise=plan.pain_rise,
        rpe_limit=plan.rpe_limit,
    )


def unnamed(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return steps with numbers for names: a therapist may have written a person's into them."""
    return tuple(
        msgspec.structs.replace(step, name=f"step {number}")
        for number, step in enumerate(steps, start=1)
    )


def _under(steps: tuple[Step, ...], cap_kmh: float) -> tuple[Step, ...]:
    """Return the steps with no target over the cap: nobody is asked to walk into a stop."""
    return tuple(
        msgspec.structs.replace(
            step, low_kmh=min(step.low_kmh, cap_kmh), high_kmh=min(step.high_kmh, cap_kmh)
        )
        for step in steps
    )
