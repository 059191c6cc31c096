"""The JSON Schema (2020-12) of a profile's file, generated from the model.

``python -m profiles.schema`` writes ``profile.schema.json``, which ships; a test holds the two
together. The rules between fields, which a schema cannot say, stand in it as ``x-sternway-rules``
(how to apply them: ``rules.py``), and what they ask of the programs as ``x-sternway-programs``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec

from profiles.profile import Bundle, Profile
from profiles.reading import MOST_BYTES
from profiles.rules import RULES, facts

FILE: Final = Path(__file__).with_name("profile.schema.json")


def schema() -> dict[str, Any]:
    """Return the schema of a profile or a bundle."""
    either, definitions = msgspec.json.schema_components(
        (Profile, Bundle), ref_template="#/$defs/{name}"
    )
    for definition in definitions.values():
        # The docstrings speak to programmers.
        definition.pop("description", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A profile for Sternway, or a bundle of profiles",
        "description": "A file is JSON in UTF-8, without duplicate keys or NaN; each profile "
        "also keeps x-sternway-rules, and a code stands in a bundle once.",
        "anyOf": list(either),
        "$defs": definitions,
        "x-sternway-max-bytes": MOST_BYTES,
        "x-sternway-rules": msgspec.to_builtins(RULES),
        "x-sternway-programs": {name: dict(known) for name, known in facts().items()},
    }


def as_text() -> str:
    """Return the schema as it ships."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(as_text(), encoding="utf-8")
