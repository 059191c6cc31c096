"""What may be asked of the log, and how sessions that are in no month yet join the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from kiosk.records.chain import Record
from kiosk.records.months import Months


class Question(NamedTuple):
    """Which records: how the months find them, and which others fit.

    With ``newest`` so many, newest first; without, all in the order of the log.
    """

    find: Callable[[Months], list[Record]]
    fits: Callable[[Record], bool]
    newest: int | None

    def answer(self, months: Months, waiting: Iterable[Record]) -> list[Record]:
        """Return the records; ``waiting`` are kept, but in no month yet."""
        found = {record["seq"]: record for record in self.find(months)}
        found.update((record["seq"], record) for record in waiting if self.fits(record))
        records = [found[seq] for seq in sorted(found)]
        return records if self.newest is None else records[::-1][: self.newest]


def last(count: int) -> Question:
    """Ask for the newest records."""
    return Question(lambda months: months.newest(count), lambda _: True, count)


def of_person(profile_code: str, count: int) -> Question:
    """Ask for a person's newest records."""
    return Question(
        lambda months: months.of_person(profile_code, count),
        lambda record: record.get("profile_code") == profile_code,
        count,
    )


def between(since: str, until: str) -> Question:
    """Ask for the records that began in a span of time, as ``Months.between`` takes it."""
    return Question(
        lambda months: months.between(since, until),
        lambda record: since <= (record.get("started_at") or "") < until,
        None,
    )
