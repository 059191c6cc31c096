"""Somebody with a profile at the screen: letters, a PIN, and in."""

from __future__ import annotations

from kiosk.therapy.model import Person
from tests.screens.stage import Stage
from tests.screens.touch import tap, tap_pin

PIN = "4821"


def key(stage: Stage, name: str, *, fresh: bool = True) -> None:
    """Tap one key of the letters."""
    from kiosk.screens.who import LetterKey
    from tests.screens.measure import visible

    found = next(w for w in visible(stage.shell) if isinstance(w, LetterKey) and w.key == name)
    if fresh:
        stage.guard.reset()
    stage.up(stage.down(*found.to_window(*found.center)))
    stage.look()


def spell(stage: Stage, text: str) -> None:
    """Two taps a letter."""
    from kiosk.screens.naming import GROUPS

    for letter in text:
        key(stage, next(group for group in GROUPS if letter in group))
        key(stage, letter)


def come_in(stage: Stage, who: str = "SAM", pin: str = PIN) -> None:
    """From the first screen to the answer."""
    tap(stage, "Tap to start")
    tap(stage, "I have a profile")
    assert stage.shell.name == "who"
    spell(stage, who)
    key(stage, "check")
    stage.guard.reset()
    tap_pin(stage, pin)
    stage.look()


def here(stage: Stage, person: Person) -> None:
    """Somebody was found a moment ago."""
    stage.desk.patron.here = person
    stage.room.go("mine")
    stage.look()
    stage.guard.reset()
