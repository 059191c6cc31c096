"""What may still hold a forgotten person's name: files that were set aside or left half-written."""

from __future__ import annotations

from pathlib import Path

from profiles.files import sync_folder


def purged(path: Path) -> tuple[str, ...]:
    """Delete what lies beside the library's file and may hold any profile; return the names.

    A damaged file cannot be searched for a name: it may stand in it with a flipped bit. What is
    deleted is served by nobody: the library and its previous generation stay.
    """
    damaged = sorted(path.parent.glob(f"{path.name}*.broken-*"))
    for stale in (*damaged, *path.parent.glob(f".{path.name}*.tmp")):
        stale.unlink(missing_ok=True)
    sync_folder(path.parent)
    return tuple(one.name for one in damaged)
