"""The first start in words: its steps in their order, and what the belt sensor says. No Kivy."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, get_args

from kiosk.cues.texts import _
from kiosk.preferences.model import Bounds
from kiosk.screens.settling import (
    Field,
    facing_field,
    language_field,
    rails_field,
    speed_words,
    starts_field,
    units_field,
)
from kiosk.session.model import Snapshot

Step = Literal[
    "language",
    "name",
    "units",
    "facing",
    "starts",
    "rails",
    "sensor",
    "calibration",
    "clock",
    "done",
]
STEPS: Final[tuple[Step, ...]] = get_args(Step)
"""PINs come before them all: whoever sets a kiosk up is who chose the first one."""


class SensorView(NamedTuple):
    """What the sensor says, live: a title, whether that is well, and what to do or to see."""

    title: str
    well: bool
    lines: tuple[str, ...]


def step_of(name: str) -> Step:
    """Return the step that was left off at; the first one where nothing fits."""
    return next((step for step in STEPS if step == name), STEPS[0])


def moved(step: Step, by: int) -> Step | None:
    """Return the step before or after; None: out at that end."""
    place = STEPS.index(step) + by
    return STEPS[place] if 0 <= place < len(STEPS) else None


def place_words(step: Step) -> str:
    """Return how far it is."""
    return _("{n} of {all}").format(n=STEPS.index(step) + 1, all=len(STEPS))


def place_choices(step: Step) -> list[str]:
    """Return the same, longest first."""
    return [place_words(step), f"{STEPS.index(step) + 1}/{len(STEPS)}"]


def field_of(step: Step, bounds: Bounds) -> Field | None:
    """Return the setting that a step asks for; None: it asks for something else."""
    match step:
        case "language":
            return language_field()
        case "units":
            return units_field()
        case "facing":
            return facing_field()
        case "starts":
            return starts_field()
        case "rails":
            return rails_field(bounds)
    return None


def sensor_view(snapshot: Snapshot) -> SensorView:
    """Return whether the belt sensor is found, live, and what to do if it is not."""
    status = snapshot.status
    if status is None or not snapshot.health.guard:
        text = _("The safety guard does not answer. Wait a moment; then restart the kiosk.")
        return SensorView(_("No sensor yet"), False, (text,))
    if status.frames.accepted == 0 or status.speed_kmh is None:
        lines = [
            _("Plug the belt sensor into a USB port of the kiosk."),
            _("A light on it should blink. Try another cable or port."),
        ]
        if status.port_error is not None or status.frames.rejected == 0:
            lines.append(_("Still nothing: its port is set in the site's file."))
        else:
            lines.append(_("Something is heard that is no belt sensor: see what is plugged in."))
        return SensorView(_("No sensor yet"), False, tuple(lines))
    if status.sensor_fault is not None:
        fault = _("It reports a fault: see its wheel and its magnet.")
        return SensorView(_("The sensor is not well"), False, (fault,))
    lines = [
        _("Speed now: {speed}").format(speed=speed_words(abs(status.speed_kmh))),
        _("Move the belt a little by hand: the number should follow."),
    ]
    if status.sensor_serial is not None:
        lines.append(_("Its number: {serial}").format(serial=status.sensor_serial))
    return SensorView(_("The sensor is found"), True, tuple(lines))
