"""The desk of somebody with a profile, without a library: one person, and a PIN."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from kiosk.session.actions import Refusal
from kiosk.therapy.model import Person


class FakePatron:
    """``known`` maps (who, PIN) to a person; what is asked of it is remembered in ``asked``."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], Person] = {}
        self.here: Person | None = None
        self.asked: list[Any] = []

    def person(self) -> Person | None:
        return self.here

    def find(self, who: str, pin: str) -> Future[None]:
        self.asked.append(("find", who))
        answer: Future[None] = Future()
        self.here = self.known.get((who, pin))
        if self.here is None:
            answer.set_exception(Refusal("pin", "Name and PIN do not fit. 4 tries left."))
        else:
            answer.set_result(None)
        return answer

    def leave(self) -> None:
        self.asked.append("leave")
        self.here = None
