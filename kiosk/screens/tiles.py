"""What staff pages are made of: a head with its way out, tiles, and texts with what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from kivy.core.text import Label as CoreLabel
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from kiosk.cues.texts import _, numbers
from kiosk.screens import theme
from kiosk.screens.reader import Block, Paged, Turning, heading
from kiosk.screens.staffing import FACT, Line, TileView, clipped
from kiosk.screens.widgets import GUARD_S, BigButton, Page, Tap, TouchGuard, load_kv

CELLS: Final = 6
"""Tiles on a page: two by three, or one by six. One that has more turns pages with the last."""


FEW: Final = 3
"""Tiles that take the whole width, and half the height upright: a page is not left empty."""


class Corner(BigButton):
    """A small button at the right of a head: the way back, or out."""

    def __init__(self, **kwargs: Any) -> None:
        """Lead back unless told otherwise."""
        super().__init__(**{"icon": "back", **kwargs})


class Head(BoxLayout):
    """A page's title, a mark with a few words, and the way out.

    A mark that is neither ``bad`` nor ``good`` has a colour that judges nothing.
    """

    title = ListProperty([""])
    mark = StringProperty("")
    told = ListProperty([""])
    bad = BooleanProperty(False)
    good = BooleanProperty(True)
    corner = StringProperty("")
    corner_icon = StringProperty("back")
    taps = BooleanProperty(False)
    share = NumericProperty(0.5)

    def __init__(self, **kwargs: Any) -> None:
        """``on_leave`` is the tap on the corner, ``on_look`` one elsewhere where that ``taps``."""
        self.register_event_type("on_leave")
        self.register_event_type("on_look")
        super().__init__(**kwargs)
        for prop in ("title", "told", "mark", "width"):
            self.fbind(prop, self._part)
        self._part()

    def _part(self, *_: object) -> None:
        """Part the line between title and words: the longest of both that fit, and what is left."""
        room = self.width - theme.u(36 + 4 + (8.4 if self.mark else 0))
        for title in self.title:
            wide = _wide(title, theme.TITLE, bold=True)
            for told in self.told:
                spare = room - wide - _wide(told, theme.BODY, bold=self.bad)
                if spare >= 0:
                    self.share = (wide + spare / 2) / room
                    return
        self.share = 0.5

    def on_touch_down(self, touch: Any) -> bool:
        """Take a finger that is not on the corner, where it has something to say."""
        if super().on_touch_down(touch):
            return True
        if (
            not self.taps
            or not self.collide_point(*touch.pos)
            or TouchGuard.begins_too_soon(GUARD_S)
        ):
            return False
        touch.grab(self)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """It acts where the finger leaves it."""
        if touch.grab_current is not self:
            return bool(super().on_touch_up(touch))
        touch.ungrab(self)
        if self.collide_point(*touch.pos):
            TouchGuard.took_effect()
            self.dispatch("on_look")
        return True

    def on_look(self) -> None:
        """Nothing by default: pages bind it."""

    def on_leave(self) -> None:
        """Nothing by default: pages bind it."""


def _wide(text: str, cap: float, *, bold: bool) -> float:
    label = CoreLabel(font_size=theme.font(cap), bold=bold)
    return float(label.get_extents(numbers(text))[0]) + 1


class StaffTile(Tap):
    """A name, a fact below it, a picture before them."""

    key = StringProperty("")
    names = ListProperty([""])
    facts = ListProperty([""])
    icon = StringProperty("")
    warn = BooleanProperty(False)
    ticked = BooleanProperty(False)

    def take(self, view: TileView) -> None:
        """Show another state of the same thing."""
        self.names = [view.name, clipped(view.name)]
        self.facts = [*view.facts, clipped(view.facts[-1], FACT)] if view.facts else [""]
        self.icon = view.icon
        self.kind, self.warn = view.kind, view.warn
        self.ticked = view.kind == "chosen" and view.icon != "check"


class Tiles(Page):
    """A head, and below it up to six tiles a page; ``tapped`` is told the key of one."""

    turned = NumericProperty(0)

    def __init__(self, tapped: Callable[[str], None], leave: Callable[[], None], **kwargs: Any):
        """Tiles come with :meth:`put`."""
        super().__init__(**kwargs)
        self._tapped = tapped
        self._views: tuple[TileView | None, ...] = ()
        self._shown: list[StaffTile] = []
        self.head = self.ids.head
        self.head.bind(on_leave=lambda *_: leave())

    def put(self, views: Sequence[TileView | None]) -> None:
        """Show these tiles; None leaves a gap. Tiles that stay are kept, with a finger on them."""
        views = tuple(views)
        if views == self._views:
            return
        self._views = views
        page = self._page()
        keys = [view.key for view in page if view is not None]
        if keys != [tile.key for tile in self._shown]:
            self._lay(page)
        for tile, view in zip(self._shown, (v for v in page if v is not None), strict=True):
            tile.take(view)

    def _page(self) -> tuple[TileView | None, ...]:
        """Return this page's tiles: more than fit leave the last place to what turns the page."""
        if len(self._views) <= CELLS:
            return self._views
        each = CELLS - 1
        first = self.turned % -(-len(self._views) // each) * each
        page = self._views[first : first + each]
        gaps = (None,) * (each - len(page))
        if first + each < len(self._views):
            return (*page, *gaps, TileView("more", _("More"), (), "next"))
        return (*page, *gaps, TileView("more", _("Back"), (_("to page 1"), ""), "back"))

    def _lay(self, page: Sequence[TileView | None]) -> None:
        grid = self.ids.grid
        grid.clear_widgets()
        self._shown = []
        few = len(page) <= FEW
        grid.cols = 1 if few or theme.portrait() else 2
        for view in (*page, *(None,) * ((FEW if few else CELLS) - len(page))):
            if view is None:
                grid.add_widget(Widget())
                continue
            tile = StaffTile(key=view.key)
            tile.bind(on_tap=self._on_tile)
            self._shown.append(tile)
            grid.add_widget(tile)

    def _on_tile(self, tile: StaffTile) -> None:
        if tile.key != "more":
            self._tapped(tile.key)
            return
        views, self._views = self._views, ()
        self.turned += 1
        self.put(views)


class StaffText(Turning, Page):
    """Texts over as many pages as they need, and up to three things to do.

    ``last`` leads on from the last page; ``extra`` and ``back`` may be missing. ``told`` says how
    far a larger whole is.
    """

    mark = StringProperty("")
    good = BooleanProperty(True)
    title = StringProperty("")
    told = StringProperty("")
    blocks = ListProperty([])
    back = StringProperty("")
    back_icon = StringProperty("back")
    extra = StringProperty("")
    extra_icon = StringProperty("")
    last = StringProperty("")
    last_icon = StringProperty("check")
    go_back = ObjectProperty(None, allownone=True)
    go_aside = ObjectProperty(None, allownone=True)
    go_on = ObjectProperty(None, allownone=True)

    def put(self, lines: Sequence[Line]) -> None:
        """Show these paragraphs."""
        blocks = blocks_of(lines)
        if blocks != self.blocks:
            self.blocks = blocks

    @property
    def paged(self) -> Paged:
        """The texts."""
        reader: Paged = self.ids.reader.__self__
        return reader


def blocks_of(lines: Sequence[Line]) -> list[Block]:
    """Return paragraphs as a Reader sets them."""
    made = []
    for line in lines:
        if line.kind == "head":
            made.append(heading(line.text))
        else:
            bold = line.kind in {"strong", "bad"}
            made.append(Block(line.text, theme.BODY, bold=bold, bad=line.kind == "bad"))
    return made


load_kv(__file__)
