"""What the package is called, what it needs, and which of the image's files it lays where."""

from __future__ import annotations

from typing import Final

from image.maker.recipe import Recipe

PACKAGE: Final = "sternway"
MAINTAINER: Final = "Sternway contributors <sternway@localhost>"

_UNITS: Final = "usr/lib/systemd/system"
_RULES: Final = "usr/lib/udev/rules.d"
LAID: Final = {
    "services/sternway-guard.service": f"{_UNITS}/sternway-guard.service",
    "services/sternway-kiosk.service": f"{_UNITS}/sternway-kiosk.service",
    "services/sternway-clock.socket": f"{_UNITS}/sternway-clock.socket",
    "services/sternway-clock@.service": f"{_UNITS}/sternway-clock@.service",
    "services/sternway.sysusers": "usr/lib/sysusers.d/sternway.conf",
    "services/49-sternway-power.rules": "usr/share/polkit-1/rules.d/49-sternway-power.rules",
    "sticks/sternway-sticks.service": f"{_UNITS}/sternway-sticks.service",
    "sticks/sternway-sticks.sysusers": "usr/lib/sysusers.d/sternway-sticks.conf",
    "sticks/70-sternway-sticks.rules": f"{_RULES}/70-sternway-sticks.rules",
    "files/usr/lib/modules-load.d/sternway.conf": "usr/lib/modules-load.d/sternway.conf",
    "files/usr/lib/sysusers.d/sternway-groups.conf": "usr/lib/sysusers.d/sternway-groups.conf",
    "files/usr/lib/udev/rules.d/71-sternway-devices.rules": f"{_RULES}/71-sternway-devices.rules",
    "deb/parts/sternway.toml": "etc/sternway/sternway.toml",
    "deb/parts/sternway-kiosk": "usr/sbin/sternway-kiosk",
    "deb/parts/sternway.1": "usr/share/man/man1/sternway.1",
    "deb/parts/sternway-kiosk.8": "usr/share/man/man8/sternway-kiosk.8",
    "deb/parts/lintian-overrides": "usr/share/lintian/overrides/sternway",
}
"""Files below ``image/``, and where each belongs."""

ONLY_THE_IMAGE_S: Final = {
    "update/": "an update writes the image's slots; here apt replaces the package",
    "ssh/": "whoever owns the computer has SSH, or has not, as they like",
    "files/etc/": "what the whole machine may do is whoever's it is: no driver is refused here, "
    "no journal kept in memory, no watchdog armed",
    "files/usr/lib/systemd/": "no boot partition must have settings: /etc/sternway has them",
    "files/usr/lib/repart.d/": "the data is a folder of the card, and no partition",
    "files/usr/lib/udev/rules.d/72-sternway-usb.rules": "it would refuse every keyboard",
    "files/usr/lib/udev/rules.d/74-sternway-input.rules": "nor would it hear one",
    "files/usr/lib/udev/rules.d/73-sternway-disks.rules": "the data is no partition",
}
"""What of the image's files is not in the package, and why not."""

CONFFILE: Final = "/etc/sternway/sternway.toml"

NOT_NEEDED: Final = {
    "systemd-sysv": "every Raspberry Pi OS starts by it",
    "systemd-repart": "no partition is grown",
    "initramfs-tools": "the kernel is the system's own",
    "util-linux": "no Debian is without it",
    "e2fsprogs": "no file system is made",
    "dosfstools": "no file system is made",
    "zstd": "no initramfs is made",
    "openssh-server": "whether anybody may come in is the owner's own",
    "minisign": "apt, and no update from a stick, replaces the program",
}
"""Of the recipe's packages, those that the image alone needs. Every other one is a dependency."""


LIBRARIES: Final = {
    "libc.so.6": "libc6",
    "libm.so.6": "libc6",
    "libdl.so.2": "libc6",
    "librt.so.1": "libc6",
    "libpthread.so.0": "libc6",
    "libresolv.so.2": "libc6",
    "libutil.so.1": "libc6",
    "ld-linux-aarch64.so.1": "libc6",
    "ld-linux-x86-64.so.2": "libc6",
    "libgcc_s.so.1": "libgcc-s1",
    "libstdc++.so.6": "libstdc++6",
    "libz.so.1": "zlib1g",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libasound.so.2": "libasound2t64",
    "libmtdev.so.1": "libmtdev1t64",
    "libX11.so.6": "libx11-6",
    "libXrender.so.1": "libxrender1",
}
"""Which package of Debian 13 brings a library that the program's own do not."""

RECOMMENDS: Final = ("alsa-utils", "libx11-6", "libxrender1")
"""To try a loudspeaker, and for a simulated kiosk in a desktop's window; the kiosk needs no X."""


def depends(recipe: Recipe, common: tuple[str, ...], libc: str) -> tuple[str, ...]:
    """Return the dependencies: what the recipe puts into every image, less what is its own.

    Python is that for which the wheels were taken, and ``libc`` the newest version that they ask
    for.
    """
    major, minor = (int(part) for part in recipe.python.split("."))
    own = {
        "python3": (f"python3 (>= {major}.{minor})", f"python3 (<< {major}.{minor + 1})"),
    }
    wanted = {name for name in common if name not in NOT_NEEDED}
    lines = [line for name in sorted(wanted) for line in own.get(name, (name,))]
    return (f"libc6 (>= {libc})", "libgcc-s1", "libstdc++6", "zlib1g", *lines)
