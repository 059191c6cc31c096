"""The kiosk's end of the stick helper: what is plugged in, and its requests, over one socket.

The kiosk mounts nothing itself and is not root. A mounted stick comes as an open folder; the path
that :meth:`HelperSticks.mount` returns is a link to it, which works in this process alone and is
gone before the folder is closed: no late write through it can land anywhere else.
"""

from __future__ import annotations

import array
import os
import select
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from hardware.threads import name_this_thread
from kiosk.sticks.link import (
    MAX_PACKET_BYTES,
    VERSION,
    Done,
    Mount,
    Plugged,
    ToHelper,
    ToKiosk,
    Turned,
    Unmount,
    decode_to_kiosk,
    encode,
)
from kiosk.sticks.model import Stick, StickError
from profiles.saying import Saying, saying

RETRY_S: Final = 0.5
ANSWER_S: Final = 75.0
"""Longer than the helper itself waits for a stick."""
JOIN_S: Final = 5.0
_DESCRIPTOR_BYTES: Final = 4
NOT_RUNNING: Final = saying(
    "No USB stick can be seen: the stick helper is not running. Restart the kiosk."
)
NOT_LET_IN: Final = saying(
    "No USB stick can be seen: the stick helper does not let the kiosk in. "
    "Put the kiosk's user into its group."
)
ANOTHER_VERSION: Final = saying(
    "No USB stick can be seen: the stick helper is of another version of Sternway. "
    "Restart the kiosk."
)
GONE: Final = saying("The stick was pulled out: put it in again.")
LOST: Final = saying(
    "The stick helper ended. Do not use what is on the stick before you looked at it."
)
NO_ANSWER: Final = saying("The stick does not answer: pull it out, and put it in again.")


class _Asked(NamedTuple):
    stick_id: str
    answer: Future[int | None]


class _Open(NamedTuple):
    """A mounted stick: its root folder, and the link by which it is reached."""

    folder: int
    link: Path


class HelperSticks:
    """:class:`kiosk.sticks.model.Sticks` by way of the helper, for any thread.

    An :meth:`unmount` that fails closes the path all the same: mount the stick again to go on.
    """

    def __init__(self, path: Path, *, on_death: Callable[[BaseException], None]) -> None:
        """Begin to look for the helper at ``path``, and go on for as long as it takes.

        ``on_death`` is called in the reader's thread when that ends by a fault.
        """
        self._path = path
        self._on_death = on_death
        # Not in RUNTIME_DIRECTORY: the service's is the guard's folder, where it may not write.
        self._links = Path(tempfile.mkdtemp(prefix="sternway-sticks-"))
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._sticks: tuple[Stick, ...] = ()
        self._fault: Saying | None = None
        self._number = 0
        self._asked: dict[int, _Asked] = {}
        self._open: dict[str, _Open] = {}
        self._stop_read, self._stop_write = os.pipe2(os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="sticks", daemon=True)
        self._thread.start()

    def plugged(self) -> tuple[Stick, ...]:
        """Return what is plugged in now."""
        with self._lock:
            return self._sticks

    def fault(self) -> Saying | None:
        """Return why no stick can be seen, or None."""
        with self._lock:
            return self._fault

    def mount(self, stick_id: str, *, writable: bool) -> Path:
        """Mount it, read-only unless ``writable``; raises :class:`StickError`."""
        folder = self._ask(lambda number: Mount(number, stick_id, writable))
        if folder is None:
            raise StickError(ANOTHER_VERSION)
        with self._lock:
            if stick_id in self._open:
                os.close(folder)
                return self._open[stick_id].link
            if all(stick.id != stick_id for stick in self._sticks):
                os.close(folder)
                raise StickError(GONE, gone=True)
            link = self._links / stick_id
            link.symlink_to(f"/proc/self/fd/{folder}")
            self._open[stick_id] = _Open(folder, link)
            return link

    def unmount(self, stick_id: str) -> None:
        """Write everything to it and let go; raises :class:`StickError`."""
        with self._lock:
            self._shut(stick_id)
        self._ask(lambda number: Unmount(number, stick_id))

    def close(self) -> None:
        """End; the helper unmounts whatever is left."""
        if not self._thread.is_alive():
            return
        os.write(self._stop_write, b"s")
        self._thread.join(JOIN_S)
        if not self._thread.is_alive():
            os.close(self._stop_read)
            os.close(self._stop_write)
        shutil.rmtree(self._links, ignore_errors=True)

    def _ask(self, request: Callable[[int], Mount | Unmount]) -> int | None:
        answer: Future[int | None] = Future()
        with self._lock:
            if self._socket is None:
                raise StickError(self._fault or NOT_RUNNING)
            self._number += 1
            number = self._number
            message = request(number)
            self._asked[number] = _Asked(message.stick_id, answer)
            self._say(self._socket, message)
        try:
            return answer.result(ANSWER_S)
        except TimeoutError:
            with self._lock:
                self._asked.pop(number, None)
            raise StickError(NO_ANSWER) from None

    def _say(self, link: socket.socket, message: ToHelper) -> None:
        try:
            link.send(encode(message))
        except OSError as error:
            raise StickError(NOT_RUNNING) from error

    def _shut(self, stick_id: str) -> None:
        found = self._open.pop(stick_id, None)
        if found is not None:
            # First the link: once the folder is closed, its number may be another file's.
            found.link.unlink(missing_ok=True)
            os.close(found.folder)

    # --- in the reader's thread -----------------------------------------------------------

    def _run(self) -> None:
        name_this_thread("sticks")
        try:
            while not self._stopped(0.0):
                link = self._connect()
                if link is None:
                    self._stopped(RETRY_S)
                    continue
                with link:
                    reason = self._read(link)
                self._disconnected(reason)
                self._stopped(RETRY_S)
        except BaseException as error:  # noqa: BLE001 - reported, and the process ends by it
            self._on_death(error)

    def _stopped(self, within_s: float) -> bool:
        return bool(select.select([self._stop_read], [], [], within_s)[0])

    def _connect(self) -> socket.socket | None:
        link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
        try:
            link.connect(str(self._path))
        except OSError as error:
            link.close()
            with self._lock:
                self._fault = NOT_LET_IN if isinstance(error, PermissionError) else NOT_RUNNING
            return None
        return link

    def _read(self, link: socket.socket) -> Saying:
        """Take messages until the connection ends; return why it did, for people."""
        while True:
            ready, _, _ = select.select([link.fileno(), self._stop_read], [], [])
            if self._stop_read in ready:
                return NOT_RUNNING
            try:
                packet, folders = _receive(link)
            except OSError:
                return NOT_RUNNING
            if not packet:
                return NOT_RUNNING
            try:
                message = decode_to_kiosk(packet)
            except msgspec.MsgspecError:
                _close_all(folders)
                return ANOTHER_VERSION
            if isinstance(message, Turned):
                _close_all(folders)
                return saying("No USB stick can be seen: {why}", why=message.reason)
            if isinstance(message, Plugged) and message.version != VERSION:
                return ANOTHER_VERSION
            self._take(link, message, folders)

    def _take(self, link: socket.socket, message: ToKiosk, folders: list[int]) -> None:
        match message:
            case Plugged(sticks=sticks):
                with self._lock:
                    self._socket, self._sticks, self._fault = link, sticks, None
                    for stick_id in set(self._open) - {stick.id for stick in sticks}:
                        self._shut(stick_id)
            case Done(number=number, error=error, gone=gone):
                with self._lock:
                    asked = self._asked.pop(number, None)
                if asked is None:
                    _close_all(folders)
                elif error:
                    asked.answer.set_exception(StickError(*error, gone=gone))
                else:
                    asked.answer.set_result(folders[0] if folders else None)

    def _disconnected(self, reason: Saying) -> None:
        """Nothing is mounted any more: with its last client, the helper let go of everything."""
        with self._lock:
            self._socket, self._sticks, self._fault = None, (), reason
            asked, self._asked = self._asked, {}
            for stick_id in list(self._open):
                self._shut(stick_id)
        for one in asked.values():
            one.answer.set_exception(StickError(LOST))


def _receive(link: socket.socket) -> tuple[bytes, list[int]]:
    """Return a packet and the folders that came with it. socket.recv_fds leaves its flags out."""
    room = socket.CMSG_LEN(_DESCRIPTOR_BYTES)
    # No child of ours may inherit a stick's folder: it would keep the stick in use.
    packet, parts, _, _ = link.recvmsg(MAX_PACKET_BYTES, room, socket.MSG_CMSG_CLOEXEC)
    folders = array.array("i")
    for level, kind, content in parts:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            folders.frombytes(content)
    return packet, folders.tolist()


def _close_all(folders: list[int]) -> None:
    for folder in folders:
        os.close(folder)
