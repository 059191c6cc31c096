"""Something that is put onto a stick: choose one, wait, and be told when it may be taken out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens.room import Room
from kiosk.screens.staffing import Line
from kiosk.screens.sticks import StickChooser
from kiosk.screens.tiles import StaffText
from kiosk.screens.widgets import TouchGuard
from kiosk.session.model import Snapshot
from kiosk.sticks.model import Stick


class StickJob(BoxLayout):
    """A page that ends on a stick; subclasses say what and how."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Begin with :meth:`begin`."""
        super().__init__(**kwargs)
        self.room = room
        self.page: Any = None
        self.stick: Stick | None = None
        self._pending: Future[Any] | None = None
        self._ended = False
        self.begin()

    @property
    def holds(self) -> bool:
        """Whether it stays though nobody touches it: it is being written."""
        return self._pending is not None

    @property
    def public(self) -> bool:
        """Whether it stays though the PIN has run out meanwhile: it says how it went."""
        return self._pending is not None or self._ended

    def show(self, snapshot: Snapshot) -> None:
        """Keep up with the sticks; a chosen one that is gone leads back to the choice."""
        state = self.room.staff.state()
        if isinstance(self.page, StickChooser):
            self.page.put(state)
        elif (
            self.stick is not None
            and not self.public
            and self.stick.id not in {stick.id for stick in state.sticks}
        ):
            self.choose()

    def begin(self) -> None:
        """The first page."""
        self.choose()

    def choose(self) -> None:
        """Choose a stick."""
        self.stick = None
        self.put_up(StickChooser(self.title(), self.chosen, self.leave))
        self.page.put(self.room.staff.state())

    def title(self) -> str:
        """What it is called."""
        raise NotImplementedError

    def chosen(self, stick: Stick) -> None:
        """A stick was chosen."""
        self.stick = stick
        self.ready(stick)

    def ready(self, stick: Stick) -> None:
        """Say what will be put on it."""
        raise NotImplementedError

    def leave(self) -> None:
        """Back to where it was asked for, or out where the PIN has run out."""
        opened = "therapist" in self.room.staff.state().open_roles
        self.room.go(self.home() if opened else "home")

    def home(self) -> str:
        """Where it was asked for."""
        raise NotImplementedError

    def run(self, asked: Future[Any], told: Callable[[Any], Sequence[Line]]) -> None:
        """Wait for it; ``told`` says what stands on the stick then."""
        self._pending = asked
        page = StaffText(title=_("One moment"))
        page.put([Line(_("It is being written. Leave the stick in."))])
        self.put_up(page)

        def then(refused: str | None) -> None:
            self._pending, self._ended = None, True
            if refused is not None:
                self.end(_("Not written"), [Line(refused)], good=False)
            else:
                self.end(_("Safe to remove the stick"), told(asked.result()))

        self.room.watch(asked, then)

    def end(self, title: str, lines: Sequence[Line], *, good: bool = True) -> None:
        """Say how it went."""
        page = StaffText(title=title, good=good, mark="check" if good else "warning")
        page.put(lines)
        page.last, page.go_on = _("Done"), self.leave
        if not good:
            page.back, page.back_icon, page.go_back = _("Again"), "redo", self.again
        self.put_up(page)

    def again(self) -> None:
        """From the choice of a stick."""
        self._ended = False
        self.choose()

    def put_up(self, page: Any) -> None:
        """Show a page."""
        self.page = page
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()
