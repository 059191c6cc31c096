"""What the bench hears: where a block of sound is loud, and through a pipe as SDL writes it."""

from __future__ import annotations

import array
import time
from pathlib import Path

import pytest

from kiosk.bench.ears import CHANNELS, FRAMES, LOUD, RATE_HZ, Ears, onset_of


def block(*loud: int, value: int = 5_000) -> bytes:
    samples = array.array("h", [0] * (FRAMES * CHANNELS))
    for index in loud:
        samples[index] = value
    return samples.tobytes()


def test_silence_and_what_is_all_but_silent_is_no_sound() -> None:
    assert onset_of(block(), 1.0) is None
    assert onset_of(block(3, value=LOUD), 1.0) is None
    assert onset_of(block(3, value=-LOUD - 1), 1.0) is not None


def test_a_sound_begins_where_its_first_sample_is_due() -> None:
    found = onset_of(block(882, 1764), 1.0)
    assert found is not None
    per_s = RATE_HZ * CHANNELS
    assert found.first_s == pytest.approx(1.0 + 882 / per_s)
    assert found.last_s == pytest.approx(1.0 + 1764 / per_s)


def test_what_is_written_into_the_pipe_is_heard(tmp_path: Path) -> None:
    ears = Ears(tmp_path)
    assert ears.environment()["SDL_DISKAUDIOFILE"] == str(ears.pipe)
    before = time.monotonic()
    with ears.pipe.open("wb", buffering=0) as pipe:
        pipe.write(block())
        pipe.write(block(10)[:1000])
        pipe.write(block(10)[1000:])
    until = time.monotonic() + 30
    while ears.first_loud_after(before) is None:
        assert time.monotonic() < until, "nothing was heard"
        time.sleep(0.01)
    heard = ears.first_loud_after(before)
    assert heard is not None
    assert not ears.is_silent(before, heard + 0.1)
    assert ears.is_silent(before - 5, before)
    assert ears.first_loud_after(heard + 1) is None
