"""``python -m image.maker TARGET``: makes ``build/image/TARGET/sternway.img``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from image.maker import needs
from image.maker.app import build_app
from image.maker.base import build_base
from image.maker.base import inputs as base_inputs
from image.maker.bytecode import build_bytecode
from image.maker.disk import build_disk
from image.maker.kernel import build_kernel
from image.maker.kernel import inputs as kernel_inputs
from image.maker.packages import check_lock, packages_of
from image.maker.recipe import BuildError, load
from image.maker.root import Made, build_root
from image.maker.steps import Steps, run

PROJECT: Final = Path(__file__).resolve().parents[2]
IMAGE: Final = PROJECT / "image"
CODE: Final = IMAGE / "maker"
BOOTS: Final = frozenset({"virt"})
"""The targets that the step `disk` knows how to start."""


def main() -> int:
    """Build; 0 done, 2 where it cannot be, with one line that says why."""
    parser = argparse.ArgumentParser(prog="make image", description=__doc__)
    parser.add_argument("target", choices=["virt", "pi"])
    parser.add_argument("--update-lock", action="store_true", help="take Debian's newer packages")
    parser.add_argument("--cmdline", default="", help="more for the kernel's command line")
    parser.add_argument("--to", type=Path, help="where it is built [build/image/TARGET]")
    options = parser.parse_args()
    folder = options.to or PROJECT / "build/image" / options.target
    try:
        image = build(
            options.target, folder.resolve(), update=options.update_lock, extra=options.cmdline
        )
    except BuildError as error:
        print(f"image: {error}", file=sys.stderr)
        return 2
    print(f"image: {os.path.relpath(image)}, {image.stat().st_size >> 20} MiB")
    return 0


def build(target: str, folder: Path, *, update: bool, extra: str) -> Path:
    """Return the disk's image, made in ``folder``, now or as before."""
    recipe = load(IMAGE / "recipe.toml", target)
    needs.check(recipe)
    if target not in BOOTS:
        raise BuildError(
            "a Raspberry Pi's boot partition (its firmware, config.txt, two kernels) is not made "
            "yet: only TARGET=virt makes an image"
        )
    steps = Steps(folder)
    log = folder / "log"
    log.write_bytes(b"")
    epoch = _epoch()
    code = {path.stem: path for path in CODE.glob("*.py")}
    base = steps.step(
        "base",
        [base_inputs(recipe), code["base"]],
        lambda place: build_base(recipe, place, log),
    )
    status = (base / "status").read_text(encoding="utf-8")
    check_lock(packages_of(status), IMAGE / "locks" / f"{target}.txt", update=update)
    kernel = steps.step(
        "kernel",
        [base.name, kernel_inputs(recipe), code["kernel"]],
        lambda place: build_kernel(recipe, base, place, log),
    )
    headers = steps.step(
        "headers", [recipe.python], lambda place: _headers(recipe.python, place, log)
    )
    app = steps.step(
        "app",
        [
            *(recipe.python, recipe.architecture, code["app"]),
            *(PROJECT / name for name in ("pyproject.toml", "requirements.lock")),
            *(PROJECT / name for name in ("kiosk", "hardware", "profiles")),
        ],
        lambda place: build_app(recipe, PROJECT, headers, place, log),
    )
    bytecode = steps.step(
        "bytecode",
        [base.name, app.name, code["bytecode"]],
        lambda place: build_bytecode(recipe, base, app, place, log),
    )
    made = Made(base, app, bytecode, kernel)
    root = steps.step(
        "root",
        [
            *(folder.name for folder in made),
            *(str(epoch), str(recipe.slot_mib), code["root"]),
            *(IMAGE / name for name in ("files", "services", "sticks", "update")),
        ],
        lambda place: build_root(recipe, made, IMAGE, epoch, place, log),
    )
    settings = IMAGE / "settings" / f"{target}.toml"
    disk = steps.step(
        "disk",
        [root.name, extra, str(recipe.boot_mib), code["disk"], settings],
        lambda place: build_disk(
            recipe, root, base, settings, str(epoch), epoch, place, log, extra
        ),
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
    mirrors = ("debian trixie main", "debian-security trixie-security main")
    (lists / "sources.list").write_text(
        "".join(
            f"deb [arch=arm64 signed-by={keys}] http://deb.debian.org/{mirror}\n"
            for mirror in mirrors
        )
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
    """Return the time that everything in the image has: the last commit's of what goes into it."""
    if (given := os.environ.get("SOURCE_DATE_EPOCH")) is not None:
        return int(given)
    parts = ("kiosk", "hardware", "profiles", "image", "pyproject.toml", "requirements.lock")
    found = subprocess.run(
        ["git", "-C", PROJECT, "log", "-1", "--format=%ct", "--", *parts],
        capture_output=True,
        text=True,
        check=False,
    )
    return int(found.stdout) if found.returncode == 0 and found.stdout.strip() else 0


if __name__ == "__main__":
    sys.exit(main())
