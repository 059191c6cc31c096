"""The screen that rests: its backlight, what is drawn over it, and the touch that only wakes it."""

from __future__ import annotations

import time
from typing import Any, Final, Protocol

from kivy.properties import NumericProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout

from kiosk.screens import router
from kiosk.screens.resting import Rest, Resting, Seen
from kiosk.screens.room import Room
from kiosk.screens.widgets import load_kv
from kiosk.session.model import Phase, Snapshot

DARK_PCT: Final = 5.0
"""As dark as a backlight goes for this: the place's name can still be found in the room."""
DIM_SHADE: Final = 0.55
"""How much black lies over a dimmed screen that has no backlight to turn down."""
RETRY_S: Final = 10.0
WRITING: Final = frozenset({"planning", "writing", "checking", "ejecting"})
"""An export that runs keeps the screen awake: somebody waits for it, their stick is in."""
STANDS_STILL: Final = router.LOCAL | {"briefing", "checking", "summary", "notice"}
"""Screens that may stand a little off their place."""


class Light(Protocol):
    """A display's backlight; :class:`kiosk.backlight.Lamp`."""

    @property
    def works(self) -> bool:
        """Whether the display does as it was told."""

    def set(self, percent: float) -> None:
        """Ask for a brightness, as an eye sees it."""


class Veil(FloatLayout):
    """Lies over the first screen while it rests: a shade; nearly dark, the place's name alone."""

    shade = NumericProperty(0.0)
    name = StringProperty("")
    across = NumericProperty(0.5)
    up = NumericProperty(0.5)


class Dimming:
    """Looks with the shell, and lays the veil over it."""

    def __init__(self, shell: Any, room: Room, light: Light | None) -> None:
        """Without a ``light`` the veil does it alone."""
        self._shell = shell
        self._room = room
        self._light = light
        self._asked: tuple[float, float] = (-1.0, float("-inf"))
        self._swallowed: set[object] = set()
        self.resting = Resting(time.monotonic())
        self.veil = Veil()

    @property
    def rest(self) -> Rest:
        """How far the screen rests."""
        return self.resting.rest

    def look(self, snapshot: Snapshot, page: str) -> tuple[int, int]:
        """Follow the newest snapshot; return by how many steps the screen stands off its place."""
        now_s = time.monotonic()
        wishes = self._room.staff.preferences.state()
        rest = self.resting.look(now_s, self._seen(snapshot, page), wishes.dim_after_s)
        bright = float(wishes.brightness_pct)
        dim = min(bright, float(wishes.dim_pct))
        self._turn(now_s, {Rest.AWAKE: bright, Rest.DIM: dim, Rest.DARK: min(dim, DARK_PCT)}[rest])
        self._lay(now_s, rest)
        return self.resting.shift(now_s, page in STANDS_STILL)

    def touched(self, touch: Any, page: str) -> bool:
        """Note that a finger came down; say whether it is swallowed.

        Never on a screen on which somebody may be moving: STOP waits for nothing.
        """
        only_wakes = self.resting.touched(time.monotonic()) and page in STANDS_STILL
        if only_wakes:
            self._swallowed.add(touch.uid)
            self._lay(time.monotonic(), Rest.AWAKE)
        return only_wakes

    def swallows(self, touch: Any, *, ends: bool = False) -> bool:
        """Say whether a finger that moves, or leaves, is one that only woke the screen."""
        swallowed = touch.uid in self._swallowed
        if ends:
            self._swallowed.discard(touch.uid)
        return swallowed

    def _seen(self, snapshot: Snapshot, page: str) -> Seen:
        staff, status = self._room.staff.state(), snapshot.status
        calm = (
            page == "home"
            and snapshot.session.phase is Phase.IDLE
            and staff.export.phase not in WRITING
        )
        wires = None if status is None else (status.pins, status.latched)
        return Seen(calm, (wires, snapshot.health.guard, tuple(s.id for s in staff.sticks)))

    def _turn(self, now_s: float, percent: float) -> None:
        """Turn the backlight where another brightness is wanted, and again where that failed."""
        if self._light is None:
            return
        wanted, asked_s = self._asked
        if percent != wanted or (not self._light.works and now_s - asked_s > RETRY_S):
            self._asked = percent, now_s
            self._light.set(percent)

    def _lay(self, now_s: float, rest: Rest) -> None:
        """Lay the veil over the screen, or take it away; touch nothing that is as it should be."""
        lit = self._light is not None and self._light.works
        veil = self.veil
        if rest is Rest.AWAKE or (rest is Rest.DIM and lit):
            if veil.parent is not None:
                self._shell.remove_widget(veil)
            return
        veil.shade = DIM_SHADE if rest is Rest.DIM else 1.0
        veil.name = "" if rest is Rest.DIM else self._room.place.name
        if rest is Rest.DARK:
            veil.across, veil.up = self.resting.place(now_s)
        if veil.parent is None:
            veil.pos_hint = {"x": 0, "y": 0}
            self._shell.add_widget(veil)


load_kv(__file__)
