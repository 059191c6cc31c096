"""Unix sockets with a place in the file system: made private, and never two owners of one."""

from __future__ import annotations

import fcntl
import os
import socket
import stat
from pathlib import Path
from typing import Final

from hardware.errors import LinkError
from hardware.settings import LONGEST_SOCKET_PATH

FOLDER_MODE: Final = 0o700


class ListeningSocket:
    """A listening socket and the lock that makes its place ours until the process ends."""

    def __init__(self, path: Path, kind: socket.SocketKind, *, mode: int, what: str) -> None:
        """Listen at ``path``; raises :class:`LinkError`, as when another ``what`` does.

        A file left there by a dead owner is removed; anything that is not a socket is not.
        """
        if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
            raise LinkError(f"{path}: a socket's path has at most {LONGEST_SOCKET_PATH} bytes")
        self.path = path
        self._lock = -1
        self.socket = socket.socket(socket.AF_UNIX, kind | socket.SOCK_CLOEXEC)
        try:
            private_folder(path.parent)
            self._claim(path, what)
            self._remove_stale(path, kind, what)
            self.socket.bind(str(path))
            path.chmod(mode)
            self.socket.listen(16)
            self.socket.setblocking(False)
        except OSError as error:
            self.socket.close()
            self._unlock()
            if isinstance(error, LinkError):
                raise
            raise LinkError(f"{path}: {error.strerror or error}") from error

    def close(self) -> None:
        """Stop listening and take the file away."""
        self.socket.close()
        if self._lock != -1:
            self.path.unlink(missing_ok=True)
            _lock_path(self.path).unlink(missing_ok=True)
        self._unlock()

    def _claim(self, path: Path, what: str) -> None:
        # A lock, since "nobody listens, so I remove it" is not safe between two that start at once.
        flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
        self._lock = os.open(_lock_path(path), flags, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LinkError(_taken(path, what)) from error

    def _remove_stale(self, path: Path, kind: socket.SocketKind, what: str) -> None:
        try:
            found = path.lstat()
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(found.st_mode):
            raise LinkError(f"{path}: there is a file that is not a socket; move it away")
        with socket.socket(socket.AF_UNIX, kind) as probe:
            probe.settimeout(0.5)
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()
                return
        raise LinkError(_taken(path, what))

    def _unlock(self) -> None:
        if self._lock != -1:
            os.close(self._lock)
            self._lock = -1


def private_folder(folder: Path) -> None:
    """Make the folder, for its owner alone; refuse one in a shared place that is another's.

    Danger: in /tmp anyone may have made it before us, and would then own the way to the belt.
    """
    if not folder.exists():
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    shared = folder.parent.stat().st_mode & stat.S_IWOTH
    if shared and folder.stat().st_uid not in {os.getuid(), 0}:
        raise LinkError(f"{folder}: this folder is another user's; choose one of your own")


def _lock_path(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _taken(path: Path, what: str) -> str:
    return f"{path}: {what} is already running there; end it first, or choose another socket"
