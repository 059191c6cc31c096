"""A whole card of little files, by the real tools: its table, what lies where, what is proved."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from image.maker import gpt
from image.maker.disk import BASIC, DATA, ESP, SLOT, build_disk
from image.maker.proof import NAMES, differences
from image.maker.recipe import BuildError, load
from tests.image.test_pi import IMAGE, PI, filled

TOOLS = ("genimage", "mkfs.vfat", "fsck.vfat", "mcopy", "mkfs.ext4", "e2fsck")
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
SMALL = {"slot_mib": 8, "boot_mib": 64, "data_mib": 128}
MIB = 1 << 20


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root and the base that a card is made of."""
    if missing := [tool for tool in TOOLS if shutil.which(tool, path=PATH) is None]:
        pytest.skip(f"NOT RUN: a whole card: there is no {', '.join(missing)}")
    place = tmp_path_factory.mktemp("parts")
    filled(place)
    efi = place / "fs/usr/lib/systemd/boot/efi"
    efi.mkdir(parents=True)
    (efi / "systemd-bootaa64.efi").write_bytes(b"a loader")
    subprocess.run(["tar", "-C", place / "fs", "-cf", place / "base/base.tar", "."], check=True)
    return place


def made(parts: Path, place: Path, target: str = "pi") -> Path:
    recipe = replace(PI if target == "pi" else load(IMAGE / "recipe.toml", target), **SMALL)
    place.mkdir(parents=True)
    settings = IMAGE / "settings" / f"{target}.toml"
    log = place.parent / "log"
    build_disk(recipe, parts / "root", parts / "base", settings, "7", 1_764_000_000, place, log)
    return place / "sternway.img"


@pytest.fixture(scope="module")
def card(parts: Path) -> Path:
    return made(parts, parts / "card")


def test_the_card_has_its_partitions_where_a_card_wants_them(card: Path) -> None:
    found = gpt.partitions(card)
    assert tuple(part.name for part in found) == NAMES
    assert [str(part.kind) for part in found] == [BASIC, SLOT, SLOT, DATA]
    assert [part.size // MIB for part in found] == [64, 8, 8, 128]
    assert [part.begin % (4 * MIB) for part in found] == [0] * 4


def test_the_first_block_is_one_that_windows_leaves_alone(card: Path) -> None:
    content = card.read_bytes()
    header = content[gpt.BLOCK :]
    spare = struct.unpack_from("<Q", header, 32)[0]
    for at in (0, spare * gpt.BLOCK - gpt.BLOCK):
        assert struct.unpack_from("<Q", header, at + 40)[0] == gpt.FIRST
    if shutil.which("sfdisk", path=PATH) is not None:
        done = subprocess.run(
            ["sfdisk", "--verify", card],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PATH": PATH},
        )
        assert done.returncode == 0, done.stderr
        assert "No errors detected" in done.stdout


@pytest.mark.parametrize("at", [gpt.BLOCK + 60, 2 * gpt.BLOCK + 3])
def test_a_damaged_table_is_not_taken_for_a_whole_one(card: Path, tmp_path: Path, at: int) -> None:
    spoiled = tmp_path / "spoiled.img"
    shutil.copy(card, spoiled)
    with spoiled.open("r+b") as file:
        file.seek(at)
        was = file.read(1)
        file.seek(at)
        file.write(bytes([was[0] ^ 1]))
    with pytest.raises(BuildError, match="damaged"):
        gpt.partitions(spoiled)


def test_made_twice_it_is_the_same_to_the_byte(card: Path, parts: Path, tmp_path: Path) -> None:
    assert made(parts, tmp_path / "again").read_bytes() == card.read_bytes()


def test_a_card_that_lacks_what_its_text_names_is_not_made(parts: Path, tmp_path: Path) -> None:
    spoiled = tmp_path / "parts"
    shutil.copytree(parts / "root", spoiled / "root")
    shutil.copytree(parts / "base", spoiled / "base")
    (spoiled / "root/overlays/vc4-kms-v3d.dtbo").unlink()
    with pytest.raises(BuildError, match=r"would look for sternway/a/overlays/vc4-kms-v3d\.dtbo"):
        made(spoiled, tmp_path / "card")


def test_the_emulated_machine_s_card_is_proved_as_well(parts: Path, tmp_path: Path) -> None:
    found = gpt.partitions(made(parts, tmp_path / "card", "virt"))
    assert str(found[0].kind) == ESP
    assert tuple(part.name for part in found) == NAMES


def test_folders_that_differ_are_told_apart(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        (folder / "in").mkdir(parents=True)
        (folder / "in/same").write_text("x")
        (folder / "in/changed").write_text(folder.name)
    (one / "lost").write_text("x")
    (other / "more").write_text("x")
    assert differences(one, other) == ["in/changed", "lost", "more"]
    assert differences(one, one) == []
