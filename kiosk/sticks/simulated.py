"""The sticks of the simulation, plugged in and pulled out at the bench."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kiosk.sticks.bench import NO_FILESYSTEM, StickIn, StickOut, parse
from kiosk.sticks.folder import FolderStick, remove
from kiosk.sticks.helper.devices import FILESYSTEMS
from kiosk.sticks.helper.mounting import GONE, detach_stale
from kiosk.sticks.helper.probe import problem_of
from kiosk.sticks.image import ImageStick, LoopDisk
from kiosk.sticks.model import UNNAMED, BenchError, Stick, StickError
from profiles.saying import Saying, saying

MOUNTS: Final = ".mounted"
"""Below the simulation's folder: where its sticks are mounted."""


class SimulatedSticks:
    """:class:`kiosk.sticks.model.Sticks` out of folders and loop images; for any thread.

    A stick without a folder of its own is kept in ``home/<name>``, also while it is out.
    """

    def __init__(self, home: Path) -> None:
        """Nothing is plugged in. What a simulation that was killed left mounted is cleared away."""
        self._home = home
        self._mounts = home / MOUNTS
        self._numbers = itertools.count(1)
        self._working = threading.Lock()
        self._parts: dict[str, FolderStick | ImageStick] = {}
        self._names: dict[str, str] = {}
        _clear(self._mounts)

    def plugged(self) -> tuple[Stick, ...]:
        """Return what is plugged in now."""
        return tuple(part.stick for part in list(self._parts.values()))

    def fault(self) -> Saying | None:
        """Return None: the bench is always there."""
        return None

    def mount(self, stick_id: str, *, writable: bool) -> Path:
        """Mount it, read-only unless ``writable``; raises :class:`StickError`."""
        with self._working, _in_words():
            return self._part(stick_id).mount(writable=writable)

    def unmount(self, stick_id: str) -> None:
        """Let go of it; raises :class:`StickError`."""
        with self._working, _in_words():
            self._part(stick_id).unmount()

    def close(self) -> None:
        """Let go of everything, as the helper does when the kiosk ends: in use or not."""
        with self._working:
            for part in self._parts.values():
                for let_go in (part.unmount, part.pull):
                    try:
                        let_go()
                    except (StickError, OSError) as error:
                        print(f"sternway: {part.stick.id}: {error}", flush=True)
            self._parts.clear()
            self._names.clear()

    def bench(self, line: bytes) -> None:
        """Carry out a ``{"stick": ..}`` line; raises :class:`StickError` with what is wrong.

        It may take seconds (images, full folders): not for a thread that others wait for.
        """
        request = parse(line)
        with self._working, _in_words():
            if isinstance(request, StickOut):
                self._pull(request.name)
            elif request.name in self._names.values():
                raise BenchError(f"stick: {request.name} is in already; take it out first")
            elif request.image is not None:
                self._plug_image(request, Path(request.image))
            else:
                self._plug_folder(request)

    def _plug_folder(self, request: StickIn) -> None:
        if request.folder is None:
            folder = self._home / request.name
            folder.mkdir(parents=True, exist_ok=True)
        else:
            folder = Path(request.folder).absolute()
            if not folder.is_dir():
                raise BenchError(f"stick: {folder}: there is no such folder")
            if self._home.absolute().is_relative_to(folder):
                raise BenchError(f"stick: {folder} holds the simulation itself; choose another")
        filesystem = request.filesystem or "vfat"
        known = None if filesystem == NO_FILESYSTEM else filesystem
        size = os.statvfs(folder)
        stick = Stick(
            id=f"{request.name}-{next(self._numbers)}",
            device=request.part_of or request.name,
            label=request.label or UNNAMED,
            bytes=size.f_blocks * size.f_frsize,
            filesystem=known,
            read_only=request.read_only,
            problem=problem_of(known, FILESYSTEMS),
        )
        self._add(request.name, FolderStick(stick, folder, self._mounts))

    def _plug_image(self, request: StickIn, image: Path) -> None:
        disk = LoopDisk(image, read_only=request.read_only)
        try:
            parts = disk.sticks(request.name, self._mounts)
        except BaseException:
            disk.detach()
            raise
        if not parts:
            disk.detach()
            raise BenchError(f"stick: {image} has no partition that a stick would show")
        self._mounts.mkdir(parents=True, exist_ok=True)
        for part in parts:
            self._add(request.name, part)

    def _add(self, name: str, part: FolderStick | ImageStick) -> None:
        # A new dict: plugged() may be looking at the old one.
        self._parts = {**self._parts, part.stick.id: part}
        self._names[part.stick.id] = name

    def _pull(self, name: str) -> None:
        named = {
            self._parts[key].stick.device for key, known in self._names.items() if known == name
        }
        pulled = {
            key: part for key, part in self._parts.items() if part.stick.device in {name, *named}
        }
        if not pulled:
            raise BenchError(f"stick: {name} is not in")
        self._parts = {key: part for key, part in self._parts.items() if key not in pulled}
        for key, part in pulled.items():
            del self._names[key]
            part.pull()

    def _part(self, stick_id: str) -> FolderStick | ImageStick:
        if stick_id not in self._parts:
            raise StickError(GONE, gone=True)
        return self._parts[stick_id]


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StickError(
            saying("The simulated stick failed: {reason}.", reason=error.strerror or str(error))
        ) from error


def _clear(mounts: Path) -> None:
    """Remove what a simulation that was killed left mounted, as a power cut would."""
    if not mounts.is_dir():
        return
    for path in list(mounts.iterdir()):
        while path.is_mount():
            detach_stale(path)
        remove(path)
