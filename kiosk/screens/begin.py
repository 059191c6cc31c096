"""The first start: a short set-up, step by step. It can be left, and goes on where it was."""

from __future__ import annotations

from typing import Any

from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens import theme
from kiosk.screens.beginning import (
    STEPS,
    Step,
    field_of,
    moved,
    place_choices,
    place_words,
    sensor_view,
    step_of,
)
from kiosk.screens.dates import day_words, here, time_words
from kiosk.screens.keyboard import TypePage
from kiosk.screens.room import Room
from kiosk.screens.settling import MOST, Field, option_tiles
from kiosk.screens.staffing import Line, TileView
from kiosk.screens.tiles import StaffText, Tiles
from kiosk.screens.widgets import TouchGuard
from kiosk.session.model import Snapshot


class BeginPage(BoxLayout):
    """One step after the other; each is kept before the next one comes."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Go on where it was left."""
        super().__init__(**kwargs)
        self.room = room
        self.page: Any = None
        self.step: Step = step_of(room.staff.preferences.state().set_up_step)
        self._snapshot: Snapshot | None = None
        self.ask(self.step)

    def show(self, snapshot: Snapshot) -> None:
        """Say what the sensor says, and the time, live."""
        self._snapshot = snapshot
        if self.step == "sensor":
            self._sensor(snapshot)
        elif self.step == "clock":
            self._time()

    def ask(self, step: Step) -> None:
        """Put a step up."""
        self.step = step
        desk = self.room.staff.preferences
        one = field_of(step, desk.bounds())
        if one is not None:
            self._choose(one, getattr(desk.state(), one.key))
            return
        match step:
            case "name":
                self._name(desk.state().site_name)
            case "sensor":
                self._show(self._text(last=_("Next"), icon="next"))
            case "calibration":
                self._calibration()
            case "clock":
                page = self._text(last=_("It is right"), icon="check")
                page.extra, page.extra_icon = _("Set"), "clock"
                page.go_aside, page.go_on = lambda: self._leave_for("clock"), self._confirm
                self._show(page)
            case _:
                self._done()
        if self._snapshot is not None:
            self.show(self._snapshot)

    def onward(self, **values: Any) -> None:
        """Keep what was chosen, and go on."""
        following = moved(self.step, 1) or STEPS[-1]
        page = StaffText(title=_("One moment."))
        self._show(page)
        asked = self.room.staff.preferences.change(**values, set_up_step=following)

        def then(refused: str | None) -> None:
            if self.page is not page:
                return  # somebody left meanwhile
            if refused is None:
                self.room.settle()
                self.ask(following)
            else:
                self._refused(refused)

        self.room.watch(asked, then)

    def backward(self) -> None:
        """One step back; from the first one out."""
        before = moved(self.step, -1)
        if before is None:
            self.room.go("staff")
        else:
            self.ask(before)

    # --- steps ------------------------------------------------------------------------------

    def _choose(self, one: Field, value: Any) -> None:
        def taken(key: str) -> None:
            if key == "about":
                self._about(one)
            else:
                self.onward(**{one.key: one.options[int(key)].value})

        page = Tiles(taken, self.backward)
        page.head.title, page.head.corner = [one.name], _("Back")
        page.head.told, page.head.good = place_choices(self.step), False
        about = (TileView("about", _("What is that?"), (), "info"),) if one.about else ()
        page.put((*option_tiles(one, value), *about))
        self._show(page)

    def _about(self, one: Field) -> None:
        page = StaffText(title=one.name, last=_("Back"), last_icon="back")
        page.go_on = lambda: self.ask(self.step)
        page.put([Line(one.about)])
        self._show(page)

    def _name(self, name: str) -> None:
        text = "" if name == "Sternway" else name
        title = _("Name") if theme.portrait() else _("Name of the place")
        page = TypePage(self.backward, text, most=MOST["site_name"], title=title)
        page.told = place_choices(self.step)[-1]
        page.done, page.hint = _("Next"), _("as people know it")
        page.bind(on_typed=lambda _page, typed: self.onward(site_name=typed))
        self._show(page)

    def _sensor(self, snapshot: Snapshot) -> None:
        view = sensor_view(snapshot)
        page = self.page
        if not isinstance(page, StaffText) or not page.back:
            return  # a moment in which the step is being kept
        page.title, page.good = view.title, view.well
        page.mark = "check" if view.well else "warning"
        page.last = _("Next") if view.well else _("Later")
        page.put([Line(text) for text in view.lines])

    def _calibration(self) -> None:
        calibrated = self.room.staff.preferences.state().calibrated
        page = self._text(last=_("Next") if calibrated else _("Later"), icon="next")
        page.title = _("Calibration")
        page.extra, page.extra_icon = _("Calibrate"), "belt"
        page.go_aside = lambda: self._leave_for("calibrate")
        if calibrated:
            page.mark = "check"
            page.put([Line(_("The belt is calibrated. You can do it again."))])
        else:
            page.put(
                [
                    Line(_("How far the belt moves for each count of the sensor.")),
                    Line(_("It takes some minutes. Before that nobody can walk here."), "strong"),
                ]
            )
        self._show(page)

    def _time(self) -> None:
        page = self.page
        if not isinstance(page, StaffText) or not page.extra:
            return
        clock = self.room.staff.state().clock
        now = here(clock)
        page.title = time_words(now)
        page.put([Line(day_words(now)), Line(_("Is that right?"))])

    def _confirm(self) -> None:
        self.room.watch(self.room.staff.confirm_clock())
        self.onward()

    def _done(self) -> None:
        page = self._text(last=_("Done"), icon="check")
        state = self.room.staff.preferences.state()
        page.title, page.mark = _("Ready"), "check"
        lines = [Line(_("{name} is set up.").format(name=state.site_name))]
        if not state.calibrated:
            page.title, page.mark, page.good = _("Nearly ready"), "warning", False
            lines.append(Line(_("The belt is still to be calibrated, under Machine."), "strong"))
        lines.append(Line(_("All of it can be changed under Settings.")))
        page.put(lines)
        page.go_on = self._finish
        self._show(page)

    def _finish(self) -> None:
        asked = self.room.staff.preferences.change(set_up=True, set_up_step="")

        def then(refused: str | None) -> None:
            if refused is None:
                self.room.go("staff")
            else:
                self._refused(refused)

        self.room.watch(asked, then)

    def _leave_for(self, page: str) -> None:
        """To another page; its "Back" leads to this step again."""
        self.room.watch(
            self.room.staff.preferences.change(set_up_step=self.step),
            then=lambda _refused: self.room.go(page, back="begin"),
        )

    def _refused(self, text: str) -> None:
        page = StaffText(title=_("Not set"), mark="warning", good=False, last=_("Back"))
        page.last_icon, page.go_on = "back", lambda: self.ask(self.step)
        page.put([Line(text)])
        self._show(page)

    # --- what is up -------------------------------------------------------------------------

    def _text(self, *, last: str, icon: str) -> StaffText:
        page = StaffText(back=_("Back"), last=last, last_icon=icon, told=place_words(self.step))
        page.go_back, page.go_on = self.backward, self.onward
        return page

    def _show(self, page: Any) -> None:
        self.page = page
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()
