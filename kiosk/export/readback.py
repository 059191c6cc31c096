"""Reading back what stands on the target, from the target itself and not from memory.

What was just written lies in the kernel's page cache, and reading that proves nothing. O_DIRECT
goes past it; where a filesystem has none, the kernel is told to forget the pages first.
"""

from __future__ import annotations

import errno
import mmap
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Final

from kiosk.export.errors import NotVerified
from kiosk.export.progress import Meter
from kiosk.export.target import Target, Written

_BUFFER_BYTES: Final = 1024 * 1024
_WORKERS: Final = 4
_AT_ONCE: Final = 256

_local = threading.local()


class ReadBack:
    """Reads files back and compares them. ``direct`` says whether the page cache was bypassed."""

    def __init__(self, target: Target, meter: Meter) -> None:
        """``OSError`` comes from the target."""
        self.direct = True
        self._target = target
        self._meter = meter

    def check(self, files: Sequence[Written]) -> None:
        """Raise :class:`NotVerified` for the first file that is not what was meant.

        Small files are read a few at a time: each costs the stick a wait of its own.
        """
        large = [file for file in files if file.bytes > _BUFFER_BYTES]
        for file in large:
            self._compare(file, self._hash(file, self._meter))
        small = [file for file in files if file.bytes <= _BUFFER_BYTES]
        with ThreadPoolExecutor(_WORKERS, "export-check") as pool:
            for begin in range(0, len(small), _AT_ONCE):
                self._meter.check()
                part = small[begin : begin + _AT_ONCE]
                for file, found in zip(part, pool.map(self._hash, part), strict=True):
                    self._compare(file, found)
                self._meter.add(sum(file.bytes for file in part))

    def _compare(self, file: Written, found: tuple[int, str]) -> None:
        if found != (file.bytes, file.sha256):
            raise NotVerified(
                f"The export could not be verified: {file.path} on the stick is not what was "
                "written to it. Use another stick."
            )

    def _hash(self, written: Written, meter: Meter | None = None) -> tuple[int, str]:
        """Return a file's size and SHA-256 (hex) as they are on the target."""
        file = self._open(written.path)
        # Whole pages, one more than it should need; more of them would only have to be pinned.
        pages = written.bytes // mmap.PAGESIZE + 2
        room = min(_BUFFER_BYTES, pages * mmap.PAGESIZE)
        try:
            digest, size = sha256(), 0
            with memoryview(_buffer())[:room] as view:
                while count := os.readv(file, [view]):
                    digest.update(view[:count])
                    size += count
                    if meter is not None:
                        meter.check()
                        meter.add(count)
                    if count % mmap.PAGESIZE:
                        break  # the end: O_DIRECT may not go on from an odd place
            return size, digest.hexdigest()
        except OSError as error:
            if not self.direct or error.errno != errno.EINVAL:
                raise
        finally:
            os.close(file)
        self.direct = False
        return self._hash(written, meter)

    def _open(self, path: str) -> int:
        if self.direct:
            try:
                return self._target.open_for_reading(path, os.O_DIRECT)
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                self.direct = False
        file = self._target.open_for_reading(path, 0)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        return file


def _buffer() -> mmap.mmap:
    """Return this thread's buffer. A map of its own pages is aligned, as O_DIRECT wants it."""
    buffer: mmap.mmap | None = getattr(_local, "buffer", None)
    if buffer is None:
        buffer = _local.buffer = mmap.mmap(-1, _BUFFER_BYTES)
    return buffer
