"""What is wrong with this kiosk, for staff: every fault that the office knows of, as a sentence."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, Protocol

from kiosk.clock import WallClock
from kiosk.pins import Pins
from kiosk.preferences.model import PreferencesDesk
from kiosk.staff.forgotten import Found
from profiles.saying import Said, saying

_NO_SOUND: Final = saying(
    "No loudspeaker was found: whoever faces away hears no warning. "
    "Plug one in, or call the service."
)

Telling = Callable[[], tuple[Said, ...]]
"""What others look after: a sentence for each fault of theirs."""


class Log(Protocol):
    """What the office needs to know of the log; ``kiosk.records`` has the real one."""

    def faults(self) -> Said:
        """Return a sentence for each fault that was found."""

    def health(self) -> Said | None:
        """Return why no session may start, or None."""

    def count(self) -> int | None:
        """Return how many sessions are kept, None while that is not known."""

    def last_sessions(self, count: int) -> Future[list[dict[str, Any]]]:
        """Ask for the newest kept records, newest first."""


class Faults:
    """Collects them; ``all`` reads nothing from any disk, and any thread may call it."""

    def __init__(
        self,
        kept: Log,
        pins: Pins,
        clock: WallClock,
        reset: Found | None,
        preferences: PreferencesDesk,
    ) -> None:
        """``reset`` is the file that reset a forgotten PIN, or tried to."""
        self._kept = kept
        self._pins = pins
        self._clock = clock
        self._reset = reset
        self._preferences = preferences
        self._reset_fault: Said | None = None
        self.clinic_key: Said | None = None
        self._others: list[Telling] = []
        self._hearing: Telling = tuple
        self._card: Callable[[], str | None] | None = None
        self._deaf = False
        self.look()

    def tell_also(self, faults: Telling) -> None:
        """Show these faults as well; they are asked for at each look, by any thread."""
        self._others.append(faults)

    def listen_for(self, card: Callable[[], str | None]) -> None:
        """Look for the machine's sound card, and show as a fault that there is none."""
        self._card = card

    def hear_of(self, hearing: Telling) -> None:
        """Show also what is wrong with voice and loudspeaker, unless staff want no sound."""
        self._hearing = hearing

    def look(self) -> None:
        """See whether the reset file still lies there, and whether there is a sound card."""
        card = self._card
        self._deaf = card is not None and card() is None
        self._reset_fault = None if self._reset is None else self._reset.fault()

    def all(self) -> tuple[Said, ...]:
        """Return every fault, the gravest first."""
        silent = not self._preferences.state().sound
        single = (
            self._kept.health(),
            self._preferences.fault(),
            *(() if silent else ((_NO_SOUND,) if self._deaf else None, *self._hearing())),
            self._pins.fault(),
            self._reset_fault,
            self._clock.fault(),
            self.clinic_key,
        )
        kept = ((one,) for one in self._kept.faults())
        others = (fault for telling in self._others for fault in telling())
        return (*others, *(fault for fault in single if fault), *kept)
