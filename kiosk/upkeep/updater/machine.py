"""What this machine is: which slot runs, and where slots, boot partition and keys are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from kiosk.appliance import CMDLINE, running_slot
from kiosk.upkeep.updater.manifest import Slot, other
from kiosk.upkeep.updater.words import NOT_THE_APPLIANCE, SLOT_IN_USE, UpdateError

SYSTEM: Final = Path("/usr/share/sternway")
"""Where the image says what it is: ``image.json``, and ``keys/*.pub``."""
_MOUNT: Final = re.compile(r"\\([0-7]{3})")


class Built(msgspec.Struct, frozen=True):
    """``image.json``: what the running system was built as."""

    version: Annotated[str, Meta(pattern=r"^\d+\.\d+\.\d+")]
    target: str


class Machine(msgspec.Struct, frozen=True):
    """The appliance as the update service sees it. Tests have one of plain files and folders.

    The slots are links that udev makes for the machine's own disk alone: a stick whose partition
    has the same name is never taken for one.
    """

    slot: Slot
    built: Built
    slots: Path = Path("/dev/sternway")
    boot: Path = Path("/boot/firmware")
    keys: Path = SYSTEM / "keys"
    data: Path = Path("/var/lib/sternway")
    boot_id: str = ""
    reboot_param: Path = Path("/run/systemd/reboot-param")

    @property
    def free_slot(self) -> Slot:
        """The slot that does not run."""
        return other(self.slot)

    def device(self, slot: Slot) -> Path:
        """Return where a slot's root is."""
        return self.slots / slot

    def kernel_folder(self, slot: Slot) -> Path:
        """Return where a slot's kernel lies on the boot partition."""
        return self.boot / "sternway" / slot

    def writable_device(self) -> Path:
        """Return the device of the slot that does not run.

        Raises :class:`UpdateError` where the slots are not as they should be.
        """
        device = self.device(self.free_slot)
        try:
            if device.resolve(strict=True) == self.device(self.slot).resolve(strict=True):
                raise UpdateError(SLOT_IN_USE)
            if device.stat().st_rdev and device.stat().st_rdev == Path("/").stat().st_dev:
                raise UpdateError(SLOT_IN_USE)
        except OSError as error:
            raise UpdateError(NOT_THE_APPLIANCE) from error
        return device

    def data_is_writable(self) -> bool:
        """Say whether the data partition is mounted, and for writing.

        Asked of the filesystem, not of the mount: the service itself sees everything read-only.
        """
        for line in Path("/proc/self/mountinfo").read_text().splitlines():
            fields, _, kind = line.partition(" - ")
            point = _MOUNT.sub(lambda found: chr(int(found[1], 8)), fields.split()[4])
            if point == str(self.data):
                return "rw" in kind.split()[2].split(",")
        return False


def this_machine() -> Machine:
    """Return the machine that this runs on; raises :class:`UpdateError` where it is another."""
    slot = running_slot(CMDLINE.read_text())
    try:
        built = msgspec.json.decode((SYSTEM / "image.json").read_bytes(), type=Built)
    except (OSError, ValueError) as error:
        raise UpdateError(NOT_THE_APPLIANCE) from error
    if slot is None:
        raise UpdateError(NOT_THE_APPLIANCE)
    boot_id = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return Machine(slot, built, boot_id=boot_id)
