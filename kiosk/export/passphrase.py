"""A passphrase that locks a key: made here, shown once, kept nowhere."""

from __future__ import annotations

import secrets
from typing import Final

import pyrage

LETTERS: Final = "bcdfghjkmnpqrstwxyz"
"""No look-alikes, and no vowels: no group becomes a word."""
GROUPS: Final = 5
GROUP: Final = 3
TRIES: Final = 3
_TOO_MUCH: Final = "Excessive work"


def new_passphrase() -> str:
    """Return 64 bits; behind scrypt, which takes a computer a second a try, out of reach."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))
    return "-".join(groups)


def opened(content: bytes, passphrase: str) -> bytes:
    """Return what a passphrase opens. Raises ``pyrage.DecryptError``.

    age refuses work that would take this computer too long, and finds out how quick it is by a
    measurement of milliseconds, each time anew: one that was held up in it is asked again.
    """
    for left in reversed(range(TRIES)):
        try:
            return bytes(pyrage.passphrase.decrypt(content, passphrase))
        except pyrage.DecryptError as error:
            if not left or _TOO_MUCH not in str(error):
                raise
    raise AssertionError("unreachable")
