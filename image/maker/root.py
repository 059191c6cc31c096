"""The root: a Debian of few packages, the program in it, read-only, as one squashfs file."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from image.maker.recipe import BuildError, Recipe
from image.maker.steps import run

SERVICES: Final = ("sternway-guard.service", "sternway-kiosk.service", "sternway-sticks.service")
NOT_WANTED: Final = (
    # No console lets anybody in, and no shell opens where the start fails.
    *("getty@.service", "serial-getty@.service", "console-getty.service", "autovt@.service"),
    *("emergency.service", "rescue.service", "debug-shell.service"),
    # Nothing here changes by itself.
    *("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer"),
    *("fstrim.timer", "motd-news.timer", "man-db.timer", "systemd-firstboot.service"),
)


def build_base(recipe: Recipe, place: Path, log: Path) -> None:
    """Make ``base.tar`` and ``packages.txt`` of Debian's packages; needs qemu-user or an arm64."""
    tar = place / "base.tar"
    mode = "root" if os.geteuid() == 0 else "unshare"
    run(
        [
            *("mmdebstrap", f"--mode={mode}", f"--architectures={recipe.architecture}"),
            *("--variant=minbase", f"--include={','.join(recipe.packages)}"),
            f"--keyring={recipe.keyring}",
            *('--aptopt=Acquire::Languages "none"', '--aptopt=APT::Install-Recommends "false"'),
            *("--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/doc/*"),
            *("--dpkgopt=path-include=/usr/share/doc/*/copyright",),
            *("--dpkgopt=path-exclude=/usr/share/locale/*",),
            *(
                recipe.suite,
                tar,
                *(f"deb [signed-by={recipe.keyring}] {m}" for m in _sources(recipe)),
            ),
        ],
        log,
        what="Debian's packages",
        env={**os.environ, "SOURCE_DATE_EPOCH": "0"},
    )
    status = place / "status"
    with status.open("wb") as file:
        run(["tar", "-xOf", tar, "./var/lib/dpkg/status"], log, what="the list of packages")
        del file
    status.unlink()


def _sources(recipe: Recipe) -> tuple[str, ...]:
    return tuple(mirror.removeprefix("deb ") for mirror in recipe.mirrors)


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


def build_root(
    recipe: Recipe, base: Path, app: Path, image: Path, epoch: int, place: Path, log: Path
) -> None:
    """Make ``root.squashfs``, ``linux`` and ``initrd.img`` of the base and the program."""
    tree = place / "tree"
    tree.mkdir()
    run(["tar", "-xpf", base / "base.tar", "-C", tree, "--numeric-owner"], log, what="the base")
    run(["cp", "-a", "--no-preserve=ownership", f"{app}/.", tree], log, what="the program")
    run(
        ["cp", "-a", "--no-preserve=ownership", f"{image / 'files'}/.", tree], log, what="the files"
    )
    _services(image, tree)
    _settle(recipe, tree)
    run(["systemd-sysusers", f"--root={tree}"], log, what="the users")
    for unit in SERVICES:
        run(["systemctl", f"--root={tree}", "enable", unit], log, what=unit)
    for unit in NOT_WANTED:
        run(["systemctl", f"--root={tree}", "mask", unit], log, what=unit)
    _inside(tree, log)
    _drop(tree)
    _kernel(tree, place)
    run(
        [
            *("mksquashfs", tree, place / "root.squashfs", "-noappend", "-no-progress"),
            *("-comp", "zstd", "-Xcompression-level", "15", "-b", "256K", "-no-exports"),
            *("-reproducible", "-mkfs-time", str(epoch), "-all-time", str(epoch)),
        ],
        log,
        what="the root's file system",
        env={name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"},
    )
    shutil.rmtree(tree)
    most = recipe.slot_mib << 20
    if (size := (place / "root.squashfs").stat().st_size) > most:
        raise BuildError(
            f"the root has {size >> 20} MiB, and a slot {recipe.slot_mib}: raise slot_mib"
        )


def _services(image: Path, tree: Path) -> None:
    units = tree / "usr/lib/systemd/system"
    for file in [*(image / "services").glob("*.service"), *(image / "sticks").glob("*.service")]:
        shutil.copy(file, units)
    shutil.copy(image / "sticks/70-sternway-sticks.rules", tree / "usr/lib/udev/rules.d")
    for source, name in (
        ("services/sternway.sysusers", "sternway.conf"),
        ("sticks/sternway-sticks.sysusers", "sternway-sticks.conf"),
    ):
        shutil.copy(image / source, tree / "usr/lib/sysusers.d" / name)


def _settle(recipe: Recipe, tree: Path) -> None:
    """Write what depends on the target."""
    etc = tree / "etc"
    (etc / "hostname").write_text("sternway\n")
    (etc / "hosts").write_text("127.0.0.1 localhost sternway\n")
    # Empty, and not missing: systemd makes one for each start, and asks nobody anything.
    (etc / "machine-id").write_text("")
    boot = "/boot/firmware"
    (etc / "fstab").write_text(
        f"PARTLABEL=sternway-boot {boot} vfat "
        "ro,nodev,nosuid,noexec,umask=0022,nofail,x-systemd.device-timeout=10 0 2\n"
        "PARTLABEL=sternway-data /var/lib/sternway ext4 "
        "noatime,nodev,nosuid,noexec,data=journal,commit=2,errors=remount-ro,"
        "x-systemd.growfs,x-systemd.device-timeout=30 0 2\n"
    )
    (tree / boot.lstrip("/")).mkdir(parents=True, exist_ok=True)
    modules = etc / "initramfs-tools/modules"
    modules.write_text("".join(f"{name}\n" for name in recipe.modules))
    (etc / "initramfs-tools/conf.d").mkdir(exist_ok=True)
    (etc / "initramfs-tools/conf.d/sternway").write_text(
        "COMPRESS=zstd\nMODULES=list\nRESUME=none\n"
    )
    # Nobody has a password, root included, so no prompt can let anybody in.
    shadow = etc / "shadow"
    shadow.write_text(
        re.sub(r"^(\w[^:]*):[^:]*:", r"\1:!*:", shadow.read_text(), flags=re.MULTILINE)
    )


def _inside(tree: Path, log: Path) -> None:
    """Do what the root's own programs must: byte code, and the initramfs. qemu-user runs them."""
    chroot = ("chroot", tree)
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}
    compile_all = ("-m", "compileall", "-q", "-j", "2", "--invalidation-mode", "unchecked-hash")
    for folder in ("/usr/lib/sternway/lib", "/usr/lib/python3.13"):
        run(
            [*chroot, "/usr/bin/python3", *compile_all, folder],
            log,
            what="byte code",
            env=env,
        )
    run([*chroot, "update-initramfs", "-c", "-k", "all"], log, what="the initramfs", env=env)


def _drop(tree: Path) -> None:
    """Take away what a read-only appliance has no use for."""
    for folder in ("var/cache/apt", "var/lib/apt", "var/log", "usr/share/bash-completion", "tmp"):
        for item in (tree / folder).glob("*"):
            shutil.rmtree(item) if item.is_dir() and not item.is_symlink() else item.unlink()
    for pattern in ("var/cache/ldconfig/*", "var/cache/debconf/*-old", "etc/*-"):
        for item in tree.glob(pattern):
            item.unlink()


def _kernel(tree: Path, place: Path) -> None:
    (kernel,) = (tree / "boot").glob("vmlinuz-*")
    (initrd,) = (tree / "boot").glob("initrd.img-*")
    shutil.copy(kernel, place / "linux")
    shutil.copy(initrd, place / "initrd.img")
    for item in (tree / "boot").iterdir():
        if item.is_file() or item.is_symlink():
            item.unlink()
