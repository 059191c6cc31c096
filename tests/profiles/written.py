"""Profiles as a therapist writes them, files of them, and a library to take them."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

from kiosk.records.storage import SafeStorage
from profiles.importer import accept, look
from profiles.kiosk_key import KioskKey
from profiles.library import Library

# The profile of the contract, word for word.
CONTRACT: dict[str, Any] = {
    "sternway": "profile",
    "schema": 1,
    "code": "P-7F3K",
    "display_name": "Sam",
    "pin": "4821",
    "version": 3,
    "issued_on": "2026-11-22",
    "expires_on": "2027-02-22",
    "language": "en",
    "screening_cleared": True,
    "rails": "both",
    "limits": {"max_kmh": 2.0, "max_incline_pct": 0, "max_session_min": 15},
    "plan": {"program": "low-back"},
    "schedule": {"sessions_per_week": 3, "weeks": 6},
    "progression": {"every_sessions": 3, "add_min": 1, "add_kmh": 0.1, "add_incline_pct": 0},
    "stop_rules": {"pain_at_or_above": 6, "pain_rise": 2, "rpe_at_or_above": 15},
    "note": "free text for the therapist, at most 500 characters",
}
STEP: dict[str, Any] = {"name": "main", "min": 6, "low_kmh": 1.0, "high_kmh": 1.6, "incline_pct": 0}
LEAST = ("sternway", "schema", "code", "display_name", "pin", "version", "issued_on")
LEAST += ("expires_on", "limits", "plan")


def profile(**changes: Any) -> dict[str, Any]:
    """The contract's profile with changes; a dotted key, with "__" for the dot, goes deeper."""
    made = copy.deepcopy(CONTRACT)
    for path, value in changes.items():
        *folders, key = path.split("__")
        place = made
        for folder in folders:
            place = place[folder]
        place[key] = value
    return made


def bundle(*profiles: dict[str, Any]) -> dict[str, Any]:
    return {"sternway": "bundle", "schema": 1, "profiles": list(profiles)}


def encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def put(folder: Path, value: Any, name: str = "a.json") -> Path:
    path = folder / name
    path.write_bytes(value if isinstance(value, bytes) else encoded(value))
    return path


def library_in(data: Path) -> Library:
    return Library(data / "profiles" / "profiles.json", SafeStorage)


def taken(data: Path, *values: Any) -> Library:
    """A library that has imported these files."""
    library = library_in(data)
    data.mkdir(exist_ok=True)
    for i, value in enumerate(values):
        path = put(data.parent, value, f"taken-{i}.json")
        preview = look(library, [path], KioskKey(data / "settings"))
        assert preview.is_sound, [str(fault) for file in preview.files for fault in file.faults]
        accept(library, preview, preview.acceptable, "therapist")
        path.unlink()
    return library


def tree_hash(folder: Path) -> str:
    """Tells whether anything in a folder changed."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(str(path.relative_to(folder)).encode() + b"\0")
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()
