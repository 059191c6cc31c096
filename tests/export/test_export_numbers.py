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


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"a": "x"}', b'{"a": 1'])
def test_damage_costs_the_memory_and_no_export(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "exports.json").write_bytes(content)
    assert Numbers(tmp_path).take("a", 4) == 4
    assert Numbers(tmp_path).take("a", 1) == 5


def test_a_disk_that_takes_nothing_holds_no_export_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "settings").write_text("a file where a folder should be")
    assert Numbers(tmp_path).take("a", 3) == 3
    assert "could not be kept" in caplog.text
