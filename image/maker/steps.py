"""Steps of a build: each is done once for what goes into it, and says how long it took."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from image.maker.recipe import BuildError

LAST_LINES: Final = 12


class Steps:
    """Keeps what each step made under ``folder``, by a hash of what went into it."""

    def __init__(self, folder: Path) -> None:
        """Nothing is done yet."""
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)

    def place(self, name: str, inputs: Iterable[str | bytes | Path]) -> Path:
        """Return the folder of a step for these inputs, be it there or not."""
        return self._folder / f"{name}-{_hash(inputs)[:16]}"

    def step(
        self,
        name: str,
        inputs: Iterable[str | bytes | Path],
        make: Callable[[Path], None],
        *,
        anew: bool = False,
    ) -> Path:
        """Return the folder that ``make`` filled for these inputs, now or in an earlier build.

        A :class:`Path` among the inputs counts by what is in it. Older results are removed.
        """
        place = self.place(name, inputs)
        if place.is_dir() and not anew:
            print(f"image: {name:<8} as before", flush=True)
            return place
        print(f"image: {name:<8} ...", flush=True)
        began_s = time.monotonic()
        unfinished = self._folder / f"{name}.unfinished"
        _remove(unfinished)
        unfinished.mkdir()
        make(unfinished)
        for old in self._folder.glob(f"{name}-*"):
            _remove(old)
        unfinished.rename(place)
        print(f"image: {name:<8} done in {time.monotonic() - began_s:.0f} s", flush=True)
        return place


def run(command: Sequence[str | Path], log: Path, *, what: str, **more: object) -> None:
    """Run a command, its output into ``log``; raises :class:`BuildError` with its last lines."""
    words = [str(word) for word in command]
    with log.open("ab") as file:
        file.write(("$ " + " ".join(words) + "\n").encode())
        file.flush()
        try:
            done = subprocess.run(
                words,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                check=False,
                **more,  # type: ignore[call-overload]
            )
        except FileNotFoundError:
            raise BuildError(f"{what}: {words[0]} is not installed; see image/README.md") from None
    if done.returncode != 0:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
        print("\n".join(f"  | {line}" for line in lines), file=sys.stderr)
        raise BuildError(f"{what} failed with {done.returncode} (all of it: {log})")


def _hash(inputs: Iterable[str | bytes | Path]) -> str:
    whole = hashlib.sha256()
    for item in inputs:
        for part in _parts(item):
            whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()


def _parts(item: str | bytes | Path) -> Iterable[bytes]:
    if isinstance(item, bytes):
        yield item
    elif isinstance(item, str):
        yield item.encode()
    elif item.is_file():
        yield item.name.encode()
        yield item.read_bytes()
    else:
        for file in sorted(path for path in item.rglob("*") if path.is_file()):
            if "__pycache__" not in file.parts:
                yield file.relative_to(item).as_posix().encode()
                yield bytes([file.stat().st_mode & 0o111 != 0])
                yield file.read_bytes()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
