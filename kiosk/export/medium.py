"""What stands on a medium, read from the medium itself; and a program that reads files back.

What was just written lies in the kernel's page cache, and reading that proves nothing. O_DIRECT
goes past it; where a filesystem has none, the kernel is told to forget the pages first.

The program (``medium.py FOLDER``, an open folder's number) is asked by ``readback``: a line of JSON
with the paths and expected sizes of some files, answered by their sizes and hashes. It is a process
of its own, because ten thousand small files are read back while as many are written, and in one
process their threads would only wait for each other. It needs nothing but the standard library, and
ends when nobody asks any more.
"""

from __future__ import annotations

import errno
import json
import mmap
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_BUFFER_BYTES: Final = 1024 * 1024
_WORKERS: Final = 4
"""Small files are read a few at a time: each costs the stick a wait of its own."""
_TELL_BYTES: Final = 4 * 1024 * 1024

_local = threading.local()

_Open = Callable[[int], int]
"""Opens one file for reading, with these flags more, and returns its descriptor."""


def content_of(path: Path, limit: int) -> bytes:
    """Return a file's bytes as they are on its medium, hardly more than ``limit`` of them."""

    def found(*, direct: bool) -> bytes:
        content = bytearray()
        for piece in _pieces(lambda flags: os.open(path, flags), limit, direct=direct):
            content += piece
            if len(content) > limit:
                break
        return bytes(content)

    try:
        return found(direct=True)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return found(direct=False)


def _pieces(opened: _Open, expected: int, *, direct: bool) -> Iterator[memoryview]:
    """Return what stands in a file, piece by piece; each is gone when the next is asked for.

    Raises ``OSError`` with ``EINVAL`` where there is no O_DIRECT.
    """
    # Whole pages, one more than it should need; more of them would only have to be pinned.
    room = min(_BUFFER_BYTES, (expected // mmap.PAGESIZE + 2) * mmap.PAGESIZE)
    file = opened(_READ | os.O_DIRECT if direct else _READ)
    try:
        if not direct:
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        with memoryview(_buffer())[:room] as view:
            while count := os.readv(file, [view]):
                with view[:count] as piece:
                    yield piece
                if count % mmap.PAGESIZE:
                    break  # the end: O_DIRECT may not go on from an odd place
    finally:
        os.close(file)


def _buffer() -> mmap.mmap:
    """Return this thread's buffer. A map of its own pages is aligned, as O_DIRECT wants it."""
    buffer: mmap.mmap | None = getattr(_local, "buffer", None)
    if buffer is None:
        buffer = _local.buffer = mmap.mmap(-1, _BUFFER_BYTES)
    return buffer


class Reader:
    """Reads files of one folder, never through a link.

    ``direct`` says whether the page cache was bypassed for all of them.
    """

    def __init__(self, top: int, tell: Callable[[int], None]) -> None:
        """``top`` is the open folder; ``tell`` hears of so many bytes more of a long file."""
        self.direct = True
        self._tell = tell
        self._folders = {"": top}

    def digests(self, files: list[tuple[str, int]]) -> list[tuple[int, str]]:
        """Return the size and SHA-256 (hex) of each of these (path, expected size).

        Raises ``OSError`` as the medium does.
        """
        for path, _size in files:
            self._folder_of(path)
        parts = [files[first::_WORKERS] for first in range(_WORKERS)]
        found: list[Any] = [None] * len(files)
        with ThreadPoolExecutor(_WORKERS) as pool:
            for first, part in enumerate(pool.map(self._each, parts)):
                found[first::_WORKERS] = part
        return found

    def _each(self, files: list[tuple[str, int]]) -> list[tuple[int, str]]:
        return [self._digest(path, size) for path, size in files]

    def _digest(self, path: str, size: int) -> tuple[int, str]:
        if self.direct:
            try:
                return self._read(path, size, direct=True)
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
            self.direct = False
        return self._read(path, size, direct=False)

    def _read(self, path: str, expected: int, *, direct: bool) -> tuple[int, str]:
        name, folder = path.rpartition("/")[2], self._folder_of(path)
        digest, size, told = sha256(), 0, 0
        opened: _Open = lambda flags: os.open(name, flags, dir_fd=folder)  # noqa: E731
        for piece in _pieces(opened, expected, direct=direct):
            digest.update(piece)
            size += len(piece)
            if size - told >= _TELL_BYTES:
                self._tell(size - told)
                told = size
        return size, digest.hexdigest()

    def _folder_of(self, path: str) -> int:
        name = path.rpartition("/")[0]
        if name not in self._folders:
            self._folders[name] = os.open(name, _OPEN_FOLDER, dir_fd=self._folders[""])
        return self._folders[name]


def main() -> None:
    """Answer until the questions end."""
    reader = Reader(int(sys.argv[1]), lambda count: _answer({"read": count}))
    for line in sys.stdin.buffer:
        try:
            found = reader.digests(json.loads(line))
        except OSError as error:
            _answer({"errno": error.errno or errno.EIO})
        else:
            _answer({"files": found, "direct": reader.direct})


def _answer(one: dict[str, Any]) -> None:
    os.write(1, json.dumps(one).encode() + b"\n")


if __name__ == "__main__":
    main()
