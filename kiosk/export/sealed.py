"""An identified export: the files in one zip, encrypted with age to the clinic's key as they come.

Nothing readable is ever written to the stick. A zip, because every clinic's computer opens one once
``age --decrypt`` gave it back.
"""

from __future__ import annotations

import errno
import io
import zipfile
from collections.abc import Callable, Generator, Iterable
from typing import Any, Final

import pyrage

from kiosk.export.content import Item
from kiosk.export.errors import SourceFailed, Unusable
from profiles.saying import saying

NAME: Final = "sternway-identified.zip.age"
_LEVEL: Final = 1
"""Deflate's quickest: traces shrink to a quarter, and a Raspberry Pi keeps up with a stick."""
_AGE_CHUNK: Final = 64 * 1024
_AGE_TAG: Final = 16


def recipient_of(key: str) -> Any:
    """Return the clinic's public key. Raises :class:`Unusable` for what is none."""
    key = key.strip()
    if key.upper().startswith("AGE-SECRET-KEY-"):
        raise Unusable(
            saying("That is the clinic's secret key: give the public one, which begins age1.")
        )
    try:
        return pyrage.x25519.Recipient.from_str(key)
    except pyrage.RecipientError as error:
        raise Unusable(
            saying("That is no age key: the clinic's public key begins with age1.")
        ) from error


def sealed(items: Iterable[Item], recipient: Any, write: Callable[[bytes], None]) -> None:
    """Encrypt the items' zip and hand it to ``write``, piece by piece.

    An exception of the items or of ``write`` comes out as it was: pyrage would turn it into one of
    its own, or (at the end of the stream) say nothing.
    """
    source = _Source(_zipped(items))
    sink = _Sink(write)
    try:
        pyrage.encrypt_io(source, sink, [recipient])
    except Exception as error:
        for cause in (source.error, sink.error):
            if cause is not None:
                raise cause from None
        raise SourceFailed(saying("The export could not be encrypted.")) from error
    for cause in (source.error, sink.error):
        if cause is not None:
            raise cause
    chunks = max(1, -(-source.count // _AGE_CHUNK))
    if sink.count < source.count + chunks * _AGE_TAG:
        raise SourceFailed(saying("The export could not be encrypted: its end is missing."))


def unsealed(chunks: Generator[bytes], identity: Any, write: Callable[[bytes], None]) -> None:
    """Decrypt what :func:`sealed` made, and hand it to ``write``, piece by piece.

    Each piece was seen to be genuine; that none is missing is known when this returns. Raises
    :class:`Unusable` for another key and for what is not whole; other exceptions as they were.
    """
    source, sink = _Source(chunks), _Sink(write)
    try:
        pyrage.decrypt_io(source, sink, [identity])
    except Exception as error:
        for cause in (source.error, sink.error):
            if cause is not None:
                raise cause from None
        raise Unusable(saying("The file is not whole, or another key locks it.")) from error
    for cause in (source.error, sink.error):
        if cause is not None:
            raise cause


def _zipped(items: Iterable[Item]) -> Generator[bytes]:
    """Return a zip of the items without ever holding it; no times stand in it."""
    out = _Out()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for item in items:
            info = zipfile.ZipInfo(item.path)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            with archive.open(info, "w", force_zip64=True) as member:
                for chunk in item.chunks:
                    member.write(chunk)
                    yield out.take()
            yield out.take()
    yield out.take()


class _Out(io.RawIOBase):
    """Where the zip is written: a heap that is taken away piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._heap = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._heap += content
        return len(content)

    def take(self) -> bytes:
        taken = bytes(self._heap)
        self._heap.clear()
        return taken


def _stop() -> OSError:
    """Return what ends pyrage's work: an error that counts as interrupted it retries for ever."""
    return OSError(errno.EIO, "stopped")


class _Source:
    """What pyrage reads from."""

    def __init__(self, chunks: Generator[bytes]) -> None:
        self.error: BaseException | None = None
        self.count = 0
        self._chunks = chunks
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._left:
                self._left = next(self._chunks)
        except StopIteration:
            return b""
        except BaseException as error:
            self.error = error
            raise _stop() from error
        size = len(self._left) if size < 0 else size
        taken, self._left = self._left[:size], self._left[size:]
        self.count += len(taken)
        return taken


class _Sink:
    """What pyrage writes to."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self.error: BaseException | None = None
        self.count = 0
        self._write = write

    def write(self, content: bytes) -> int:
        if self.error is not None:
            raise _stop()
        try:
            self._write(bytes(content))
        except BaseException as error:
            self.error = error
            raise _stop() from error
        self.count += len(content)
        return len(content)

    def flush(self) -> None:
        """Nothing waits here."""
