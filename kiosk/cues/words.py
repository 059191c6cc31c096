"""The sentences that are said while somebody walks, each whole and short, in the language in use.

Numbers are written as the language writes them, so that its voice reads them right. Nothing that
a person wrote (a name, a step's name in a profile) is ever spoken.
"""

from __future__ import annotations

import re
from typing import Final

from hardware.link import Reason
from kiosk.cues import units
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
_HAPPENED: Final[dict[str | None, str]] = {
    Reason.ESTOP: _n("The emergency stop was pressed."),
    Reason.SAFETY_KEY: _n("The safety key was pulled."),
    Reason.RUNAWAY: _n("The belt ran far too fast."),
    Reason.RAILS_RELEASED: _n("The rails were let go."),
    Reason.SENSOR_LOST: _n("The belt sensor fell silent."),
    Reason.SENSOR_FAULT: _n("The belt sensor reported a fault."),
    Reason.OVERSPEED: _n("The belt ran too fast."),
    Reason.WRONG_DIRECTION: _n("The belt ran the wrong way."),
    Reason.PERMIT_INEFFECTIVE: _n("The belt ran on after a stop."),
    Reason.UNEXPECTED_MOTION: _n("The belt moved although nobody may walk."),
    Reason.KIOSK_LOST: _n("The screen stood still for a second."),
    Reason.GUARD_LOST: _n("The safety guard could not be reached."),
    Reason.PATRON: _n("Stop was pressed."),
    None: _n("The pause was over 5 minutes."),
}
FIXED: Final = (
    *_HAPPENED.values(),
    HOLD_ON := _n("Hold the rails!"),
    BOTH_HANDS := _n("Both hands on the rails!"),
    HANDS_BACK := _n("Good. Keep holding on."),
    TOO_FAST := _n("Too fast! Slow the belt down."),
    TOO_SLOW := _n("Too slow. Speed the belt up a little."),
    GOOD_SPEED := _n("Good, this speed is right."),
    HOLD_UNTIL := _n("Hold on until the belt stops."),
    STANDS_STILL := _n("The belt stands still."),
    STEP_OFF := _n("Step off carefully."),
    STEP_OFF_LATER := _n("Step off only when the belt stands still."),
    CALL_STAFF := _n("Call the staff. Only they can clear it."),
    STAFF_COME := _n("Staff, please come to the treadmill!"),
    NOBODY_NEEDED := _n("You can start again when you are ready."),
    PRESS_ESTOP := _n("Press the emergency stop!"),
    DOES_NOT_STOP := _n("The belt does not stop."),
    IT_MOVES := _n("The belt is moving!"),
    HOLD_AND_PRESS := _n("Hold on. Press the emergency stop."),
    CONTROL_LOST := _n("Control was lost!"),
    PRESS_AND_CALL := _n("Press the emergency stop. Call the staff."),
    PAUSED := _n("Your walk is paused."),
    AT_REST := _n("The belt stands still, so your walk is paused."),
    INCLINE_SOON := _n("Soon the belt stops for another incline."),
    GO_ON := _n("To go on, tap Go on. To end your walk, tap Stop."),
    ENDS_SOON := _n("In one minute this walk ends."),
    STOP_BELT := _n("Please stop the belt now."),
    FINISHED := _n("You are finished."),
    WELL_DONE := _n("Well done!"),
    RATE := _n("Please answer the questions on the screen."),
    THANKS := _n("Thank you."),
    START_SELF := _n("Start the belt now, slowly."),
    START_HELPER := _n("The belt starts now. Your helper sets it going, slowly."),
    NOT_STARTED := _n("The belt did not start."),
    SLOWER := _n("Slow the belt down now."),
    FASTER := _n("Speed the belt up a little now."),
    WALK := _n("Now walk backwards."),
    HOW_TO_STOP := _n("To stop, press the stop button or call the staff."),
    LAST_MINUTE := _n("One minute left."),
    ONE_AND_A_HALF := _n("One and a half minutes left."),
    STOP_IF,
)
"""Every sentence without a field, to be made ready in each language."""
URGENT: Final = (
    *(HOLD_ON, BOTH_HANDS, TOO_FAST, HOLD_UNTIL, PRESS_ESTOP, DOES_NOT_STOP, IT_MOVES),
    *(HOLD_AND_PRESS, CONTROL_LOST, PRESS_AND_CALL, *_HAPPENED.values(), STAFF_COME),
)
"""What may have to be heard at once: made ready first, and kept in memory."""
COUNT: Final = ("3", "2", "1")
HALF_MINUTES_TO_S: Final = 300.0
"""Up to this length of plan every half minute is told, else every minute."""
LAST_S: Final = (30, 10)


def happened(reason: str | None) -> str:
    """Return what a stop was about; ``None`` is a walk that ended without a reason."""
    return _(_HAPPENED.get(reason, "The belt was stopped."))


def band(step: Step) -> str:
    """Return the speeds to keep to, in the units in use."""
    low, high = (f"{units.speed(kmh):.1f}" for kmh in (step.low_kmh, step.high_kmh))
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
        return _("Next: {name}.").format(name=_(plan.steps[index].name))
    return _("Step {n} of {all}.").format(n=index + 1, all=len(plan.steps))


def what_comes(plan: Plan) -> str:
    """Return what was chosen, before anything is asked."""
    minutes = f"{plan.planned_ns / 60e9:.0f}"
    if plan.planned_ns < 60e9:
        return _("A walk of {n} seconds.").format(n=f"{plan.planned_ns / 1e9:.0f}")
    if plan.planned_ns < 90e9:
        return _("A walk of one minute.")
    return _("A walk of {n} minutes.").format(n=minutes)


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
    """Return how long and how far somebody walked."""
    minutes, seconds = divmod(round(walk.walked_s), 60)
    if minutes and seconds == 1:
        seconds = 0  # "and one seconds" is no sentence, and nobody counts it
    if minutes == 0:
        time = _("Time: {s} seconds.")
    elif seconds == 0:
        time = _("Time: one minute.") if minutes == 1 else _("Time: {m} minutes.")
    elif minutes == 1:
        time = _("Time: one minute and {s} seconds.")
    else:
        time = _("Time: {m} minutes and {s} seconds.")
    far = int(max(0.0, units.distance(walk.meters.distance_m)))
    if units.in_use() == "metric":
        text = _("Distance: one metre.") if far == 1 else _("Distance: {n} metres.")
    else:
        text = _("Distance: one foot.") if far == 1 else _("Distance: {n} feet.")
    return time.format(m=minutes, s=seconds), text.format(n=far)


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
