"""The clock: what it says in words that nobody can misread, and setting it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens.dates import (
    DAY_PARTS,
    TIME_PARTS,
    day_words,
    here,
    time_words,
    to_utc,
    weekday_words,
    within_bounds,
)
from kiosk.screens.room import Room
from kiosk.screens.staffing import Line
from kiosk.screens.steppers import StepPage
from kiosk.screens.tiles import StaffText
from kiosk.screens.widgets import Page, TouchGuard, load_kv
from kiosk.session.model import Snapshot


class ClockFace(Page):
    """The time there is, large, and whether anyone vouched for it."""

    flow = ObjectProperty(None)
    day = StringProperty("")
    time = StringProperty("")
    zone = StringProperty("")
    told = StringProperty("")
    trusted = BooleanProperty(True)


class ClockPage(BoxLayout):
    """Shows the clock; takes "it is right", or another time."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Begin with the time there is."""
        super().__init__(**kwargs)
        self.room = room
        self.face: ClockFace | None = None
        self.look()

    def show(self, snapshot: Snapshot) -> None:
        """Tell the time, live."""
        if self.face is None:
            return
        clock = self.room.staff.state().clock
        now = here(clock)
        self.face.day, self.face.time, self.face.zone = (
            day_words(now),
            time_words(now),
            _short(clock.zone),
        )
        self.face.trusted = clock.trusted
        self.face.told = _("Confirmed.") if clock.trusted else _("Not confirmed: is it right?")

    def look(self) -> None:
        """Show the time there is."""
        self.face = ClockFace(flow=self)
        self._show(self.face)

    def confirm(self) -> None:
        """Someone looked: it is right."""
        if self.room.staff.state().clock.trusted:
            self.leave()
        else:
            self.room.watch(self.room.staff.confirm_clock())

    def set(self) -> None:
        """On to the steppers, from the time there is."""
        self._steps(within_bounds(here(self.room.staff.state().clock)))

    def leave(self) -> None:
        """Back to the settings."""
        self.room.back("settings")

    def _steps(self, when: datetime) -> None:
        page = StepPage(when, (*DAY_PARTS, *TIME_PARTS), _words)
        page.head.title, page.head.corner = [_("Set the clock"), _("Set")], _("Back")
        page.head.bind(on_leave=lambda *_: self.look())
        page.bind(on_take=lambda *_: self._take(page.steppers.when))
        self._show(page)

    def _take(self, when: datetime) -> None:
        asked = self.room.staff.set_clock(to_utc(when, self.room.staff.state().clock.zone))

        def then(refused: str | None) -> None:
            if refused is None:
                self.look()
            else:
                self._refused(refused, when)

        self.room.watch(asked, then)

    def _refused(self, text: str, when: datetime) -> None:
        page = StaffText(title=_("Not set"), mark="warning", good=False, last=_("Back"))
        page.last_icon = "back"
        page.go_on = lambda: self._steps(when)
        page.put([Line(text)])
        self._show(page)

    def _show(self, page: Any) -> None:
        if page is not self.face:
            self.face = None
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()


def _short(zone: str) -> str:
    """Return a zone's name where it tells something, as UTC does; a city's is the place's own."""
    return zone if len(zone) <= 4 else ""


def _words(when: datetime) -> str:
    words = _("Set to {day}, {time}")
    return words.format(day=weekday_words(when), time=time_words(when))


load_kv(__file__)
