"""The therapist's screens, by the names that ``router.THERAPY`` has for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

THERAPIST_PAGES: Final[dict[str, Callable[..., Any]]] = {}
