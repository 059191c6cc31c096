"""The catalogues there are. They lie in ``locales/<language>/LC_MESSAGES/sternway.mo``."""

from __future__ import annotations

import gettext
import logging
import re
import struct
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

OWN: Final = "en"
"""The texts in the code: it needs no catalogue."""
OTHERS: Final = ("es", "de", "fr")
"""The languages that have a catalogue here, in the order in which they are offered."""
NAMES: Final = {OWN: "English", "es": "Español", "de": "Deutsch", "fr": "Français"}
"""Each language by its own name."""
DOMAIN: Final = "sternway"
LOCALES: Final = Path(__file__).with_name("locales")
_NAME: Final = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")


def there_is(language: str, folder: Path | None = None) -> bool:
    """Say whether the kiosk speaks a language."""
    return language == OWN or _file(language, folder).is_file()


def load(language: str, folder: Path | None = None) -> gettext.NullTranslations:
    """Return a language's texts; English where there is no catalogue, or it cannot be read.

    A broken catalogue is logged and is no reason to keep anybody from walking.
    """
    if language == OWN or not there_is(language, folder):
        return gettext.NullTranslations()
    try:
        with _file(language, folder).open("rb") as file:
            return gettext.GNUTranslations(file)
    except (OSError, ValueError, struct.error) as error:
        # gettext's own faults: OSError for a bad head, the others for a bad body.
        log.error("the texts of %r cannot be read: %s", language, error)
        return gettext.NullTranslations()


def _file(language: str, folder: Path | None) -> Path:
    # A language comes from a profile: it must not lead out of the folder.
    known = language if _NAME.fullmatch(language) else "none"
    return (LOCALES if folder is None else folder) / known / "LC_MESSAGES" / f"{DOMAIN}.mo"
