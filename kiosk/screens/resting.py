"""When the screen may rest: dimmed after a while, nearly dark after longer; what wakes it. No Kivy.

A screen rests only while the first screen is up and nothing goes on. A touch that wakes it does
nothing else: all of it is swallowed, down to the second half of a double touch.
"""

from __future__ import annotations

from collections.abc import Hashable
from enum import IntEnum
from typing import Final, NamedTuple

DARK_AFTER_S: Final = 600.0
"""From dimmed to nearly dark."""
SECOND_HALF_S: Final = 0.4
"""A touch that begins so soon after the one that woke the screen is the other half of it."""
SHIFT_EVERY_S: Final = 60.0
UNTOUCHED_S: Final = 30.0
"""What is shown moves a little only when nobody has touched it for so long."""
_PATH: Final = ((0, 0), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))
"""Where it stands, in turn, in steps of the shift: each step is small, and none comes back soon."""


class Rest(IntEnum):
    """How far the screen rests."""

    AWAKE = 0
    DIM = 1
    DARK = 2


class Seen(NamedTuple):
    """What a look at the kiosk says about resting.

    ``calm``: the first screen is up, and nothing that goes on needs to be seen. ``signs`` are what
    a change of wakes the screen: hands on the rails, a stick, a fault.
    """

    calm: bool
    signs: Hashable = None


class Resting:
    """Decides by the clock; told of every touch and of every look."""

    def __init__(self, now_s: float) -> None:
        """Awake."""
        self.rest = Rest.AWAKE
        self._since_s = self._shifted_s = now_s
        self._woken_s = float("-inf")
        self._signs: Hashable = None
        self._step = 0

    def look(self, now_s: float, seen: Seen, dim_after_s: float) -> Rest:
        """Return how far it rests now; ``dim_after_s`` of 0 keeps the screen awake."""
        if not seen.calm or seen.signs != self._signs:
            self._signs = seen.signs
            self._since_s = now_s
        idle_s = now_s - self._since_s
        if dim_after_s <= 0 or idle_s < dim_after_s:
            self.rest = Rest.AWAKE
        elif idle_s < dim_after_s + DARK_AFTER_S:
            self.rest = Rest.DIM
        else:
            self.rest = Rest.DARK
        return self.rest

    def touched(self, now_s: float) -> bool:
        """Note that a touch begins; say whether it only wakes the screen."""
        self._since_s = now_s
        if self.rest is not Rest.AWAKE:
            self.rest = Rest.AWAKE
            self._woken_s = now_s
            return True
        return now_s - self._woken_s < SECOND_HALF_S

    def shift(self, now_s: float, calm: bool) -> tuple[int, int]:
        """Return where the screen stands, in steps: on screens that move always in its place."""
        if not calm:
            return 0, 0
        if now_s - max(self._shifted_s + SHIFT_EVERY_S, self._since_s + UNTOUCHED_S) >= 0:
            self._shifted_s = now_s
            self._step = (self._step + 1) % len(_PATH)
        return _PATH[self._step]

    def place(self, now_s: float) -> tuple[float, float]:
        """Return where the sign of life on a dark screen stands: shares of the room it has.

        It goes on once a minute, and comes everywhere in time (by the golden ratio's steps).
        """
        minute = int(now_s // SHIFT_EVERY_S)
        return (minute * 0.7548776662466927) % 1.0, (minute * 0.5698402909980532) % 1.0
