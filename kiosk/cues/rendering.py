"""A sentence to a WAV file: espeak-ng's voice, made even, and beginning at once.

A sentence reaches espeak-ng through its standard input alone, so that no text can be an option
or a file's name to it.
"""

from __future__ import annotations

import array
import math
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Final, NamedTuple

PROGRAM: Final = "espeak-ng"
VOICES: Final = {"en": "en-gb", "es": "es", "de": "de", "fr": "fr"}
WORDS_A_MINUTE: Final = 145
"""Slow for a machine, so that an old ear beside a treadmill follows."""
WITHIN_S: Final = 10.0
"""A sentence takes espeak-ng some hundredths of a second; a paragraph a tenth."""
FORMAT: Final = 2
"""Another way to treat the sound is another number, and another file."""
RATE_HZ: Final = 22_050
MOST_S: Final = 60.0

_RMS: Final = 6_500.0
"""Where speech is, its mean is brought to this: no sentence is louder than another."""
_PEAK: Final = 31_000
_QUIET: Final = 250
"""Below this there is no speech yet."""
_BEFORE_S: Final = 0.01
_AFTER_S: Final = 0.06
_FADE_S: Final = 0.005
_FRAME: Final = RATE_HZ // 50
_TRANSLATED: Final = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "[": " ", "]": " "} | dict.fromkeys("“”„«»\u2066\u2069", "")
)
"""Marks that are for the eye; brackets would be phonemes to espeak-ng."""


class NotSpoken(ValueError):
    """espeak-ng made no speech of a sentence; one sentence says why."""


class EngineFailed(NotSpoken):
    """espeak-ng itself failed: it is gone, hangs, or ended with an error."""


class Wav(NamedTuple):
    """What a file of ours holds."""

    samples: array.array[int]

    @property
    def length_s(self) -> float:
        """How long it sounds."""
        return len(self.samples) / RATE_HZ


def program() -> str | None:
    """Return where espeak-ng is, or None where it is not installed."""
    return shutil.which(PROGRAM)


def version(path: str) -> str:
    """Return the version that espeak-ng says it has; raises :class:`NotSpoken`."""
    told = _run([path, "--version"], "").decode("utf-8", "replace")
    return told.split("Data at")[0].strip()


def plain(sentence: str) -> str:
    """Return a sentence as it is handed over: without what only an eye can use."""
    return " ".join(sentence.translate(_TRANSLATED).split())


def speech(path: str, sentence: str, language: str) -> Wav:
    """Return a sentence as sound; raises :class:`NotSpoken`."""
    voice = VOICES.get(language, VOICES["en"])
    command = [path, "-v", voice, "-s", str(WORDS_A_MINUTE), "-b", "1", "--stdin", "--stdout"]
    # A full stop is left to the voice: it lets it fall, as at a sentence's end.
    samples = _samples(_run(command, plain(sentence) + "\n"))
    return Wav(evened(samples))


def evened(samples: array.array[int]) -> array.array[int]:
    """Return speech cut to where it sounds, as loud as any other. Raises :class:`NotSpoken`."""
    start = next((i for i, value in enumerate(samples) if abs(value) > _QUIET), None)
    if start is None:
        raise NotSpoken("it gave nothing but silence")
    end = next(i for i in range(len(samples) - 1, -1, -1) if abs(samples[i]) > _QUIET)
    first = max(0, start - round(_BEFORE_S * RATE_HZ))
    cut = samples[first : end + round(_AFTER_S * RATE_HZ)]
    squares = [sum(v * v for v in cut[i : i + _FRAME]) / _FRAME for i in range(0, len(cut), _FRAME)]
    loudest = max(squares)
    voiced = [square for square in squares if square > loudest / 100]
    gain = _RMS / math.sqrt(sum(voiced) / len(voiced))
    # Where the gain would take a peak over the top, the top is bent rather than cut off.
    made = array.array("h", [_bent(value * gain) for value in cut])
    fade = min(len(made) // 2, round(_FADE_S * RATE_HZ))
    for index in range(fade):
        made[index] = made[index] * index // fade
        made[-1 - index] = made[-1 - index] * index // fade
    return made


def _bent(value: float) -> int:
    limit = 0.6 * _PEAK
    over = abs(value) - limit
    if over <= 0:
        return round(value)
    room = _PEAK - limit
    return round(math.copysign(limit + room * over / (over + room), value))


def packed(wav: Wav) -> bytes:
    """Return the bytes of a WAV file; a sum of the sound at its end tells a damaged one."""
    data = as_bytes(wav.samples)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE_HZ, RATE_HZ * 2, 2, 16)
    sound = struct.pack("<4sI", b"data", len(data)) + data
    check = struct.pack("<4sII", b"swck", 4, zlib.crc32(data))
    body = b"WAVE" + form + sound + check
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def unpacked(content: bytes) -> Wav | None:
    """Return the sound of a file that :func:`packed` made; None of a damaged one."""
    if len(content) < 56 or content[:4] != b"RIFF" or content[36:40] != b"data":
        return None
    length = int.from_bytes(content[40:44], "little")
    data, check = content[44 : 44 + length], content[44 + length :]
    if len(data) != length or length % 2 or check[:4] != b"swck":
        return None
    if int.from_bytes(check[8:12], "little") != zlib.crc32(data):
        return None
    return Wav(from_bytes(data))


def read(file: Path) -> Wav | None:
    """Return the sound of a file; None where there is none, or it is damaged. Raises OSError."""
    try:
        return unpacked(file.read_bytes())
    except FileNotFoundError:
        return None


def as_bytes(samples: array.array[int]) -> bytes:
    """Return samples as a WAV file has them, the low byte first."""
    if sys.byteorder == "big":
        samples = samples[:]
        samples.byteswap()
    return samples.tobytes()


def from_bytes(data: bytes) -> array.array[int]:
    """Return the samples of a WAV file's bytes."""
    found = array.array("h", data)
    if sys.byteorder == "big":
        found.byteswap()
    return found


def _samples(content: bytes) -> array.array[int]:
    """Return the samples of what espeak-ng wrote; the lengths in its header are made up."""
    if len(content) < 46 or content[:4] != b"RIFF" or content[36:40] != b"data":
        raise NotSpoken("it wrote no sound")
    rate = int.from_bytes(content[24:28], "little")
    if rate != RATE_HZ:
        raise NotSpoken(f"it speaks with {rate} samples a second, not {RATE_HZ}")
    data = content[44 : 44 + round(MOST_S * RATE_HZ) * 2]
    return from_bytes(data[: len(data) // 2 * 2])


def _run(command: list[str], given: str) -> bytes:
    try:
        done = subprocess.run(
            command, input=given.encode("utf-8"), capture_output=True, timeout=WITHIN_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise EngineFailed(f"it did not end within {WITHIN_S:g} s") from error
    except OSError as error:
        raise EngineFailed(f"it cannot be started ({error.strerror})") from error
    if done.returncode != 0:
        words = " ".join(done.stderr.decode("utf-8", "replace").split())[-200:]
        raise EngineFailed(f"it ended with {done.returncode}: {words}")
    return done.stdout
