"""A forgotten PIN: a file on the card resets what it names, once, and nothing else does."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from kiosk.pins import PinRefused, Pins
from kiosk.staff import forgotten
from kiosk.staff.forgotten import NAME, Found
from profiles.saying import plain


@pytest.fixture
def data(tmp_path: Path) -> Path:
    made = Pins(tmp_path / "data", simulated=False)
    made.set_first("staff", "4821")
    made.set_first("therapist", "5566")
    return tmp_path / "data"


@pytest.fixture
def card(tmp_path: Path) -> Path:
    (tmp_path / "boot").mkdir()
    return tmp_path / "boot"


def put(card: Path, content: bytes | str, mtime_s: int = 1_800_000_000) -> None:
    path = card / NAME
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (mtime_s, mtime_s))


def started(data: Path, card: Path) -> tuple[Pins, Found | None]:
    """What a start of the kiosk finds."""
    pins = Pins(data, simulated=False)
    return pins, forgotten.apply(pins, (card.parent / "elsewhere", card))


def missing(pins: Pins) -> list[str]:
    return [role for role in ("staff", "therapist") if not pins.is_set(role)]


def test_without_a_file_nothing_happens(data: Path, card: Path) -> None:
    pins, found = started(data, card)
    assert found is None
    assert missing(pins) == []


@pytest.mark.parametrize(
    ("content", "roles"),
    [
        ("staff", ["staff"]),
        ("therapist\n", ["therapist"]),
        ("staff\ntherapist\n", ["staff", "therapist"]),
        ("\r\n Therapist \r\n\r\nSTAFF\r\n", ["staff", "therapist"]),
        ("\ufeffstaff\r\n", ["staff"]),
        ("staff\r\n".encode("utf-16"), ["staff"]),
    ],
)
def test_it_resets_what_it_names_and_says_to_delete_it(
    data: Path, card: Path, content: bytes | str, roles: list[str]
) -> None:
    put(card, content)
    pins, found = started(data, card)
    assert missing(pins) == roles
    assert found is not None
    whose = {
        ("staff",): "the staff's PIN",
        ("therapist",): "the therapist's PIN",
        ("staff", "therapist"): "the PINs of staff and therapist",
    }
    said = plain(found.fault() or ())
    assert said == f"{NAME} has reset {whose[tuple(roles)]}: delete that file."
    for role in roles:
        with pytest.raises(PinRefused, match="No PIN"):
            pins.verify(role, "4821")
        pins.set_first(role, f"99{role[0] == 's':d}7")
    (card / NAME).unlink()
    assert found.fault() is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("staff\npatron\n", "holds something else"),
        ("staff therapist", "holds something else"),
        ("staff;", "holds something else"),
        (b"staff\xff", "is not text"),
        (b"\xff\xfes", "is not text"),
        ("staff\n" * 2000, "is too long"),
    ],
)
def test_anything_else_resets_nothing_and_says_so_in_one_sentence(
    data: Path, card: Path, content: bytes | str, why: str
) -> None:
    put(card, content)
    pins, found = started(data, card)
    assert missing(pins) == []
    pins.verify("staff", "4821")
    assert found is not None
    assert plain(found.said) == (
        f"No PIN was reset, because {NAME} {why}. "
        "Write staff or therapist into it, one a line, or delete it."
    )


def test_links_folders_and_pipes_reset_nothing(data: Path, card: Path, tmp_path: Path) -> None:
    path = card / NAME
    (tmp_path / "real").write_text("staff")
    path.symlink_to(tmp_path / "real")
    assert missing(started(data, card)[0]) == []
    path.unlink()
    path.mkdir()
    pins, found = started(data, card)
    assert missing(pins) == []
    assert found is not None
    assert "is no file" in plain(found.said)
    path.rmdir()
    os.mkfifo(path)
    assert missing(started(data, card)[0]) == []


def test_a_file_that_stays_is_applied_once(data: Path, card: Path) -> None:
    put(card, "staff")
    started(data, card)[0].set_first("staff", "7177")
    pins, found = started(data, card)
    assert missing(pins) == []
    pins.verify("staff", "7177")
    started(data, card)[0].verify("staff", "7177")
    assert found is not None
    assert "delete that file" in plain(found.fault() or ())


@pytest.mark.parametrize("hours", [-12, -1, 1, 2, 5.75, 14])
def test_the_same_file_after_a_change_of_the_zone_or_to_summer_time_is_not_new(
    data: Path, card: Path, hours: float
) -> None:
    put(card, "staff")
    started(data, card)[0].set_first("staff", "7177")
    put(card, "staff", 1_800_000_000 + round(hours * 3600))
    started(data, card)[0].verify("staff", "7177")


@pytest.mark.parametrize(
    ("content", "mtime_s"),
    [("staff", 1_800_000_002), ("staff\n", 1_800_000_000), ("staff", 1_800_000_000 + 200 * 3600)],
)
def test_another_file_or_one_written_again_is_applied_again(
    data: Path, card: Path, content: str, mtime_s: int
) -> None:
    put(card, "staff")
    started(data, card)[0].set_first("staff", "7177")
    put(card, content, mtime_s)
    assert missing(started(data, card)[0]) == ["staff"]


def test_it_ends_a_lock_and_the_doubling(data: Path, card: Path) -> None:
    pins = Pins(data, simulated=False)
    for _ in range(6):
        with pytest.raises(PinRefused):
            pins.verify("staff", "0000")
    put(card, "staff")
    pins, _ = started(data, card)
    pins.set_first("staff", "7177")
    pins.verify("staff", "7177")


def test_it_mends_damaged_pins(data: Path, card: Path) -> None:
    for name in ("pins.json", "pins.json.bak"):
        (data / "settings" / name).write_bytes(b"{")
    pins = Pins(data, simulated=False)
    assert "damaged. Reset them with a file on the card" in plain(pins.fault())
    put(card, "staff\ntherapist")
    pins, _ = started(data, card)
    told = plain(pins.fault())
    assert "pins.json.broken-1 was set aside" in told
    assert "pins.json.bak.broken-1 was set aside" in told
    assert missing(pins) == ["staff", "therapist"]


@pytest.mark.parametrize("role", ["staff", "therapist"])
def test_where_nothing_was_left_to_keep_it_says_that_both_are_reset(
    data: Path, card: Path, role: str
) -> None:
    for name in ("pins.json", "pins.json.bak"):
        (data / "settings" / name).write_bytes(b"{")
    put(card, role)
    pins, found = started(data, card)
    assert missing(pins) == ["staff", "therapist"]
    assert found is not None
    told = plain(found.fault() or ())
    assert told == f"{NAME} has reset the PINs of staff and therapist: delete that file."


def test_no_generation_on_the_disk_knows_the_old_pin_after_a_reset_or_a_change(
    data: Path, card: Path
) -> None:
    put(card, "staff")
    pins, _ = started(data, card)
    pins.set_first("staff", "7177")
    pins.change("therapist", "8688")
    (data / "settings" / "pins.json").write_bytes(b"")
    pins = Pins(data, simulated=False)
    pins.verify("therapist", "8688")
    for role, old in (("staff", "4821"), ("therapist", "5566")):
        with pytest.raises(PinRefused):
            pins.verify(role, old)


def test_a_disk_that_fails_resets_nothing_and_the_next_start_tries_again(
    data: Path, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise OSError(5, "Input/output error")

    put(card, "staff")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing)
        pins, found = started(data, card)
    assert missing(pins) == []
    assert found is not None
    assert plain(found.said) == (
        f"No PIN was reset by {NAME}. The system says: Input/output error."
    )
    assert missing(started(data, card)[0]) == ["staff"]


def test_the_first_place_counts_and_the_real_places_are_a_raspberry_pis(
    data: Path, card: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    put(card, "staff")
    put(other, "therapist")
    pins = Pins(data, simulated=False)
    forgotten.apply(pins, (card, other))
    assert missing(pins) == ["staff"]
    assert [str(place) for place in forgotten.PLACES] == ["/boot/firmware", "/boot"]


def test_no_pin_and_no_content_is_logged(
    data: Path, card: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    put(card, "staff\n4821\n")
    started(data, card)
    put(card, "staff")
    started(data, card)
    assert "reset the PINs of staff" in caplog.text
    assert "4821" not in caplog.text
