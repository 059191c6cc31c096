"""The incline that somebody confirmed last, kept in ``DATA/deck.json`` through power losses.

The kiosk does not move the deck, and a treadmill may stay at an incline without power: the next
level walk must not be done uphill unasked. There is one generation alone, as an older one would say
what holds no more. Backups leave it out: it is about this machine, whatever its data is.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta, Struct

from kiosk.records.files import copy_aside, make_folder, write_atomically
from kiosk.records.sealed import seal, unseal
from profiles.model import MAX_INCLINE_PCT

log = logging.getLogger(__name__)

AGAIN_S: Final = 60.0
"""When a disk that took nothing is tried again."""


class _Kept(Struct, frozen=True):
    """What lies in the file; None is unknown."""

    pct: Annotated[float, Meta(ge=0.0, le=MAX_INCLINE_PCT)] | None


class Deck:
    """The file of one data folder; one thread calls :meth:`keep`, which never waits for the disk.

    ``pct`` is what was confirmed before this start. Without a file it is 0: commissioning leaves
    the deck level. None is unknown: the file is damaged.
    """

    def __init__(
        self,
        data: Path,
        ask: Callable[[Callable[[], None]], Future[None]],
        *,
        simulated: bool,
    ) -> None:
        """Read the file. ``ask`` has something done by a thread that may wait for the disk."""
        self._path = data / ("deck-simulated.json" if simulated else "deck.json")
        self._ask = ask
        self._asked: Future[None] | None = None
        self._not_before_s = 0.0
        self.pct = self._kept = self._read()

    def keep(self, pct: float | None) -> None:
        """Have it written, if it is another one; call it often, as what was refused is tried again.

        What nobody confirmed (None) leaves the file as it is.
        """
        if pct is None or pct == self._kept or time.monotonic() < self._not_before_s:
            return
        if self._asked is None or self._asked.done():
            self._asked = self._ask(lambda: self._write(pct))

    def _read(self) -> float | None:
        try:
            return unseal(self._path.read_bytes(), _Kept).pct
        except FileNotFoundError:
            return 0.0
        except OSError as error:
            log.error("%s cannot be read: %s", self._path, error.strerror)
            return None
        except ValueError:
            log.error("%s is damaged: the deck's incline is not known", self._path)
        try:
            # Set aside, and unknown in its place: no file at all would be a level deck.
            copy_aside(self._path)
            write_atomically(self._path, seal(_Kept(None)))
        except OSError as error:
            log.error("%s could not be set aside: %s", self._path, error.strerror)
        return None

    def _write(self, pct: float) -> None:
        try:
            make_folder(self._path.parent)
            write_atomically(self._path, seal(_Kept(pct)))
        except OSError as error:
            log.error("the deck's incline was not kept: %s", error.strerror)
            self._not_before_s = time.monotonic() + AGAIN_S
        else:
            self._kept = pct
