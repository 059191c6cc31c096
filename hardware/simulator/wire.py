"""The simulated sensor's cable: a pty, found by a link that moves with every plugging in."""

from __future__ import annotations

import asyncio
import os
import tty
from pathlib import Path
from typing import Final

from hardware.errors import BenchError

RAW_TIMEOUT_S: Final = 2.0


class PtyWire:
    """One end is ours; the other is at ``path``, like ``/dev/serial/by-id`` for a real sensor.

    Nothing but :meth:`plug` and :meth:`unplug` may be called outside the simulator's thread.
    """

    def __init__(self, path: Path) -> None:
        """Prepare a cable that is not plugged in yet."""
        self.path = path
        self.dropped = 0
        self._master = -1
        self._slave = -1
        self._unsent = b""
        self._sent: asyncio.Future[None] | None = None
        self._writing_in: asyncio.AbstractEventLoop | None = None
        self._raw_turn = asyncio.Lock()

    @property
    def plugged(self) -> bool:
        """Whether the cable is plugged in."""
        return self._master != -1

    def plug(self) -> None:
        """Make the port appear."""
        if self.plugged:
            return
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self.path.with_name(self.path.name + ".new")
        new.unlink(missing_ok=True)
        new.symlink_to(os.ttyname(self._slave))
        new.replace(self.path)

    def unplug(self) -> None:
        """Make the port vanish, as a pulled cable does: its reader gets an error."""
        if not self.plugged:
            return
        self.path.unlink(missing_ok=True)
        self._settle(BenchError("the sensor was unplugged"))
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = -1

    def send(self, lines: bytes) -> None:
        """Send what the sensor says now; lost when the cable is full or busy with raw bytes."""
        if not lines or not self.plugged:
            return
        if self._unsent or self._raw_turn.locked():
            self.dropped += 1
            return
        self._unsent = lines
        self._write()
        if self._unsent:
            self._start_writing()

    async def send_raw(self, data: bytes) -> None:
        """Send bytes whole, with nothing of the sensor's between them.

        Raises :class:`BenchError` when they were not taken within 2 s; the rest is dropped then.
        """
        try:
            async with asyncio.timeout(RAW_TIMEOUT_S), self._raw_turn:
                await self._drained()
                if not self.plugged:
                    raise BenchError('the sensor is unplugged; plug it in with {"sensor": "ok"}')
                self._unsent = data
                self._start_writing()
                await self._drained()
        except TimeoutError:
            left = len(self._unsent)
            self._settle(None)
            raise BenchError(
                f"nobody reads the sensor's port: {left} bytes were not taken within 2 s"
            ) from None

    async def _drained(self) -> None:
        if self._unsent:
            self._sent = asyncio.get_running_loop().create_future()
            await self._sent

    def _write(self) -> None:
        try:
            self._unsent = self._unsent[os.write(self._master, self._unsent) :]
        except BlockingIOError:
            return
        if not self._unsent:
            self._settle(None)

    def _start_writing(self) -> None:
        self._writing_in = asyncio.get_running_loop()
        self._writing_in.add_writer(self._master, self._write)

    def _settle(self, error: BenchError | None) -> None:
        """Stop writing, forget what is left, and let whoever waits know."""
        self._unsent = b""
        if self._writing_in is not None:
            self._writing_in.remove_writer(self._master)
            self._writing_in = None
        if self._sent is not None and not self._sent.done():
            if error is None:
                self._sent.set_result(None)
            else:
                self._sent.set_exception(error)
        self._sent = None
