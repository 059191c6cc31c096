"""The voice: sentences made ready by a process of its own, so that nobody waits for espeak-ng.

Whoever asks gets an answer at once, from memory. What is to be said soon comes before what is only
made ready in case. A process that fails is started anew a few times; then the voice is at its end,
which staff see as a fault, and tones go on with every sentence that was ready before.
"""

from __future__ import annotations

import itertools
import logging
import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from hardware.threads import name_this_thread
from kiosk.cues import texts
from kiosk.cues.renderer import Renderer, RendererFailed
from kiosk.cues.turns import Sound
from profiles.saying import Said, Saying, saying

log = logging.getLogger(__name__)

MISSING: Final = (
    "espeak-ng is not installed: the kiosk has tones and no voice. "
    "To mend it: sudo apt install espeak-ng"
)
NO_PROGRAM: Final = saying(
    "There is no voice, only tones: the program espeak-ng is missing. Have the service install it."
)
FAILED: Final = saying(
    "The voice has failed: tones go on, but not everything is said. "
    "Restart the kiosk; if it stays so, call the service."
)
NO_ROOM: Final = saying(
    "The voice has failed: its sounds cannot be written to the disk. Tones go on. "
    "Restart the kiosk; if it stays so, call the service."
)
KEPT: Final = 4_000
"""Sentences that are remembered; the files stay."""
RESTARTS: Final = 5
WITHIN_S: Final = 600.0
"""A process that fails more often than ``RESTARTS`` in this time is not started again."""
FIRST_WAIT_S: Final = 0.5
"""The first new start waits for nothing, as somebody may be walking; the second one this long,
each later one twice as long as the one before."""
TRIES: Final = 2
"""A sentence at which the process fails this often is left out: it must not take the rest along."""
LOOK_S: Final = 5.0
"""How often an idle process is looked at: it should be there again before it is needed."""
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
        self._tried: Counter[tuple[str, str]] = Counter()
        self._fault: Saying | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._guarded, name="voice", daemon=True)

    def start(self) -> None:
        """Begin to render what is wanted."""
        self._thread.start()

    def close(self) -> None:
        """End, and its process with it."""
        self._ending.set()
        self._jobs.put((_END, 0, "", ""))
        if self._thread.is_alive():
            self._thread.join(CLOSE_S)

    def fault(self) -> Said | None:
        """Return what staff read of a voice at its end, else None. Any thread may ask."""
        return None if self._fault is None else (self._fault,)

    def sound(self, sentence: str) -> Sound | None:
        """Return a sentence of the language in use, if it is ready."""
        with self._lock:
            return self._sounds.get((texts.language(), sentence))

    def want(self, sentences: Sequence[str], *, soon: bool) -> bool:
        """Have sentences made ready; False where one of them cannot be."""
        if self._fault is not None:
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

    # --- in the voice's own thread ----------------------------------------------------------

    def _guarded(self) -> None:
        try:
            name_this_thread("voice")
            self._serve()
        except BaseException:
            # Tones go on, and so does whoever walks: nobody is stopped for a voice.
            self._fault = FAILED
            log.critical("no voice: its thread died", exc_info=True)

    def _serve(self) -> None:
        failures: deque[float] = deque()
        while (failure := self._live()) is not None:
            now = time.monotonic()
            while failures and now - failures[0] > WITHIN_S:
                failures.popleft()
            if len(failures) >= RESTARTS:
                self._give_up(failure)
                return
            wait_s = FIRST_WAIT_S * 2 ** (len(failures) - 1) if failures else 0.0
            failures.append(now)
            log.warning("the voice failed: %s; a new start in %g s", failure, wait_s)
            if self._ending.wait(wait_s):
                return

    def _live(self) -> RendererFailed | None:
        """Render with one process for as long as it lives; None when the voice is to end."""
        try:
            renderer = Renderer(self._folder, self._program)
        except RendererFailed as failure:
            return failure
        try:
            while True:
                rank, _order, language, sentence = job = self._next(renderer)
                if rank == _END:
                    return None
                with self._lock:
                    there = (language, sentence) in self._sounds
                if not there:
                    self._render(renderer, job)
        except RendererFailed as failure:
            return failure
        except Exception as error:
            log.exception("a fault in the voice's thread")
            with self._lock:
                self._asked.clear()  # what was at hand may be asked for again
            return RendererFailed(repr(error))
        finally:
            renderer.close()

    def _next(self, renderer: Renderer) -> _Job:
        while True:
            try:
                return self._jobs.get(timeout=LOOK_S)
            except queue.Empty:
                renderer.check()

    def _render(self, renderer: Renderer, job: _Job) -> None:
        _rank, _order, language, sentence = job
        try:
            made = renderer.made(sentence, language)
        except RendererFailed as failure:
            self._tried[language, sentence] += 1
            if failure.disk or self._tried[language, sentence] < TRIES:
                self._jobs.put(job)
            else:
                log.warning("%r is not spoken: %s", sentence, failure)
                self._keep(language, sentence, None)
            raise
        self._tried.pop((language, sentence), None)
        if made.not_spoken:
            log.warning("%r is not spoken: espeak-ng: %s", sentence, made.not_spoken)
            self._keep(language, sentence, None)
            return
        sound = Sound(Path(made.file), made.length_s)
        self._keep(language, sentence, sound)
        self._ready(sound, sentence)

    def _keep(self, language: str, sentence: str, sound: Sound | None) -> None:
        with self._lock:
            if len(self._sounds) >= KEPT:
                self._sounds.clear()
            self._asked.pop((language, sentence), None)
            self._sounds[language, sentence] = sound

    def _give_up(self, failure: RendererFailed) -> None:
        """Tones alone from now on; a kiosk that leads somebody does not end for its voice."""
        self._fault = NO_ROOM if failure.disk else FAILED
        log.error("no voice: %s", failure)
