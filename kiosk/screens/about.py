"""Pages to read: about walking backwards, why no walk can start, a refusal, and the calm page."""

from __future__ import annotations

from typing import Any, Final

from kivy.properties import BooleanProperty, ListProperty, StringProperty

from kiosk.cues.stops import STEP_OFF
from kiosk.cues.texts import _
from kiosk.cues.words import HOLD_UNTIL
from kiosk.screens import router
from kiosk.screens.presenters import idle_view
from kiosk.screens.reader import Block, heading
from kiosk.screens.room import Room
from kiosk.screens.widgets import Page, load_kv
from kiosk.session.model import Snapshot

PICTURES: Final = {
    "Why walk backwards?": "walker",
    "Lower back pain": "person",
    "Stiff big toe": "walks",
    "Ankle sprains": "slope",
    "What is known": "bars",
    "Whom to ask here": "badge",
}
"""A picture for each section of the page about it all, by its English title."""


class TextPage(Page):
    """Texts under their headings, over several pages where they need them."""

    blocks = ListProperty([])
    last = StringProperty("")
    last_icon = StringProperty("check")

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """``last`` is the button of the last page."""
        self.room = room
        super().__init__(**kwargs)
        # Not a default of the class: that would be in the language of the day it was read.
        self.last = _("Done")

    def show(self, snapshot: Snapshot) -> None:
        """Texts do not change with the session."""

    def back(self) -> None:
        """A page back, or out."""
        if self.ids.reader.index > 0:
            self.ids.reader.index -= 1
        else:
            self.leave()

    def onward(self) -> None:
        """A page on, or done."""
        if self.ids.reader.index + 1 < self.ids.reader.count:
            self.ids.reader.index += 1
        else:
            self.done()

    def leave(self) -> None:
        """Out by the way one came."""
        self.room.go("home")

    def done(self) -> None:
        """Read to the end."""
        self.leave()


class AboutPage(TextPage):
    """About walking backwards, one tap from the first screen."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Take the page's texts."""
        super().__init__(room, **kwargs)
        blocks = []
        for section in room.about.sections:
            blocks.append(heading(_(section.title), PICTURES.get(section.title, "info")))
            blocks += [Block(_(text)) for text in section.paragraphs]
        self.blocks = blocks


class BlockedPage(TextPage):
    """Why no walk can start: what, what to do first, and who can clear it."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """The last button leads to the PIN pad where staff can clear it."""
        super().__init__(room, **kwargs)
        self.staff = False

    def show(self, snapshot: Snapshot) -> None:
        """List what blocks; go back by itself as soon as nothing does."""
        blocked = idle_view(snapshot).blocked
        if not blocked:
            self.room.go("home")
            return
        blocks = []
        for item in blocked:
            blocks += [heading(item.what), Block(item.do), Block(item.who, bold=True)]
        latched = snapshot.status is not None and bool(snapshot.status.latched)
        if blocks != self.blocks:
            self.blocks = blocks
        if latched != self.staff:
            self.staff = latched
            self.last = _("Staff") if latched else _("Done")
            self.last_icon = "lock" if latched else "check"

    def done(self) -> None:
        """Staff clear what staff clear."""
        if self.staff:
            self.room.pin("home")
        else:
            self.leave()


class NoticePage(TextPage):
    """One sentence that says why something was refused."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Show the sentence that the desk gave."""
        super().__init__(room, **kwargs)
        self.blocks = [heading(_("Not possible now")), Block(room.notice or "")]

    def leave(self) -> None:
        """Read: go on where one was."""
        self.room.notice = None


class FaultPage(Page):
    """A screen failed: calm words, no traceback, and STOP while anybody may be walking.

    The walk is stopped by then (``Shell.fault``): what is left to do is to hold on until the belt
    stands. STOP stops it again, should that have failed too.
    """

    stoppable = BooleanProperty(False)
    do = StringProperty("")
    call = StringProperty("")

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Nothing to know: it must not fail too."""
        self.room = room
        super().__init__(**kwargs)

    def show(self, snapshot: Snapshot) -> None:
        """Keep STOP as long as the session moves, dark as every screen is that has it."""
        self.stoppable = snapshot.session.phase in router.MOVING
        if self.stoppable:
            rested = snapshot.status is not None and snapshot.status.at_rest is True
            self.do = _(STEP_OFF if rested else HOLD_UNTIL)
            self.call = _("Call the staff.")
        else:
            self.do, self.call = _("One moment, please. Call the staff."), ""


load_kv(__file__)
