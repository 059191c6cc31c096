"""The one page of a kiosk whose settings or data cannot be used: what is wrong, and the mend.

It knows no session, no desk and no guard, since none of them was started.
"""

from __future__ import annotations

from typing import Any, Final

from kivy.core.text import Label as CoreLabel
from kivy.properties import NumericProperty, StringProperty

from kiosk.screens import theme
from kiosk.screens.widgets import Page, load_kv

LARGEST: Final = 6.2
SMALLEST: Final = 3.0
"""For a list of many keys, smaller than on any other page: whoever mends it stands before it."""
STEP: Final = 0.2


class UnusablePage(Page):
    """The sentence in letters as large as it leaves room for."""

    what = StringProperty("")
    why = StringProperty("")
    do = StringProperty("")
    cap = NumericProperty(SMALLEST)

    def __init__(self, what: str, why: str, do: str, **kwargs: Any) -> None:
        """``why`` is shown as it is: its numbers are written as the file wants them."""
        super().__init__(**kwargs)
        self.what, self.why, self.do = what, why, do
        self.ids.room.bind(size=self._fit)

    def _fit(self, _room: Any, size: tuple[float, float]) -> None:
        wide, high = size
        cap = LARGEST
        while cap > SMALLEST and not _fits(self.why, cap, wide, high):
            cap -= STEP
        self.cap = max(SMALLEST, cap)


def _fits(text: str, cap: float, wide: float, high: float) -> bool:
    """Say whether it has room, and no key that is looked for is broken in two."""
    label = CoreLabel(text=text, font_size=theme.font(cap), text_size=(wide, None))
    widest = max((label.get_extents(word)[0] for word in text.split()), default=0)
    return widest <= wide and label.render()[1] <= high


load_kv(__file__)
