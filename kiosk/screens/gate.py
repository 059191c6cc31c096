"""The gate between SDL and Kivy: what a person may do to the window, and nothing else.

Kivy's window asks SDL for events one by one. It gets them from here, and what is not named below
never arrives: no key, no text, no wheel, no second mouse button, no file dropped, no joystick; on a
real kiosk no wish to close the window either. So no code above needs to refuse them.

Fingers are handed on by the gate itself. Kivy throws SDL's away on every system but Android and
iOS; without this a kiosk that draws straight to the display would be deaf to its touchscreen.
"""

from __future__ import annotations

from typing import Any, Final

_LEFT: Final = 1
_FINGERS: Final = frozenset({"fingerdown", "fingermotion", "fingerup"})
_BUTTONS: Final = frozenset({"mousebuttondown", "mousebuttonup"})
PASSED: Final = frozenset(
    {
        "mousemotion",
        "windowclose",
        "windowdisplaychanged",
        "windowenter",
        "windowexposed",
        "windowfocusgained",
        "windowfocuslost",
        "windowhidden",
        "windowleave",
        "windowmoved",
        "windowresized",
        "windowrestored",
        "windowshown",
    }
)
"""What the window itself tells, and where a mouse is. A window that is made small is not told of:
Kivy may pause there, and a paused loop is a lost kiosk."""
_AWAY: Final = -1.0
"""A place off every button, in SDL's shares of the window."""


class Gate:
    """Stands in for Kivy's SDL window storage: everything else of it is handed through."""

    def __init__(self, storage: Any, fingers: Any, *, closable: bool) -> None:
        """``fingers`` is the queue of Kivy's SDL provider."""
        self._storage = storage
        self._fingers = fingers
        self._closable = closable
        self._down: set[int] = set()

    def __getattr__(self, name: str) -> Any:
        """Whatever Kivy asks its storage for."""
        return getattr(self._storage, name)

    def poll(self) -> Any:
        """Return the next event, None for one that is not passed on, False after the last."""
        event = self._storage.poll()
        if not event:
            return event
        action = event[0]
        if action in _FINGERS:
            self._finger(action, *event[1:])
            return None
        if action in _BUTTONS:
            return event if event[3] == _LEFT else None
        if action == "quit":
            return event if self._closable else None
        return event if action in PASSED else None

    def release(self) -> None:
        """Take all fingers off the glass, without letting them act: their touchscreen is gone.

        SDL forgets a touchscreen that is unplugged without a word about the fingers on it.
        """
        for number in list(self._down):
            self._lift(number)

    def _finger(self, action: str, number: int, x: float, y: float, pressure: float) -> None:
        """Hand a finger on. Kivy needs each to come down first, and to come down once."""
        if action == "fingerdown":
            if number in self._down:
                self._lift(number)
            self._down.add(number)
        elif number not in self._down:
            return
        elif action == "fingerup":
            self._down.discard(number)
        self._fingers.appendleft((action, number, x, y, pressure))

    def _lift(self, number: int) -> None:
        """A button acts when a finger leaves it, and does nothing when it was dragged off first."""
        self._down.discard(number)
        for action in ("fingermotion", "fingerup"):
            self._fingers.appendleft((action, number, _AWAY, _AWAY, 0.0))


def close_off(*, closable: bool) -> Gate:
    """Put the gate into Kivy's window, which must be there, and return it."""
    from kivy.core.window import Window
    from kivy.core.window.window_sdl2 import SDL2MotionEventProvider

    if isinstance(Window._win, Gate):
        return Window._win
    gate = Gate(Window._win, SDL2MotionEventProvider.q, closable=closable)
    Window._win = gate
    return gate
