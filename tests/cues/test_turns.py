"""Who is heard when: graver cuts off, late is dropped, nothing lesser before what is urgent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.cues.rules import Cue
from kiosk.cues.turns import PATIENCE_S, URGENT_PATIENCE_S, Sound, Turns
from kiosk.cues.utterances import Rank, Utterance
from kiosk.cues.volume import Volume

TONES = {cue: Sound(Path(f"[{cue}]"), 0.4) for cue in Cue}


class Loudspeaker:
    """Remembers what was begun and cut off."""

    def __init__(self) -> None:
        self.played: list[tuple[str, float]] = []
        self.silenced = 0

    def play(self, file: Path, volume: float) -> None:
        self.played.append((str(file), volume))

    def silence(self) -> None:
        self.silenced += 1


class SlowSpeech:
    """A voice whose sentences are ready when they are put into ``ready``."""

    def __init__(self, *ready: str, hopeful: bool = True) -> None:
        self.ready = set(ready)
        self.hopeful = hopeful
        self.wanted: list[str] = []

    def sound(self, sentence: str) -> Sound | None:
        return Sound(Path(sentence), 1.0) if sentence in self.ready else None

    def want(self, sentences: Sequence[str], *, soon: bool) -> bool:
        self.wanted += sentences
        return self.hopeful


class Heard:
    """Turns with a clock of their own."""

    def __init__(self, speech: SlowSpeech, staff_percent: int = 40) -> None:
        self.backend = Loudspeaker()
        self.volume = Volume(staff_percent)
        self.lines: list[tuple[float, str]] = []
        self.turns = Turns(
            self.backend,
            TONES,
            speech,
            self.volume,
            lambda at, _one, what: self.lines.append((round(at, 2), what)),
        )

    def run(self, to_s: float, from_s: float = 0.0) -> None:
        tick = round(from_s * 100)
        while tick / 100 <= to_s:
            self.turns.tick(tick / 100)
            tick += 3


def said(key: str, rank: Rank, *sentences: str, **fields: object) -> Utterance:
    return Utterance(key, rank, sentences, **fields)  # type: ignore[arg-type]


def test_a_tone_comes_at_once_and_its_words_after_a_pause() -> None:
    heard = Heard(SlowSpeech("Go.", "On."))
    heard.turns.offer([said("a", Rank.INSTRUCTION, "Go.", "On.", tone=Cue.STEP)], 0.0)
    heard.run(4.0)
    assert [what for _at, what in heard.lines] == ["[step]", "Go.", "On."]
    assert heard.lines[0][0] == 0.0
    assert heard.lines[1][0] == pytest.approx(0.65, abs=0.03)
    assert heard.lines[2][0] == pytest.approx(1.83, abs=0.06)


@pytest.mark.parametrize("rank", [rank for rank in Rank if rank.urgent])
def test_what_is_urgent_cuts_the_rest_off_in_the_same_moment(rank: Rank) -> None:
    heard = Heard(SlowSpeech("Time left.", "Hold on!"))
    heard.turns.offer([said("left", Rank.INFORMATION, "Time left.")], 0.0)
    heard.turns.offer([said("hold", rank, "Hold on!", tone=Cue.RAILS)], 0.3)
    assert heard.lines == [(0.0, "Time left."), (0.3, "[rails]")]
    assert heard.backend.silenced == 1
    heard.run(5.0, 0.3)
    assert heard.lines[-1][1] == "Hold on!"
    assert len(heard.lines) == 3  # what was cut off is not begun again


@pytest.mark.parametrize(("keep_s", "again"), [(5.0, True), (1.0, False)])
def test_what_insists_is_begun_again_while_it_is_not_too_late(keep_s: float, again: bool) -> None:
    heard = Heard(SlowSpeech("How to stop.", "Hold on!"))
    insists = said("stop", Rank.INFORMATION, "How to stop.", keep_s=keep_s, insists=True)
    heard.turns.offer([insists], 0.0)
    heard.turns.offer([said("hold", Rank.ONE_HAND, "Hold on!", tone=Cue.RAILS)], 0.3)
    heard.run(5.0, 0.3)
    expected = ["How to stop.", "[rails]", "Hold on!", *(["How to stop."] if again else [])]
    assert [what for _at, what in heard.lines] == expected


def test_of_two_warnings_the_one_that_stops_the_belt_cuts_the_other_off() -> None:
    heard = Heard(SlowSpeech("Too fast!", "Both hands!", "Hold on!"))
    heard.turns.offer([said("fast", Rank.WARNING, "Too fast!")], 0.0)
    heard.turns.offer([said("both", Rank.ONE_HAND, "Both hands!")], 0.2)
    heard.turns.offer([said("hold", Rank.HANDS_OFF, "Hold on!")], 0.4)
    assert heard.lines == [(0.0, "Too fast!"), (0.2, "Both hands!"), (0.4, "Hold on!")]


def test_an_instruction_waits_for_information_to_end() -> None:
    heard = Heard(SlowSpeech("Left.", "Next."))
    heard.turns.offer([said("left", Rank.INFORMATION, "Left.")], 0.0)
    heard.turns.offer([said("next", Rank.INSTRUCTION, "Next.")], 0.2)
    heard.run(3.0)
    assert [what for _at, what in heard.lines] == ["Left.", "Next."]
    assert heard.backend.silenced == 0


def test_the_graver_of_two_that_wait_comes_first() -> None:
    heard = Heard(SlowSpeech("Now.", "Low.", "High."))
    heard.turns.offer([said("now", Rank.STOP, "Now.")], 0.0)
    heard.turns.offer([said("low", Rank.INFORMATION, "Low.")], 0.1)
    heard.turns.offer([said("high", Rank.INSTRUCTION, "High.")], 0.2)
    heard.run(6.0)
    assert [what for _at, what in heard.lines] == ["Now.", "High.", "Low."]


def test_what_waited_too_long_is_not_heard_any_more() -> None:
    heard = Heard(SlowSpeech("Long.", "Late."))
    heard.turns.offer([said("long", Rank.INSTRUCTION, "Long.")], 0.0)
    heard.turns.offer([said("late", Rank.INFORMATION, "Late.", keep_s=0.5)], 0.1)
    heard.run(4.0)
    assert [what for _at, what in heard.lines] == ["Long."]
    assert heard.turns.is_silent


def test_another_phase_silences_what_is_not_urgent() -> None:
    heard = Heard(SlowSpeech("Old.", "Older.", "New."))
    old = [said("old", Rank.INSTRUCTION, "Old."), said("older", Rank.INFORMATION, "Older.")]
    heard.turns.offer(old, 0.0)
    heard.turns.offer([said("new", Rank.INSTRUCTION, "New.")], 0.5, hush=True)
    heard.run(5.0, 0.5)
    assert heard.lines == [(0.0, "Old."), (0.5, "New.")]


def test_another_phase_does_not_silence_a_warning() -> None:
    heard = Heard(SlowSpeech("Hold on!", "New."))
    heard.turns.offer([said("hold", Rank.WARNING, "Hold on!")], 0.0)
    heard.turns.offer([said("new", Rank.INSTRUCTION, "New.")], 0.5, hush=True)
    assert heard.backend.silenced == 0
    heard.run(3.0, 0.5)
    assert [what for _at, what in heard.lines] == ["Hold on!", "New."]


def test_a_sentence_that_is_being_rendered_is_waited_for_and_its_tone_is_not() -> None:
    speech = SlowSpeech()
    heard = Heard(speech)
    heard.turns.offer([said("a", Rank.INSTRUCTION, "Go.", tone=Cue.STEP)], 0.0)
    assert heard.lines == [(0.0, "[step]")]
    heard.run(1.2)
    speech.ready.add("Go.")
    heard.run(1.3, 1.23)
    assert heard.lines[-1] == (1.23, "Go.")


@pytest.mark.parametrize(("hopeful", "rank"), [(True, Rank.STOP), (False, Rank.INSTRUCTION)])
def test_a_sentence_that_never_comes_keeps_nobody_waiting(hopeful: bool, rank: Rank) -> None:
    heard = Heard(SlowSpeech("Next.", hopeful=hopeful))
    heard.turns.offer([said("a", rank, "Never.", "Next.", tone=Cue.STOP)], 0.0)
    heard.run(4.0)
    assert [what for _at, what in heard.lines] == ["[stop]", "Next."]
    patience = URGENT_PATIENCE_S if hopeful else 0.0
    assert heard.lines[-1][0] == pytest.approx(0.46 + patience, abs=0.3)
    assert PATIENCE_S > URGENT_PATIENCE_S


def test_only_what_is_not_urgent_has_the_patrons_volume() -> None:
    heard = Heard(SlowSpeech("Left.", "Hold on!"), staff_percent=40)
    heard.volume.down()
    heard.turns.offer([said("left", Rank.INFORMATION, "Left.")], 0.0)
    heard.turns.offer([said("hold", Rank.WARNING, "Hold on!", tone=Cue.RAILS)], 0.1)
    heard.run(2.0, 0.1)
    loud = dict(heard.backend.played)
    assert loud == {"Left.": pytest.approx(0.24), "[rails]": 1.0, "Hold on!": 1.0}


OFFERS = st.lists(
    st.tuples(
        st.integers(0, 60),
        st.sampled_from(Rank),
        st.integers(0, 2),
        st.sampled_from([None, Cue.STEP, Cue.RAILS]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=14,
)


@settings(deadline=None, max_examples=100)
@given(OFFERS)
def test_nothing_lesser_begins_while_something_urgent_waits_or_sounds(
    offers: list[tuple[int, Rank, int, Cue | None, bool, bool]],
) -> None:
    """Whatever comes in whatever order, at any time."""
    names = [f"{index}.{part}" for index in range(14) for part in range(2)]
    begun: list[tuple[float, Utterance, str]] = []
    turns = Turns(
        Loudspeaker(),
        TONES,
        SlowSpeech(*names),
        Volume(),
        lambda at, one, what: begun.append((at, one, what)),
    )
    made = []
    for index, (tick, rank, parts, tone, instead, hush) in enumerate(
        sorted(offers, key=lambda offer: offer[0])
    ):
        texts = [f"{index}.{part}" for part in range(parts)]
        one = said(str(index), rank, *texts, tone=tone, instead=instead)
        if texts or tone:
            made.append((tick / 10, one, hush))
    tick = 0
    while tick < 200 or not turns.is_silent:
        now = tick / 30
        for _at, one, hush in [entry for entry in made if _is_due(entry[0], tick)]:
            turns.offer([one], now, hush=hush)
        turns.tick(now)
        tick += 1
        assert tick < 2_000, "it never falls silent"
    for at, one, _hush in made:
        first = next((when for when, other, _ in begun if other is one), None)
        if not one.rank.urgent or first is None:
            continue
        lesser = [o for when, o, _ in begun if at + 0.05 < when < first and o.rank > one.rank]
        assert not lesser, f"{lesser} before {one}"
    alarms = [(at, one) for at, one, _hush in made if one.rank is Rank.ALARM]
    if len(alarms) == 1:
        at, alarm = alarms[0]
        assert next(when for when, other, _ in begun if other is alarm) - at <= 0.04


def _is_due(at_s: float, tick: int) -> bool:
    return (tick - 1) / 30 < at_s <= tick / 30
