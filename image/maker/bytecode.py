"""Python's byte code of the program and of Python's own library: the root is read-only.

Made by the root's own Python, since another one's is of no use to it. One process does it all: how
a file is written depends on what the same process has read before, and the image must come out
the same each time.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from image.maker.kernel import INSIDE
from image.maker.recipe import Recipe
from image.maker.steps import run


def build_bytecode(recipe: Recipe, base: Path, app: Path, place: Path, log: Path) -> None:
    """Make the folder ``usr``: every ``__pycache__`` of the program and of Python's library."""
    tree = place / "tree"
    tree.mkdir()
    run(["tar", "-xpf", base / "base.tar", "-C", tree, "--numeric-owner"], log, what="the base")
    run(["cp", "-a", "--no-preserve=ownership", f"{app}/.", tree], log, what="the program")
    folders = ("usr/lib/sternway/lib", f"usr/lib/python{recipe.python}")
    for folder in folders:
        for old in sorted((tree / folder).rglob("__pycache__")):
            shutil.rmtree(old)
    run(
        [
            *("chroot", tree, "/usr/bin/python3", "-m", "compileall", "-q", "-j", "1"),
            *("--invalidation-mode", "unchecked-hash"),
            *(f"/{folder}" for folder in folders),
        ],
        log,
        what="byte code",
        env={**INSIDE, "PYTHONHASHSEED": "0"},
    )
    for folder in folders:
        for made in sorted((tree / folder).rglob("__pycache__")):
            target = place / made.relative_to(tree)
            target.parent.mkdir(parents=True, exist_ok=True)
            made.rename(target)
    shutil.rmtree(tree)
