"""The profiles of a data folder, on a storage that reads back nothing but what it wrote."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from kiosk.paths import ASIDE
from kiosk.records.errors import RecordsError
from kiosk.records.reader import LogReader
from kiosk.records.storage import SafeStorage, refuse_unvouched
from profiles.errors import LibraryUnusable, UnknownCode
from profiles.kept import Who
from profiles.library import Library
from profiles.saying import Saying

log = logging.getLogger(__name__)

LIBRARY: Final = Path("profiles") / "profiles.json"


class DataLibrary(Library):
    """The library of a data folder, and what restores have set aside in it."""

    def __init__(
        self, data: Path, now: Callable[[], datetime], on_fault: Callable[[Saying], None]
    ) -> None:
        """``now`` is the kiosk's clock. Nothing is opened yet."""
        storage = functools.partial(SafeStorage, on_fault=on_fault, check=refuse_unvouched)
        super().__init__(data / LIBRARY, storage, now, self._newest)
        self._data, self._of, self._on_fault = data, now, on_fault

    def _newest(self) -> int:
        """Return the number of the log's newest session, also of one that is in no month yet."""
        try:
            with LogReader(self._data) as log:
                return max((entry.seq for entry in log.entries), default=0)
        except (OSError, RecordsError) as error:
            raise LibraryUnusable(f"{self._data}: the session log cannot be read") from error

    def forget(self, code: str, who: Who) -> tuple[str, ...]:
        """Remove a profile everywhere, as :meth:`profiles.library.Library.forget` does.

        What was here before a restore forgets first: broken off, the profile is still in the list,
        and whoever deletes it once more goes on.
        """
        names: list[str] = []
        was_aside = False
        for aside in sorted(self._data.glob(f"{ASIDE}*")):
            if not (aside / LIBRARY.parent).is_dir():
                continue
            old = DataLibrary(aside, self._of, self._on_fault)
            try:
                names += old.forget(code, who)
                was_aside = True
            except UnknownCode:
                # Its name may stand in a generation before, where a forgetting was broken off, or
                # in one that is damaged.
                names += old.finish_forgetting()
        try:
            return (*names, *super().forget(code, who))
        except UnknownCode:
            if not was_aside:
                raise
            return tuple(names)  # it came after the backup that was restored


def library_of(
    data: Path,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    on_fault: Callable[[Saying], None] = log.warning,
) -> Library:
    """Return the profiles of a data folder; nothing is opened yet. ``now`` is the kiosk's clock.

    ``on_fault`` hears what was set aside, and when: at the first look at the file.
    """
    return DataLibrary(data, now, on_fault)
