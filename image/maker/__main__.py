"""``python -m image.maker TARGET``: makes ``build/image/TARGET/sternway.img``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from image.maker.app import build_app
from image.maker.disk import build_disk
from image.maker.recipe import BuildError, load
from image.maker.root import build_base, build_root, check_lock, packages_of
from image.maker.steps import Steps, run

PROJECT: Final = Path(__file__).resolve().parents[2]
IMAGE: Final = PROJECT / "image"
CODE: Final = IMAGE / "maker"


def main() -> int:
    """Build; 0 done, 2 where it cannot be, with one line that says why."""
    parser = argparse.ArgumentParser(prog="make image", description=__doc__)
    parser.add_argument("target", choices=["virt", "pi"])
    parser.add_argument("--update-lock", action="store_true", help="take Debian's newer packages")
    parser.add_argument("--cmdline", default="", help="more for the kernel's command line")
    options = parser.parse_args()
    try:
        image = build(options.target, update=options.update_lock, extra=options.cmdline)
    except BuildError as error:
        print(f"image: {error}", file=sys.stderr)
        return 2
    print(f"image: {image.relative_to(PROJECT)}, {image.stat().st_size >> 20} MiB")
    return 0


def build(target: str, *, update: bool, extra: str) -> Path:
    """Return the disk's image, made now or as before."""
    recipe = load(IMAGE / "recipe.toml", target)
    folder = PROJECT / "build/image" / target
    steps = Steps(folder)
    log = folder / "log"
    log.write_bytes(b"")
    said = str(recipe)
    base = steps.step(
        "base", [said, CODE / "root.py"], lambda place: build_base(recipe, place, log)
    )
    status = subprocess.run(
        ["tar", "-xOf", base / "base.tar", "./var/lib/dpkg/status"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    check_lock(packages_of(status), IMAGE / "locks" / f"{target}.txt", update=update)
    headers = steps.step("headers", [said], lambda place: _headers(recipe.python, place, log))
    app = steps.step(
        "app",
        [
            said,
            *(CODE / name for name in ("app.py",)),
            *(PROJECT / name for name in ("pyproject.toml", "requirements.lock")),
            *(PROJECT / name for name in ("kiosk", "hardware", "profiles")),
        ],
        lambda place: build_app(recipe, PROJECT, headers, place, log),
    )
    epoch = _epoch()
    root = steps.step(
        "root",
        [
            *(base.name, app.name, str(epoch)),
            *(IMAGE / name for name in ("files", "services", "sticks")),
            CODE / "root.py",
        ],
        lambda place: build_root(recipe, base, app, IMAGE, epoch, place, log),
    )
    disk = steps.step(
        "disk",
        [root.name, extra, CODE / "disk.py"],
        lambda place: build_disk(recipe, root, base, str(epoch), place, log, extra),
    )
    latest = folder / "sternway.img"
    latest.unlink(missing_ok=True)
    latest.hardlink_to(disk / "sternway.img")
    return latest


def _headers(python: str, place: Path, log: Path) -> None:
    """Fetch the headers of the root's Python: apt checks their signature."""
    lists = place / "apt"
    for name in ("lists/partial", "cache/archives/partial"):
        (lists / name).mkdir(parents=True)
    (lists / "status").touch()
    keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
    (lists / "sources.list").write_text(
        f"deb [arch=arm64 signed-by={keys}] http://deb.debian.org/debian trixie main\n"
    )
    options = [
        *(
            "-o",
            f"Dir::Etc::SourceList={lists}/sources.list",
            "-o",
            "Dir::Etc::SourceParts=/dev/null",
        ),
        *("-o", f"Dir::State={lists}", "-o", f"Dir::State::status={lists}/status"),
        *("-o", f"Dir::Cache={lists}/cache", "-o", "APT::Architecture=arm64"),
        *("-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root"),
    ]
    run(["apt-get", "-q", *options, "update"], log, what="Debian's list of packages")
    package = f"libpython{python}-dev:arm64"
    run(["apt-get", "-q", *options, "download", package], log, what=package, cwd=place)
    for deb in place.glob("*.deb"):
        run(["dpkg-deb", "-x", deb, place], log, what=deb.name)
        deb.unlink()


def _epoch() -> int:
    """Return the time that everything in the image has: the last commit's."""
    if (given := os.environ.get("SOURCE_DATE_EPOCH")) is not None:
        return int(given)
    found = subprocess.run(
        ["git", "-C", PROJECT, "log", "-1", "--format=%ct"],
        capture_output=True,
        text=True,
        check=False,
    )
    return int(found.stdout) if found.returncode == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
