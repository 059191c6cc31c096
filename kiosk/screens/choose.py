"""The programs as cards, and one of them with its minutes, its purpose and its evidence."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.cues.texts import _
from kiosk.screens import bars, theme  # noqa: F401 - choose.kv names its PlanBars
from kiosk.screens.about import TextPage
from kiosk.screens.persons import incline_words, step_bars
from kiosk.screens.presenters import CardView, card_view
from kiosk.screens.reader import Block, heading
from kiosk.screens.room import Room
from kiosk.screens.widgets import Page, Tap, load_kv
from kiosk.session.actions import Cancel, Choose
from kiosk.session.model import Snapshot
from profiles.model import Program


class ProgramCard(Tap):
    """One program: its name, how fast, how steep. What it is for is told when it is tapped."""

    name = StringProperty("")
    numbers = ListProperty([])
    length = ListProperty([])
    incline = StringProperty("")
    locked = BooleanProperty(False)

    def __init__(self, view: CardView, **kwargs: Any) -> None:
        """Show a program."""
        super().__init__(**kwargs)
        self.view = view
        self.name, self.locked = view.name, view.locked
        facts = {"minutes": view.minutes, "speed": view.speed, "incline": view.incline}
        self.numbers = [_("{minutes}, {speed}").format(**facts), view.speed]
        self.length = [view.minutes]
        if view.steep:
            self.incline = view.incline
            self.length = [_("{minutes}, {incline}").format(**facts), view.minutes]
        if view.locked:
            self.length = [_("with staff")]


class ChooseTitle(BoxLayout):
    """What there is to do."""


class ProfileTile(Tap):
    """The door for somebody with a profile."""


class ChoosePage(Page):
    """All programs at once, and the door for somebody with a profile."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """The cards come with the first snapshot."""
        self.room = room
        self.unlocked: bool | None = None
        super().__init__(**kwargs)
        # Kept here: an id alone does not keep what is taken off the page.
        self._door, leave = ProfileTile(), self.ids.leave.__self__
        self._door.bind(on_tap=lambda _tile: self.room.go("who"))
        if theme.portrait():
            self.ids.head.remove_widget(leave)
            self.ids.foot.add_widget(leave)
            self.ids.foot.add_widget(self._door)
        else:
            # A field beside the programs' has the door in it.
            self.remove_widget(self.ids.foot)

    def show(self, snapshot: Snapshot) -> None:
        """Make the cards, again when staff unlock."""
        if snapshot.unlocked == self.unlocked:
            return
        self.unlocked = snapshot.unlocked
        grid = self.ids.grid
        grid.clear_widgets()
        for program in self.room.desk.programs().values():
            card = ProgramCard(card_view(program, snapshot.unlocked))
            card.bind(on_tap=self.chosen)
            grid.add_widget(card)
        if not theme.portrait():
            grid.add_widget(self._door)

    def leave(self) -> None:
        """Back to the first screen; what the staff opened closes with it."""
        self.room.post(Cancel(), then=lambda _refused: None)
        self.room.go("home")

    def chosen(self, card: ProgramCard) -> None:
        """On to the program, or to the PIN pad."""
        self.room.program_id, self.room.minutes = card.view.program_id, None
        if card.view.locked:
            self.room.pin("choose")
        else:
            self.room.go("detail")


class DetailPage(Page):
    """One program: choose its minutes, read about it, take it."""

    name = StringProperty("")
    tagline = StringProperty("")
    numbers = ListProperty([""])
    steps = ObjectProperty(())
    length = StringProperty("")
    several = BooleanProperty(False)

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Show the program that was tapped."""
        self.room = room
        self.program: Program = room.desk.programs()[room.program_id or ""]
        super().__init__(**kwargs)
        view = card_view(self.program, True)
        self.name, self.tagline = view.name, view.tagline
        incline = incline_words(self.program.steps(self.program.default_minutes))
        both = _("{speed}, {incline}").format(speed=view.speed, incline=incline)
        short = _("{speed}, {incline}").format(speed=view.speed, incline=view.incline)
        self.numbers = [both, short, view.speed] if incline else [view.speed]
        self.several = len(self.program.minutes) > 1
        self._length(self.room.minutes or self.program.default_minutes)

    def show(self, snapshot: Snapshot) -> None:
        """Nothing here changes by itself."""

    def shorter(self) -> None:
        """The next shorter length there is."""
        self._step(-1)

    def longer(self) -> None:
        """The next longer length there is."""
        self._step(1)

    def _step(self, by: int) -> None:
        lengths = self.program.minutes
        index = lengths.index(self.room.minutes or self.program.default_minutes) + by
        self._length(lengths[max(0, min(len(lengths) - 1, index))])

    def _length(self, minutes: int) -> None:
        self.room.minutes = minutes
        self.steps = step_bars(self.program.steps(minutes))
        self.length = _("{n} min").format(n=minutes)

    def more(self) -> None:
        """Read what it is for and what is known about it."""
        self.room.go("more")

    def choose(self) -> None:
        """Begin."""
        self.room.post(Choose(program=self.program.id, minutes=self.room.minutes))


class MorePage(TextPage):
    """What a program is for, how much of it, what is known, and the disclaimer."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Take the program's texts."""
        super().__init__(room, **kwargs)
        program = room.desk.programs()[room.program_id or ""]
        grade = _("Evidence: {grade}").format(grade=_(program.evidence_grade))
        self.blocks = [
            heading(_(program.name)),
            Block(_(program.purpose)),
            heading(_("How much")),
            Block(_(program.dose)),
            heading(grade),
            Block(_(program.evidence)),
            heading(_("Not medical advice")),
            Block(_(program.disclaimer)),
        ]

    def leave(self) -> None:
        """Back to the program."""
        self.room.go("detail")


load_kv(__file__)
