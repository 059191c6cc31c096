"""The calibration: the belt's length, then two passes of whole turns from mark to mark."""

from __future__ import annotations

from typing import Any, Final

from kivy.properties import NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.care.measuring import BELT_MM, USUAL_TURNS
from kiosk.cues.texts import _
from kiosk.screens.calibrating import interrupted_words, measure_view
from kiosk.screens.guide import Guide
from kiosk.screens.machine import CarePage
from kiosk.screens.room import Room
from kiosk.screens.staffing import Line
from kiosk.screens.steppers import Stepper
from kiosk.screens.tiles import StaffText
from kiosk.screens.widgets import Page, TouchGuard, load_kv
from kiosk.session.model import Snapshot

DIGITS: Final = (1000, 100, 10, 1)
USUAL_MM: Final = 3000


class LengthPage(Page):
    """The belt's length, digit by digit; it stays within what a belt can have."""

    length_mm = NumericProperty(USUAL_MM)
    text = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:
        """``on_take`` comes with the button."""
        self.register_event_type("on_take")
        super().__init__(**kwargs)
        self.head = self.ids.head
        self._steppers: dict[int, Stepper] = {}
        for digit in DIGITS:
            stepper = Stepper()
            stepper.ids.up.bind(on_step=lambda *_, by=digit: self._step(by))
            stepper.ids.down.bind(on_step=lambda *_, by=-digit: self._step(by))
            self._steppers[digit] = stepper
            self.ids.place.add_widget(stepper)
        self._tell()

    def on_take(self) -> None:
        """Nothing by default: the page binds it."""

    def _step(self, by: int) -> None:
        self.length_mm = min(BELT_MM[1], max(BELT_MM[0], self.length_mm + by))
        self._tell()

    def _tell(self) -> None:
        for digit, stepper in self._steppers.items():
            stepper.value = str(int(self.length_mm) // digit % 10)
        self.text = _("The belt is {mm} mm long").format(mm=int(self.length_mm))


class CalibratePage(CarePage):
    """Explains, asks for the length, leads through both passes, saves."""

    outlives = True
    """A refusal that lies over it must not cost what was turned."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """At its beginning."""
        super().__init__(room, **kwargs)
        self.guide: Guide | None = None
        self._lost = interrupted_words(self.care.state().measure)
        self.care.end_measure()
        self._explain()

    def show(self, snapshot: Snapshot) -> None:
        """The step at hand, live."""
        super().show(snapshot)
        if self.guide is not None:
            self.guide.put(measure_view(self.care.state(), snapshot.status))

    def tapped(self, key: str) -> None:
        """Do what a button says."""
        care, watch = self.care, self.room.watch
        if key == "mark":
            care.take_permit()
            watch(care.mark())
        elif key == "permit":
            watch(care.enter_service(), self._permit)
        elif key in {"right", "slip"}:
            watch(care.agree(right=key == "right"))
        elif key == "go_on":
            watch(care.go_on())
        elif key == "again":
            watch(care.again())
        elif key == "save":
            watch(care.save_measure())
        else:
            care.end_measure()
            self.leave()

    def _permit(self, refused: str | None) -> None:
        if refused is None:
            self.room.watch(self.care.give_permit())
        else:
            self.room.notice = refused

    def _explain(self) -> None:
        page = StaffText(title=_("Calibration"), back=_("Back"), last=_("Next"), last_icon="next")
        page.go_back, page.go_on = self.leave, self._ask_length
        lost = [Line(self._lost, "bad")] if self._lost else []
        page.put(
            [
                *lost,
                Line(_("So that every speed is right, the kiosk learns how long your belt is.")),
                Line(_("1. Put a mark across the belt, and one beside it on the frame.")),
                Line(_("2. Measure the whole belt once round with a tape, in millimetres.")),
                Line(_("3. Turn it {n} times from mark to mark, twice.").format(n=USUAL_TURNS)),
                Line(_("Nobody may stand on the belt."), "strong"),
            ]
        )
        self._show(page)

    def _ask_length(self) -> None:
        page = LengthPage()
        page.head.title = [_("How long is the belt?"), _("Belt's length")]
        page.head.corner = _("Back")
        page.head.bind(on_leave=lambda *_: self._explain())
        page.bind(on_take=lambda *_: self._begin(int(page.length_mm)))
        self._show(page)

    def _begin(self, belt_mm: int) -> None:
        self.room.watch(self.care.begin_measure(belt_mm, USUAL_TURNS), self._begun)

    def _begun(self, refused: str | None) -> None:
        if refused is not None:
            self.room.notice = refused
            return
        guide = Guide(self.room, self.tapped)
        self._show(guide)
        self.guide = guide

    def _show(self, page: BoxLayout) -> None:
        self.guide = None
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()


load_kv(__file__)
