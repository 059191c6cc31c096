"""What an eye gets to see: contrast and greys, read from the pixels that were drawn."""

from __future__ import annotations

from typing import NamedTuple

from PIL import Image

from kiosk.screens.icons import Icon
from tests.screens.measure import Box, box, texts, visible
from tests.screens.stage import Stage, frames

TEXT = 7.0
SHAPE = 3.0
ROUNDING = 0.02
"""Colours are whole numbers on the glass."""
LEAST = 0.004
"""A colour on fewer of the pixels around something is a speck, or the edge of a neighbour."""
Rgb = tuple[int, ...]


class Pixels(NamedTuple):
    """A picture as it lies in the frame buffer: rows from the foot, three bytes a pixel."""

    width: int
    height: int
    data: bytes

    def counted(self, area: Box) -> list[tuple[int, Rgb]]:
        """The colours in a box, each with how many pixels have it."""
        left, foot = max(0, int(area.x)), max(0, int(area.y))
        right, top = min(self.width, int(area.right) + 1), min(self.height, int(area.top) + 1)
        if right <= left or top <= foot:
            return []
        whole = Image.frombytes("RGB", (self.width, self.height), self.data)
        counted = whole.crop((left, foot, right, top)).getcolors((right - left) * (top - foot))
        return [(count, colour) for count, colour in counted or () if isinstance(colour, tuple)]


def grab(stage: Stage) -> Pixels:
    """Draw what is up, and read it."""
    from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels

    frames(1)
    width, height = (int(side) for side in stage.window.size)
    data = glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE)
    return Pixels(width, height, bytes(data))


def luminance(colour: Rgb) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    linear = [(c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4) for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Rgb, other: Rgb) -> float:
    """Contrast of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def seen_contrast(pixels: Pixels, area: Box) -> float:
    """How far what is drawn in a box stands out from its ground, the box's commonest colour."""
    counted = pixels.counted(area)
    whole = sum(count for count, _colour in counted)
    if not whole:
        return 1.0
    ground = max(counted)[1]
    enough = max(2, whole * LEAST)
    return max(contrast(ground, colour) for count, colour in counted if count >= enough)


def faint(stage: Stage, pixels: Pixels) -> list[str]:
    """Every text and every picture that does not stand out enough.

    What cannot be touched just now may be faint; a cursor has no letters to measure.
    """
    found = []
    for item in texts(stage.shell):
        if item.widget.disabled or not any(letter.isalnum() for letter in item.text):
            continue
        told = seen_contrast(pixels, _inner(item.ink))
        if told < TEXT - ROUNDING:
            found.append(f"{item.text!r} has a contrast of {told:.2f}")
    for widget in visible(stage.shell):
        if isinstance(widget, Icon) and widget.name and not widget.disabled:
            told = seen_contrast(pixels, box(widget))
            if told < SHAPE - ROUNDING:
                found.append(f"the picture {widget.name!r} has a contrast of {told:.2f}")
    return found


def _inner(ink: Box) -> Box:
    """Only the middle of a line: what stands beside it must not lend it contrast."""
    high = (ink.top - ink.y) * 0.06
    return Box(ink.x, ink.y + high, ink.right, ink.top - high)


def signs(stage: Stage) -> set[str]:
    """All words, and the shapes of all pictures: what is left where colours are not seen."""
    shapes = {
        f"shape {widget.name}"
        for widget in visible(stage.shell)
        if isinstance(widget, Icon) and widget.name
    }
    return shapes | {item.text for item in texts(stage.shell)}


def changed_in_grey(one: Pixels, other: Pixels, by: float = 0.15) -> float:
    """The share of pixels whose grey differs by so much of the way from black to white."""
    step, count, differ = 3 * 7, 0, 0
    for at in range(0, len(one.data) - 2, step):
        greys = [
            0.299 * p.data[at] + 0.587 * p.data[at + 1] + 0.114 * p.data[at + 2]
            for p in (one, other)
        ]
        count += 1
        differ += abs(greys[0] - greys[1]) > by * 255
    return differ / max(1, count)
