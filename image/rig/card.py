"""The machine's memory card, in two kinds.

``Kept`` is a file that grows by what is written: pulling the plug loses what the guest itself had
not yet sent to its card. ``Volatile`` is a card with a cache, as a real one has: whatever the guest
wrote and did not flush is gone with the power. That is the hardest a card can do without breaking
its word.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import Final, Protocol

from image.rig.errors import RigError

NBDKIT: Final = "nbdkit"
WITHIN_S: Final = 20.0


class Card(Protocol):
    """What a card does for the machine it is in; ``path`` is its file."""

    path: Path

    def plug(self, sockets: Path) -> str:
        """Make it ready; return QEMU's words for it (``format=...,file=...``)."""

    def cut(self) -> None:
        """The power is gone."""


class Kept:
    """The changes over an image, in a qcow2 file."""

    def __init__(self, image: Path, folder: Path, size_gib: int) -> None:
        """Made at the first use; a folder that has one goes on with it."""
        self._image, self.path, self._gib = image, folder / "card.qcow2", size_gib

    def plug(self, sockets: Path) -> str:
        """Make the file where it is missing."""
        if not self.path.exists():
            words = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b"]
            _run([*words, str(self._image.resolve()), str(self.path), f"{self._gib}G"])
        return f"format=qcow2,file={self.path}"

    def cut(self) -> None:
        """Nothing is lost here."""


class Volatile:
    """A whole card behind nbdkit's write-back cache, which holds what was not flushed in memory."""

    def __init__(self, image: Path, folder: Path, size_gib: int) -> None:
        """Made at the first use, as a copy with holes."""
        self._image, self.path, self._gib = image, folder / "card.raw", size_gib
        self._server: subprocess.Popen[bytes] | None = None

    def plug(self, sockets: Path) -> str:
        """Start the server of the card; raises :class:`RigError`."""
        if not self.path.exists():
            _run(["cp", "--sparse=always", str(self._image), str(self.path)])
            _run(["truncate", "-s", f"{self._gib}G", str(self.path)])
        door = sockets / "card"
        words = [NBDKIT, "--foreground", "--exit-with-parent", "--unix", str(door)]
        words += ["--filter=cache", "file"]
        words += [str(self.path), "cache=writeback", "cache-min-block-size=4K"]
        try:
            self._server = subprocess.Popen(words, stdin=subprocess.DEVNULL)
        except FileNotFoundError:
            raise RigError("nbdkit is not installed: sudo apt install nbdkit") from None
        end_s = time.monotonic() + WITHIN_S
        while not door.exists():
            if self._server.poll() is not None or time.monotonic() > end_s:
                raise RigError("nbdkit does not serve the card")
            time.sleep(0.02)
        return f"format=raw,file=nbd:unix:{door}"

    def cut(self) -> None:
        """What was not flushed is gone: the server must not live to see its client go."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None


def copy(folder: Path, to: Path, *, volatile: bool = False) -> None:
    """Begin another folder with the card and the firmware's variables of a machine that is off.

    ``volatile``: its card there is a whole one, for :class:`Volatile`; here it is one of `Kept`.
    """
    to.mkdir(parents=True, exist_ok=True)
    for name in ("card.qcow2", "variables.fd"):
        if not (folder / name).exists():
            continue
        if volatile and name == "card.qcow2":
            whole = str(to / "card.raw")
            _run(["qemu-img", "convert", "-f", "qcow2", "-O", "raw", str(folder / name), whole])
        else:
            shutil.copyfile(folder / name, to / name)


def _run(words: list[str]) -> None:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise RigError(f"{words[0]} is not installed; see image/rig/README.md") from None
    if done.returncode != 0:
        raise RigError(f"{words[0]}: {done.stderr.strip()}")
