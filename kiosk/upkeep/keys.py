"""What locks a backup: a key of its own, which a passphrase opens, and the clinic's key if any."""

from __future__ import annotations

from typing import Any

import pyrage

from kiosk.export.passphrase import GROUP, GROUPS, LETTERS, new_passphrase, opened
from kiosk.export.sealed import recipient_of

__all__ = [
    "locked",
    "locked_for",
    "new_key",
    "new_passphrase",
    "plain",
    "unlocked",
    "unlocked_by",
]


def new_key() -> tuple[Any, Any]:
    """Return a new key's secret and public half."""
    identity = pyrage.x25519.Identity.generate()
    return identity, identity.to_public()


def locked(identity: Any, passphrase: str) -> bytes:
    """Return the secret half as ``age --passphrase --armor`` would write it."""
    content: bytes = pyrage.passphrase.encrypt(f"{identity}\n".encode(), passphrase, armored=True)
    return content


def locked_for(identity: Any, recipient: str) -> bytes:
    """Return the secret half, locked with somebody's public key."""
    content: bytes = pyrage.encrypt(
        f"{identity}\n".encode(), [recipient_of(recipient)], armored=True
    )
    return content


def unlocked(content: bytes, passphrase: str) -> Any | None:
    """Return the secret half, None where this passphrase is not the one."""
    try:
        return _key_in(opened(content, passphrase))
    except (pyrage.DecryptError, ValueError):
        return None


def unlocked_by(content: bytes, identity: Any) -> Any | None:
    """Return the secret half, None where this key does not open it."""
    try:
        return _key_in(pyrage.decrypt(content, [identity]))
    except (pyrage.DecryptError, ValueError):
        return None


def plain(passphrase: str) -> str:
    """Return a passphrase as it was made, however it was typed in."""
    letters = [letter for letter in passphrase.lower() if letter in LETTERS]
    if len(letters) != GROUPS * GROUP or not set(passphrase.lower()) <= {*LETTERS, *"- \n\t"}:
        return passphrase.strip()
    text = "".join(letters)
    return "-".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))


def _key_in(content: bytes) -> Any | None:
    """Return the key in a text as ``age-keygen`` writes it, None where there is none."""
    for line in content.decode("ascii").splitlines():
        if line.startswith("AGE-SECRET-KEY-"):
            try:
                return pyrage.x25519.Identity.from_str(line.strip())
            except pyrage.IdentityError:
                return None
    return None
