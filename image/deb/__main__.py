"""``python -m image.deb``: makes ``build/sternway_VERSION_arm64.deb``."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from image.deb import elf
from image.deb.headers import fetch_headers
from image.deb.names import CONFFILE, PACKAGE, RECOMMENDS, depends
from image.deb.pack import pack, size_kib
from image.deb.papers import control
from image.deb.tree import SOURCES, build_program, lay
from image.maker.__main__ import _epoch as epoch_of_sources
from image.maker.app import MACHINES
from image.maker.recipe import BuildError, Recipe, load
from image.maker.steps import Steps

PROJECT: Final = Path(__file__).resolve().parents[2]
IMAGE: Final = PROJECT / "image"
CODE: Final = IMAGE / "deb"
VERSION: Final = re.compile(r"\d[A-Za-z0-9.+~]*")
"""Debian's, without a revision: the project is its own packager."""
PROGRAMS: Final = {
    "dpkg-deb": "dpkg",
    "readelf": "binutils",
    "swig": "swig",
    "apt-get": "apt",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Build; 0 done, 2 where it cannot be, with one line that says why."""
    parser = argparse.ArgumentParser(prog="make deb", description=__doc__)
    parser.add_argument("--architecture", choices=sorted(MACHINES), default="arm64")
    parser.add_argument("--version", default=_version(), help="what it is [the project's version]")
    parser.add_argument("--to", type=Path, default=PROJECT / "build", help="where it goes [build]")
    options = parser.parse_args(arguments)
    try:
        package = build(options.architecture, options.version, options.to)
    except (BuildError, OSError) as error:
        print(f"deb: {error}", file=sys.stderr)
        return 2
    print(f"deb: {package}, {package.stat().st_size >> 20} MiB")
    return 0


def build(architecture: str, version: str, folder: Path) -> Path:
    """Return the package, made now. The program's tree is kept for the next time."""
    if not VERSION.fullmatch(version):
        raise BuildError(
            f"{version} is no version of Debian's: digits first, then . + ~ or letters"
        )
    _check_programs(architecture)
    recipe = msgspec.structs.replace(load(IMAGE / "recipe.toml", "pi"), architecture=architecture)
    work = PROJECT / "build/deb" / architecture
    steps, log = Steps(work), work / "log"
    log.write_bytes(b"")
    epoch = epoch_of_sources()
    program = _program(recipe, steps, log)
    libc = elf.check(elf.libraries(program), architecture, (*_packages(recipe, "0"), *RECOMMENDS))
    tree = work / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    lay(program, PROJECT, version, epoch, tree)
    folder.mkdir(parents=True, exist_ok=True)
    package = folder.resolve() / f"{PACKAGE}_{version}_{architecture}.deb"
    fields = control(architecture, version, _packages(recipe, libc, bare=False), size_kib(tree))
    pack(tree, fields, f"{CONFFILE}\n", CODE / "parts", package, epoch, log)
    shutil.rmtree(tree)
    return package


def _program(recipe: Recipe, steps: Steps, log: Path) -> Path:
    parts = (recipe.python, recipe.architecture)
    headers = steps.step(
        "headers",
        [*parts, recipe.suite, CODE / "headers.py"],
        lambda place: fetch_headers(recipe, place, log),
    )
    return steps.step(
        "program",
        [
            *(*parts, IMAGE / "maker/app.py", CODE / "tree.py"),
            *(PROJECT / name for name in ("pyproject.toml", "requirements.lock", *SOURCES)),
        ],
        lambda place: build_program(recipe, PROJECT, headers, place, log),
    )


def _packages(recipe: Recipe, libc: str, *, bare: bool = True) -> tuple[str, ...]:
    """Return the dependencies; ``bare``: their names alone."""
    tables = tomllib.loads((IMAGE / "recipe.toml").read_text(encoding="utf-8"))
    found = depends(recipe, tuple(tables["common"]["packages"]), libc)
    return tuple(name.partition(" ")[0] for name in found) if bare else found


def _check_programs(architecture: str) -> None:
    compiler = f"{MACHINES[architecture]}-linux-gnu-gcc"
    debian = {
        **PROGRAMS,
        compiler: f"gcc-{MACHINES[architecture].replace('_', '-')}-linux-gnu "
        f"libc6-dev-{architecture}-cross",
    }
    missing = [name for name in debian if shutil.which(name) is None]
    if missing:
        raise BuildError(
            f"not installed: {', '.join(missing)}. On Debian 12 or newer: "
            f"sudo apt install {' '.join(debian[name] for name in missing)}"
        )


def _version() -> str:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


if __name__ == "__main__":
    sys.exit(main())
