"""Before a walk: the disclaimer, five questions, the pain now, and the rules.

Whom a therapist has asked already is not asked again.

One question a page: at sizes a patient can read and hit, five do not fit on a small screen, and
one at a time is read. A "yes" ends here, kindly.
"""

from __future__ import annotations

from typing import Any, Final

from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from hardware.link import RailsMode
from kiosk.cues.belt import starting
from kiosk.cues.texts import _
from kiosk.cues.words import three_rules
from kiosk.screens.about import TextPage
from kiosk.screens.persons import contact
from kiosk.screens.reader import Block, heading
from kiosk.screens.room import Room
from kiosk.screens.scale import Scale, ScalePage
from kiosk.screens.widgets import Page, TouchGuard, load_kv
from kiosk.session.actions import Brief, Cancel
from kiosk.session.model import Snapshot

PAIN: Final = range(11)
_HANDS: Final[dict[RailsMode, str]] = {"both": "both", "one": "hold-right", "none": "free"}


class QuestionPage(Page):
    """One screening question."""

    flow = ObjectProperty(None)
    number = StringProperty("")
    text = StringProperty("")


class HaltPage(Page):
    """No walk today, said kindly, and whom to see."""

    flow = ObjectProperty(None)
    text = StringProperty("")
    contact = StringProperty("")


class FlowText(TextPage):
    """A text within the briefing: its ends lead on and back."""

    def __init__(self, flow: BriefingPage, blocks: list[Block], last: str) -> None:
        """Show blocks; ``last`` is the button that leads on."""
        super().__init__(flow.room)
        self.flow, self.blocks = flow, blocks
        self.last, self.last_icon = last, "next"

    def leave(self) -> None:
        """To the page before."""
        self.flow.previous()

    def done(self) -> None:
        """To the page after."""
        self.flow.onward()


class BriefingPage(BoxLayout):
    """Leads through the pages; posts the briefing at the end."""

    def __init__(self, room: Room, **kwargs: Any) -> None:
        """Begin with the disclaimer."""
        super().__init__(**kwargs)
        self.room = room
        self.stage = 0
        self._halted = False
        self.pain: int | None = None
        self.pain_limit = 11
        self._questions = room.briefing.screening
        self._rails: RailsMode = "both"
        self._put()

    @property
    def _pain_stage(self) -> int:
        return 1 + len(self._questions)

    @property
    def step(self) -> str:
        """Which step stands here, for the voice: "halt", "rules", or "" for what is asked."""
        if self._halted:
            return "halt"
        return "rules" if self.stage > self._pain_stage else ""

    def show(self, snapshot: Snapshot) -> None:
        """Learn what the plan asks: its limit of pain, its rails, and whether to screen."""
        if snapshot.session.walk is not None:
            plan = snapshot.session.walk.plan
            self.pain_limit, self._rails = plan.pain_limit, plan.rails
            self._questions = () if plan.screened else self.room.briefing.screening

    def onward(self) -> None:
        """The next page; after the last one, to the check."""
        if self.stage > self._pain_stage:
            self._brief()
        else:
            self.stage += 1
            self._put()

    def previous(self) -> None:
        """The page before; before the first one, out."""
        if self.stage == 0:
            self.cancel()
        else:
            self.stage -= 1
            self._put()

    def answered(self, yes: bool) -> None:
        """A screening question was answered; one "yes" and the walk does not start."""
        if yes:
            self.halt(_(self.room.briefing.screening_yes))
        else:
            self.onward()

    def halt(self, text: str) -> None:
        """Say kindly that there is no walk now. Back leads to the page before, for a slip."""
        self.stage += 1
        self._halted = True
        self._show(HaltPage(flow=self, text=text, contact=contact(self.room.about)))

    def cancel(self) -> None:
        """Back to the first screen."""
        self.room.post(Cancel())

    def _rated(self, _scale: Scale, pain: int) -> None:
        self.pain = pain
        if pain >= self.pain_limit:
            self._brief()  # the desk refuses it, with its sentence
        else:
            self.onward()

    def _brief(self) -> None:
        self.room.post(Brief(pain=self.pain), then=self._briefed)

    def _briefed(self, refused: str | None) -> None:
        if refused is not None:
            self.halt(refused)

    def _put(self) -> None:
        words, self._halted = self.room.briefing, False
        if self.stage == 0:
            blocks = [heading(_("Before you walk")), Block(_(words.disclaimer))]
            page: Any = FlowText(self, blocks, _("I agree"))
        elif self.stage < self._pain_stage:
            number = _("{n} of {all}").format(n=self.stage, all=len(self._questions))
            page = QuestionPage(
                flow=self, number=number, text=_(self._questions[self.stage - 1].text)
            )
        elif self.stage == self._pain_stage:
            page = self._scale()
        else:
            page = FlowText(self, self._rules(), _("Go on"))
        self._show(page)

    def _scale(self) -> ScalePage:
        scale = Scale(_("How much pain do you have now?"), PAIN, faces=True, back=True)
        scale.bind(on_chosen=self._rated, on_back=lambda *_: self.previous())
        page = ScalePage()
        page.add_widget(scale)
        return page

    def _rules(self) -> list[Block]:
        words = self.room.briefing
        site = self.room.place.belt
        texts = three_rules(self._rails, stop_button=site.stop_button)
        stop = "railstop" if site.stop_button else "estop"
        icons = {"lanyard": "key", "rails": _HANDS[self._rails], "stop": stop}
        rules = [
            Block(text, icon=icons.get(rule.id, "info"))
            for rule, text in zip(words.rules, texts, strict=True)
        ]
        start = starting(site)
        return [
            heading(_("Three rules")),
            *rules,
            heading(start.who),
            Block(start.stand, icon="away" if site.turned else "towards"),
            Block(start.press, icon="start"),
            *([] if site.relay else [Block(_("It cannot be stopped from here."))]),
            heading(_("While the belt moves")),
            Block(start.never, icon="warning"),
            Block(_(words.stop_if) + ".", icon=stop),
        ]

    def _show(self, page: Any) -> None:
        self.clear_widgets()
        self.add_widget(page)
        TouchGuard.took_effect()
        self.room.touched()


load_kv(__file__)
