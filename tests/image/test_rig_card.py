"""The rig's cards: one keeps all that was written, the other forgets what was not flushed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

from image.rig.card import Card, Kept, Volatile, copy
from image.rig.command import Hardware
from image.rig.frame import Bench
from image.rig.updates import update
from image.rig.walks import READY

BLOCK = 4096


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image"
    path.write_bytes(b"as it was built".ljust(1 << 20, b"\0"))
    return path


def write_and_lose_power(card: Card, sockets: Path) -> None:
    """As a machine does it: a block, a flush, a block more; and then the plug."""
    sockets.mkdir()
    where = card.plug(sockets)
    kind, _, file = where.partition(",file=")
    words = ["stdbuf", "-oL", "qemu-io", "-t", "writeback", "-f", kind.removeprefix("format=")]
    steps = [
        f"write -P 65 {BLOCK} {BLOCK}",
        "flush",
        f"write -P 66 {2 * BLOCK} {BLOCK}",
        "sleep 60000",
    ]
    said = b""
    with subprocess.Popen(
        [*words, *(word for step in steps for word in ("-c", step)), file], stdout=subprocess.PIPE
    ) as machine:
        assert machine.stdout is not None
        while said.count(b"wrote") < 2:
            piece = machine.stdout.read1(4096)
            assert piece, said
            said += piece
        card.cut()
        machine.kill()


@pytest.mark.skipif(shutil.which("nbdkit") is None, reason="nbdkit is not installed")
def test_a_card_with_a_cache_keeps_what_was_flushed_and_nothing_more(
    image: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "machine"
    folder.mkdir()
    card = Volatile(image, folder, 1)
    write_and_lose_power(card, tmp_path / "s")
    with card.path.open("rb") as file:
        assert file.read(15) == b"as it was built"
        file.seek(BLOCK)
        assert file.read(BLOCK) == b"A" * BLOCK
        assert file.read(BLOCK) == bytes(BLOCK)
    assert card.path.stat().st_size == 1 << 30


@pytest.mark.skipif(shutil.which("qemu-io") is None, reason="QEMU is not installed")
def test_a_kept_card_is_laid_over_its_image_and_can_be_copied(image: Path, tmp_path: Path) -> None:
    folder, other = tmp_path / "machine", tmp_path / "other"
    folder.mkdir()
    write_and_lose_power(Kept(image, folder, 1), tmp_path / "s")
    copy(folder, other)
    words = ["qemu-io", "-r", "-f", "qcow2", "-c", f"read -P 65 {BLOCK} {BLOCK}"]
    told = subprocess.run(
        [*words, other / "card.qcow2"], capture_output=True, text=True, check=True
    )
    assert "failed" not in told.stdout
    assert image.read_bytes()[BLOCK : 2 * BLOCK] == bytes(BLOCK)


@pytest.mark.skipif(shutil.which("qemu-io") is None, reason="QEMU is not installed")
def test_a_kept_card_becomes_one_that_forgets(image: Path, tmp_path: Path) -> None:
    folder, other = tmp_path / "machine", tmp_path / "other"
    folder.mkdir()
    write_and_lose_power(Kept(image, folder, 1), tmp_path / "s")
    copy(folder, other, volatile=True)
    card = Volatile(image, other, 1)
    assert card.path.stat().st_size == 1 << 30
    with card.path.open("rb") as file:
        assert file.read(15) == b"as it was built"
        file.seek(BLOCK)
        assert file.read(BLOCK) == b"A" * BLOCK


def test_an_update_s_power_is_cut_on_a_card_that_forgets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Hardware] = []

    class Found(Exception):
        """Enough was seen."""

    def machine(_bench: Bench, hardware: Hardware) -> NoReturn:
        asked.append(hardware)
        raise Found

    (tmp_path / READY).mkdir()
    (tmp_path / READY / "card.qcow2").touch()
    (tmp_path / "update").mkdir()
    (tmp_path / "update/card.raw").touch()
    monkeypatch.setattr(Bench, "machine", machine)
    with pytest.raises(Found):
        update(Bench(tmp_path / "image", tmp_path, {}, "update"), tmp_path, tmp_path / "key", 1)
    assert asked == [Hardware(volatile=True)]
