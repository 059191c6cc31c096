"""Which lines of the staff's file are public keys, and nothing else.

OpenSSH's own file may hold options before a key (``command=``, ``cert-authority``); whoever can
write the card is trusted with who comes in, and with nothing more. So each line is taken apart
here, and only its key is passed on.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from kiosk.upkeep.door.model import FILE, NOT_TO_READ, DoorError
from profiles.saying import saying

MOST_BYTES: Final = 64 * 1024
MOST_KEYS: Final = 16
_KINDS: Final = (
    *("ssh-ed25519", "ssh-rsa"),
    *("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
)
_LINE: Final = re.compile(
    rf"(?P<kind>{'|'.join(_KINDS)})[ \t]+(?P<key>[A-Za-z0-9+/]+={{0,2}})(?:[ \t].*)?"
)


def keys_of(content: bytes) -> dict[str, int]:
    """Return the keys, each as ``kind base64`` without its comment, and the line where it stands.

    Raises :class:`DoorError` with the number of the first line that is something else: half a file
    is not believed.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DoorError(NOT_TO_READ) from error
    found: dict[str, int] = {}
    # Not splitlines(): OpenSSH knows one kind of line's end.
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.strip(" \t\r")
        if not words or words.startswith("#"):
            continue
        match = _LINE.fullmatch(words)
        if match is None or not words.isprintable() or not _is(match["kind"], match["key"]):
            raise refused(number)
        found.setdefault(f"{match['kind']} {match['key']}", number)
    if not found or len(found) > MOST_KEYS:
        raise DoorError(
            saying(
                "The file {file} on the memory card must hold 1 to {most} public SSH keys, one a "
                "line; SSH stays closed.",
                file=FILE,
                most=MOST_KEYS,
            )
        )
    return found


def refused(number: int) -> DoorError:
    """Return what is said of a line that is no key."""
    return DoorError(
        saying(
            "Line {number} of the file {file} on the memory card is no public SSH key that is "
            "taken (Ed25519, ECDSA, RSA of 2048 bits or more; no options), so SSH stays closed.",
            number=number,
            file=FILE,
        )
    )


def _is(kind: str, key: str) -> bool:
    """Say whether the key's own bytes begin with the kind that the line says."""
    try:
        raw = base64.b64decode(key, validate=True)
    except binascii.Error:
        return False
    name = kind.encode()
    return raw[: 4 + len(name)] == len(name).to_bytes(4, "big") + name
