"""This kiosk's own SSH key: made once, kept on the data partition, used from memory.

The data folder is the kiosk's user's, and the key is root's: whoever was only the kiosk's user
must not lead root to another place by a link, nor read the key. Its folder's name begins with a
dot, which keeps it out of backups: another kiosk is another machine to whoever comes in.
"""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
from pathlib import Path
from typing import Final

from kiosk.records.files import sync_folder, write_all
from kiosk.upkeep.door.model import HOST_KEY, NOT_KEPT, DoorError

FOLDER: Final = ".ssh-host"
KEYGEN: Final = "/usr/bin/ssh-keygen"
_MOST_BYTES: Final = 16 * 1024
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def lay_host_key(data: Path, place: Path, keygen: str = KEYGEN) -> None:
    """Put the key into ``place`` for the server, from the data or made now.

    Raises :class:`DoorError` where it cannot be made or kept, or is not ours alone.
    """
    target = place / HOST_KEY
    target.unlink(missing_ok=True)
    try:
        with contextlib.suppress(FileExistsError):
            (data / FOLDER).mkdir(mode=0o700)
        folder = os.open(data / FOLDER, _FOLDER)
        try:
            _must_be_ours(os.fstat(folder))
            content = _kept(folder)
            if content is None:
                content = _made(target, keygen)
                _keep(folder, content)
                sync_folder(data)
            file = os.open(target, _WRITE, 0o600)
            with os.fdopen(file, "wb") as open_file:
                open_file.write(content)
        finally:
            os.close(folder)
    except (OSError, subprocess.SubprocessError) as error:
        raise DoorError(NOT_KEPT) from error


def _must_be_ours(look: os.stat_result) -> None:
    if look.st_uid != os.geteuid() or stat.S_IMODE(look.st_mode) & 0o077:
        raise DoorError(NOT_KEPT)


def _kept(folder: int) -> bytes | None:
    try:
        file = os.open(HOST_KEY, _READ, dir_fd=folder)
    except FileNotFoundError:
        return None
    with os.fdopen(file, "rb") as open_file:
        _must_be_ours(os.fstat(file))
        content = open_file.read(_MOST_BYTES)
    # Written whole before it had its name: an empty one is a damaged file system's.
    return content or None


def _made(path: Path, keygen: str) -> bytes:
    command = [keygen, "-q", "-t", "ed25519", "-N", "", "-C", "sternway", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=60)
    content = path.read_bytes()
    path.unlink()
    path.with_name(f"{path.name}.pub").unlink(missing_ok=True)
    return content


def _keep(folder: int, content: bytes) -> None:
    """Write it whole, then give it its name: a power cut leaves it, or none."""
    temp = f"{HOST_KEY}.new"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temp, dir_fd=folder)
    file = os.open(temp, _WRITE, 0o600, dir_fd=folder)
    try:
        write_all(file, content)
        os.fsync(file)
    finally:
        os.close(file)
    os.rename(temp, HOST_KEY, src_dir_fd=folder, dst_dir_fd=folder)
    os.fsync(folder)
