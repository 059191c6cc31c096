"""Everything that was written is read back from the target and compared with what was meant.

Files that are durable are read back while the next are written, by a process of its own
(``medium.py``): it lives as long as the export, and ends with it, however that ends.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

import msgspec

from kiosk.export import medium
from kiosk.export.errors import NotVerified, SourceFailed
from kiosk.export.growing import Written
from kiosk.export.progress import Meter
from profiles.saying import saying

_NOT_READ_BACK: Final = saying("The export could not be read back: try again.")
_AT_ONCE: Final = 256
_LARGE_BYTES: Final = 4 * 1024 * 1024
_AHEAD: Final = 4
"""Questions that may wait; more would fill the pipe, and cancel would wait with them."""
_LOOK_EVERY_S: Final = 0.1


class ReadBack:
    """Reads files back and compares them. ``direct`` says whether the page cache was bypassed.

    Leave its ``with`` before the target's: what is being read must not be deleted. ``OSError``
    is the target's.
    """

    def __init__(self, meter: Meter) -> None:
        """Read nothing yet."""
        self.direct = True
        self._meter = meter
        self._asked: deque[Sequence[Written]] = deque()
        self._ahead = 0
        self._answers = b""
        self._reader: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Be sure that the reading process ends with the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._reader is not None:
            self._reader.kill()
            self._reader.__exit__(None, None, None)

    def begin(self, top: int, files: Sequence[Written]) -> None:
        """Begin to read back durable files of the open folder ``top``.

        Raises :class:`NotVerified` for one, of these or before, that is not what was meant.
        """
        large = [[file] for file in files if file.bytes > _LARGE_BYTES]
        small = [file for file in files if file.bytes <= _LARGE_BYTES]
        parts = [small[first : first + _AT_ONCE] for first in range(0, len(small), _AT_ONCE)]
        for part in large + parts:
            self._wait_for(_AHEAD)
            self._ask(top, part)
        self._hear(0.0)

    def finish(self) -> None:
        """Wait until all was read back. Raises as :meth:`begin` does."""
        self._wait_for(0)

    def _wait_for(self, few: int) -> None:
        """Wait until no more than so many questions wait."""
        while len(self._asked) > few:
            self._meter.check()
            self._hear(_LOOK_EVERY_S)

    def _ask(self, top: int, files: Sequence[Written]) -> None:
        if self._reader is None:
            self._reader = _started(top)
        question = msgspec.json.encode([(file.path, file.bytes) for file in files]) + b"\n"
        try:
            pipe = _pipe(self._reader.stdin)
            view = memoryview(question)
            while view:
                view = view[pipe.write(view) :]
        except BrokenPipeError as error:
            raise SourceFailed(_NOT_READ_BACK) from error
        self._asked.append(files)

    def _hear(self, timeout_s: float) -> None:
        """Take the answers that have come, or come before the timeout."""
        if self._reader is None:
            return
        file = _pipe(self._reader.stdout).fileno()
        while self._asked:
            with selectors.DefaultSelector() as selector:
                selector.register(file, selectors.EVENT_READ)
                if not selector.select(timeout_s):
                    return
            content = os.read(file, 1 << 20)
            if not content:
                raise SourceFailed(_NOT_READ_BACK)
            *answers, self._answers = (self._answers + content).split(b"\n")
            for answer in answers:
                self._take(msgspec.json.decode(answer))
            timeout_s = 0.0

    def _take(self, answer: dict[str, Any]) -> None:
        if "read" in answer:
            self._ahead += answer["read"]
            self._meter.add(answer["read"])
            return
        if "errno" in answer:
            raise OSError(answer["errno"], os.strerror(answer["errno"]))
        files = self._asked.popleft()
        self.direct = self.direct and answer["direct"]
        for file, found in zip(files, answer["files"], strict=True):
            if found != [file.bytes, file.sha256]:
                raise NotVerified(
                    saying(
                        "The export could not be verified: {file} on the stick is not what was "
                        "written to it. Use another stick.",
                        file=file.path,
                    )
                )
        self._meter.add(max(0, sum(file.bytes for file in files) - self._ahead))
        self._ahead = 0


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the reading process was started without its pipes")
    return pipe


def _started(top: int) -> subprocess.Popen[bytes]:
    """Start the reading process: nothing of this one but the folder goes to it."""
    try:
        return subprocess.Popen(
            # Isolated, without site: it starts in a few hundredths of a second.
            [sys.executable, "-I", "-S", str(Path(medium.__file__)), str(top)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            pass_fds=(top,),
            # Ctrl-C is for the export, which ends it.
            process_group=0,
        )
    except OSError as error:
        raise SourceFailed(_NOT_READ_BACK) from error
