"""Somebody with a profile: what they walk today, how it went, or that the therapist comes first."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.screens import bars, theme  # noqa: F401 - mine.kv names PlanBars and TrendBars
from kiosk.screens.persons import MineView, mine_view
from kiosk.screens.room import Room
from kiosk.screens.trends import LAST
from kiosk.screens.widgets import Page, TouchGuard, load_kv
from kiosk.session.actions import Choose
from kiosk.session.model import Snapshot


class TodayPage(Page):
    """What is walked today."""

    flow = ObjectProperty(None)
    greeting = ListProperty([""])
    program = StringProperty("")
    new = StringProperty("")
    facts = StringProperty("")
    incline = StringProperty("")
    steps = ObjectProperty(())
    rails = StringProperty("")
    rails_icon = StringProperty("hold")
    has_past = BooleanProperty(False)


class PastPage(Page):
    """The last sessions."""

    flow = ObjectProperty(None)
    trend = ObjectProperty(None, allownone=True)


class WaitPage(Page):
    """No walk today, said kindly: what is the matter, what to do, whom to ask."""

    flow = ObjectProperty(None)
    greeting = ListProperty([""])
    what = StringProperty("")
    do = StringProperty("")
    ask = StringProperty("")


class MinePage(BoxLayout):
    """The pages of one person, as long as they are here."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """The first snapshot tells who it is."""
        super().__init__(**kwargs)
        self.room = room
        self.view: MineView | None = None
        self.past = False
        self._asked = False

    def show(self, snapshot: Snapshot) -> None:
        """Show whoever is here; nobody any more leads to the first screen."""
        person = self.room.patron.person()
        if person is None:
            self.room.go("home")
            return
        view = mine_view(person, self.room.about, LAST - int(theme.portrait()))
        if view != self.view:
            self.view = view
            self._put()

    def on_parent(self, _me: object, parent: object) -> None:
        """Off the screen: keep no name."""
        if parent is None:
            self.view = None
            self.clear_widgets()

    def look_back(self) -> None:
        """The last sessions."""
        self.past = True
        self._put()

    def back(self) -> None:
        """To today's walk, or out: they are forgotten then."""
        if self.past:
            self.past = False
            self._put()
        else:
            self.room.patron.leave()
            self.room.go("choose")

    def leave(self) -> None:
        """To the first screen."""
        self.room.patron.leave()
        self.room.go("home")

    def start(self) -> None:
        """Walk it. Once: a second tap must not be refused over the first one's briefing."""
        if self.view is not None and not self._asked:
            self._asked = True
            self.room.post(Choose(profile=self.view.code), then=self._answered)

    def _answered(self, refused: str | None) -> None:
        self._asked = False
        if refused is not None:
            self.room.notice = refused

    def _put(self) -> None:
        view = self.view
        if view is None:
            return
        self.clear_widgets()
        if view.halt:
            what, do = view.halt
            greeting = list(view.greeting)
            page: Page = WaitPage(flow=self, greeting=greeting, what=what, do=do, ask=view.ask)
        elif self.past:
            page = PastPage(flow=self, trend=view.trend)
        else:
            page = TodayPage(
                flow=self,
                greeting=list(view.greeting),
                program=view.program,
                new=view.new,
                facts=view.facts,
                incline=view.incline,
                steps=view.steps,
                rails=view.rails,
                rails_icon=view.rails_icon,
                has_past=view.trend is not None,
            )
        self.add_widget(page)
        TouchGuard.took_effect()


load_kv(__file__)
