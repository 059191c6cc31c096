"""The program for the image: wheels by their hashes, the project itself, and lgpio, as a tree.

The tree is a virtual environment at ``/usr/lib/sternway`` whose Python is the root's own; no
program of the other architecture has to run for it.
"""

from __future__ import annotations

import csv
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from image.maker.recipe import BuildError, Recipe
from image.maker.steps import run

PREFIX: Final = Path("usr/lib/sternway")
_NAME: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==")
_OURS: Final = "sternway (pyproject.toml)"
LGPIO: Final = ("0.2.2.0", "11372e653b200f76a0b3ef8a23a0735c85ec678a9f8550b9893151ed0f863fff")
"""It has no wheel for this Python and architecture; its source builds with a cross-compiler."""
MACHINES: Final = {"arm64": "aarch64", "amd64": "x86_64"}
"""Debian's word for an architecture, and everybody else's, which the wheels and compilers have."""


def needed(lock: str) -> str:
    """Return the part of a lock that the kiosk needs when it runs, without what is for developers.

    uv writes under each package through which others it came; they are followed from ours on.
    """
    blocks = {name: (block, tuple(via)) for name, block, via in _blocks(lock)}
    wanted = {name for name, (_, via) in blocks.items() if _OURS in via}
    while more := {
        name
        for name, (_, via) in blocks.items()
        if name not in wanted and not wanted.isdisjoint(via)
    }:
        wanted |= more
    if not wanted:
        raise BuildError("requirements.lock names nothing that the kiosk needs: run `make lock`")
    return "".join(blocks[name][0] for name in sorted(wanted))


def _blocks(lock: str) -> Iterator[tuple[str, str, list[str]]]:
    name, block = "", ""
    via: list[str] = []
    for line in [*lock.splitlines(keepends=True), "end==0\n"]:
        found = _NAME.match(line)
        if found is not None:
            if name:
                yield name, block, via
            name, block, via = found[1], "", []
        if not name:
            continue
        block += line
        comment = line.strip().removeprefix("#").strip()
        if line.strip().startswith("#") and comment != "via":
            via.append(comment.removeprefix("via ").strip())


def build_app(recipe: Recipe, project: Path, python_dev: Path, place: Path, log: Path) -> None:
    """Fill ``place`` with the tree; ``python_dev`` holds the headers of the root's Python."""
    site = place / PREFIX / f"lib/python{recipe.python}/site-packages"
    site.mkdir(parents=True)
    lock = place / "needed.lock"
    lock.write_text(needed((project / "requirements.lock").read_text(encoding="utf-8")))
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input")
    run(
        [
            *(*pip, "install", "--target", site, "--require-hashes", "--no-deps", "--no-compile"),
            *("--only-binary=:all:", "--implementation", "cp", "--python-version", recipe.python),
            *(word for tag in _platforms(recipe) for word in ("--platform", tag)),
            *("-r", lock),
        ],
        log,
        what="the packages of requirements.lock",
    )
    wheels = place / "wheels"
    source = _source(project, place / "source")
    run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", wheels, source],
        log,
        what="the project itself",
    )
    (wheel,) = wheels.glob("sternway-*.whl")
    run(
        [*pip, "install", "--target", site, "--no-deps", "--no-compile", "--no-index", wheel],
        log,
        what="the project itself",
    )
    _lgpio(recipe, python_dev, site, place / "lgpio", log)
    _environment(recipe, place / PREFIX)
    shutil.rmtree(wheels)
    shutil.rmtree(source)
    shutil.rmtree(site / "bin", ignore_errors=True)
    lock.unlink()
    settle(site)


def settle(site: Path) -> None:
    """Take away what only says where and by which computer it was installed.

    pip writes down the folder of our own wheel, and the hashes of scripts that begin with the path
    of its Python: two computers, or two folders, would make two images.
    """
    for written in site.glob("*.dist-info/direct_url.json"):
        written.unlink()
    for record in site.glob("*.dist-info/RECORD"):
        lines = record.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if (site / next(csv.reader([line]))[0]).is_file()]
        record.write_text("".join(sorted(kept)), encoding="utf-8")


def _source(project: Path, copy: Path) -> Path:
    """Copy the project: setuptools leaves a folder beside it, and takes what it had made there."""
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(project / name, copy)
    for name in ("kiosk", "hardware", "profiles"):
        shutil.copytree(project / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def _platforms(recipe: Recipe) -> tuple[str, ...]:
    machine = MACHINES[recipe.architecture]
    newest_first = (f"manylinux_2_{minor}_{machine}" for minor in range(41, 16, -1))
    return (*newest_first, f"manylinux2014_{machine}")


def _environment(recipe: Recipe, prefix: Path) -> None:
    """Make a virtual environment of it, with the program."""
    (prefix / "pyvenv.cfg").write_text(
        f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {recipe.python}\n"
    )
    programs = prefix / "bin"
    programs.mkdir()
    (programs / "python").symlink_to(f"/usr/bin/python{recipe.python}")
    program = programs / "sternway"
    program.write_text(
        f"#!/{PREFIX}/bin/python -I\nimport sys\n\nfrom kiosk.__main__ import main\n\n"
        "sys.exit(main())\n"
    )
    program.chmod(0o755)


def _lgpio(recipe: Recipe, python_dev: Path, site: Path, work: Path, log: Path) -> None:
    version, sha256 = LGPIO
    work.mkdir()
    lock = work / "lgpio.lock"
    lock.write_text(f"lgpio=={version} --hash=sha256:{sha256}\n")
    run(
        [
            *(sys.executable, "-m", "pip", "--disable-pip-version-check", "download"),
            *("--no-deps", "--no-binary=:all:", "--no-build-isolation", "--require-hashes"),
            *("-d", work, "-r", lock),
        ],
        log,
        what="lgpio's source",
    )
    run(["tar", "-xzf", work / f"lgpio-{version}.tar.gz", "-C", work], log, what="lgpio's source")
    source = work / f"lgpio-{version}"
    run(["swig", "-python", "-o", "lgpio_wrap.c", "lgpio.i"], log, what="lgpio", cwd=source)
    parts = sorted(path for path in (source / "src").glob("lg*.c"))
    headers = python_dev / "usr/include"
    run(
        [
            *(f"{MACHINES[recipe.architecture]}-linux-gnu-gcc", "-shared"),
            *("-fPIC", "-O2", "-pthread", "-Wno-discarded-qualifiers"),
            # Else the library would name the folders that it was built in.
            *(f"-ffile-prefix-map={source}=lgpio", f"-ffile-prefix-map={headers}=python"),
            *("-I", source / "src", "-I", headers / f"python{recipe.python}", "-I", headers),
            *(*parts, source / "src/rgpiod.c", source / "lgpio_wrap.c"),
            *("-o", site / "_lgpio.so", "-lrt", "-ldl", "-Wl,--build-id=none", "-s"),
        ],
        log,
        what="lgpio",
    )
    shutil.copy(source / "lgpio.py", site / "lgpio.py")
    shutil.rmtree(work)
