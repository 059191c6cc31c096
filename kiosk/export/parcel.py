"""What goes onto a stick as one folder: its files, read back, and a manifest that lists them.

Exports and reports are written by it. With a recipient the files go into one zip that is encrypted
as it is made, and only the manifest stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import msgspec

from kiosk import identity
from kiosk.export import sealed
from kiosk.export.content import Item
from kiosk.export.growing import Written
from kiosk.export.progress import Meter
from kiosk.export.readback import ReadBack
from kiosk.export.target import Target

SCHEMA: Final = 1
MANIFEST: Final = "manifest.json"


class Origin(NamedTuple):
    """What a manifest says besides the files (contracts.md §6)."""

    kiosk_id: str | None
    made_at: datetime
    identified: bool

    def manifest(self, files: Iterable[Written]) -> bytes:
        """Return ``manifest.json`` of these files."""
        manifest: dict[str, Any] = {
            "schema": SCHEMA,
            "kiosk_id": self.kiosk_id,
            "app_version": identity.version(),
            "made_at": self.made_at.astimezone(UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "identified": self.identified,
            "files": [file._asdict() for file in files],
        }
        return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


class Seal(NamedTuple):
    """The encrypted file's name, and whom it is encrypted to (``sealed.recipient_of``)."""

    name: str
    recipient: Any


def write(
    target: Target,
    back: ReadBack,
    meter: Meter,
    items: Iterable[Item],
    origin: Origin,
    seal: Seal | None = None,
) -> None:
    """Write all files, read them back, then the manifest; the folder's name is the caller's.

    Raises ``OSError`` as the target does, and the errors of ``items``, ``back`` and ``meter``.
    """
    if seal is None:
        for item in items:
            target.write(item.path, item.chunks)
            if named := target.named():
                back.begin(target.top, named)
    else:
        with target.writer(seal.name) as append:
            sealed.sealed(items, seal.recipient, append)
    target.sync_folders()
    files = [*target.written]
    meter.enter("checking", 2 * sum(file.bytes for file in files))
    back.begin(target.top, target.named())
    back.finish()
    target.write(MANIFEST, (origin.manifest(files),))
    target.sync_folders()
    back.begin(target.top, target.named())
    back.finish()
    meter.check()
