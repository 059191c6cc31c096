"""Who this kiosk is, and what is unique to it."""

from __future__ import annotations

import hashlib
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
    """Return this kiosk's number, made once and kept in its data folder, twice, each with a check.

    A copy that is not as it was written is set aside and the other one counts; a file of one line,
    written by hand, counts where there is no other. Where the disk takes nothing, a number is made
    for this run alone: the walk matters more than its label.
    """
    path = data / "kiosk_id"
    copies = (path, path.with_name(path.name + PREVIOUS))
    contents = [_content(copy) for copy in copies]
    whole = next((text for text in contents if text is not None and _is_whole(text)), None)
    number = _first_line(whole) if whole is not None else _by_hand(contents)
    if whole is not None and contents == [whole, whole]:
        return number
    try:
        make_folder(data)
        for copy, content in zip(copies, contents, strict=True):
            if content is not None and content not in (whole, f"{number}\n".encode()):
                log.error("%s is damaged", copy)
                set_aside(copy)
        for _ in copies:
            write_atomically(path, _with_check(number), keep_previous=True)
    except OSError as error:
        log.error("the kiosk's number could not be kept: %s", error.strerror)
    return number


def _by_hand(contents: list[bytes | None]) -> str:
    """Return a number that somebody wrote, in one line with its end; else a new one."""
    for content in contents:
        number = _first_line(content or b"")
        if content == f"{number}\n".encode() and _NUMBER.fullmatch(number):
            return number
    return "SW-" + "".join(secrets.choice(LETTERS) for _ in range(6))


def _with_check(number: str) -> bytes:
    check = hashlib.sha256(number.encode("ascii")).hexdigest()[:16]
    return f"{number}\nsha256 {check}\n".encode("ascii")


def _is_whole(content: bytes) -> bool:
    number = _first_line(content)
    return _NUMBER.fullmatch(number) is not None and content == _with_check(number)


def _first_line(content: bytes) -> str:
    return content.decode("ascii", "replace").partition("\n")[0]


def _content(path: Path) -> bytes | None:
    """Return what stands in a copy; None where there is none, or none can be read."""
    try:
        return path.read_bytes()
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
