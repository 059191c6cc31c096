"""The kiosk's end of the update service: one connection for each question.

Everything here waits for an answer: it belongs into a worker's thread.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from kiosk.upkeep.errors import UpkeepError
from kiosk.upkeep.updater.install import Phase, Standing
from kiosk.upkeep.updater.link import (
    MAX_ANSWER_BYTES,
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
    decode_to_kiosk,
    encode,
)
from profiles.saying import Said, saying

ANSWER_S: Final = 60.0
"""Longer than a slow card needs between two words of how far it is."""
_LOOK_S: Final = 0.2
NO_ANSWER: Final = saying("The update service does not answer: restart the kiosk.")


class Asker:
    """Asks the service at ``path``. Everything raises :class:`UpkeepError` with its sentences."""

    def __init__(self, path: Path) -> None:
        """Nothing is asked yet."""
        self._path = path

    def look(self) -> Standing:
        """Return how the slots stand."""
        with self._asked(Look()) as client:
            answer = _heard(client)
        if not isinstance(answer, Stands):
            raise UpkeepError(*_why(answer))
        return answer.standing

    def examine(self, file: int) -> Offer:
        """Return what an update file offers."""
        with self._asked(Examine(), file) as client:
            answer = _heard(client)
        if not isinstance(answer, Offer):
            raise UpkeepError(*_why(answer))
        return answer

    def install(
        self,
        file: int,
        digest: str,
        progress: Callable[[Phase, int, int], None],
        stop: threading.Event,
    ) -> None:
        """Have the file installed; ``stop`` ends it."""
        with self._asked(Install(digest), file) as client:
            asked_to_stop = False
            while isinstance(answer := _heard(client, stop, asked=asked_to_stop), Going | None):
                if answer is None:
                    asked_to_stop = True
                    _said(client, Stop())
                else:
                    progress(answer.phase, answer.done, answer.total)
        _must_be_done(answer)

    def keep(self) -> None:
        """The running version works: have it kept."""
        with self._asked(Keep()) as client:
            _must_be_done(_heard(client))

    def begin_try(self) -> None:
        """The machine is restarted now: have it try what waits."""
        with self._asked(Try()) as client:
            _must_be_done(_heard(client))

    def forget(self) -> None:
        """Have a version forgotten that did not come up."""
        with self._asked(Forget()) as client:
            _must_be_done(_heard(client))

    @contextmanager
    def _asked(self, message: ToService, file: int | None = None) -> Iterator[socket.socket]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC) as client:
            client.settimeout(ANSWER_S)
            try:
                client.connect(str(self._path))
            except OSError as error:
                raise UpkeepError(NO_ANSWER) from error
            _said(client, message, file)
            yield client


def _said(client: socket.socket, message: ToService, file: int | None = None) -> None:
    try:
        socket.send_fds(client, [encode(message)], [] if file is None else [file])
    except OSError as error:
        raise UpkeepError(NO_ANSWER) from error


def _heard(
    client: socket.socket, stop: threading.Event | None = None, *, asked: bool = False
) -> ToKiosk | None:
    """Return the next answer; None where ``stop`` was set before one came, unless ``asked``."""
    waited_s = 0.0
    try:
        while not select.select([client], [], [], _LOOK_S)[0]:
            waited_s += _LOOK_S
            if waited_s >= ANSWER_S:
                raise UpkeepError(NO_ANSWER)
            if stop is not None and stop.is_set() and not asked:
                return None
        answer = decode_to_kiosk(client.recv(MAX_ANSWER_BYTES))
    except (OSError, msgspec.MsgspecError) as error:
        raise UpkeepError(NO_ANSWER) from error
    stopped = stop is not None and stop.is_set() and not asked
    return None if stopped and isinstance(answer, Going) else answer


def _must_be_done(answer: ToKiosk | None) -> None:
    if answer != Done():
        raise UpkeepError(*_why(answer))


def _why(answer: ToKiosk | None) -> Said:
    return answer.error if isinstance(answer, Done) and answer.error else (NO_ANSWER,)
