"""The prescription in words: what was asked for, what is walked today, what comes next. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kiosk.cues.texts import _
from kiosk.export import words as shared
from kiosk.export.drawing import figure
from kiosk.export.facts import Fact
from kiosk.therapy.report import words
from profiles.model import Step
from profiles.planned import Walk, walk_of
from profiles.profile import Prescription, Progression, Schedule
from profiles.progression import Outlook, Proposal
from profiles.state import State

_MOST_STEPS: Final = 4
"""So many are told one by one; of more, what they have in common."""


def prescription(given: Prescription, state: State) -> tuple[Fact, ...]:
    """Return what was prescribed, the plan first."""
    limits, stop = given.limits, given.stop_rules
    cleared = _("Cleared by the therapist") if given.screening_cleared else _("Asked each time")
    return (
        Fact(_("Plan"), _plan(walk_of(given, State()))),
        Fact(
            _("Limits"),
            _("{kmh} km/h, {min} min, incline {pct} %").format(
                kmh=kmh(limits.max_kmh),
                min=limits.max_session_min,
                pct=figure(limits.max_incline_pct),
            ),
        ),
        Fact(_("Schedule"), _schedule(given.schedule)),
        Fact(_("Rails"), words.rails(given.rails)),
        Fact(_("Screening"), cleared),
        Fact(_("Progression"), _progression(given.progression, state)),
        Fact(
            _("Held when"),
            _("Pain is {pain} or more, rises by {rise} or more, or effort is {rpe} or more").format(
                pain=stop.pain_at_or_above, rise=stop.pain_rise, rpe=stop.rpe_at_or_above
            ),
        ),
    )


def today(walk: Walk) -> Fact:
    """Return what is walked today."""
    text = _("Main step {low}–{high} km/h, incline {pct} %")
    return Fact(
        _("Walk today"),
        _("{n} min").format(n=figure(walk.minutes)),
        text.format(low=kmh(walk.low_kmh), high=kmh(walk.high_kmh), pct=figure(walk.incline_pct)),
    )


def next_step(given: Prescription, outlook: Outlook) -> Fact:
    """Return the next step of the progression, or what it waits for."""
    name = _("Next step")
    if outlook.proposal is not None:
        how = (
            _("It takes effect at the next session.")
            if outlook.applies
            else _("It waits for the therapist to accept it.")
        )
        return Fact(name, _proposed(outlook.proposal), how)
    return Fact(name, _("None now"), _waits(given, outlook))


def kmh(value: float) -> str:
    """Return a speed with one decimal, or two where it has them."""
    return f"{value:.1f}" if round(value, 1) == round(value, 2) else f"{value:.2f}"


def _plan(walk: Walk) -> str:
    return _("{program}, {min} min: {steps}").format(
        program=shared.program(walk.program_id),
        min=figure(walk.minutes),
        steps=_steps(walk.steps),
    )


def _steps(steps: Sequence[Step]) -> str:
    if len(steps) <= _MOST_STEPS:
        return "; ".join(_step(step) for step in steps)
    return _("{n} steps at {low}–{high} km/h, incline {flat}–{steep} %").format(
        n=len(steps),
        low=kmh(min(step.low_kmh for step in steps)),
        high=kmh(max(step.high_kmh for step in steps)),
        flat=figure(min(step.incline_pct for step in steps)),
        steep=figure(max(step.incline_pct for step in steps)),
    )


def _step(step: Step) -> str:
    text = _("{min} min at {low}–{high} km/h")
    if step.incline_pct:
        text = _("{min} min at {low}–{high} km/h, incline {pct} %")
    return text.format(
        min=figure(step.s / 60),
        low=kmh(step.low_kmh),
        high=kmh(step.high_kmh),
        pct=figure(step.incline_pct),
    )


def _schedule(schedule: Schedule | None) -> str:
    if schedule is None:
        return _("None")
    one_each, one_week = schedule.sessions_per_week == 1, schedule.weeks == 1
    if one_each and one_week:
        text = _("1 session in 1 week")
    elif one_each:
        text = _("1 session a week for {weeks} weeks")
    elif one_week:
        text = _("{n} sessions in 1 week")
    else:
        text = _("{n} sessions a week for {weeks} weeks")
    return text.format(n=schedule.sessions_per_week, weeks=schedule.weeks)


def _progression(wanted: Progression | None, state: State) -> str:
    steps = [] if wanted is None else _additions(wanted)
    if wanted is None or not steps:
        return _("None")
    if wanted.every_sessions == 1:
        text = _("After each completed session, released by the therapist: {order}")
        if state.automatic:
            text = _("After each completed session, by itself: {order}")
    else:
        text = _("After every {n} completed sessions, released by the therapist: {order}")
        if state.automatic:
            text = _("After every {n} completed sessions, by itself: {order}")
    # One rises at a time, until it is at its limit.
    return text.format(n=wanted.every_sessions, order=_(", then ").join(steps))


def _additions(wanted: Progression) -> list[str]:
    found = []
    if wanted.add_min:
        found.append(_("+{n} min").format(n=wanted.add_min))
    if wanted.add_kmh:
        found.append(_("+{n} km/h").format(n=figure(wanted.add_kmh)))
    if wanted.add_incline_pct:
        found.append(_("+{n} % incline").format(n=figure(wanted.add_incline_pct)))
    return found


def _proposed(proposal: Proposal) -> str:
    now, then = figure(proposal.now), figure(proposal.then)
    if proposal.kind == "speed":
        now, then = kmh(proposal.now), kmh(proposal.then)
    if proposal.kind == "minutes":
        return _("{now} to {then} min").format(now=now, then=then)
    if proposal.kind == "speed":
        return _("{now} to {then} km/h").format(now=now, then=then)
    return _("{now} to {then} % incline").format(now=now, then=then)


def _waits(given: Prescription, outlook: Outlook) -> str:
    match outlook.waits:
        case "expired":
            return _("The profile has expired.")
        case "held":
            return _("The profile is held.")
        case "sessions" | "fortnight":
            return _missing(given, outlook)
        case "speed_week":
            return _("Speed rises by at most a tenth in seven days.")
        case "finished":
            return _("The limits of the profile are reached.")
        case _:
            return _("No progression was prescribed.")


def _missing(given: Prescription, outlook: Outlook) -> str:
    every = given.progression.every_sessions if given.progression is not None else 1
    left = max(1, every - outlook.completed)
    if outlook.waits == "fortnight":
        if left == 1:
            return _("After two weeks away, 1 completed session comes first.")
        return _("After two weeks away, {n} completed sessions come first.").format(n=left)
    if left == 1:
        return _("1 more completed session comes first.")
    return _("{n} more completed sessions come first.").format(n=left)
