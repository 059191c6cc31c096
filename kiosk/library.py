"""The profiles of a data folder, on a storage that reads back nothing but what it wrote."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from kiosk.records.storage import SafeStorage, refuse_unvouched
from profiles.library import Library
from profiles.saying import Saying

log = logging.getLogger(__name__)

LIBRARY: Final = Path("profiles") / "profiles.json"


def library_of(
    data: Path,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    on_fault: Callable[[Saying], None] = log.warning,
) -> Library:
    """Return the profiles of a data folder; nothing is opened yet. ``now`` is the kiosk's clock.

    ``on_fault`` hears what was set aside, and when: at the first look at the file.
    """
    storage = functools.partial(SafeStorage, on_fault=on_fault, check=refuse_unvouched)
    return Library(data / LIBRARY, storage, now)
