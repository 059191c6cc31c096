"""What an update says of itself: its manifest, signed whole, and when it may be installed. Pure."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from kiosk.upkeep.updater.words import NOT_AN_UPDATE, UpdateError
from profiles.saying import saying

ROOT: Final = "root.squashfs"
"""The last part of an update, for the slot itself. All others go to the boot partition."""
MOST_BYTES: Final = 256 * 1024
"""Of a manifest. It is looked at before its signature is, so it is small."""
PATH: Final = r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}(/[A-Za-z0-9][A-Za-z0-9._+-]{0,63}){0,2}$"
ASKED_OF_CMDLINE: Final = ("root=PARTLABEL=sternway-{slot} ", "sternway.slot={slot}")

Version = Annotated[str, Meta(pattern=r"^[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}$")]
Slot = Literal["a", "b"]
SLOTS: Final[tuple[Slot, ...]] = ("a", "b")


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of the update, in the order in which they follow each other."""

    name: Annotated[str, Meta(pattern=PATH, max_length=90)]
    bytes: Annotated[int, Meta(ge=1, le=8 << 30)]
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``manifest.json``. ``since`` is the oldest version that may take this one.

    ``downgrade``: whoever signed it lets it replace the same or a newer version. ``cmdline`` is the
    kernel's, with ``{slot}`` in it.
    """

    sternway: Literal["update"]
    schema: Literal[1]
    version: Version
    target: Annotated[str, Meta(pattern=r"^[a-z0-9]{1,16}$")]
    cmdline: Annotated[str, Meta(pattern=r"^[ -~]+$", max_length=1024)]
    parts: Annotated[tuple[Part, ...], Meta(min_length=2, max_length=1024)]
    since: Version = "0.0.0"
    downgrade: bool = False

    @property
    def root(self) -> Part:
        """The part for the slot itself."""
        return self.parts[-1]

    @property
    def boot_files(self) -> tuple[Part, ...]:
        """The parts for the boot partition."""
        return self.parts[:-1]

    @property
    def bytes(self) -> int:
        """How much it is."""
        return sum(part.bytes for part in self.parts)

    def options(self, slot: Slot) -> str:
        """Return the kernel's command line for a slot."""
        return self.cmdline.replace("{slot}", slot)


def decode(content: bytes) -> Manifest:
    """Return a manifest; raises :class:`UpdateError` for what is none."""
    try:
        manifest = msgspec.json.decode(content, type=Manifest, strict=True)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UpdateError(NOT_AN_UPDATE) from error
    names = [part.name for part in manifest.parts]
    if names[-1] != ROOT or len({name.lower() for name in names}) != len(names):
        raise UpdateError(NOT_AN_UPDATE)
    if not all(asked in f"{manifest.cmdline} " for asked in ASKED_OF_CMDLINE):
        raise UpdateError(NOT_AN_UPDATE)
    return manifest


def check(manifest: Manifest, *, version: str, target: str) -> None:
    """Raise :class:`UpdateError` where a machine of this version and target must not take it."""
    new, now = manifest.version, version
    if manifest.target != target:
        raise UpdateError(
            saying(
                "This update is for another machine ({other}; this one is {target}): "
                "get the one for this kiosk.",
                other=manifest.target,
                target=target,
            )
        )
    if ordered(now) < ordered(manifest.since):
        raise UpdateError(
            saying(
                "Version {new} cannot follow version {now}: install version {since} first.",
                new=new,
                now=now,
                since=manifest.since,
            )
        )
    if manifest.downgrade:
        return
    if ordered(new) == ordered(now):
        raise UpdateError(saying("Version {now} is in use already.", now=now))
    if ordered(new) < ordered(now):
        raise UpdateError(
            saying("Version {new} is older than version {now}, which is in use.", new=new, now=now)
        )


def ordered(version: str) -> tuple[int, ...]:
    """Return what orders versions; anything after three numbers ("0.2.0.dev1") counts for nothing.

    Raises ``ValueError`` for what is no version.
    """
    found = re.match(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})", version)
    if found is None:
        raise ValueError(f"{version!r} is no version like 1.2.3")
    return tuple(int(number) for number in found.groups())


def other(slot: Slot) -> Slot:
    """Return the other slot."""
    return "b" if slot == "a" else "a"
