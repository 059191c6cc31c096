"""Days and times in words that nobody can misread, and stepped by a finger. No Kivy."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime
from typing import Final, Literal

from kiosk.clock_setter import FIRST_YEAR, LAST_YEAR
from kiosk.cues.texts import _
from kiosk.staff.model import ClockState
from kiosk.zone import zone_of

Part = Literal["day", "month", "year", "hour", "minute"]
DAY_PARTS: Final[tuple[Part, ...]] = ("day", "month", "year")
TIME_PARTS: Final[tuple[Part, ...]] = ("hour", "minute")


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


_WEEKDAYS: Final = (
    *(_n("Monday"), _n("Tuesday"), _n("Wednesday"), _n("Thursday")),
    *(_n("Friday"), _n("Saturday"), _n("Sunday")),
)
_SHORT_DAYS: Final = (
    *(_n("Mon"), _n("Tue"), _n("Wed"), _n("Thu"), _n("Fri"), _n("Sat"), _n("Sun")),
)
_MONTHS: Final = (
    *(_n("January"), _n("February"), _n("March"), _n("April"), _n("May"), _n("June")),
    *(_n("July"), _n("August"), _n("September"), _n("October"), _n("November"), _n("December")),
)
_SHORT: Final = (
    *(_n("Jan"), _n("Feb"), _n("Mar"), _n("Apr"), _n("May"), _n("Jun")),
    *(_n("Jul"), _n("Aug"), _n("Sep"), _n("Oct"), _n("Nov"), _n("Dec")),
)


def here(clock: ClockState) -> datetime:
    """Return the clock's time at the place, to the minute and without a zone."""
    local = clock.utc.astimezone(zone_of(clock.zone))
    return local.replace(second=0, microsecond=0, tzinfo=None)


def to_utc(local: datetime, zone: str) -> datetime:
    """Return the UTC of a time at the place; of an hour that comes twice, the first."""
    known = zone_of(zone)
    aware = local.replace(tzinfo=known) if known is not None else local
    return aware.astimezone(UTC)


def day_words(day: date) -> str:
    """Return a day with its weekday and the month's whole name."""
    return _("{weekday} {day} {month} {year}").format(
        weekday=_(_WEEKDAYS[day.weekday()]),
        day=day.day,
        month=_(_MONTHS[day.month - 1]),
        year=day.year,
    )


def short_day(day: date) -> str:
    """Return a day in few letters; the month is a word, so that it is not taken for the day."""
    return _("{day} {month} {year}").format(
        day=day.day, month=_(_SHORT[day.month - 1]), year=day.year
    )


def day_and_month(day: date) -> str:
    """Return a day of this year, for where there is little room."""
    return _("{day} {month}").format(day=day.day, month=_(_SHORT[day.month - 1]))


def weekday_words(when: datetime) -> str:
    """Return a day in few letters with its weekday, which shows a slip by a day at once."""
    weekday = _(_SHORT_DAYS[when.weekday()])
    return _("{weekday} {day}").format(weekday=weekday, day=short_day(when))


def time_words(when: datetime) -> str:
    """Return the time of day."""
    return f"{when.hour}:{when.minute:02d}"


def part_words(when: datetime, part: Part) -> str:
    """Return one part of a time as it stands between its two keys."""
    match part:
        case "month":
            return _(_SHORT[when.month - 1])
        case "hour":
            return str(when.hour)
        case "minute":
            return f"{when.minute:02d}"
        case "day":
            return str(when.day)
        case _:
            return str(when.year)


def within_bounds(when: datetime) -> datetime:
    """Return the nearest time that can be set: a clock that lost its time stands in 1970."""
    year = min(LAST_YEAR, max(FIRST_YEAR, when.year))
    return when if year == when.year else _with(when, year=year)


def stepped(when: datetime, part: Part, by: int) -> datetime:
    """Return a time with one part moved round; the others stay, but for a day the month lacks."""
    match part:
        case "day":
            days = calendar.monthrange(when.year, when.month)[1]
            return when.replace(day=(when.day - 1 + by) % days + 1)
        case "month":
            return _with(when, month=(when.month - 1 + by) % 12 + 1)
        case "hour":
            return when.replace(hour=(when.hour + by) % 24)
        case "minute":
            return when.replace(minute=(when.minute + by) % 60)
        case _:
            years = LAST_YEAR - FIRST_YEAR + 1
            return _with(when, year=(when.year - FIRST_YEAR + by) % years + FIRST_YEAR)


def _with(when: datetime, *, year: int | None = None, month: int | None = None) -> datetime:
    year, month = year or when.year, month or when.month
    day = min(when.day, calendar.monthrange(year, month)[1])
    return when.replace(year=year, month=month, day=day)
