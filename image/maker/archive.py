"""The archives that packages come from: their keys, whether they answer, and Python's headers.

apt itself asks, with this build's own lists and keys: this computer's are left alone.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from image.maker.recipe import BuildError, Recipe
from image.maker.steps import run

KEYS: Final = "archive.gpg"
_ARMOUR: Final = re.compile(
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----.*?\r?\n\r?\n(.*?)(?:\r?\n=[^\r\n]*)?\r?\n-----END",
    re.DOTALL,
)
_MIRROR: Final = re.compile(r"(?:deb )?(?:\[([^\]]*)\] )?(.*)")
_CANDIDATE: Final = re.compile(
    r"^(\S+?)(?::\w+)?:\n  Installed: .*\n  Candidate: (?!\(none\))(.*)", re.MULTILINE
)
_WRONG: Final = re.compile(r"^([EW]): (.*)", re.MULTILINE)


def join_keys(recipe: Recipe, place: Path) -> None:
    """Make ``archive.gpg`` of all the recipe's keyrings: Debian's tools take one file.

    Danger: each of them is then good for each mirror. A package of any mirror runs as root in the
    image anyway, and apt takes the newest, whichever mirror has it.
    """
    with (place / KEYS).open("wb") as file:
        for keyring in recipe.keyrings:
            file.write(binary(Path(keyring).read_bytes()))


def binary(keys: bytes) -> bytes:
    """Return keys without their armour of ASCII, as they are where they have none."""
    return b"".join(map(base64.b64decode, _ARMOUR.findall(keys))) or keys


def reach(recipe: Recipe, keys: Path, place: Path, log: Path) -> None:
    """Ask each mirror for its signed list; raises :class:`BuildError` that names the first wrong.

    It takes seconds, and what comes after it half an hour.
    """
    for mirror in recipe.mirrors:
        options = _apt(recipe, place / "apt", [source(recipe, mirror, keys)])
        command = ["apt-get", "-q", *options, "-o", "APT::Update::Error-Mode=any", "update"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}")
        shutil.rmtree(place / "apt")
        if done.returncode != 0:
            told = [text for _, text in sorted(_WRONG.findall(done.stderr))]
            raise BuildError(unreached(mirror, told[0] if told else f"apt-get: {done.returncode}"))


def unreached(mirror: str, told: str) -> str:
    """Return the sentence about a mirror that does not answer, or not as it should."""
    return (
        f"the packages of {mirror} cannot be had ({told}): look at the network, or name another "
        "mirror of them, or its keys, in a recipe of your own: IMAGE_FLAGS='--recipe FILE' (see "
        "image/maker/README.md)"
    )


def source(recipe: Recipe, mirror: str, keys: Path | str) -> str:
    """Return a mirror as a line of apt's list; it may have options of its own in brackets."""
    options, where = _MIRROR.fullmatch(mirror).groups()  # type: ignore[union-attr]
    words = f"arch={recipe.architecture} signed-by={keys} {options or ''}".strip()
    return f"deb [{words}] {where}"


def offered(
    recipe: Recipe, keys: Path, names: Iterable[str], place: Path, log: Path
) -> dict[str, str]:
    """Return the versions of packages that a build would take now, of those that are had at all."""
    place.mkdir(parents=True, exist_ok=True)
    try:
        options = _apt(recipe, place / "apt", [source(recipe, one, keys) for one in recipe.mirrors])
        update = ["apt-get", "-q", *options, "-o", "APT::Update::Error-Mode=any", "update"]
        run(update, log, what="the list of packages")
        done = subprocess.run(
            ["apt-cache", *options, "policy", *names],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
    finally:
        shutil.rmtree(place)
    return dict(_CANDIDATE.findall(done.stdout))


def fetch_headers(recipe: Recipe, keys: Path, place: Path, log: Path) -> None:
    """Fetch the headers of the root's Python."""
    lines = [source(recipe, mirror, keys) for mirror in recipe.mirrors]
    options = _apt(recipe, place / "apt", lines)
    run(["apt-get", "-q", *options, "update"], log, what="the list of packages")
    package = f"libpython{recipe.python}-dev:{recipe.architecture}"
    run(["apt-get", "-q", *options, "download", package], log, what=package, cwd=place)
    for deb in place.glob("*.deb"):
        run(["dpkg-deb", "-x", deb, place], log, what=deb.name)
        deb.unlink()
    shutil.rmtree(place / "apt")


def _apt(recipe: Recipe, folder: Path, lines: list[str]) -> list[str]:
    """Return the options by which apt sees these mirrors and nothing of this computer."""
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text("".join(f"{line}\n" for line in lines))
    settings = {
        "Dir::Etc::SourceList": folder / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State": folder,
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "APT::Architecture": recipe.architecture,
        "APT::Architectures": recipe.architecture,
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "1",
        "Acquire::Languages": "none",
        "Acquire::http::Timeout": "20",
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
