"""What a walker must hear in time, whatever else is being said: snapshots in, sounds out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from hardware.link import Check, Reason, Status
from kiosk.cues import belt, units, words
from kiosk.cues.belt import Site
from kiosk.cues.checks import first_failing, to_do
from kiosk.cues.cuer import Cuer
from kiosk.cues.rules import Cue
from kiosk.cues.tones import length_s
from kiosk.cues.turns import Sound, Turns
from kiosk.cues.volume import Volume
from kiosk.screens.checks import check_view
from kiosk.session.model import Health, Meters, Phase, Snapshot, Walk
from kiosk.session.plan import NS
from profiles.model import Step
from tests.screens.fake import MOVING, REST, snapshot, status, walk
from tests.session.scene import plan


class Loudspeaker:
    """A loudspeaker that nobody listens to."""

    def play(self, file: Path, volume: float) -> None: ...

    def silence(self) -> None: ...


class EvenSpeech:
    """Every sentence is ready, and takes its time."""

    def sound(self, sentence: str) -> Sound | None:
        return Sound(Path("said.wav"), 0.35 + 0.062 * len(sentence))

    def want(self, sentences: Sequence[str], *, soon: bool) -> bool:
        return True


class Ears:
    """A whole voice with a clock of its own; ``heard`` has what began to sound, and when."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.heard: list[tuple[float, str]] = []
        volume, speech = Volume(), EvenSpeech()
        tones = {cue: Sound(Path(cue), length_s(cue)) for cue in Cue}
        turns = Turns(Loudspeaker(), tones, speech, volume, self._note)
        self.cuer = Cuer(turns, speech, volume, site=Site(), clock=lambda: self.now_s)

    def _note(self, now_s: float, _utterance: object, what: str) -> None:
        self.heard.append((round(now_s, 2), what))

    def listen(self, seen: Callable[[float], Snapshot], from_s: float, to_s: float) -> None:
        """Look at what there is to see, thirty times a second."""
        tick = round(from_s * 30)
        while tick / 30 < to_s:
            self.now_s = tick / 30
            self.cuer.hear(seen(self.now_s))
            tick += 1

    def times(self, what: str) -> list[float]:
        return [at for at, heard in self.heard if heard == what]


def on_the_belt(at_s: float, **fields: Any) -> Snapshot:
    """A walk that has been going on for a minute and a half, its first step over."""
    walked_ns = round((91 + at_s / 100) * NS)
    walking = walk(meters=Meters(walked_ns=walked_ns), step_index=1, permitted=True)
    return snapshot(Phase.WALKING, seen=status(MOVING, **fields), walking=walking, past_s=at_s)


def test_hold_the_rails_is_heard_though_the_speed_is_being_spoken_of() -> None:
    """The belt stops a second after it: the sentence about the speed takes six."""

    def seen(at_s: float) -> Snapshot:
        warning = "no_hands" if at_s >= 37.0 else "none"
        return on_the_belt(at_s, speed_kmh=2.2 if at_s >= 30 else 1.2, rails_warning=warning)

    ears = Ears()
    ears.listen(seen, 0, 38)
    (fast,) = [at for at, what in ears.heard if what in {belt.TOO_FAST, belt.TOO_FAST_HELPED}]
    assert 35.0 <= fast <= 36.0
    (hold,) = ears.times(words.HOLD_ON)
    assert 37.0 <= hold <= 37.5


def test_the_last_hand_that_leaves_is_not_held_up_by_the_first() -> None:
    def seen(at_s: float) -> Snapshot:
        warning = "no_hands" if at_s >= 33.0 else "one_hand" if at_s >= 32.0 else "none"
        return on_the_belt(at_s, rails_warning=warning)

    ears = Ears()
    ears.listen(seen, 0, 34)
    assert [at for at, what in ears.heard if what == "[rails]"] == [32.0, 33.0]
    (hold,) = ears.times(words.HOLD_ON)
    assert 33.0 <= hold <= 33.5


def test_hands_that_come_and_go_are_warned_about_anew() -> None:
    warnings = {32.0: "no_hands", 32.5: "one_hand", 33.5: "no_hands"}

    def seen(at_s: float) -> Snapshot:
        begun = [at for at in warnings if at_s >= at]
        return on_the_belt(at_s, rails_warning=warnings[begun[-1]] if begun else "none")

    ears = Ears()
    ears.listen(seen, 0, 36)
    first, second = ears.times("[rails]")
    assert first == 32.0
    assert 33.5 <= second <= 34.0, "the same words may just be said to their end"


def test_what_is_said_of_stopping_outlives_a_warning_as_the_walk_begins() -> None:
    """The hand that pressed Start is still on its way back."""

    def seen(at_s: float) -> Snapshot:
        if at_s < 1:
            pressing = walk(permitted=True)
            return snapshot(Phase.STARTING, seen=status(MOVING), walking=pressing, past_s=at_s)
        warning = "one_hand" if 6 <= at_s < 9 else "none"
        begun = walk(walked_s=at_s - 1, permitted=True)
        seen = status(MOVING, rails_warning=warning)
        return snapshot(Phase.WALKING, seen=seen, walking=begun, past_s=at_s)

    ears = Ears()
    ears.listen(seen, 0, 30)
    assert words.BOTH_HANDS in [what for _at, what in ears.heard]
    assert ears.times(words.STOP_IF)
    last = ears.times(words.STOP_IF)[-1]
    spoken_s = 0.35 + 0.062 * len(words.STOP_IF)
    assert not [what for at, what in ears.heard if last < at < last + spoken_s], "said to its end"
    assert ears.times(words.STOP_WITHOUT)


def ended(reason: Reason) -> Walk:
    return walk(walked_s=70.0, outcome="safety_stop", stop_reason=str(reason))


@pytest.mark.parametrize("phase", [Phase.STOPPED, Phase.SUMMARY])
def test_staff_are_called_while_nobody_knows_whether_the_belt_stands(phase: Phase) -> None:
    """A sensor that fell silent stays so: only staff clear that, and somebody holds on."""
    silent = status(MOVING, permit=False, speed_kmh=None, at_rest=None)
    seen = status(silent, latched=(Reason.SENSOR_LOST,))
    ears = Ears()
    ears.cuer.hear(on_the_belt(0.0))
    ears.listen(
        lambda at: snapshot(phase, seen=seen, walking=ended(Reason.SENSOR_LOST), past_s=at), 0, 30
    )
    called = ears.times(words.STAFF_COME)
    assert len(called) >= 2
    assert called[0] <= 10.0
    assert not ears.times(words.STANDS_STILL)


def test_nobody_is_called_to_a_belt_that_runs_down() -> None:
    seen = status(MOVING, permit=False, latched=(Reason.ESTOP,))
    ears = Ears()
    ears.cuer.hear(on_the_belt(0.0))
    ears.listen(
        lambda at: snapshot(Phase.STOPPED, seen=seen, walking=ended(Reason.ESTOP), past_s=at), 0, 9
    )
    assert not ears.times(words.STAFF_COME)


# --- the ready check -----------------------------------------------------------------------------

CHECKING = walk()


def check(seen: Status, *failing: str) -> Snapshot:
    return snapshot(Phase.CHECKING, seen=seen, walking=CHECKING, failing=failing)


@pytest.mark.parametrize(
    ("latched", "failing", "first"),
    [
        ((Reason.SAFETY_KEY,), (Check.KEY, Check.LATCH, Check.RAILS), Check.KEY),
        ((Reason.PATRON,), (Check.STOP_BUTTON, Check.LATCH, Check.RAILS), Check.STOP_BUTTON),
        ((Reason.OVERSPEED,), (Check.BELT, Check.LATCH, Check.RAILS), Check.BELT),
        ((Reason.RAILS_RELEASED,), (Check.LATCH, "incline", Check.RAILS), Check.KIOSK),
        ((Reason.ESTOP,), (Check.KEY, Check.LATCH, Check.RAILS), Check.LATCH),
        ((Reason.SAFETY_KEY, Reason.ESTOP), (Check.KEY, Check.LATCH), Check.LATCH),
    ],
)
def test_a_latch_that_clears_itself_leads_to_its_cause_and_to_no_pin(
    latched: Iterable[Reason], failing: Iterable[str], first: str
) -> None:
    shown = check(status(REST, latched=tuple(latched)), *failing)
    assert first_failing(shown) == first
    lines = {line.name for line in check_view(shown, turn=False).lines if not line.ok}
    assert ("latch" in lines) == (first == Check.LATCH)
    if first == Check.KIOSK:
        assert to_do(shown, turn=False) == "One moment, please."


# --- figures: what is said is what is shown -----------------------------------------------------


@pytest.fixture
def imperial() -> Iterable[None]:
    units.use("imperial")
    yield
    units.use("metric")


@pytest.mark.parametrize(
    ("walked_s", "said"),
    [
        (5.9, "Time: 5 seconds."),
        (59.99, "Time: 59 seconds."),
        (60.0, "Time: one minute."),
        (61.0, "Time: one minute and one second."),
        (65.7, "Time: one minute and 5 seconds."),
        (120.0, "Time: 2 minutes."),
        (121.9, "Time: 2 minutes and one second."),
        (299.7, "Time: 4 minutes and 59 seconds."),
    ],
)
def test_the_time_that_is_said_is_the_one_that_is_shown(walked_s: float, said: str) -> None:
    assert words.walked(walk(walked_s=walked_s))[0] == said


@pytest.mark.parametrize(
    ("metres", "said"),
    [(0.31, "one foot"), (100.0, "328 feet"), (354.0, "0.22 miles"), (1609.4, "1.00 miles")],
)
def test_the_distance_that_is_said_is_in_the_unit_that_is_shown(
    imperial: None, metres: float, said: str
) -> None:
    meters = Meters(walked_ns=90 * NS, distance_m=metres)
    assert words.walked(walk(meters=meters))[1] == f"Distance: {said}."


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0.5, "30 seconds"),
        (1.0, "one minute"),
        (1.5, "1.5 minutes"),
        (6.5, "6.5 minutes"),
        (7.0, "7 minutes"),
    ],
)
def test_the_minutes_that_are_said_are_those_of_the_plan(minutes: float, said: str) -> None:
    made = plan(0.0, s=minutes * 60)
    assert isinstance(made.steps[0], Step)
    assert words.what_comes(made) == f"A walk of {said}."


def test_a_guard_that_is_gone_says_nothing_of_the_belt() -> None:
    """Not even that it stands still, which was true a moment ago."""
    gone = snapshot(
        Phase.SUMMARY,
        seen=status(REST, speed_kmh=None, at_rest=None),
        walking=ended(Reason.GUARD_LOST),
        health=Health(guard=False),
    )
    ears = Ears()
    ears.cuer.hear(on_the_belt(0.0))
    ears.listen(lambda _at: gone, 0, 12)
    assert ears.times(words.STEP_OFF_LATER)
    assert not ears.times(words.STANDS_STILL)
