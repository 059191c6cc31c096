"""The kiosk's own key, to which a therapist may encrypt profiles (age, X25519).

Its secret half never leaves the kiosk. It is made when it is first needed.
"""

from __future__ import annotations

import base64
import binascii
import io
from pathlib import Path
from typing import Any, Final

import pyrage

from profiles.errors import FileRefused, KeyUnusable
from profiles.files import content_of, create, make_folder
from profiles.saying import saying

NAME: Final = "profile-key"
_MOST_KEY_BYTES: Final = 1024
_BINARY: Final = b"age-encryption.org/"
_ARMORED: Final = b"-----BEGIN AGE ENCRYPTED FILE-----"
_ARMOR_END: Final = b"-----END AGE ENCRYPTED FILE-----"
_MAC: Final = b"\n---"
_STANZA: Final = b"\n-> "
_MOST_STANZAS: Final = 64
"""Trying one takes up to 3 ms on a PC: a hostile header of a megabyte would take a minute."""
_NOT_FOR_US: Final = saying(
    "cannot be opened with this kiosk's key; encrypt it to the key that `sternway profiles key` "
    "shows"
)


class KioskKey:
    """The key in ``DATA/settings/profile-key``, the kiosk user's alone (0600)."""

    def __init__(self, folder: Path) -> None:
        """Look at nothing yet; ``folder`` is ``DATA/settings``."""
        self._path = folder / NAME

    def public(self) -> str:
        """Return the public half (``age1...``), which may be shown to anyone.

        Makes the key if there is none. Raises :class:`KeyUnusable`.
        """
        return str(self._identity().to_public())

    def opened(self, content: bytes, most_bytes: int) -> bytes:
        """Return what an encrypted file holds, at most ``most_bytes`` of it.

        Raises :class:`FileRefused` for what was not encrypted to this key, is damaged, or too
        large; :class:`KeyUnusable`.
        """
        room = _Room(most_bytes)
        try:
            binary = _binary(content)
            if binary[: binary.find(_MAC)].count(_STANZA) > _MOST_STANZAS:
                raise FileRefused(
                    saying(
                        "is encrypted to over {n} keys; encrypt it to this kiosk's alone",
                        n=_MOST_STANZAS,
                    )
                )
            identities = [self._identity()] if self._path.exists() else []
            pyrage.decrypt_io(io.BytesIO(binary), room, identities)
        except KeyUnusable:
            raise
        except (pyrage.DecryptError, binascii.Error, OSError):
            if not room.is_full:
                raise FileRefused(_NOT_FOR_US) from None
        if room.is_full:
            raise FileRefused(
                saying("is over 1 MiB when it is opened; split it into several files")
            )
        return room.content

    def _identity(self) -> Any:
        try:
            text = self._text()
            return pyrage.x25519.Identity.from_str(text)
        except (FileRefused, OSError) as error:
            raise KeyUnusable(f"{self._path}: {_sentence(error)}") from None
        except (pyrage.IdentityError, ValueError):
            # Never chained: its text might show the key.
            raise KeyUnusable(
                f"{self._path}: is damaged; delete it, and give the therapist the new key"
            ) from None

    def _text(self) -> str:
        if not self._path.exists():
            make_folder(self._path.parent)
            made = f"{pyrage.x25519.Identity.generate()}\n"
            try:
                create(self._path, made.encode("ascii"))
            except FileExistsError:
                # Another process was first: its key is the one.
                return self._read()
        return self._read()

    def _read(self) -> str:
        return content_of(self._path, _MOST_KEY_BYTES).decode("ascii").strip()


def is_encrypted(content: bytes) -> bool:
    """Say whether a file is one of age's, binary or armored."""
    return content.startswith(_BINARY) or content.lstrip()[:40].startswith(_ARMORED)


def _binary(content: bytes) -> bytes:
    """Return an age file without its armor. Raises ``binascii.Error``."""
    if content.startswith(_BINARY):
        return content
    inside = content.strip().removeprefix(_ARMORED).removesuffix(_ARMOR_END)
    return base64.b64decode(b"".join(inside.split()), validate=True)


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot be made ({error.strerror}); look at the disk"
    return str(error)


class _Room:
    """What pyrage writes to: it keeps so many bytes and no more."""

    def __init__(self, most_bytes: int) -> None:
        self.is_full = False
        self._most_bytes = most_bytes
        self._heap = bytearray()

    @property
    def content(self) -> bytes:
        return bytes(self._heap)

    def write(self, content: bytes) -> int:
        if len(self._heap) + len(content) > self._most_bytes:
            self.is_full = True
        else:
            self._heap += content
        return len(content)

    def flush(self) -> None:
        """Nothing waits here."""
