"""The screens of somebody with a profile, by the names that ``router.PATRON`` has for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from kiosk.screens.mine import MinePage
from kiosk.screens.who import WhoPage

PATRON_PAGES: Final[dict[str, Callable[..., Any]]] = {"who": WhoPage, "mine": MinePage}
