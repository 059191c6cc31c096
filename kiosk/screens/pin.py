"""The PIN pad: staff clear what is latched, open gated programs, or choose their first PIN."""

from __future__ import annotations

from typing import Any, Final

from kivy.graphics import Color, Line, SmoothEllipse
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens import theme
from kiosk.screens.gauges import Drawn
from kiosk.screens.pins import PinFlow, locked_words
from kiosk.screens.room import Room
from kiosk.screens.router import STAFF, THERAPY
from kiosk.screens.widgets import Page, Tap, TouchGuard, load_kv
from kiosk.session.actions import Lock, Unlock
from kiosk.session.model import Snapshot
from kiosk.staff.model import Role

KEYS: Final = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "erase", "0", "check")
LONGEST: Final = 8
SHORTEST: Final = 4


class PinKey(Tap):
    """One key of the pad."""

    text = StringProperty("")
    icon = StringProperty("")


class PinDots(Drawn):
    """How many digits were tapped; never which."""

    redraw_on = ("count",)
    count = NumericProperty(0)

    def draw(self) -> None:
        """Filled for each digit there is, hollow up to the shortest PIN."""
        shown = max(SHORTEST, int(self.count))
        size, step = theme.u(3.4), theme.u(6.6)
        left = self.x + (self.width - (shown - 1) * step) / 2
        middle = self.y + self.height / 2
        for index in range(shown):
            x = left + index * step
            if index < self.count:
                Color(*theme.LIGHT.accent)
                SmoothEllipse(pos=(x - size / 2, middle - size / 2), size=(size, size))
            else:
                Color(*theme.LIGHT.line)
                Line(circle=(x, middle, size / 2 - theme.u(0.3)), width=theme.u(0.3))


class PinPad(BoxLayout):
    """Digits in, ``on_entered`` with the PIN out."""

    count = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        """Nothing was tapped."""
        self.register_event_type("on_entered")
        self._digits = ""
        super().__init__(**kwargs)

    def on_kv_post(self, _base: object) -> None:
        """The grid is there now: give it its keys."""
        for name in KEYS:
            is_digit = name.isdigit()
            key = PinKey(text=name if is_digit else "", icon="" if is_digit else name)
            if name == "check":
                key.kind = "primary"
            key.bind(on_tap=self._tapped)
            self.ids.grid.add_widget(key)

    def on_entered(self, pin: str) -> None:
        """Nothing by default: the page binds it."""

    def clear(self) -> None:
        """Forget what was tapped."""
        self._digits, self.count = "", 0

    def _tapped(self, key: PinKey) -> None:
        if key.icon == "erase":
            self._digits = self._digits[:-1]
        elif key.icon == "check":
            if len(self._digits) >= SHORTEST:
                pin, self._digits = self._digits, ""
                self.dispatch("on_entered", pin)
        elif len(self._digits) < LONGEST:
            self._digits += key.text
        self.count = len(self._digits)


class PadPage(Page):
    """Words beside a pad, and a way back."""

    title = StringProperty("")
    text = StringProperty("")
    wrong = BooleanProperty(False)
    back = StringProperty("")
    back_icon = StringProperty("back")
    other = StringProperty("")
    other_icon = StringProperty("person")
    lost = StringProperty("")

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Words come with the snapshots."""
        self.room = room
        super().__init__(**kwargs)

    def entered(self, pin: str) -> None:
        """A whole PIN was tapped."""

    def leave(self) -> None:
        """Out by the way one came."""

    def turn(self) -> None:
        """To the other one's PIN."""

    def forgotten(self) -> None:
        """To what helps whoever does not know the PIN."""
        self.room.go("forgotten")


class PinPage(PadPage):
    """Asks for a PIN, and says what it is for and what must be done first."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Ask for the PIN, or for the staff's first one."""
        self.flow = self._flow(room)
        super().__init__(room, back=_("Back"), **kwargs)

    @staticmethod
    def _flow(room: Room) -> PinFlow:
        therapist = room.role == "therapist"
        return PinFlow(
            is_set=room.desk.pin_is_set("staff"),
            role=room.role,
            missing=therapist and not room.desk.pin_is_set("therapist"),
        )

    def show(self, snapshot: Snapshot) -> None:
        """Say what is latched, live: its cause may go away meanwhile."""
        view = self.flow.view(
            snapshot,
            wants_program=self.room.back_to == "choose",
            opened=self.room.role in self.room.staff.state().open_roles,
            onward=self.room.back_to in STAFF | THERAPY,
            therapy=self.room.back_to in THERAPY,
        )
        self.other = self._other()
        self.lost = _("Forgotten?") if self.flow.step == "ask" else ""
        left_s = self.room.desk.pin_locked_s(self.room.role)
        if left_s > 0 and self.flow.step == "ask":
            view = view._replace(text=locked_words(left_s), wrong=True)
        self.title, self.text, self.wrong = view.title, view.text, view.wrong
        if view.finished:
            self._finish()

    def entered(self, pin: str) -> None:
        """A whole PIN was tapped."""
        asked = self.flow.entered(pin)
        if asked == "unlock":
            self._unlock(self.room.role, pin)
        elif asked == "set":
            self.room.watch(self.room.desk.set_first_pin("staff", pin), then=self._was_set(pin))

    def leave(self) -> None:
        """Back to where one came from, which is not what is behind the PIN."""
        self.room.go(self.room.cancel_to)

    def turn(self) -> None:
        """From the staff's PIN to the therapist's and back; what was tapped is forgotten."""
        staff = self.room.role == "therapist"
        self.room.role = "staff" if staff else "therapist"
        self.room.back_to = "staff" if staff else "therapy"
        self.flow = self._flow(self.room)
        self.ids.pad.clear()
        TouchGuard.took_effect()

    def _other(self) -> str:
        """Who else may come in here: only where it leads to the first of the pages behind a PIN."""
        if self.flow.step not in {"ask", "none"}:
            return ""
        onward = {"staff": _("Therapist"), "therapy": _("Staff")}
        return onward.get(self.room.back_to, "")

    def _finish(self) -> None:
        """On to where it leads; whoever set the first PIN is asked for the therapist's too."""
        missing = self.room.staff.state().pins_missing
        if self.flow.was_first and "therapist" in missing and self.room.back_to in STAFF:
            self.room.role, self.room.setting_up = "therapist", True
            self.room.go("newpin")
        else:
            self.room.go(self.room.back_to)

    def _was_set(self, pin: str) -> Any:
        def then(refused: str | None) -> None:
            self.flow.was_set(refused)
            if refused is None and self.parent is not None:
                self._unlock("staff", pin)

        return then

    def _unlock(self, role: Role, pin: str) -> None:
        flow = self.flow

        def then(refused: str | None) -> None:
            if self.parent is not None:
                flow.unlocked(refused)
                return
            # Whoever went away meanwhile leaves nothing open: no page, no program.
            self.room.leave_staff()
            self.room.post(Lock(), then=lambda _refused: None)

        self.room.post(Unlock(role=role, pin=pin), then=then)


load_kv(__file__)
