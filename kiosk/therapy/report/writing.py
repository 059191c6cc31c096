"""A report onto a stick: durable, read back, and only then under its name.

De-identified: the two papers. Identified: one zip of them, encrypted to the clinic's key as it is
made; nothing that tells of whom it is stands readable on the stick, the folder's name included.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Final

from kiosk.cues.texts import one_language
from kiosk.export import parcel, sealed
from kiosk.export.content import Item
from kiosk.export.errors import ExportError, Unusable
from kiosk.export.parcel import MANIFEST, Seal
from kiosk.export.progress import Meter
from kiosk.export.readback import ReadBack
from kiosk.export.target import ROOT, Target
from kiosk.therapy.model import ReportDone
from kiosk.therapy.report.charts import charts_of
from kiosk.therapy.report.facts import facts
from kiosk.therapy.report.failures import told
from kiosk.therapy.report.page import page
from kiosk.therapy.report.paper import paper
from kiosk.therapy.report.subject import Origin, Subject, new_code
from profiles.saying import saying

SEALED: Final = "sternway-report.zip.age"
PAPER: Final = "report.pdf"
PAGE: Final = "report.html"
_BYTES: Final = 400_000
"""About what is written and read back; it only moves a meter that nobody looks at."""


@one_language()
def write_report(
    subject: Subject,
    to: Path,
    origin: Origin,
    *,
    recipient: str | None = None,
    cancel: threading.Event | None = None,
) -> ReportDone:
    """Put a report into ``to``/STERNWAY/report_<random code>_<UTC date>_<n>; return where.

    With a ``recipient`` (the clinic's public age key) it is identified and encrypted, else neither:
    there is no third way. Takes one to three seconds: not for a screen's own thread.

    Raises an :class:`~kiosk.export.errors.ExportError` whose text is for the person and says what
    is left on the stick: :class:`Unusable` for a folder or a key that is none, ``WriteFailed``
    when the stick fails, ``NotVerified`` when it holds something else, ``Cancelled`` soon after
    ``cancel`` is set, ``SourceFailed`` when the report could not be made.
    """
    if not to.is_dir():
        raise Unusable(saying("The stick is gone: put it in again, and make the report once more."))
    seal = Seal(SEALED, sealed.recipient_of(recipient)) if recipient is not None else None
    code = new_code()
    # Made before anything is written: what goes wrong here leaves nothing.
    items = [*papers(subject, origin, code, identified=seal is not None)]
    made = parcel.Origin(origin.kiosk_id, origin.now, seal is not None)
    meter = Meter(_BYTES, lambda progress: None, cancel or threading.Event())
    target = Target(to, f"report_{code}_{origin.now.astimezone(UTC):%Y-%m-%d}", meter)
    try:
        meter.check()
        with target, ReadBack(meter) as back:
            parcel.write(target, back, meter, items, made, seal)
            target.finish()
    except (ExportError, OSError) as error:
        raise told(error, target) from error
    files = tuple(file.path for file in target.written if file.path != MANIFEST)
    return ReportDone(f"{ROOT}/{target.name}", (*files, MANIFEST))


def papers(subject: Subject, origin: Origin, code: str, *, identified: bool) -> Iterator[Item]:
    """Return the two papers. ``code`` names the person where the report is de-identified."""
    said = facts(subject, origin, code, identified=identified)
    charts = charts_of(subject, identified=identified)
    yield Item(PAPER, (b"".join(paper(said, charts)),))
    yield Item(PAGE, (b"".join(page(said, charts)),))
