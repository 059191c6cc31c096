"""Who this kiosk is, and what is unique to it."""

from __future__ import annotations

import logging
import re
import secrets
from importlib import metadata
from pathlib import Path
from typing import Final

import uuid6

from kiosk.records.files import PREVIOUS, make_folder, set_aside, write_atomically

log = logging.getLogger(__name__)

# No 0, 1, I, L, O: the number is read out over the telephone.
LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")
"""What is taken as one: sites may have given their kiosks other names."""


def kiosk_id(data: Path) -> str:
    """Return this kiosk's number, made once and kept in its data folder, twice.

    A damaged copy is set aside and the other one counts. Where the disk takes nothing, a number is
    made for this run alone: the walk matters more than its label.
    """
    path = data / "kiosk_id"
    copies = (path, path.with_name(path.name + PREVIOUS))
    known = next((number for copy in copies if (number := _kept_in(copy)) is not None), None)
    if known is not None and all(copy.exists() for copy in copies):
        return known
    number = known or "SW-" + "".join(secrets.choice(LETTERS) for _ in range(6))
    try:
        make_folder(data)
        for _ in copies:
            write_atomically(path, f"{number}\n".encode("ascii"), keep_previous=True)
    except OSError as error:
        log.error("the kiosk's number could not be kept: %s", error.strerror)
    return number


def _kept_in(path: Path) -> str | None:
    """Return the number in a file; one that holds anything else is set aside."""
    try:
        content = path.read_bytes()
        number = content.decode("ascii", "replace").strip()
        if _NUMBER.fullmatch(number):
            return number
        log.error("%s is damaged", path)
        set_aside(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        log.error("%s cannot be read: %s", path, error.strerror)
    return None


def boot_id() -> str:
    """Return the kernel's number of this boot: monotonic times compare only within one."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def version() -> str:
    """Return the installed version of Sternway."""
    return metadata.version("sternway")


def new_session_id() -> str:
    """Return a new UUIDv7: sessions sort by it as they began."""
    return str(uuid6.uuid7())
