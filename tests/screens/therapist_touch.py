"""Ways into the therapist's pages, as fingers go them."""

from __future__ import annotations

from typing import Any

from tests.screens.stage import Stage
from tests.screens.touch import tap, tap_pin


def go_in(stage: Stage, *tiles: str) -> None:
    """Go in as a therapist, and on to these."""
    tap(stage, "Staff")
    tap(stage, "Therapist")
    tap_pin(stage, "8642")
    stage.look()
    assert stage.shell.name == "therapy"
    for tile in tiles:
        tap(stage, tile)
        stage.look()


def type_in(stage: Stage, text: str) -> None:
    """Tap letters; a backspace takes one away."""
    from kiosk.screens.searching import SearchKey
    from tests.screens.measure import visible

    for letter in text:
        key = next(
            one
            for one in visible(stage.shell)
            if isinstance(one, SearchKey)
            and (one.icon == "erase" if letter == "\b" else one.text == letter)
        )
        stage.up(stage.down(*key.center))
    stage.look()


def _all(stage: Stage, kind: str) -> list[Any]:
    from tests.screens.measure import visible

    return [one for one in visible(stage.shell) if type(one).__name__ == kind]


def tap_tick(stage: Stage, code: str) -> None:
    """Tap the tick of one row."""
    row = next(one for one in _all(stage, "Row") if any(code in n for n in one.ids.row.names))
    stage.guard.reset()
    stage.up(stage.down(*row.ids.tick.center))
    stage.look()


def ticks(stage: Stage) -> list[bool]:
    """Which of the rows on the page are ticked."""
    return [bool(one.on) for one in reversed(_all(stage, "TickKey"))]


def turn(stage: Stage, icon: str) -> None:
    """Tap a key that turns the page of a list."""
    key = next(one for one in _all(stage, "StepKey") if one.icon == icon)
    stage.up(stage.down(*key.center))
    stage.look()
