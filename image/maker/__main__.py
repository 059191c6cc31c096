"""``python -m image.maker TARGET``: makes ``build/image/TARGET/sternway.img``."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from image.maker import needs
from image.maker.app import build_app
from image.maker.archive import KEYS, fetch_headers, join_keys, offered, reach
from image.maker.base import build_base
from image.maker.base import inputs as base_inputs
from image.maker.bytecode import build_bytecode
from image.maker.disk import build_disk
from image.maker.kernel import build_kernel
from image.maker.kernel import inputs as kernel_inputs
from image.maker.keys import trusted, warning
from image.maker.packages import (
    Ask,
    check_lock,
    not_the_same,
    packages_of,
    read,
    text,
    to_be_made,
)
from image.maker.recipe import BuildError, Recipe, load
from image.maker.root import Made, build_root
from image.maker.steps import Steps

PROJECT: Final = Path(__file__).resolve().parents[2]
IMAGE: Final = PROJECT / "image"
CODE: Final = IMAGE / "maker"
LOCK: Final = "lock"
"""In a base: the lock that there was when it was made."""


def main() -> int:
    """Build; 0 done, 2 where it cannot be, with one line that says why."""
    parser = argparse.ArgumentParser(prog="make image", description=__doc__)
    parser.add_argument("target", choices=["virt", "pi"])
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--update-lock", action="store_true", help="lock the mirrors' packages")
    which.add_argument("--locked", action="store_true", help="stop if they are not the lock's")
    parser.add_argument("--cmdline", default="", help="more for the kernel's command line")
    parser.add_argument(
        "--recipe", type=Path, help="a recipe of your own, laid over image/recipe.toml"
    )
    parser.add_argument("--to", type=Path, help="where it is built [build/image/TARGET]")
    options = parser.parse_args()
    own: Path | None = options.recipe
    folder = options.to or PROJECT / "build/image" / name_of(options.target, own)
    try:
        image = build(
            load(IMAGE / "recipe.toml", options.target, own),
            folder.resolve(),
            lock_of(options.target, own),
            Ask(update=options.update_lock, locked=options.locked),
            extra=options.cmdline,
        )
    except BuildError as error:
        print(f"image: {error}", file=sys.stderr)
        return 2
    print(f"image: {os.path.relpath(image)}, {image.stat().st_size >> 20} MiB")
    return 0


def name_of(target: str, own: Path | None) -> str:
    """Return what a build is called: images of two recipes do not replace each other."""
    return target if own is None else f"{target}-{own.stem}"


def lock_of(target: str, own: Path | None) -> Path:
    """Return where the packages of a build are kept: beside the recipe that chooses them.

    Debian's packages are no word about Raspberry Pi's.
    """
    if own is None:
        return IMAGE / "locks" / f"{target}.txt"
    return own.resolve().with_name(f"{own.stem}.{target}.txt")


def build(recipe: Recipe, folder: Path, lock: Path, ask: Ask, *, extra: str) -> Path:
    """Return the disk's image, made in ``folder``, now or as before."""
    needs.check(recipe)
    steps = Steps(folder)
    log = folder / "log"
    log.write_bytes(b"")
    epoch = _epoch()
    code = {path.stem: path for path in CODE.glob("*.py")}
    keys = steps.step("keys", map(Path, recipe.keyrings), lambda place: join_keys(recipe, place))
    parts: list[str | bytes | Path] = [base_inputs(recipe), code["base"], *recipe.more_keyrings]
    had = steps.place("base", parts)
    anew = to_be_made(
        _packages(had),
        read(had / LOCK),
        lock,
        ask,
        lambda names: offered(recipe, keys / KEYS, names, folder / "offered", log),
    )
    base = steps.step(
        "base", parts, lambda place: _base(recipe, keys / KEYS, lock, place, log), anew=anew
    )
    found = _packages(base) or {}
    other = check_lock(found, lock, ask)
    if other:
        told = "\n".join((f"image: {not_the_same(other, lock)}:", *(f"    {one}" for one in other)))
        print(told, file=sys.stderr, flush=True)
        log.write_text(f"{log.read_text(encoding='utf-8')}{told}\n", encoding="utf-8")
    # A base's name says what was asked for, and what came of it depends on the day.
    installed = text(found)
    kernel = steps.step(
        "kernel",
        [base.name, installed, kernel_inputs(recipe), code["kernel"], code["pi_boot"]],
        lambda place: build_kernel(recipe, base, place, log),
    )
    headers = steps.step(
        "headers",
        [recipe.python, found.get(f"python{recipe.python}", "")],
        lambda place: fetch_headers(recipe, keys / KEYS, place, log),
    )
    app = steps.step(
        "app",
        [
            *(headers.name, recipe.python, recipe.architecture, code["app"]),
            *(PROJECT / name for name in ("pyproject.toml", "requirements.lock")),
            *(PROJECT / name for name in ("kiosk", "hardware", "profiles")),
        ],
        lambda place: build_app(recipe, PROJECT, headers, place, log),
    )
    bytecode = steps.step(
        "bytecode",
        [base.name, installed, app.name, code["bytecode"]],
        lambda place: build_bytecode(recipe, base, app, place, log),
    )
    made = Made(base, app, bytecode, kernel)
    keys = trusted(IMAGE / "update/keys", folder)
    root = steps.step(
        "root",
        [
            *(folder.name for folder in made),
            *(installed, "\n".join(other)),
            *(str(epoch), str(recipe.slot_mib), code["root"]),
            *(IMAGE / name for name in ("files", "services", "sticks", "update", "ssh")),
            *sorted(keys.glob("*.pub")),
        ],
        lambda place: build_root(recipe, made, IMAGE, keys, other, epoch, place, log),
    )
    settings = IMAGE / "settings" / f"{recipe.target}.toml"
    disk = steps.step(
        "disk",
        [
            *(root.name, extra, str((recipe.boot_mib, recipe.data_mib, recipe.loaded)), settings),
            *(code[name] for name in ("disk", "gpt", "proof", "pi_boot", "pi_config")),
        ],
        lambda place: build_disk(
            recipe, root, base, settings, str(epoch), epoch, place, log, extra
        ),
    )
    if other:
        print(f"image: {not_the_same(other, lock)}; {log} names them", file=sys.stderr, flush=True)
    if warned := warning(keys, IMAGE / "update/keys", recipe.target):
        print(f"image: {warned}", file=sys.stderr, flush=True)
    latest = folder / "sternway.img"
    latest.unlink(missing_ok=True)
    latest.hardlink_to(disk / "sternway.img")
    return latest


def _packages(base: Path) -> dict[str, str] | None:
    """Return what a base holds, None where there is none."""
    status = base / "status"
    return packages_of(status.read_text(encoding="utf-8")) if status.is_file() else None


def _base(recipe: Recipe, keys: Path, lock: Path, place: Path, log: Path) -> None:
    """Make the base: its mirrors are asked first, as what comes then takes half an hour."""
    if lock.is_file():
        shutil.copyfile(lock, place / LOCK)
    reach(recipe, keys, place, log)
    joined = recipe if not recipe.more_keyrings else replace(recipe, keyring=str(keys))
    build_base(joined, place, log)


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
