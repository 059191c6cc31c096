"""After the walk: how it was, then what it was, in numbers, as a chart and for a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.widget import Widget

from kiosk.cues import units
from kiosk.cues.texts import _
from kiosk.screens import bars, gauges, theme  # noqa: F401 - summary.kv names its Chart and QrCode
from kiosk.screens.lettering import Caps
from kiosk.screens.persons import short_names
from kiosk.screens.reader import Block, Paged, Reader, Turning
from kiosk.screens.results import SummaryView, chart_view, summary_view
from kiosk.screens.room import Room
from kiosk.screens.scale import Scale, ScalePage
from kiosk.screens.trends import LAST, Trend, trend_with
from kiosk.screens.widgets import Card, Page, Spacer, TouchGuard, load_kv
from kiosk.session.actions import Done, Rate
from kiosk.session.model import Snapshot, Walk
from kiosk.session.plan import NS
from kiosk.therapy.model import Person

LAST_CHANCE_S: Final = 57.0
"""A little before the session closes the record of a summary that nobody touches (60 s)."""


def _is_over(snapshot: Snapshot) -> bool:
    """Say whether nobody has touched the summary for nearly as long as it stays."""
    session = snapshot.session
    return snapshot.now_ns - max(session.since_ns, session.touched_ns) >= LAST_CHANCE_S * NS


class ResultPage(Turning, Page):
    """One result: a text is turned to its end before the next one comes."""

    title = StringProperty("")
    can_back = BooleanProperty(False)
    can_next = BooleanProperty(False)

    def __init__(
        self,
        content: Widget,
        done: Callable[[], None] | None,
        back: Callable[[], None] | None = None,
        on: Callable[[], None] | None = None,
        **kwargs: Any,
    ) -> None:
        """``content`` fills the page, under its title; where it leads, if it does.

        Without ``done`` its only way out is back.
        """
        self.go_done, self.go_back, self.go_on, self.go_aside = done, back, on, None
        self._paged = content if isinstance(content, Paged) else Reader()
        super().__init__(**kwargs)
        self.ids.body.add_widget(content)
        # Kept here: an id alone does not keep what is taken off the page.
        self._keys = [self.ids[key].__self__ for key in ("back", "done", "next")]
        for prop in ("index", "count"):
            self._paged.fbind(prop, self._dress)
        self._dress()

    @property
    def paged(self) -> Paged:
        """The text; where there is none, an empty page that is not shown."""
        return self._paged

    def _dress(self, *_: object) -> None:
        """What cannot be done leaves its room to the others; the way back keeps its place."""
        paged = self._paged
        self.can_back = self.go_back is not None or paged.index > 0
        self.can_next = self.go_on is not None or paged.index + 1 < paged.count
        offered = (self.can_back, self.go_done is not None, self.can_next)
        actions = self.ids.actions
        actions.clear_widgets()
        for key, there in zip(self._keys, offered, strict=True):
            if there:
                actions.add_widget(key)
            if key is self._keys[0]:
                actions.add_widget(Spacer())

    def done(self) -> None:
        """Out of all results."""
        if self.go_done is not None:
            self.go_done()


class FigureTile(Card):
    """One number and what it is."""

    name = StringProperty("")
    value = StringProperty("")


class ChartBox(BoxLayout):
    """The chart with its scales."""

    view = ObjectProperty(None, allownone=True)
    unit = StringProperty("")
    begin = StringProperty("")
    end = StringProperty("")

    def on_kv_post(self, _base: object) -> None:
        """The scale's numbers stand beside their lines."""
        chart, scale = self.ids.chart, self.ids.scale
        numbers = []
        for kmh, words in self.view.ticks if self.view is not None else ():
            number = Caps(text=words, cap=theme.BODY, bold=False, halign="right")
            number.color, number.size_hint = theme.LIGHT.dim, (None, None)
            numbers.append((kmh, number))
            scale.add_widget(number)

        def place(*_: object) -> None:
            for kmh, number in numbers:
                number.width = scale.width
                number.pos = (scale.x, chart.level(kmh) - number.height / 2)

        for prop in ("pos", "size"):
            chart.fbind(prop, place)
            scale.fbind(prop, place)
        place()


class QrBox(BoxLayout):
    """The QR code and what it is for."""

    text = StringProperty("")


class SummaryPage(BoxLayout):
    """Asks for pain and effort, then shows the results page by page."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """The first snapshot tells whether there is anything left to ask."""
        super().__init__(**kwargs)
        self.room = room
        self.pain: int | None = None
        self.stage = ""
        self.index = 0
        self.view: SummaryView | None = None
        self.trend: Trend | None = None
        self._snapshot: Snapshot | None = None

    def show(self, snapshot: Snapshot) -> None:
        """Ask, or show; somebody else (a script) may have rated meanwhile."""
        walk = snapshot.session.walk
        if walk is None:
            return
        self._snapshot = snapshot
        if not walk.closed:
            felt = self.room.felt
            if self.stage == "" and felt is not None and felt[0] == walk.chosen_ns:
                # An alarm or a fault stood here after the first answer: it still holds.
                self.pain = felt[1]
                self._ask_rpe()
            elif self.stage == "":
                self._ask_pain()
            elif self.stage == "rpe" and _is_over(snapshot):
                # Nobody comes to the second question any more: the first answer is kept.
                self.stage = "left"
                self.room.post(Rate(pain=self.pain), then=lambda _refused: None)
            return
        person = self._person(walk)
        view = summary_view(snapshot, short_names(person.name)[-1] if person else "")
        past = None
        if person is not None:
            last = LAST - int(theme.portrait())
            past = trend_with(person.past, walk, self.room.past_seq, last)
        if self.stage != "results" or (view, past) != (self.view, self.trend):
            self.stage, self.view, self.trend = "results", view, past
            self._put()

    def _person(self, walk: Walk) -> Person | None:
        """Return whose walk it was, if they had a profile and are still known."""
        person = self.room.patron.person()
        return person if person is not None and person.code == walk.plan.profile_code else None

    def turn(self, by: int) -> None:
        """Another page of the results."""
        self.room.touched()
        self.index = max(0, min(len(self.names()) - 1, self.index + by))
        self._put()

    def done(self) -> None:
        """Back to the first screen."""
        self.room.post(Done(), then=lambda _refused: None)

    def _ask_pain(self) -> None:
        self.stage = "pain"
        self._ask(_("How much pain do you have now?"), range(11), faces=True).bind(
            on_chosen=self._pain_rated
        )

    def _ask_rpe(self) -> None:
        self.stage = "rpe"
        self._ask(_("How hard was it?"), range(6, 21), faces=False).bind(
            on_chosen=lambda _scale, rpe: self.room.post(
                Rate(pain=self.pain, rpe=rpe), then=lambda _refused: None
            )
        )

    def _pain_rated(self, _scale: Scale, pain: int) -> None:
        self.room.touched()
        self.pain = pain
        walk = self._snapshot.session.walk if self._snapshot is not None else None
        if walk is not None:
            self.room.felt = (walk.chosen_ns, pain)
        self._ask_rpe()

    def _ask(self, question: str, values: range, *, faces: bool) -> Scale:
        page = ScalePage()
        scale = Scale(question, values, faces=faces, back=False)
        # Whoever thinks about an answer, or changes it, is not gone.
        scale.bind(value=lambda *_: self.room.touched())
        page.add_widget(scale)
        self._show(page)
        return scale

    def names(self) -> list[str]:
        """Return the results there are, in the order in which they are shown."""
        advice = ["advice"] if self.view is not None and self.view.advice else []
        last = ["trend"] if self.trend is not None else []
        return [*advice, "figures", *last, "chart", "qr"]

    def _put(self) -> None:
        view = self.view
        if view is None:
            return
        names = self.names()
        self.index = min(self.index, len(names) - 1)
        name = names[self.index]
        titles = {
            "advice": _("Please note"),
            "figures": view.title,
            "trend": _("Your last walks"),
            "chart": _("Your speed"),
            "qr": _("For your phone"),
        }
        page = ResultPage(
            self._content(name, view),
            self.done,
            (lambda: self.turn(-1)) if self.index > 0 else None,
            (lambda: self.turn(1)) if self.index + 1 < len(names) else None,
            title=titles[name],
        )
        self._show(page)

    def _content(self, name: str, view: SummaryView) -> Widget:
        if name == "advice":
            return Reader(
                blocks=[Block(note.text, cap=theme.LEAD, bold=note.strong) for note in view.advice]
            )
        if name == "figures":
            grid = GridLayout(cols=2, spacing=theme.u(2.6))
            for figure in view.figures:
                grid.add_widget(FigureTile(name=figure.name, value=figure.value))
            return grid
        if name == "trend":
            return bars.TrendBars(trend=self.trend)
        if name == "qr":
            return QrBox(text=view.qr_text)
        walk = self._snapshot.session.walk if self._snapshot is not None else None
        if walk is None:
            return Widget()
        chart = chart_view(self.room.desk.trace(), walk)
        return ChartBox(
            view=chart,
            unit=units.speed_unit(),
            begin=chart.ends[0],
            end=chart.ends[1],
        )

    def _show(self, page: Widget) -> None:
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()


load_kv(__file__)
