"""The therapist's screens, by the names that ``router.THERAPY`` has for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from kiosk.screens.imports import ImportPage
from kiosk.screens.prepare import PreparePage
from kiosk.screens.profile import ProfilePage
from kiosk.screens.progress import ProgressPage
from kiosk.screens.report import ReportPage
from kiosk.screens.roster import ProfilesPage
from kiosk.screens.therapy import TherapyPage

THERAPIST_PAGES: Final[dict[str, Callable[..., Any]]] = {
    "therapy": TherapyPage,
    "import": ImportPage,
    "profiles": ProfilesPage,
    "profile": ProfilePage,
    "progress": ProgressPage,
    "report": ReportPage,
    "prepare": PreparePage,
}
