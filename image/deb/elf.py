"""What the program's libraries are made for and ask for, read from the files themselves."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from image.deb.names import LIBRARIES
from image.maker.recipe import BuildError

MAGIC: Final = b"\x7fELF"
MACHINES: Final = {"arm64": "AArch64", "amd64": "Advanced Micro Devices X86-64"}
"""As readelf names them."""
_FIELD: Final = re.compile(r"^\s*(?P<name>Machine|Class):\s*(?P<value>.*)$", re.MULTILINE)
_NEEDED: Final = re.compile(r"\(NEEDED\).*\[(?P<name>[^]]+)\]")
_NAME: Final = re.compile(r"\(SONAME\).*\[(?P<name>[^]]+)\]")
_GLIBC: Final = re.compile(r"\bGLIBC_(?P<version>\d+(?:\.\d+)+)\b")


class Library(NamedTuple):
    """One ELF file: what it is for, what it needs, the newest glibc that it asks for."""

    path: str
    machine: str
    name: str
    needed: tuple[str, ...]
    glibc: tuple[int, ...]


def libraries(tree: Path) -> tuple[Library, ...]:
    """Return all ELF files below a folder, in the order of their paths."""
    return tuple(_read(path, tree) for path in _elf_files(tree))


def check(found: Iterable[Library], architecture: str, packages: Iterable[str]) -> str:
    """Return the glibc that all of them need; raises :class:`BuildError` where one cannot work.

    That is one for another machine, or one that needs a library which neither the tree nor any of
    ``packages`` brings.
    """
    found, packages = tuple(found), set(packages)
    own = {library.name for library in found} | {Path(library.path).name for library in found}
    newest: tuple[int, ...] = ()
    for library in found:
        if library.machine != MACHINES[architecture]:
            raise BuildError(f"{library.path} is for {library.machine}, and not for {architecture}")
        for name in library.needed:
            if name in own:
                continue
            provider = LIBRARIES.get(name, "")
            if provider not in packages:
                raise BuildError(
                    f"{library.path} needs {name}, which {provider or 'no package known here'} "
                    "brings, and the package does not ask for it: see image/deb/names.py"
                )
        newest = max(newest, library.glibc)
    return ".".join(str(part) for part in newest)


def _elf_files(tree: Path) -> Iterator[Path]:
    for path in sorted(tree.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        with path.open("rb") as file:
            if file.read(len(MAGIC)) == MAGIC:
                yield path


def _read(path: Path, tree: Path) -> Library:
    done = subprocess.run(
        ["readelf", "--wide", "--file-header", "--dynamic", "--version-info", path],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
    )
    if done.returncode != 0:
        raise BuildError(f"{path}: readelf cannot read it: {done.stderr.strip()}")
    fields: Mapping[str, str] = {
        match["name"]: match["value"] for match in _FIELD.finditer(done.stdout)
    }
    name = _NAME.search(done.stdout)
    versions = (
        tuple(int(part) for part in match["version"].split("."))
        for match in _GLIBC.finditer(done.stdout)
    )
    return Library(
        path=path.relative_to(tree).as_posix(),
        machine=fields["Machine"].strip(),
        name=name["name"] if name is not None else path.name,
        needed=tuple(match["name"] for match in _NEEDED.finditer(done.stdout)),
        glibc=max(versions, default=()),
    )
