"""Whom a report is about, where it is made, and how it names days and the person. Pure."""

from __future__ import annotations

import secrets
from datetime import date, datetime, tzinfo
from typing import Final, NamedTuple

from kiosk.cues.texts import _, day_in_figures
from kiosk.identity import LETTERS
from kiosk.therapy.model import Private
from profiles.profile import Prescription
from profiles.progress import Progress, SessionPoint
from profiles.progression import Outlook
from profiles.state import State

UNKNOWN: Final = "–"
_LENGTH: Final = 7


class Subject(Private, frozen=True):
    """A profile with its sessions: all that a report says of a person comes from here."""

    prescription: Prescription
    state: State
    outlook: Outlook
    progress: Progress


class Origin(NamedTuple):
    """Where and when a report is made. ``zone`` is the kiosk's (None: this machine's).

    ``place`` is the site's name. De-identified papers show none of it.
    """

    kiosk_id: str | None
    place: str
    version: str
    now: datetime
    zone: tzinfo | None = None

    @property
    def today(self) -> date:
        """The day where the kiosk stands."""
        return self.now.astimezone(self.zone).date()


class Calendar(NamedTuple):
    """How days are named: by their date, or counted from ``first``, the first session's.

    Only days that somebody vouched for are counted: a number of days since a day that a wrong
    clock gave would be a date to whoever knows that clock.
    """

    identified: bool
    first: date | None

    def day(self, on: date | None) -> str:
        """Return a day for a cell or an axis; unknown is a dash."""
        if on is None:
            return UNKNOWN
        if self.identified:
            return day_in_figures(on)
        if self.first is None or on < self.first:
            return UNKNOWN
        return str((on - self.first).days)

    def of(self, session: SessionPoint) -> str:
        """Return a session's day."""
        return self.day(session.day if self.identified or session.clock_trusted else None)

    def said(self, on: date | None) -> str | None:
        """Return a day for a sentence, None where it is not known."""
        text = self.day(on)
        if text == UNKNOWN:
            return None
        return text if self.identified else _("day {n}").format(n=text)


def calendar_of(progress: Progress, *, identified: bool) -> Calendar:
    """Return the calendar of a person's sessions."""
    trusted = (one.day for one in progress.sessions if one.clock_trusted)
    return Calendar(identified, next((day for day in trusted if day is not None), None))


def new_code() -> str:
    """Return a random code for one report: nothing leads back from it, not even another report."""
    return "R-" + "".join(secrets.choice(LETTERS) for _letter in range(_LENGTH))
