"""A Raspberry Pi's own loader: ``config.txt``, and ``tryboot.txt`` for one start.

Both name a slot's folder (``os_prefix``), in which its kernel, device trees and ``cmdline.txt``
lie. A restart with the argument ``tryboot`` reads ``tryboot.txt`` once; whatever comes of it, the
start after that reads ``config.txt`` again. ``autoboot.txt`` chooses between boot partitions, and
here is one.

Written from Raspberry Pi's documentation; never run on one.
"""

from __future__ import annotations

import re
from typing import Final

from kiosk.upkeep.updater import disk
from kiosk.upkeep.updater.boot import Other, text_of
from kiosk.upkeep.updater.machine import Machine
from kiosk.upkeep.updater.manifest import Manifest, Slot

CONFIG: Final = "config.txt"
TRY: Final = "tryboot.txt"
CMDLINE: Final = "cmdline.txt"
# A site edits these texts with any computer: Windows ends a line with a carriage return too.
_PREFIX: Final = re.compile(r"^os_prefix=sternway/([ab])/[ \t\r]*$", re.MULTILINE)
_TRIED: Final = re.compile(r"^# sternway: tried after boot (\S+)[ \t]*\n", re.MULTILINE)
REBOOT: Final = b"0 tryboot"


class PiBoot:
    """:class:`kiosk.upkeep.updater.boot.Boot` by the loader's two texts."""

    def __init__(self, machine: Machine) -> None:
        """Nothing is read yet."""
        self._machine = machine
        self._config = machine.boot / CONFIG
        self._try = machine.boot / TRY

    def on_trial(self) -> bool:
        """Say whether ``config.txt`` names the other slot."""
        return slot_of(text_of(self._config)) == self._machine.free_slot

    def other(self) -> Other:
        """Say what the other slot is.

        One that was to be tried after another boot than this was not come into: it failed. Until
        somebody restarts the machine for it, it waits, also while the machine is switched off.
        """
        text = text_of(self._try)
        tried = _TRIED.search(text)
        if not self.on_trial() and slot_of(text) == self._machine.free_slot:
            waits = tried is None or tried[1] == self._machine.boot_id
            return "waiting" if waits else "failed"
        kernel = self._machine.kernel_folder(self._machine.free_slot)
        return "good" if (kernel / CMDLINE).is_file() else "empty"

    def disarm(self) -> None:
        """Delete ``tryboot.txt`` and what makes a slot complete."""
        kernel = self._machine.kernel_folder(self._machine.free_slot)
        disk.remove([self._try])
        disk.remove([kernel / CMDLINE])
        self._machine.reboot_param.unlink(missing_ok=True)

    def arm(self, manifest: Manifest) -> None:
        """Write ``cmdline.txt``, then ``tryboot.txt``."""
        slot = self._machine.free_slot
        line = f"{manifest.options(slot)}\n".encode("ascii")
        disk.write_file(self._machine.kernel_folder(slot) / CMDLINE, [line])
        text = _PREFIX.sub(f"os_prefix=sternway/{slot}/", text_of(self._config))
        disk.write_file(self._try, [text.encode("utf-8")])

    def begin_try(self) -> None:
        """Note that it is tried, and have the restart read ``tryboot.txt``.

        That word is lost with the machine's memory, so it is said right before the restart.
        """
        text = _TRIED.sub("", text_of(self._try))
        noted = f"# sternway: tried after boot {self._machine.boot_id}\n{text}"
        disk.write_file(self._try, [noted.encode("utf-8")])
        self._machine.reboot_param.write_bytes(REBOOT)

    def commit(self) -> None:
        """Let ``config.txt`` name the running slot."""
        if self.on_trial():
            prefix = f"os_prefix=sternway/{self._machine.slot}/"
            text = _PREFIX.sub(prefix, text_of(self._config))
            disk.write_file(self._config, [text.encode("utf-8")])
        disk.remove([self._try])


def slot_of(text: str) -> Slot | None:
    """Return the slot that one of the loader's texts names, None where it names none."""
    found = _PREFIX.search(text)
    if found is None:
        return None
    return "a" if found[1] == "a" else "b"
