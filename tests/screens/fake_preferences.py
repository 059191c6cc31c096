"""The settings' desk without a disk: what is set holds at once; what is refused was put there."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from msgspec.structs import replace

from kiosk.preferences.model import Bounds, Preferences
from kiosk.session.actions import Refusal
from profiles.saying import Said

SET = Preferences(
    site_name="Physiotherapy Harbour Street",
    contact="Ask at the desk.",
    calibrated=True,
    set_up=True,
)


class FakePreferences:
    """``shown`` can be put field by field; what is asked of it is remembered in ``asked``."""

    def __init__(self) -> None:
        self.shown = SET
        self.limits = Bounds()
        self.asked: list[dict[str, Any]] = []
        self.refuse: str | None = None
        self.wrong: Said = ()

    def reset(self, **fields: Any) -> None:
        """Show these fields beside what is usual."""
        self.shown, self.limits = replace(SET, **fields), Bounds()
        self.refuse, self.wrong = None, ()
        self.asked.clear()

    def state(self) -> Preferences:
        return self.shown

    def bounds(self) -> Bounds:
        return self.limits

    def fault(self) -> Said:
        return self.wrong

    def change(self, **values: Any) -> Future[None]:
        self.asked.append(values)
        answer: Future[None] = Future()
        if self.refuse is not None:
            answer.set_exception(Refusal("setting", self.refuse))
        else:
            self.shown = replace(self.shown, **values)
            answer.set_result(None)
        return answer

    def save(self, mm_per_count: float, *, invert: bool) -> Future[None]:
        return self.change(mm_per_count=mm_per_count, invert=invert, calibrated=True)
