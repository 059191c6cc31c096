"""A disk that keeps no more than it was asked to keep: a model, for the tests of lost power.

An ext4 keeps more than it promises. An fsync of any file writes its whole journal, and with it the
names in every folder, so that what is left out beside it is never seen missing. Here a file's
content is kept by an fsync of the file, a name by an fsync of the folder that it stands in, and
both by a syncfs: what POSIX promises, and nothing else. Nothing is mounted, so nobody must be root.
What moves from one folder to another stands in one of them: that much every journal keeps, and the
fsync of either folder keeps it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kiosk.export import durable
from tests.drive import NAMES, NOTHING, Drive

SYNCED, LAST, ALL_NAMES, TORN, ALL = 11, 12, 13, 14, 15
STRICT_WAYS = {"synced": SYNCED, "last": LAST, "all-names": ALL_NAMES, "torn": TORN, "all": ALL}
"""What had reached the disk: what was synced; of the names the latest change too, and none before
it; every name; every name, and half of what was written last; all of it. A content that was not
synced is the one before it, else empty."""

ON_NAMES = ("open", "rename", "replace", "link", "unlink", "mkdir", "rmdir")
ON_FILES = ("write", "pwrite", "ftruncate", "fsync", "fdatasync")


every_way = pytest.mark.parametrize(
    "way",
    [NOTHING, NAMES, *STRICT_WAYS.values()],
    ids=["nothing", "names", *(f"strict-{name}" for name in STRICT_WAYS)],
)
"""Of the real disk and of the strict one; a fixture chooses by :func:`is_strict`."""

strict_ways = pytest.mark.parametrize("way", STRICT_WAYS.values(), ids=STRICT_WAYS)


def is_strict(way: int) -> bool:
    return way in STRICT_WAYS.values()


class Entry(NamedTuple):
    """What a name leads to. A folder's own names are kept by its number."""

    number: int
    is_folder: bool


Change = tuple[int, str, Entry | None]
"""The number of a folder, a name in it, and what it leads to from now on."""

Names = dict[int, dict[str, Entry]]
"""Of each folder, by its number, what stands in it."""


class Strict(Drive):
    """Stands in for a :class:`Drive`: the same is done to it, and it forgets more."""

    def __init__(self, folder: Path) -> None:
        self.master = folder / "master"
        self.point = folder / "mounted"
        self.master.mkdir()
        self.point.mkdir()
        self._held = contextlib.ExitStack()

    def renew(self) -> None:
        """Begin again with what was there when it was made."""
        self.renew_from(self.master)

    def renew_from(self, kept: Path) -> None:
        shutil.rmtree(self.point)
        shutil.copytree(kept, self.point, symlinks=True)

    def keep(self) -> Path:
        kept = self.master.with_name("kept")
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.point, kept, symlinks=True)
        return kept

    def mount(self) -> None:
        """Look from here on at what is asked of it."""
        self._gone = False
        self._lost: _Left | None = None
        self._watch = self._held.enter_context(_Watch(self.point))
        patch = self._held.enter_context(pytest.MonkeyPatch.context())
        for name in ON_NAMES:
            patch.setattr(os, name, self._on_a_name(name, getattr(os, name)))
        for name in ON_FILES:
            patch.setattr(os, name, self._on_a_file(name, getattr(os, name)))
        syncfs = durable._libc.syncfs
        patch.setattr(durable._libc, "syncfs", self._on_a_file("syncfs", syncfs))

    def unmount(self) -> None:
        """Leave there what had reached the disk, if its power was lost."""
        self._held.close()
        if self._lost is not None:
            self._lost.put(self.point)

    def lose_power(self, way: int) -> None:
        """Note what is left; whoever goes on working hears that the disk does not answer."""
        if not self._gone:
            self._lost = self._watch.left(way)
            self._gone = True

    def _on_a_name(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        both = name in {"rename", "replace", "link"}

        def call(path: Any, *args: Any, **more: Any) -> Any:
            if isinstance(path, int):
                return real(path, *args, **more)
            places = [_place(path, more.get("src_dir_fd" if both else "dir_fd"))]
            if both:
                places.append(_place(args[0], more.get("dst_dir_fd")))
            ours = [place for place in places if self._is_ours(place)]
            if ours and self._gone:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            reads = name == "open" and not args[0] & os.O_CREAT
            before = [_entry(place) for place in ours]
            result = real(path, *args, **more)
            after = [_entry(place) for place in ours]
            if not reads and before != after:
                changes = zip(ours, after, strict=True)
                self._watch.change([(place.parent, place.name, now) for place, now in changes])
            return result

        return call

    def _on_a_file(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(file: int, *args: Any, **more: Any) -> Any:
            ours = self._is_ours(Path(f"/proc/self/fd/{file}").readlink())
            if ours and self._gone:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            if name in {"fsync", "fdatasync"} and ours:
                return self._watch.sync(file)
            if name == "syncfs" and ours:
                self._watch.sync_all()
                return 0
            return real(file, *args, **more)

        return call

    def _is_ours(self, path: Path) -> bool:
        return path == self.point or self.point in path.parents


class _Left(NamedTuple):
    """What is left of a disk: names, contents and modes."""

    root: int
    names: Names
    contents: dict[int, bytes]
    looks: dict[int, os.stat_result]

    def put(self, point: Path) -> None:
        for there in point.iterdir():
            shutil.rmtree(there) if there.is_dir() else there.unlink()
        self._fill(point, self.root, {})

    def _fill(self, folder: Path, number: int, made: dict[int, Path]) -> None:
        for name, entry in self.names.get(number, {}).items():
            path = folder / name
            if entry.number in made:
                path.hardlink_to(made[entry.number])
                continue
            if entry.is_folder:
                path.mkdir()
                self._fill(path, entry.number, made)
            else:
                path.write_bytes(self.contents.get(entry.number, b""))
                made[entry.number] = path
            look = self.looks[entry.number]
            path.chmod(stat.S_IMODE(look.st_mode))
            os.utime(path, ns=(look.st_atime_ns, look.st_mtime_ns))


class _Watch:
    """What of the files below ``point`` is durable. What is there at the beginning is."""

    def __init__(self, point: Path) -> None:
        self._point = point
        self._names: Names = {}
        self._contents: dict[int, bytes] = {}
        self._latest: list[Change] = []
        self._moves: list[list[Change]] = []
        # Held open, so that no number becomes another file's.
        self._held: dict[int, int] = {}
        self._open, self._lock = os.open, threading.RLock()

    def __enter__(self) -> _Watch:
        self._root = self._hold(self._point).number
        self.sync_all()
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._held.values():
            os.close(file)

    def sync(self, file: int) -> None:
        """Keep a file's content, or the names in a folder."""
        with self._lock:
            look = os.fstat(file)
            if stat.S_ISDIR(look.st_mode):
                moved = [one for one in self._moves if look.st_ino in {at for at, *_ in one}]
                self._moves = [one for one in self._moves if one not in moved]
                for one in moved:
                    _apply(one, self._names)
                self._names[look.st_ino] = self._listed(Path(f"/proc/self/fd/{file}"))
                self._latest = [one for one in self._latest if one[0] != look.st_ino]
            else:
                self._contents[look.st_ino] = Path(f"/proc/self/fd/{file}").read_bytes()

    def sync_all(self) -> None:
        """Keep all there is."""
        with self._lock:
            self._latest, self._moves = [], []
            self._names, self._contents = self._now()

    def change(self, changes: list[tuple[Path, str, Path | None]]) -> None:
        """Note the latest change of names."""
        with self._lock:
            self._latest = [
                (folder.stat().st_ino, name, path and self._hold(path))
                for folder, name, path in changes
            ]
            across = len({folder for folder, *_ in self._latest}) > 1
            if across and any(entry is None for *_, entry in self._latest):
                self._moves.append(self._latest)

    def left(self, way: int) -> _Left:
        """Return what a disk that keeps so much would have."""
        with self._lock:
            names = {number: dict(entries) for number, entries in self._names.items()}
            contents = dict(self._contents)
            if way in {ALL_NAMES, TORN, ALL}:
                names, now = self._now()
                if way == ALL:
                    contents = now
                if way == TORN:
                    contents = {at: _torn(self._contents.get(at, b""), now[at]) for at in now}
            elif way == LAST:
                _apply(self._latest, names)
            looks = {number: os.fstat(file) for number, file in self._held.items()}
            return _Left(self._root, names, contents, looks)

    def _now(self) -> tuple[Names, dict[int, bytes]]:
        names = {self._root: self._listed(self._point)}
        contents: dict[int, bytes] = {}
        for path in self._point.rglob("*"):
            look = path.lstat()
            if stat.S_ISDIR(look.st_mode):
                names[look.st_ino] = self._listed(path)
            elif stat.S_ISREG(look.st_mode):
                contents[look.st_ino] = path.read_bytes()
        return names, contents

    def _listed(self, folder: Path) -> dict[str, Entry]:
        return {one.name: self._hold(one) for one in folder.iterdir() if not one.is_symlink()}

    def _hold(self, path: Path) -> Entry:
        file = self._open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
        look = os.fstat(file)
        if look.st_ino in self._held:
            os.close(file)
        else:
            self._held[look.st_ino] = file
        return Entry(look.st_ino, stat.S_ISDIR(look.st_mode))


def _apply(changes: list[Change], names: Names) -> None:
    for folder, name, entry in changes:
        if entry is None:
            names.get(folder, {}).pop(name, None)
        else:
            names.setdefault(folder, {})[name] = entry


def _place(path: Any, folder: int | None) -> Path:
    """Return where a name stands, its folder by its real path."""
    inside = Path(f"/proc/self/fd/{folder}").readlink() if folder is not None else Path()
    return Path(os.path.abspath(inside / os.fspath(path)))  # noqa: PTH100 - follows no link


def _entry(place: Path) -> Path | None:
    return place if os.path.lexists(place) else None


def _torn(before: bytes, now: bytes) -> bytes:
    """Return half of what was written since: appended, or over what was there."""
    start = len(before) if now.startswith(before) else 0
    return now[: start + (len(now) - start) // 2] if now != before else now


def strict_with(folder: Path, fill: Callable[[Path], None]) -> Strict:
    """Return one that was filled once."""
    found = Strict(folder)
    fill(found.point)
    shutil.copytree(found.point, found.master, symlinks=True, dirs_exist_ok=True)
    return found
