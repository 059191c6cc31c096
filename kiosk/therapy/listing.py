"""How profiles stand, and the therapist's list of them. Pure."""

from __future__ import annotations

from datetime import date

from kiosk.therapy.model import Row, Standing
from profiles.kept import Kept


def standing(kept: Kept, today: date) -> Standing:
    """Return how a profile stands by what is kept of it."""
    if kept.state.ended_on is not None:
        return "ended"
    if today > kept.prescription.expires_on:
        return "expired"
    return "held" if kept.state.held is not None else "ready"


def row(kept: Kept, today: date, proposes: bool | None) -> Row:
    """Return a profile for the list. ``proposes``: what is known of a step that waits."""
    stands, held = standing(kept, today), kept.state.held
    may = stands == "ready" and kept.prescription.progression is not None
    return Row(
        code=kept.code,
        name=kept.prescription.display_name,
        version=kept.prescription.version,
        standing=stands,
        until=kept.prescription.expires_on,
        held=None if held is None else held.why,
        since=None if held is None else held.since,
        proposes=proposes if may else False,
    )
