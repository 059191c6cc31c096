"""The root: a Debian of few packages, the program in it, read-only, as one squashfs file."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Final, NamedTuple

from image.maker.kernel import MODULES
from image.maker.recipe import BuildError, Recipe
from image.maker.steps import run

SERVICES: Final = (
    *("sternway-guard.service", "sternway-kiosk.service", "sternway-sticks.service"),
    *("sternway-update.socket", "sternway-trial.service"),
    # These two, and the network, begin only where the staff's keys are on the card.
    *("sternway-ssh.service", "sternway-sshd.service"),
)
LAID: Final = {
    "services/sternway-guard.service": "usr/lib/systemd/system",
    "services/sternway-kiosk.service": "usr/lib/systemd/system",
    "services/sternway-clock.socket": "usr/lib/systemd/system",
    "services/sternway-clock@.service": "usr/lib/systemd/system",
    "services/sternway.sysusers": "usr/lib/sysusers.d/sternway.conf",
    "services/49-sternway-power.rules": "usr/share/polkit-1/rules.d",
    "sticks/sternway-sticks.service": "usr/lib/systemd/system",
    "sticks/sternway-sticks.sysusers": "usr/lib/sysusers.d/sternway-sticks.conf",
    "sticks/70-sternway-sticks.rules": "usr/lib/udev/rules.d",
    "update/sternway-update.socket": "usr/lib/systemd/system",
    "update/sternway-update.service": "usr/lib/systemd/system",
    "update/sternway-trial.service": "usr/lib/systemd/system",
    "update/sternway-trial": "usr/libexec",
    "ssh/sternway-ssh.service": "usr/lib/systemd/system",
    "ssh/sternway-sshd.service": "usr/lib/systemd/system",
    "ssh/sternway-ssh.sysusers": "usr/lib/sysusers.d/sternway-ssh.conf",
    "ssh/sshd_config": "usr/share/sternway/sshd_config",
    "ssh/50-sternway-wired.network": "usr/lib/systemd/network",
    "ssh/sternway-networkd.conf": "usr/lib/systemd/system/systemd-networkd.service.d/sternway.conf",
}
"""Where the files of these folders belong; those of ``files/`` lie as they are."""
NOT_WANTED: Final = (
    # No console lets anybody in, and no shell opens where the start fails.
    *("getty@.service", "serial-getty@.service", "console-getty.service", "autovt@.service"),
    *("container-getty@.service", "rescue.service", "debug-shell.service"),
    *("getty.target", "systemd-ask-password-console.path", "systemd-ask-password-wall.path"),
    # Nor does a keyboard restart the machine, should one get as far as the kernel.
    "ctrl-alt-del.target",
    # Nothing here changes by itself.
    *("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer"),
    *("e2scrub_reap.service", "fstrim.timer", "motd-news.timer", "man-db.timer"),
    *("systemd-firstboot.service", "ldconfig.service", "systemd-pcrlock-make-policy.service"),
    # A version is kept by the kiosk that works, not by a system that came up.
    "systemd-bless-boot.service",
    # Nothing that the kernel or systemd offers for others' use, and nothing that waits for it.
    *("sys-kernel-debug.mount", "sys-kernel-tracing.mount", "sys-fs-fuse-connections.mount"),
    *("dev-hugepages.mount", "proc-sys-fs-binfmt_misc.automount", "systemd-binfmt.service"),
    *("systemd-journal-catalog-update.service", "systemd-hwdb-update.service"),
    *("systemd-update-done.service", "systemd-boot-update.service"),
    # No network by itself, and no door to it but ours.
    *("systemd-networkd.socket", "systemd-networkd-wait-online.service"),
    *("systemd-network-generator.service", "systemd-ssh-issue.service"),
    *("ssh.service", "ssh.socket", "sshd.service", "sshd@.service", "sshd-keygen.service"),
    "rescue-ssh.target",
)
OFF: Final = ("systemd-networkd.service", "ssh.service", "ssh.socket", "sshd-keygen.service")
"""What a package switched on. The network's must not be masked as well: then nobody could ask."""
NO_GENERATORS: Final = ("systemd-ssh-generator",)
"""What would make units of its own at each start: sockets of SSH that nobody asked for."""
DATA: Final = "/var/lib/sternway"
BOOT: Final = "/boot/firmware"
SYSTEM: Final = "system"
"""Beside the root: what it says of itself, for whoever makes an update of it."""
IMAGE_FILE: Final = "image.json"
STAFF: Final = "sternway-staff"
"""The one user who can come in, by SSH and a key; see ``image/ssh``."""


class Made(NamedTuple):
    """What earlier steps made; each is a folder."""

    base: Path
    app: Path
    bytecode: Path
    kernel: Path


def build_root(
    recipe: Recipe,
    made: Made,
    image: Path,
    keys: Path,
    other: tuple[str, ...],
    epoch: int,
    place: Path,
    log: Path,
) -> None:
    """Make ``root.squashfs`` of the base, the program and the files; beside it the kernel's files.

    What an update replaces lies together. ``keys`` is the folder of those whose updates it takes,
    ``other`` names the packages that are not the lock's.
    """
    tree = place / "tree"
    tree.mkdir()
    run(["tar", "-xpf", made.base / "base.tar", "-C", tree, "--numeric-owner"], log, what="base")
    for folder in (made.app, made.bytecode, image / "files"):
        run(["cp", "-a", "--no-preserve=ownership", f"{folder}/.", tree], log, what=folder.name)
    shutil.rmtree(tree / MODULES)
    run(["cp", "-a", made.kernel / "modules", tree / MODULES], log, what="the kernel's modules")
    for source, target in LAID.items():
        (tree / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(image / source, tree / target)
    _settle(tree)
    say_what_it_is(tree, made.app, keys, recipe.target, other)
    shutil.copytree(tree / "usr/share/sternway", place / SYSTEM)
    run(["systemd-sysusers", f"--root={tree}"], log, what="the users")
    lock_everybody_out(tree / "etc/shadow")
    close_ssh(tree)
    switch(tree, log)
    _drop(tree)
    run(
        [
            *("mksquashfs", tree, place / "root.squashfs", "-noappend", "-no-progress"),
            *("-comp", "zstd", "-Xcompression-level", "6", "-b", "256K", "-no-exports"),
            *("-reproducible", "-mkfs-time", str(epoch), "-all-time", str(epoch)),
        ],
        log,
        what="the root's file system",
        env={name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"},
    )
    shutil.rmtree(tree)
    for path in made.kernel.rglob("*"):
        name = path.relative_to(made.kernel)
        if path.is_file() and name.parts[0] != "modules":
            (place / name).parent.mkdir(exist_ok=True)
            (place / name).hardlink_to(path)
    most = recipe.slot_mib << 20
    if (size := (place / "root.squashfs").stat().st_size) > most:
        raise BuildError(
            f"the root has {size >> 20} MiB, and a slot {recipe.slot_mib}: raise slot_mib"
        )


def fstab() -> str:
    """Return what is mounted beside the root.

    By links that udev makes for the machine's own disk alone: a stick whose partition has the same
    name is never taken for the data. None is ``nofail``: where one cannot be mounted,
    ``emergency.service`` says so on the screen, and the belt has no permit.
    """
    return (
        f"/dev/sternway/boot {BOOT} vfat "
        "ro,nodev,nosuid,noexec,umask=0022 0 2\n"
        f"/dev/sternway/data {DATA} ext4 "
        "noatime,nodev,nosuid,noexec,data=journal,commit=2,errors=remount-ro,"
        "x-systemd.growfs,x-systemd.after=systemd-repart.service 0 2\n"
        "tmpfs /tmp tmpfs nodev,nosuid,noexec,mode=1777,size=64M 0 0\n"
    )


def say_what_it_is(
    tree: Path, app: Path, keys: Path, target: str, other: tuple[str, ...] = ()
) -> None:
    """Leave in the root its version, its target, and the keys whose updates it takes.

    Also which packages are other than in the lock, so that such an image can be told from one that
    was looked at.
    """
    (found,) = app.glob("usr/lib/sternway/lib/python*/site-packages/sternway-*.dist-info")
    version = found.name.removeprefix("sternway-").removesuffix(".dist-info")
    system = tree / "usr/share/sternway"
    (system / "keys").mkdir(parents=True)
    what = {"version": version, "target": target, "not_as_locked": other}
    (system / IMAGE_FILE).write_text(json.dumps(what) + "\n")
    for key in sorted(keys.glob("*.pub")):
        shutil.copy(key, system / "keys")


def lock_everybody_out(shadow: Path) -> None:
    """Give nobody a password, root included, so that no prompt can let anybody in.

    Whoever comes in by a key has none either, but is not locked: SSH would refuse their key too.
    """
    text = re.sub(r"^(\w[^:]*):[^:]*:", r"\1:!*:", shadow.read_text(), flags=re.MULTILINE)
    shadow.write_text(re.sub(rf"^{STAFF}:!\*:", f"{STAFF}:*:", text, flags=re.MULTILINE))


def switch(tree: Path, log: Path) -> None:
    """Say which services begin by themselves, and which can never be started."""
    # Off before masked: a package's own second name (sshd.service) would be in the mask's way.
    for what, units in (("enable", SERVICES), ("disable", OFF), ("mask", NOT_WANTED)):
        for unit in units:
            run(["systemctl", f"--root={tree}", what, unit], log, what=unit)


def close_ssh(tree: Path) -> None:
    """Leave of OpenSSH's package the programs alone: no keys that every kiosk would share.

    What starts them is ours (``image/ssh``).
    """
    for path in (tree / "etc/ssh").glob("ssh_host_*"):
        path.unlink()
    generators = tree / "etc/systemd/system-generators"
    generators.mkdir(parents=True, exist_ok=True)
    for name in NO_GENERATORS:
        (generators / name).symlink_to("/dev/null")


def _settle(tree: Path) -> None:
    etc = tree / "etc"
    (etc / "hostname").write_text("sternway\n")
    (etc / "hosts").write_text("127.0.0.1 localhost sternway\n")
    # Empty, and not missing: systemd makes one for each start, and asks nobody anything.
    (etc / "machine-id").write_text("")
    (etc / "fstab").write_text(fstab())
    for folder in (BOOT, DATA, "/etc/sternway"):
        (tree / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)


def _drop(tree: Path) -> None:
    """Take away what a read-only appliance has no use for."""
    boot = BOOT.lstrip("/")
    for folder in (
        boot,
        "boot",
        "var/cache/apt",
        "var/lib/apt",
        "var/log",
        "tmp",
        "var/tmp",
        "run",
    ):
        for item in (tree / folder).glob("*"):
            if item != tree / boot:
                shutil.rmtree(item) if item.is_dir() and not item.is_symlink() else item.unlink()
    # What lies on the boot partition, and the program of a radio.
    copies = ("usr/lib/raspi-firmware", "usr/lib/linux-image-*", "usr/lib/firmware/brcm")
    for pattern in ("usr/share/bash-completion", *copies):
        for item in tree.glob(pattern):
            shutil.rmtree(item)
    # No archive: nothing is installed here, and the list names files of the machine that built it.
    lists = ("etc/apt/sources.list", "etc/apt/sources.list.d/*")
    for pattern in (*lists, "var/cache/ldconfig/*", "var/cache/debconf/*-old", "etc/*-"):
        for item in tree.glob(pattern):
            item.unlink()
