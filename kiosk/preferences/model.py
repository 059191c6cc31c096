"""What staff may set on the screen, as one frozen value, and what a screen may ask. No I/O.

``sternway.toml`` says what holds before anybody changes anything, and how far a change may go
where it is about safety; :class:`Bounds` has that. Lengths are millimetres, speeds km/h.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import Annotated, Any, Final, Literal, Protocol

import msgspec
from msgspec import Meta

from hardware.link import RailsMode
from profiles.saying import Said

Language = Literal["en", "es", "de", "fr"]
Units = Literal["metric", "imperial"]

RAILS_BY_STRICTNESS: Final[tuple[RailsMode, ...]] = ("both", "one", "none")
"""The strictest first."""


class Preferences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that staff change on the screen, as it holds now.

    ``volume_pct`` and ``voice`` are for everything but warnings. ``brightness_pct`` is the screen's
    while somebody is there, ``dim_pct`` what it goes down to after ``dim_after_s`` untouched; 0:
    never. ``calibrated``: somebody measured ``mm_per_count``, or wrote it into the file.
    ``set_up``: the first start's set-up was gone through, up to ``set_up_step`` if it was left.
    """

    site_name: Annotated[str, Meta(min_length=1, max_length=60)] = "Sternway"
    contact: Annotated[str, Meta(max_length=120)] = ""
    starts_belt: Literal["patron", "helper"] = "patron"
    language: Language = "en"
    units: Units = "metric"
    sound: bool = True
    volume_pct: Annotated[int, Meta(ge=0, le=100)] = 80
    voice: bool = True
    brightness_pct: Annotated[int, Meta(ge=20, le=100)] = 100
    dim_after_s: Annotated[int, Meta(ge=0, le=3600)] = 300
    dim_pct: Annotated[int, Meta(ge=5, le=100)] = 20
    facing: Literal["away", "console"] = "away"
    mm_per_count: Annotated[float, Meta(ge=0.5, le=20.0)] = 5.0
    invert: bool = False
    cap_kmh: Annotated[float, Meta(ge=0.1, le=5.0)] = 4.0
    rails: RailsMode = "both"
    proof_every_h: Annotated[int, Meta(ge=1, le=168)] = 24
    calibrated: bool = False
    set_up: bool = False
    set_up_step: str = ""


GUARDED: Final = frozenset({"facing", "mm_per_count", "invert", "cap_kmh"})
"""What the guard has to know: it takes a change only while nobody is on the belt."""


class Bounds(msgspec.Struct, frozen=True):
    """How far staff may go: the file's own values, which a screen may only make stricter."""

    cap_kmh: float = 4.0
    rails: RailsMode = "both"
    proof_every_h: int = 24

    def rails_modes(self) -> tuple[RailsMode, ...]:
        """Return the modes that staff may choose, the strictest first."""
        return RAILS_BY_STRICTNESS[: RAILS_BY_STRICTNESS.index(self.rails) + 1]


class PreferencesDesk(Protocol):
    """What a screen may call. Every method returns at once; any thread may call."""

    def state(self) -> Preferences:
        """Return what holds now; nothing is read from any disk for it."""

    def bounds(self) -> Bounds:
        """Return how far the limits may be changed here."""

    def fault(self) -> Said:
        """Return what is wrong with the settings, in sentences with the mend; nothing: all well."""

    def change(self, **values: Any) -> Future[None]:
        """Set some of :class:`Preferences`, kept before it holds. Staff.

        The future ends with a ``Refusal`` in a sentence where a value is laxer than its bound, the
        disk does not take it, or the guard does not: then nothing has changed.
        """

    def save(self, mm_per_count: float, *, invert: bool) -> Future[None]:
        """Keep what a calibration measured: millimetres of belt per count, and its sign. Staff."""
