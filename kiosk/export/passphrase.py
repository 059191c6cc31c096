"""A passphrase that locks a key: made here, shown once, kept nowhere."""

from __future__ import annotations

import secrets
from typing import Final

LETTERS: Final = "bcdfghjkmnpqrstwxyz"
"""No look-alikes, and no vowels: no group becomes a word."""
GROUPS: Final = 5
GROUP: Final = 3


def new_passphrase() -> str:
    """Return 64 bits; behind scrypt, which takes a computer a second a try, out of reach."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))
    return "-".join(groups)
