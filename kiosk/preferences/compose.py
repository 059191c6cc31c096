"""Puts the settings together over one data folder: file, bounds, and what the guard agrees to."""

from __future__ import annotations

from pathlib import Path

from kiosk.config import Settings, is_given
from kiosk.preferences.agreeing import Agreement
from kiosk.preferences.base import base_of, bounds_of, guarded
from kiosk.preferences.kept import Kept
from kiosk.preferences.settled import Settled
from kiosk.worker import Worker


def make_preferences(
    settings: Settings, config: Path | None, data: Path, *, simulate: bool, desk: Worker
) -> tuple[Settled, Agreement]:
    """Return the settings' desk, and what it agrees with the guard. Reads the disk.

    ``config`` is the file that ``settings`` were read from, as it was asked for. A simulated belt
    counts as calibrated, and its kiosk as set up.
    """
    measured = simulate or is_given(config, "treadmill", "mm_per_count")
    settled = Settled(
        Kept(data, simulated=simulate),
        base_of(settings, calibrated=measured, set_up=simulate),
        bounds_of(settings, rails_given=is_given(config, "treadmill", "rails")),
        desk=desk,
    )
    agreement = Agreement(guarded(settled.state()))
    settled.agree, settled.undo = agreement.ask, agreement.keep
    settled.guard_fault = agreement.fault
    settled.listen(lambda now: agreement.keep(guarded(now)))
    return settled, agreement
