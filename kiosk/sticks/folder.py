"""A folder that passes for a stick, and really fails when it is pulled out. Needs no root.

While it is mounted, the kiosk works in a second tree of folders, with the stick's files linked into
it. Letting go brings what changed back into the stick's folder. Pulling it out first freezes the
second tree and then removes it: whoever has a folder of it open can make and rename nothing there
any more, and what still goes into an open file is lost, as it is on a stick.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import struct
from pathlib import Path
from typing import Final

from kiosk.sticks.helper.mounting import IN_USE, WRITE_PROTECTED
from kiosk.sticks.model import BenchError, Stick, StickError

_FOLDER_MODE: Final = 0o755
_READ_ONLY_MODE: Final = 0o555
_TRIES: Final = 100
"""How often a writer may be quicker than the removal of the folder it writes to."""
_FS_IOC_GETFLAGS: Final = 0x80086601
_FS_IOC_SETFLAGS: Final = 0x40086602
_FS_IMMUTABLE_FL: Final = 0x10


class FolderStick:
    """One partition, kept in ``folder`` while it is out. Not for two threads at once."""

    def __init__(self, stick: Stick, folder: Path, mounts: Path) -> None:
        """Plug it in; it will be mounted at ``mounts/<id>``."""
        self.stick = stick
        self._folder = folder
        self._work = mounts / stick.id
        self._known: set[Path] = set()
        self._mounted = False
        self._writable = False

    def mount(self, *, writable: bool) -> Path:
        """Lay out the second tree, or change whether it may be written to."""
        if self.stick.problem is not None:
            raise StickError(self.stick.problem)
        if writable and self.stick.read_only:
            raise StickError(WRITE_PROTECTED)
        if not self._mounted:
            self._lay_out()
            self._mounted = True
        elif self._writable and not writable:
            self._bring_back(copying=False)
        self._writable = writable
        _set_mode(self._work, _FOLDER_MODE if writable else _READ_ONLY_MODE)
        return self._work

    def unmount(self) -> None:
        """Bring back what changed, and remove the second tree."""
        if not self._mounted:
            return
        if _is_open_here(self._work):
            raise StickError(IN_USE)
        if self._writable:
            self._bring_back(copying=False)
        self._end()

    def pull(self) -> None:
        """What was written so far stays on the stick, whole or in part; the rest is lost."""
        if not self._mounted:
            return
        _freeze(self._work)
        if self._writable:
            # Copies: a file that is open in this moment must not be the stick's any more.
            self._bring_back(copying=True)
        self._end()

    def _end(self) -> None:
        remove(self._work)
        self._mounted = False

    def _lay_out(self) -> None:
        remove(self._work)
        self._work.mkdir(mode=_FOLDER_MODE, parents=True)
        self._known = set()
        for here, folders, files in _walk(self._folder):
            for name in (*folders, *files):
                path = here / name
                inside = path.relative_to(self._folder)
                self._known.add(inside)
                if path.is_symlink():
                    (self._work / inside).symlink_to(path.readlink())
                elif name in folders:
                    (self._work / inside).mkdir(mode=_FOLDER_MODE)
                elif path.is_file():
                    _link_or_copy(path, self._work / inside)

    def _bring_back(self, *, copying: bool) -> None:
        """Make the stick's folder what the second tree is now."""
        kept = set()
        for here, folders, files in _walk(self._work):
            for name in (*folders, *files):
                path = here / name
                inside = path.relative_to(self._work)
                kept.add(inside)
                # A writer may rename or delete it at this very moment: then it was never there.
                with contextlib.suppress(FileNotFoundError):
                    self._keep(path, self._folder / inside, copying=copying)
        # Only what the kiosk saw can have been deleted by it, and not what came meanwhile.
        for inside in sorted(self._known - kept, reverse=True):
            remove(self._folder / inside)
        self._known = kept

    def _keep(self, path: Path, to: Path, *, copying: bool) -> None:
        if to.is_dir() != path.is_dir():
            remove(to)
        if path.is_symlink():
            if not to.is_symlink():
                to.symlink_to(path.readlink())
        elif path.is_dir():
            to.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        elif not (to.exists() and to.samefile(path)):
            part = to.with_name(f".{to.name}.stick")
            if copying:
                shutil.copy2(path, part)
            else:
                _link_or_copy(path, part)
            part.replace(to)


def _walk(top: Path) -> list[tuple[Path, list[str], list[str]]]:
    """Return every folder below, never through a link, parents first."""
    return [(Path(here), folders, files) for here, folders, files in os.walk(top)]


def _link_or_copy(path: Path, to: Path) -> None:
    try:
        os.link(path, to, follow_symlinks=False)
    except OSError:
        # Another disk, or another user's file.
        shutil.copy2(path, to)


def _set_mode(top: Path, mode: int) -> None:
    for here, _, _ in _walk(top):
        here.chmod(mode)


def remove(path: Path) -> None:
    """Remove a file or a tree, though somebody still writes into it."""
    if path.is_symlink() or path.is_file():
        path.unlink(missing_ok=True)
        return
    for _ in range(_TRIES):
        if not path.exists():
            return
        for here, _, _ in _walk(path):
            _set_immutable(here, False)
            here.chmod(_FOLDER_MODE)
        shutil.rmtree(path, ignore_errors=True)
    raise BenchError(f"{path} cannot be removed: remove it by hand, then go on.")


def _freeze(top: Path) -> None:
    """Let nobody make, rename or delete anything below. Each folder before what is in it."""
    top.chmod(_READ_ONLY_MODE)
    _set_immutable(top, True)
    for path in list(top.iterdir()):
        if path.is_dir() and not path.is_symlink():
            _freeze(path)


def _set_immutable(folder: Path, immutable: bool) -> None:
    """Root heeds no mode, only this. Where a filesystem has it not, a quick writer goes on."""
    if os.geteuid() != 0:
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        flags = bytearray(8)
        fcntl.ioctl(descriptor, _FS_IOC_GETFLAGS, flags)
        (known,) = struct.unpack("Q", flags)
        wanted = known | _FS_IMMUTABLE_FL if immutable else known & ~_FS_IMMUTABLE_FL
        if wanted != known:
            fcntl.ioctl(descriptor, _FS_IOC_SETFLAGS, struct.pack("Q", wanted))
    except OSError as error:
        if error.errno not in {errno.ENOTTY, errno.EOPNOTSUPP, errno.EPERM}:
            raise
    finally:
        os.close(descriptor)


def _is_open_here(top: Path) -> bool:
    """Say whether this process has anything below a folder open."""
    for descriptor in Path("/proc/self/fd").iterdir():
        # It may be closed in this moment.
        with contextlib.suppress(FileNotFoundError):
            if descriptor.readlink().is_relative_to(top.resolve()):
                return True
    return False
