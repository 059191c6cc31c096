"""The display's backlight, where Linux offers one: a number in a file below /sys/class/backlight.

A display must never stay dark because the program that dimmed it is gone: the kiosk sets it bright
before anything else at its start, and again as it ends.
"""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import Final

from kiosk.death import die
from kiosk.worker import Worker

log = logging.getLogger(__name__)

ROOT: Final = Path("/sys/class/backlight")
GAMMA: Final = 2.2
"""An eye sees half the brightness at about a fifth of the light."""
END_WITHIN_S: Final = 2.0


class Backlight:
    """All backlights there are, set alike. It never raises: a screen goes on without."""

    def __init__(self, root: Path = ROOT) -> None:
        """Look for them. None is changed before :meth:`set`."""
        self._most: dict[Path, int] = {}
        self._fault = ""
        try:
            found = sorted(root.iterdir())
        except OSError:
            found = []  # a monitor, or a machine without: the overlay does it
        for device in found:
            most = _number(device / "max_brightness")
            if most is not None and most > 0:
                self._most[device / "brightness"] = most

    @property
    def works(self) -> bool:
        """Whether it does what it is told. Without one, or after a failure, it does not."""
        return bool(self._most) and not self._fault

    def set(self, percent: float) -> bool:
        """Make the display as bright as ``percent`` of its most to an eye, never off; say if it is.

        What fails is told once in the log, and tried again at each call.
        """
        share = min(1.0, max(0.0, percent / 100)) ** GAMMA
        fault = ""
        for path, most in self._most.items():
            try:
                path.write_text(str(max(1, round(most * share))), encoding="ascii")
            except OSError as error:
                fault = f"{path}: {error.strerror}"
        if fault and not self._fault:
            log.warning("the backlight cannot be set, a darker picture stands in for it: %s", fault)
        self._fault = fault
        return self.works


class Lamp:
    """A backlight in a thread of its own: a bus that hangs must not hold up the screens' loop."""

    def __init__(self, backlight: Backlight) -> None:
        """Bright, before anything else is done."""
        self._backlight = backlight
        self._backlight.set(100.0)
        self._worker = Worker("backlight", on_death=die)
        self._worker.start()

    @property
    def works(self) -> bool:
        """Whether the display has the brightness that was asked for, as far as is known."""
        return self._backlight.works

    def set(self, percent: float) -> None:
        """Ask for a brightness; see :meth:`Backlight.set`. Returns at once."""
        self._worker.ask(lambda: self._backlight.set(percent))

    def close(self) -> None:
        """Leave the display bright; wait for that, but not for a bus that hangs."""
        bright = self._worker.ask(lambda: self._backlight.set(100.0))
        with contextlib.suppress(TimeoutError):
            bright.exception(timeout=END_WITHIN_S)
        self._worker.close(END_WITHIN_S)


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
