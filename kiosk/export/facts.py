"""The summary in words and numbers, the same for page and paper. Pure."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from kiosk.cues.texts import _, day_in_figures
from kiosk.export import words
from kiosk.export.summary import Summary, Sums

UNNAMED: Final = "Sternway"
"""What a place is called before staff give it a name."""


class Source(NamedTuple):
    """Where the sessions come from: the kiosk's number and the place's name.

    Only identified reports tell it: in a small place it says too much of who walks there.
    """

    kiosk_id: str | None = None
    place: str = ""


class Fact(NamedTuple):
    """One figure: its name, its value and what more there is to say about it."""

    name: str
    value: str
    note: str = ""


class Table(NamedTuple):
    """A table: its title, the columns (the first is the row's name) and the rows."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def title() -> str:
    """Return the title of both reports."""
    return _("Backward walking: sessions")


def kind(summary: Summary) -> str:
    """Return whether it is identified, in one word."""
    return _("Identified") if summary.identified else _("De-identified")


def place(summary: Summary, source: Source) -> str:
    """Return the name of the place where it is told; one that was never named has none."""
    return source.place if summary.identified and source.place != UNNAMED else ""


def scope(summary: Summary, source: Source) -> str:
    """Return one line: how many sessions, of whom, and of which days when identified."""
    total = summary.total.sessions
    if not total:
        return _(words.EMPTY)
    known = total - summary.guests
    if not known:
        text = _("{sessions} of guests")
    elif not summary.guests:
        text = _("{sessions} of {people}")
    else:
        text = _("{sessions} of {people} and {guests} of guests")
    text = text.format(
        sessions=_count(known or total, _("session"), _("sessions")),
        people=_count(len(summary.people), _("person"), _("people")),
        guests=summary.guests,
    )
    if summary.identified and summary.by_day:
        first, last = min(summary.by_day), max(summary.by_day)
        text += f" · {_day(first)} – {_day(last)}"
    if summary.identified and source.kiosk_id:
        text += f" · {source.kiosk_id}"
    return text


def notes(summary: Summary) -> list[str]:
    """Return the sentences under the title."""
    found = [_(words.IDENTIFIED) if summary.identified else _(words.DEIDENTIFIED)]
    if summary.identified or not summary.total.sessions:
        return found
    if not summary.by_day:
        found.append(_(words.NO_DAYS))
    elif summary.guests:
        found.append(_(words.GUESTS))
    return found


def figures(summary: Summary) -> list[Fact]:
    """Return the figures at the head of a report."""
    total = summary.total
    done = summary.outcomes.get("completed", 0)
    safety = summary.outcomes.get("safety_stop", 0)
    found = [
        Fact(_("Sessions"), f"{total.sessions:,}", _("{n} completed").format(n=f"{done:,}")),
        Fact(_("Time walked"), hours(total.walked_s), _each(total, minutes=True)),
        Fact(_("Distance"), far(total.distance_m), _each(total, minutes=False)),
        Fact(_("Mean speed"), _kmh(total.mean_kmh), _("over all the time walked")),
        Fact(_("On target"), percent(total.in_band_pct), _("of the time walked")),
        Fact(_("Safety stops"), f"{safety:,}", _one_in(safety, total.sessions)),
    ]
    if total.pain_changes:
        lower, same, higher = (f"{summary.pain[sign]:,}" for sign in (-1, 0, 1))
        found.append(
            Fact(
                _("Pain after"),
                _signed(total.mean_pain_change),
                _("lower {l}, same {s}, higher {h}").format(l=lower, s=same, h=higher),
            )
        )
    return found


def programs(summary: Summary) -> Table:
    """Return the programs, the most walked first."""
    rows = [
        (words.program(name), *_sums(sums))
        for name, sums in sorted(summary.programs.items(), key=lambda item: -item[1].sessions)
    ]
    return Table(_("By program"), (_("Program"), *_sum_head()), tuple(rows))


def people(summary: Summary, most: int) -> Table | None:
    """Return the people with the most sessions, at most so many; None where there are none."""
    if not summary.people:
        return None
    ranked = sorted(summary.people.items(), key=lambda item: (-item[1].sessions, item[0]))
    rows = [
        (code, *_sums(sums), _signed(sums.mean_pain_change), _last_day(summary, sums))
        for code, sums in ranked[:most]
    ]
    name = _("By person")
    if len(ranked) > most:
        name = _("By person: the {most} with the most sessions, of {all}").format(
            most=most, all=len(ranked)
        )
    head = (_("Person"), *_sum_head(), _("Pain change"), _("Last day"))
    return Table(name, head, tuple(rows))


def hours(seconds: float) -> str:
    """Return a long time in hours or minutes."""
    if seconds < 5400:
        return _("{n} min").format(n=f"{seconds / 60:.0f}")
    return _("{n} h").format(n=f"{seconds / 3600:,.1f}")


def far(metres: float) -> str:
    """Return a distance in metres or kilometres."""
    if metres < 10_000:
        return _("{n} m").format(n=f"{metres:,.0f}")
    return _("{n} km").format(n=f"{metres / 1000:,.1f}")


def percent(value: float | None) -> str:
    """Return a share; unknown is a dash."""
    return "–" if value is None else f"{value:.0f} %"


def _kmh(value: float | None) -> str:
    return "–" if value is None else _("{n} km/h").format(n=f"{value:.2f}")


def _signed(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:+.1f}".replace("-", "\u2212") if round(value, 1) else "0"


def _each(total: Sums, *, minutes: bool) -> str:
    if not total.sessions:
        return ""
    if minutes:
        return _("{n} min a session").format(n=f"{total.walked_s / total.sessions / 60:.1f}")
    return _("{n} m a session").format(n=f"{total.mean_m:.0f}")


def _one_in(part: int, whole: int) -> str:
    return _("one in {n} sessions").format(n=f"{whole / part:.0f}") if part else _("none")


def _sum_head() -> tuple[str, ...]:
    return (_("Sessions"), _("Time"), _("Distance"), _("Mean km/h"), _("On target"))


def _sums(sums: Sums) -> tuple[str, ...]:
    speed = sums.mean_kmh
    return (
        f"{sums.sessions:,}",
        hours(sums.walked_s),
        far(sums.distance_m),
        "–" if speed is None else f"{speed:.2f}",
        percent(sums.in_band_pct),
    )


def _last_day(summary: Summary, sums: Sums) -> str:
    if sums.last_day is None:
        return "–"
    return _day(sums.last_day) if summary.identified else str(sums.last_day)


def _day(ordinal: int) -> str:
    return day_in_figures(date.fromordinal(ordinal))


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
