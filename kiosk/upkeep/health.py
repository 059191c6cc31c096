"""Whether this version works: its first screen stands, the guard answers, the log is open.

The kiosk says so once for each start, in a file that ``sternway health`` reads; on the appliance a
version that was only tried is kept then. The file's own writing shows that the data can be written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from kiosk.records.files import write_atomically

NAME: Final = "health.json"


class Health(msgspec.Struct, frozen=True):
    """What the kiosk said: of which start of the machine, and of which version."""

    boot_id: str
    version: str


class Signs:
    """What is looked at; each is asked from the desk's thread."""

    def __init__(self, *, log: Callable[[], bool]) -> None:
        """``log``: it is open and was read."""
        self.drawn = False
        """Set by the window, once its first frame is on the display."""
        self.guard: Callable[[], bool] = lambda: False
        """Says whether the guard's status comes in."""
        self.log = log

    def all(self) -> bool:
        """Say whether this version works."""
        return self.drawn and self.guard() and self.log()


def keep_health(data: Path, boot_id: str, version: str) -> None:
    """Write that it works. Raises ``OSError`` as the disk does."""
    write_atomically(data / NAME, msgspec.json.encode(Health(boot_id, version)) + b"\n")


class Finding(NamedTuple):
    """One line of ``sternway health``."""

    good: bool
    what: str
    seen: str


def findings(
    data: Path, boot_id: str, version: str, guard: Callable[[], bool]
) -> Iterator[Finding]:
    """Return what is known of this version's health, from outside of the kiosk."""
    said = _said(data)
    if said is None:
        yield Finding(False, "kiosk", "it never said that it works")
    elif said.boot_id != boot_id:
        yield Finding(False, "kiosk", "not since the machine was started")
    elif said.version != version:
        yield Finding(False, "kiosk", f"not since version {said.version} was replaced")
    else:
        yield Finding(True, "kiosk", f"version {version} drew its first screen")
    yield Finding(True, "guard", "answers") if guard() else Finding(False, "guard", "no answer")
    yield _log(data)


def _log(data: Path) -> Finding:
    from kiosk.records.errors import RecordsError
    from kiosk.records.reader import LogReader

    try:
        with LogReader(data) as log:
            return Finding(True, "log", f"{len(log.entries)} kept sessions")
    except (RecordsError, OSError) as error:
        return Finding(False, "log", str(error))


def _said(data: Path) -> Health | None:
    try:
        return msgspec.json.decode((data / NAME).read_bytes(), type=Health)
    except (OSError, ValueError, RecursionError):
        return None
