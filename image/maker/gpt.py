"""A disk's partition table (GPT), read and put right.

Windows moves the table's entries where the header says that the first block for partitions is
another than 34, as soon as the card is put in; Raspberry Pi's boot loaders before October 2024 then
find no partition. A site edits ``sternway.toml`` with any computer.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple
from uuid import UUID

from image.maker.recipe import BuildError

BLOCK: Final = 512
FIRST: Final = 34
_HEADER: Final = struct.Struct("<8s4sIIIQQQQ16sQIII")
_ENTRY: Final = struct.Struct("<16s16sQQQ72s")
_CRC_AT: Final = 16
_FIRST_AT: Final = 40


class Partition(NamedTuple):
    """One partition; ``begin`` and ``size`` are bytes."""

    name: str
    kind: UUID
    begin: int
    size: int


def partitions(image: Path) -> list[Partition]:
    """Return the partitions in their order; raises :class:`BuildError` for a table with a fault."""
    with image.open("rb") as file:
        header = _header(file, 1)
        _, _, _, _, _, _, spare, first, _, _, entries, count, size, crc = _HEADER.unpack(
            header[: _HEADER.size]
        )
        _header(file, spare)
        if first != FIRST:
            raise BuildError(f"{image.name}: its first block for partitions is {first}")
        file.seek(entries * BLOCK)
        table = file.read(count * size)
    if zlib.crc32(table) != crc:
        raise BuildError(f"{image.name}: the entries of its partition table are damaged")
    found = []
    for at in range(0, len(table), size):
        kind, _, begin, end, _, name = _ENTRY.unpack(table[at : at + _ENTRY.size])
        if any(kind):
            title = name.decode("utf-16-le").rstrip("\0")
            length = (end - begin + 1) * BLOCK
            found.append(Partition(title, UUID(bytes_le=kind), begin * BLOCK, length))
    return found


def settle(image: Path) -> None:
    """Say in both headers that block 34 is the first for partitions, as Windows wants it."""
    with image.open("r+b") as file:
        spare = _HEADER.unpack(_header(file, 1)[: _HEADER.size])[6]
        for block in (1, spare):
            header = bytearray(_header(file, block))
            struct.pack_into("<Q", header, _FIRST_AT, FIRST)
            struct.pack_into("<I", header, _CRC_AT, 0)
            struct.pack_into("<I", header, _CRC_AT, zlib.crc32(header))
            file.seek(block * BLOCK)
            file.write(header)


def _header(file: BinaryIO, block: int) -> bytes:
    """Return a header as long as it says it is; raises :class:`BuildError` for none."""
    file.seek(block * BLOCK)
    content = file.read(BLOCK)
    if len(content) < BLOCK or not content.startswith(b"EFI PART"):
        raise BuildError(f"there is no partition table in block {block}")
    header = bytearray(content[: _HEADER.unpack(content[: _HEADER.size])[2]])
    (crc,) = struct.unpack_from("<I", header, _CRC_AT)
    struct.pack_into("<I", header, _CRC_AT, 0)
    if zlib.crc32(header) != crc:
        raise BuildError(f"the partition table in block {block} is damaged")
    struct.pack_into("<I", header, _CRC_AT, crc)
    return bytes(header)
