"""What is said, and when: two snapshots in, utterances out, nothing twice. Pure.

The walker may have the screen behind them: from what is heard alone it must be clear, at any
moment, what to do. What matters comes first in a sentence, and what to do comes before why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from hardware.link import STAFF_CLEARS, Check, Reason
from kiosk.cues import belt, rules, stops, words
from kiosk.cues.belt import Site, asked, starting
from kiosk.cues.checks import first_failing, is_waiting, to_do
from kiosk.cues.rules import Cue
from kiosk.cues.texts import _
from kiosk.cues.utterances import KEEP_S, Rank, Utterance
from kiosk.cues.walking import Walking
from kiosk.session.model import Phase, Snapshot
from kiosk.session.plan import NS

SETTLED_NS: Final = 6 * NS // 10
"""A check that comes and goes faster (a hand on its way) is not spoken of."""
MOMENT_NS: Final = 5 * NS // 2
AFTER_NS: Final = 2 * NS
AGAIN_NS: Final = 15 * NS
ASK_AGAIN_NS: Final = 30 * NS
HOLD_AGAIN_NS: Final = 6 * NS
STAFF_AGAIN_NS: Final = 12 * NS
ENDS_SOON_NS: Final = 240 * NS
WORTH_S: Final = 5.0
"""Of a shorter walk no figures are read out."""
_MOMENTS: Final = frozenset({str(Check.KIOSK), str(Check.LATCH), str(Check.SENSOR)})
"""Checks that mostly mend themselves; a sensor that has begun to speak counts after 2 s."""


class Told(msgspec.Struct, frozen=True):
    """What was said when, so that nothing is said twice. Times are monotonic nanoseconds.

    ``said`` has each key's last time; those that begin with the phase's name go with it.
    """

    tones: rules.Heard = rules.Heard()
    said: Mapping[str, int] = {}
    doing: str = ""
    doing_ns: int = 0


class Now(msgspec.Struct, frozen=True):
    """What one snapshot brought: what to say, and whether all that was meant before is over."""

    utterances: tuple[Utterance, ...]
    told: Told
    hush: bool


class Talk:
    """The utterances of one snapshot in the making."""

    def __init__(self, now_ns: int, said: Mapping[str, int]) -> None:
        """Nothing is said yet; ``said`` is not changed."""
        self.now_ns = now_ns
        self.said = dict(said)
        self.utterances: list[Utterance] = []

    def say(
        self,
        key: str,
        rank: Rank,
        *sentences: str,
        tone: Cue | None = None,
        every_ns: int | None = None,
        instead: bool = False,
        keep_s: float | None = None,
        insists: bool = False,
    ) -> bool:
        """Say it, unless it was said (less than ``every_ns`` ago); return whether it is said."""
        last = self.said.get(key)
        if last is not None and (every_ns is None or self.now_ns - last < every_ns):
            return False
        self.said[key] = self.now_ns
        keep_s = KEEP_S[rank] if keep_s is None else keep_s
        self.utterances.append(
            Utterance(key, rank, sentences, tone, keep_s, instead, insists=insists)
        )
        return True


def speak(before: Snapshot, after: Snapshot, told: Told, site: Site, step: str = "") -> Now:
    """Return what is to be heard of a change, the gravest first.

    ``step`` is the step of the briefing that stands on the screen: "rules", "halt" or another one.
    """
    entered = before.session.phase is not after.session.phase
    said = told.said
    if entered:
        gone = f"{before.session.phase}."
        said = {key: at for key, at in said.items() if not key.startswith(gone)}
    if _chosen_ns(before) != _chosen_ns(after):
        said = {}
    tones, heard = rules.cues(before, after, told.tones)
    talk = Talk(after.now_ns, said)
    doing, doing_ns = told.doing, told.doing_ns
    if Cue.ALARM in tones:
        _alarm(after, talk)
    if rules.is_unsure(after, heard):
        unsure = (_(words.NOT_KNOWN), _(words.STAY_OFF))
        talk.say("alarm.unsure", Rank.STOP, *unsure, tone=Cue.STAFF, every_ns=STAFF_AGAIN_NS)
    if not rules.alarming(after, heard):
        # Nothing else is said beside an alarm; what still holds is said after it.
        doing, doing_ns = _prepare(after, talk, told, site, step)
        _walk(before, after, talk, tones, site)
    had = told.tones.rails_ns is not None and heard.rails_ns is None
    if had and after.session.phase is Phase.WALKING:
        back_ns = 4 * AGAIN_NS // 3
        talk.say("rails.back", Rank.INFORMATION, _(words.HANDS_BACK), every_ns=back_ns)
    found = tuple(sorted(talk.utterances, key=lambda one: one.rank))
    return Now(found, Told(heard, talk.said, doing, doing_ns), entered)


def _chosen_ns(snapshot: Snapshot) -> int | None:
    """Return which session it is: between two looks one may end and the next one begin."""
    walk = snapshot.session.walk
    return None if walk is None else walk.chosen_ns


def _prepare(after: Snapshot, talk: Talk, told: Told, site: Site, step: str) -> tuple[str, int]:
    """Before the walk: what comes, and in the check the one thing to do now."""
    session = after.session
    walk = session.walk
    if walk is None:
        return "", 0
    if session.phase is Phase.CHOSEN:
        _briefing(after, talk, site, step)
        return "", 0
    if session.phase not in {Phase.BRIEFED, Phase.CHECKING}:
        return "", 0
    first = first_failing(after)
    doing = f"{first} {is_waiting(after)}"
    since = told.doing_ns if doing == told.doing else after.now_ns
    settled = MOMENT_NS if first in _MOMENTS else SETTLED_NS
    other = talk.said.get("checking.not")
    if other is not None and after.now_ns - other < AFTER_NS:
        return doing, since
    if after.now_ns - since >= settled:
        do = to_do(after, turn=site.turned)
        if first == "incline":
            do = words.incline(walk.step.incline_pct)
        talk.say(f"checking.{doing}", Rank.INSTRUCTION, do, every_ns=AGAIN_NS, instead=True)
    return doing, since


def _briefing(after: Snapshot, talk: Talk, site: Site, step: str) -> None:
    """What comes, the questions; then the rules, whole; or that there is no walk today."""
    walk = after.session.walk
    if walk is None:
        return
    for other in {"rules", "halt"} - {step}:
        talk.said.pop(f"chosen.{other}", None)
    if step == "rules":
        told = words.rules(walk.plan.rails, site)
        talk.say("chosen.rules", Rank.INSTRUCTION, *told, instead=True)
        return
    if step == "halt":
        talk.say("chosen.halt", Rank.INSTRUCTION, _(words.NOT_TODAY), instead=True)
        return
    comes, ask = words.what_comes(walk.plan), _(words.RATE)
    talk.say("walk.comes", Rank.INSTRUCTION, comes, ask)
    talk.say("walk.disclaimer", Rank.INFORMATION, *words.disclaimer())
    if after.now_ns - after.session.since_ns >= ASK_AGAIN_NS:
        talk.say("chosen.ask", Rank.INSTRUCTION, ask, every_ns=ASK_AGAIN_NS)


def _walk(
    before: Snapshot,
    after: Snapshot,
    talk: Talk,
    tones: tuple[Cue, ...],
    site: Site,
) -> None:
    walk, phase = after.session.walk, after.session.phase
    if walk is None:
        return
    entered = before.session.phase is not phase
    match phase:
        case Phase.COUNTDOWN:
            if Cue.COUNT in tones:
                past = min(2, (after.now_ns - after.session.since_ns) // NS)
                key, number = f"countdown.{past}", words.COUNT[past]
                talk.say(key, Rank.INSTRUCTION, number, tone=Cue.COUNT, instead=True)
        case Phase.STARTING:
            tone = Cue.START if entered else None
            now = starting(site).press
            talk.say("starting.", Rank.INSTRUCTION, now, tone=tone, every_ns=AGAIN_NS)
        case Phase.CHECKING:
            broken = {
                Phase.STARTING: words.NOT_STARTED,
                Phase.COUNTDOWN: words.COUNT_STOPPED,
            }.get(before.session.phase)
            if broken is not None:
                talk.say("checking.not", Rank.INSTRUCTION, _(broken), tone=Cue.PAUSE)
        case Phase.WALKING:
            Walking(before, after, talk, tones, site).say()
        case Phase.PAUSED:
            _paused(after, talk, tones)
        case Phase.FINISHING:
            _finishing(after, talk, site)
        case Phase.STOPPED:
            _stopped(after, talk, tones)
        case Phase.SUMMARY:
            _summary(after, talk)
    if phase in {Phase.STARTING, Phase.FINISHING} and Cue.RAILS in tones:
        Walking(before, after, talk, tones, site).rails()


def _paused(after: Snapshot, talk: Talk, tones: tuple[Cue, ...]) -> None:
    session, walk = after.session, after.session.walk
    if walk is None:
        return
    tone = Cue.PAUSE if Cue.PAUSE in tones else None
    rest = None if after.status is None else after.status.at_rest
    if walk.step.incline_pct != walk.deck_pct:
        on = words.incline(walk.step.incline_pct)
    else:
        on = _(words.GO_ON)
    rested = walk.resting_ns is not None and session.since_ns - walk.resting_ns >= 2 * NS
    why = _(words.AT_REST if rested else words.PAUSED)
    hold = () if rest is True else (_(words.HOLD_UNTIL),)
    if talk.say("paused.why", Rank.INSTRUCTION, *hold, why, tone=tone):
        talk.said["paused.hold"] = after.now_ns
    if rest is False:
        hold_ns = HOLD_AGAIN_NS
        talk.say("paused.hold", Rank.INSTRUCTION, _(words.HOLD_UNTIL), every_ns=hold_ns)
        return
    if walk.broken_ns is not None and after.now_ns - walk.broken_ns >= ENDS_SOON_NS:
        talk.say("paused.ends", Rank.INSTRUCTION, _(words.ENDS_SOON))
    talk.say("paused.on", Rank.INSTRUCTION, on, every_ns=ASK_AGAIN_NS)


def _finishing(after: Snapshot, talk: Talk, site: Site) -> None:
    stop, hold = asked(belt.STOP_BELT, site), _(words.HOLD_UNTIL)
    done = _(words.FINISHED)
    if talk.say("finishing.", Rank.INSTRUCTION, done, stop, hold, tone=Cue.FINISHED):
        talk.said["finishing.again"] = after.now_ns
    talk.say("finishing.again", Rank.INSTRUCTION, stop, hold, every_ns=HOLD_AGAIN_NS + NS)


def _stopped(after: Snapshot, talk: Talk, tones: tuple[Cue, ...]) -> None:
    walk, status = after.session.walk, after.status
    if walk is None:
        return
    tone = next((one for one in tones if one in {Cue.STOP, Cue.STAFF}), None)
    rest = None if status is None else status.at_rest
    why = _(stops.stop_of(walk.stop_reason).said)
    if rest is None and "walk.off" in talk.said:
        # They were told to step off; now nothing more is known of the belt.
        _call_to_unknown(after, talk)
        return
    if rest is not True:
        if talk.say("stopped.why", Rank.STOP, _(words.HOLD_UNTIL), why, tone=tone):
            talk.said["stopped.hold"] = after.now_ns
        talk.say("stopped.hold", Rank.STOP, _(words.HOLD_UNTIL), every_ns=HOLD_AGAIN_NS)
        if rest is None:
            _call_to_unknown(after, talk)
        return
    talk.say("stopped.why", Rank.STOP, why, tone=tone)
    _off(after, talk, Rank.STOP)


def _off(after: Snapshot, talk: Talk, rank: Rank) -> None:
    """The belt is at rest after a stop: off it, and who clears what stopped it."""
    walk = after.session.walk
    latched = () if after.status is None else after.status.latched
    reason = None if walk is None else walk.stop_reason
    do = map(_, stops.stop_of(reason, latched).do.said)
    talk.say("walk.off", rank, _(words.STANDS_STILL), _(stops.STEP_OFF), *do)
    _call_staff(after, talk)


def _call_staff(after: Snapshot, talk: Talk) -> None:
    """Call them where only they clear what stopped the belt: again and again, until they did."""
    latched = () if after.status is None else after.status.latched
    if any(one in STAFF_CLEARS for one in latched):
        come = _(words.STAFF_COME)
        if "walk.called" not in talk.said:
            talk.said["walk.called"] = after.now_ns - STAFF_AGAIN_NS // 2
        talk.say("walk.called", Rank.STOP, come, tone=Cue.STAFF, every_ns=STAFF_AGAIN_NS)


def _call_to_unknown(after: Snapshot, talk: Talk) -> None:
    """Nobody knows the belt's speed, maybe for good: whoever holds on is not left alone with it.

    What is said after an alarm calls them already.
    """
    if after.status is not None and not rules.ALARMS & set(after.status.latched):
        _call_staff(after, talk)


def _summary(after: Snapshot, talk: Talk) -> None:
    walk, status = after.session.walk, after.status
    if walk is None:
        return
    if status is not None and status.at_rest is True:
        _off(after, talk, Rank.INSTRUCTION)
    else:
        if "walk.off" not in talk.said:
            talk.say("walk.later", Rank.INSTRUCTION, _(words.STEP_OFF_LATER))
        if status is not None and status.at_rest is None:
            _call_to_unknown(after, talk)
    if walk.closed:
        talk.say("walk.thanks", Rank.INFORMATION, _(words.THANKS))
        return
    figures = (_(words.WELL_DONE),) if walk.outcome == "completed" else ()
    if walk.walked_s >= WORTH_S:
        figures = (*figures, *words.walked(walk))
    if talk.say("walk.results", Rank.INSTRUCTION, *figures, _(words.RATE)):
        talk.said["summary.rate"] = after.now_ns
    talk.say("summary.rate", Rank.INSTRUCTION, _(words.RATE), every_ns=ASK_AGAIN_NS)


def _alarm(after: Snapshot, talk: Talk) -> None:
    """The belt does what nobody told it, or nobody watches it: what to do, again and again."""
    status = after.status
    now = set(status.causes) | set(status.latched) if status is not None else set()
    if Reason.PERMIT_INEFFECTIVE in now:
        what = (_(words.PRESS_ESTOP), _(words.DOES_NOT_STOP))
    elif Reason.UNEXPECTED_MOTION in now:
        what = (_(words.IT_MOVES), _(words.HOLD_AND_PRESS))
    else:
        what = (_(words.CONTROL_LOST), _(words.PRESS_AND_CALL))
    talk.say("alarm", Rank.ALARM, *what, tone=Cue.ALARM, every_ns=0)
