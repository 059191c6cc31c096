"""Pictures of what was shown: each screen when it has settled, and the walk as it ends.

Only the pixels are read in Kivy's loop. Packing them takes up to half a second on a busy machine,
and a main loop that stands still for a second counts as a frozen kiosk.
"""

from __future__ import annotations

import struct
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels

SETTLED_S: Final = 0.4
TAKEN_LAST: Final = frozenset({"home", "walking"})
"""Screens that are worth a picture as they end: by then all is up, and something has happened."""


class Album:
    """Keeps PNG files of the whole window, numbered in the order in which they were taken."""

    def __init__(self, folder: Path) -> None:
        """Make the folder; raises OSError where that cannot be."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._number = 0
        self._due = Clock.create_trigger(self._settled, SETTLED_S)
        self._name = ""
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="album")
        self._kept: list[Future[None]] = []

    def observe(self, old: str, new: str) -> None:
        """A screen is about to be replaced by another."""
        if old in TAKEN_LAST:
            self._take(old)
        self._name = new
        self._due.cancel()
        if new != "home":
            self._due()

    def close(self) -> None:
        """Finish what was begun; raises OSError where a picture could not be written."""
        self._due.cancel()
        self._worker.shutdown(wait=True)
        for kept in self._kept:
            kept.result()

    def _settled(self, _dt: float) -> None:
        self._take(self._name)

    def _take(self, name: str) -> None:
        self._number += 1
        # As the display has them, however the picture is turned on it.
        width, height = Window.system_size
        pixels = glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE)
        path = self._folder / f"{self._number:02d}-{name}.png"
        self._kept.append(self._worker.submit(_keep, path, bytes(pixels), (width, height)))


def _keep(path: Path, pixels: bytes, size: tuple[int, int]) -> None:
    path.write_bytes(png(pixels, *size))


def png(pixels: bytes, width: int, height: int) -> bytes:
    """Return a PNG file of RGB pixels that begin at the lower left, as OpenGL gives them.

    Written here since Kivy's own writer holds the interpreter's lock for as long as it packs.
    """
    line = 3 * width
    rows = (pixels[line * row : line * (row + 1)] for row in reversed(range(height)))
    packed = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    head = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
