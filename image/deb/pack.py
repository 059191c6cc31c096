"""A tree and its scripts as a ``.deb``: the same bytes each time, and no root is needed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

from image.maker.steps import run

SCRIPTS: Final = ("postinst", "prerm", "postrm")
COMMANDS: Final = ("bin", "sbin")
PACKED: Final = ("-Zxz", "-z1", "--threads-max=1")
"""With more threads the bytes would depend on the cores; a higher level costs minutes for 4 MiB."""


def pack(
    tree: Path, control: str, conffiles: str, scripts: Path, package: Path, epoch: int, log: Path
) -> None:
    """Write ``package`` of the tree, in which Debian's own folder is made."""
    own = tree / "DEBIAN"
    own.mkdir()
    (own / "md5sums").write_text(sums(tree))
    (own / "control").write_text(control)
    (own / "conffiles").write_text(conffiles)
    for name in SCRIPTS:
        (own / name).write_bytes((scripts / name).read_bytes())
    settle(tree, epoch)
    run(
        ["dpkg-deb", "--root-owner-group", *PACKED, "--build", tree, package],
        log,
        what="the package",
        env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "LC_ALL": "C.UTF-8"},
    )


def size_kib(tree: Path) -> int:
    """Return what the files take as Debian counts: whole KiB, and one for a folder or a link."""
    return sum(
        -(-path.stat().st_size // 1024) if path.is_file() and not path.is_symlink() else 1
        for path in tree.rglob("*")
    )


def sums(tree: Path) -> str:
    """Return the sums of all files but conffiles, by which ``dpkg --verify`` sees a change."""
    return "".join(
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {name}\n"
        for path in sorted(tree.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and not (name := path.relative_to(tree).as_posix()).startswith(("etc/", "DEBIAN/"))
    )


def settle(tree: Path, epoch: int) -> None:
    """Give everything its permissions and one time, whatever umask and clock are here."""
    for path in sorted(tree.rglob("*"), reverse=True):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or _is_command(path.relative_to(tree)) else 0o644)
        os.utime(path, (epoch, epoch), follow_symlinks=False)
    tree.chmod(0o755)
    os.utime(tree, (epoch, epoch))


def _is_command(path: Path) -> bool:
    return path.parent.name in COMMANDS or path.as_posix() in {f"DEBIAN/{name}" for name in SCRIPTS}
