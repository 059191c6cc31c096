"""The page on which a therapist writes a profile: one HTML file that works offline.

It is built from ``source/`` (``make editor``) and lies here ready to use: nothing of ours needs
Node to run. :func:`page` gives it the name and the public key of a kiosk, so that what is written
on it is encrypted for that kiosk; then it may go onto a stick.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final, NamedTuple

import pyrage

from profiles.errors import ProfilesError

FILE: Final = Path(__file__).with_name("sternway-editor.html")
NAME: Final = "sternway-editor.html"
"""What it is called on a stick."""
_PLACE: Final = '<script type="application/json" id="sternway-kiosk">null</script>'
_RECIPIENT: Final = re.compile(r"age1[02-9ac-hj-np-z]{58}")


class PageUnusable(ProfilesError, OSError):
    """The built page is missing or damaged. The message names it and how to mend it."""


class Kiosk(NamedTuple):
    """The kiosk that the page is for.

    ``place`` is its name as people know it, ``kiosk_id`` its own, ``age_recipient`` the public half
    of its key for profiles (``age1...``); with "" the page asks for one.
    """

    place: str
    kiosk_id: str
    age_recipient: str


def page(kiosk: Kiosk | None = None) -> bytes:
    """Return the page, made out to a kiosk where one is given.

    Raises ``ValueError`` for a recipient that is none: whoever wrote profiles on that page would
    find out only at the kiosk. Raises :class:`PageUnusable`.
    """
    try:
        text = FILE.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PageUnusable(f"{FILE}: cannot be read ({error}); reinstall Sternway") from None
    if text.count(_PLACE) != 1:
        raise PageUnusable(f"{FILE}: is not the editor page; reinstall Sternway, or: make editor")
    if kiosk is None:
        return text.encode("utf-8")
    if kiosk.age_recipient and not _is_recipient(kiosk.age_recipient):
        raise ValueError("age_recipient is no public key of a kiosk; make it age1... or empty")
    return text.replace(_PLACE, _PLACE.replace("null", _as_data(kiosk))).encode("utf-8")


def _is_recipient(key: str) -> bool:
    if not _RECIPIENT.fullmatch(key):
        return False
    try:
        pyrage.x25519.Recipient.from_str(key)  # knows the checksum
    except pyrage.RecipientError:
        return False
    return True


def _as_data(kiosk: Kiosk) -> str:
    """Return it as JSON of which nothing can end the element, whatever the place is called.

    All in ASCII, so that a name cannot hold a line separator or half a character either.
    """
    text = json.dumps(kiosk._asdict(), ensure_ascii=True)
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text
