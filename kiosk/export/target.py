"""The folder on the stick: every file durable under its name, the folder named last.

Everything is opened relative to the folder that was made here, and never through a link: a stick is
somebody's, and what lies on it may point anywhere. Small files are synced many at a time.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from kiosk.export import durable
from kiosk.export.growing import PART, SYNC_BYTES, Growing, Written
from kiosk.export.progress import Meter

ROOT: Final = "STERNWAY"
OPEN_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER_MODE: Final = 0o755
AT_ONCE: Final = 512
"""Files that are made durable together."""


class _Waiting(NamedTuple):
    """A file that is written and not yet durable; ``unsynced`` bytes of it."""

    folder: int
    name: str
    unsynced: int
    written: Written


class Target:
    """One export's folder, from ``<name>.part`` to ``<name>``. ``OSError`` is the target's.

    ``top`` is the open folder. After a failure ``removed`` says whether what was written could be
    taken away again, and ``stands`` whether the finished folder has its name all the same, which
    may not last.
    """

    def __init__(
        self,
        to: Path,
        stem: str,
        meter: Meter,
        take: Callable[[str, int], int] = lambda _stem, least: least,
    ) -> None:
        """Touch nothing yet. Below ``to`` it will be ``STERNWAY/<stem>_<n>``.

        ``take`` returns the number for a name, at least the one it is given.
        """
        self.name = ""
        self.written: list[Written] = []
        self.removed = True
        self.stands = False
        self._to = to
        self._stem = stem
        self._meter = meter
        self._take = take
        self._stack = contextlib.ExitStack()
        self._folders: dict[str, int] = {}
        self._waiting: list[_Waiting] = []
        self._synced: list[_Waiting] = []
        self._syncing: Future[None] | None = None
        self._named: list[Written] = []
        self._unsynced = 0

    def __enter__(self) -> Self:
        """Make the folder's ``.part``, with a number over all that lie there."""
        try:
            base = self._folder(str(self._to))
            # An existing one stays, whoever made it.
            with contextlib.suppress(FileExistsError):
                os.mkdir(ROOT, _FOLDER_MODE, dir_fd=base)
            self._root = self._folder(ROOT, base)
            os.fsync(base)
            self.name = self._make(self._stem)
            self.removed = False
            self.top = self._folder(self.name + PART, self._root)
            # Whoever deletes what unfinished exports left sees that this one is at work.
            fcntl.flock(self.top, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._folders[""] = self.top
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
        file = self._begin(path)
        try:
            for chunk in chunks:
                file.write(chunk)
        finally:
            file.close()
        self._wrote(file)

    @contextlib.contextmanager
    def writer(self, path: str) -> Iterator[Callable[[bytes], None]]:
        """Open a file beside its name for the block, and give what appends to it."""
        file = self._begin(path)
        try:
            yield file.write
        finally:
            file.close()
        self._wrote(file)

    def settle(self) -> None:
        """Make every file written so far durable under its name."""
        self._sync()
        self._settled()

    def named(self) -> list[Written]:
        """Return the files that are durable and have got their names since the last call."""
        named, self._named = self._named, []
        return named

    def _begin(self, path: str) -> Growing:
        folder, name = self._place(path)
        return Growing(folder, path, name, self._meter)

    def _wrote(self, file: Growing) -> None:
        written = file.written()
        self.written.append(written)
        self._waiting.append(_Waiting(file.folder, file.name, file.unsynced, written))
        self._unsynced += file.unsynced
        if len(self._waiting) >= AT_ONCE or self._unsynced >= SYNC_BYTES:
            self._sync()

    def _sync(self) -> None:
        """Begin to make what waits durable; the next files are made while the target works."""
        self._settled()
        self._meter.check()
        if not self._waiting:
            return
        self._synced, self._waiting, self._unsynced = self._waiting, [], 0
        self._syncing = self._worker.submit(durable.sync_filesystem, self.top)

    def _settled(self) -> None:
        """Wait for the sync under way, then give its files their names."""
        if self._syncing is None:
            return
        error, self._syncing = self._syncing.exception(), None
        synced, self._synced = self._synced, []
        if error is not None:
            raise error
        for one in synced:
            os.rename(one.name + PART, one.name, src_dir_fd=one.folder, dst_dir_fd=one.folder)
            self._meter.add(one.unsynced)
            self._named.append(one.written)

    def sync_folders(self) -> None:
        """Settle, and make the files' names durable."""
        self.settle()
        for folder in self._folders.values():
            os.fsync(folder)

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
                    os.rmdir(path, dir_fd=self.top)
            os.rmdir(self.name + PART, dir_fd=self._root)
            os.fsync(self._root)
            self.removed = True

    def _make(self, stem: str) -> str:
        """Make the folder under a number over every one that lies there, finished or not."""
        names = [name.removesuffix(PART) for name in os.listdir(self._root)]  # noqa: PTH208
        ends = [name.removeprefix(f"{stem}_") for name in names if name.startswith(f"{stem}_")]
        number = max((int(end) for end in ends if end.isascii() and end.isdigit()), default=0)
        while True:
            number = self._take(stem, number + 1)
            name = f"{stem}_{number}"
            try:
                os.mkdir(name + PART, _FOLDER_MODE, dir_fd=self._root)
            except FileExistsError:
                continue  # somebody else took it a moment ago
            return name

    def _folder(self, name: str, inside: int | None = None) -> int:
        # The mount point itself may be reached by a link; nothing on the stick may.
        flags = OPEN_FOLDER if inside is not None else OPEN_FOLDER & ~os.O_NOFOLLOW
        folder = os.open(name, flags, dir_fd=inside)
        self._stack.callback(os.close, folder)
        return folder

    def _place(self, path: str) -> tuple[int, str]:
        """Return the open folder of a path, made where it is missing, and the file's name."""
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            os.mkdir(folder, _FOLDER_MODE, dir_fd=self.top)
            self._folders[folder] = self._folder(folder, self.top)
        return self._folders[folder], name
