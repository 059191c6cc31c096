"""Who this kiosk is, and what is unique to it."""

from __future__ import annotations

import secrets
from importlib import metadata
from pathlib import Path
from typing import Final

import uuid6

# No 0, 1, I, L, O: the number is read out over the telephone.
LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def kiosk_id(data: Path) -> str:
    """Return this kiosk's number, made once and kept in its data folder."""
    path = data / "kiosk_id"
    try:
        known = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        known = ""
    if known:
        return known
    new = "SW-" + "".join(secrets.choice(LETTERS) for _ in range(6))
    data.mkdir(parents=True, exist_ok=True)
    path.write_text(new + "\n", encoding="ascii")
    return new


def boot_id() -> str:
    """Return the kernel's number of this boot: monotonic times compare only within one."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def version() -> str:
    """Return the installed version of Sternway."""
    return metadata.version("sternway")


def new_session_id() -> str:
    """Return a new UUIDv7: sessions sort by it as they began."""
    return str(uuid6.uuid7())
