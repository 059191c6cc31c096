"""A card that loses its power at a chosen call, and with it what was not synced by then.

Several outcomes of one cut are tried, since a card and a FAT keep no order among what waits.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

CALLS = ("open", "write", "fsync", "rename", "unlink", "mkdir")
WAYS = ("all", "synced", "names", "both", "neither")
"""What had reached the card: all of it; only what was synced; every name, and of the contents only
what was synced; of the last rename both names, or neither (a FAT changes two entries for it)."""


class PowerCut(BaseException):
    """The power is gone: nothing after this runs. No handler of ``Exception`` may see it."""


class Card:
    """The files below some folders, and what of them is durable."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        self.count = 0
        self.names: list[str] = []
        self._at: int | None = None
        self._synced: dict[int, bytes] = {}
        self._durable: dict[Path, int] = {}
        self._renamed: list[tuple[Path, Path, int | None]] = []
        # vfat: a rename leaves where the file lies, and its size, in the inode of the file, and a
        # folder's fsync does not write that. Names whose entry leads to nothing by then.
        self._torn: set[Path] = set()
        self._settled: set[Path] = set()
        for path in self._files():
            self._durable[path] = path.stat().st_ino
            self._synced[path.stat().st_ino] = path.read_bytes()
        # A folder's own name stands in the one above, and is durable by that one's fsync.
        self._named = {path for folder in folders for path in (folder, *folder.rglob("*"))}

    @contextlib.contextmanager
    def cut_at(self, number: int | None) -> Iterator[None]:
        """Within the block the power goes before the call of that number."""
        self._at = number
        real = {name: getattr(os, name) for name in CALLS}
        for name, call in real.items():
            setattr(os, name, self._wrap(name, call))
        try:
            yield
        finally:
            for name, call in real.items():
                setattr(os, name, call)

    def lose(self, way: str) -> None:
        """Leave on the card what had reached it, in one of the ways."""
        if way == "all":
            return
        now = {path: path.stat().st_ino for path in self._files()}
        kept = dict(self._durable) if way == "synced" else dict(now)
        if way in {"both", "neither"} and self._renamed:
            old, new, before = self._renamed[-1]
            found = kept.get(new)
            if new not in self._settled:
                kept.pop(new, None)
            if way == "both" and found is not None:
                kept[old], kept[new] = found, found
            elif before is not None and new not in self._settled:
                # The name was there already, and its one entry is the old file's or the new one's.
                kept[new] = before
        contents = {
            path: b"" if path in self._torn else self._synced.get(number, b"")
            for path, number in kept.items()
        }
        for path in now:
            path.unlink()
        if way == "synced":
            contents = {path: content for path, content in contents.items() if self._stands(path)}
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def _stands(self, path: Path) -> bool:
        """Whether every folder above it has its name on the card."""
        above = [one for one in path.parents if any(root in one.parents for root in self._folders)]
        return self._named.issuperset(above)

    def _files(self) -> list[Path]:
        return [path for folder in self._folders for path in folder.rglob("*") if path.is_file()]

    def _wrap(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            writes = name != "open" or bool(args[1] & (os.O_WRONLY | os.O_RDWR))
            if not writes or not self._ours(name, args):
                return real(*args, **kwargs)
            if self.count == self._at:
                raise PowerCut
            self.count += 1
            self.names.append(name)
            before = self._before(name, args)
            result = real(*args, **kwargs)
            self._after(name, args, result, before)
            return result

        return call

    def _ours(self, name: str, args: Any) -> bool:
        path = _path_of(args[0]) if name in {"write", "fsync"} else Path(args[0])
        return any(path == folder or folder in path.parents for folder in self._folders)

    def _before(self, name: str, args: Any) -> int | None:
        if name != "rename":
            return None
        target = Path(args[1])
        return target.stat().st_ino if target.exists() else None

    def _after(self, name: str, args: Any, result: Any, before: int | None) -> None:
        if name == "open" and args[1] & (os.O_CREAT | os.O_TRUNC):
            self._synced.pop(os.fstat(result).st_ino, None)
        elif name == "rename":
            self._renamed.append((Path(args[0]), Path(args[1]), before))
            self._settled.discard(Path(args[1]))
        elif name == "fsync":
            path = _path_of(args[0])
            if path.is_dir():
                self._sync_names(path)
            else:
                self._synced[path.stat().st_ino] = path.read_bytes()
                # Its entry is written as well: the new name leads to it, whatever the old one does.
                self._durable[path] = path.stat().st_ino
                self._settled.add(path)
                self._torn.discard(path)

    def _sync_names(self, folder: Path) -> None:
        for path in [path for path in self._durable if path.parent == folder]:
            del self._durable[path]
        for path in folder.iterdir():
            if path.is_file():
                self._durable[path] = path.stat().st_ino
            else:
                self._named.add(path)
        self._torn |= {new for _, new, _ in self._renamed if new.parent == folder} - self._settled
        self._renamed.clear()
        self._settled.clear()


def _path_of(file: int) -> Path:
    return Path(f"/proc/self/fd/{file}").readlink()
