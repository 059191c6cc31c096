"""Before anything is written: what it will be, how large, and whether the target takes it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Final, Literal, NamedTuple

from kiosk.export import FORMATS, fat
from kiosk.export.errors import Wrong, told_of
from kiosk.export.growing import PART
from kiosk.export.people import TRACE_NAME
from kiosk.export.sealed import NAME as SEALED
from kiosk.export.summary import LINES
from kiosk.export.target import ROOT
from kiosk.records.reader import Entry, LogReader
from profiles.saying import Said, saying

_ROW_BYTES: Final = 330
_ROW_BYTES_IDENTIFIED: Final = 700
_DOCUMENT_SHARE: Final = 0.8
"""A de-identified document beside its record: no hashes, no serial, no names of steps."""
_TRACE_SHARE: Final = 1.03
"""CRLF instead of LF."""
_PAGE_BYTES: Final = 60_000
_PAGE_LINE_BYTES: Final = 560
_PAPER_BYTES: Final = 50_000
_MANIFEST_BYTES: Final = 600
_MANIFEST_LINE_BYTES: Final = 120
_ENTRY_BYTES: Final = 128
"""A file's names in a folder of a FAT stick: two entries each, for its part as well."""
_SEALED_SHARE: Final = 0.55
"""What deflate leaves of an export, on the safe side."""
_SPARE_BYTES: Final = 256 * 1024
_UNUSABLE: Final = saying("The stick cannot be used.")


Who = Literal["all", "guests", "profiles"]
"""Whose sessions: everybody's, those of guests alone, or those with a profile alone."""


class Request(NamedTuple):
    """What somebody wants: from where, to where, which days (both included), which files, whose.

    ``place`` is the place's name, which identified reports tell. With a ``recipient`` (the clinic's
    public age key) it is identified and encrypted, else neither.
    """

    data: Path
    to: Path
    since: date | None = None
    until: date | None = None
    formats: frozenset[str] = frozenset(FORMATS)
    recipient: str | None = None
    who: Who = "all"
    place: str = ""

    @property
    def identified(self) -> bool:
        """Whether dates, codes and numbers leave as they are (encrypted)."""
        return self.recipient is not None


class Planned(NamedTuple):
    """One file, or ``traces/`` for all of them, and about how large it will be."""

    path: str
    bytes: int
    files: int = 1


class Plan(NamedTuple):
    """What will be written. ``obstacle`` says why it cannot be, or is None.

    ``free_bytes`` is None where the target does not say. ``faults`` are sentences about parts of
    the log that cannot be read; ``running`` sessions are not closed yet, and are left out, as are
    ``unsure`` ones for the days asked for: nobody had confirmed the clock, so they may belong to
    these days or not; ``unfinished`` names folders that an earlier export could not finish.
    """

    sessions: int
    people: int
    guests: int
    files: tuple[Planned, ...]
    bytes: int
    needed_bytes: int
    free_bytes: int | None
    obstacle: Said | None
    faults: Said
    running: int
    unsure: int
    unfinished: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether there is room for it, as far as the target tells."""
        return self.free_bytes is None or self.needed_bytes <= self.free_bytes


def check_request(request: Request) -> None:
    """Raise :class:`Wrong` for a request that can never be carried out."""
    unknown = sorted(request.formats - set(FORMATS))
    if unknown:
        raise Wrong(f"--formats: there is no {unknown[0]!r}; there are {', '.join(FORMATS)}")
    if not request.formats:
        raise Wrong(f"--formats: name at least one of {', '.join(FORMATS)}")
    if request.since and request.until and request.since > request.until:
        raise Wrong(f"--since {request.since} is after --until {request.until}: swap them")
    if not request.to.is_dir():
        raise Wrong(f"{request.to}: there is no such folder; is the stick in?")
    to, data = request.to.resolve(), request.data.resolve()
    if to == data or data in to.parents:
        raise Wrong(f"{request.to}: lies in the data folder, which an export never changes")


def plan_of(request: Request, log: LogReader, entries: list[Entry], unsure: int) -> Plan:
    """Return the plan for the chosen entries; ``unsure`` others may be of these days."""
    files = _files(request, log, entries)
    total = sum(file.bytes for file in files)
    people = {entry.profile_code for entry in entries if entry.profile_code}
    guests = sum(1 for entry in entries if not entry.profile_code)
    count = sum(file.files for file in files)
    needed, free = total, None
    obstacle: Said | None = None
    try:
        stat = os.statvfs(request.to)
    except OSError as error:
        obstacle = told_of(error, _UNUSABLE)
    else:
        # Each file fills whole clusters: up to 32 KiB on a FAT stick.
        needed += count * (stat.f_bsize // 2 + _ENTRY_BYTES) + _SPARE_BYTES
        # A filesystem that has no blocks to count (a share, a FUSE mount) says nothing.
        free = stat.f_bavail * stat.f_frsize if stat.f_blocks else None
        obstacle = _obstacle(request.to, read_only=bool(stat.f_flag & os.ST_RDONLY))
        if obstacle is None and free is not None and needed > free:
            obstacle = (
                saying(
                    "It does not fit: {needed} MB are needed, {free} MB are free. "
                    "Choose fewer days or another stick.",
                    needed=_mb(needed),
                    free=_mb(free),
                ),
            )
        if obstacle is None:
            obstacle = _fat_obstacle(request.to, files)
    return Plan(
        sessions=len(entries),
        people=len(people),
        guests=guests,
        files=files,
        bytes=total,
        needed_bytes=needed,
        free_bytes=free,
        obstacle=obstacle,
        faults=tuple(log.faults),
        running=log.running,
        unsure=unsure,
        unfinished=_unfinished(request.to),
    )


def _files(request: Request, log: LogReader, entries: list[Entry]) -> tuple[Planned, ...]:
    count = len(entries)
    records = sum(entry.length for entry in entries)
    found: list[Planned] = []
    if "csv" in request.formats:
        row = _ROW_BYTES_IDENTIFIED if request.identified else _ROW_BYTES
        found.append(Planned("sessions.csv", 600 + row * count))
    if "json" in request.formats:
        share = 1.0 if request.identified else _DOCUMENT_SHARE
        found.append(Planned("sessions.json", 4 + round(share * records)))
    traces = 0
    if "traces" in request.formats:
        sizes = [size for entry in entries if (size := log.trace_bytes(entry))]
        traces = len(sizes)
        found.append(Planned("traces/", round(_TRACE_SHARE * sum(sizes)), traces))
    if "html" in request.formats:
        lines = min(count, LINES)
        found.append(Planned("report.html", _PAGE_BYTES + _PAGE_LINE_BYTES * lines))
    if "pdf" in request.formats:
        found.append(Planned("report.pdf", _PAPER_BYTES))
    if request.identified:
        plain = sum(file.bytes for file in found)
        found = [Planned(SEALED, round(_SEALED_SHARE * plain) + _SPARE_BYTES)]
        traces = 0
    manifest = _MANIFEST_BYTES + _MANIFEST_LINE_BYTES * (len(found) + traces)
    return (*found, Planned("manifest.json", manifest))


def _obstacle(to: Path, *, read_only: bool) -> Said | None:
    if read_only:
        return told_of(OSError(errno.EROFS, os.strerror(errno.EROFS)), _UNUSABLE)
    if (to / ROOT).is_symlink() or ((to / ROOT).exists() and not (to / ROOT).is_dir()):
        return _UNUSABLE, saying("{folder} on it is not a folder.", folder=ROOT)
    if not os.access(to, os.W_OK | os.X_OK):
        return told_of(OSError(errno.EACCES, os.strerror(errno.EACCES)), _UNUSABLE)
    return None


def _fat_obstacle(to: Path, files: Iterable[Planned]) -> Said | None:
    try:
        if not fat.is_fat(to):
            return None
    except OSError as error:
        return told_of(error, _UNUSABLE)
    found = (fat.obstacle(file.path, file.bytes, file.files, TRACE_NAME) for file in files)
    return next(((one,) for one in found if one is not None), None)


def _unfinished(to: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(path.name for path in (to / ROOT).glob(f"*{PART}") if path.is_dir()))
    except OSError:
        return ()


def _mb(size: int) -> int:
    return max(1, round(size / 1_000_000))
