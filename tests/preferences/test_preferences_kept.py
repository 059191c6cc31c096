"""The settings' file: every damage is found, set aside and named; nothing else is lost by it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.preferences.kept import Kept
from kiosk.records.files import write_atomically

CHANGED = {"site_name": "Hafenpraxis", "cap_kmh": 3.5, "mm_per_count": 5.125, "facing": "console"}


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path, simulated=False)


def test_nothing_was_ever_changed(kept: Kept) -> None:
    assert kept.load() == {}
    assert kept.set_aside() == ()


def test_what_was_written_is_there_and_twice(kept: Kept) -> None:
    kept.write({"site_name": "Before"})
    kept.write(CHANGED)
    assert kept.load() == CHANGED
    kept.path.unlink()
    assert kept.load() == CHANGED, "the other generation is no older"


def test_what_is_on_the_disk_once_is_kept(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It would hold after a restart: nobody may be told that it was not saved."""
    kept.write({"site_name": "Before"})
    fails = failing_from(2)
    with monkeypatch.context() as patch:
        patch.setattr("kiosk.preferences.kept.write_atomically", fails)
        kept.write(CHANGED)
    assert kept.load() == CHANGED
    assert "written once only" in caplog.text
    with monkeypatch.context() as patch:
        patch.setattr("kiosk.preferences.kept.write_atomically", failing_from(1))
        with pytest.raises(OSError, match="Input/output"):
            kept.write({})
    assert kept.load() == CHANGED


def failing_from(call: int) -> Any:
    """Writing a file, that fails from this call on."""
    calls = itertools.count(1)

    def write(path: Path, content: bytes, *, keep_previous: bool) -> None:
        if next(calls) >= call:
            raise OSError(5, "Input/output error")
        write_atomically(path, content, keep_previous=keep_previous)

    return write


def test_a_simulation_has_a_file_of_its_own(tmp_path: Path, kept: Kept) -> None:
    kept.write(CHANGED)
    assert Kept(tmp_path, simulated=True).load() == {}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 400), bit=st.integers(0, 7))
def test_one_flipped_bit_never_makes_another_value(kept: Kept, place: int, bit: int) -> None:
    kept.write(CHANGED)
    content = bytearray(kept.path.read_bytes())
    content[place % len(content)] ^= 1 << bit
    kept.path.unlink()
    kept.path.write_bytes(bytes(content))
    assert kept.load() == CHANGED


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 300, b'{"version":1', b"[]"])
def test_both_damaged_leaves_the_sites_file_and_names_what_was_set_aside(
    kept: Kept, content: bytes
) -> None:
    kept.write(CHANGED)
    for path in (kept.path, kept.path.with_name(f"{kept.path.name}.bak")):
        path.unlink()
        path.write_bytes(content)
    assert kept.load() == {}
    names = kept.set_aside()
    assert len(names) == 2
    assert all(name.startswith("preferences.json") and ".broken-" in name for name in names)
    kept.write(CHANGED)
    assert kept.load() == CHANGED, "it goes on after the damage"
    assert kept.set_aside() == names, "and names it until somebody looked"


def test_a_file_that_cannot_be_read_is_not_set_aside(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.write(CHANGED)

    def fails(_path: Path) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", fails)
    assert kept.load() == {}
    monkeypatch.undo()
    assert kept.set_aside() == ()
    assert kept.load() == CHANGED
