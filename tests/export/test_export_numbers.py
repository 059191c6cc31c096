"""Numbers of exports: one that was used is never given again, and a full disk holds up nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree

import pytest

from kiosk.export.exporter import Export
from kiosk.export.numbers import Numbers
from kiosk.export.plan import Request
from tests.export import made
from tests.export.conftest import Kept

NIGHT = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)


def name(data: Path, stick: Path, numbers: Numbers | None) -> str:
    request = Request(data, stick, formats=frozenset({"csv"}))
    with Export(request, now=NIGHT, zone=UTC, numbers=numbers) as one:
        return one.run().folder.name.removeprefix(f"{made.KIOSK}_2026-12-31_")


def test_a_deleted_export_keeps_its_number(kept: Kept, stick: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    assert [name(kept.data, stick, Numbers(own)) for _ in range(2)] == ["1", "2"]
    rmtree(stick / "STERNWAY" / f"{made.KIOSK}_2026-12-31_2")
    assert name(kept.data, stick, Numbers(own)) == "3"
    rmtree(stick / "STERNWAY")
    assert name(kept.data, stick, Numbers(own)) == "4", "also on an empty stick, after a restart"


def test_what_lies_on_a_stick_counts_too(kept: Kept, stick: Path, tmp_path: Path) -> None:
    for there in ("7.part", "x", "3", "\u0667", "9_1"):
        (stick / "STERNWAY" / f"{made.KIOSK}_2026-12-31_{there}").mkdir(parents=True)
    assert name(kept.data, stick, Numbers(tmp_path / "own")) == "8"
    assert name(kept.data, stick, None) == "9"


def test_each_name_has_numbers_of_its_own(tmp_path: Path) -> None:
    numbers = Numbers(tmp_path)
    assert [numbers.take("a", 1), numbers.take("b", 1), numbers.take("a", 1)] == [1, 1, 2]
    for day in range(1000):
        numbers.take(f"day {day}", 1)
    assert numbers.take("a", 1) == 1, "it is as old as a stick gets"
    assert numbers.take("day 999", 1) == 2
    assert (tmp_path / "settings" / "exports.json").stat().st_size < 10_000


DAMAGE = {
    "empty": b"",
    "no text": b"\xff",
    "a key that is no text": b'{"version":1,"sha256":"\xff","kept":{"\xff":1}}',
    "a list": b"[]",
    "cut off": b'{"version":1,"sha25',
    "deep": b"[" * 100_000,
    "without its hash": b'{"a": 7}',
}


@pytest.mark.parametrize("content", DAMAGE.values(), ids=DAMAGE)
def test_damage_costs_no_export_and_gives_no_number_twice(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings/exports.json"
    given = [Numbers(tmp_path).take("a", 1) for _ in range(5)]
    path.write_bytes(content)
    given += [Numbers(tmp_path).take("a", 1) for _ in range(2)]
    assert len(set(given)) == len(given)
    assert given[-1] < 10
    assert path.with_name("exports.json.broken-1").read_bytes() == content
    assert not path.with_name("exports.json.broken-2").exists()


@pytest.mark.parametrize("content", DAMAGE.values(), ids=DAMAGE)
def test_where_both_generations_are_damaged_the_stick_has_to_do(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "settings/exports.json"
    for _ in range(2):
        Numbers(tmp_path).take("a", 1)
    path.write_bytes(content)
    path.with_name("exports.json.bak").write_bytes(content)
    assert Numbers(tmp_path).take("a", 4) == 4
    assert Numbers(tmp_path).take("a", 1) == 5


def test_a_flipped_bit_anywhere_gives_no_number_twice(tmp_path: Path) -> None:
    path = tmp_path / "settings/exports.json"
    given = [Numbers(tmp_path).take("a", 1) for _ in range(3)]
    whole, before = path.read_bytes(), path.with_name("exports.json.bak").read_bytes()
    for place in range(len(whole)):
        for bit in range(8):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
            path.with_name("exports.json.bak").write_bytes(before)
            assert Numbers(tmp_path).take("a", 1) not in given, (place, bit)
            for aside in path.parent.glob("*.broken-*"):
                aside.unlink()


def test_a_disk_that_takes_nothing_holds_no_export_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "settings").write_text("a file where a folder should be")
    assert Numbers(tmp_path).take("a", 3) == 3
    assert "could not be kept" in caplog.text
