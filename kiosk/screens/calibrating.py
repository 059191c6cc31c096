"""The calibration's steps in words. No Kivy."""

from __future__ import annotations

from typing import Final

from hardware.link import Check, Status
from kiosk.care.measuring import GOOD_PCT, Measure
from kiosk.care.model import CareState
from kiosk.cues.checks import what_to_do
from kiosk.cues.texts import _, numbers
from kiosk.screens.caring import Button, GuideView


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


_WHY: Final[dict[str, str]] = {
    "few": _n("Hardly anything was counted: look at the sensor, then do the turns again."),
    "spoiled": _n("The sensor was in doubt for a moment: do these turns again."),
    "moving": _n("Wait until the belt stands still."),
    "silent": _n("The belt sensor is silent."),
    "turned": _n("Do these turns again, the way the belt runs for a walk."),
}

_INTERRUPTED: Final[dict[str, str]] = {
    "estop": _n("The calibration was interrupted: the emergency stop was pressed."),
    "stop": _n("The calibration was interrupted: STOP was pressed."),
    "safety": _n("The calibration was interrupted by a safety stop."),
    "service": _n("The calibration was interrupted: service mode ended."),
    "link": _n("The calibration was interrupted: the belt could not be seen."),
    "left": _n("The last calibration was interrupted: it was left before it was saved."),
}


def interrupted_words(measure: Measure) -> str:
    """Return why a calibration came to no end, and what that changed; "" for any other."""
    if measure.step != "interrupted":
        return ""
    nothing = _("Nothing was changed.")
    return f"{_(_INTERRUPTED[measure.why])} {nothing}"


def measure_view(state: CareState, status: Status | None) -> GuideView:
    """Return the step at hand, after the belt's length was taken."""
    measure = state.measure
    view = _VIEWS[measure.step](measure)
    permit = status is not None and status.permit
    serving = state.served.on
    fact = view.fact
    refused = "" if permit or not measure.turning else _refused_motor(state, status)
    if refused:
        fact = refused
    elif measure.why in _WHY:
        fact = _(_WHY[measure.why])
    elif measure.turning:
        fact = _turning(measure)
    buttons = view.buttons
    if measure.turning and not permit:
        motor = Button("permit", _("With the motor"), "play")
        buttons = (buttons[0], motor, *buttons[1:])
    elif measure.turning:
        # STOP is what ends it while the belt may run.
        buttons = buttons[1:]
    return view._replace(fact=fact, buttons=buttons, service=serving, permit=permit)


def _refused_motor(state: CareState, status: Status | None) -> str:
    """Return what keeps the permit away since it was asked for; "" for nothing that still does.

    A belt that is turned by hand meanwhile may have its emergency stop pressed.
    """
    asked = {str(name) for name in state.served.failing}
    if not asked or status is None:
        return ""
    left = [str(name) for name in status.failing if str(name) in asked]
    if status.at_rest is False:
        left = [name for name in left if name == Check.BELT]
    first = next((name for name in left if name != Check.LATCH), Check.KIOSK)
    return what_to_do(first) if left else ""


def _turning(measure: Measure) -> str:
    seen = numbers(f"{measure.turns_seen:.1f}")
    return _("About {n} turns so far").format(n=seen)


def _at_mark(measure: Measure) -> GuideView:
    title = _("First pass") if measure.step == "mark" else _("Second pass")
    text = _("Turn the belt until its mark is at the mark on the frame. Let it rest, then tap.")
    go = Button("mark", _("It is there"), "check", primary=True)
    return GuideView(title, "mark", text, buttons=(Button("quit", _("Leave"), "back"), go))


def _turn(measure: Measure) -> GuideView:
    title = _("First pass") if measure.step == "turn" else _("Second pass")
    text = _("{n} whole turns, the way it runs for a walk. End at the mark.").format(
        n=measure.turns
    )
    go = Button("mark", _("It is there"), "check", primary=True)
    return GuideView(title, "turns", text, buttons=(Button("quit", _("Leave"), "back"), go))


def _way(_measure: Measure) -> GuideView:
    text = _("The belt ran the other way than is set. Was that its way for a walk?")
    buttons = (
        Button("slip", _("No, again"), "redo"),
        Button("right", _("Yes, turn round"), "swap", primary=True),
    )
    return GuideView(_("Which way?"), "swap", text, buttons=buttons, mood="bad")


def _far(measure: Measure) -> GuideView:
    text = _("{mm} mm per count is {pct} % away from now. Were there really {n} turns?").format(
        mm=_mm(measure.mm), pct=_pct(measure.change_pct), n=measure.turns
    )
    buttons = (
        Button("again", _("No, again"), "redo"),
        Button("go_on", _("Yes"), "check", primary=True),
    )
    return GuideView(_("Count again?"), "warning", text, buttons=buttons, mood="bad")


def _interrupted(measure: Measure) -> GuideView:
    again = Button("again", _("Once more"), "redo", primary=True)
    buttons = (Button("quit", _("Leave"), "back"), again)
    text = interrupted_words(measure)
    return GuideView(_("Calibration"), "warning", text, buttons=buttons, mood="bad")


def _refused(measure: Measure) -> GuideView:
    text = _("That would be {mm} mm per count, and 0.5 to 20 are possible.").format(
        mm=_mm(measure.mm)
    )
    again = Button("again", _("Again"), "redo", primary=True)
    buttons = (Button("quit", _("Leave"), "back"), again)
    return GuideView(_("Not possible"), "warning", text, buttons=buttons, mood="bad")


def _result(measure: Measure) -> GuideView:
    error = _pct(measure.error_pct or 0.0)
    if not measure.good:
        text = _("The second pass is {pct} % off; at most {most} % may be. Do both again.").format(
            pct=error, most=numbers(f"{GOOD_PCT:g}")
        )
        again = Button("again", _("Again"), "redo", primary=True)
        buttons = (Button("quit", _("Leave"), "back"), again)
        return GuideView(_("Too far off"), "warning", text, buttons=buttons, mood="bad")
    text = _("Now {old}, new {new} mm per count. The second pass is {pct} % off.").format(
        old=_mm(measure.now_mm), new=_mm(measure.mm), pct=error
    )
    fact = _("The belt's direction is turned round.") if _turned(measure) else ""
    buttons = (
        Button("quit", _("Leave"), "back"),
        Button("save", _("Save"), "check", primary=True),
    )
    return GuideView(_("It fits"), "check", text, fact, buttons, mood="good")


def _saved(measure: Measure) -> GuideView:
    text = _("{new} mm per count holds from now on.").format(new=_mm(measure.mm))
    done = Button("quit", _("Done"), "check", primary=True)
    return GuideView(_("Saved"), "check", text, buttons=(done,), mood="good")


def _turned(measure: Measure) -> bool:
    return measure.invert != measure.now_invert


def _mm(mm: float | None) -> str:
    return "–" if mm is None else numbers(f"{mm:.3f}")


def _pct(pct: float) -> str:
    return numbers(f"{pct:+.2f}" if abs(pct) < 10 else f"{pct:+.0f}")


_VIEWS: Final = {
    "idle": _at_mark,
    "mark": _at_mark,
    "mark2": _at_mark,
    "turn": _turn,
    "turn2": _turn,
    "way": _way,
    "far": _far,
    "refused": _refused,
    "interrupted": _interrupted,
    "result": _result,
    "saved": _saved,
}
