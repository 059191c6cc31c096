"""What a scene is: how a screen comes to be that is measured, drawn or touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from kiosk.cues.units import Units
from kiosk.screens.router import STAFF, THERAPY
from kiosk.session.model import Snapshot
from kiosk.therapy.model import Person

Setup = Callable[[Any], None]


class Scene(NamedTuple):
    """A snapshot, a local screen, and what is done with the page before it is looked at.

    ``pin``: which PINs there are; True all. ``staff`` changes what the staff's desk shows,
    ``therapy`` what the therapist's does; ``person`` is who is here with a profile; ``units`` is
    what the place shows, ``place`` what else is so there.
    """

    shown: Snapshot
    local: str = "home"
    act: Setup | None = None
    program: str | None = None
    pin: bool | dict[str, str] = True
    unlocked: bool = False
    staff: dict[str, Any] | None = None
    therapy: dict[str, Any] | None = None
    person: Person | None = None
    units: Units = "metric"
    place: dict[str, Any] | None = None

    def roles(self) -> frozenset[str]:
        """Whose PIN was entered before."""
        if self.local in THERAPY:
            return frozenset({"therapist"})
        return frozenset({"staff"}) if self.local in STAFF else frozenset()


def more(shell: Any) -> None:
    """Turn the tiles' page."""
    shell.page.tiles._on_tile(next(one for one in shell.page.tiles._shown if one.key == "more"))


def read(pages: int) -> Setup:
    """Turn pages of a text, wherever it stands on the page."""

    def act(shell: Any) -> None:
        for widget in shell.walk():
            if type(widget).__name__ == "Reader":
                widget.index = min(pages, widget.count - 1)

    return act


def both(*acts: Setup) -> Setup:
    def act(shell: Any) -> None:
        from tests.screens.stage import settle

        for one in acts:
            one(shell)
            settle(2)

    return act


def digits(text: str) -> Setup:
    def act(shell: Any) -> None:
        pad = shell.page.ids.pad
        pad._digits, pad.count = text, len(text)

    return act


def in_parts(scenes: dict[str, Scene], parts: int) -> list[dict[str, Scene]]:
    """Return all scenes in as many parts, so that no test of them takes minutes."""
    return [dict(list(scenes.items())[part::parts]) for part in range(parts)]
