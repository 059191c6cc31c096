"""A chart as a few plain marks, drawn alike on the page (SVG) and on paper (PDF). Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from markupsafe import Markup, escape

from kiosk.cues.texts import figures
from kiosk.screens import theme

Anchor = Literal["start", "middle", "end"]


def _hexa(colour: theme.Colour) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour[:3])


GROUND: Final = _hexa(theme.LIGHT.ground)
CARD: Final = _hexa(theme.LIGHT.card)
INK: Final = _hexa(theme.LIGHT.ink)
DIM: Final = _hexa(theme.LIGHT.dim)
ACCENT: Final = _hexa(theme.LIGHT.accent)
LINE: Final = _hexa(theme.LIGHT.line)
GOOD: Final = _hexa(theme.GOOD)
BAD: Final = _hexa(theme.BAD)
AMBER: Final = "#b06a00"
"""The screens' amber is for dark ground; on white it needs 3:1 (this has 4.4)."""
HAIR: Final = "#d7dfdc"
"""Grid lines: to be seen past, not to be read."""
BAND: Final = "#cfe6e2"

SIZE: Final = 13.0
"""Font size of a chart's texts, in the units of its box."""


class Box(NamedTuple):
    """A filled rectangle; x and y are its upper left."""

    x: float
    y: float
    width: float
    height: float
    fill: str


class Stroke(NamedTuple):
    """A line through points."""

    points: tuple[tuple[float, float], ...]
    colour: str
    width: float


class Dot(NamedTuple):
    """A filled circle."""

    x: float
    y: float
    radius: float
    fill: str


class Text(NamedTuple):
    """A line of text; y is its baseline."""

    x: float
    y: float
    text: str
    anchor: Anchor = "start"
    colour: str = DIM
    bold: bool = False


Mark = Box | Stroke | Dot | Text


class Drawing(NamedTuple):
    """A chart: its title, one sentence that says what it shows, its size and marks.

    ``head`` and ``rows`` are the same figures as a table, for whoever cannot see it.
    """

    key: str
    title: str
    says: str
    width: float
    height: float
    marks: tuple[Mark, ...]
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def nice_top(value: float, *, whole: bool = False) -> tuple[float, float]:
    """Return the end of an axis that holds ``value``, and the step between its few lines.

    ``whole`` counts things, of which there are no halves.
    """
    if value <= 0:
        return 1.0, 1.0
    rough = value / 3
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * n for n in (1, 2, 2.5, 5, 10) if unit * n >= rough * 0.999)
    if whole and step % 1:
        step = float(math.ceil(step))
    return math.ceil(value / step - 1e-9) * step, step


def figure(value: float) -> str:
    """Return a number for an axis: no needless decimals."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def short_figure(value: float) -> str:
    """Return a number for a table's cell: hundredths below 10, else whole."""
    return figure(round(value, 2 if abs(value) < 10 else 0))


def svg(drawing: Drawing) -> Markup:
    """Return a drawing as SVG that reads itself out: title and sentence belong to it."""
    parts = [
        Markup('<svg viewBox="0 0 {:g} {:g}" role="img" aria-labelledby="{}-t {}-d">').format(
            drawing.width, drawing.height, drawing.key, drawing.key
        ),
        Markup('<title id="{}-t">{}</title>').format(drawing.key, drawing.title),
        Markup('<desc id="{}-d">{}</desc>').format(drawing.key, figures(drawing.says)),
        *(_svg_mark(mark) for mark in drawing.marks),
        Markup("</svg>"),
    ]
    return Markup("").join(parts)


def _svg_mark(mark: Mark) -> Markup:
    match mark:
        case Box(x, y, width, height, fill):
            text = f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
            return Markup(text + f'fill="{fill}"/>')  # noqa: S704 - numbers and our own colours
        case Dot(x, y, radius, fill):
            text = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}"/>'
            return Markup(text)  # noqa: S704 - numbers and our own colours
        case Stroke(points, colour, width):
            text = f'<polyline points="{_points(points)}" fill="none" stroke="{colour}" '
            text += f'stroke-width="{width:g}" stroke-linejoin="round" stroke-linecap="round"/>'
            return Markup(text)  # noqa: S704 - numbers and our own colours
        case Text():
            weight = ' font-weight="600"' if mark.bold else ""
            text = f'<text x="{mark.x:.1f}" y="{mark.y:.1f}" text-anchor="{mark.anchor}" '
            text += f'fill="{mark.colour}" font-size="{SIZE:g}"{weight}>'
            text += f"{escape(figures(mark.text))}</text>"
            return Markup(text)  # noqa: S704 - the text is escaped in the line above


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
