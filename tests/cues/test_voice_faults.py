"""A voice whose process dies, hangs or is missing: back a few times, then a fault for staff."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.cues import renderer as renderers
from kiosk.cues import rendering, words
from kiosk.cues import voice as voices
from kiosk.cues.renderer import Renderer
from kiosk.cues.rules import Cue
from kiosk.cues.voice import Voice
from kiosk.session.model import Phase
from tests.cues.test_rendering import script
from tests.cues.test_voice import Kiosk, wait
from tests.screens.fake import MOVING, status, walk

needs_speech = pytest.mark.skipif(
    rendering.program() is None,
    reason="NOT RUN: the voice: espeak-ng is not installed (.ci/tools installs it)",
)


class Lives:
    """Every process that the voice started, in order."""

    def __init__(self) -> None:
        self.all: list[Renderer] = []

    @property
    def pids(self) -> list[int]:
        return [life.pid for life in self.all]


@pytest.fixture(autouse=True)
def lives(monkeypatch: pytest.MonkeyPatch) -> Lives:
    """Keep account of the processes; wait for nothing between them."""
    kept = Lives()

    class Kept(Renderer):
        def __init__(self, folder: Path, program: str) -> None:
            super().__init__(folder, program)
            kept.all.append(self)

    monkeypatch.setattr(voices, "Renderer", Kept)
    monkeypatch.setattr(voices, "FIRST_WAIT_S", 0.001)
    return kept


@pytest.fixture
def voice(tmp_path: Path) -> Iterator[Voice]:
    made = Voice(tmp_path / "cache", rendering.program() or "")
    made.start()
    yield made
    made.close()
    assert not made._thread.is_alive()


def says(voice: Voice, sentence: str) -> None:
    """Have a sentence made, and wait for it."""
    voice.want([sentence], soon=True)
    wait(lambda: voice.sound(sentence) is not None, f"{sentence!r} never came")


def told(voice: Voice) -> str:
    """Wait for the voice's end; return what staff read of it."""
    wait(lambda: voice.fault() is not None, "the fault never came")
    (said,) = voice.fault() or ()
    return str(said)


@needs_speech
def test_a_killed_process_is_back_for_the_next_sentence(voice: Voice, lives: Lives) -> None:
    says(voice, "One.")
    os.kill(lives.pids[0], signal.SIGKILL)
    says(voice, "Two.")
    assert len(lives.all) == 2
    assert voice.fault() is None


@needs_speech
def test_it_is_back_also_while_nobody_speaks(
    voice: Voice, lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voices, "LOOK_S", 0.05)
    says(voice, "One.")
    os.kill(lives.pids[0], signal.SIGKILL)
    wait(lambda: len(lives.all) == 2, "nobody noticed")


@needs_speech
def test_a_process_that_always_dies_is_a_fault_and_what_was_ready_is_still_said(
    voice: Voice, lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(voice, "One.")
    real = Renderer.made

    def killed(life: Renderer, sentence: str, language: str) -> object:
        os.kill(life.pid, signal.SIGKILL)
        return real(life, sentence, language)

    monkeypatch.setattr(Renderer, "made", killed)
    voice.want([f"Sentence {number}." for number in range(9)], soon=True)
    assert told(voice) == str(voices.FAILED)
    assert len(lives.all) == 1 + voices.RESTARTS
    assert not voice.want(["Two."], soon=True), "it is still hoped for"
    assert voice.sound("One.") is not None
    for pid in lives.pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@needs_speech
def test_old_failures_do_not_count(
    voice: Voice, lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voices, "WITHIN_S", 0.0)
    for number in range(voices.RESTARTS + 2):
        says(voice, f"Sentence {number}.")
        os.kill(lives.pids[-1], signal.SIGKILL)
    says(voice, "And on.")
    assert voice.fault() is None


@needs_speech
def test_a_sentence_that_kills_it_does_not_take_the_rest_along(
    voice: Voice, lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Renderer.made

    def made(life: Renderer, sentence: str, language: str) -> object:
        if sentence == "Bad.":
            os.kill(life.pid, signal.SIGKILL)
        return real(life, sentence, language)

    monkeypatch.setattr(Renderer, "made", made)
    voice.want(["Bad."], soon=True)
    says(voice, "Good.")
    wait(lambda: not voice.want(["Bad."], soon=True), "it was hoped for for ever")
    assert len(lives.all) == 1 + voices.TRIES
    assert voice.fault() is None


@needs_speech
def test_a_process_that_hangs_is_ended_with_what_it_started(
    voice: Voice, lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(voice, "One.")
    monkeypatch.setattr(renderers, "ANSWER_S", 5.0)
    os.kill(lives.pids[0], signal.SIGSTOP)
    voice.want(["Two."], soon=True)
    wait(lambda: len(lives.all) >= 2, "it was waited for for ever")
    with pytest.raises(ProcessLookupError):
        os.kill(lives.pids[0], 0)


@pytest.mark.parametrize("text", ["exit 1", "exec sleep 60"])
def test_an_espeak_that_never_works_is_a_fault(
    text: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renderers, "ANSWER_S", 1.0)
    voice = Voice(tmp_path / "cache", script(tmp_path, text))
    voice.start()
    assert told(voice) == str(voices.FAILED)
    assert [r.message.startswith("no voice") for r in caplog.records].count(True) == 1
    voice.close()


def test_an_espeak_that_fails_later_is_a_fault(tmp_path: Path, lives: Lives) -> None:
    program = script(tmp_path, 'test "$1" = --version && echo 1.0 && exit 0\nkill -9 $$')
    voice = Voice(tmp_path / "cache", program)
    voice.start()
    voice.want([f"Sentence {number}." for number in range(9)], soon=True)
    assert told(voice) == str(voices.FAILED)
    assert len(lives.all) == 1 + voices.RESTARTS
    voice.close()


@needs_speech
def test_a_cache_that_cannot_be_written_sends_staff_to_the_disk(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    voice = Voice(tmp_path / "cache", rendering.program() or "")
    voice.start()
    voice.want(["Good."], soon=True)
    assert told(voice) == str(voices.NO_ROOM)
    voice.close()


@needs_speech
def test_a_thread_that_is_killed_is_a_fault(voice: Voice, lives: Lives) -> None:
    says(voice, "One.")
    ident = ctypes.c_ulong(voice._thread.ident or 0)
    assert ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(SystemExit)) == 1
    voice.want(["Wake."], soon=True)
    assert told(voice) == str(voices.FAILED)
    wait(lambda: not voice._thread.is_alive(), "it goes on")
    with pytest.raises(ProcessLookupError):
        os.kill(lives.pids[0], 0)


@needs_speech
def test_a_fault_in_the_thread_costs_one_new_start(
    voice: Voice, lives: Lives, caplog: pytest.LogCaptureFixture
) -> None:
    says(voice, "One.")
    heard = threading.Event()

    def ready(_sound: object, _sentence: str) -> None:
        if not heard.is_set():
            heard.set()
            raise ZeroDivisionError("made up")

    voice._ready = ready
    voice.want(["Two."], soon=True)
    assert heard.wait(60)
    says(voice, "Three.")
    assert len(lives.all) == 2
    assert "a fault in the voice's thread" in caplog.text


def test_it_can_be_closed_between_two_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voices, "FIRST_WAIT_S", 3600.0)
    voice = Voice(tmp_path / "cache", script(tmp_path, "exit 1"))
    starts: list[int] = []
    monkeypatch.setattr(
        voice, "_live", lambda: (starts.append(1), renderers.RendererFailed("x"))[1]
    )
    voice.start()
    wait(lambda: len(starts) == 2, "it was not tried again")
    voice.close()
    assert not voice._thread.is_alive()


@needs_speech
def test_tones_go_on_and_what_was_ready_is_said_when_the_voice_is_gone(
    voice: Voice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(voice, words.HOLD_ON)
    ident = ctypes.c_ulong(voice._thread.ident or 0)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(SystemExit))
    voice.want(["Wake."], soon=True)
    told(voice)
    kiosk = Kiosk(tmp_path, voice)
    walking = walk(walked_s=10.0)
    kiosk.see(Phase.WALKING, 0.0, walking=walking, seen=MOVING)
    warned = status(MOVING, rails_warning="no_hands")
    for tick in range(60):
        kiosk.see(Phase.WALKING, 0.1 + tick / 30, walking=walking, seen=warned)
    assert kiosk.files()[0] == f"{Cue.RAILS}-2.wav"
    assert len(kiosk.files()) == 2, "the warning that was ready is not said any more"
