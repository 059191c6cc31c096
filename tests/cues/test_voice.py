"""The voice's thread: ready when it is asked for, urgent first, and quiet about what fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.cues import rendering, words
from kiosk.cues.cuer import Cuer
from kiosk.cues.rules import Cue
from kiosk.cues.texts import _
from kiosk.cues.tones import tone_sounds
from kiosk.cues.turns import Turns
from kiosk.cues.voice import Mute, Voice
from kiosk.cues.volume import Volume
from kiosk.session.model import Phase
from tests.cues.hearing import spoken
from tests.cues.test_turns import Loudspeaker
from tests.screens.fake import MOVING, REST, snapshot, status, walk


def wait(condition: Callable[[], bool], what: str) -> None:
    """A thread is waited for, however slow the machine is."""
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.01)


@pytest.fixture
def voice(tmp_path: Path) -> Iterator[Voice]:
    program = rendering.program()
    if program is None:
        pytest.skip("NOT RUN: the voice: espeak-ng is not installed (.ci/tools installs it)")
    made = Voice(tmp_path / "cache", program)
    yield made
    made.close()


def test_a_sentence_is_ready_some_time_after_it_is_wanted(voice: Voice) -> None:
    assert voice.sound("Hold on!") is None
    assert voice.want(["Hold on!"], soon=True)
    voice.start()
    wait(lambda: voice.sound("Hold on!") is not None, "it never came")
    sound = voice.sound("Hold on!")
    assert sound is not None
    assert rendering.read(sound.file) is not None
    with spoken("de"):
        assert voice.sound("Hold on!") is None  # of another language it is not said


def test_what_is_needed_soon_comes_before_what_is_made_ready(voice: Voice) -> None:
    order: list[str] = []
    voice._ready = lambda _sound, sentence: order.append(sentence)
    later = [f"Later {number}." for number in range(4)]
    voice.want(later, soon=False)
    voice.want(["Now!"], soon=True)
    voice.want([later[3]], soon=True)
    voice.start()
    wait(lambda: len(order) == 5, "not all of them came")
    assert order == ["Now!", later[3], *later[:3]]


def test_a_sentence_that_is_not_spoken_is_told_once(
    voice: Voice, caplog: pytest.LogCaptureFixture
) -> None:
    voice.start()
    voice.want(["…"], soon=True)
    wait(lambda: not voice.want(["…"], soon=True), "it was hoped for for ever")
    assert voice.want(["Good."], soon=True)
    wait(lambda: voice.sound("Good.") is not None, "one bad sentence took the others along")
    assert len([r for r in caplog.records if "not spoken" in r.message]) == 1


# --- all together ------------------------------------------------------------------------------


class Kiosk:
    """A cuer with a voice whose sentences are there, and a clock of its own."""

    def __init__(self, folder: Path, voice: Voice | Mute) -> None:
        self.now = 0.0
        self.backend = Loudspeaker()
        self.volume = Volume(80)
        turns = Turns(self.backend, tone_sounds(folder), voice, self.volume)
        self.cuer = Cuer(turns, voice, self.volume, clock=lambda: self.now)

    def see(self, phase: Phase, at_s: float, **fields: object) -> None:
        self.now = at_s
        self.cuer.hear(snapshot(phase, past_s=at_s, **fields))  # type: ignore[arg-type]

    def files(self) -> list[str]:
        return [Path(name).name for name, _volume in self.backend.played]


def test_all_fixed_sentences_are_made_ready_before_anybody_comes(
    voice: Voice, tmp_path: Path
) -> None:
    kiosk = Kiosk(tmp_path, voice)
    kiosk.see(Phase.IDLE, 0.0)
    voice.start()
    urgent = [_(text) for text in words.URGENT]
    fixed = [_(text) for text in words.FIXED]
    wait(lambda: all(voice.sound(text) for text in urgent), "the warnings are not ready")
    wait(lambda: all(voice.sound(text) for text in fixed), "not all is ready")


def test_what_a_plan_needs_is_made_ready_when_it_is_chosen(voice: Voice, tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path, voice)
    chosen = walk()
    kiosk.see(Phase.CHOSEN, 0.0, walking=chosen)
    voice.start()
    wait(lambda: all(voice.sound(t) for t in words.of_plan(chosen.plan)), "the plan is not ready")


def test_without_a_voice_there_are_tones(tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path, Mute())
    walking = walk(walked_s=10.0)
    kiosk.see(Phase.WALKING, 0.0, walking=walking, seen=MOVING)
    warned = status(MOVING, rails_warning="no_hands")
    kiosk.see(Phase.WALKING, 0.1, walking=walking, seen=warned)
    assert kiosk.files() == ["rails-2.wav"]


def test_the_staff_may_switch_the_voice_off_but_not_its_warnings(
    tmp_path: Path, voice: Voice
) -> None:
    voice.want([words.HOLD_ON], soon=True)
    voice.start()
    wait(lambda: voice.sound(words.HOLD_ON) is not None, "it never came")
    kiosk = Kiosk(tmp_path, voice)
    kiosk.cuer.speaks = False
    walking = walk(walked_s=10.0)
    kiosk.see(Phase.STARTING, 0.0, walking=walking, seen=MOVING)
    kiosk.see(Phase.WALKING, 1.0, walking=walking, seen=MOVING)
    assert kiosk.files() == []
    warned = status(MOVING, rails_warning="no_hands")
    for tick in range(60):
        kiosk.see(Phase.WALKING, 2.0 + tick / 30, walking=walking, seen=warned)
    assert len(kiosk.files()) == 2
    assert kiosk.files()[0] == f"{Cue.RAILS}-2.wav"


def test_the_patrons_volume_goes_with_them(tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path, Mute())
    kiosk.see(Phase.SUMMARY, 0.0, walking=walk(walked_s=10.0), seen=REST)
    kiosk.volume.down()
    assert kiosk.backend.played[-1][1] == pytest.approx(0.8 * 0.6)
    kiosk.see(Phase.IDLE, 1.0)
    assert kiosk.volume.step == 0
