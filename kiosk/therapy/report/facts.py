"""Everything both papers say, in words and numbers. Pure.

What is identifying goes through here alone: a de-identified report has a code that was drawn for
it, days counted from the first session, and no name, note, code, date, place or kiosk.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Final, Literal, NamedTuple

from kiosk.cues.texts import _, day_in_figures
from kiosk.export.facts import Fact, far, hours, percent
from kiosk.therapy.model import Private
from kiosk.therapy.report import prescribed, words
from kiosk.therapy.report.subject import UNKNOWN, Calendar, Origin, Subject, calendar_of
from profiles.progress import Progress, SessionPoint
from profiles.progression import judged

Standing = Literal["ready", "held", "expired", "ended"]
ROWS: Final = 10
"""Sessions in the table, the newest."""


class Sessions(NamedTuple):
    """The newest sessions as a table, of ``all`` that there are."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    all: int


class Facts(Private, frozen=True):
    """A report in words. ``note`` is the therapist's own, ``stops`` one line, empty if none.

    ``about`` says which version of which profile, ``made`` where and when; both are empty when
    de-identified.
    """

    identified: bool
    title: str
    kind: str
    who: str
    about: str
    made: str
    standing: Standing
    now: tuple[Fact, ...]
    prescription: tuple[Fact, ...]
    note: str
    figures: tuple[Fact, ...]
    stops: str
    table: Sessions | None
    disclaimer: str
    scales: str
    sign: tuple[str, ...]


def facts(subject: Subject, origin: Origin, code: str, *, identified: bool) -> Facts:
    """Return what a report says. ``code`` names the person when it is de-identified."""
    given = subject.prescription
    calendar = calendar_of(subject.progress, identified=identified)
    standing, shown = _standing(subject, calendar)
    return Facts(
        identified=identified,
        title=_(words.TITLE),
        kind=_(words.IDENTIFIED) if identified else _(words.DEIDENTIFIED),
        who=given.display_name if identified else code,
        about=_about(subject) if identified else "",
        made=_made(origin) if identified else "",
        standing=standing,
        now=(
            shown,
            prescribed.today(subject.outlook.walk),
            prescribed.next_step(given, subject.outlook),
        ),
        prescription=prescribed.prescription(given, subject.state),
        note=" ".join(given.note.split()) if identified else "",
        figures=_figures(subject),
        stops=_stops(subject.progress),
        table=_table(subject, calendar),
        disclaimer=_(words.NOT_A_DIAGNOSIS),
        scales=_(words.SCALES),
        sign=tuple(_(text) for text in words.SIGN),
    )


def newest(table: Sessions, most: int) -> Sessions:
    """Return the newest rows of a table, at most so many, and the title that tells."""
    rows = table.rows[len(table.rows) - min(most, len(table.rows)) :]
    title = _("Sessions")
    if len(rows) < table.all:
        title = _("The newest {n} of {all} sessions").format(n=len(rows), all=table.all)
    return table._replace(title=title, rows=rows)


def _about(subject: Subject) -> str:
    given = subject.prescription
    return _("Profile {code}, version {n}, issued {issued}, valid until {until}").format(
        code=given.code,
        n=given.version,
        issued=day_in_figures(given.issued_on),
        until=day_in_figures(given.expires_on),
    )


def _made(origin: Origin) -> str:
    # A site without a name of its own is called after the product.
    named, known = origin.place not in {"", "Sternway"}, origin.kiosk_id is not None
    if named and known:
        text = _("Made {day} at {place} by Sternway {version} on kiosk {kiosk}")
    elif named:
        text = _("Made {day} at {place} by Sternway {version}")
    elif known:
        text = _("Made {day} by Sternway {version} on kiosk {kiosk}")
    else:
        text = _("Made {day} by Sternway {version}")
    return text.format(
        day=day_in_figures(origin.today),
        place=origin.place,
        version=origin.version,
        kiosk=origin.kiosk_id,
    )


def _standing(subject: Subject, calendar: Calendar) -> tuple[Standing, Fact]:
    """Return how the profile stands. Ended comes before expired, and both before held."""
    outlook, state = subject.outlook, subject.state
    name = _("Standing")
    why = words.held(outlook.held)
    if outlook.expired and state.ended_on is not None:
        on = calendar.said(state.ended_on)
        said = _("A therapist ended it.")
        if on is not None:
            said = _("A therapist ended it: {day}.").format(day=on)
        return "ended", Fact(name, _("Ended"), said)
    if outlook.expired:
        on = calendar.said(subject.prescription.expires_on) if calendar.identified else None
        said = _("Its time is over.")
        if on is not None:
            said = _("Its last day was {day}.").format(day=on)
        return "expired", Fact(name, _("Expired"), said)
    if outlook.held is not None:
        since: date | None = state.held.since if state.held is not None else None
        on = calendar.said(since)
        if on is not None:
            why = _("{why} Since {day}.").format(why=why, day=on)
        return "held", Fact(name, _("Held"), why)
    return "ready", Fact(name, _("Ready"), _("Sessions may start."))


def _figures(subject: Subject) -> tuple[Fact, ...]:
    found, schedule = subject.progress, subject.prescription.schedule
    planned = UNKNOWN if schedule is None else str(schedule.sessions_per_week * schedule.weeks)
    due = sum(week.due for week in found.weeks)
    kept = sum(week.kept for week in found.weeks)
    speed = found.mean_kmh
    return (
        Fact(
            _("Sessions"),
            f"{found.attended:,}",
            _("{n} completed").format(n=f"{found.completed:,}"),
        ),
        Fact(
            _("Planned"),
            planned,
            _("by the schedule") if schedule is not None else _("no schedule"),
        ),
        Fact(
            _("Adherence"),
            percent(found.adherence_pct),
            _("{kept} of {due} due").format(kept=kept, due=due) if due else _("nothing due yet"),
        ),
        Fact(_("Time walked"), hours(found.walked_s), _each_min(found)),
        Fact(_("Distance"), far(found.distance_m), _each_m(found)),
        Fact(
            _("Mean speed"),
            UNKNOWN if speed is None else f"{speed:.2f}",
            _("km/h"),
        ),
        Fact(_("On target"), percent(found.in_band_pct), _("of the time walked")),
    )


def _each_min(found: Progress) -> str:
    if not found.attended:
        return ""
    return _("{n} min each").format(n=f"{found.walked_s / found.attended / 60:.1f}")


def _each_m(found: Progress) -> str:
    if not found.attended:
        return ""
    return _("{n} m each").format(n=f"{found.distance_m / found.attended:,.0f}")


def _stops(found: Progress) -> str:
    """Return the stops by their reason in one line, empty where there were none."""
    counts: Counter[str] = Counter()
    for name, count in found.stops:
        counts[words.stop(name)] += count  # those that have no words of their own are one
    return "  ·  ".join(
        _("{reason}: {n}").format(reason=reason, n=count) for reason, count in counts.most_common()
    )


def _table(subject: Subject, calendar: Calendar) -> Sessions | None:
    """Return the newest sessions, oldest of them first."""
    sessions = subject.progress.sessions
    if not sessions:
        return None
    first = max(0, len(sessions) - ROWS)
    rows = tuple(
        _row(subject, calendar, first + number, one)
        for number, one in enumerate(sessions[first:], start=1)
    )
    head = (
        _("No."),
        _("Date") if calendar.identified else _("Day"),
        _("Minutes"),
        _("Metres"),
        _("Mean km/h"),
        _("On target"),
        _("Pain before"),
        _("Pain after"),
        _("Effort"),
        _("Ended"),
    )
    return newest(Sessions("", head, rows, len(sessions)), ROWS)


def _row(subject: Subject, calendar: Calendar, number: int, one: SessionPoint) -> tuple[str, ...]:
    return (
        str(number),
        calendar.of(one),
        f"{one.walked_s / 60:.1f}",
        f"{one.distance_m:,.0f}",
        UNKNOWN if one.mean_kmh is None else f"{one.mean_kmh:.2f}",
        percent(one.in_band_pct),
        _whole(one.pain_before),
        _whole(one.pain_after),
        _whole(one.rpe),
        words.ending(one.outcome, one.stop_reason, judged(subject.prescription, one._asdict())),
    )


def _whole(value: int | None) -> str:
    return UNKNOWN if value is None else str(value)
