"""Files that want a kiosk's time and memory. Each is refused."""

from __future__ import annotations

from profiles.profile import MOST_PROFILES
from tests.profiles.written import CONTRACT, bundle, encoded, profile

FILES = {
    "a million keys": b"{" + b",".join(b'"k%d":1' % i for i in range(80_000)) + b"}",
    "unknown keys": encoded({**CONTRACT, **{f"max_kmh_{i}": 1 for i in range(40_000)}}),
    "a key without end": encoded({**CONTRACT, "k" * 900_000: 1}),
    "empty profiles": encoded(bundle(*[{}] * MOST_PROFILES)),
    "too many profiles": encoded(bundle(*[{}] * 200_000)),
    "steps": encoded(profile(plan={"steps": [{}] * 200_000})),
    "nothing but brackets": b"[" + b"[]," * 300_000 + b"[]]",
    "open brackets": b"[" * 1_000_000,
    "an open text": b'"' + b"\\" * 1_000_000,
    "quotes": b'"' * 1_000_000,
    "backslashes and quotes": b'"\\"' * 300_000,
    "escaped quotes": b'\\"' * 500_000,
    "digits": b"1" * 1_000_000,
    "zeros": b"NUL\x00" * 100_000,
}
