"""The one exporter, behind the staff screen and ``sternway export``: plan it, then run it.

Nothing on the kiosk is changed. On the target there is a folder under its name only when every byte
in it was read back and is what was meant; until then, and after whatever went wrong, its name ends
in ``.part``.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

from kiosk.cues.texts import one_language
from kiosk.export import parcel, sealed
from kiosk.export.content import Content, Item
from kiosk.export.errors import (
    CANCELLED,
    NO_LOG,
    NOT_WRITTEN,
    NOTHING_LEFT,
    PART_LEFT,
    Cancelled,
    ExportError,
    NoRoom,
    NotVerified,
    SourceFailed,
    Unusable,
    WriteFailed,
    told_of,
)
from kiosk.export.facts import Source
from kiosk.export.growing import Written
from kiosk.export.numbers import Numbers
from kiosk.export.parcel import MANIFEST, Origin, Seal
from kiosk.export.people import People
from kiosk.export.plan import Plan, Request, check_request, plan_of
from kiosk.export.progress import Meter, Tell
from kiosk.export.readback import ReadBack
from kiosk.export.target import Target
from kiosk.records.errors import RecordsError
from kiosk.records.reader import Entry, LogReader, kiosk_id
from profiles.saying import Said, Saying, saying

_T = TypeVar("_T")


class Done(NamedTuple):
    """A finished export: its folder, its files (without the manifest), and how it went.

    ``direct`` says whether reading back went past the page cache; ``faults`` what of the log could
    not be read.
    """

    folder: Path
    sessions: int
    files: tuple[Written, ...]
    bytes: int
    seconds: float
    direct: bool
    faults: Said


class Export:
    """One export: ``plan()``, then ``run()``, in any one thread; close it, or use it in ``with``.

    What it reads is the log as it was when the export was made.
    """

    def __init__(
        self,
        request: Request,
        *,
        now: datetime | None = None,
        zone: tzinfo | None = None,
        numbers: Numbers | None = None,
    ) -> None:
        """Open the log. Raises :class:`Unusable` for what can never be done.

        ``zone`` is where the kiosk's days begin; None takes the machine's. Without ``numbers`` what
        lies on the target alone says which number is free.
        """
        check_request(request)
        self._recipient = sealed.recipient_of(request.recipient) if request.recipient else None
        self._request = request
        self._take = numbers.take if numbers is not None else _least
        self._made_at = now or datetime.now(UTC)
        try:
            self._log = LogReader(request.data)
        except RecordsError as error:
            folder = saying("It should lie in {folder}.", folder=str(request.data))
            raise Unusable(NO_LOG, folder) from error
        self._kiosk_id = kiosk_id(request.data)
        self._origin = Origin(self._kiosk_id, self._made_at, request.identified)
        self._people = People(self._log.entries, identified=request.identified, zone=zone)
        chosen: list[Entry] = []
        self._unsure = 0
        for entry in filter(self._is_theirs, self._log.entries):
            if self._is_of_these_days(entry):
                chosen.append(entry)
            elif not entry.clock_trusted or self._people.date_of(entry) is None:
                self._unsure += 1
        self._entries = self._people.in_order(chosen, identified=request.identified)
        self._plan: Plan | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the log."""
        self._log.close()

    def plan(self) -> Plan:
        """Return what will be written and whether it can be; look again at each call."""
        self._plan = plan_of(self._request, self._log, self._entries, self._unsure)
        return self._plan

    @one_language()
    def run(self, tell: Tell | None = None, cancel: threading.Event | None = None) -> Done:
        """Write it, read it back, and only then give the folder its name.

        Raises :class:`NoRoom` before anything is written, :class:`Cancelled` soon after ``cancel``
        is set, :class:`WriteFailed` when the target fails, :class:`NotVerified` when it holds
        something else, :class:`SourceFailed` when the log fails: each says in one sentence what
        is left on the target.
        """
        began = time.monotonic()
        plan = self._plan or self.plan()
        if plan.obstacle is not None:
            raise NoRoom(*plan.obstacle) if not plan.fits else WriteFailed(*plan.obstacle)
        meter = Meter(2 * plan.bytes, tell or (lambda progress: None), cancel or threading.Event())
        stem = f"{self._kiosk_id or 'kiosk'}_{self._made_at.astimezone(UTC):%Y-%m-%d}"
        target = Target(self._request.to, stem, meter, self._take)
        try:
            meter.check()
            with target, ReadBack(meter) as back:
                self._write(target, back, meter)
                folder = target.finish()
        except Cancelled as error:
            raise Cancelled(CANCELLED, _left(target)) from error
        except OSError as error:
            if isinstance(error, ExportError):
                raise
            raise WriteFailed(*self._told_of(error), _left(target)) from error
        except NotVerified as error:
            raise NotVerified(*error.said, _left(target)) from error
        except SourceFailed as error:
            raise SourceFailed(*error.said, _left(target)) from error
        meter.enter("done")
        files = tuple(file for file in target.written if file.path != MANIFEST)
        return Done(
            folder,
            len(self._entries),
            files,
            sum(file.bytes for file in target.written),
            time.monotonic() - began,
            back.direct,
            tuple(self._log.faults),
        )

    def _write(self, target: Target, back: ReadBack, meter: Meter) -> None:
        """Write all files, read them back, then the manifest."""
        content = Content(
            self._log,
            self._people,
            self._entries,
            self._request.formats,
            identified=self._request.identified,
            source=Source(self._kiosk_id, self._request.place),
        )
        items, seal = _from_source(content.items()), None
        if self._recipient is not None:
            items, seal = self._with_manifest(items), Seal(sealed.NAME, self._recipient)
        parcel.write(target, back, meter, items, self._origin, seal)

    def _with_manifest(self, items: Iterable[Item]) -> Iterator[Item]:
        """Add a manifest to the files of an archive, so that the clinic can check them too."""
        files: list[Written] = []

        def counted(item: Item) -> Iterator[bytes]:
            digest, size = sha256(), 0
            for chunk in item.chunks:
                digest.update(chunk)
                size += len(chunk)
                yield chunk
            files.append(Written(item.path, size, digest.hexdigest()))

        for item in items:
            yield Item(item.path, counted(item))
        yield Item(MANIFEST, (self._origin.manifest(files),))

    def _is_theirs(self, entry: Entry) -> bool:
        who = self._request.who
        return who == "all" or bool(entry.profile_code) is (who == "profiles")

    def _is_of_these_days(self, entry: Entry) -> bool:
        since, until = self._request.since, self._request.until
        if since is None and until is None:
            return True
        on = self._people.date_of(entry)
        return on is not None and (since is None or since <= on) and (until is None or on <= until)

    def _told_of(self, error: OSError) -> Said:
        if error.errno == errno.ENOSPC and self._has_room():
            return NOT_WRITTEN, saying(
                "A folder on the stick takes no more files. "
                "Choose fewer days, or format it as exFAT."
            )
        return told_of(error)

    def _has_room(self) -> bool:
        try:
            stat = os.statvfs(self._request.to)
        except OSError:
            return False
        return stat.f_blocks > 0 and stat.f_bavail * stat.f_frsize > 64 * 1024 * 1024


def _least(_stem: str, least: int) -> int:
    return least


def _left(target: Target) -> Saying:
    """Say what is left on the target after a failure."""
    if target.removed:
        return NOTHING_LEFT
    if target.stands:
        return saying("The folder {folder} may not last: export again.", folder=target.name)
    return PART_LEFT


def _from_source(items: Iterator[Item]) -> Iterator[Item]:
    """Pass the items on; what the kiosk's own disk fails with is not the target's fault."""
    for item in _guarded(items):
        yield Item(item.path, _guarded(iter(item.chunks)))


def _guarded(found: Iterator[_T]) -> Iterator[_T]:
    while True:
        try:
            one = next(found)
        except StopIteration:
            return
        except (OSError, RecordsError) as error:
            raise SourceFailed(NO_LOG) from error
        yield one
