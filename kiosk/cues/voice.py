"""The voice: sentences made ready by a process of its own, so that nobody waits for espeak-ng.

Whoever asks gets an answer at once, from memory. What is to be said soon comes before what is only
made ready in case.
"""

from __future__ import annotations

import itertools
import logging
import queue
import select
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from hardware.threads import name_this_thread
from kiosk.cues import maker, texts
from kiosk.cues.turns import Sound

log = logging.getLogger(__name__)

MISSING: Final = (
    "espeak-ng is not installed: the kiosk has tones and no voice. "
    "To mend it: sudo apt install espeak-ng"
)
KEPT: Final = 4_000
"""Sentences that are remembered; the files stay."""
ANSWER_S: Final = 30.0
"""A sentence takes a tenth of a second; on a machine that has much else to do, more."""
CLOSE_S: Final = 2.0
_SOON: Final = 0
_LATER: Final = 1
_END: Final = -1
_Job = tuple[int, int, str, str]


class Mute:
    """No voice: tones alone."""

    def sound(self, sentence: str) -> Sound | None:
        """Return nothing."""
        return None

    def want(self, sentences: Sequence[str], *, soon: bool) -> bool:
        """Say that there is no hope."""
        return False


class Voice:
    """Sentences in the language in use, rendered by espeak-ng into a cache."""

    def __init__(
        self,
        folder: Path,
        program: str,
        *,
        ready: Callable[[Sound, str], None] = lambda _sound, _sentence: None,
    ) -> None:
        """Nothing runs before :meth:`start`.

        ``ready`` hears, in the voice's own thread, of every sentence that is there now.
        """
        self._folder = folder
        self._program = program
        self._ready = ready
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._order = itertools.count()
        self._lock = threading.Lock()
        self._sounds: dict[tuple[str, str], Sound | None] = {}
        self._asked: dict[tuple[str, str], int] = {}
        self._broken = False
        self._thread = threading.Thread(target=self._guarded, name="voice", daemon=True)

    def start(self) -> None:
        """Begin to render what is wanted."""
        self._thread.start()

    def close(self) -> None:
        """End, and its process with it."""
        self._jobs.put((_END, 0, "", ""))
        if self._thread.is_alive():
            self._thread.join(CLOSE_S)

    def sound(self, sentence: str) -> Sound | None:
        """Return a sentence of the language in use, if it is ready."""
        with self._lock:
            return self._sounds.get((texts.language(), sentence))

    def want(self, sentences: Sequence[str], *, soon: bool) -> bool:
        """Have sentences made ready; False where one of them cannot be."""
        if self._broken:
            return False
        language, rank = texts.language(), _SOON if soon else _LATER
        hopeful = True
        with self._lock:
            for sentence in sentences:
                key = language, sentence
                if key in self._sounds:
                    hopeful = hopeful and self._sounds[key] is not None
                elif self._asked.get(key, _LATER + 1) > rank:
                    self._asked[key] = rank
                    self._jobs.put((rank, next(self._order), *key))
        return hopeful

    def _guarded(self) -> None:
        name_this_thread("voice")
        try:
            self._serve()
        except Exception:
            # Tones go on, and so does whoever walks: nobody is stopped for a voice.
            self._broken = True
            log.critical("no voice: its thread died", exc_info=True)

    def _serve(self) -> None:
        command = maker.command(self._folder, self._program)
        try:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except OSError as error:
            self._give_up(error.strerror)
            return
        try:
            began = self._answer(process)
            if began.broken:
                self._give_up(began.broken)
            while not self._broken:
                rank, _order, language, sentence = self._jobs.get()
                if rank == _END:
                    return
                with self._lock:
                    there = (language, sentence) in self._sounds
                if not there:
                    self._render(process, language, sentence)
        finally:
            process.kill()  # it has nothing to lose: a file is whole or not there
            process.communicate()

    def _render(self, process: subprocess.Popen[bytes], language: str, sentence: str) -> None:
        made = self._asked_of(process, maker.Wanted(sentence, language))
        if made.broken:
            self._give_up(made.broken)
            return
        sound: Sound | None = None
        if made.not_spoken:
            log.warning("%r is not spoken: espeak-ng: %s", sentence, made.not_spoken)
        else:
            sound = Sound(Path(made.file), made.length_s)
        with self._lock:
            if len(self._sounds) >= KEPT:
                self._sounds.clear()
            self._asked.pop((language, sentence), None)
            self._sounds[language, sentence] = sound
        if sound is not None:
            self._ready(sound, sentence)

    def _asked_of(self, process: subprocess.Popen[bytes], wanted: maker.Wanted) -> maker.Made:
        if process.stdin is None:
            raise RuntimeError("the maker was started without a pipe")
        try:
            process.stdin.write(msgspec.json.encode(wanted) + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            return maker.Made(broken="its process ended")
        return self._answer(process)

    def _answer(self, process: subprocess.Popen[bytes]) -> maker.Made:
        """Return the next answer; one that does not come in time is the voice's end."""
        if process.stdout is None:
            raise RuntimeError("the maker was started without a pipe")
        readable, _, _ = select.select([process.stdout], [], [], ANSWER_S)
        line = process.stdout.readline() if readable else b""
        if not line:
            return maker.Made(broken="its process does not answer")
        return msgspec.json.decode(line, type=maker.Made)

    def _give_up(self, why: object) -> None:
        """Tones alone from now on; a kiosk that leads somebody does not end for its voice."""
        self._broken = True
        log.warning("no voice: %s", why)
