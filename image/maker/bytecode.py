"""Python's byte code of the program and of Python's own library: the root is read-only.

Made by this computer's Python where it has one that writes the same byte code as the root's (half a
minute), else by the root's own (a quarter of an hour under qemu-user). One process does it all: how
a file is written depends on what the same process has read before, and the image must come out the
same each time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from image.maker.kernel import INSIDE
from image.maker.recipe import Recipe
from image.maker.steps import run

SAY_MAGIC = "import importlib.util; print(importlib.util.MAGIC_NUMBER.hex())"


def build_bytecode(recipe: Recipe, base: Path, app: Path, place: Path, log: Path) -> None:
    """Make the folder ``usr``: every ``__pycache__`` of the program and of Python's library."""
    tree = place / "tree"
    tree.mkdir()
    run(["tar", "-xpf", base / "base.tar", "-C", tree, "--numeric-owner"], log, what="the base")
    run(["cp", "-a", "--no-preserve=ownership", f"{app}/.", tree], log, what="the program")
    folders = ("usr/lib/sternway/lib", f"usr/lib/python{recipe.python}")
    magic = _magic_of(tree / folders[1])
    for folder in folders:
        for old in sorted((tree / folder).rglob("__pycache__")):
            shutil.rmtree(old)
    options = ("-q", "-j", "1", "--invalidation-mode", "unchecked-hash")
    here = f"python{recipe.python}"
    if magic is not None and magic == _magic_here(here):
        words: list[str | Path] = [here, "-m", "compileall", *options, "-s", tree, "-p", "/"]
        words += [tree / folder for folder in folders]
        run(words, log, what="byte code", cwd=place, env={**os.environ, "PYTHONHASHSEED": "0"})
    else:
        words = ["chroot", tree, "/usr/bin/python3", "-m", "compileall", *options]
        words += [f"/{folder}" for folder in folders]
        run(words, log, what="byte code", env={**INSIDE, "PYTHONHASHSEED": "0"})
    for folder in folders:
        for made in sorted((tree / folder).rglob("__pycache__")):
            target = place / made.relative_to(tree)
            target.parent.mkdir(parents=True, exist_ok=True)
            made.rename(target)
    shutil.rmtree(tree)


def _magic_of(library: Path) -> str | None:
    """Return the mark of the byte code that Debian's own scripts made in the root."""
    made = sorted((library / "__pycache__").glob("os.cpython-*.pyc"))
    return made[0].read_bytes()[:4].hex() if made else None


def _magic_here(python: str) -> str | None:
    """Return the mark of this computer's Python of that version; None without one."""
    try:
        done = subprocess.run(
            [python, "-I", "-c", SAY_MAGIC], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
