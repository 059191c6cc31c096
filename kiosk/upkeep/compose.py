"""The desk of updates and backups put together, for ``kiosk/compose.py``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from kiosk.appliance import is_appliance
from kiosk.care.compose import Ending
from kiosk.care.power import RESTART_STATUS
from kiosk.clock import WallClock
from kiosk.staff.office import Office
from kiosk.upkeep.asking import Asker
from kiosk.upkeep.desk import Upkeep
from kiosk.upkeep.health import Signs
from kiosk.upkeep.model import SOCKET
from kiosk.upkeep.restore import apply
from kiosk.upkeep.trial import Trial
from kiosk.upkeep.updater.boot import boot_of
from kiosk.upkeep.updater.machine import this_machine


class Log(Protocol):
    """What is asked of the log."""

    def count(self) -> int | None:
        """Return how many sessions are kept, None while that is not known."""


def restored(data: Path) -> None:
    """Swap in a backup that waits, before anything opens the data; say so.

    Raises what :func:`kiosk.upkeep.restore.apply` does.
    """
    head = apply(data)
    if head is not None:
        print(f"sternway: the data is that of {head.kiosk_id} of {head.made_at}", flush=True)


def make_upkeep(
    data: Path,
    *,
    office: Office,
    clock: WallClock,
    log: Log,
    ending: Ending,
    on_death: Callable[[BaseException], None],
    simulate: bool,
) -> Upkeep:
    """Return the desk, which the office shows from here on; it is not started yet."""
    appliance = not simulate and is_appliance()
    upkeep = Upkeep(
        data,
        office=office,
        clock=clock,
        signs=Signs(log=lambda: log.count() is not None),
        asker=Asker(SOCKET) if appliance else None,
        trial=Trial(lambda: boot_of(this_machine()).on_trial()) if appliance else None,
        restart=lambda: ending.end(RESTART_STATUS),
        on_death=on_death,
    )
    office.upkeep = upkeep
    ending.tell_before_restart(upkeep.before_restart)
    office.faults.tell_also(upkeep.faults)
    return upkeep
