"""Which packages go into the image, and whether they are the ones that were looked at.

The lock names each with its version. A mirror moves on and has no older versions, so a build takes
what there is and says what is other than in the lock; ``--locked`` stops there instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from image.maker.recipe import BuildError

Packages = Mapping[str, str]
"""Names and versions. Debian never changes a version, and apt checks its signature."""


class Ask(NamedTuple):
    """How a build was asked for: take what is new into the lock, or nothing that is not in it."""

    update: bool = False
    locked: bool = False


def to_be_made(
    have: Packages | None,
    seen: Packages | None,
    lock: Path,
    ask: Ask,
    offered: Callable[[Iterable[str]], Packages],
) -> bool:
    """Return whether the base is to be made (anew); raises :class:`BuildError` for ``--locked``.

    ``have`` is what the base of an earlier build holds, ``seen`` the lock that it was made beside,
    and ``offered`` asks the mirrors for their versions, which takes seconds. A base is kept while
    it is the lock's; where it is not, another is made only if that will be.
    """
    want = read(lock)
    if ask.locked and want is None:
        raise BuildError(f"{lock} is missing, so nothing is locked: build with --update-lock first")
    if have is not None and ask.update:
        return offered(have) != have
    if have is not None and (want is None or have == want):
        return False
    if want is None or not (ask.locked or (have is not None and seen != want)):
        return have is None
    try:
        offer = offered(want)
    except BuildError:
        if ask.locked:
            raise
        return False
    if ask.locked and offer != want:
        raise BuildError(_not_locked(differences(offer, want), lock))
    return offer == want


def check_lock(found: Packages, lock: Path, ask: Ask) -> tuple[str, ...]:
    """Return what is installed and other than in the lock; write the lock where that is asked for.

    Raises :class:`BuildError` for ``--locked`` where anything is.
    """
    kept = read(lock)
    if ask.update or kept is None:
        lock.parent.mkdir(exist_ok=True)
        lock.write_text(text(found))
        return ()
    other = differences(found, kept)
    if other and ask.locked:
        raise BuildError(_not_locked(other, lock))
    return other


def differences(found: Packages, kept: Packages) -> tuple[str, ...]:
    """Return a line for each package that is not as in the lock."""
    return tuple(
        f"{name} {found.get(name, 'is not there')} (lock: {kept.get(name, 'none')})"
        for name in sorted({*found, *kept})
        if found.get(name) != kept.get(name)
    )


def not_the_same(other: tuple[str, ...], lock: Path) -> str:
    """Return what is said of an image that is not the lock's."""
    return (
        f"NOTE: {len(other)} packages are other than in {lock.name}, so this image is not byte for "
        "byte the one that was looked at (--locked stops at that, --update-lock takes them)"
    )


def read(lock: Path) -> dict[str, str] | None:
    """Return what a lock names, None where there is none."""
    if not lock.is_file():
        return None
    lines = lock.read_text(encoding="utf-8").splitlines()
    return {name: version for name, _, version in (line.partition(" ") for line in lines)}


def text(packages: Packages) -> str:
    """Return packages as a lock names them: a line each."""
    return "".join(f"{name} {version}\n" for name, version in sorted(packages.items()))


def packages_of(status: str) -> dict[str, str]:
    """Return name and version of each installed package of a dpkg status file."""
    found = {}
    for paragraph in status.split("\n\n"):
        fields = dict(re.findall(r"^(Package|Version|Status): (.*)$", paragraph, re.MULTILINE))
        if fields.get("Status") == "install ok installed":
            found[fields["Package"]] = fields["Version"]
    return found


def _not_locked(other: tuple[str, ...], lock: Path) -> str:
    return (
        f"{lock.name}: the packages are others now ({other[0]}; {len(other)} in all): look at what "
        "is new and build with --update-lock, or without --locked, or from a mirror that keeps old "
        "ones (see image/maker/README.md)"
    )
