"""The headers of the Python that the package is for, by which lgpio is compiled."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from image.maker.recipe import Recipe
from image.maker.steps import run

KEYS: Final = "/usr/share/keyrings/debian-archive-keyring.gpg"


def fetch_headers(recipe: Recipe, place: Path, log: Path) -> None:
    """Fetch them from Debian, whose signature apt checks. This computer's own apt is left alone."""
    apt = place / "apt"
    for name in ("lists/partial", "cache/archives/partial"):
        (apt / name).mkdir(parents=True)
    (apt / "status").touch()
    (apt / "sources.list").write_text(
        f"deb [arch={recipe.architecture} signed-by={KEYS}] "
        f"http://deb.debian.org/debian {recipe.suite} main\n"
    )
    settings = {
        "Dir::Etc::SourceList": apt / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State": apt,
        "Dir::State::status": apt / "status",
        "Dir::Cache": apt / "cache",
        "APT::Architecture": recipe.architecture,
        "APT::Architectures": recipe.architecture,
        "Debug::NoLocking": "1",
    }
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    run(["apt-get", "-q", *options, "update"], log, what="Debian's list of packages")
    package = f"libpython{recipe.python}-dev"
    run(["apt-get", "-q", *options, "download", package], log, what=package, cwd=place)
    for deb in place.glob("*.deb"):
        run(["dpkg-deb", "-x", deb, place], log, what=deb.name)
        deb.unlink()
    shutil.rmtree(apt)
