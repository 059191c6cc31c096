"""Puts the practice together over one data folder: library, key, tries, patrons, report, editor."""

from __future__ import annotations

import logging
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from kiosk import identity
from kiosk.clock import WallClock
from kiosk.export import clinic
from kiosk.library import library_of
from kiosk.records.store import Store
from kiosk.session.actions import Refusal
from kiosk.session.model import TraceRow
from kiosk.staff.office import Office
from kiosk.staff.words import NO_KEY
from kiosk.therapy.model import ReportDone
from kiosk.therapy.patrons import Patrons
from kiosk.therapy.practice import Practice
from kiosk.therapy.todays import Found
from kiosk.therapy.tries import ProfileTries
from kiosk.worker import Worker
from profiles.editor import Kiosk, page
from profiles.kiosk_key import KioskKey
from profiles.programs import load_programs
from profiles.progress import Progress
from profiles.saying import Saying

log = logging.getLogger(__name__)

TRIES: Final = Path("settings") / "profile-tries.json"


class Site(NamedTuple):
    """What the site is called, and its cap for every session (km/h)."""

    name: str
    cap_kmh: float


class JudgedLog:
    """The store, whose closed sessions are judged by their profile's stop rules as well."""

    def __init__(self, store: Store, patrons: Patrons) -> None:
        """Hand everything on to ``store``."""
        self._store = store
        self._patrons = patrons
        self.begin = store.begin
        self.health = store.health

    def append(self, rows: Sequence[TraceRow], checkpoint: dict[str, Any] | None) -> None:
        """Journal trace rows, and the record as it stands."""
        self._store.append(rows, checkpoint)

    def close(self, record: Mapping[str, Any]) -> None:
        """Keep a record, and have it judged."""
        self._patrons.closed(record, self._store.close(record))


def make_practice(
    site: Site,
    data: Path,
    store: Store,
    *,
    office: Office,
    clock: WallClock,
    desk: Worker,
    named: Callable[[], str] | None = None,
) -> tuple[Practice, Patrons]:
    """Return the therapist's desk and the patrons'; nothing of the disk is read yet.

    ``named`` returns the site's name of the moment, where staff may change it.
    """

    def now() -> datetime:
        return clock.now()[0]

    name = named or (lambda: site.name)
    broken: list[Saying] = []

    def on_fault(said: Saying) -> None:
        log.warning("%s", said)
        if said not in broken:
            broken.append(said)

    library = library_of(data, now, on_fault)
    office.faults.tell_also(lambda: tuple((one,) for one in list(broken)))
    patrons = Patrons(
        library,
        store,
        load_programs(),
        tries=ProfileTries(data / TRIES),
        wall_clock=clock.now,
        site_cap_kmh=site.cap_kmh,
        zone=zoneinfo.ZoneInfo(clock.zone),
        desk=desk,
    )

    def editor(age_recipient: str) -> bytes:
        return page(Kiosk(name(), identity.kiosk_id(data), age_recipient))

    def report(found: Found, goes: Progress, to: Path, *, identified: bool) -> ReportDone:
        # What draws and encrypts is loaded when somebody asks for it.
        from kiosk.therapy.report.subject import Origin, Subject
        from kiosk.therapy.report.writing import write_report

        recipient = clinic.load(data) if identified else None
        if identified and recipient is None:
            raise Refusal("clinic_key", NO_KEY)
        kept = found.kept
        subject = Subject(kept.prescription, kept.state, found.seen, goes)
        origin = Origin(identity.kiosk_id(data), name(), identity.version(), now(), patrons.zone)
        return write_report(subject, to, origin, recipient=recipient)

    practice = Practice(
        library,
        KioskKey(data / "settings"),
        patrons,
        office=office,
        desk=desk,
        report=report,
        editor=editor,
    )
    office.busy_too(practice.is_busy)
    return practice, patrons
