"""Mounting one device: the system calls, always ``nosuid,nodev,noexec``, nothing of a shell."""

from __future__ import annotations

import ctypes
import errno
import os
import time
from pathlib import Path
from typing import Final

import msgspec

from kiosk.sticks.helper.devices import Device, DeviceRule
from kiosk.sticks.helper.probe import check_node
from kiosk.sticks.model import StickError
from profiles.saying import saying

MS_RDONLY: Final = 1
MS_REMOUNT: Final = 32
MS_REC: Final = 16384
MS_SLAVE: Final = 1 << 19
ALWAYS: Final = 2 | 4 | 8 | 256 | 1024
"""nosuid, nodev, noexec, nosymfollow (older kernels than 5.10 overlook it), noatime."""
MNT_DETACH: Final = 2
UMOUNT_NOFOLLOW: Final = 8
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_CLEAR_ALL: Final = 4
CLONE_NEWNS: Final = 0x20000
LET_GO_S: Final = 2.0
"""How long an open file may take to be closed before a stick counts as in use."""

GONE: Final = saying("The stick was pulled out: put it in again.")
IN_USE: Final = saying(
    "The stick is still in use: wait a moment, then try again. Do not pull it out."
)
NOT_TAKEN: Final = saying(
    "The stick did not take everything that was written to it: use another stick."
)
NO_ANSWER: Final = saying("The stick does not answer: pull it out, and put it in again.")
WRITE_PROTECTED: Final = saying(
    "The stick is write-protected: move its switch, or use another one."
)

_GONE_NUMBERS: Final = (errno.ENODEV, errno.ENXIO, errno.ENOENT, errno.ENOMEDIUM)
_OPEN_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_libc: Final = ctypes.CDLL(None, use_errno=True)


class Owner(msgspec.Struct, frozen=True):
    """Whose the files on a mounted stick are: FAT knows no owners."""

    uid: int
    gid: int


class Mounted:
    """A mounted device. Not for two threads at once. Everything raises :class:`StickError`."""

    def __init__(
        self,
        rule: DeviceRule,
        device: Device,
        filesystem: str,
        target: Path,
        *,
        writable: bool,
        owner: Owner,
    ) -> None:
        """Mount it on ``target``, a folder that is made here, in one that is ours alone."""
        self.target = target
        self.writable = writable
        self._rule = rule
        self._device = device
        if filesystem not in rule.filesystems:
            raise StickError(
                saying(
                    "The kiosk does not mount {filesystem}: use exFAT or FAT32.",
                    filesystem=filesystem,
                )
            )
        node = rule.node(device)
        flags = ALWAYS | (0 if writable else MS_RDONLY)
        try:
            check_node(node, device)
            target.mkdir(mode=0o700, exist_ok=True)
            _mount(str(node), str(target), filesystem, flags, options(filesystem, owner))
        except OSError as error:
            self._remove_target()
            raise in_words(error, filesystem, writable=writable) from error
        self._root = -1
        try:
            self._root = os.open(target, _OPEN_FOLDER)
            same = os.fstat(self._root).st_dev == device.number and rule.is_still_there(device)
        except OSError as error:
            self.detach()
            raise in_words(error, filesystem, writable=writable) from error
        if not same:
            # Another device took the name between the look and the mount.
            self.detach()
            raise StickError(GONE, gone=True)

    def folder(self) -> int:
        """Return the root folder, open once more; the caller closes it."""
        return os.dup(self._root)

    def set_writable(self, writable: bool) -> None:
        """Make it writable, or readable only, where it stands."""
        if writable == self.writable:
            return
        try:
            if self.writable:
                _check(_libc.syncfs(self._root))
            flags = ALWAYS | MS_REMOUNT | (0 if writable else MS_RDONLY)
            _mount(None, str(self.target), None, flags, "")
        except OSError as error:
            raise in_words(error, "", writable=writable) from error
        self.writable = writable

    def release(self) -> None:
        """Write everything to the stick and let go; afterwards it may be pulled out.

        When this raises for another reason than that it is in use, it is no longer mounted.
        """
        try:
            if self.writable:
                _check(_libc.syncfs(self._root))
        except OSError as error:
            self.detach()
            if not self._rule.is_still_there(self._device):
                raise StickError(GONE, gone=True) from error
            raise StickError(NOT_TAKEN) from error
        os.close(self._root)
        self._root = -1
        try:
            _unmount_patiently(self.target)
        except OSError as error:
            if error.errno == errno.EBUSY and self._reopen():
                raise StickError(IN_USE) from error
            self.detach()
            raise in_words(error, "", writable=self.writable) from error
        self._remove_target()
        let_nobody_hold(self._rule, self._device)

    def detach(self) -> None:
        """Let go of a stick that was pulled out, whoever still has a file of it open."""
        if self._root != -1:
            os.close(self._root)
            self._root = -1
        detach_stale(self.target)
        self._remove_target()

    @property
    def stands(self) -> bool:
        """Whether it is mounted still."""
        return self._root != -1

    def _reopen(self) -> bool:
        try:
            self._root = os.open(self.target, _OPEN_FOLDER)
        except OSError as error:
            print(f"sternway sticks: {self.target}: {error.strerror}", flush=True)
        return self.stands

    def _remove_target(self) -> None:
        try:
            self.target.rmdir()
        except FileNotFoundError:
            return
        except OSError as error:
            # It is empty and of no harm; the next stick has a folder of its own.
            print(f"sternway sticks: {self.target} stays: {error.strerror}", flush=True)


def options(filesystem: str, owner: Owner) -> str:
    """Return a filesystem's own mount options.

    No ``flush``: with it every file that is closed waits 0.1 s, and an export closes thousands. The
    export syncs what it wrote, and :meth:`Mounted.release` the rest.
    """
    whose = f"uid={owner.uid},gid={owner.gid},fmask=0117,dmask=0007"
    if filesystem == "vfat":
        return f"{whose},utf8=1,errors=remount-ro"
    if filesystem == "exfat":
        return f"{whose},iocharset=utf8,errors=remount-ro"
    return ""


def let_nobody_hold(rule: DeviceRule, device: Device) -> None:
    """Empty the stick's own cache; raises :class:`StickError` while anyone has it mounted."""
    try:
        file = os.open(rule.node(device), os.O_RDONLY | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise StickError(IN_USE) from error
        raise in_words(error, "", writable=False) from error
    try:
        os.fsync(file)
    except OSError as error:
        raise StickError(NOT_TAKEN) from error
    finally:
        os.close(file)


def in_words(error: OSError, filesystem: str, *, writable: bool) -> StickError:
    """Return a failed call as a sentence for people."""
    if error.errno == errno.ENODEV and filesystem:
        return StickError(
            saying(
                "This kiosk's system cannot read {filesystem}: use another stick.",
                filesystem=filesystem,
            )
        )
    if error.errno in _GONE_NUMBERS:
        return StickError(GONE, gone=True)
    if error.errno in {errno.EROFS, errno.EACCES} and writable:
        return StickError(WRITE_PROTECTED)
    if error.errno == errno.EBUSY:
        return StickError(IN_USE)
    if error.errno == errno.EPERM:
        return StickError(
            saying("The kiosk may not mount sticks: its stick helper lacks CAP_SYS_ADMIN.")
        )
    if error.errno in {errno.EINVAL, errno.EUCLEAN}:
        return StickError(
            saying(
                "The stick's filesystem is damaged: repair it on a computer, or use another stick."
            )
        )
    if error.errno == errno.EIO:
        return StickError(NO_ANSWER)
    return StickError(
        saying(
            "The stick cannot be used ({reason}): use another one.",
            reason=error.strerror or str(error),
        )
    )


def detach_stale(target: Path) -> None:
    """Unmount what stands there, whoever still uses it."""
    try:
        _check(_libc.umount2(os.fsencode(target), MNT_DETACH | UMOUNT_NOFOLLOW))
    except OSError as error:
        if error.errno != errno.EINVAL:  # nothing is mounted there, and that is what is wanted
            raise StickError(
                saying(
                    "{place} cannot be unmounted: {reason}.",
                    place=str(target),
                    reason=error.strerror or str(error),
                )
            ) from error


def own_namespace() -> None:
    """Give this process mounts of its own: nobody else sees them, and they end with it.

    Raises ``OSError`` without CAP_SYS_ADMIN. What is unmounted elsewhere is unmounted here too.
    """
    _check(_libc.unshare(CLONE_NEWNS))
    _mount(None, "/", None, MS_REC | MS_SLAVE, "")


def give_children_nothing() -> None:
    """Let what this process starts (``blkid``) have none of its capabilities.

    For a process that is not root and has its capability from its service. Before any thread.
    """
    _check(_libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))


def _unmount_patiently(target: Path) -> None:
    end_s = time.monotonic() + LET_GO_S
    while True:
        try:
            _check(_libc.umount2(os.fsencode(target), UMOUNT_NOFOLLOW))
            return
        except OSError as error:
            if error.errno != errno.EBUSY or time.monotonic() >= end_s:
                raise
        time.sleep(0.05)


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str) -> None:
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind)]
    _check(_libc.mount(*words, ctypes.c_ulong(flags), os.fsencode(data) or None))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
