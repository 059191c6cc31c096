"""What is wrong with a screen as it stands: measured on its widgets, in mm on the glass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from kivy.core.text import Label as CoreLabel
from kivy.uix.label import Label

from kiosk.screens import theme
from kiosk.screens.about import TextPage
from kiosk.screens.icons import Icon, is_known
from kiosk.screens.keyboard import TypeKey
from kiosk.screens.lettering import Caps
from kiosk.screens.pin import PinKey
from kiosk.screens.reader import Paged, Turning
from kiosk.screens.router import OVER, STAFF, THERAPY
from kiosk.screens.searching import SearchKey
from kiosk.screens.steppers import StepKey
from kiosk.screens.widgets import StopButton, Tap
from tests.screens.stage import Size, Stage

MOVING = {"countdown", "starting", "walking", "paused", "finishing", "stopped", "alarm"}
HAND_MOVED = {"walking", "paused", "stopped", "alarm", "starting", "finishing"}


class Box(NamedTuple):
    """A rectangle in the window."""

    x: float
    y: float
    right: float
    top: float

    def within(self, other: Box, slack: float = 1.5) -> bool:
        return (
            self.x >= other.x - slack
            and self.y >= other.y - slack
            and self.right <= other.right + slack
            and self.top <= other.top + slack
        )

    def overlaps(self, other: Box, slack: float = 1.5) -> bool:
        return (
            min(self.right, other.right) - max(self.x, other.x) > slack
            and min(self.top, other.top) - max(self.y, other.y) > slack
        )

    def distance(self, other: Box) -> float:
        across = max(self.x - other.right, other.x - self.right, 0.0)
        along = max(self.y - other.top, other.y - self.top, 0.0)
        return (across**2 + along**2) ** 0.5

    @property
    def area(self) -> float:
        return (self.right - self.x) * (self.top - self.y)


class Seen(NamedTuple):
    """A text on show: its ink's box, its capitals' height in px, the widget."""

    text: str
    ink: Box
    cap: float
    widget: Any


def visible(root: Any) -> Iterator[Any]:
    """Every widget that can be seen below ``root``."""
    if root.opacity == 0 or root.width <= 0 or root.height <= 0:
        return
    yield root
    for child in root.children:
        yield from visible(child)


def box(widget: Any) -> Box:
    """A widget's box in the window."""
    x, y = widget.to_window(*widget.pos)
    return Box(x, y, x + widget.width, y + widget.height)


def texts(root: Any) -> list[Seen]:
    """Every text that can be read below ``root``."""
    found = []
    for widget in visible(root):
        if isinstance(widget, Caps) and widget.shown and widget.texture is not None:
            x, _y, wide, _high = widget.drawn
            middle = widget.y + widget.height / 2
            cap = theme.u(widget.drawn_cap)
            drop = cap / theme.CAP_EM * theme.DROP_EM
            if not set(widget.shown) & set("gjpqyç()"):
                # A comma hangs less deep than a "g".
                drop = drop * 0.86 if set(widget.shown) & set(",;") else 0
            ink = Box(x, middle - cap / 2 - drop, x + wide, middle + cap / 2)
            found.append(Seen(widget.shown, ink, cap, widget))
        elif isinstance(widget, Label) and widget.text.strip():
            size = widget.font_size
            whole = box(widget)
            high = widget.texture_size[1]
            middle = (whole.y + whole.top) / 2
            under = (theme.LINE_EM - theme.TOP_EM - theme.CAP_EM - theme.DROP_EM) * size
            ink = Box(
                whole.x, middle - high / 2 + under, whole.right, middle + high / 2 - 0.19 * size
            )
            found.append(Seen(widget.text, ink, size * theme.CAP_EM, widget))
    return found


def faults(stage: Stage, size: Size, name: str) -> list[str]:
    """Every fault of the screen that is up; an empty list is a good screen."""
    window = Box(0, 0, size.width, size.height)
    page = stage.shell.name
    seen = texts(stage.shell)
    targets = [w for w in visible(stage.shell) if isinstance(w, Tap | StopButton)]
    found = [*_texts(seen, window, size, page), *_targets(targets, window, size, page)]
    for item in seen:
        for target in targets:
            if not item.ink.within(box(target)) and item.ink.overlaps(box(target)):
                found.append(f"{item.text!r} and the button {_words(target)!r} overlap")
    if not seen:
        found.append("no text at all")
    for widget in visible(stage.shell):
        if isinstance(widget, Icon) and not is_known(widget.name):
            found.append(f"{widget.name!r} is no picture")
        if isinstance(widget, Paged) and widget.count > 1 and not _turned(widget):
            found.append(f"{int(widget.count)} pages, and only the first can be read")
    return [f"{size.name} {name}: {fault}" for fault in found]


def _texts(seen: list[Seen], window: Box, size: Size, page: str) -> Iterator[str]:
    least = 8.6 if page in MOVING else 4.8
    for number, item in enumerate(seen):
        if not item.ink.within(window):
            yield f"{item.text!r} leaves the window: {item.ink}"
        if item.cap / size.px_per_mm < least - 0.01:
            yield f"{item.text!r}: capitals of {item.cap / size.px_per_mm:.2f} mm"
        yield from _fits(item)
        for other in seen[number + 1 :]:
            if item.ink.overlaps(other.ink):
                yield f"{item.text!r} and {other.text!r} overlap"


def _fits(item: Seen) -> Iterator[str]:
    widget = item.widget
    whole = box(widget)
    if isinstance(widget, Caps):
        if item.ink.right - item.ink.x > whole.right - whole.x + 1.5:
            yield f"{item.text!r} is wider than its box"
        return
    if widget.texture_size[1] > widget.height + 1:
        yield f"{item.text!r} is higher than its box"
    label = CoreLabel(font_size=widget.font_size, bold=widget.bold)
    condensed = getattr(widget, "squeeze", 1.0)
    for word in item.text.split():
        if label.get_extents(word)[0] * condensed > widget.width + 1:
            yield f"{word!r} is broken, its line is too short"
    for parent in _above(widget):
        if isinstance(parent, Tap) and not item.ink.within(box(parent)):
            yield f"{item.text!r} leaves its button"


def _above(widget: Any) -> Iterator[Any]:
    while widget.parent is not None and widget.parent is not widget:
        widget = widget.parent
        yield widget


def _turned(paged: Paged) -> bool:
    """Say whether a page's buttons turn these pages."""
    return any(
        (isinstance(above, Turning) and above.paged is paged)
        or (isinstance(above, TextPage) and above.ids.reader.__self__ is paged)
        for above in _above(paged)
    )


def _targets(targets: list[Any], window: Box, size: Size, page: str) -> Iterator[str]:
    moving = page in HAND_MOVED
    for number, target in enumerate(targets):
        least = 14.0 if isinstance(target, PinKey) else (25.0 if moving else 20.0)
        if page in STAFF | THERAPY | OVER:
            least = 10.0 if isinstance(target, StepKey | SearchKey | TypeKey) else 12.0
        here = box(target)
        short = min(here.right - here.x, here.top - here.y) / size.px_per_mm
        if short < least - 0.01:
            yield f"the button {_words(target)!r} is {short:.2f} mm"
        if not here.within(window):
            yield f"the button {_words(target)!r} leaves the window"
        for other in targets[number + 1 :]:
            if here.overlaps(box(other)):
                yield f"the buttons {_words(target)!r} and {_words(other)!r} overlap"
            gap = here.distance(box(other)) / size.px_per_mm
            if moving and gap < 4.99:
                yield f"{_words(target)!r} and {_words(other)!r} are {gap:.2f} mm apart"
    stops = [target for target in targets if isinstance(target, StopButton)]
    if moving and page != "stopped" and len(stops) != 1:
        yield f"{len(stops)} STOPs"
    for stop in stops:
        here = box(stop)
        if any(box(other).area >= here.area for other in targets if other is not stop):
            yield "STOP is not the largest"
        if abs(here.right - window.right) > 1 and abs(here.y - window.y) > 1:
            yield "STOP reaches no edge"


def _words(target: Any) -> str:
    return " ".join(item.text for item in texts(target)) or type(target).__name__
