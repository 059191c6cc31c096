"""``config.txt`` of a Raspberry Pi: its text, and which files a board looks for by it.

From Raspberry Pi's documentation of ``config.txt``; no board has read it yet.
"""

from __future__ import annotations

import re
import tomllib
from typing import Final, NamedTuple

import msgspec

from hardware.settings import Pins
from image.maker.recipe import BuildError, Recipe

KERNEL: Final = "linux"
INITRD: Final = "initrd.img"
MOST_IN_LINE: Final = 98
"""What is longer, the firmware cuts off."""
_FILTER: Final = re.compile(r"^\[([^\]]*)\]$")
_PREFIX: Final = re.compile(r"[A-Za-z0-9/_-]*")


class Board(NamedTuple):
    """A board: its filter in ``config.txt``, its device tree, and the firmware from the card.

    A Raspberry Pi 5 has its firmware in its own memory, and wants ``config.txt`` alone.
    """

    name: str
    section: str
    device_tree: str
    firmware: tuple[str, ...]


BOARDS: Final = (
    Board("Raspberry Pi 4 B", "pi4", "bcm2711-rpi-4-b.dtb", ("start4.elf", "fixup4.dat")),
    Board("Raspberry Pi 5", "pi5", "bcm2712-rpi-5-b.dtb", ()),
)
FIRMWARE: Final = tuple(name for board in BOARDS for name in board.firmware)


def permit_line(settings: str) -> str:
    """Return the line that pulls the permit's pin to "off", "" for a site without a permit.

    ``settings`` is the text of ``sternway.toml``. Danger: the firmware reads it seconds after power
    came; what holds the relay until then, and whenever nothing drives the pin, is the resistor.
    """
    try:
        tables = tomllib.loads(settings)
        pins = msgspec.convert(tables.get("pins", {}), Pins)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BuildError(f"sternway.toml: {error}") from error
    if tables.get("treadmill", {}).get("permit") == "none":
        return ""
    return f"gpio={pins.permit}=ip,{'pd' if pins.permit_active_high else 'pu'}"


def config_text(recipe: Recipe, settings: str) -> str:
    """Return ``config.txt``. The board's own parameters come first: behind an overlay they would be
    the overlay's."""
    permit = permit_line(settings)
    loaded = "".join(f"dtoverlay={overlay}\n" for overlay in recipe.loaded)
    text = f"""\
# Sternway on a Raspberry Pi 4 or 5. What each line means: image/maker/README.md.
[all]
arm_64bit=1
# Which slot is started: in its folder are kernel, device trees, overlays and cmdline.txt.
# An update changes this line; nobody else should.
os_prefix=sternway/a/
kernel={KERNEL}
initramfs {INITRD} followkernel

# The permit's pin is pulled to "off" from here on. Another pin in sternway.toml needs another
# one here. It takes seconds until this is read: the relay needs its own resistor as well.
{permit or "# (This site has no permit.)"}
# A pin is let go of when its program ends, whatever ended it.
dtparam=strict_gpiod
# A kernel that hangs is restarted: from its start on, and from systemd's on every 10 s.
dtparam=watchdog=on
kernel_watchdog_timeout=60
# Nothing of the board's own plays; loudspeakers are on USB or I2S.
dtparam=audio=off

[pi5]
# Charges the clock's battery. Danger: take the "#" away only for Raspberry Pi's own, which can
# be charged.
#dtparam=rtc_bbat_vchg=3000000
[all]

# The display. For loudspeakers in an HDMI screen take ",noaudio" away.
display_auto_detect=1
camera_auto_detect=0
max_framebuffers=2
disable_fw_kms_setup=1
disable_splash=1
{loaded}
# No console on the pins 14 and 15, and no board on top that says how pins are used.
enable_uart=0
force_eeprom_read=0
arm_boost=1
"""
    if long := [
        line for line in text.splitlines() if is_setting(line) and len(line) > MOST_IN_LINE
    ]:
        raise BuildError(f"config.txt: longer than {MOST_IN_LINE} characters: {long[0]}")
    return text


def is_setting(line: str) -> bool:
    """Say whether the firmware does anything with a line."""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def settings_for(board: Board, text: str) -> list[str]:
    """Return the lines that hold for a board, in their order, by the filters it understands."""
    lines, holds = [], True
    for raw in text.splitlines():
        line = raw.strip()
        if (found := _FILTER.match(line)) is not None:
            holds = found[1] in {"all", board.section}
        elif holds and is_setting(line):
            lines.append(line)
    return lines


def files_for(board: Board, text: str) -> list[str]:
    """Return what a board looks for on the boot partition, by path from its top.

    ``os_prefix`` stands before all that is the system's, and before overlays only where their
    ``README`` is there. Their map says which overlay of that name is the board's own.
    """
    lines = settings_for(board, text)
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    prefix = values.get("os_prefix", "")
    if not _PREFIX.fullmatch(prefix):
        raise BuildError(f"config.txt: os_prefix={prefix} is no folder of the boot partition")
    kernel = values.get("kernel", "kernel8.img")
    initrds = [line.split()[1] for line in lines if line.startswith("initramfs ")]
    wanted = ["config.txt", *board.firmware]
    wanted += [prefix + name for name in (kernel, *initrds, board.device_tree, "cmdline.txt")]
    overlays = [
        line.removeprefix("dtoverlay=").split(",")[0]
        for line in lines
        if line.startswith("dtoverlay=")
    ]
    if overlays:
        wanted += [f"{prefix}overlays/{name}" for name in ("README", "overlay_map.dtb")]
        wanted += [f"{prefix}overlays/{name}.dtbo" for name in overlays]
    return wanted
