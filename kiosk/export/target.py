"""The folder on the stick: every file durable under its name, the folder named last.

Everything is opened relative to the folder that was made here, and never through a link: a stick is
somebody's, and what lies on it may point anywhere. Small files are synced many at a time.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from kiosk.export import durable
from kiosk.export.progress import Meter

ROOT: Final = "STERNWAY"
PART: Final = ".part"
"""Suffix of what is not finished: of each file, and of the folder."""

_OPEN_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_MODE: Final = 0o644
_FOLDER_MODE: Final = 0o755
"""A stick goes to other people, and what is on it is de-identified or encrypted."""
_AT_ONCE: Final = 512
"""Files that are made durable together."""
_SYNC_BYTES: Final = 8 * 1024 * 1024
"""No more than this is written without being synced, so that progress and cancel stay true."""


class Written(NamedTuple):
    """One file as it was meant: path in the folder, size in bytes, SHA-256 in hex."""

    path: str
    bytes: int
    sha256: str


class _Waiting(NamedTuple):
    """A file that is written and not yet durable; ``unsynced`` bytes of it."""

    folder: int
    name: str
    unsynced: int


class Target:
    """One export's folder, from ``<name>.part`` to ``<name>``. ``OSError`` is the target's.

    After a failure ``removed`` says whether what was written could be taken away again, and
    ``stands`` whether the finished folder has its name all the same, which may not last.
    """

    def __init__(self, to: Path, stem: str, meter: Meter) -> None:
        """Touch nothing yet. Below ``to`` it will be ``STERNWAY/<stem>_<n>``."""
        self.name = ""
        self.written: list[Written] = []
        self.removed = True
        self.stands = False
        self._to = to
        self._stem = stem
        self._meter = meter
        self._stack = contextlib.ExitStack()
        self._folders: dict[str, int] = {}
        self._waiting: list[_Waiting] = []
        self._named: list[_Waiting] = []
        self._syncing: Future[None] | None = None
        self._unsynced = 0

    def __enter__(self) -> Self:
        """Make the folder's ``.part``, with the first free number."""
        try:
            base = self._folder(str(self._to))
            # An existing one stays, whoever made it.
            with contextlib.suppress(FileExistsError):
                os.mkdir(ROOT, _FOLDER_MODE, dir_fd=base)
            self._root = self._folder(ROOT, base)
            os.fsync(base)
            self.name = self._make(self._stem)
            self.removed = False
            self._top = self._folder(self.name + PART, self._root)
            self._folders[""] = self._top
            self._worker = self._stack.enter_context(ThreadPoolExecutor(1, "export-sync"))
        except BaseException:
            self.abandon()
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self.abandon()
        self._stack.close()

    @property
    def path(self) -> Path:
        """Where the finished folder stands."""
        return self._to / ROOT / self.name

    def write(self, path: str, chunks: Iterable[bytes]) -> None:
        """Write one file; it is durable under its name after :meth:`settle`."""
        with self.writer(path) as write:
            for chunk in chunks:
                write(chunk)

    @contextlib.contextmanager
    def writer(self, path: str) -> Iterator[Callable[[bytes], None]]:
        """Open a file beside its name for the block, and give what appends to it."""
        folder, name = self._place(path)
        digest, size, unsynced = sha256(), 0, 0
        file = os.open(name + PART, _NEW_FILE, _FILE_MODE, dir_fd=folder)

        def write(chunk: bytes) -> None:
            nonlocal size, unsynced
            self._meter.check()
            digest.update(chunk)
            size += len(chunk)
            unsynced += len(chunk)
            _write_all(file, chunk)
            if unsynced >= _SYNC_BYTES:
                os.fsync(file)
                self._meter.add(unsynced)
                unsynced = 0

        try:
            yield write
        finally:
            os.close(file)
        self._waiting.append(_Waiting(folder, name, unsynced))
        self._unsynced += unsynced
        self.written.append(Written(path, size, digest.hexdigest()))
        if len(self._waiting) >= _AT_ONCE or self._unsynced >= _SYNC_BYTES:
            self._sync()

    def settle(self) -> None:
        """Make every file written so far durable, then give each its name."""
        self._sync()
        self._name()

    def _sync(self) -> None:
        """Begin to make what waits durable; the next files are made while the target works."""
        self._name()
        self._meter.check()
        self._named, self._waiting, self._unsynced = self._waiting, [], 0
        self._syncing = self._worker.submit(durable.sync_filesystem, self._top)

    def _name(self) -> None:
        """Wait for the sync under way, then give its files their names."""
        if self._syncing is None:
            return
        error, self._syncing = self._syncing.exception(), None
        named, self._named = self._named, []
        if error is not None:
            raise error
        for one in named:
            os.rename(one.name + PART, one.name, src_dir_fd=one.folder, dst_dir_fd=one.folder)
            self._meter.add(one.unsynced)

    def sync_folders(self) -> None:
        """Settle, and make the files' names durable."""
        self.settle()
        for folder in self._folders.values():
            os.fsync(folder)

    def open_for_reading(self, path: str, flags: int) -> int:
        """Open a finished file of the folder, never through a link."""
        folder, name = self._place(path)
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | flags, dir_fd=folder)

    def finish(self) -> Path:
        """Name the folder, as the very last step. When it raises, the name is taken back."""
        part, name, root = self.name + PART, self.name, self._root
        os.rename(part, name, src_dir_fd=root, dst_dir_fd=root)
        self.stands = True
        try:
            os.fsync(root)
        except OSError:
            # Nobody knows whether the name would last, so it must not stand.
            with contextlib.suppress(OSError):  # the first error is the one to tell
                os.rename(name, part, src_dir_fd=root, dst_dir_fd=root)
                self.stands = False
            raise
        return self.path

    def abandon(self) -> None:
        """Remove what was written, as far as the target still lets us."""
        if self._syncing is not None:
            self._syncing.exception()  # nothing is deleted while it is being synced
        if not self.name or self.stands:
            return
        # A stick that was pulled out keeps its ``.part``, which says what it is.
        with contextlib.suppress(OSError):
            for folder in reversed(self._folders.values()):
                for name in os.listdir(folder):  # noqa: PTH208 - relative to a descriptor
                    with contextlib.suppress(IsADirectoryError, PermissionError):
                        os.unlink(name, dir_fd=folder)
            for path in reversed(self._folders):
                if path:
                    os.rmdir(path, dir_fd=self._top)
            os.rmdir(self.name + PART, dir_fd=self._root)
            self.removed = True
            os.fsync(self._root)

    def _make(self, stem: str) -> str:
        """Make the folder under the first number that is free, finished or not."""
        taken = {name.removesuffix(PART) for name in os.listdir(self._root)}  # noqa: PTH208
        number = 1
        while True:
            name = f"{stem}_{number}"
            number += 1
            if name in taken:
                continue
            try:
                os.mkdir(name + PART, _FOLDER_MODE, dir_fd=self._root)
            except FileExistsError:
                continue  # somebody else took it a moment ago
            return name

    def _folder(self, name: str, inside: int | None = None) -> int:
        # The mount point itself may be reached by a link; nothing on the stick may.
        flags = _OPEN_FOLDER if inside is not None else _OPEN_FOLDER & ~os.O_NOFOLLOW
        folder = os.open(name, flags, dir_fd=inside)
        self._stack.callback(os.close, folder)
        return folder

    def _place(self, path: str) -> tuple[int, str]:
        """Return the open folder of a path, made where it is missing, and the file's name."""
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            os.mkdir(folder, _FOLDER_MODE, dir_fd=self._top)
            self._folders[folder] = self._folder(folder, self._top)
        return self._folders[folder], name


def _write_all(file: int, content: bytes) -> None:
    """Write every byte; a disk that fills up takes fewer."""
    view = memoryview(content)
    while view:
        view = view[os.write(file, view) :]
