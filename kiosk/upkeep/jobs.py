"""What the desk does with a mounted stick: finding updates and backups, writing and taking them."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from kiosk.export import clinic
from kiosk.export.errors import ExportError
from kiosk.upkeep.asking import Asker
from kiosk.upkeep.backup import Progress as Writing
from kiosk.upkeep.backup import back_up
from kiosk.upkeep.content import Head
from kiosk.upkeep.errors import NO_BACKUP, BackupUnusable, UpkeepError
from kiosk.upkeep.model import UPDATE, Backup, Found, Offer
from kiosk.upkeep.restore import backups_in, head_of
from kiosk.upkeep.updater.install import Phase
from kiosk.upkeep.updater.manifest import ordered
from profiles.saying import saying

NO_UPDATE: Final = saying("There is no update on this stick: its name ends in .update.")
MANY: Final = saying("There are more than {n} files of this kind on the stick.", n=20)
_MOST: Final = 20
_VERSION: Final = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}")
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def find_update(folder: Path, stick_id: str, asker: Asker) -> Offer:
    """Return the newest update that this machine takes; else why it takes the newest of them not.

    Raises :class:`UpkeepError`, ``OSError``.
    """
    names = sorted(
        (
            path.name
            for path in folder.iterdir()
            if path.name.endswith(UPDATE) and not path.name.startswith(".")
        ),
        key=_said_version,
    )
    if not names:
        raise UpkeepError(NO_UPDATE)
    if len(names) > _MOST:
        raise UpkeepError(MANY)
    offers, refusal = [], UpkeepError(NO_UPDATE)
    for name in names:
        try:
            with _opened(folder / name) as file:
                offer = asker.examine(file)
        except UpkeepError as error:
            refusal = error
            continue
        offers.append(Offer(stick_id, name, offer.version, offer.bytes, offer.digest))
    if not offers:
        raise refusal
    return max(offers, key=lambda offer: ordered(offer.version))


def _said_version(name: str) -> tuple[tuple[int, ...], str]:
    """Return what orders the names of updates, the newest last: 0.10.0 is newer than 0.9.0."""
    found = _VERSION.search(name)
    return (ordered(found[0]) if found else (), name)


def install(
    folder: Path,
    offer: Offer,
    asker: Asker,
    progress: Callable[[Phase, int, int], None],
    stop: threading.Event,
) -> None:
    """Have an update installed. Raises :class:`UpkeepError`, ``OSError``."""
    with _opened(folder / offer.file) as file:
        asker.install(file, offer.digest, progress, stop)


def backup_onto(
    folder: Path,
    data: Path,
    progress: Writing,
    *,
    kiosk_id: str,
    version: str,
    now: datetime,
) -> Backup:
    """Write a backup onto a stick. Raises :class:`UpkeepError`."""
    head = Head("backup", 1, kiosk_id, version, f"{now:%Y-%m-%dT%H:%M:%SZ}")
    try:
        key = clinic.load(data)
    except ExportError:
        key = None  # staff are told of it elsewhere; the passphrase opens it all the same
    made = back_up(data, folder, head, key, progress)
    return Backup(made.path.name, made.bytes, made.files, made.passphrase, key is not None)


def find_backups(folder: Path) -> tuple[Found, ...]:
    """Return the backups on a stick, the newest first. Raises :class:`UpkeepError`, ``OSError``."""
    paths = backups_in(folder)
    if not paths:
        raise UpkeepError(NO_BACKUP)
    if len(paths) > _MOST:
        raise UpkeepError(MANY)
    found, refusal = [], UpkeepError(NO_BACKUP)
    for path in paths:
        try:
            head = head_of(path)
        except BackupUnusable as error:
            refusal = error
            continue
        size = path.stat().st_size
        found.append(Found(path.name, size, head.made_at, head.kiosk_id, head.version))
    if not found:
        raise refusal
    return tuple(sorted(found, key=lambda one: (one.made_at, one.file), reverse=True))


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    file = os.open(path, _READ)
    try:
        yield file
    finally:
        os.close(file)
