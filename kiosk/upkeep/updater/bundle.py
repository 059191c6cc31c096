"""An update file: one tar, and what of it may be believed.

``manifest.json``, ``manifest.json.minisig``, then the manifest's parts in its order, as plain files
with plain headers, and nothing else. The file lies on somebody's stick: until the signature was
checked, nothing but two small members is read, and a part is only ever compared with the manifest.
"""

from __future__ import annotations

import os
import stat
import tarfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from kiosk.upkeep.updater import signature
from kiosk.upkeep.updater.manifest import MOST_BYTES, Manifest, Part, decode
from kiosk.upkeep.updater.words import NOT_AN_UPDATE, NOT_READ, NOT_WHOLE, UpdateError

MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.json.minisig"
BLOCK: Final = tarfile.BLOCKSIZE
READ_BYTES: Final = 1024 * 1024
_SIGNATURE_BYTES: Final = 4096
_TAIL_BYTES: Final = tarfile.RECORDSIZE + 2 * BLOCK


class _Member(NamedTuple):
    name: str
    begin: int
    bytes: int

    @property
    def end(self) -> int:
        return self.begin + -(-self.bytes // BLOCK) * BLOCK


class Bundle:
    """An open update file whose manifest was signed by a key of this system.

    Errors are :class:`UpdateError`. The descriptor stays the caller's.
    """

    def __init__(self, file: int, keys: Path) -> None:
        """Read the manifest and check its signature, then that the file has the parts it names."""
        self._file = file
        try:
            found = os.fstat(file)
        except OSError as error:
            raise UpdateError(NOT_READ) from error
        if not stat.S_ISREG(found.st_mode):
            raise UpdateError(NOT_AN_UPDATE)
        self._size = found.st_size
        manifest = self._member(0, MANIFEST, MOST_BYTES)
        signed = self._member(manifest.end, SIGNATURE, _SIGNATURE_BYTES)
        self.signed = self._content(manifest)
        signature.check(self.signed, self._content(signed), keys)
        self.digest = sha256(self.signed).hexdigest()
        self.manifest: Manifest = decode(self.signed)
        self._members: dict[str, _Member] = {}
        at = signed.end
        for part in self.manifest.parts:
            member = self._member(at, part.name, part.bytes)
            if member.bytes != part.bytes:
                raise UpdateError(NOT_WHOLE)
            self._members[part.name] = member
            at = member.end
        if not at + 2 * BLOCK <= self._size <= at + _TAIL_BYTES:
            raise UpdateError(NOT_WHOLE)
        if any(self._read(at, self._size - at)):
            raise UpdateError(NOT_AN_UPDATE)

    def chunks(self, part: Part) -> Iterator[bytes]:
        """Return a part's bytes; raises once they are through and were not what was signed.

        Danger: whoever writes them somewhere has written them by then.
        """
        member, digest, at = self._members[part.name], sha256(), 0
        while at < part.bytes:
            chunk = self._read(member.begin + at, min(READ_BYTES, part.bytes - at))
            digest.update(chunk)
            at += len(chunk)
            yield chunk
        if digest.hexdigest() != part.sha256:
            raise UpdateError(NOT_WHOLE)

    def check(self, tell: Callable[[int], None]) -> None:
        """Read all parts once and compare them with the manifest; ``tell`` hears of each piece."""
        for part in self.manifest.parts:
            for chunk in self.chunks(part):
                tell(len(chunk))

    def _member(self, at: int, name: str, most: int) -> _Member:
        """Return the member that must follow here: a plain file of this name."""
        try:
            info = tarfile.TarInfo.frombuf(self._read(at, BLOCK), "ascii", "strict")
        except (tarfile.HeaderError, UnicodeError, ValueError) as error:
            raise UpdateError(NOT_AN_UPDATE) from error
        if info.type != tarfile.REGTYPE or info.name != name or not 0 < info.size <= most:
            raise UpdateError(NOT_AN_UPDATE)
        member = _Member(name, at + BLOCK, info.size)
        if member.end > self._size:
            raise UpdateError(NOT_WHOLE)
        return member

    def _content(self, member: _Member) -> bytes:
        return self._read(member.begin, member.bytes)

    def _read(self, at: int, count: int) -> bytes:
        """Return so many bytes, all of them."""
        found = b""
        try:
            while len(found) < count and (
                chunk := os.pread(self._file, count - len(found), at + len(found))
            ):
                found += chunk
        except OSError as error:
            raise UpdateError(NOT_READ) from error
        if len(found) < count:
            raise UpdateError(NOT_WHOLE)
        return found
