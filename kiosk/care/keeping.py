"""What was proven and calibrated, kept; and since when the proof test is due."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from kiosk.care.books import Book
from kiosk.care.due import Now, Proven, due, proven_of
from kiosk.care.measuring import Measure
from kiosk.care.model import Due
from kiosk.care.proof import Proof
from kiosk.clock import Machine, WallClock
from profiles.saying import Said, saying

log = logging.getLogger(__name__)

Ask = Callable[[Callable[[], None]], Future[None]]
LOOKS_NS: Final = 1_000_000_000
_UNREAD: Final = saying("The record of the last proof test is damaged: do the test again.")


class Keeping:
    """The two books of ``DATA/care``. Only the desk's thread may keep, any may read ``due``, and
    say how a test ended."""

    def __init__(
        self,
        data: Path,
        clock: WallClock,
        *,
        every_h: Callable[[], int],
        simulated: bool,
        machine: Machine | None = None,
    ) -> None:
        """Read what was kept. A simulation counts as proven from here on, and says so."""
        self._proofs = Book(data / "care" / "proofs.jsonl")
        self._measures = Book(data / "care" / "calibrations.jsonl")
        self._clock = clock
        self._machine = machine or Machine()
        self._every_h = every_h
        self._looked_ns = -LOOKS_NS
        lines = self._proofs.lines()
        self.key_seen = any(_saw_key(line) for line in lines)
        """Whether a key was ever proven here: then nobody may say that there is none."""
        # The newest line decides. If it cannot be read, it may have said that a stop failed: what
        # was passed before it counts no more.
        self._last = proven_of(lines[-1]) if lines else None
        self._unread = bool(lines) and self._last is None
        self._assumed = simulated
        if simulated:
            self._last, self._unread = self._proven(passed=True), False
        self._unkept = False
        self._ask: Ask | None = None
        self._turn = threading.Lock()
        self._waiting: deque[Callable[[], None]] = deque()
        self.due = Due()
        self.look(0)

    @property
    def overdue(self) -> bool:
        """Whether no session may start."""
        return self.due.overdue

    def bind(self, ask: Ask) -> None:
        """Take the way to the desk's thread."""
        self._ask = ask

    def look(self, now_ns: int) -> None:
        """Look at the clocks, about once a second, and at what waits to be kept; call it often."""
        if now_ns - self._looked_ns < LOOKS_NS:
            return
        self._looked_ns = now_ns
        self._hand_on()
        found = due(self._last, self._now(), self._every_h())
        self.due = replace(found, assumed=self._assumed, unkept=self._unkept, unread=self._unread)

    def faults(self) -> tuple[Said, ...]:
        """Return what staff are told of the books; any thread may ask."""
        return ((_UNREAD,),) if self.due.unread else ()

    def ended(self, proof: Proof) -> None:
        """A test came to its end: have that kept. One that failed counts from this moment on."""
        proven = self._proven(passed=proof.stage == "passed")
        if not proven.passed:
            self._count(proven)
        self._waiting.append(lambda: self._keep(proof, proven))
        self._hand_on()

    def keep_proof(self, proof: Proof) -> None:
        """Keep how a test ended. One that the disk does not take counts only if it failed."""
        self._keep(proof, self._proven(passed=proof.stage == "passed"))

    def _hand_on(self) -> None:
        """Ask for what waits, in its order; where the desk is too busy, a later look asks again."""
        with self._turn:
            while self._waiting and self._ask is not None:
                asked = self._ask(self._waiting[0])
                if asked.done() and asked.exception() is not None:
                    return
                self._waiting.popleft()

    def _count(self, proven: Proven) -> None:
        self._last, self._assumed, self._unread = proven, False, False
        self._looked_ns = -LOOKS_NS
        self.look(0)

    def _keep(self, proof: Proof, proven: Proven) -> None:
        line = {
            **msgspec.to_builtins(proven),
            "by": "staff",
            "results": dict(proof.results),
            "why": proof.why,
            "falls_ms": dict(proof.falls_ms),
        }
        kept = _kept(self._proofs, line)
        self._unkept = not kept
        if kept or not proven.passed:
            self.key_seen = self.key_seen or _saw_key(line)
            self._count(proven)
        else:
            self._looked_ns = -LOOKS_NS
            self.look(0)

    def keep_measure(self, measure: Measure) -> None:
        """Keep what a calibration changed; the value itself is the settings'."""
        stamp = msgspec.to_builtins(self._proven(passed=True))
        line = {
            **stamp,
            "by": "staff",
            "old": {"mm_per_count": measure.now_mm, "invert": measure.now_invert},
            "new": {"mm_per_count": measure.mm, "invert": measure.invert},
            "belt_mm": measure.belt_mm,
            "turns": measure.turns,
            "counts": [measure.first, measure.counts],
            "error_pct": measure.error_pct,
        }
        _kept(self._measures, line)

    def _now(self) -> Now:
        utc, trusted = self._clock.now()
        return Now(utc, trusted, self._machine.boot_id(), self._machine.boot_s())

    def _proven(self, *, passed: bool) -> Proven:
        now = self._now()
        return Proven(now.utc, now.trusted, now.boot_id, round(now.boot_s, 3), passed)


def _kept(book: Book, line: dict[str, Any]) -> bool:
    try:
        book.add(line)
    except OSError as error:
        log.error("%s was not written: %s", book.path, error.strerror)
        return False
    return True


def _saw_key(line: dict[str, Any] | None) -> bool:
    results = None if line is None else line.get("results")
    return isinstance(results, dict) and results.get("key") == "passed"
