"""What is said on the moving belt: how to go, what comes, and what to mend. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kiosk.cues import belt, words
from kiosk.cues.belt import Site, asked
from kiosk.cues.rules import Cue
from kiosk.cues.texts import _
from kiosk.cues.utterances import Rank
from kiosk.session.metrics import BAND_SLACK_KMH
from kiosk.session.model import Phase, Snapshot, Walk
from kiosk.session.plan import NS, step_left_ns
from profiles.model import Step

if TYPE_CHECKING:
    from kiosk.cues.speaking import Talk

SOON_NS: Final = 10 * NS
BEGUN_S: Final = 45.0
"""For how long what is said of stopping, as a walk begins, may wait for warnings to be over."""


class Walking:
    """What one snapshot of a walk under way brings."""

    def __init__(
        self,
        before: Snapshot,
        after: Snapshot,
        talk: Talk,
        tones: tuple[Cue, ...],
        site: Site,
    ) -> None:
        """Nothing is said yet."""
        self.site = site
        self.before = before
        self.after = after
        self.talk = talk
        self.tones = tones

    def say(self) -> None:
        """Say what there is, the gravest first."""
        walk = self.after.session.walk
        if walk is None:
            return
        self.rails()
        self._speed(walk)
        if self.before.session.phase is not Phase.WALKING:
            self._begun(walk)
        left = self._left(walk)
        if Cue.STEP in self.tones:
            self._step(walk, left)
        elif left:
            self.talk.say(f"walk.left.{left[0]}", Rank.INFORMATION, *left)
        self._incline_soon(walk)

    def rails(self) -> None:
        """Hold on: two words, as the belt stops a second later."""
        if Cue.RAILS not in self.tones or self.after.status is None:
            return
        none = self.after.status.rails_warning == "no_hands"
        text = _(words.HOLD_ON if none else words.BOTH_HANDS)
        rank = Rank.HANDS_OFF if none else Rank.ONE_HAND
        self.talk.say(f"rails.{none}", rank, text, tone=Cue.RAILS, every_ns=0)

    def _speed(self, walk: Walk) -> None:
        talk, step = self.talk, walk.step
        for cue, rank, text in (
            (Cue.TOO_FAST, Rank.WARNING, belt.TOO_FAST),
            (Cue.TOO_SLOW, Rank.INSTRUCTION, belt.TOO_SLOW),
        ):
            if cue in self.tones:
                do = asked(text, self.site)
                talk.say("band.out", rank, do, words.band(step), tone=cue, every_ns=0)
                talk.said.pop("band.in", None)
        status = self.after.status
        if "band.out" not in talk.said or status is None:
            return
        kmh = status.speed_kmh
        if kmh is not None and step.low_kmh <= kmh <= step.high_kmh:
            talk.say("band.in", Rank.INFORMATION, _(words.GOOD_SPEED))

    def _begun(self, walk: Walk) -> None:
        band = words.band(walk.step)
        if walk.meters.walked_ns > NS // 2:
            self.talk.say("walking.on", Rank.INSTRUCTION, _(words.WALK), band)
            return
        self.talk.say("walk.begun", Rank.INSTRUCTION, _(words.WALK), band)
        stop = words.how_to_stop(stop_button=self.site.stop_button)
        # A hand that still comes from Start is asked for in these seconds: neither is lost by it.
        for key, text in (("walk.stop", stop), ("walk.stop_if", _(words.STOP_IF))):
            self.talk.say(key, Rank.INFORMATION, text, keep_s=BEGUN_S, insists=True)

    def _step(self, walk: Walk, left: tuple[str, ...]) -> None:
        """Another step: what to do first, by the speed there is, then what it is called."""
        status = self.after.status
        kmh = status.speed_kmh if status is not None else None
        do: tuple[str, ...] = ()
        if kmh is not None and kmh > walk.step.high_kmh + BAND_SLACK_KMH:
            do = (asked(belt.SLOWER, self.site),)
        elif kmh is not None and kmh < walk.step.low_kmh - BAND_SLACK_KMH:
            do = (asked(belt.FASTER, self.site),)
        if do:  # they were told so: when they have done it, they hear that it is right
            self.talk.said["band.out"] = self.talk.now_ns
            self.talk.said.pop("band.in", None)
        name = words.step_name(walk.plan, walk.step_index)
        key = f"walk.step.{walk.step_index}"
        band = () if _same_band(walk) else (words.band(walk.step),)
        said = (*do, *band, *left, name)
        self.talk.say(key, Rank.INSTRUCTION, *said, tone=Cue.STEP, instead=True)

    def _left(self, walk: Walk) -> tuple[str, ...]:
        """Return the time left, as one of its marks goes by."""
        old = self.before.session.walk
        if old is None or self.before.session.phase is not Phase.WALKING:
            return ()
        passed = [m for m in words.marks(walk.plan) if walk.left_s <= m < old.left_s]
        return (words.time_left(passed[-1]),) if passed else ()

    def _incline_soon(self, walk: Walk) -> None:
        following = walk.next_step
        if following is None or following.incline_pct == walk.deck_pct:
            return
        if step_left_ns(walk.plan, walk.meters.walked_ns) <= SOON_NS:
            self.talk.say(f"walk.soon.{walk.step_index}", Rank.INSTRUCTION, _(words.INCLINE_SOON))


def _same_band(walk: Walk) -> bool:
    old: Step = walk.plan.steps[max(0, walk.step_index - 1)]
    return (old.low_kmh, old.high_kmh) == (walk.step.low_kmh, walk.step.high_kmh)
