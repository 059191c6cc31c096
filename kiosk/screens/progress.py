"""How it goes with a profile: charts, page by page, and what they come to."""

from __future__ import annotations

from typing import Any

from kivy.properties import NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens import theme
from kiosk.screens.charting import ChartView, chart_views
from kiosk.screens.charts import SessionChart
from kiosk.screens.room import Room
from kiosk.screens.sheet import SheetPage
from kiosk.screens.staffing import Line
from kiosk.screens.sums import sum_items
from kiosk.screens.tiles import StaffText
from kiosk.screens.widgets import Page, TouchGuard, load_kv
from kiosk.session.model import Snapshot
from kiosk.therapy.model import Opened


class ChartsPage(Page):
    """One chart or two, and the ways on."""

    flow = ObjectProperty(None)
    index = NumericProperty(0)
    count = NumericProperty(1)
    who = StringProperty("")

    def take(self, views: tuple[ChartView, ...]) -> None:
        """Show these."""
        for view in views:
            self.ids.charts.add_widget(SessionChart(view=view))


class ProgressPage(BoxLayout):
    """The charts of the opened profile; where there is none any more it leads to the list."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """The charts come with the first look."""
        super().__init__(**kwargs)
        self.room = room
        self.page: Any = None
        self.index = 0
        self._opened: Opened | None = None

    def show(self, snapshot: Snapshot) -> None:
        """Draw anew when something has changed."""
        opened = self.room.therapy.state().opened
        if opened is None:
            self.room.go("profiles")
        elif opened is not self._opened:
            self._opened = opened
            self._put(opened)

    def back(self) -> None:
        """A page back, or to the profile."""
        if self.index == 0:
            self.leave()
        else:
            self._turn(-1)

    def onward(self) -> None:
        """A page on."""
        self._turn(1)

    def leave(self) -> None:
        """Back to the profile."""
        self.room.go("profile")

    def _turn(self, by: int) -> None:
        self.index += by
        if self._opened is not None:
            self._put(self._opened)

    def _put(self, opened: Opened) -> None:
        views = chart_views(opened)
        each = int(theme.pick(1, 2))
        groups = [views[first : first + each] for first in range(0, len(views), each)]
        self.index = min(self.index, len(groups))
        if not groups:
            self._show(self._nothing())
        elif self.index == len(groups):
            self._show(self._sums(opened))
        else:
            page = ChartsPage(flow=self, index=self.index, count=len(groups) + 1)
            page.take(groups[self.index])
            self._show(page)

    def _nothing(self) -> StaffText:
        page = StaffText(title=_("No walk yet"), last=_("Done"), go_on=self.leave)
        page.put([Line(_("After the first walk you see here how it goes."))])
        return page

    def _sums(self, opened: Opened) -> SheetPage:
        page = SheetPage(titles=[_("In all")], back=_("Back"), go_back=self.back)
        page.last, page.go_on = _("Done"), self.leave
        page.put(sum_items(opened))
        return page

    def _show(self, page: Any) -> None:
        self.page = page
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()


load_kv(__file__)
