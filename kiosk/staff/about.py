"""What this kiosk is: its versions and numbers, and the licence of everything it is made of.

The licences are those that the installed packages name themselves, so that the list is of what
really runs. Fonts: Kivy brings Roboto; the pictures' set lies in ``kiosk/screens/symbols``.
"""

from __future__ import annotations

import platform
import re
import shutil
import time
from importlib import metadata
from pathlib import Path
from typing import Final

from kiosk import identity
from kiosk.staff.model import KioskFacts, Package

PROGRAM: Final = "sternway"
FONTS: Final = (
    Package("Roboto", "", "Apache-2.0"),
    Package("Material Symbols", "0.47.5", "Apache-2.0"),
)
"""What is no package: Kivy's own copy of the font, which all texts are set in; the pictures."""
UNNAMED: Final = {"pyrage": "MIT"}
"""Packages whose files have the licence, and whose metadata does not."""
UNKNOWN: Final = "?"
_SHORTEST: Final = re.compile(r"OSI Approved :: (?P<name>.*?)(?: License)?$")
_NAME: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")


def facts_of(data: Path) -> KioskFacts:
    """Return them; reads the packages' own files and looks at the disk."""
    free, total = _room(data)
    return KioskFacts(
        version=identity.version(),
        kiosk_id=identity.kiosk_id(data),
        boot_id=identity.boot_id(),
        python=platform.python_version(),
        system=_system(),
        up_s=_up_s(),
        free_bytes=free,
        total_bytes=total,
        packages=(*used(), *FONTS),
    )


def used(program: str = PROGRAM) -> tuple[Package, ...]:
    """Return every package that the program needs, and those that they need, as installed."""
    found: dict[str, Package] = {}
    waiting = [program]
    while waiting:
        name = waiting.pop()
        key = _key(name)
        if key in found:
            continue
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # one for another machine
        known = package.metadata
        found[key] = Package(known["Name"] or name, package.version, licence_of(known))
        waiting += [match[0] for line in package.requires or () if (match := _needed(line))]
    return tuple(found[key] for key in sorted(found))


def licence_of(known: metadata.PackageMetadata) -> str:
    """Return a licence in few words, as a package names it."""
    if "License-Expression" in known:
        return str(known["License-Expression"])
    classifiers = known.get_all("Classifier") or ()
    named = [match["name"] for one in classifiers if (match := _approved(one))]
    if named:
        return ", ".join(named)
    if (own := UNNAMED.get(_key(str(known["Name"])))) is not None:
        return own
    told = [] if "License" not in known else str(known["License"]).strip().splitlines()
    return told[0][:40] if told else UNKNOWN


def _approved(classifier: str) -> re.Match[str] | None:
    return _SHORTEST.search(classifier) if classifier.startswith("License ::") else None


def _needed(line: str) -> re.Match[str] | None:
    """Return the name of a requirement; one of an extra is not ours."""
    return None if "extra ==" in line else _NAME.match(line)


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _room(data: Path) -> tuple[int | None, int | None]:
    try:
        usage = shutil.disk_usage(data)
    except OSError:
        return None, None
    return usage.free, usage.total


def _system() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.platform())
    except OSError:
        return platform.platform()


def _up_s() -> float | None:
    try:
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    except OSError:
        return None
