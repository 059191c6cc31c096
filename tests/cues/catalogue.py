"""A made-up catalogue, compiled as msgfmt does."""

from __future__ import annotations

import struct
from pathlib import Path


def write_catalogue(folder: Path, language: str, texts: dict[str, str]) -> Path:
    """Write ``texts`` where the kiosk looks for that language; return the file."""
    every = {"": "Content-Type: text/plain; charset=UTF-8\n", **texts}
    pairs = sorted((key.encode(), text.encode()) for key, text in every.items())
    ids = b"".join(key + b"\0" for key, _ in pairs)
    values = b"".join(text + b"\0" for _, text in pairs)
    count = len(pairs)
    head = 28
    ids_at = head + 16 * count
    tables = [b"", b""]
    offsets = [ids_at, ids_at + len(ids)]
    for pair in pairs:
        for side in (0, 1):
            tables[side] += struct.pack("<II", len(pair[side]), offsets[side])
            offsets[side] += len(pair[side]) + 1
    magic = struct.pack("<7I", 0x950412DE, 0, count, head, head + 8 * count, 0, 0)
    file = folder / language / "LC_MESSAGES" / "sternway.mo"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(magic + tables[0] + tables[1] + ids + values)
    return file
