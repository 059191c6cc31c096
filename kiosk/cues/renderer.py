"""The voice's process as the voice's thread sees it: started, asked, and ended whatever it does."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
from pathlib import Path
from typing import Final

import msgspec

from kiosk.cues import maker

ANSWER_S: Final = 30.0
"""A sentence takes a tenth of a second; on a machine that has much else to do, more."""


class RendererFailed(RuntimeError):
    """The process made no sound and should be started anew; the text says why, for the log.

    ``disk`` says that its sounds could not be written: that heals by room, not by a new start.
    """

    def __init__(self, why: str, *, disk: bool = False) -> None:
        """One cause."""
        super().__init__(why)
        self.disk = disk


class Renderer:
    """One life of the process. For one thread."""

    def __init__(self, folder: Path, program: str) -> None:
        """Start it and hear whether it can work; raises :class:`RendererFailed`."""
        command = maker.command(folder, program)
        try:
            # In a group of its own: what it started and hangs goes with it.
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
            )
        except OSError as error:
            raise RendererFailed(f"its process cannot be started: {error.strerror}") from error
        try:
            self._answer()
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def check(self) -> None:
        """Raise :class:`RendererFailed` if it ended meanwhile."""
        status = self._process.poll()
        if status is not None:
            raise RendererFailed(f"its process ended with {status}")

    def made(self, sentence: str, language: str) -> maker.Made:
        """Return a sentence's file, or why it is not spoken; raises :class:`RendererFailed`."""
        if self._process.stdin is None:
            raise RuntimeError("the maker was started without a pipe")
        try:
            self._process.stdin.write(msgspec.json.encode(maker.Wanted(sentence, language)) + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise RendererFailed("its process ended") from error
        return self._answer()

    def close(self) -> None:
        """End it: it has nothing to lose, as a file is whole or not there."""
        with contextlib.suppress(ProcessLookupError):  # it was the last of its group
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    def _answer(self) -> maker.Made:
        if self._process.stdout is None:
            raise RuntimeError("the maker was started without a pipe")
        readable, _, _ = select.select([self._process.stdout], [], [], ANSWER_S)
        if not readable:
            raise RendererFailed("its process does not answer")
        line = self._process.stdout.readline()
        if not line:
            raise RendererFailed("its process ended")
        try:
            made = msgspec.json.decode(line, type=maker.Made)
        except (ValueError, RecursionError) as error:
            raise RendererFailed(f"its process answers nonsense: {error}") from error
        if made.broken:
            raise RendererFailed(made.broken, disk=made.disk)
        return made
