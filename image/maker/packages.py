"""Which packages went into the image, and whether they are the ones that were looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from image.maker.recipe import BuildError


def check_lock(found: Mapping[str, str], lock: Path, *, update: bool) -> None:
    """Hold the packages against the lock, or remake it; raises :class:`BuildError` with the first.

    Debian never changes a version, and apt checks its signature: name and version are enough.
    """
    text = "".join(f"{name} {version}\n" for name, version in sorted(found.items()))
    if update or not lock.is_file():
        lock.parent.mkdir(exist_ok=True)
        lock.write_text(text)
        return
    if (kept := lock.read_text()) != text:
        other = sorted(set(text.splitlines()) ^ set(kept.splitlines()))
        raise BuildError(
            f"{lock.name}: Debian now has other packages ({other[0]}; {len(other)} lines in all): "
            "look at what is new there, and build with --update-lock"
        )


def packages_of(status: str) -> dict[str, str]:
    """Return name and version of each installed package of a dpkg status file."""
    found = {}
    for paragraph in status.split("\n\n"):
        fields = dict(re.findall(r"^(Package|Version|Status): (.*)$", paragraph, re.MULTILINE))
        if fields.get("Status") == "install ok installed":
            found[fields["Package"]] = fields["Version"]
    return found
