"""What staff have chosen to export, and which page of it is up. No Kivy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from kiosk.cues.texts import _
from kiosk.screens.dates import day_and_month, here, short_day
from kiosk.screens.staffing import OVER, RUNNING, unusable_words
from kiosk.staff.model import ClockState, ExportWish, StaffState, Who
from kiosk.sticks.model import Stick


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


FORMATS: Final = {
    "csv": (_n("Table"), _n("for Excel")),
    "json": (_n("Records"), _n("for programs")),
    "traces": (_n("Traces"), _n("speed curves")),
    "html": (_n("Web report"), _n("for a browser")),
    "pdf": (_n("PDF report"), _n("to print")),
}
"""Format -> its plain name, and what it is good for."""
LAST_DAYS: Final = (7, 30, 90)
WHO: Final[dict[Who, tuple[str, str]]] = {
    "all": (_n("Everybody"), _n("everybody")),
    "guests": (_n("Guests alone"), _n("guests alone")),
    "profiles": (_n("With a profile"), _n("with a profile")),
}
"""Whose sessions -> its name as a choice, and below a tile."""


class Choice:
    """What staff have chosen so far. It outlives a trip to the PIN pad, not the staff's leaving.

    ``days``: None all, a number the last so many, -1 from ``since`` until ``until``. ``step``: the
    page of the export that was asked for; what really is up, :meth:`part` says.
    """

    def __init__(self) -> None:
        """Everything of everybody and of all days, de-identified."""
        self.stick_id: str | None = None
        self.days: int | None = None
        self.since: date | None = None
        self.until: date | None = None
        self.formats = frozenset(FORMATS)
        self.identified = False
        self.who: Who = "all"
        self.step = "overview"

    def part(self, state: StaffState) -> str:
        """Return which page of the export is up: what happens to it comes before what is asked."""
        phase = state.export.phase
        if phase in RUNNING:
            return "running"
        if phase in OVER:
            return "over"
        if phase != "idle":
            return "planned" if phase == "planned" else "planning"
        if self.identified and "therapist" not in state.open_roles:
            self.identified = False
        if self.step in {"overview", "sticks"}:
            return self._stick_part(state.sticks)
        return self.step

    def _stick_part(self, sticks: Sequence[Stick]) -> str:
        usable = {s.id for s in sticks if unusable_words(s, write=True) is None}
        if self.stick_id not in usable:
            self.stick_id = None
        if self.stick_id is None and len(sticks) == 1 and usable:
            self.stick_id = sticks[0].id
        if not sticks:
            return "insert"
        if self.stick_id is None or self.step == "sticks":
            return "sticks" if usable or len(sticks) > 1 else "unusable"
        return "overview"

    def wish(self, clock: ClockState) -> ExportWish:
        """Return it as the desk wants it. Days are those of the place, today included."""
        since, until = self.since, self.until
        if self.days is None:
            since = until = None
        elif self.days > 0:
            since, until = here(clock).date() - timedelta(days=self.days - 1), None
        elif since and until and since > until:
            since, until = until, since
        return ExportWish(
            stick_id=self.stick_id or "",
            since=since,
            until=until,
            formats=self.formats,
            identified=self.identified,
            who=self.who,
        )

    def toggle(self, kind: str) -> None:
        """Take a format or leave it; the last one stays."""
        changed = self.formats ^ {kind}
        self.formats = changed or self.formats

    def own_days(self, clock: ClockState) -> None:
        """Begin with a month back, where no own days were chosen yet."""
        today = here(clock).date()
        self.until = self.until or today
        self.since = self.since or today - timedelta(days=30)

    def days_words(self) -> tuple[str, ...]:
        """Return the days in words, longest first."""
        if self.days is None:
            return (_("all"),)
        if self.days > 0:
            return (_("the last {n}").format(n=self.days),)
        first, last = sorted(day for day in (self.since, self.until) if day is not None)
        both = {"first": short_day(first), "last": short_day(last)}
        shorter = {"first": day_and_month(first), "last": day_and_month(last)}
        span = _("{first} – {last}")
        choices = [span.format(**both), _("from {first}").format(**both)]
        if first.year == last.year:
            choices.insert(1, span.format(**shorter))
        return (*choices, _("own days"))

    def files_words(self) -> tuple[str, ...]:
        """Return the formats in words, longest first."""
        if len(self.formats) == len(FORMATS):
            return (_("all five kinds"), _("all"))
        names = ", ".join(_(FORMATS[kind][0]) for kind in FORMATS if kind in self.formats)
        return (names, _("{n} of 5 kinds").format(n=len(self.formats)))
