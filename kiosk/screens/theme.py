"""Every size, colour and space of the screens. No Kivy: presenters and tests read it too.

Sizes are millimetres on the glass, because a thumb and an eye 1.5 m away know no pixels. All
layouts are drawn once, for the smallest supported screen of each orientation; ``u`` turns their
millimetres into pixels and lets a larger screen enlarge everything alike, never the reverse.
"""

from __future__ import annotations

from typing import Final, NamedTuple

Colour = tuple[float, float, float, float]

CAP_EM: Final = 0.711
"""Height of Roboto's capitals, as a share of the font size."""
TOP_EM: Final = 0.217
"""From the top of a line of Roboto to its capitals."""
LINE_EM: Final = 1.172
DROP_EM: Final = 0.21
"""How far a descender reaches below the baseline."""

LANDSCAPE_MM: Final = (143.0, 86.0)
"""The 7-inch 800x480 display. Its pixels are not square; the denser direction counts for both."""
PORTRAIT_MM: Final = (87.0, 154.9)

# Capitals, in mm at scale 1. The minima of experience.md, plus what rounding to pixels costs.
FIGURE: Final = 18.2
"""Time and speed on a moving screen."""
MOVING: Final = 8.7
"""Every other text on a moving screen."""
BODY: Final = 4.9
LEAD: Final = 5.4
TITLE: Final = 6.6

# Touch targets and spaces, in mm at scale 1.
TOUCH: Final = 20.5
MOVING_TOUCH: Final = 25.5
MOVING_GAP: Final = 5.2
KEY: Final = 14.4
MARGIN: Final = 4.0
GAP: Final = 3.0
PICTURE: Final = 1.4
"""A button's picture, in heights of its word's capitals."""
BESIDE: Final = 2.0
"""Between the two where they stand side by side."""
WIDE: Final = 45.0
LOW: Final = 19.6
"""A button as wide as this, or lower than that, has its picture beside its word."""
SIDE: Final = 36.0
"""Width of the column of actions on a calm screen in landscape."""
MOVING_SIDE: Final = 40.0
RADIUS: Final = 3.2


def rgb(hexa: str, alpha: float = 1.0) -> Colour:
    """Return a colour of six hex digits as Kivy wants it."""
    red, green, blue = (int(hexa[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue, alpha


class Palette(NamedTuple):
    """The colours of one kind of screen; ``ink`` and ``dim`` hold 7:1 on ground and card."""

    ground: Colour
    card: Colour
    ink: Colour
    dim: Colour
    accent: Colour
    on_accent: Colour
    line: Colour


LIGHT: Final = Palette(
    ground=rgb("F2F5F3"),
    card=rgb("FFFFFF"),
    ink=rgb("10242F"),
    dim=rgb("3A4A53"),
    accent=rgb("0A5360"),
    on_accent=rgb("FFFFFF"),
    line=rgb("7A8A91"),
)
DARK: Final = Palette(
    ground=rgb("08131B"),
    card=rgb("14242E"),
    ink=rgb("F4F8F8"),
    dim=rgb("B9C8CE"),
    accent=rgb("5CE1C6"),
    on_accent=rgb("06241F"),
    line=rgb("64798A"),
)
STOP_RED: Final = rgb("B3001B")
STOP_DOWN: Final = rgb("7E0013")
WHITE: Final = rgb("FFFFFF")
AMBER: Final = rgb("FFC44D")
ON_AMBER: Final = rgb("1A1300")
GOOD: Final = rgb("0A5B33")
BAD: Final = rgb("9C0F1F")
TRACK: Final = rgb("546874")
"""A ring's way gone: 3:1 on the dark ground, and 3:1 below what is left."""
DISC: Final = rgb("1C6B78")
"""The ground of a picture on the accent; white holds 6:1 on it."""
BAND: Final = rgb("BFE6DC")
"""A target's band on a light screen; its edges are drawn in the accent, which is what is seen."""
CLEAR: Final = (0.0, 0.0, 0.0, 0.0)


class Theme(NamedTuple):
    """The screen there is. ``px_per_mm`` is of its denser direction."""

    width: int = 1280
    height: int = 720
    px_per_mm: float = 8.26

    @property
    def portrait(self) -> bool:
        """Whether it stands upright."""
        return self.height > self.width

    @property
    def scale(self) -> float:
        """How much larger than the smallest layout everything is drawn."""
        wide, high = PORTRAIT_MM if self.portrait else LANDSCAPE_MM
        return max(
            1.0, min(self.width / self.px_per_mm / wide, self.height / self.px_per_mm / high)
        )

    def u(self, mm: float) -> float:
        """Pixels of a length in the layouts' millimetres."""
        return mm * self.px_per_mm * self.scale

    def font(self, cap: float) -> float:
        """Font size in pixels of capitals ``cap`` high, in the layouts' millimetres."""
        return self.u(cap) / CAP_EM


_now = Theme()


def use(theme: Theme) -> None:
    """Take another screen; widgets made before keep their sizes."""
    global _now  # noqa: PLW0603 - there is one screen
    _now = theme


def now() -> Theme:
    """Return the screen in use."""
    return _now


def u(mm: float) -> float:
    """Pixels of a length in the layouts' millimetres, on the screen in use."""
    return _now.u(mm)


def font(cap: float) -> float:
    """Font size in pixels of capitals ``cap`` mm high, on the screen in use."""
    return _now.font(cap)


def lines(cap: float, count: float) -> float:
    """Pixels that so many lines of text take, on the screen in use."""
    return count * LINE_EM * font(cap) + 2


def portrait() -> bool:
    """Whether the screen in use stands upright."""
    return _now.portrait


def pick(landscape: float, upright: float) -> float:
    """The one of two numbers that fits how the screen stands."""
    return upright if _now.portrait else landscape
