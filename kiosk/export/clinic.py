"""The clinic's key: made here or taken from a stick; only its public half is ever kept here.

Identified exports are encrypted to it. Its secret half goes to a stick, locked with a passphrase
that is shown once: whoever steals the kiosk, or that stick alone, can open nothing.
"""

from __future__ import annotations

import os
import re
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import pyrage

from kiosk.export.errors import (
    KeyExists,
    KeyUnusable,
    NotKept,
    NotVerified,
    WriteFailed,
    told_of,
)
from kiosk.export.passphrase import new_passphrase, opened
from kiosk.export.sealed import recipient_of
from kiosk.export.small import write_files
from kiosk.records.files import PREVIOUS, make_folder, write_atomically
from profiles.saying import saying

SECRET: Final = "sternway-clinic-key.age"  # noqa: S105 - a file's name
PUBLIC: Final = "sternway-clinic-key.pub"
PAGE: Final = "HOW TO OPEN AN EXPORT.txt"

_MAX_BYTES: Final = 64 * 1024
_MAX_FILES: Final = 1000
_RECIPIENT: Final = re.compile(r"\bage1[0-9a-z]+\b", re.IGNORECASE)
_SECRET_KEY: Final = re.compile(r"AGE-SECRET-KEY-", re.IGNORECASE)
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``DATA/settings/clinic.json``."""

    schema: int
    recipient: str


class NewKey(NamedTuple):
    """A key that was made. The passphrase stands nowhere else: show it once, write it nowhere."""

    recipient: str
    passphrase: str
    files: tuple[str, ...]


def make(folder: Path, data: Path) -> NewKey:
    """Make a key, leave its locked secret half in ``folder``, and use its public half from now on.

    Takes about two seconds. Nothing is used before it stands on the stick and was read back from
    it. Raises :class:`KeyExists` where a key lies already, :class:`WriteFailed` or
    :class:`NotVerified` when the stick fails (the kiosk's key is as it was), :class:`NotKept` when
    the kiosk cannot keep the public half.
    """
    identity = pyrage.x25519.Identity.generate()
    recipient, phrase = str(identity.to_public()), new_passphrase()
    files = {
        SECRET: _locked(identity, phrase),
        PUBLIC: f"{recipient}\n".encode("ascii"),
        PAGE: _page(recipient),
    }
    for name in files:
        if os.path.lexists(folder / name):
            raise KeyExists(
                saying(
                    "{file} lies on this stick already, and a key is never written over: use "
                    "another stick, or take the key from this one.",
                    file=name,
                )
            )
    try:
        write_files(folder, files)
    except OSError as error:
        raise WriteFailed(*told_of(error, saying("The key could not be written."))) from error
    _keep(data, recipient)
    return NewKey(recipient, phrase, tuple(files))


def take(path: Path, data: Path) -> str:
    """Take the clinic's public key from a text file, or the one ``*.pub`` in a folder; return it.

    Raises :class:`KeyUnusable` for a file in which there is none, for a secret key (which must
    never come here), a link and whatever else is no small text file; :class:`NotKept`.
    """
    try:
        found = _in_folder(path) if path.is_dir() else _in_file(path)
    except OSError as error:
        failed = saying("{file} could not be read.", file=path.name)
        raise KeyUnusable(*told_of(error, failed)) from error
    _keep(data, found)
    return found


def load(data: Path) -> str | None:
    """Return the clinic's public key, None before there is one.

    Raises :class:`KeyUnusable` when the file in which it is kept is broken, or gone: without a word
    the next export of names would not be locked.
    """
    path = _place(data)
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
        return str(recipient_of(kept.recipient))
    except (OSError, ValueError) as error:
        if (
            isinstance(error, FileNotFoundError)
            and not path.with_name(path.name + PREVIOUS).exists()
        ):
            return None
        raise KeyUnusable(
            saying("The clinic's key on this kiosk cannot be read: take it from its stick again.")
        ) from error


def _keep(data: Path, recipient: str) -> None:
    kept = _Kept(1, recipient)
    try:
        make_folder(_place(data).parent)
        write_atomically(_place(data), msgspec.json.encode(kept) + b"\n", keep_previous=True)
    except OSError as error:
        failed = saying("The key could not be kept on this kiosk.")
        raise NotKept(*told_of(error, failed, here=True)) from error


def _place(data: Path) -> Path:
    return data / "settings" / "clinic.json"


def _locked(identity: pyrage.x25519.Identity, phrase: str) -> bytes:
    """Return the secret key as ``age-keygen | age -p -a`` would, seen to open again."""
    made = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    text = f"# created: {made}\n# public key: {identity.to_public()}\n{identity}\n".encode("ascii")
    locked: bytes = pyrage.passphrase.encrypt(text, phrase, armored=True)
    if opened(locked, phrase) != text:
        raise NotVerified(saying("The key could not be made: call the service."))
    return locked


def _page(recipient: str) -> bytes:
    text = (Path(__file__).parent / "how_to_open.txt").read_text(encoding="ascii")
    # Windows' older Notepad shows a file without CR as one line.
    return text.replace("{recipient}", recipient).replace("\n", "\r\n").encode("ascii")


def _in_folder(folder: Path) -> str:
    names: list[str] = []
    with os.scandir(folder) as entries:
        for count, entry in enumerate(entries):
            if count >= _MAX_FILES:
                raise KeyUnusable(
                    saying(
                        "There are more than {n} files on the stick: use a stick with less on it.",
                        n=_MAX_FILES,
                    )
                )
            if entry.name.lower().endswith(".pub") and not entry.name.startswith("."):
                names.append(entry.name)
    if not names:
        raise KeyUnusable(
            saying("There is no public key on the stick: put a file on it whose name ends in .pub.")
        )
    keys = {_in_file(folder / name) for name in names}
    if len(keys) > 1:
        raise KeyUnusable(
            saying(
                "There are {n} public keys on the stick: leave only the clinic's own on it.",
                n=len(keys),
            )
        )
    return keys.pop()


def _in_file(path: Path) -> str:
    text = _text_of(path)
    if _SECRET_KEY.search(text):
        raise KeyUnusable(
            saying(
                "{file} holds a secret key, which must never come here: bring the public one, "
                "which begins with age1.",
                file=path.name,
            )
        )
    keys = {key.lower() for key in _RECIPIENT.findall(text)}
    if len(keys) != 1:
        none = saying("{file} holds no public key: the clinic's begins with age1.", file=path.name)
        many = saying(
            "{file} holds more than one public key: the clinic's begins with age1.", file=path.name
        )
        raise KeyUnusable(many if keys else none)
    try:
        return str(recipient_of(keys.pop()))
    except ValueError as error:
        raise KeyUnusable(
            saying(
                "{file} holds no key that can be used: the clinic's begins with age1, and "
                "age-keygen made it.",
                file=path.name,
            )
        ) from error


def _text_of(path: Path) -> str:
    """Return a small text file, never through a link and without waiting for a pipe."""
    file = os.open(path, _READ)
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _MAX_BYTES:
            raise KeyUnusable(
                saying("{file} is no small text file, as a public key is.", file=path.name)
            )
        content = os.read(file, _MAX_BYTES)
    finally:
        os.close(file)
    # Windows' PowerShell writes UTF-16.
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return content.decode("utf-16" if wide else "utf-8", errors="replace")
