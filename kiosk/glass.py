"""Whether the touchscreen and the display are plugged in, as the kernel tells below /sys.

SDL opens a touchscreen that is plugged in again by itself, and says nothing of one that is gone;
of displays it looks at none after its start. So this looks once a second. A machine that does not
tell (no such folders) is taken as whole: nothing is said to be missing that was never seen.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final, NamedTuple

from kiosk.death import die
from kiosk.worker import Worker
from profiles.saying import Said, saying

log = logging.getLogger(__name__)

ROOT: Final = Path("/sys")
_DIRECT: Final = 1 << 1
"""INPUT_PROP_DIRECT: what is touched is what is seen, unlike on a touchpad."""
_CONNECTORS: Final = ("DSI-", "HDMI-", "DPI-", "Composite-", "DP-", "eDP-", "LVDS-", "Virtual-")

TOUCH_GONE: Final = saying("The touchscreen is not connected. Plug its cable in again.")
DISPLAY_GONE: Final = saying("The display is not connected. Plug its cable in again.")


class Glass(NamedTuple):
    """What is plugged in; None where this machine does not tell."""

    touch: bool | None = None
    display: bool | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing is known to be missing."""
        return self.touch is not False and self.display is not False


def look(root: Path = ROOT) -> Glass:
    """Look at what is plugged in now. Raises nothing: what cannot be read is not known."""
    return Glass(_touch(root / "class/input"), _display(root / "class/drm"))


def _touch(folder: Path) -> bool | None:
    """Say whether there is a touchscreen among the inputs."""
    try:
        inputs = [path for path in folder.iterdir() if path.name.startswith("event")]
    except OSError:
        return None
    return any(_hex(path / "device/properties") & _DIRECT for path in inputs)


def _display(folder: Path) -> bool | None:
    """Say whether any connector has a display on it; None where there are no connectors."""
    try:
        found = [
            (path / "status").read_text(encoding="ascii").strip()
            for path in folder.iterdir()
            if path.name.partition("-")[2].startswith(_CONNECTORS)
        ]
    except OSError:
        return None
    told = [status for status in found if status in {"connected", "disconnected"}]
    return "connected" in told if told else None


def _hex(path: Path) -> int:
    """Return a mask of the kernel's: words of hex digits, the last one the lowest."""
    try:
        return int(path.read_text(encoding="ascii").split()[-1], 16)
    except (OSError, ValueError, IndexError):
        return 0


class Watch:
    """Looks once a second, in a thread of its own: a bus that hangs holds nobody up."""

    def __init__(self, root: Path = ROOT) -> None:
        """Look at once; a touchscreen that was never there is not missed.

        A kiosk may be run with a mouse, and a machine may have no display that the kernel knows.
        """
        self._root = root
        self._first = look(root)
        self.seen = self._known(self._first)
        self._worker = Worker("glass", on_death=die, look=self._look)
        self._worker.start()

    def faults(self) -> tuple[Said, ...]:
        """Return a sentence for each that is missing."""
        seen = self.seen
        missing = ((seen.touch, TOUCH_GONE), (seen.display, DISPLAY_GONE))
        return tuple((sentence,) for there, sentence in missing if there is False)

    def close(self) -> None:
        """Stop looking."""
        self._worker.close()

    def _look(self) -> None:
        now = look(self._root)
        self._first = Glass(now.touch or self._first.touch, now.display or self._first.display)
        seen = self._known(now)
        if seen != self.seen:
            log.warning("touchscreen %s, display %s", *map(_word, seen))
        self.seen = seen

    def _known(self, now: Glass) -> Glass:
        """Miss only what was there since the start."""
        return Glass(
            now.touch if self._first.touch else None,
            now.display if self._first.display else None,
        )


def _word(there: bool | None) -> str:
    return {True: "connected", False: "gone", None: "unknown"}[there]
