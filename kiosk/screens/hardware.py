"""Every input and output, live; the sensor's raw lines; the self-test."""

from __future__ import annotations

from typing import Any, Final

from kivy.core.text import Label as CoreLabel
from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout

from kiosk.care.model import Tail
from kiosk.cues.texts import _, numbers
from kiosk.screens import theme
from kiosk.screens.caring import test_lines, test_title
from kiosk.screens.machine import CarePage
from kiosk.screens.room import Room
from kiosk.screens.staffing import Line
from kiosk.screens.tiles import StaffText
from kiosk.screens.widgets import Page, TouchGuard, load_kv
from kiosk.screens.wiring import Wire, sheets, tail_words
from kiosk.session.model import Snapshot

PICTURES: Final = {"good": "check", "bad": "cross", "on": "play", "off": "minus", "none": ""}
TINTS: Final = {
    "good": theme.GOOD,
    "bad": theme.BAD,
    "on": theme.LIGHT.accent,
    "off": theme.LIGHT.dim,
    "none": theme.CLEAR,
}
RAW_MARK: Final = 6.0
"""A raw line's mark and the space beside it, in mm."""
EASE: Final = 0.8
"""How narrow a row's words may be drawn before its name is cut."""


def set_line(line: str, width: float) -> tuple[str, float]:
    """Return a sensor's line as it is set, and how high: whole, on a second line where it must.

    Its letters stay as wide as they are. It is broken after a comma, as Kivy breaks at spaces only.
    """
    label = CoreLabel(font_size=theme.font(theme.BODY), bold=True)
    fits = label.get_extents(line)[0] + 2 <= width
    text = line if fits else line.replace(",", ", ")
    high = CoreLabel(
        text=text, font_size=theme.font(theme.BODY), bold=True, text_size=(width, None)
    )
    return text, float(high.render()[1])


def cut_to(text: str, width: float) -> str:
    """Return a name, its end cut off where it does not fit even a little condensed."""
    label = CoreLabel(font_size=theme.font(theme.BODY))

    def fits(part: str) -> bool:
        return bool(label.get_extents(part)[0] * EASE <= width)

    if fits(text):
        return text
    parts = (f"{text[:count].rstrip()}\u2026" for count in range(len(text) - 1, 1, -1))
    return next((part for part in parts if fits(part)), text[:1])


class WireRow(BoxLayout):
    """One input or output: a mark, its name, and what it says."""

    name = StringProperty("")
    told = StringProperty("")
    """The name, or as much of it as there is room for."""
    says = ListProperty([""])
    mark = StringProperty("none")
    picture = StringProperty("")
    tint = ColorProperty(theme.CLEAR)
    wide = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        """The value takes what it needs, up to three quarters; the name has the rest."""
        super().__init__(**kwargs)
        for prop in ("says", "name", "width"):
            self.fbind(prop, self._part)

    def _part(self, *_: object) -> None:
        label = CoreLabel(font_size=theme.font(theme.BODY), bold=True)
        room = self.width - theme.u(10.6)
        widths = [label.get_extents(numbers(text))[0] + 2 for text in self.says]
        self.wide = next((w for w in widths if w <= room * 0.6), min(room * 0.72, widths[-1]))
        self.told = cut_to(self.name, room - self.wide)

    def take(self, wire: Wire) -> None:
        """Show another state of it."""
        self.name, self.says, self.mark = wire.name, list(wire.says), wire.mark
        self.picture, self.tint = PICTURES[wire.mark], TINTS[wire.mark]


class RawLine(BoxLayout):
    """One line of the sensor."""

    text = StringProperty("")
    bad = BooleanProperty(False)


class RawPage(Page):
    """The newest lines, how many of each kind came, and a key that holds them still."""

    flow = ObjectProperty(None)
    foot = StringProperty("")
    held = BooleanProperty(False)


class SheetsPage(Page):
    """Rows, and what can be done beside them."""

    flow = ObjectProperty(None)
    title = StringProperty("")
    first = StringProperty("")
    second = StringProperty("")
    next = StringProperty("")
    next_icon = StringProperty("next")


class HardwarePage(CarePage):
    """Three views: rows of wires, raw lines, the self-test."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Begin with the inputs."""
        super().__init__(room, **kwargs)
        self.index = 0
        self.raw = False
        self.page: SheetsPage | RawPage | None = None
        self._wires: tuple[Wire, ...] | None = None
        self._tail: Tail | None = None
        self._tested: object = None
        self._wired()

    def show(self, snapshot: Snapshot) -> None:
        """Everything as it is now."""
        self.care.attend(raw=self.raw)
        if self.page is None:
            self._look_at_test()
        elif isinstance(self.page, RawPage):
            self._look_at_lines(self.page)
        else:
            found = sheets(self.care.state(), snapshot.status)
            self.index %= len(found)
            self.page.title = found[self.index].title
            self._put(self.page, found[self.index].rows)

    # --- the keys ---------------------------------------------------------------------------

    def backward(self) -> None:
        """Back to the wires, or out."""
        if self.raw:
            self._wired()
        else:
            self.leave()

    def onward(self) -> None:
        """The next page of wires."""
        self.index += 1

    def hold(self) -> None:
        """Hold the lines still, or let them go on."""
        if isinstance(self.page, RawPage):
            self.page.held = not self.page.held

    def aside(self, which: str) -> None:
        """To the raw lines, or to the self-test."""
        if which == "first":
            self._lines()
        else:
            self._test()

    # --- the views --------------------------------------------------------------------------

    def _wired(self) -> None:
        self.raw, self._wires = False, None
        page = SheetsPage(flow=self, first=_("Raw lines"), next=_("Next"))
        page.second = _("Self-test")
        self._show(page)
        self.page = page

    def _lines(self) -> None:
        self.raw, self._tail = True, None
        page = RawPage(flow=self)
        page.ids.rows.fbind("size", self._put_lines)
        self._show(page)
        self.page = page

    def _put(self, page: SheetsPage, wires: tuple[Wire, ...]) -> None:
        if wires == self._wires:
            return
        rows = page.ids.rows
        if self._wires is None or len(wires) != len(self._wires):
            rows.clear_widgets()
            for _wire in wires:
                rows.add_widget(WireRow())
            rows.add_widget(BoxLayout())
        self._wires = wires
        for row, wire in zip(reversed(rows.children[1:]), wires, strict=True):
            row.take(wire)

    def _look_at_lines(self, page: RawPage) -> None:
        tail = self.care.state().tail
        if page.held or tail == self._tail:
            return
        self._tail = tail
        page.foot = tail_words(tail)
        self._put_lines(page.ids.rows)

    def _put_lines(self, rows: Any, *_: object) -> None:
        """Put up as many of the newest lines as there is room for; again when that changes."""
        rows.clear_widgets()
        if self._tail is None:
            return
        left = rows.height
        shown: list[RawLine] = []
        for line in reversed(self._tail.lines):
            text, high = set_line(line.text, rows.width - theme.u(RAW_MARK))
            left -= high + rows.spacing
            if shown and left < 0:
                break
            shown.append(RawLine(text=text, bad=bool(line.kind), height=high))
        for row in reversed(shown):
            rows.add_widget(row)
        rows.add_widget(BoxLayout())

    def _test(self) -> None:
        self.room.watch(self.care.begin_test())
        self._tested = None
        self._show(StaffText(title=_("Self-test")))
        self.page = None

    def _look_at_test(self) -> None:
        test = self.care.state().test
        if test == self._tested:
            return
        self._tested = test
        if test.running or not (test.results or test.asks):
            page = StaffText(title=_("Self-test"), back=_("Back"))
            page.put([Line(_("It takes a few seconds."))])
        elif test.asks:
            page = StaffText(title=_("Did you hear a tone?"), back=_("No"), last=_("Yes"))
            page.back_icon, page.extra, page.extra_icon = "cross", _("Once more"), "redo"
            page.go_aside = self.room.play
            page.go_on = lambda: self.care.heard_tone(True)
            page.put([Line(_("A tone was played over the loudspeaker."))])
            page.go_back = lambda: self.care.heard_tone(False)
            self.room.play()
            self._show(page)
            return
        else:
            page = StaffText(title=test_title(test), back=_("Back"), last=_("Done"))
            bad = any(one.good is False for one in test.results)
            page.mark, page.good = ("warning", False) if bad else ("check", True)
            page.put(test_lines(test))
        page.go_back = page.go_on = self._wired
        self._show(page)

    def _show(self, page: Any) -> None:
        self.page = None
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()


load_kv(__file__)
