"""The service's loop: one kiosk at a time, one request after another, and an end when none asks.

systemd starts it when somebody connects, and holds the socket meanwhile.
"""

from __future__ import annotations

import array
import contextlib
import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from kiosk.upkeep.updater.boot import Boot, boot_of
from kiosk.upkeep.updater.bundle import Bundle
from kiosk.upkeep.updater.install import Phase, install, keep, may_install, standing
from kiosk.upkeep.updater.link import (
    MAX_REQUEST_BYTES,
    Done,
    Examine,
    Forget,
    Going,
    Install,
    Keep,
    Look,
    Offer,
    Stands,
    Stop,
    ToKiosk,
    ToService,
    Try,
    decode_to_service,
    encode,
)
from kiosk.upkeep.updater.machine import Machine
from kiosk.upkeep.updater.words import (
    CANCELLED,
    CHANGED,
    NOT_READ,
    NOT_WRITTEN,
    UpdateError,
)
from profiles.saying import saying

IDLE_S: Final = 30.0
"""So long it waits for one more request before it ends."""
TELL_EVERY_S: Final = 0.2
_FILES: Final = 1
_FILE_BYTES: Final = array.array("i").itemsize


class Service:
    """Serves ``listening``; ``writable`` makes the boot partition writable for its block."""

    def __init__(
        self,
        listening: socket.socket,
        machine: Machine,
        writable: Callable[[], contextlib.AbstractContextManager[None]],
        *,
        idle_s: float = IDLE_S,
    ) -> None:
        """Nothing is read or written before :meth:`run`."""
        self._listening = listening
        self._machine = machine
        self._writable = writable
        self._idle_s = idle_s
        self._client: socket.socket | None = None

    def run(self) -> None:
        """Serve one client after another until none has come for a while."""
        while select.select([self._listening], [], [], self._idle_s)[0]:
            client, _ = self._listening.accept()
            with client:
                client.setblocking(True)
                self._client = client
                self._serve(client)
                self._client = None

    def _serve(self, client: socket.socket) -> None:
        # A kiosk that only stays connected does not keep a privileged process alive.
        while select.select([client], [], [], self._idle_s)[0]:
            with _received(client) as (packet, file):
                if not packet:
                    return
                try:
                    request = decode_to_service(packet)
                except msgspec.MsgspecError as error:
                    print(f"sternway update: a client was turned away: {error}", flush=True)
                    return
                if not self._send(self._answer(request, file)):
                    return

    def _answer(self, request: ToService, file: int | None) -> ToKiosk:
        try:
            boot = boot_of(self._machine)
            match request:
                case Look():
                    return Stands(standing(self._machine, boot))
                case Examine():
                    bundle = self._bundle(file)
                    manifest = may_install(bundle, self._machine, boot)
                    return Offer(manifest.version, manifest.bytes, bundle.digest)
                case Install(digest=digest):
                    self._install(self._bundle(file), digest, boot)
                case Keep():
                    with self._writable():
                        keep(self._machine, boot)
                case Try():
                    if boot.other() == "waiting":
                        with self._writable():
                            boot.begin_try()
                case Forget():
                    with self._writable():
                        self._forget(boot)
                case Stop():
                    """Nothing is under way: it came too late."""
        except UpdateError as error:
            print(f"sternway update: {error}", flush=True)
            return Done(error.said)
        except OSError as error:
            print(f"sternway update: {error}", flush=True)
            reason = error.strerror or str(error)
            return Done((NOT_WRITTEN, saying("The system says: {reason}.", reason=reason)))
        return Done()

    def _bundle(self, file: int | None) -> Bundle:
        if file is None:
            raise UpdateError(NOT_READ)
        return Bundle(file, self._machine.keys)

    def _install(self, bundle: Bundle, digest: str, boot: Boot) -> None:
        if bundle.digest != digest:
            raise UpdateError(CHANGED)
        print(f"sternway update: version {bundle.manifest.version} is installed", flush=True)
        told_s = 0.0

        def progress(phase: Phase, done: int, total: int) -> None:
            nonlocal told_s
            self._stop_if_asked()
            now_s = time.monotonic()
            if done == total or now_s - told_s >= TELL_EVERY_S:
                told_s = now_s
                if not self._send(Going(phase, done, total)):
                    raise UpdateError(CANCELLED)

        with self._writable():
            install(bundle, self._machine, boot, progress)

    def _forget(self, boot: Boot) -> None:
        """Take away what did not come up; a version that did is a fallback, and stays."""
        if boot.other() in {"failed", "waiting"}:
            boot.disarm()

    def _stop_if_asked(self) -> None:
        """Raise where the kiosk asked for it, or is gone."""
        if self._client is not None and select.select([self._client], [], [], 0)[0]:
            with _received(self._client):
                raise UpdateError(CANCELLED)

    def _send(self, message: ToKiosk) -> bool:
        if self._client is None:
            return False
        try:
            self._client.send(encode(message), socket.MSG_NOSIGNAL)
        except OSError:
            return False
        return True


@contextlib.contextmanager
def _received(client: socket.socket) -> Iterator[tuple[bytes, int | None]]:
    """Give a packet, b"" at the end of the connection, and the file that came with it."""
    files = array.array("i")
    try:
        room = socket.CMSG_LEN(_FILES * _FILE_BYTES)
        packet, parts, flags, _ = client.recvmsg(
            MAX_REQUEST_BYTES, room, socket.MSG_CMSG_CLOEXEC | socket.MSG_DONTWAIT
        )
        for level, kind, content in parts:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                files.frombytes(content[: len(content) - len(content) % _FILE_BYTES])
        if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
            print("sternway update: a packet was too long", flush=True)
            packet = b""
    except OSError:
        packet = b""
    try:
        yield packet, files[0] if files else None
    finally:
        for file in files:
            os.close(file)
