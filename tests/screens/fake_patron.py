"""The desk of somebody with a profile, without a library: a few people, and their PINs."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from kiosk.session.actions import Refusal
from kiosk.therapy.model import Person
from profiles.model import Step
from profiles.planned import Walk
from profiles.progress import SessionPoint
from profiles.progression import Proposal
from profiles.state import State

TRIES = 5


class FakePatron:
    """``known`` maps (who, PIN) to a person; what is asked of it is remembered in ``asked``.

    It counts tries as the real one does. While it is ``slow``, answers come with :meth:`answer`.
    """

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], Person] = {}
        self.here: Person | None = None
        self.asked: list[Any] = []
        self.wrong = 0
        self.slow = False
        self._waiting: list[tuple[Future[None], str, str]] = []

    def person(self) -> Person | None:
        return self.here

    def find(self, who: str, pin: str) -> Future[None]:
        self.asked.append(("find", who))
        answer: Future[None] = Future()
        self._waiting.append((answer, who, pin))
        if not self.slow:
            self.answer()
        return answer

    def answer(self) -> None:
        """Give the answers that were asked for."""
        waiting, self._waiting = self._waiting, []
        for answer, who, pin in waiting:
            found = self.known.get((who.upper(), pin))
            if self.wrong >= TRIES:
                answer.set_exception(Refusal("pin", "Too many tries. Wait 5 minutes."))
                continue
            self.here = found
            if found is None:
                self.wrong += 1
                left = TRIES - self.wrong
                words = f"Name and PIN do not fit. {left} tries left."
                answer.set_exception(Refusal("pin", words))
            else:
                self.wrong = 0
                answer.set_result(None)

    def leave(self) -> None:
        self.asked.append("leave")
        self.here = None


def prescribed(
    minutes: float = 12, low: float = 0.8, high: float = 1.6, pct: float = 0.0, ends: float = 2.0
) -> Walk:
    """A walk of three steps, ``ends`` minutes for the first and the last."""
    steps = (
        Step("warm-up", ends * 60, 0.8, 1.2, 0.0),
        Step("main", (minutes - 2 * ends) * 60, low, high, pct),
        Step("cool-down", ends * 60, 0.8, 1.2, 0.0),
    )
    return Walk("low-back", 1, steps, 1, minutes, 2.4)


def point(seq: int, **fields: Any) -> SessionPoint:
    """One session of the past, a little further than the one before."""
    made = SessionPoint(
        seq=seq,
        day=date(2026, 9, 1) + timedelta(days=3 * seq),
        version=3,
        outcome="completed",
        stop_reason=None,
        walked_s=600.0 + 20 * seq,
        distance_m=180.0 + 17 * seq,
        mean_kmh=1.2,
        in_band_pct=91.0,
        pain_before=4,
        pain_after=3,
        rpe=11,
    )
    return made._replace(**fields)


PAINS = ((5, 5), (4, 4), (4, 3), (None, None), (3, 4), (3, 2), (2, 2), (2, 1))
PAST = tuple(
    point(n, pain_before=before, pain_after=after, distance_m=180.0 + 17 * n - 60 * (n == 4))
    for n, (before, after) in enumerate(PAINS, 1)
)
SAM = Person(
    code="P-7F3K",
    name="Sam",
    language=None,
    walk=prescribed(),
    program_name="Lower back",
    why=None,
    screened=True,
    past=PAST,
)
HELD = replace(SAM, why="held")
EXPIRED = replace(SAM, why="expired")
UPHILL = replace(
    SAM,
    name="Maria",
    code="ANKLE-1",
    walk=prescribed(8, pct=7.0),
    program_name="Ankle, uphill",
    rails="one",
    screened=False,
)
LONG = replace(
    SAM,
    name="Christopher Alexander Montgomery-Smith",
    code="LONG-NAME-CODE-1",
    program_name="Your own plan",
    walk=prescribed(59.5, low=1.85, high=2.35, pct=7.5, ends=1),
    rails="none",
    stepped=Proposal("speed", 2.25, 2.35, State()),
    past=tuple(
        point(n, distance_m=1200.0 + n * 100, pain_before=10, pain_after=10) for n in range(9)
    ),
)


def stepped(kind: Any, now: float, then: float, person: Person = SAM) -> Person:
    """Somebody for whom a step of the progression took effect just now."""
    return replace(person, stepped=Proposal(kind, now, then, State()))
