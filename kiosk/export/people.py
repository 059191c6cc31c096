"""Who is who in one export: random codes that nothing leads back from, and days instead of dates.

Codes are drawn anew for each export, so that two exports cannot be laid side by side by them. A
guest's sessions are linked by nothing: no person, no number, no day. Days count from the person's
first session in the *log*, whatever range is exported, and only between sessions whose clock was
trusted: the day since a clock that stood at 1970 would be a date.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo
from typing import Final

import msgspec

from kiosk.identity import LETTERS
from kiosk.records.reader import Entry

_random = random.SystemRandom()
_LENGTH: Final = 7
TRACE_NAME: Final = "S" + _LENGTH * "0" + ".csv"
"""As long as the name of a trace's file in a de-identified export."""


class Who(msgspec.Struct, frozen=True, gc=False):
    """A session as an export names it. ``day`` counts from 0, ``number`` from 1; None: unknown."""

    session: str
    person: str | None
    number: int | None
    day: int | None


class People:
    """The names of one export."""

    def __init__(
        self, entries: Sequence[Entry], *, identified: bool, zone: tzinfo | None = None
    ) -> None:
        """Take the whole log in its order. ``zone`` is where a day begins; None: this machine's."""
        self._zone = zone
        persons = list(dict.fromkeys(e.profile_code for e in entries if e.profile_code))
        if identified:
            sessions = [entry.session_id for entry in entries]
            codes = {person: person for person in persons}
        else:
            sessions = _codes("S", len(entries))
            codes = dict(zip(persons, _codes("X-", len(persons)), strict=True))
        first_days: dict[str, date] = {}
        numbers: dict[str, int] = {}
        self._known: dict[str, Who] = {}
        for entry, session in zip(entries, sessions, strict=True):
            person = entry.profile_code
            if not person:
                self._known[entry.session_id] = Who(session, None, None, None)
                continue
            numbers[person] = numbers.get(person, 0) + 1
            day = None
            on = self.date_of(entry)
            if on is not None and entry.clock_trusted:
                day = (on - first_days.setdefault(person, on)).days
                # A clock that was set back later: a day before the first is none.
                day = day if day >= 0 else None
            self._known[entry.session_id] = Who(session, codes[person], numbers[person], day)

    def of(self, entry: Entry) -> Who:
        """Return a session's names."""
        return self._known[entry.session_id]

    def date_of(self, entry: Entry) -> date | None:
        """Return the date of a session where the kiosk stands; None when it has no readable one."""
        try:
            started = datetime.fromisoformat(entry.started_at or "")
            return started.astimezone(self._zone).date()
        except (ValueError, OverflowError, OSError):
            return None

    def in_order(self, entries: Iterable[Entry], *, identified: bool) -> list[Entry]:
        """Return the order in which the sessions are written.

        De-identified not that of the log, which would give away who came after whom: by person
        (random codes), each one's sessions as they followed; the guests last, shuffled.
        """
        if identified:
            return sorted(entries, key=lambda entry: entry.seq)

        def place(entry: Entry) -> tuple[str, int, str]:
            who = self.of(entry)
            return who.person or "~", who.number or 0, who.session

        return sorted(entries, key=place)


def _codes(prefix: str, count: int) -> list[str]:
    """Return so many random codes, each once. A prefix keeps sessions and persons apart.

    A session's is 8 letters long, so that its file takes two entries in a FAT folder.
    """
    drawn = _random.sample(range(len(LETTERS) ** _LENGTH), count)
    return [prefix + _in_letters(one) for one in drawn]


def _in_letters(value: int) -> str:
    letters = []
    for _ in range(_LENGTH):
        value, letter = divmod(value, len(LETTERS))
        letters.append(LETTERS[letter])
    return "".join(letters)
