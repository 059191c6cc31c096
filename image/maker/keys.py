"""Whose updates an image takes: the keys of ``image/update/keys``, or one of this build's own."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from image.maker.recipe import BuildError

SECRET: Final = "build.key"  # noqa: S105 - a file's name
PUBLIC: Final = "build.pub"


def trusted(given: Path, build: Path) -> Path:
    """Return the folder of the public keys that go into the image; raises :class:`BuildError`.

    Where nobody laid a key into ``given``, a pair is made in ``build`` at the first build and kept:
    enough for a trial, and for whoever builds alone. Its secret half has no password, so what goes
    to a clinic takes a key that is kept elsewhere.
    """
    if any(given.glob("*.pub")):
        return given
    folder = build / "keys"
    if not (folder / PUBLIC).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        words: list[str | Path] = [
            "minisign",
            "-G",
            "-W",
            "-f",
            "-s",
            folder / SECRET,
            "-p",
            folder / PUBLIC,
        ]
        try:
            done = subprocess.run(words, stdout=subprocess.DEVNULL, check=False)
        except FileNotFoundError:
            raise BuildError("minisign is not installed; see image/README.md") from None
        if done.returncode != 0:
            raise BuildError(f"minisign could not make a key in {folder}")
        (folder / SECRET).chmod(0o600)
        print(f"image: updates   a key of this build's own was made: {folder / SECRET}", flush=True)
    return folder


def warning(keys: Path, given: Path, target: str) -> str | None:
    """Return what to say of an image for a board that takes updates of a key without a password."""
    if target != "pi" or keys == given:
        return None
    return (
        f"WARNING: this image takes updates that are signed with {keys / SECRET}, which has no "
        "password: whoever copies it can make one, and without it these kiosks can never be "
        "updated. For a clinic lay the .pub of a key with a password into image/update/keys, and "
        "build anew (see image/update/README.md)"
    )
