"""What happens when the touchscreen or the display is pulled out under somebody. No Kivy.

Fingers on a touchscreen that is gone let go and press nothing. A walk is paused: STOP on the screen
is gone, and a pause takes the permit away as gently as its button does; nothing goes on by itself.
The walker, who may face away, hears it, and a pause that nobody ends is closed after 5 minutes with
all that was walked. Rails, emergency stop and the stop button on the rail work as ever.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from kiosk.cues.texts import say
from kiosk.glass import Glass
from kiosk.screens.room import Room
from kiosk.session.actions import Pause
from kiosk.session.model import Phase, Snapshot
from profiles.saying import Said

LOST_S: Final = 1.5
"""So long it must be gone: a cable that is knocked may be back at once."""


class Watching(Protocol):
    """What looks at the plugs; :class:`kiosk.glass.Watch`."""

    seen: Glass

    def faults(self) -> tuple[Said, ...]:
        """Return a sentence for each that is missing."""


class Loss:
    """Follows what is plugged in, from Kivy's loop."""

    def __init__(self, watch: Watching, room: Room, release: Callable[[], None]) -> None:
        """``release`` takes all fingers off the glass."""
        self._watch = watch
        self._room = room
        self._release = release
        self._touch = watch.seen.touch
        self._since_s: float | None = None
        self._paused = False
        self._said = ""

    def look(self, now_s: float, snapshot: Snapshot) -> None:
        """React to what has changed."""
        seen = self._watch.seen
        if self._touch and seen.touch is False:
            self._release()
        self._touch = seen.touch
        if seen.whole:
            self._since_s, self._paused = None, False
        elif self._since_s is None:
            self._since_s = now_s
        lost = self._since_s is not None and now_s - self._since_s >= LOST_S
        phase = snapshot.session.phase
        if lost and phase is Phase.WALKING and not self._paused:
            self._paused = True
            self._room.post(Pause(), then=lambda _refused: None)
        self._tell(lost and phase is Phase.IDLE)

    def _tell(self, wrong: bool) -> None:
        """Say on the first screen what is missing: without a finger nobody gets any further."""
        said = " ".join(say(fault) for fault in self._watch.faults()) if wrong else ""
        if self._room.notice in {None, self._said}:
            self._room.notice = said or None
        self._said = said
