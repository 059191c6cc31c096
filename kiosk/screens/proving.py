"""The proof test's steps in words: what to do, what is seen. No Kivy."""

from __future__ import annotations

from typing import Final

from hardware.link import Check, Status
from kiosk.care.model import CareState
from kiosk.care.proof import RAILS
from kiosk.cues.checks import what_to_do
from kiosk.cues.texts import _
from kiosk.screens.caring import Button, GuideView, due_words
from kiosk.screens.checks import word

ICONS: Final[dict[str, str]] = {
    "estop": "estop",
    "key": "key",
    "stop_button": "railstop",
    "rail_left": "hold-left",
    "rail_right": "hold-right",
}


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


NAMES: Final[dict[str, str]] = {
    "estop": _n("Emergency stop"),
    "key": _n("Safety key"),
    "stop_button": _n("Stop button"),
    "rail_left": _n("Left rail"),
    "rail_right": _n("Right rail"),
}
_ACT: Final[dict[str, str]] = {
    "estop": _n("Press the red button on the treadmill."),
    "key": _n("Pull the safety key out."),
    "stop_button": _n("Press the button on the rail."),
    "rail_left": _n("Hold the left rail."),
    "rail_right": _n("Hold the right rail."),
}
_RELEASE: Final[dict[str, str]] = {
    "estop": _n("It works. Turn it until it springs out."),
    "key": _n("It works. Put the safety key back in."),
    "stop_button": _n("It works. Let go of it."),
    "rail_left": _n("It works. Let go of it."),
    "rail_right": _n("It works. Let go of it."),
}
_FREE: Final[dict[str, str]] = {
    "rail_left": _n("The left rail reads held. Take every hand off it."),
    "rail_right": _n("The right rail reads held. Take every hand off it."),
}
_WHY: Final[dict[str, str]] = {
    "nothing": _n("It was used, and the kiosk saw nothing: a contact or its wire is broken."),
    "permit": _n("The stop relay did not fall when it was used."),
    "contacts": _n("Only one of its two contacts opened: the other one or its wire is broken."),
    "relay": _n("The stop relay hangs: its feedback says that the belt may still run."),
}

_INTERRUPTED: Final[dict[str, str]] = {
    "service": _n("The test was interrupted: service mode ended. Nothing was recorded."),
    "stop": _n("The test was interrupted: STOP was pressed. Nothing was recorded."),
}


def proof_view(state: CareState, status: Status | None) -> GuideView:
    """Return the step at hand, or how the test stands before and after it."""
    proof = state.proof
    if proof.stage == "passed":
        done = Button("done", _("Done"), "check", primary=True)
        text = _("Stop and rails work. Everybody may walk.")
        return GuideView(_("Passed"), "check", text, buttons=(done,), mood="good")
    if proof.stage == "failed":
        return _failed(state)
    if proof.stage == "interrupted":
        again = Button("begin", _("Once more"), "redo", primary=True)
        text = _(_INTERRUPTED.get(proof.why, _INTERRUPTED["service"]))
        buttons = (Button("leave", _("Back"), "back"), again)
        return GuideView(_("Proof test"), "warning", text, buttons=buttons, mood="bad")
    if not proof.running:
        return _intro(state)
    assert proof.step is not None  # noqa: S101 - a test that runs has one
    return _step(state, status, proof.step)


def _intro(state: CareState) -> GuideView:
    go = Button("begin", _("Begin"), "play", primary=True)
    what = _("Nobody may stand on the belt. Emergency stop out, key in, hands off the rails.")
    mood = "bad" if state.due.overdue else "plain"
    buttons = (Button("leave", _("Back"), "back"), go)
    return GuideView(_("Proof test"), "shield", what, due_words(state.due), buttons, mood)


def _failed(state: CareState) -> GuideView:
    proof = state.proof
    name = _(NAMES[proof.results[-1][0]])
    blocked = _("Nobody may walk until it is mended: call the service.")
    text = f"{_(_WHY[proof.why])} {blocked}"
    again = Button("begin", _("Test again"), "redo")
    done = Button("done", _("Done"), "check", primary=True)
    title = _("{name}: failed").format(name=name)
    return GuideView(title, "warning", text, buttons=(again, done), mood="bad")


def _step(state: CareState, status: Status | None, step: str) -> GuideView:
    proof = state.proof
    permit = status is not None and status.permit
    title = f"{proof.index + 1}/{len(proof.steps)} {_(NAMES[step])}"
    never = Button("nothing", _("Nothing happens"), "cross")
    leave = Button("leave", _("Leave"), "back")
    buttons: tuple[Button, ...] = (leave,)
    shape, mood, fact = ICONS[step], "plain", ""
    if proof.stage == "ready" and step in RAILS:
        text, mood, buttons = _(_FREE[step]), "bad", (leave, never)
    elif proof.stage in {"ready", "arming"}:
        text, fact, mood = _ready(state, status)
        go = Button("arm", _("Ready"), "play", primary=True)
        absent = (Button("absent", _("No key here"), "cross"),)
        buttons = (leave, *(absent if step == "key" and proof.may_be_absent else ()), go)
    elif proof.stage == "act":
        text, buttons = _(_ACT[step]), (never,) if permit else (leave, never)
        if step in RAILS and _other_held(step, status):
            fact = _("That is the other rail.")
    elif proof.stage == "settle":
        text = _("One moment.")
    else:
        text, shape, mood = _(_RELEASE[step]), "check", "good"
    return GuideView(title, shape, text, fact, buttons, mood, service=True, permit=permit)


def _ready(state: CareState, status: Status | None) -> tuple[str, str, str]:
    """Return what is in the way of the permit, or that a tap gives it."""
    failing = [] if status is None else [c for c in status.failing if c not in _OURS]
    if status is None or failing:
        name = str(failing[0]) if failing else "guard"
        return what_to_do(name), word(name), "bad"
    if state.proof.other or state.served.failing:
        return _("It was another stop that fell. Tap Ready and try again."), "", "plain"
    return _("Tap Ready: the stop relay then lets the belt run. Do not start it."), "", "plain"


def _other_held(step: str, status: Status | None) -> bool:
    if status is None:
        return False
    left, right = status.pins.rail_left, status.pins.rail_right
    return (right and not left) if step == "rail_left" else (left and not right)


_OURS: Final = frozenset({Check.LATCH})
"""The tap itself clears what latched."""
