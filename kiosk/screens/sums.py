"""What all sessions of a person come to, and why some were stopped. No Kivy."""

from __future__ import annotations

from typing import Final

from hardware.link import Reason
from kiosk.cues.texts import _, grouped
from kiosk.screens.prescribed import due_share
from kiosk.screens.presenters import metres
from kiosk.screens.therapist import Item
from kiosk.therapy.model import Opened


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


_STOPS: Final[dict[str, str]] = {
    Reason.PATRON: _n("Stop was pressed"),
    Reason.RAILS_RELEASED: _n("Rails let go"),
    Reason.ESTOP: _n("Emergency stop"),
    Reason.SAFETY_KEY: _n("Safety key pulled"),
    Reason.OVERSPEED: _n("Belt too fast"),
    Reason.RUNAWAY: _n("Belt far too fast"),
    Reason.WRONG_DIRECTION: _n("Wrong direction"),
    Reason.SENSOR_LOST: _n("Sensor silent"),
    Reason.SENSOR_FAULT: _n("Sensor fault"),
    Reason.PERMIT_INEFFECTIVE: _n("Belt ran on"),
    Reason.UNEXPECTED_MOTION: _n("Belt moved by itself"),
    Reason.KIOSK_LOST: _n("Screen froze"),
    Reason.GUARD_LOST: _n("Guard lost"),
    "stopped": _n("Pause too long"),
    "safety_stop": _n("Safety stop"),
    "interrupted": _n("Interrupted"),
}
"""Why a walk was stopped, or how it ended where no reason is known."""


def sum_items(opened: Opened) -> tuple[Item, ...]:
    """Return what all sessions come to, and why some were stopped."""
    progress = opened.progress
    share = due_share(progress)
    adherence = _("no schedule") if opened.prescription.schedule is None else _("nothing due yet")
    if share is not None:
        adherence = f"{share}\u00a0%"
    items = [
        Item("pair", _("Walks"), grouped(progress.attended)),
        Item("pair", _("Completed"), grouped(progress.completed)),
        Item("pair", _("Walked in all"), _long(progress.walked_s)),
        Item("pair", _("Distance in all"), _far(progress.distance_m)),
        Item("pair", _("Of what was due"), adherence),
    ]
    if progress.stops:
        items.append(Item("head", _("Why walks were stopped")))
        for reason, count in progress.stops:
            items.append(Item("pair", stop_words(reason), _times(count)))
    else:
        items.append(Item("text", _("No walk was stopped.")))
    return tuple(items)


def stop_words(reason: str) -> str:
    """Return why a walk was stopped."""
    return _(_STOPS.get(reason, _n("Stopped")))


def _times(count: int) -> str:
    return _("once") if count == 1 else _("{n} times").format(n=grouped(count))


def _long(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("{n} min").format(n=minutes)
    return _("{h} h {n} min").format(h=grouped(minutes // 60), n=minutes % 60)


def _far(distance_m: float) -> str:
    if distance_m < 1000:
        return metres(distance_m)
    return _("{km:.1f} km").format(km=distance_m / 1000)
