"""Taps by what is written on a button, as a finger would make them."""

from __future__ import annotations

from typing import Any

from tests.screens.stage import Stage


def target(stage: Stage, words: str) -> Any:
    """The button that says so."""
    from kiosk.screens.widgets import StopButton, Tap
    from tests.screens.measure import texts, visible

    for widget in visible(stage.shell):
        if isinstance(widget, Tap | StopButton):
            told = " ".join(item.text for item in texts(widget))
            if words == told or words in told.split("\n"):
                return widget
            if words in told:
                return widget
    raise AssertionError(f"{words!r} is not on {stage.shell.name}")


def tap(stage: Stage, words: str, *, fresh: bool = True) -> None:
    """A whole tap, a while after the one before."""
    button = target(stage, words)
    if fresh:
        stage.guard.reset()
    finger = stage.down(*button.to_window(*button.center))
    stage.up(finger)
    stage.look()


def tap_icon(stage: Stage, icon: str) -> None:
    from kiosk.screens.widgets import BigButton
    from tests.screens.measure import visible

    for widget in visible(stage.shell):
        if isinstance(widget, BigButton) and widget.icon == icon:
            stage.guard.reset()
            stage.up(stage.down(*widget.center))
            stage.look()
            return
    raise AssertionError(icon)


def tap_number(stage: Stage, value: int) -> None:
    from kiosk.screens.scale import ScaleKey
    from tests.screens.measure import visible

    key = next(w for w in visible(stage.shell) if isinstance(w, ScaleKey) and w.value == value)
    stage.guard.reset()
    stage.up(stage.down(*key.center))
    stage.look()


def tap_pin(stage: Stage, pin: str) -> None:
    from kiosk.screens.pin import PinKey
    from tests.screens.measure import visible

    for name in (*pin, "check"):
        key = next(
            w for w in visible(stage.shell) if isinstance(w, PinKey) and name in (w.text, w.icon)
        )
        stage.up(stage.down(*key.center))
    stage.look()


def told(stage: Stage) -> str:
    """All that can be read."""
    from tests.screens.measure import texts

    return " | ".join(item.text for item in texts(stage.shell))


def enter(stage: Stage, *tiles: str) -> None:
    """Go in as staff, and on to these tiles."""
    tap(stage, "Staff")
    tap_pin(stage, "2468")
    stage.look()
    assert stage.shell.name == "staff"
    for tile in tiles:
        tap(stage, tile)


def tap_stepper(stage: Stage, part: str, way: str) -> None:
    """Tap the key of one part of a day or a time."""
    from kiosk.screens.steppers import Steppers
    from tests.screens.measure import visible

    steppers = next(w for w in visible(stage.shell) if isinstance(w, Steppers))
    key = steppers._steppers[part].ids[way]
    stage.up(stage.down(*key.to_window(*key.center)))
    stage.look()
