"""A record as it leaves: one row of values, and one JSON document. Pure."""

from __future__ import annotations

from typing import Any, Final

from kiosk.export.fields import (
    CODES,
    DEIDENTIFIED,
    IDENTIFIED,
    OPEN,
    ORDINARY,
    PHASES,
    REASONS,
    Field,
    Value,
    number,
    reason_list,
    whole,
)
from kiosk.export.people import Who

_NESTED: Final = frozenset({"reasons_seen", "frames_accepted", "frames_rejected", "frames_lost"})
_REVOKED: Final = REASONS | ORDINARY
_FLAT: Final = tuple(field for field in OPEN if field.name not in _NESTED)


_TAIL: Final = {True: IDENTIFIED[len(CODES) :], False: DEIDENTIFIED[len(CODES) :]}


def columns(*, identified: bool) -> tuple[Field, ...]:
    """Return the columns of ``sessions.csv``."""
    return IDENTIFIED if identified else DEIDENTIFIED


def row_of(record: dict[str, Any], who: Who, *, identified: bool) -> list[Value]:
    """Return the values of a session, in the order of :func:`columns`."""
    row: list[Value] = [who.session, who.person, who.number, who.day]
    row += [field.of(record) for field in _TAIL[identified]]
    return row


def deidentified(record: dict[str, Any], who: Who) -> dict[str, Any]:
    """Return the document of a session, made of listed fields alone."""
    frames = record.get("frames")
    frames = frames if isinstance(frames, dict) else {}
    return {
        "session_id": who.session,
        "profile_code": who.person,
        "session_number": who.number,
        "day": who.day,
        **{field.name: field.of(record) for field in _FLAT},
        "reasons_seen": reason_list(record.get("reasons_seen")),
        "frames": {name: whole(frames.get(name)) for name in ("accepted", "rejected", "lost")},
        "events": _events(record.get("events")),
    }


def _events(found: object) -> list[dict[str, Any]]:
    """Return the events of known kinds with their known fields; a step's name is free text."""
    kept = []
    for event in found if isinstance(found, list) else ():
        if not isinstance(event, dict):
            continue
        one: dict[str, Any] = {"t_s": number(event.get("t_s")), "event": event.get("event")}
        match event.get("event"):
            case "permit_granted":
                pass
            case "permit_revoked" if event.get("reason") in _REVOKED:
                one["reason"] = event["reason"]
            case "latched" if event.get("reason") in REASONS:
                one["reason"] = event["reason"]
            case "state" if event.get("state") in PHASES:
                one["state"] = event["state"]
            case "step":
                one["index"] = whole(event.get("index"))
            case _:
                continue
        kept.append(one)
    return kept
