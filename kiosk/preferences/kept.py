"""What staff changed, on the disk: ``DATA/settings/preferences.json``, twice, each with its hash.

In simulation it is ``preferences-simulated.json``, so that a simulation on a real kiosk's folder
neither takes its settings nor leaves its own there.

Only what was changed is kept, so that the file of the site goes on saying the rest. A flipped bit
may make another valid number of a cap or a calibration, so the content's SHA-256 stands beside it.
Both generations are the same: where one is damaged the other has what holds, never an older value.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from kiosk.records.files import (
    PREVIOUS,
    files_set_aside,
    make_folder,
    set_aside_if_possible,
    write_atomically,
)
from kiosk.records.sealed import seal, unseal

log = logging.getLogger(__name__)


class Kept:
    """The file of one data folder. One thread writes it."""

    def __init__(self, data: Path, *, simulated: bool) -> None:
        """Touch nothing yet."""
        name = "preferences-simulated.json" if simulated else "preferences.json"
        self.path = data / "settings" / name

    def load(self) -> dict[str, Any]:
        """Return what was changed; a damaged generation is set aside and the other one counts.

        Never raises: a kiosk without its settings still has those of the site's file.
        """
        for path in (self.path, self.path.with_name(self.path.name + PREVIOUS)):
            try:
                return unseal(path.read_bytes(), dict[str, Any])
            except FileNotFoundError:
                continue
            except ValueError as error:
                log.error("%s is damaged: %s", path, type(error).__name__)
                set_aside_if_possible(path)
            except OSError as error:
                log.error("%s cannot be read: %s", path, error.strerror)
        return {}

    def set_aside(self) -> tuple[str, ...]:
        """Return the names of what was set aside here, now or before."""
        try:
            found = files_set_aside(self.path.parent)
        except OSError:
            return ()
        stem = self.path.name
        return tuple(path.name for path in found if path.name.startswith(stem))

    def write(self, changed: dict[str, Any]) -> None:
        """Keep it durably, and twice if the disk goes on taking it. Raises ``OSError``."""
        make_folder(self.path.parent)
        write_atomically(self.path, seal(changed), keep_previous=True)
        try:
            write_atomically(self.path, seal(changed), keep_previous=True)
        except OSError as error:
            # The change holds; the next one writes both again.
            log.warning(
                "the settings are written once only (%s): damage would bring back what was before",
                error.strerror,
            )
