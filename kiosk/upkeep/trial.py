"""Nobody walks on a version that is only tried: until it is kept, its machine may start anew.

``image/update/sternway-trial`` restarts it after five minutes, whoever stands on the belt, so what
is asked here is what that script asks: the boot partition itself, not the update service, which
may be what does not work.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from kiosk.upkeep.updater.words import UpdateError
from profiles.saying import Said, saying

log = logging.getLogger(__name__)

OVER_S: Final = 360.0
"""So long after the machine's start the script has ended, whatever it saw."""
TRIED: Final = (
    saying("A new version is being tried."),
    saying("Wait: in a moment it is kept, or the one before starts again by itself."),
)


class Trial:
    """Whether the running version is only tried. Looked at in one thread, asked from any."""

    def __init__(
        self, ask: Callable[[], bool], *, since_start_s: Callable[[], float] = time.monotonic
    ) -> None:
        """``ask`` reads it, and raises :class:`UpdateError` or OSError where it cannot."""
        self._ask = ask
        self._since_start_s = since_start_s
        self._seen: bool | None = None
        self._told = ""

    def look(self) -> None:
        """Read it, until it is kept: a kept version is never tried again in the same start."""
        if self._seen is False:
            return
        try:
            self._seen = self._ask()
        except (UpdateError, OSError) as error:
            if self._told != str(error):
                self._told = str(error)
                log.warning("whether this version is only tried cannot be read: %s", error)

    def blocks(self) -> Said:
        """Return why nobody may start to walk; nothing where they may.

        Where it cannot be read it is taken for tried, as long as something may restart it.
        """
        if self._seen is False or (self._seen is None and self._since_start_s() >= OVER_S):
            return ()
        return TRIED
