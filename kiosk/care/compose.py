"""The machine pages' desk put together, for ``kiosk/compose.py``."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from kiosk.care.desk import Care
from kiosk.care.keeping import Keeping
from kiosk.care.power import MachinePower, SimulatedPower
from kiosk.care.selftest import Around
from kiosk.clock import WallClock
from kiosk.doctor import sound_card
from kiosk.preferences.model import PreferencesDesk
from kiosk.staff.office import Office
from kiosk.sticks.model import Sticks
from kiosk.worker import Worker
from profiles.saying import Said


class Log(Protocol):
    """What the self-test asks of the log."""

    def health(self) -> Said | None:
        """Return why no session may start, or None."""


class Ending:
    """How the kiosk ends when staff ask for it: its exit status, and the wish itself."""

    def __init__(self, should_stop: threading.Event) -> None:
        """Nobody asked."""
        self._should_stop = should_stop
        self.status: int | None = None
        self._before_restart: Callable[[], None] = lambda: None

    def tell_before_restart(self, tell: Callable[[], None]) -> None:
        """Have ``tell`` called before the machine is restarted; it may take a while."""
        self._before_restart = tell

    def will_restart(self) -> None:
        """The machine is restarted next."""
        self._before_restart()

    def end(self, status: int) -> None:
        """End with this status; from any thread."""
        self.status = status
        self._should_stop.set()


def make_care(
    data: Path,
    *,
    office: Office,
    clock: WallClock,
    log: Log,
    sticks: Sticks,
    desk: Worker,
    preferences: PreferencesDesk,
    ending: Ending,
    simulate: bool,
) -> Care:
    """Return the desk, which the office shows from here on."""
    keeping = Keeping(
        data, clock, every_h=lambda: preferences.state().proof_every_h, simulated=simulate
    )
    around = Around(data, lambda: clock.now()[1], sticks.fault, log.health)
    care = Care(
        keeping,
        around,
        need=lambda: office.need("staff"),
        is_open=lambda: office.is_open("staff"),
        exporting=office.is_exporting,
        apart=office.apart,
        desk=desk,
        preferences=preferences,
        power=(
            SimulatedPower(ending.end)
            if simulate
            else MachinePower(ending.end, before_restart=ending.will_restart)
        ),
    )
    office.take_care(care)
    office.faults.tell_also(keeping.faults)
    if not simulate:
        office.faults.listen_for(sound_card)
    return care
