"""Listens to the snapshots that the screens look at, and has what they bring heard."""

from __future__ import annotations

import time
from collections.abc import Callable

from kiosk.cues import texts, units, words
from kiosk.cues.belt import Site
from kiosk.cues.rules import Cue
from kiosk.cues.speaking import Told, speak
from kiosk.cues.texts import _
from kiosk.cues.turns import Speech, Turns
from kiosk.cues.utterances import Rank, Utterance
from kiosk.cues.volume import Volume
from kiosk.session.model import Phase, Snapshot
from kiosk.session.plan import Plan


class Cuer:
    """The kiosk's ears and mouth. Called from one thread, and never waits in it."""

    def __init__(
        self,
        turns: Turns,
        speech: Speech,
        volume: Volume,
        *,
        site: Site = Site(),  # noqa: B008 - frozen
        clock: Callable[[], float] = time.monotonic,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        """Nothing was heard yet. ``look`` is called with each snapshot, for the loudspeaker."""
        self.volume = volume
        self.speaks = True
        """The staff's: False leaves tones, and the words of warnings."""
        self.sounds = True
        """The staff's: False leaves nothing at all."""
        self.site = site
        self.step = ""
        """Which step of the briefing stands on the screen; "" for none."""
        self._turns = turns
        self._speech = speech
        self._clock = clock
        self._look = look
        self._before: Snapshot | None = None
        self._told = Told()
        self._known: tuple[str, str] | None = None
        self._plan: Plan | None = None
        volume.on_change = self._stepped

    def hear(self, snapshot: Snapshot) -> None:
        """Have heard what changed since the snapshot before."""
        self._make_ready(snapshot)
        before, self._before = self._before or snapshot, snapshot
        now = speak(before, snapshot, self._told, self.site, self.step)
        self._told = now.told
        utterances = now.utterances
        if not self.sounds:
            utterances = ()
        elif not self.speaks:
            utterances = tuple(one for one in map(_toned, utterances) if one is not None)
        self._turns.offer(utterances, self._clock(), hush=now.hush)
        if now.hush and snapshot.session.phase is Phase.IDLE:
            self.volume.reset()
        self._look()

    def sample(self, level: float | None = None) -> None:
        """Have a short tone heard, as loud as everything but a warning is now, or as ``level``."""
        one = Utterance(
            "volume", Rank.INFORMATION, tone=Cue.STEP, keep_s=0.5, instead=True, level=level
        )
        self._turns.offer([one], self._clock())

    def _stepped(self) -> None:
        if self.sounds:
            self.sample()

    def _make_ready(self, snapshot: Snapshot) -> None:
        """Have rendered what may be said: the fixed sentences, and those of the plan."""
        walk = snapshot.session.walk
        plan = None if walk is None else walk.plan
        known = texts.language(), units.in_use()
        if known != self._known:
            fixed = [*words.URGENT, *words.FIXED]
            self._speech.want([*map(_, fixed), *words.COUNT, *words.disclaimer()], soon=False)
            self._plan = None
        if plan is not None and (plan is not self._plan or known != self._known):
            self._speech.want(words.of_plan(plan), soon=True)
        self._known, self._plan = known, plan


def _toned(one: Utterance) -> Utterance | None:
    """Return what is left of an utterance without the voice: a warning whole, else its tone."""
    if one.rank.urgent:
        return one
    return None if one.tone is None else one._replace(sentences=())
