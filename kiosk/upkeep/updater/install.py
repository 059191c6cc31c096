"""One update, from a file on a stick to a slot that the next start tries. Its order is its safety.

1. The signature, and each part's hash, before anything is written.
2. The other slot is made one that nobody starts.
3. The root into the slot, hashed again as it comes (the stick may answer differently the second
   time), made durable, and read back from the card.
4. The kernel's files, each beside its name, durable, read back, renamed.
5. The boot entry with its tries: the last thing that is written.

The running slot is written to in none of these. Whatever ends it in between leaves a kiosk that
starts the running version.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

import msgspec

from kiosk.upkeep.updater import disk
from kiosk.upkeep.updater.boot import Boot, Other
from kiosk.upkeep.updater.bundle import MANIFEST, Bundle
from kiosk.upkeep.updater.machine import Machine
from kiosk.upkeep.updater.manifest import Manifest, Slot, check, decode
from kiosk.upkeep.updater.words import (
    DATA_READ_ONLY,
    NO_BOOT_ROOM,
    NO_FALLBACK,
    NOT_WRITTEN,
    UpdateError,
)
from profiles.saying import saying

Phase = Literal["checking", "writing", "reading"]
Progress = Callable[[Phase, int, int], None]
"""Hears the phase, the bytes done of it and all of it; raises :class:`UpdateError` to stop."""
_SPARE_BYTES: Final = 1024 * 1024
"""Left free on the boot partition: folders and the entry need some room too."""


class Standing(msgspec.Struct, frozen=True):
    """How the two slots stand. ``other_version`` is None where nobody knows."""

    version: str
    target: str
    slot: Slot
    trial: bool
    other: Other
    other_version: str | None


def standing(machine: Machine, boot: Boot) -> Standing:
    """Return how the slots stand now."""
    built = machine.built
    known = _manifest_of(machine, machine.free_slot)
    return Standing(
        built.version,
        built.target,
        machine.slot,
        boot.on_trial(),
        boot.other(),
        None if known is None else known.version,
    )


def may_install(bundle: Bundle, machine: Machine, boot: Boot) -> Manifest:
    """Return the manifest of an update that this machine may take; raises :class:`UpdateError`."""
    manifest = bundle.manifest
    check(manifest, version=machine.built.version, target=machine.built.target)
    if boot.on_trial():
        raise UpdateError(NO_FALLBACK)
    _check_room(manifest, machine)
    return manifest


def install(bundle: Bundle, machine: Machine, boot: Boot, progress: Progress) -> None:
    """Write the update into the slot that does not run. Raises :class:`UpdateError`.

    After an error that slot is one that nobody starts.
    """
    manifest = may_install(bundle, machine, boot)
    bundle.check(_counting("checking", manifest.bytes, progress))
    try:
        boot.disarm()
        _write(bundle, manifest, machine, progress)
        boot.arm(manifest)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UpdateError(
            NOT_WRITTEN, saying("The system says: {reason}.", reason=reason)
        ) from error


def keep(machine: Machine, boot: Boot) -> None:
    """Keep the running version, which was seen to work; raises :class:`UpdateError`."""
    if not machine.data_is_writable():
        raise UpdateError(DATA_READ_ONLY)
    boot.commit()


def _write(bundle: Bundle, manifest: Manifest, machine: Machine, progress: Progress) -> None:
    device, root = machine.writable_device(), manifest.root
    written = _counting("writing", manifest.bytes, progress)
    read = _counting("reading", manifest.bytes, progress)
    kernel = machine.kernel_folder(machine.free_slot)
    # Room first: what lies there belongs to a slot that nobody starts any more.
    disk.remove(_files_below(kernel))
    disk.write_slot(device, bundle.chunks(root), root.bytes, written)
    for part in manifest.boot_files:
        path = kernel / part.name
        disk.make_folder(path.parent)
        disk.write_file(path, bundle.chunks(part), written)
    disk.write_file(kernel / MANIFEST, [bundle.signed])
    disk.must_be(device, root.bytes, root.sha256, read)
    for part in manifest.boot_files:
        disk.must_be(kernel / part.name, part.bytes, part.sha256, read)


def _check_room(manifest: Manifest, machine: Machine) -> None:
    device = machine.writable_device()
    file = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
    try:
        room = os.lseek(file, 0, os.SEEK_END)
    finally:
        os.close(file)
    if manifest.root.bytes > room:
        raise disk.too_large(manifest.root.bytes, room)
    found = os.statvfs(machine.boot)
    block = found.f_frsize
    freed = sum(
        -(-path.stat().st_size // block) * block
        for path in _files_below(machine.kernel_folder(machine.free_slot))
    )
    needed = sum(-(-part.bytes // block) * block for part in manifest.boot_files)
    if needed + _SPARE_BYTES > found.f_bavail * block + freed:
        raise UpdateError(NO_BOOT_ROOM)


def _files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if not path.is_dir())


def _manifest_of(machine: Machine, slot: Slot) -> Manifest | None:
    """Return what was installed into a slot, None where it came with the image."""
    try:
        return decode((machine.kernel_folder(slot) / MANIFEST).read_bytes())
    except (OSError, UpdateError):
        return None


def _counting(phase: Phase, total: int, progress: Progress) -> Callable[[int], None]:
    done = 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        progress(phase, done, total)

    return tell
