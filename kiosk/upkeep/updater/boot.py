"""The boot side of the two slots, whichever loader the machine has.

The rule that both implementations keep: at every moment, whatever was written last, the loader
starts a slot that is whole. So a slot that is about to be written is first made one that nobody
starts (:meth:`Boot.disarm`), and made one that is tried as the very last step (:meth:`Boot.arm`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol

from kiosk.upkeep.updater.machine import Machine
from kiosk.upkeep.updater.manifest import Manifest
from kiosk.upkeep.updater.words import NOT_THE_APPLIANCE, UpdateError

Other = Literal["empty", "good", "waiting", "failed"]
"""The slot that does not run: nothing to start, the version before, one that the next start tries,
or one that was tried and did not come up."""


class Boot(Protocol):
    """What the loader is told. Everything is durable when a call returns."""

    def on_trial(self) -> bool:
        """Say whether the running slot is only tried, and not kept yet."""

    def other(self) -> Other:
        """Say what the slot that does not run is."""

    def disarm(self) -> None:
        """Have the loader never start the slot that does not run."""

    def arm(self, manifest: Manifest) -> None:
        """Have the loader try the slot that does not run, written before.

        It is tried by the next start, or by the next restart that :meth:`begin_try` goes before.
        """

    def begin_try(self) -> None:
        """Have the restart that follows now try what waits: asked for only where something does."""

    def commit(self) -> None:
        """Keep the running slot: it is started from now on."""


def boot_of(machine: Machine) -> Boot:
    """Return the loader's side of this machine; raises :class:`UpdateError` where it is unknown."""
    from kiosk.upkeep.updater.boot_pi import CONFIG, PiBoot, slot_of
    from kiosk.upkeep.updater.boot_systemd import SystemdBoot

    if (machine.boot / "loader/entries").is_dir():
        return SystemdBoot(machine)
    # Without the line that names a slot an update would be tried in the slot that runs already.
    if slot_of(text_of(machine.boot / CONFIG)) is not None:
        return PiBoot(machine)
    raise UpdateError(NOT_THE_APPLIANCE)


def text_of(path: Path) -> str:
    """Return a small text of the boot partition, "" where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
