"""A Raspberry Pi's boot partition: its text, the files a board looks for, and an update of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from hardware.settings import Pins
from image.maker import pi_boot
from image.maker.disk import CMDLINE
from image.maker.kernel import NEEDED, check_config
from image.maker.pi_config import (
    BOARDS,
    MOST_IN_LINE,
    config_text,
    files_for,
    is_setting,
    permit_line,
    settings_for,
)
from image.maker.recipe import BuildError, load
from image.maker.update import beside, main
from kiosk.upkeep.updater.boot import boot_of
from kiosk.upkeep.updater.boot_pi import slot_of
from kiosk.upkeep.updater.machine import Machine
from tests.upkeep import appliance

IMAGE = Path(__file__).resolve().parents[2] / "image"
PI = load(IMAGE / "recipe.toml", "pi")
DEBIAN = load(IMAGE / "recipe.toml", "pi", IMAGE / "recipes/debian.toml")
SETTINGS = (IMAGE / "settings/pi.toml").read_text(encoding="utf-8")
FOUR, FIVE = BOARDS
LINUX = bytes(56) + b"ARM\x64" + bytes(64)


def packaged(folder: Path) -> Path:
    """What the kernel's package of Raspberry Pi OS lays down, as far as it matters here."""
    place = folder / "usr/lib/linux-image-6.12-rpi-v8"
    names = [name for name in (*PI.device_trees, "bcm2710-rpi-3-b.dtb") if "*" not in name]
    overlays = [name for name in PI.overlays if "*" not in name]
    more = ("bcm2712d0.dtbo", "disable-wifi.dtbo", "disable-wifi-pi5.dtbo", "anyspi.dtbo")
    for name in (*(f"broadcom/{one}" for one in names), *(f"overlays/{one}" for one in overlays)):
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    for name in more:
        (place / "overlays" / name).write_bytes(name.encode())
    return folder


@pytest.fixture
def boot(tmp_path: Path) -> Path:
    """A whole boot partition's folder."""
    return filled(tmp_path)


def filled(tmp_path: Path) -> Path:
    import tarfile

    root, base, made = (tmp_path / name for name in ("root", "base", "boot"))
    firmware = tmp_path / "fs/usr/lib/raspi-firmware"
    for folder in (root, base, made, firmware):
        folder.mkdir(parents=True)
    (root / "root.squashfs").write_bytes(b"the root")
    (root / "linux").write_bytes(LINUX)
    (root / "initrd.img").write_bytes(b"initramfs")
    pi_boot.slot_files(PI, packaged(tmp_path / "package"), "6.12-rpi-v8", root)
    for name in ("start4.elf", "fixup4.dat", "bootcode.bin"):
        (firmware / name).write_bytes(b"..VC_BUILD_ID_TIME: Aug  3 2026\0" + name.encode())
    with tarfile.open(base / "base.tar", "w") as tar:
        tar.add(tmp_path / "fs", ".")
    line = CMDLINE.format(slot="a")
    pi_boot.fill(PI, root, base, SETTINGS, line, made, tmp_path / "log")
    return made


def test_each_board_finds_all_that_its_text_names(boot: Path) -> None:
    pi_boot.check(boot)
    text = (boot / "config.txt").read_text()
    slot = "sternway/a"
    assert files_for(FOUR, text)[:3] == ["config.txt", "start4.elf", "fixup4.dat"]
    assert f"{slot}/bcm2711-rpi-4-b.dtb" in files_for(FOUR, text)
    assert f"{slot}/bcm2712-rpi-5-b.dtb" in files_for(FIVE, text)
    assert not [name for name in files_for(FIVE, text) if name.endswith(".elf")]
    for board in BOARDS:
        assert f"{slot}/overlays/vc4-kms-v3d.dtbo" in files_for(board, text)
    assert not (boot / "bootcode.bin").exists()
    assert not list(boot.rglob("*squashfs"))


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.section)
def test_a_file_that_is_missing_stops_the_build(tmp_path: Path, board: object) -> None:
    chosen = next(one for one in BOARDS if one is board)
    names = files_for(chosen, config_text(PI, SETTINGS))
    assert len(names) >= 9
    for number, name in enumerate(names[1:]):
        boot = filled(tmp_path / str(number))
        (boot / name).unlink()
        with pytest.raises(BuildError, match=re.escape(f"would look for {name}")):
            pi_boot.check(boot)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("linux", b"MZ\0\0zimg" + bytes(80), "neither image nor gzip"),
        ("linux", b"", "would look for sternway/a/linux"),
        ("cmdline.txt", b"root=PARTLABEL=sternway-b ro sternway.slot=b\n", "its slot's root"),
        ("cmdline.txt", b"root=PARTLABEL=sternway-a \nsternway.slot=a\n", "one line"),
    ],
)
def test_what_a_board_could_not_start_stops_the_build(
    boot: Path, name: str, content: bytes, told: str
) -> None:
    (boot / "sternway/a" / name).write_bytes(content)
    with pytest.raises(BuildError, match=told):
        pi_boot.check(boot)


def test_a_packed_kernel_is_one_that_it_starts(boot: Path) -> None:
    (boot / "sternway/a/linux").write_bytes(b"\x1f\x8b" + bytes(20))
    pi_boot.check(boot)


def test_the_text_is_what_the_loader_and_the_update_read() -> None:
    for recipe in (PI, DEBIAN):
        text = config_text(recipe, SETTINGS)
        assert slot_of(text) == "a"
        assert text.isascii()
        for board in BOARDS:
            lines = settings_for(board, text)
            values = dict(line.split("=", 1) for line in lines if "=" in line)
            assert values["kernel"] == "linux"
            assert "initramfs initrd.img followkernel" in lines
            assert "dtparam=strict_gpiod" in lines
            assert "dtparam=watchdog=on" in lines
            assert values["enable_uart"] == "0"
        assert max(map(len, filter(is_setting, text.splitlines()))) <= MOST_IN_LINE


def test_the_board_s_own_parameters_stand_before_any_overlay() -> None:
    """Behind one, the firmware would take them for the overlay's."""
    for board in BOARDS:
        text = config_text(PI, SETTINGS).replace("#dtparam=rtc", "dtparam=rtc")
        kinds = [line.split("=")[0] for line in settings_for(board, text)]
        at = [number for number, kind in enumerate(kinds) if kind == "dtoverlay"]
        assert at
        assert "dtparam" not in kinds[at[0] :]


def test_filters_hold_for_their_board_alone() -> None:
    text = "a=1\n[pi5]\nb=2\n[pi4]\nc=3\n[cm4]\nd=4\n[all]\n#e=5\nf=6\n"
    assert settings_for(FOUR, text) == ["a=1", "c=3", "f=6"]
    assert settings_for(FIVE, text) == ["a=1", "b=2", "f=6"]
    assert not any("rtc_bbat" in line for line in settings_for(FIVE, config_text(PI, SETTINGS)))


def test_the_permit_s_pin_is_pulled_to_off() -> None:
    assert permit_line(SETTINGS) == f"gpio={Pins().permit}=ip,pd"
    assert permit_line("[pins]\npermit = 6\npermit_active_high = false\n") == "gpio=6=ip,pu"
    assert permit_line('[treadmill]\npermit = "none"\n') == ""
    assert permit_line("[pins]\npermit = 26\n") in config_text(PI, "[pins]\npermit = 26\n")
    with pytest.raises(BuildError, match="permit"):
        permit_line("[pins]\npermit = 99\n")


def test_a_line_that_the_firmware_would_cut_off_is_an_error() -> None:
    with pytest.raises(BuildError, match="longer than 98"):
        config_text(replace(PI, loaded=("x" * 90,)), SETTINGS)


def test_a_prefix_outside_the_partition_is_an_error() -> None:
    text = config_text(PI, SETTINGS)
    with pytest.raises(BuildError, match="os_prefix"):
        files_for(FOUR, text.replace("os_prefix=sternway/a/", "os_prefix=../other/"))


def test_a_slot_has_what_the_recipe_names_and_nothing_else(tmp_path: Path) -> None:
    package = packaged(tmp_path / "package")
    place = tmp_path / "place"
    place.mkdir()
    pi_boot.slot_files(PI, package, "6.12-rpi-v8", place)
    assert (place / "bcm2712-rpi-5-b.dtb").read_bytes() == b"broadcom/bcm2712-rpi-5-b.dtb"
    assert not (place / "bcm2710-rpi-3-b.dtb").exists()
    assert (place / "overlays/disable-wifi-pi5.dtbo").is_file()
    assert not (place / "overlays/anyspi.dtbo").exists()
    (package / "usr/lib/linux-image-6.12-rpi-v8/overlays/vc4-kms-v3d-pi5.dtbo").unlink()
    with pytest.raises(BuildError, match=r"no overlays/vc4-kms-v3d-pi5\.dtbo"):
        pi_boot.slot_files(PI, package, "6.12-rpi-v8", place)
    with pytest.raises(BuildError, match=r"no broadcom/bcm2711-rpi-4-b\.dtb"):
        pi_boot.slot_files(PI, package, "6.6", place)


def test_what_is_loaded_is_in_the_slot() -> None:
    from fnmatch import fnmatch

    for loaded in PI.loaded:
        name = f"{loaded.split(',')[0]}.dtbo"
        assert any(fnmatch(name, pattern) for pattern in PI.overlays), name


def test_old_firmware_is_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = b"\0VC_BUILD_ID_TIME: 17:27:09\0VC_BUILD_ID_TIME: Apr 17 2024\0"
    assert pi_boot.firmware_date(old) == date(2024, 4, 17)
    assert pi_boot.firmware_date(b"nothing") is None
    filled(tmp_path / "new")
    assert "note" not in capsys.readouterr().out


def test_a_kernel_that_cannot_read_its_root_stops_the_build() -> None:
    whole = "".join(f"CONFIG_{name}={how[0]}\n" for name, how in NEEDED.items())
    check_config(f"# a kernel\n{whole}CONFIG_OTHER=m\n")
    for name in NEEDED:
        without = re.sub(rf"^CONFIG_{name}=.\n", "", whole, flags=re.MULTILINE)
        with pytest.raises(BuildError, match=f"no {name}:"):
            check_config(without)


@pytest.fixture
def pi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Machine]:
    """A machine that was made of this image, and whose updates bring the same files anew."""
    boot = filled(tmp_path / "image")

    def make() -> Machine:
        machine = appliance.make_machine(tmp_path / "machine", "pi")
        for path in boot.rglob("*"):
            target = machine.boot / path.relative_to(boot)
            if path.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
        return replace(machine, built=replace(machine.built, target="pi"))

    return make


def test_an_update_of_the_made_files_leaves_a_partition_that_starts(
    tmp_path: Path, pi: Callable[[], Machine]
) -> None:
    machine = pi()
    secret, _ = appliance.key_pair("ours")
    root = tmp_path / "image/root"
    words = ["pi", "--key", str(secret), "--root", str(root), "--to", str(tmp_path / "out")]
    (root / "system").mkdir()
    (root / "system/image.json").write_text('{"version": "0.2.0", "target": "pi"}')
    assert main(words) == 0
    appliance.install_from(tmp_path / "out/sternway-0.2.0.update", machine)
    slot = machine.kernel_folder("b")
    there = {path.relative_to(slot).as_posix() for path in slot.rglob("*") if path.is_file()}
    assert there == {"linux", "initrd.img", *beside(root), "cmdline.txt", "manifest.json"}
    assert (slot / "overlays/README").is_file()
    # What the board reads once, and then for good, is as whole as what the image came with.
    config = machine.boot / "config.txt"
    kept = config.read_text()
    config.write_text((machine.boot / "tryboot.txt").read_text())
    pi_boot.check(machine.boot)
    config.write_text(kept)
    boot_of(appliance.started_in(machine, "b", "0.2.0", "boot-2")).commit()
    assert slot_of(config.read_text()) == "b"
    pi_boot.check(machine.boot)


def test_an_update_for_a_pi_is_not_made_of_another_s_root(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret, _ = appliance.key_pair("ours")
    for name in ("linux", "initrd.img", "root.squashfs"):
        (tmp_path / name).write_bytes(b"x")
    assert main(["pi", "--key", str(secret), "--root", str(tmp_path)]) == 2
    assert "no device trees" in capsys.readouterr().err
