"""The sentences that are said while somebody walks, each whole and short, in the language in use.

Numbers are written as the language writes them, so that its voice reads them right. Nothing that
a person wrote (a name, a step's name in a profile) is ever spoken.
"""

from __future__ import annotations

import re
from typing import Final

from hardware.link import RailsMode
from kiosk.cues import belt, stops, units
from kiosk.cues.belt import Site, starting
from kiosk.cues.checks import rule_texts, rule_words
from kiosk.cues.texts import _, numbers
from kiosk.session.model import Walk
from kiosk.session.plan import Plan
from profiles.about import load_briefing
from profiles.model import Step


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is said."""
    return text


_BRIEFING: Final = load_briefing()
STOP_IF: Final = _BRIEFING.stop_if
"""When to stop: on the screen, and spoken at the start."""
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+")
FIXED: Final = (
    *stops.every_sentence(),
    *belt.TEXTS,
    HOLD_ON := _n("Hold the rails!"),
    BOTH_HANDS := _n("Both hands on the rails!"),
    HANDS_BACK := _n("Good. Keep holding on."),
    GOOD_SPEED := _n("Good, this speed is right."),
    HOLD_UNTIL := _n("Hold on until the belt stops."),
    STANDS_STILL := _n("The belt stands still."),
    STEP_OFF_LATER := _n("Step off only when the belt stands still."),
    STAFF_COME := _n("Staff, please come to the treadmill!"),
    NOT_KNOWN := _n("It is not known whether the belt stands still."),
    STAY_OFF := _n("Stay off it. Call the staff."),
    PRESS_ESTOP := _n("Press the emergency stop on the treadmill!"),
    DOES_NOT_STOP := _n("The belt does not stop."),
    IT_MOVES := _n("The belt is moving!"),
    HOLD_AND_PRESS := _n("Hold on. Press the emergency stop on the treadmill."),
    CONTROL_LOST := _n("Control was lost!"),
    PRESS_AND_CALL := _n("Press the emergency stop on the treadmill. Call the staff."),
    PAUSED := _n("Your walk is paused."),
    AT_REST := _n("The belt stands still, so your walk is paused."),
    INCLINE_SOON := _n("Soon the belt stops for another incline."),
    GO_ON := _n("To go on, tap Go on. To end your walk, tap Stop."),
    ENDS_SOON := _n("In one minute this walk ends."),
    FINISHED := _n("You are finished."),
    WELL_DONE := _n("Well done!"),
    RATE := _n("Please answer the questions on the screen."),
    THANKS := _n("Thank you."),
    NOT_STARTED := _n("The belt did not start."),
    COUNT_STOPPED := _n("The countdown stopped."),
    WALK := _n("Now walk backwards."),
    STOP_WITH_BUTTON := _n("To stop, press the stop button on the rail."),
    STOP_WITHOUT := _n("To stop, press the emergency stop, or call the staff."),
    LAST_MINUTE := _n("One minute left."),
    ONE_AND_A_HALF := _n("One and a half minutes left."),
    NOT_TODAY := _n("Please do not walk today. Talk to your therapist or the staff."),
    THEN_GO_ON := _n("Then tap Go on."),
    *rule_texts(_BRIEFING.rules),
    STOP_IF,
)
"""Every sentence without a field, to be made ready in each language."""
URGENT: Final = (
    *(
        HOLD_ON,
        BOTH_HANDS,
        belt.TOO_FAST,
        belt.TOO_FAST_HELPED,
        HOLD_UNTIL,
        PRESS_ESTOP,
        DOES_NOT_STOP,
        IT_MOVES,
    ),
    *(HOLD_AND_PRESS, CONTROL_LOST, PRESS_AND_CALL, *stops.every_sentence(), STAFF_COME),
    *(NOT_KNOWN, STAY_OFF),
)
"""What may have to be heard at once: made ready first, and kept in memory."""
COUNT: Final = ("3", "2", "1")
HALF_MINUTES_TO_S: Final = 300.0
"""Up to this length of plan every half minute is told, else every minute."""
LAST_S: Final = (30, 10)


def how_to_stop(*, stop_button: bool) -> str:
    """Return how somebody stops the belt, by what this site has."""
    return _(STOP_WITH_BUTTON if stop_button else STOP_WITHOUT)


def three_rules(rails: RailsMode, *, stop_button: bool) -> tuple[str, ...]:
    """Return the rules of the briefing, as they are shown and said: by the plan and the site."""
    return tuple(
        how_to_stop(stop_button=stop_button) if rule.id == "stop" else rule_words(rule, rails)
        for rule in _BRIEFING.rules
    )


def rules(rails: RailsMode, site: Site) -> tuple[str, ...]:
    """Return what the pages of the rules say, sentence by sentence."""
    return (
        *three_rules(rails, stop_button=site.stop_button),
        *starting(site).sentences,
        _(STOP_IF),
        _(THEN_GO_ON),
    )


def band(step: Step) -> str:
    """Return the speeds to keep to, in the units in use."""
    low, high = units.band_numbers(step.low_kmh, step.high_kmh)
    metric = units.in_use() == "metric"
    if float(low) == 0.0:
        text = _("Up to {high} kilometres an hour.") if metric else _("Up to {high} miles an hour.")
    elif low == high:
        text = _("{high} kilometres an hour.") if metric else _("{high} miles an hour.")
    elif metric:
        text = _("{low} to {high} kilometres an hour.")
    else:
        text = _("{low} to {high} miles an hour.")
    return numbers(text.format(low=low, high=high))


def step_name(plan: Plan, index: int) -> str:
    """Return which step begins; by its name only where nobody but us wrote it."""
    if plan.profile_code is None and plan.program_id != "own":
        name = plan.steps[index].name
        if name == "main":
            return _("Now: the main part.")
        return _("Now: {name}.").format(name=_(name))
    return _("Step {n} of {all}.").format(n=index + 1, all=len(plan.steps))


def step_shown(name: str) -> str:
    """Return a step's name as a screen has it: "main" is for whoever writes a plan."""
    return _("walk") if name == "main" else _(name)


def what_comes(plan: Plan) -> str:
    """Return what was chosen, before anything is asked."""
    minutes = f"{round(plan.planned_ns / 60e9, 1):g}"  # as the screen shows them
    if plan.planned_ns < 60e9:
        return _("A walk of {n} seconds.").format(n=f"{plan.planned_ns / 1e9:.0f}")
    if minutes == "1":
        return _("A walk of one minute.")
    return numbers(_("A walk of {n} minutes.").format(n=minutes))


def marks(plan: Plan) -> tuple[int, ...]:
    """Return the seconds left at which the time left is told, the first one first."""
    planned_s = plan.planned_ns / 1e9
    every_s = 30 if planned_s <= HALF_MINUTES_TO_S else 60
    regular = range(every_s, int(planned_s), every_s)
    return tuple(sorted({*regular, *(s for s in LAST_S if s < planned_s)}, reverse=True))


def time_left(left_s: int) -> str:
    """Return how much is left to walk, at one of the :func:`marks`."""
    minutes, half = divmod(left_s, 60)
    if minutes == 0:
        return _("{n} seconds left.").format(n=left_s)
    if minutes == 1:
        return _(ONE_AND_A_HALF if half else LAST_MINUTE)
    text = _("{n} and a half minutes left.") if half else _("{n} minutes left.")
    return text.format(n=minutes)


def incline(pct: float) -> str:
    """Return what to do about another incline: where to set it, and what to tap then."""
    text = _("Set the incline to {pct} percent on the console. Then tap the button on the screen.")
    return numbers(text.format(pct=f"{pct:g}"))


def walked(walk: Walk) -> tuple[str, ...]:
    """Return how long and how far somebody walked, in the figures that the screen shows."""
    minutes, seconds = divmod(int(walk.walked_s), 60)
    if minutes == 0:
        time = _("Time: {s} seconds.")
    elif seconds == 0:
        time = _("Time: one minute.") if minutes == 1 else _("Time: {m} minutes.")
    elif seconds == 1:
        one = _("Time: one minute and one second.")
        time = one if minutes == 1 else _("Time: {m} minutes and one second.")
    elif minutes == 1:
        time = _("Time: one minute and {s} seconds.")
    else:
        time = _("Time: {m} minutes and {s} seconds.")
    metres = walk.meters.distance_m
    far = units.near_number(metres)
    if units.in_use() == "metric":
        text = _("Distance: one metre.") if far == "1" else _("Distance: {n} metres.")
    elif units.is_far(metres):
        far, text = units.far_number(metres), _("Distance: {n} miles.")
    else:
        text = _("Distance: one foot.") if far == "1" else _("Distance: {n} feet.")
    return time.format(m=minutes, s=seconds), numbers(text.format(n=far))


def disclaimer() -> tuple[str, ...]:
    """Return the disclaimer that stands before every session, sentence by sentence."""
    return tuple(_SENTENCE.split(_(_BRIEFING.disclaimer).strip()))


def of_plan(plan: Plan) -> tuple[str, ...]:
    """Return every sentence of a plan that is known before it is walked."""
    steps = range(len(plan.steps))
    inclines = sorted({step.incline_pct for step in plan.steps})
    return (
        what_comes(plan),
        *(band(step) for step in plan.steps),
        *(step_name(plan, index) for index in steps),
        *(time_left(mark) for mark in marks(plan)),
        *(incline(pct) for pct in inclines),
    )
