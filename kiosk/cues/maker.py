"""The voice's own process: reads sentences, a line each, and answers with their files.

A process rather than a thread, as making a sound is some tenths of a second of work, and in the
kiosk's own process Kivy's signs of life would wait for it. It ends with its standard input.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Final

import msgspec

from kiosk.cues import rendering
from kiosk.cues.cache import Cache
from kiosk.cues.rendering import EngineFailed, NotSpoken

NICE: Final = 10


class Wanted(msgspec.Struct, frozen=True):
    """One sentence and its language."""

    sentence: str
    language: str


class Made(msgspec.Struct, frozen=True):
    """Its file and length; or why it is ``not_spoken``; or why no sentence can be: ``broken``.

    ``disk`` says that it is broken as the file could not be written.
    """

    file: str = ""
    length_s: float = 0.0
    not_spoken: str = ""
    broken: str = ""
    disk: bool = False


def command(folder: Path, program: str) -> list[str]:
    """Return the command that starts it."""
    return [sys.executable, "-P", "-m", "kiosk.cues.maker", str(folder), program]


def main() -> int:
    """Answer every line, until there are no more."""
    os.nice(NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with the kiosk, not beside it
    folder, program = Path(sys.argv[1]), sys.argv[2]
    try:
        cache = Cache(folder, program, rendering.version(program))
    except NotSpoken as error:
        _answer(Made(broken=str(error)))
        return 1
    _answer(Made())
    for line in sys.stdin.buffer:
        wanted = msgspec.json.decode(line, type=Wanted)
        _answer(_made(cache, wanted))
    return 0


def _made(cache: Cache, wanted: Wanted) -> Made:
    try:
        sound = cache.sound(wanted.sentence, wanted.language)
    except EngineFailed as error:
        return Made(broken=f"espeak-ng: {error}")
    except NotSpoken as error:
        return Made(not_spoken=str(error))
    except OSError as error:
        return Made(broken=f"{error.filename or 'the cache'}: {error.strerror}", disk=True)
    return Made(file=str(sound.file), length_s=sound.length_s)


def _answer(made: Made) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(made) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        # Its kiosk was killed. Nothing may be written at the end either: nobody reads it.
        os._exit(1)
