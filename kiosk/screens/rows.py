"""A list over as many pages as it needs: rows, what can be done with it, and keys that turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    OptionProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from kiosk.cues.texts import grouped
from kiosk.screens import steppers, theme, tiles  # noqa: F401 - rows.kv names StepKey and Head
from kiosk.screens.staffing import clipped
from kiosk.screens.therapist import RowView
from kiosk.screens.widgets import Page, Tap, TouchGuard, load_kv

T = TypeVar("T")
BARE: Final = 8
"""Letters that fit a button whatever they are."""


class RowTap(Tap):
    """A shape, a name, a fact below it."""

    names = ListProperty([""])
    facts = ListProperty([""])
    icon = StringProperty("")
    look = StringProperty("")


class TickKey(Tap):
    """Takes a row, or leaves it out."""

    on = BooleanProperty(True)


class Row(BoxLayout):
    """One row, and its tick where it has one."""

    def __init__(self, key: str, **kwargs: Any) -> None:
        """Its words come with :meth:`take`."""
        super().__init__(**kwargs)
        self.key = key
        self.view: RowView | None = None

    def take(self, view: RowView) -> None:
        """Show another state of the same thing."""
        if view == self.view:
            return
        self.view = view
        row, tick = self.ids.row, self.ids.tick
        row.names = list(view.names)
        row.facts = [*view.facts, clipped(view.facts[-1], BARE)]
        row.icon, row.look = view.icon, view.look
        has = view.tick is not None
        tick.on, tick.disabled, tick.opacity = bool(view.tick), not has, 1 if has else 0
        tick.width = theme.u(17) if has else 0
        self.spacing = theme.u(1.6) if has else 0


class RowsPage(Page):
    """A head, rows, up to two things to do, and keys that turn the page.

    ``on_row`` and ``on_tick`` are told the key of a row.
    """

    index = NumericProperty(0)
    count = NumericProperty(1)
    turned = StringProperty("")
    empty = StringProperty("")
    extra = StringProperty("")
    extra_icon = StringProperty("")
    main = StringProperty("")
    main_icon = StringProperty("")
    main_kind = OptionProperty("plain", options=("primary", "plain"))

    def __init__(self, leave: Callable[[], None], **kwargs: Any) -> None:
        """Rows come with :meth:`put`."""
        for event in ("on_row", "on_tick", "on_choose", "on_act"):
            self.register_event_type(event)
        super().__init__(**kwargs)
        self.head = self.ids.head
        self.head.bind(on_leave=lambda *_: leave())
        self._rows: list[Row] = []
        self._again: Callable[[], None] = lambda: None

    @property
    def each(self) -> int:
        """How many rows a page has."""
        return int(theme.pick(3, 4))

    def put(self, things: Sequence[T], look: Callable[[T], RowView]) -> None:
        """Show these, of which only the page's own are looked at.

        Rows that stay are kept, with a finger on them.
        """
        self._again = lambda: self.put(things, look)
        self.count = max(1, -(-len(things) // self.each))
        self.index = min(self.index, self.count - 1)
        first = int(self.index) * self.each
        page = [look(thing) for thing in things[first : first + self.each]]
        if [view.key for view in page] != [row.key for row in self._rows] or not self._rows:
            self._lay(page)
        for row, view in zip(self._rows, page, strict=True):
            row.take(view)
        self.turned = f"{grouped(int(self.index) + 1)} / {grouped(int(self.count))}"

    def turn(self, by: int) -> None:
        """Another page, round at both ends."""
        if self.count > 1:
            self.index = (self.index + by) % self.count
            TouchGuard.took_effect()
            self._again()

    def _lay(self, page: Sequence[RowView]) -> None:
        rows = self.ids.rows
        rows.clear_widgets()
        self._rows = []
        for view in page:
            row = Row(view.key)
            row.ids.row.bind(on_tap=lambda *_, key=view.key: self.dispatch("on_row", key))
            row.ids.tick.bind(on_tap=lambda *_, key=view.key: self.dispatch("on_tick", key))
            self._rows.append(row)
            rows.add_widget(row)
        for _gap in range(self.each - len(page)):
            rows.add_widget(Widget())

    def on_row(self, key: str) -> None:
        """Nothing by default: pages bind it."""

    def on_tick(self, key: str) -> None:
        """Nothing by default: pages bind it."""

    def on_choose(self) -> None:
        """Nothing by default: pages bind it."""

    def on_act(self) -> None:
        """Nothing by default: pages bind it."""


load_kv(__file__)
