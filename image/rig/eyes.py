"""Eyes and a finger: which screen is on the glass, and a tap on what can be read on it.

A picture of the glass is held against every picture of the atlas. The nearest must be the screen
that a story waits for: so a wrong screen is noticed, and a finger never taps where it only hopes.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

from PIL import Image, ImageChops, ImageFilter, ImageStat

from image.rig.atlas import Sheet, Target
from image.rig.errors import RigError

ALIKE: Final = 14.0
"""Mean difference of two greys (0 to 255) up to which a picture is of that screen: other words on
the same page differ by 1 to 8, other pages by 15 and more."""
FRESH_S: Final = 0.8
"""A screen that has only just come takes no touch: it may have been meant for the one before."""
STILL: Final = 0.05
COARSE: Final = (200, 120)
LOOK_S: Final = 0.5
TAPS: Final = 3
LOOKS: Final = 12
WITHIN_S: Final = 300.0
"""An emulated screen takes seconds to come, and its kiosk minutes to start."""


class Glass(Protocol):
    """A display that can be looked at and touched."""

    def screenshot(self, path: Path) -> Path:
        """Keep what it shows as a PNG file."""

    def touch(self, x: float, y: float) -> None:
        """Touch it, by shares of its width and height from the upper left corner."""

    def sleep(self, seconds: float) -> None:
        """Wait by its own time."""


class Eyes:
    """Looks at a glass by an atlas, and keeps a picture of each screen that was waited for."""

    def __init__(
        self,
        glass: Glass,
        atlas: Mapping[str, Sheet],
        folder: Path,
        within_s: float = WITHIN_S,
    ) -> None:
        """``folder`` is where the pictures go; ``within_s``, how long a screen may take to come."""
        self._within_s = within_s
        self._glass = glass
        self._atlas = atlas
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._known = {name: grey(sheet.picture) for name, sheet in atlas.items()}
        self.on = ""
        """The screen that was seen last."""

    def which(self) -> tuple[str, float]:
        """Return the name of the screen that is most like what is shown, and how far it is off."""
        seen = self._look()
        name = min(self._known, key=lambda known: apart(seen, self._known[known]))
        return name, apart(seen, self._known[name])

    def see(self, *names: str, within_s: float | None = None) -> str:
        """Wait until one of these screens is shown, and return which; raises :class:`RigError`."""
        end_s = time.monotonic() + (within_s or self._within_s)
        passing = self.on
        while True:
            name, off = self.which()
            if name in names and off <= ALIKE:
                self.on = name
                self.keep(name)
                self._glass.sleep(FRESH_S)
                return name
            if name != passing:
                # What came instead, for whoever wants to know afterwards.
                passing = name
                self._copy(f"passing-{name}")
            if time.monotonic() > end_s:
                kept = self.keep("stuck")
                what = " or ".join(names)
                raise RigError(f"{what} did not come: {name} is nearest, {off:.1f} off ({kept})")
            time.sleep(LOOK_S)

    def settle(self) -> Image.Image:
        """Wait until two looks, one after the other, see the same, and return what that is."""
        before = None
        while True:
            seen = self._look()
            if before is not None and apart(before, seen) < STILL:
                return seen
            before = seen
            self._glass.sleep(LOOK_S)

    def keep(self, name: str) -> Path:
        """Keep the picture that was looked at last."""
        path = self._next(name)
        (self._folder / "now.png").replace(path)
        return path

    def _look(self) -> Image.Image:
        return grey(self._glass.screenshot(self._folder / "now.png"))

    def _copy(self, name: str) -> None:
        shutil.copyfile(self._folder / "now.png", self._next(name))

    def _next(self, name: str) -> Path:
        number = len(list(self._folder.glob("[0-9]*.png")))
        return self._folder / f"{number:03d}-{name}.png"

    def tap(self, words: str) -> None:
        """Tap what says so, or has a picture of that name, on the screen that was seen last."""
        target = find(self._atlas[self.on], words)
        if target is None:
            told = [one.words or one.icon for one in self._atlas[self.on].targets]
            raise RigError(f"{self.on} has no {words!r} to tap; there is {', '.join(told)}")
        self._glass.touch(target.x, target.y)

    def go(self, words: str, *names: str) -> str:
        """Tap what says so until one of these screens comes: a person taps again, too.

        What is shown after a tap that was not taken may be another picture of the same page, which
        says so as well: a sensor's page, for one, tells what it hears.
        """
        for _ in range(TAPS - 1):
            self.tap(words)
            for _ in range(LOOKS):
                name, off = self.which()
                if name in names and off <= ALIKE:
                    return self.see(*names)
                self._glass.sleep(LOOK_S)
            if off > ALIKE or find(self._atlas[name], words) is None:
                # Something else is on its way: it may not be tapped at.
                return self.see(*names)
            self.on = name
        self.tap(words)
        return self.see(*names)

    def leave(self, words: str) -> None:
        """Tap what says so until the picture is another: the next page may be one of its name.

        A button that shows that it is touched is no other page: what counts is what stays.
        """
        before = self._look()
        for _ in range(TAPS):
            self.tap(words)
            for _ in range(LOOKS):
                if apart(before, self.settle()) >= STILL:
                    return
        kept = self.keep("stuck")
        raise RigError(f"{self.on} stays, though {words!r} was tapped {TAPS} times ({kept})")

    def type(self, keys: str) -> None:
        """Tap a PIN's digits."""
        for key in keys:
            self.tap(key)


def find(sheet: Sheet, words: str) -> Target | None:
    """Return what says just that, or else what says that among other things."""
    exact = [one for one in sheet.targets if words in (one.words, one.icon)]
    part = [one for one in sheet.targets if words in one.words]
    found = exact or part
    return found[0] if found else None


def grey(path: Path) -> Image.Image:
    """Return a picture coarsely, in greys: an edge may be drawn a little differently."""
    with Image.open(path) as picture:
        return picture.convert("L").filter(ImageFilter.GaussianBlur(2)).resize(COARSE)


def apart(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two such pictures."""
    return float(ImageStat.Stat(ImageChops.difference(one, other)).mean[0])
