"""What Debian wants to read in each package."""

from __future__ import annotations

import csv
import re
import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email import message_from_string
from email.message import Message
from pathlib import Path
from typing import Final

from image.deb.names import MAINTAINER, PACKAGE, RECOMMENDS
from image.maker.app import LGPIO
from image.maker.recipe import BuildError

SUITE: Final = "trixie"
_RELEASE: Final = re.compile(r"^## \[(?P<name>[^]]+)\](?: - (?P<day>\d{4}-\d{2}-\d{2}))?\s*$")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def control(architecture: str, version: str, depends: Sequence[str], kib: int) -> str:
    """Return the control file; ``kib`` is what the files take on a disk."""
    return (
        f"Package: {PACKAGE}\n"
        f"Version: {version}\n"
        f"Architecture: {architecture}\n"
        f"Maintainer: {MAINTAINER}\n"
        f"Installed-Size: {kib}\n"
        f"Depends: {', '.join(depends)}\n"
        f"Recommends: {', '.join(RECOMMENDS)}\n"
        "Section: misc\n"
        "Priority: optional\n"
        "Description: kiosk on a treadmill for timed backward-walking sessions\n"
        " A Raspberry Pi with a touchscreen leads people in physical therapy through\n"
        " timed walks backwards. It watches the emergency stop and the hand rails,\n"
        " reads the belt's speed from a serial sensor, gives and takes the treadmill's\n"
        " permission to run, and keeps every session in a log.\n"
        " .\n"
        " The software is not the emergency stop: that cuts the treadmill by itself.\n"
        " .\n"
        " Installing it switches nothing on: 'sternway-kiosk on' makes the computer the\n"
        " kiosk, and 'sternway-kiosk off' takes that back.\n"
    )


def changelog(changes: str, version: str, epoch: int) -> str:
    """Return ``CHANGELOG.md`` in Debian's form; what is not released yet is this version's."""
    entries = []
    for title, day, points in _releases(changes):
        name = version if title == "Unreleased" else title
        if title == "Unreleased":
            seconds = epoch
        elif day:
            seconds = int(datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp())
        else:
            raise BuildError(f"CHANGELOG.md: {name} has no day: write `## [{name}] - YYYY-MM-DD`")
        lines = [f"{PACKAGE} ({name}) {SUITE}; urgency=medium", ""]
        for point in points or ["Nothing that is noticed."]:
            lines += textwrap.wrap(
                point, 76, initial_indent="  * ", subsequent_indent="    ", break_long_words=False
            )
        lines += ["", f" -- {MAINTAINER}  {_time(seconds)}", ""]
        entries.append("\n".join(lines))
    return "\n".join(entries)


def copyright_of(site: Path, licence: str) -> str:
    """Return whose the program is, and whose each package is that lies in it (DEP-5)."""
    where = Path("/", *site.parts[site.parts.index("usr") :])
    kept = _indented(licence.partition("\n\n")[2])
    parts = [
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
        "Upstream-Name: Sternway\n"
        "Comment: Other people's packages lie in it as their authors published them, each\n"
        " with its licence, which is named below.\n",
        f"Files: *\nCopyright: 2026 Sternway contributors\nLicense: MIT\n{kept}\n",
        f"Files: {where}/kiosk/screens/symbols/symbols.ttf\n"
        "Copyright: Google LLC\nLicense: Apache-2.0\n"
        " On Debian the whole licence is /usr/share/common-licenses/Apache-2.0.\n",
        f"Files: {where}/lgpio.py {where}/_lgpio.so\nCopyright: joan (lgpio {LGPIO[0]})\n"
        "License: Unlicense\n"
        " This is free and unencumbered software released into the public domain.\n",
    ]
    for info in sorted(site.glob("*.dist-info")):
        about = message_from_string((info / "METADATA").read_text(encoding="utf-8"))
        if about["Name"] == PACKAGE:
            continue
        files = " ".join(f"{where}/{name}*" for name in _top_names(info))
        texts = [
            path.relative_to(site).as_posix()
            for path in sorted(info.rglob("*"))
            if re.match(r"(?i)licen[cs]e|copying", path.name) and path.is_file()
        ]
        told = "".join(f" {where}/{text}\n" for text in texts) or " It names no file.\n"
        parts.append(
            f"Files: {files}\n"
            f"Copyright: the authors of {about['Name']} {about['Version']}\n"
            f"License: {_licence_name(about)}\n The whole text is in\n{told}"
        )
    return "\n".join(parts)


def _releases(changes: str) -> Iterator[tuple[str, str | None, list[str]]]:
    name, day = "", None
    points: list[str] = []
    for line in [*changes.splitlines(), "## [end]"]:
        if (found := _RELEASE.match(line)) is not None:
            if name:
                yield name, day, points
            name, day, points = found["name"], found["day"], []
        elif line.startswith("- "):
            points.append(line.removeprefix("- "))
        elif line.startswith("  ") and points:
            points[-1] += f" {line.strip()}"


def _time(seconds: int) -> str:
    """Return a time as a changelog has it, whatever language this computer speaks."""
    at = datetime.fromtimestamp(seconds, UTC)
    return f"{_DAYS[at.weekday()]}, {at:%d} {_MONTHS[at.month - 1]} {at:%Y %H:%M:%S} +0000"


def _top_names(info: Path) -> list[str]:
    rows = csv.reader((info / "RECORD").read_text(encoding="utf-8").splitlines())
    tops = {row[0].partition("/")[0] for row in rows}
    return sorted(top for top in tops if not top.startswith(".") and top != "bin")


def _licence_name(about: Message) -> str:
    classifiers = [
        value.rpartition("::")[2].strip()
        for value in about.get_all("Classifier", [])
        if value.startswith("License ::")
    ]
    for name in (about["License-Expression"], about["License"], *classifiers):
        if name and "\n" not in name.strip():
            return re.sub(r"[\s,]+", "-", name.strip())
    return "other"


def _indented(text: str) -> str:
    return "".join(f" {line or '.'}\n" for line in text.strip().splitlines())
