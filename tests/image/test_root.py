"""The root, without building one: what is taken away, mounted, laid and locked."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from image.maker import needs
from image.maker.kernel import check_modules, dependencies, thin, version_of
from image.maker.recipe import BuildError, load
from image.maker.root import BOOT, LAID, NOT_WANTED, fstab, lock_everybody_out

IMAGE = Path(__file__).resolve().parents[2] / "image"
FILES = IMAGE / "files"
VIRT = load(IMAGE / "recipe.toml", "virt")
KERNEL = (
    "fs/fat/vfat.ko.xz",
    "fs/exfat/exfat.ko.xz",
    "fs/ext4/ext4.ko.xz",
    "fs/mbcache.ko.xz",
    "fs/btrfs/btrfs.ko.xz",
    "fs/ntfs3/ntfs3.ko.xz",
    "fs/isofs/isofs.ko.xz",
    "net/bluetooth/bluetooth.ko.xz",
    "drivers/net/usb/rndis_host.ko.xz",
    "drivers/usb/storage/usb-storage.ko.xz",
    "drivers/usb/serial/ftdi_sio.ko.xz",
    "drivers/scsi/sd_mod.ko.xz",
    "drivers/scsi/megaraid/megaraid.ko.xz",
    "drivers/hid/usbhid/usbhid.ko.xz",
    "drivers/hid/usbhid/usbkbd.ko.xz",
    "drivers/hid/hid-multitouch.ko.xz",
    "drivers/media/mc/mc.ko.xz",  # USB sound needs it
    "drivers/media/usb/uvc/uvcvideo.ko.xz",
    "drivers/media/mmc/siano.ko.xz",
    "drivers/media/cec/core/cec.ko.xz",  # a Raspberry Pi's display needs it, and rc-core
    "drivers/media/cec/usb/pulse8/pulse8-cec.ko.xz",
    "drivers/media/rc/rc-core.ko.xz",
    "drivers/media/rc/mceusb.ko.xz",
    "drivers/gpu/drm/vc4/vc4.ko.xz",
    "drivers/usb/gadget/udc/udc-core.ko.xz",  # and a Raspberry Pi's USB this
    "drivers/usb/gadget/legacy/g_serial.ko.xz",
    "drivers/usb/dwc2/dwc2.ko.xz",
)
STAYS = {
    *("vfat", "exfat", "ext4", "mbcache", "usb-storage", "ftdi_sio", "sd_mod", "usbhid"),
    *("hid-multitouch", "mc", "cec", "rc-core", "vc4", "udc-core", "dwc2"),
}


def test_of_the_kernel_only_what_is_wanted_stays(tmp_path: Path) -> None:
    for name in KERNEL:
        path = tmp_path / "6.12/kernel" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert version_of(tmp_path) == "6.12"
    thin(VIRT, tmp_path / "6.12")
    assert {path.name.split(".")[0] for path in tmp_path.rglob("*.ko.xz")} == STAYS


def test_two_kernels_are_one_too_many(tmp_path: Path) -> None:
    for version in ("6.1", "6.12"):
        (tmp_path / version).mkdir()
    with pytest.raises(BuildError, match="one kernel is wanted, and there are 2"):
        version_of(tmp_path)


def test_no_module_stays_that_lacks_another_nor_goes_that_is_wanted(tmp_path: Path) -> None:
    """depmod says nothing of a module that cannot be loaded, and it was the display's."""
    recipe = replace(VIRT, modules=("vc4",), modules_wanted=("usb-storage", "ftdi_sio"))
    usb, cec, vc4 = "drivers/usb/storage/usb-storage.ko", "drivers/cec.ko.xz", "drivers/vc4.ko.xz"
    before = {usb: (), cec: (), vc4: (cec,)}
    (tmp_path / "modules.builtin").write_text("kernel/drivers/usb/serial/ftdi_sio.ko\n")

    def left(*paths: str) -> None:
        (tmp_path / "modules.dep").write_text("".join(f"{path}:\n" for path in paths))
        check_modules(recipe, before, tmp_path)

    left(usb, cec, vc4)
    with pytest.raises(BuildError, match=r"modules, vc4 needs cec: .*modules_stay"):
        left(usb, vc4)
    with pytest.raises(BuildError, match="modules, usb-storage is wanted and not there:"):
        left(cec, vc4)
    with pytest.raises(BuildError, match="modules, vc4 is wanted and not there:"):
        left(usb, cec)
    (tmp_path / "modules.dep").write_text(f"{vc4}: {cec}\n{cec}:\n")
    assert dependencies(tmp_path) == {vc4: (cec,), cec: ()}


@pytest.mark.parametrize("target", ["virt", "pi"])
def test_no_file_system_stays_but_the_machine_s_own_and_a_stick_s(target: str) -> None:
    kept = set(load(IMAGE / "recipe.toml", target).file_systems)
    own = {"ext4", "jbd2", "mbcache", "squashfs", "nls", "efivarfs", "autofs", "pstore"}
    assert kept - own == {"fat", "exfat"}
    refused = (FILES / "etc/modprobe.d/sternway.conf").read_text(encoding="utf-8")
    assert not [name for name in kept if f"install {name} " in refused]
    assert "install vfat" not in refused


def test_the_data_is_never_a_stick_s_partition() -> None:
    rules = (FILES / "usr/lib/udev/rules.d/73-sternway-disks.rules").read_text(encoding="utf-8")
    devices = [line.split()[0] for line in fstab().splitlines() if line.startswith("/dev")]
    assert devices == ["/dev/sternway/boot", "/dev/sternway/data"]
    lines = rules.splitlines()
    skipped = lines.index('SUBSYSTEMS=="usb", GOTO="sternway_disks_end"')
    for device in devices:
        (made,) = [n for n, line in enumerate(lines) if f'"{device.removeprefix("/dev/")}"' in line]
        assert made > skipped


def test_all_that_can_be_written_runs_nothing_and_is_no_device() -> None:
    for line in fstab().splitlines():
        options = line.split()[3].split(",")
        assert {"nodev", "nosuid", "noexec"} <= set(options), line


@pytest.mark.parametrize("unit", ["sternway-guard.service", "sternway-kiosk.service"])
def test_nothing_starts_without_the_settings_on_the_boot_partition(unit: str) -> None:
    """Their defaults may be other pins than those that were wired, or the other way round."""
    (added,) = (FILES / f"usr/lib/systemd/system/{unit}.d").iterdir()
    assert f"[Unit]\nRequiresMountsFor={BOOT}\n" in added.read_text(encoding="utf-8")
    assert not [line for line in fstab().splitlines() if "nofail" in line.split()[3]]


def test_the_data_grows_by_its_own_type_of_partition() -> None:
    from image.maker.disk import DATA

    repart = (FILES / "usr/lib/repart.d/50-sternway-data.conf").read_text(encoding="utf-8")
    assert f"Type={DATA}\n" in repart


def test_nobody_has_a_password(tmp_path: Path) -> None:
    shadow = tmp_path / "shadow"
    shadow.write_text("root::1::::::\ndaemon:*:1::::::\nsternway-kiosk:$y$x:1::::::\n")
    lock_everybody_out(shadow)
    assert re.findall(r"^[^:]*:([^:]*):", shadow.read_text(), re.MULTILINE) == ["!*"] * 3


def test_every_service_and_rule_is_laid_into_the_root() -> None:
    there = {
        path.relative_to(IMAGE).as_posix()
        for folder in ("services", "sticks", "update", "ssh")
        for path in (IMAGE / folder).iterdir()
        if path.is_file() and path.suffix != ".md"
    }
    assert there == set(LAID)


def test_a_driver_is_there_before_a_service_names_its_devices() -> None:
    """``DeviceAllow=char-NAME`` of a driver that comes later allows nothing."""
    loaded = (FILES / "usr/lib/modules-load.d/sternway.conf").read_text(encoding="utf-8")
    brings = {"ttyACM": "cdc_acm", "ttyUSB": "usbserial", "sd": "sd_mod", "alsa": "snd"}
    always = {"gpiochip", "ttyAMA", "drm", "input", "rtc"}  # built in, or in the initramfs
    units = [*(IMAGE / "services").glob("*.service"), *(IMAGE / "sticks").glob("*.service")]
    for unit in units:
        for name in re.findall(r"^DeviceAllow=(?:char|block)-(\S+)", unit.read_text(), re.M):
            assert name in always or f"\n{brings[name]}\n" in loaded, f"{unit.name}: {name}"


def rules(name: str) -> list[str]:
    text = (FILES / "usr/lib/udev/rules.d" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_a_serial_port_s_control_is_looked_at_again_after_its_data(tmp_path: Path) -> None:
    """cdc_acm takes both or none, and udev lets them in in any order, each by itself."""
    lines = rules("72-sternway-usb.rules")
    (jump,) = [line for line in lines if 'bInterfaceClass}=="0a"' in line]
    (label,) = re.findall('GOTO="(.*)"', jump)
    rule = lines[lines.index(f'LABEL="{label}"') + 1]
    assert rule.startswith('ATTR{authorized}="1", RUN+=')
    (command,) = re.findall("/bin/sh -c '(.*)'", rule)
    device = tmp_path / "devices/usb1/1-1"
    for name in ("1-1:1.0", "1-1:1.1", "power"):
        (device / name).mkdir(parents=True)
    asked = tmp_path / "bus/usb/drivers_probe"
    asked.parent.mkdir(parents=True)
    # As udev does: its own marks, then the command. A file takes what the kernel is told.
    command = command.replace("$$", "$").replace("%p", "/devices/usb1/1-1/1-1:1.1")
    command = command.replace("/sys", str(tmp_path)).replace(" > ", " >> ")
    subprocess.run(["/bin/sh", "-ec", command], check=True)
    assert asked.read_text().split() == ["1-1:1.0", "1-1:1.1"]


def test_of_usb_only_a_touchscreen_without_keys_is_heard() -> None:
    """Its vendor's number is what a device says of itself."""
    *_, touch, keys, end = rules("74-sternway-input.rules")
    assert touch == 'SUBSYSTEMS=="usb", ENV{ID_INPUT_TOUCHSCREEN}!="1", ATTR{inhibited}="1"'
    assert keys == 'SUBSYSTEMS=="usb", ENV{ID_INPUT_KEYBOARD}=="1", ATTR{inhibited}="1"'
    assert end.startswith("LABEL=")
    assert "ctrl-alt-del.target" in NOT_WANTED


def test_every_jump_in_a_rule_lands() -> None:
    for path in (FILES / "usr/lib/udev/rules.d").iterdir():
        lines = rules(path.name)
        for at, line in enumerate(lines):
            for label in re.findall('GOTO="(.*?)"', line):
                assert f'LABEL="{label}"' in lines[at + 1 :], f"{path.name}: {label}"


def test_what_is_missing_is_told_at_once(tmp_path: Path) -> None:
    have = {need.what for need in needs.NEEDS} - {"swig", "genimage"}
    with pytest.raises(BuildError) as told:
        needs.check(
            VIRT, which=lambda name: name if name in have else None, machine="x86_64", user=0
        )
    assert "swig" in str(told.value)
    assert "sudo apt install genimage swig" in str(told.value)
    # An arm64 machine emulates nothing.
    (tmp_path / "key.gpg").touch()
    recipe = type(VIRT)(**{**vars_of(VIRT), "keyring": str(tmp_path / "key.gpg")})
    native = {need.what for need in needs.NEEDS if not need.emulated_only}
    needs.check(
        recipe, which=lambda name: name if name in native else None, machine="aarch64", user=0
    )
    with pytest.raises(BuildError, match="update-binfmts"):
        needs.check(recipe, which=lambda name: name, machine="x86_64", binfmt=tmp_path, user=0)


def test_whoever_is_not_root_learns_that_before_anything_else() -> None:
    with pytest.raises(BuildError, match=r"as root, sudo make image TARGET=virt$"):
        needs.check(VIRT, which=lambda _name: None, machine="x86_64", user=1000)


def vars_of(recipe: object) -> dict[str, object]:
    import msgspec

    return msgspec.structs.asdict(recipe)  # type: ignore[arg-type]
