"""systemd-boot: an entry for each slot, and tries that it counts down in the entry's name.

``sternway-b+3-0.conf`` has three tries; the loader renames it to ``+2-1`` before it starts it.
Without a count an entry is good; with none left it comes last. Among the others the newer
``version`` wins, which here is a number that grows with each update.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

from kiosk.upkeep.updater import disk
from kiosk.upkeep.updater.boot import Other, text_of
from kiosk.upkeep.updater.machine import Machine
from kiosk.upkeep.updater.manifest import Manifest, Slot

TRIES: Final = 3
_NAME: Final = re.compile(r"sternway-([ab])(?:\+(\d{1,9})(?:-(\d{1,9}))?)?\.conf")
_VERSION: Final = re.compile(r"^version\s+(\d{1,15})", re.MULTILINE)


class _Entry(NamedTuple):
    path: Path
    slot: str
    left: int | None


class SystemdBoot:
    """:class:`kiosk.upkeep.updater.boot.Boot` by the entries on the boot partition."""

    def __init__(self, machine: Machine) -> None:
        """Nothing is read yet."""
        self._machine = machine
        self._folder = machine.boot / "loader/entries"

    def on_trial(self) -> bool:
        """Say whether all entries of the running slot still count tries."""
        own = self._entries(self._machine.slot)
        return bool(own) and all(entry.left is not None for entry in own)

    def other(self) -> Other:
        """Say what the other slot's entry is."""
        found = self._entries(self._machine.free_slot)
        if not found:
            return "empty"
        if any(entry.left is None for entry in found):
            return "good"
        return "waiting" if any(entry.left for entry in found) else "failed"

    def disarm(self) -> None:
        """Delete the other slot's entries."""
        disk.remove([entry.path for entry in self._entries(self._machine.free_slot)])

    def arm(self, manifest: Manifest) -> None:
        """Write the other slot's entry, with tries."""
        slot = self._machine.free_slot
        text = entry_text(slot, manifest, self._newest() + 1)
        path = self._folder / f"sternway-{slot}+{TRIES}-0.conf"
        disk.write_file(path, [text.encode("ascii")])

    def begin_try(self) -> None:
        """Do nothing: whatever starts next is tried."""

    def commit(self) -> None:
        """Take the count out of the running slot's name."""
        own = self._entries(self._machine.slot)
        plain = self._folder / f"sternway-{self._machine.slot}.conf"
        counted = [entry.path for entry in own if entry.left is not None]
        if counted and not plain.exists():
            disk.rename(counted.pop(), plain)
        disk.remove(counted)

    def _entries(self, slot: Slot) -> list[_Entry]:
        found = []
        for path in sorted(self._folder.iterdir()):
            name = _NAME.fullmatch(path.name)
            if name is not None and name[1] == slot:
                found.append(_Entry(path, name[1], None if name[2] is None else int(name[2])))
        return found

    def _newest(self) -> int:
        """Return the number of the running slot's entry, 0 where it has none."""
        numbers = [_VERSION.search(text_of(one.path)) for one in self._entries(self._machine.slot)]
        return max((int(number[1]) for number in numbers if number is not None), default=0)


def entry_text(slot: Slot, manifest: Manifest, number: int) -> str:
    """Return an entry. The loader orders by ``sort-key`` and ``version``; people read the title."""
    kernel, *more = [part.name for part in manifest.boot_files]
    lines = [f"linux /sternway/{slot}/{kernel}"]
    lines += [f"initrd /sternway/{slot}/{name}" for name in more]
    return (
        f"title Sternway {manifest.version} ({slot})\nversion {number}\nsort-key sternway\n"
        + "".join(f"{line}\n" for line in lines)
        + f"options {manifest.options(slot)}\n"
    )
