"""Every row there is, in the order of the table."""

from __future__ import annotations

from typing import Final

from kiosk.bench import (
    durable,
    error,
    estop_pin,
    estop_screen,
    export,
    idle,
    judged,
    person,
    replayed,
    screen,
    start,
    warning,
)
from kiosk.bench.frame import MakeRow, Row
from kiosk.bench.lab import Scale

_MAKERS: Final[tuple[MakeRow, ...]] = (
    estop_pin.row,
    estop_screen.row,
    judged.row,
    error.row,
    durable.row,
    person.row,
    start.row,
    idle.row,
    screen.row,
    export.row,
    replayed.row,
    warning.row,
)


def rows(scale: Scale) -> list[Row]:
    """Return the rows of a run of that size."""
    return [make(scale) for make in _MAKERS]
