"""What the log's screens see, as frozen values, and what they may ask. No I/O in here.

Nobody is named: a session is a guest's, or that of a profile's code.
"""

from __future__ import annotations

from concurrent.futures import Future
from datetime import date, datetime
from typing import Any, Literal, Protocol

import msgspec

from profiles.saying import Said

Outcome = Literal["completed", "stopped", "safety_stop", "interrupted"]
EACH: int = 1_000
"""Sessions that are read between two looks at what came meanwhile."""


class Query(msgspec.Struct, frozen=True):
    """What is looked for; nothing set is everything.

    ``code`` is what a code begins with, ``guests`` those without one, ``reason`` one reason of a
    stop.
    """

    code: str = ""
    guests: bool = False
    outcome: Outcome | None = None
    reason: str | None = None


class Line(msgspec.Struct, frozen=True, gc=False):
    """One session in a list. ``at`` is the place's time, None where the clock was not known.

    ``walked_s`` and ``distance_m`` are None where they are unknown.
    """

    seq: int
    session_id: str
    at: datetime | None
    code: str | None
    program: str | None
    walked_s: float | None
    distance_m: float | None
    outcome: str
    reason: str | None
    clock_trusted: bool


class Day(msgspec.Struct, frozen=True, gc=False):
    """One day of the place: its sessions, the newest first. ``day`` None: no time was known."""

    day: date | None
    lines: tuple[Line, ...]

    @property
    def walked_s(self) -> float:
        """Seconds that were walked, as far as they are known."""
        return sum(line.walked_s or 0.0 for line in self.lines)


class Logbook(msgspec.Struct, frozen=True):
    """The log as far as it was read: ``days`` of the query, the newest first.

    ``reading``: more comes. ``total`` counts all sessions, ``read`` those seen so far, ``found``
    those in ``days``. ``faults`` are what could not be read.
    """

    query: Query = Query()
    days: tuple[Day, ...] = ()
    reading: bool = True
    read: int = 0
    total: int = 0
    found: int = 0
    faults: tuple[Said, ...] = ()


class Curve(msgspec.Struct, frozen=True):
    """A session's speed for a chart: shares of its length from 0 to 1, speeds in km/h.

    ``speed`` is in parts: it breaks where the speed was unknown. ``bands`` are (begin, end, low,
    high) of the target while walking.
    """

    seconds: float
    speed: tuple[tuple[tuple[float, float], ...], ...]
    bands: tuple[tuple[float, float, float, float], ...]


class Detail(msgspec.Struct, frozen=True):
    """One session whole: its record, and its curve where there is one. ``at`` as in the list.

    ``damaged``: its hash does not fit, so that it is not as it was kept.
    """

    line: Line
    record: dict[str, Any]
    curve: Curve | None
    damaged: bool = False


class LogbookDesk(Protocol):
    """What the log's screens may call. Every method returns at once. Staff."""

    def state(self) -> Logbook:
        """Return the newest state."""

    def open(self, query: Query) -> None:
        """Read the log anew, and find these; ``state`` tells how far it is."""

    def find(self, query: Query) -> None:
        """Find these among what was read already."""

    def close(self) -> None:
        """Forget what was read: nobody looks any more."""

    def session(self, session_id: str) -> Future[Detail]:
        """Return one session whole; the future ends with a ``Refusal`` where it cannot be read."""
