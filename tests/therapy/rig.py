"""The office's rig with profiles in its library, sessions in its log, and the therapist's PIN."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import uuid6

from kiosk.session.actions import Refusal
from kiosk.therapy.model import TherapyState
from tests.profiles.written import put, taken
from tests.records.sessions import record
from tests.staff.rig import WITHIN_S, Rig


class PracticeRig(Rig):
    """It is noon on 2026-11-23; the contract's profile may be walked."""

    def __init__(self, data: Path, **more: Any) -> None:
        super().__init__(data, **more)
        self.clock.confirm()

    def take(self, *files: Any) -> None:
        """Import these, as if long ago."""
        taken(self.data, *files)

    def walked(self, code: str = "P-7F3K", version: int = 3, **more: Any) -> dict[str, Any]:
        """A session with a profile came to its end and is kept, as the session's code does it."""
        made = record(
            str(uuid6.uuid7()),
            **{
                "walked_s": 600.0,
                "profile_code": code,
                "profile_version": version,
                "started_at": "2026-11-23T10:00:00.000Z",
                "pain_before": 2,
                "pain_after": 2,
                "rpe": 11,
                **more,
            },
        )
        self.store.begin(made)
        kept = self.store.close(made)
        self.patrons.closed(made, kept)
        found = kept.result(WITHIN_S)
        self.desk_idle()
        return found

    def desk_idle(self) -> None:
        """Wait until the desk has done everything that was asked so far."""
        for _ in range(3):  # one job may ask for another
            self.desk.ask(lambda: None).result(WITHIN_S)

    def therapist(self) -> None:
        """The therapist's PIN was right."""
        self.office.opened("therapist")
        self.practice.opened()
        self.desk_idle()

    @property
    def seen(self) -> TherapyState:
        """What the therapist's screens show."""
        return self.practice.state()

    def file(self, value: Any, name: str = "a.json", stick: str = "A") -> Path:
        """Put a file onto a stick, as a computer does."""
        folder = self.home / stick
        folder.mkdir(parents=True, exist_ok=True)
        return put(folder, value, name)


def refusal(asked: Future[Any]) -> Refusal:
    """How it was refused; it must have been."""
    error = asked.exception(WITHIN_S)
    assert isinstance(error, Refusal), error
    return error
