"""Where things lie on this machine. Imports neither Kivy nor TinyDB: the guard uses it as well."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec

from hardware.settings import GuardTable
from kiosk.config import Settings

SERVICE_DATA: Final = Path("/var/lib/sternway")
ASIDE: Final = "before-restore-"
"""In the data folder: what was there before a backup was restored, numbered in their order."""


def data_folder(asked: Path | None, *, simulate: bool) -> Path:
    """Return where everything is kept; simulated sessions never mix with real ones."""
    if asked is not None:
        return asked
    name = "sternway-simulated" if simulate else "sternway"
    if os.environ.get("STATE_DIRECTORY"):
        # The service's own; systemd sets it, and only there are we `sternway` the system user.
        return SERVICE_DATA.with_name(name)
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / name


def bench_settings(settings: Settings, bench: Path | None, *, simulate: bool) -> Settings:
    """Return the settings with a guard socket of its own beside a bench door named by hand.

    So ``run`` and ``guard`` with the same ``--bench`` find each other, and two simulations that
    run at once don't.
    """
    if not simulate or bench is None or settings.guard.socket is not None:
        return settings
    return msgspec.structs.replace(settings, guard=GuardTable(socket=f"{bench}.guard"))
