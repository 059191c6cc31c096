"""QEMU's command line: a machine much like a Raspberry Pi, with its wires outside.

The firmware hands the guest a device tree. QEMU's own gets one property more, the revision code of
a Raspberry Pi 4 B: by it gpiozero knows what board it stands on.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final, NamedTuple

from image.rig.errors import RigError
from image.rig.inside import PORT, credentials

QEMU: Final = "qemu-system-aarch64"
FIRMWARE: Final = Path("/usr/share/AAVMF/AAVMF_CODE.fd")
VARIABLES: Final = Path("/usr/share/AAVMF/AAVMF_VARS.fd")
REVISION: Final = "0x00c03114"
NEEDED: Final = "qemu-system-arm qemu-efi-aarch64 qemu-utils device-tree-compiler"


class Hardware(NamedTuple):
    """What the machine has. Sizes are pixels and MiB; the disk is as large as a card.

    ``cmdline`` is added to the kernel's command line: ``console=ttyAMA0 systemd.show_status=yes``
    makes the start talk on the serial port. ``volatile``: a card that loses what was not flushed.
    ``ssh_port``: a cable is in; that port of ours leads to the machine's 22, and nothing out of it.
    ``own_time``: the machine's time passes by the instructions that it has carried out, a thousand
    million to its second, so that what is timed in it is as on a real computer of that speed,
    however slow this one is. Otherwise it has our time, and is late.
    """

    width: int = 800
    height: int = 480
    memory_mib: int = 2048
    processors: int = 2
    disk_gib: int = 4
    sensor: bool = True
    sound: bool = True
    own_time: bool = True
    volatile: bool = False
    ssh_port: int = 0
    cmdline: str = ""


class Sockets(NamedTuple):
    """The doors to it, in one folder."""

    qmp: Path
    qtest: Path
    sensor: Path
    inside: Path


def command(hardware: Hardware, folder: Path, card: str, sockets: Sockets) -> list[str]:
    """Return the command that starts the machine; makes its variables and its device tree."""
    variables = folder / "variables.fd"
    if not variables.exists():
        variables.write_bytes(VARIABLES.read_bytes())
    words = [
        *(QEMU, "-nodefaults", "-display", "none", "-cpu", "cortex-a72"),
        *("-accel", f"tcg,thread={'single' if hardware.own_time else 'multi'}"),
        *(("-icount", "shift=0,sleep=on") if hardware.own_time else ()),
        *("-rtc", "clock=vm" if hardware.own_time else "clock=host"),
        *("-smp", str(hardware.processors)),
        *("-m", str(hardware.memory_mib)),
        *("-drive", f"if=pflash,format=raw,readonly=on,file={FIRMWARE}"),
        *("-drive", f"if=pflash,format=raw,file={variables}"),
        *("-drive", f"if=none,id=card,{card}"),
        *("-device", "virtio-blk-pci,drive=card,bootindex=1"),
        *("-device", f"virtio-gpu-pci,xres={hardware.width},yres={hardware.height}"),
        *("-device", "virtio-tablet-pci", "-device", "virtio-rng-pci"),
        *("-device", "qemu-xhci,id=usb"),
        *("-serial", f"file:{folder / 'serial.log'}"),
        *("-qmp", f"unix:{sockets.qmp},server=on,wait=off"),
        *("-qtest", f"unix:{sockets.qtest},server=on,wait=off"),
        *("-qtest-log", "/dev/null"),
        *("-device", "virtio-serial-pci"),
        *("-chardev", f"socket,id=inside,path={sockets.inside},server=on,wait=off"),
        *("-device", f"virtserialport,chardev=inside,name={PORT}"),
        *credentials(cmdline=hardware.cmdline),
    ]
    if hardware.sensor:
        words += [
            *("-chardev", f"socket,id=belt,path={sockets.sensor},server=on,wait=off"),
            *("-device", "usb-serial,chardev=belt,bus=usb.0,id=sensor"),
        ]
    if hardware.sound:
        words += [
            *("-audiodev", f"wav,id=speaker,path={sockets.qmp.with_name('heard.wav')}"),
            *("-device", "usb-audio,audiodev=speaker,bus=usb.0"),
        ]
    if hardware.ssh_port:
        leads = f"hostfwd=tcp:127.0.0.1:{hardware.ssh_port}-:22"
        words += [
            *("-netdev", f"user,id=cable,restrict=on,{leads}"),
            *("-device", "virtio-net-pci,netdev=cable,romfile="),
        ]
    machine = "virt,acpi=off"
    tree = folder / "machine.dtb"
    _run([*words, "-machine", f"{machine},dumpdtb={tree}"])
    _run(["fdtput", "-c", tree, "/system"])
    _run(["fdtput", "-t", "x", tree, "/system", "linux,revision", REVISION])
    return [*words, "-machine", machine, "-dtb", str(tree)]


def _run(words: list[str | Path]) -> None:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise RigError(f"{words[0]} is not installed: sudo apt install {NEEDED}") from None
    if done.returncode != 0:
        raise RigError(f"{words[0]}: {done.stderr.strip()}")
