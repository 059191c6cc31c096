"""``python -m image.maker.update TARGET --key FILE``: packs and signs an update of a built image.

What comes out is one file for a stick, ``sternway-VERSION.update``: see ``kiosk/upkeep/updater``.
The secret key is a minisign key of whoever makes the image, and stays where it is.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from image.maker.disk import CMDLINE
from image.maker.recipe import BuildError
from image.maker.root import IMAGE_FILE, SYSTEM
from kiosk.upkeep.updater.bundle import MANIFEST, SIGNATURE, Bundle
from kiosk.upkeep.updater.machine import Built
from kiosk.upkeep.updater.manifest import ROOT, Manifest, Part, decode
from kiosk.upkeep.updater.signature import keys_in
from kiosk.upkeep.updater.words import UpdateError

PROJECT: Final = Path(__file__).resolve().parents[2]
KEYS: Final = PROJECT / "image/update/keys"
TARGETS: Final = ("virt", "pi")
KERNEL: Final = ("linux", "initrd.img")
"""In the order of the boot entry. A Raspberry Pi has device trees and overlays beside them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Pack; 0 done, 2 where it cannot be, with one line that says why."""
    parser = argparse.ArgumentParser(prog="make update-file", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--key", type=Path, required=True, help="the secret key of minisign")
    parser.add_argument("--root", type=Path, help="the folder of that build [build/image/TARGET]")
    parser.add_argument("--to", type=Path, default=PROJECT / "build", help="where it goes [build]")
    parser.add_argument("--since", default="0.0.0", help="the oldest version that may take it")
    parser.add_argument("--downgrade", action="store_true", help="may replace a newer version")
    parser.add_argument("--cmdline", default="", help="more for the kernel's command line")
    options = parser.parse_args(arguments)
    try:
        root = _built(options.target, options.root)
        names = (*KERNEL, *(beside(root) if options.target == "pi" else ()), ROOT)
        files = {name: root / name for name in names}
        made = pack(
            files,
            options.to,
            options.key,
            version=_version(root, options.target),
            target=options.target,
            cmdline=f"{CMDLINE} {options.cmdline}".strip(),
            since=options.since,
            downgrade=options.downgrade,
        )
        if keys_in(KEYS):
            check(made, KEYS)
    except (BuildError, UpdateError, OSError) as error:
        print(f"update: {error}", file=sys.stderr)
        return 2
    print(f"update: {made}, {made.stat().st_size >> 20} MiB")
    return 0


def beside(root: Path) -> list[str]:
    """Return what lies beside a Raspberry Pi's kernel in a built root."""
    found = [
        path.relative_to(root).as_posix()
        for pattern in ("*.dtb", "overlays/*")
        for path in sorted(root.glob(pattern))
    ]
    if not found:
        raise BuildError(f"{root}: there are no device trees: it is not a Raspberry Pi's")
    return found


def pack(
    files: Mapping[str, Path],
    folder: Path,
    key: Path,
    *,
    version: str,
    target: str,
    cmdline: str,
    since: str = "0.0.0",
    downgrade: bool = False,
) -> Path:
    """Return the update made of these files, the root last; raises :class:`BuildError`."""
    parts = tuple(_part(name, path) for name, path in files.items())
    manifest = Manifest(
        "update", 1, version, target, cmdline, parts, since=since, downgrade=downgrade
    )
    signed = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
    try:
        decode(signed)
    except UpdateError as error:
        raise BuildError(
            "version, target, command line or a file's name cannot be in an update"
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"sternway-{version}.update"
    unfinished = made.with_name(f"{made.name}.part")
    with tarfile.open(unfinished, "w", format=tarfile.USTAR_FORMAT) as tar:
        _add(tar, MANIFEST, signed)
        _add(tar, SIGNATURE, sign(signed, key, f"sternway {version} {target}"))
        for part in parts:
            with files[part.name].open("rb") as file:
                tar.addfile(_header(part.name, part.bytes), file)
    unfinished.rename(made)
    return made


def check(made: Path, keys: Path) -> None:
    """Read it as a kiosk with these keys would; raises :class:`UpdateError`."""
    with made.open("rb") as file:
        Bundle(file.fileno(), keys).check(lambda _count: None)


def _part(name: str, path: Path) -> Part:
    digest, size = sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
    return Part(name, size, digest.hexdigest())


def sign(content: bytes, key: Path, comment: str) -> bytes:
    """Return the signature; a key with a password asks for it on the terminal."""
    with tempfile.TemporaryDirectory() as folder:
        message, mark = Path(folder, MANIFEST), Path(folder, SIGNATURE)
        message.write_bytes(content)
        command: list[str | Path] = [
            "minisign",
            "-S",
            "-s",
            key,
            "-m",
            message,
            "-x",
            mark,
            "-t",
            comment,
        ]
        try:
            done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        except FileNotFoundError:
            raise BuildError("minisign is not installed; see image/README.md") from None
        if done.returncode != 0:
            raise BuildError(f"minisign could not sign with {key}")
        return mark.read_bytes()


def _header(name: str, size: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size, header.mode = size, 0o644
    return header


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    tar.addfile(_header(name, len(content)), io.BytesIO(content))


def _built(target: str, folder: Path | None) -> Path:
    """Return the root that an image's build left, in its folder."""
    folder = folder or PROJECT / "build/image" / target
    found = [folder] if (folder / ROOT).is_file() else sorted(folder.glob("root-*"))
    if len(found) != 1:
        raise BuildError(f"{folder}: there is no built root: run `make image TARGET={target}`")
    return found[0]


def _version(root: Path, target: str) -> str:
    """Return what a root calls itself: under another name a kiosk would offer it for ever."""
    try:
        built = msgspec.json.decode((root / SYSTEM / IMAGE_FILE).read_bytes(), type=Built)
    except (OSError, ValueError) as error:
        raise BuildError(
            f"{root} does not say what version it is ({error}): build the image anew"
        ) from error
    if built.target != target:
        raise BuildError(f"{root} is of the image for {built.target}, not for {target}")
    return built.version


if __name__ == "__main__":
    sys.exit(main())
