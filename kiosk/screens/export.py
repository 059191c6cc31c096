"""The export: what is up follows from the desk's state first, then from what staff ask for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens import exporting, gauges  # noqa: F401 - export.kv names its ShareBar
from kiosk.screens.choice import WHO
from kiosk.screens.dates import DAY_PARTS
from kiosk.screens.room import Room
from kiosk.screens.staffing import OVER, RUNNING, Line
from kiosk.screens.steppers import StepPage
from kiosk.screens.sticks import StickChooser
from kiosk.screens.tiles import StaffText, Tiles
from kiosk.screens.widgets import Page, Tap, TouchGuard, load_kv
from kiosk.session.model import Snapshot
from kiosk.staff.model import StaffState
from kiosk.sticks.model import Stick


class NamesTile(Tap):
    """One way to export persons, and what it means."""

    name = StringProperty("")
    text = StringProperty("")


class NamesPage(Page):
    """Both ways."""


class RunPage(Page):
    """Writing or reading back: how far it is."""

    title = StringProperty("")
    percent = StringProperty("")
    share = NumericProperty(0.0)
    amount = StringProperty("")
    left = StringProperty("")
    stoppable = BooleanProperty(True)
    cancelling = BooleanProperty(False)

    def __init__(self, flow: ExportPage, **kwargs: Any) -> None:
        """Everything comes with the states."""
        self.flow = flow
        super().__init__(**kwargs)

    def put(self, state: StaffState) -> None:
        """Show how far it is, live."""
        wish = state.export.wish
        label = exporting.label_of(wish.stick_id if wish else "", state.sticks)
        view = exporting.run_view(state.export, label, cancelling=self.cancelling)
        self.title, self.percent, self.share = view.title, view.percent, view.share
        self.amount, self.left, self.stoppable = view.amount, view.left, view.stoppable


class ExportPage(BoxLayout):
    """Leads from the stick to "safe to remove"."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """The first state tells where it stands."""
        super().__init__(**kwargs)
        self.room = room
        self.choice = room.choice
        self.part = ""
        self.page: Any = None
        self.day_page: StepPage | None = None
        self._puts: dict[str, Callable[[StaffState], None]] = {
            "overview": lambda s: self.page.put(exporting.overview_tiles(self.choice, s.sticks)),
            "days": lambda s: self.page.put(exporting.days_tiles(self.choice, s.clock)),
            "files": lambda _s: self.page.put(exporting.files_tiles(self.choice)),
            "who": lambda _s: self.page.put(exporting.who_tiles(self.choice)),
            "over": self._put_over,
            "planned": self._put_plan,
        }

    @property
    def holds(self) -> bool:
        """Whether it stays though nobody touches it: it is being written."""
        return self.room.staff.state().export.phase in RUNNING

    @property
    def public(self) -> bool:
        """Whether it may be seen without the PIN: how an export goes, and how it ended."""
        return self.room.staff.state().export.phase in RUNNING | OVER

    def show(self, snapshot: Snapshot) -> None:
        """Bring the page up to the desk's state."""
        state = self.room.staff.state()
        part = self.choice.part(state)
        chooser = part in {"insert", "unusable", "sticks"}
        kind = "stick" if chooser else part
        if kind != self.part:
            self.part = kind
            self._show(self._make(kind, state))
        put = self._puts.get(kind)
        if put is not None:
            put(state)
        elif kind in {"stick", "running"}:
            self.page.put(state)

    # --- what can be tapped ----------------------------------------------------------------

    def leave(self) -> None:
        """Back to the staff's first screen, or out where their PIN has run out."""
        opened = "staff" in self.room.staff.state().open_roles
        self.room.go("staff" if opened else "home")

    def step(self, step: str) -> None:
        """Another page of what is chosen."""
        if step == "plan":
            self.plan()
        else:
            self.choice.step = step

    def plan(self) -> None:
        """Look what it would be."""
        clock = self.room.staff.state().clock
        self.room.watch(self.room.staff.plan_export(self.choice.wish(clock)))

    def start(self) -> None:
        """Write it."""
        self.room.watch(self.room.staff.start_export())

    def cancel(self) -> None:
        """Stop it now, with no question and no PIN: nothing that was kept is lost by it."""
        self.room.staff.cancel_export()
        if isinstance(self.page, RunPage):
            self.page.cancelling = True
            self.page.put(self.room.staff.state())

    def away(self) -> None:
        """Let it go on, and give the screen back to the patrons."""
        self.room.go("home")

    def again(self) -> None:
        """Back to what is chosen: a plan is forgotten, an export that is over is put away."""
        if "staff" not in self.room.staff.state().open_roles:
            self.room.pin("export")
            return
        self.room.staff.end_export()
        self.choice.step = "overview"

    def over(self) -> None:
        """Read: put it away."""
        self.room.staff.end_export()
        self.choice.step = "overview"
        self.leave()

    def clean_up(self) -> None:
        """Delete what earlier exports left unfinished; the desk plans anew after it."""
        wish = self.room.staff.state().export.wish
        if wish is not None:
            self.room.watch(self.room.staff.forget_export_folders(wish.stick_id))

    # --- the pages ---------------------------------------------------------------------------

    def _make(self, part: str, state: StaffState) -> Any:
        match part:
            case "overview":
                return self._tiles([_("Export")], self.step, self.leave)
            case "days":
                return self._tiles([_("Which days?")], self._days, self._overview)
            case "files":
                return self._tiles([_("Which files?")], self._files, self._overview)
            case "who":
                return self._tiles([_("Whose sessions?"), _("Whose?")], self._who, self._overview)
            case "names":
                return self._names(state)
            case "from" | "until":
                return self._day(part)
            case "planned":
                return StaffText(go_back=self.again, back=_("Back"))
            case "running":
                return RunPage(self)
            case "over":
                return StaffText()
            case "planning":
                page = StaffText(title=_("One moment"), back=_("Cancel"), back_icon="cross")
                page.go_back = self.again
                page.put([Line(_("Looking at the stick and the log."))])
                return page
        return StickChooser(
            _("Export"), self._stick, self._stick_back, current=self.choice.stick_id
        )

    def _tiles(
        self, title: list[str], tapped: Callable[[str], None], leave: Callable[[], None]
    ) -> Tiles:
        tiles = Tiles(tapped, leave)
        tiles.head.title, tiles.head.corner = title, _("Back")
        return tiles

    def _overview(self) -> None:
        self.choice.step = "overview"

    def _stick(self, stick: Stick) -> None:
        self.choice.stick_id, self.choice.step = stick.id, "overview"

    def _stick_back(self) -> None:
        if self.choice.step == "sticks" and self.choice.stick_id is not None:
            self.choice.step = "overview"
        else:
            self.choice.step = "overview"
            self.leave()

    def _days(self, key: str) -> None:
        if key == "clock":
            self.room.go("clock", back="export")
        elif key == "own":
            self.choice.own_days(self.room.staff.state().clock)
            self.choice.step = "from"
        else:
            self.choice.days = None if key == "all" else int(key)
            self.choice.step = "overview"

    def _who(self, key: str) -> None:
        self.choice.who = next(who for who in WHO if who == key)
        self.choice.step = "overview"

    def _files(self, key: str) -> None:
        if key == "done":
            self.choice.step = "overview"
        else:
            self.choice.toggle(key)

    def _day(self, which: str) -> StepPage:
        when = exporting.asked_day(self.choice, which)
        page = StepPage(when, DAY_PARTS, lambda when: exporting.day_told(when, which))
        title = _("First day") if which == "from" else _("Last day")
        page.head.title, page.head.corner = [title], _("Back")
        page.head.bind(on_leave=lambda *_: self.step("days" if which == "from" else "from"))
        page.bind(on_take=lambda *_: self._day_taken(which, page.steppers.when))
        return page

    def _day_taken(self, which: str, when: datetime) -> None:
        if which == "from":
            self.choice.since, self.choice.step = when.date(), "until"
        else:
            self.choice.until, self.choice.days, self.choice.step = when.date(), -1, "overview"

    def _names(self, state: StaffState) -> NamesPage:
        page = NamesPage()
        page.ids.head.title, page.ids.head.corner = [_("Privacy")], _("Back")
        page.ids.head.bind(on_leave=lambda *_: self._overview())
        for view in exporting.names_views(self.choice, state.clinic_key):
            tile = NamesTile(name=view.name, text=view.text)
            tile.kind = "chosen" if view.chosen else "plain"
            tile.bind(on_tap=lambda *_, key=view.key: self._named(key))
            page.ids.list.add_widget(tile)
        return page

    def _named(self, key: str) -> None:
        state = self.room.staff.state()
        if key == "random":
            self.choice.identified, self.choice.step = False, "overview"
        elif state.clinic_key is None:
            self.choice.step = "overview"
            self.room.go("key", back="export")
        elif "therapist" in state.pins_missing:
            self.room.notice = _("There is no therapist's PIN yet. Choose one under PINs.")
        else:
            self.choice.identified, self.choice.step = True, "overview"
            if "therapist" not in state.open_roles:
                self.room.pin("export", "therapist")

    def _put_plan(self, state: StaffState) -> None:
        plan, wish = state.export.plan, state.export.wish
        if plan is None:
            return
        label = exporting.label_of(wish.stick_id if wish else "", state.sticks)
        lines = exporting.plan_lines(plan, label, wish)
        possible = plan.obstacle is None and plan.sessions > 0
        self.page.good, self.page.mark = possible, "" if possible else "warning"
        self.page.title = "" if possible else lines[0].text
        self.page.put(lines if possible else lines[1:])
        self.page.last = _("Start") if possible else ""
        self.page.last_icon, self.page.go_on = "play", self.start
        self.page.extra = _("Clean up") if plan.unfinished else ""
        self.page.extra_icon, self.page.go_aside = "cross", self.clean_up

    def _put_over(self, state: StaffState) -> None:
        view = exporting.over_view(state.export, state.sticks)
        page = self.page
        page.mark, page.good, page.title = view.mark, view.good, view.title
        page.put(view.lines)
        page.last, page.go_on = _("Done"), self.over
        page.back, page.back_icon, page.go_back = _("Again"), "redo", self.again

    def _show(self, page: Any) -> None:
        self.page = page
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()


load_kv(__file__)
