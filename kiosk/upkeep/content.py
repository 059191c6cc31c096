"""What a backup holds: every file of the data folder, and a list of them with their hashes."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta

from kiosk.export.content import Item
from kiosk.paths import ASIDE

MANIFEST: Final = "manifest.json"
STAGE: Final = ".restore"
"""In the data folder: a backup that is being taken. Its name keeps it out of backups."""
READ_BYTES: Final = 256 * 1024
_LEFT_OUT: Final = frozenset(
    {"lock", "health.json", "lost+found", "deck.json", "deck-simulated.json"}
)
"""A restore leaves them where they are: how this machine stands is in no backup."""
_MACHINE_S: Final = frozenset({"care"})
"""In a backup, for whoever asks what was tested when; a restore leaves the machine's own."""
_PART: Final = r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}"
_PATH: Final = re.compile(rf"{_PART}(/{_PART}){{0,7}}")
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

Tell = Callable[[int], None]
"""Hears of so many bytes more."""
Time = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a backup."""

    path: str
    bytes: Annotated[int, Meta(ge=0)]
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup says of itself before it is opened: ``backup.json``. Not to be believed.

    ``version`` is the program's that made it, ``made_at`` its clock's.
    """

    sternway: Literal["backup"]
    schema: Literal[1]
    kiosk_id: Annotated[str, Meta(max_length=32)]
    version: Annotated[str, Meta(max_length=32)]
    made_at: Time


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same, and every file with its hash: inside, where nobody can have changed it."""

    head: Head
    files: tuple[File, ...]


class Stamp(NamedTuple):
    """A file as it was when it was listed: what tells that it changed."""

    path: str
    bytes: int
    changed_ns: int


def listing(data: Path) -> tuple[Stamp, ...]:
    """Return every file that belongs into a backup, by name. Raises ``OSError``."""
    found = []
    for path in sorted(data.rglob("*")):
        name = path.relative_to(data).as_posix()
        if not belongs(name):
            continue
        look = path.lstat()
        if stat.S_ISREG(look.st_mode):
            found.append(Stamp(name, look.st_size, look.st_mtime_ns))
    return tuple(found)


def belongs(name: str) -> bool:
    """Say whether a path of the data folder is one that a backup has."""
    return (
        _PATH.fullmatch(name) is not None
        and name.partition("/")[0] not in _LEFT_OUT
        and not name.startswith(ASIDE)
    )


def top_names(data: Path) -> tuple[str, ...]:
    """Return what of the data folder's own entries a backup replaces."""
    names = os.listdir(data)  # noqa: PTH208
    return tuple(sorted(name for name in names if belongs(name) and name not in _MACHINE_S))


def items(data: Path, stamps: tuple[Stamp, ...], head: Head, tell: Tell) -> Iterator[Item]:
    """Return the files, and last their list; each must be read before the next is asked for."""
    files: list[File] = []
    for stamp in stamps:
        yield Item(stamp.path, _chunks(data, stamp.path, files, tell))
    yield Item(MANIFEST, _encoded(head, files))


def _chunks(data: Path, name: str, files: list[File], tell: Tell) -> Iterator[bytes]:
    digest, size = sha256(), 0
    file = os.open(data / name, _READ)
    try:
        while chunk := os.read(file, READ_BYTES):
            digest.update(chunk)
            size += len(chunk)
            tell(len(chunk))
            yield chunk
    finally:
        os.close(file)
    files.append(File(name, size, digest.hexdigest()))


def _encoded(head: Head, files: list[File]) -> Iterator[bytes]:
    yield msgspec.json.encode(Manifest(head, tuple(files)))
