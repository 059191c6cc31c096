"""espeak-ng's real voice: the files hold speech of that length, in every language, and at once.

These need espeak-ng, which `make test` installs; where it cannot, they are NOT RUN and say so.
"""

from __future__ import annotations

import array
import itertools
import math
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.cues import rendering, texts, words
from kiosk.cues.cache import Cache
from kiosk.cues.rendering import RATE_HZ, NotSpoken, Wav
from kiosk.cues.texts import _
from tests.cues.hearing import spoken
from tests.screens.fake import PROGRAMS, walk

LANGUAGES = ("en", "es", "de", "fr")
FRAME = RATE_HZ // 50


@pytest.fixture(scope="session")
def program() -> str:
    found = rendering.program()
    if found is None:
        pytest.skip("NOT RUN: the voice: espeak-ng is not installed (.ci/tools installs it)")
    return found


def rms(samples: array.array[int]) -> float:
    return math.sqrt(sum(value * value for value in samples) / max(1, len(samples)))


def frames(wav: Wav) -> Iterator[float]:
    for start in range(0, len(wav.samples) - FRAME + 1, FRAME):
        yield rms(wav.samples[start : start + FRAME])


def every(language: str) -> list[str]:
    """Every fixed sentence of a language, and those of a plan."""
    with spoken(language):
        fixed = [*map(_, words.FIXED), *words.COUNT, *words.disclaimer()]
        plans = [walk(name).plan for name in PROGRAMS]
        of_plans = [sentence for plan in plans for sentence in words.of_plan(plan)]
        return [*dict.fromkeys([*fixed, *of_plans])]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_speech_of_its_length_and_begins_at_once(
    language: str, program: str
) -> None:
    for sentence in every(language):
        wav = rendering.speech(program, sentence, language)
        letters = len(rendering.plain(sentence))
        assert 0.2 + 0.028 * letters <= wav.length_s <= 0.9 + 0.13 * letters, sentence
        loud = [level > 500 for level in frames(wav)]
        assert any(loud[:3]), f"{sentence}: it begins with silence"
        assert sum(loud) / len(loud) > 0.5, f"{sentence}: it is mostly silence"
        longest = max(
            (len([*run]) for is_loud, run in itertools.groupby(loud) if not is_loud), default=0
        )
        assert longest * 0.02 < 0.9, f"{sentence}: it falls silent in the middle"
        assert max(map(abs, wav.samples)) > 9_000
        assert max(map(abs, wav.samples)) <= 32_000
        assert abs(wav.samples[0]) < 300
        assert abs(wav.samples[-1]) < 300


def test_no_sentence_is_louder_than_another(program: str) -> None:
    found = []
    for language in LANGUAGES:
        with spoken(language):
            for text in words.URGENT:
                wav = rendering.speech(program, _(text), language)
                levels = [level for level in frames(wav) if level > 1_000]
                found.append(sum(levels) / len(levels))
    assert max(found) / min(found) < 2.0  # 6 dB


def test_another_language_is_another_voice(program: str) -> None:
    made = {lang: rendering.speech(program, "Radio 1,5", lang).samples for lang in LANGUAGES}
    assert len({one.tobytes() for one in made.values()}) == len(LANGUAGES)


@pytest.mark.parametrize(
    "text", ["-w /tmp/x", "--help", "-f /etc/passwd", "/etc/passwd", "<audio src='x'/> a", "[[h'u"]
)
def test_a_text_is_never_an_option_or_a_file(text: str, program: str, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    assert rendering.speech(program, text, "en").length_s > 0.2
    assert sorted(tmp_path.iterdir()) == before


def test_silence_is_not_taken_for_speech(program: str) -> None:
    with pytest.raises(NotSpoken):
        rendering.speech(program, " ", "en")
    with pytest.raises(NotSpoken):
        rendering.evened(array.array("h", [0] * 5_000))


def script(folder: Path, text: str) -> str:
    file = folder / "espeak-ng"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return str(file)


def test_a_voice_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "WITHIN_S", 0.2)
    with pytest.raises(NotSpoken, match="did not end"):
        rendering.speech(script(tmp_path, "exec sleep 60"), "Hello.", "en")


@pytest.mark.parametrize(
    ("text", "why"),
    [("exit 3", "ended with 3"), ("echo no", "no sound"), ("printf RIFF", "no sound")],
)
def test_a_voice_that_fails_says_why(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(NotSpoken, match=why):
        rendering.speech(script(tmp_path, f"cat >/dev/null; {text}"), "Hello.", "en")
    with pytest.raises(NotSpoken, match="cannot be started"):
        rendering.speech(str(tmp_path / "nothing"), "Hello.", "en")


# --- files -----------------------------------------------------------------------------------


def test_what_is_packed_is_unpacked_and_any_damage_is_seen() -> None:
    wav = Wav(array.array("h", range(-500, 500)))
    content = rendering.packed(wav)
    found = rendering.unpacked(content)
    assert found is not None
    assert found.samples == wav.samples
    for place in (0, 36, 41, 44, 500, len(content) - 1):
        broken = bytearray(content)
        broken[place] ^= 0x10
        assert rendering.unpacked(bytes(broken)) is None, place
    for length in (0, 10, 60, len(content) - 1):
        assert rendering.unpacked(content[:length]) is None
    size = struct.unpack("<I", content[4:8])[0]
    assert size == len(content) - 8


def test_a_sentence_is_made_once_whole_and_a_damaged_one_anew(tmp_path: Path, program: str) -> None:
    cache = Cache(tmp_path / "new", program, "test")
    first = cache.sound("Hold on!", "en")
    content = first.file.read_bytes()
    assert cache.sound("Hold on!", "en") == first
    assert not list(first.file.parent.glob("*.partial"))
    first.file.write_bytes(content[: len(content) // 2])
    assert cache.sound("Hold on!", "en") == first
    assert first.file.read_bytes() == content


def test_a_file_is_another_one_for_each_thing_that_changes_its_sound(tmp_path: Path) -> None:
    cache = Cache(tmp_path, "espeak-ng", "1.51")
    files = {
        cache.file("Hold on!", "en"),
        cache.file("Hold on.", "en"),
        cache.file("Hold on!", "de"),
        Cache(tmp_path, "espeak-ng", "1.52").file("Hold on!", "en"),
    }
    assert len(files) == 4
    assert all(file.parent == tmp_path for file in files)
    assert cache.file("../../etc/passwd", "en").parent == tmp_path


def test_the_cache_is_bounded_and_the_longest_unused_go_first(tmp_path: Path, program: str) -> None:
    cache = Cache(tmp_path, program, "test", most_bytes=150_000)
    sounds = [cache.sound(f"Number {index}.", "en") for index in range(6)]
    (tmp_path / "left.partial").write_bytes(b"half")
    cache.sound("Number 0.", "en")
    cache.sweep()
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 150_000
    assert sounds[0].file.exists()
    assert not sounds[1].file.exists()
    assert not (tmp_path / "left.partial").exists()


def test_nothing_but_our_own_sentences_reaches_the_voice() -> None:
    """A therapist's step may be named after somebody: it is told by its number."""
    plan = walk().plan
    from msgspec.structs import replace

    named = replace(
        plan,
        profile_code="AB-12",
        name="For Maria Lopez",
        steps=tuple(replace(step, name="Maria Lopez") for step in plan.steps),
    )
    said = " ".join(words.of_plan(named))
    assert "Maria" not in said
    assert words.step_name(named, 1) == "Step 2 of 3."
    assert words.step_name(plan, 1) == "Now: the main part."
    assert texts.language() == "en"
