"""The bench door: a Unix stream socket on which anyone may drive the simulated treadmill."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from hardware.errors import BenchError
from hardware.simulator.requests import Request, parse
from hardware.sockets import ListeningSocket

LONGEST_LINE_BYTES: Final = 65_536
LARGEST_BACKLOG_BYTES: Final = 262_144
READ_BYTES: Final = 65_536
CLOSE_S: Final = 0.3


class BenchDoor:
    """Accepts clients and answers each line in order; tells everyone when the permit changes."""

    def __init__(
        self, path: Path, answer: Callable[[Request, bytes], Awaitable[dict[str, Any]]]
    ) -> None:
        """Open the door at ``path``; raises LinkError. ``answer`` may raise BenchError."""
        self._answer = answer
        self._listening = ListeningSocket(path, socket.SOCK_STREAM, mode=0o600, what="a bench")
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Let clients in."""
        self._server = await asyncio.start_unix_server(self._serve, sock=self._listening.socket)

    async def stop(self) -> None:
        """Let no more clients in, and close the others when they have what was sent."""
        if self._server is not None:
            self._server.close()
        writers = list(self._writers)
        for writer in writers:
            writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await asyncio.gather(
                    *(writer.wait_closed() for writer in writers), return_exceptions=True
                )

    def close(self) -> None:
        """Take the door away. A closed door counts as permit off."""
        self._listening.close()

    def tell(self, news: dict[str, Any]) -> None:
        """Send a line to every client, unasked; one that does not read is sent away."""
        line = _line(news)
        for writer in list(self._writers):
            if writer.transport.get_write_buffer_size() > LARGEST_BACKLOG_BYTES:
                writer.transport.abort()
            elif not writer.is_closing():
                writer.write(line)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            async for line in _lines(reader):
                writer.write(_line(await self._answered(line)))
                await writer.drain()
        except (OSError, EOFError, asyncio.CancelledError):
            # It went away, or the bench closes. What it asked for before was done.
            return
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answered(self, line: bytes | None) -> dict[str, Any]:
        if line is None:
            return {"error": f"a line has at most {LONGEST_LINE_BYTES} bytes; send it in parts"}
        try:
            return await self._answer(parse(line), line)
        except BenchError as error:
            return {"error": str(error)}
        except Exception as error:  # noqa: BLE001 - no request may end the guard
            return {"error": f"the bench has a fault of its own ({error!r}); please report it"}


async def _lines(reader: asyncio.StreamReader) -> AsyncIterator[bytes | None]:
    """Yield each line without its ending, or None for one that is too long; skip empty ones."""
    partial = b""
    overlong = False
    while data := await reader.read(READ_BYTES):
        *lines, partial = (partial + data).split(b"\n")
        for line in lines:
            if overlong or len(line) > LONGEST_LINE_BYTES:
                overlong = False
                yield None
            elif line.strip():
                yield line
        if len(partial) > LONGEST_LINE_BYTES:
            overlong, partial = True, b""


def _line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=True).encode("ascii") + b"\n"
