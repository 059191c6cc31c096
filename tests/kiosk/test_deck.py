"""The incline that was last confirmed: kept through power losses, unknown where it is damaged."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest

from kiosk import deck
from kiosk.deck import Deck
from kiosk.session.actions import Refusal
from kiosk.upkeep.content import belongs, listing, top_names
from tests.records.disk import disk, failing


class Desk:
    """Does at once what is asked, unless it has no time."""

    def __init__(self) -> None:
        self.is_busy = False
        self.asked = 0

    def ask(self, job: Callable[[], None]) -> Future[None]:
        self.asked += 1
        done: Future[None] = Future()
        if self.is_busy:
            done.set_exception(Refusal("busy", "The kiosk is busy."))
        else:
            job()
            done.set_result(None)
        return done


@pytest.fixture
def desk() -> Desk:
    return Desk()


def started(data: Path, desk: Desk, *, simulated: bool = False) -> Deck:
    return Deck(data, desk.ask, simulated=simulated)


def test_a_new_kiosk_s_deck_is_level_as_commissioning_leaves_it(tmp_path: Path, desk: Desk) -> None:
    assert started(tmp_path / "data", desk).pct == 0.0
    assert not (tmp_path / "data").exists()


def test_what_was_confirmed_is_known_after_the_power_was_lost(tmp_path: Path, desk: Desk) -> None:
    data = tmp_path / "data"
    one = started(data, desk)
    for pct in (0.0, 7.0, 7.0, 7.0):
        one.keep(pct)
    assert desk.asked == 1, "the disk is written when it changes"
    assert started(data, desk).pct == 7.0
    one.keep(0.0)
    assert started(data, desk).pct == 0.0


def test_a_desk_that_has_no_time_is_asked_again(tmp_path: Path, desk: Desk) -> None:
    one = started(tmp_path, desk)
    desk.is_busy = True
    one.keep(7.0)
    assert started(tmp_path, desk).pct == 0.0
    desk.is_busy = False
    one.keep(7.0)
    assert started(tmp_path, desk).pct == 7.0


def test_a_disk_that_fails_is_tried_again_after_a_while(
    tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = started(tmp_path, desk)
    with disk(0, failing(5), lasting=True):
        one.keep(7.0)
        one.keep(7.0)
    assert desk.asked == 1
    monkeypatch.setattr(deck, "AGAIN_S", 0.0)
    one = started(tmp_path, desk)
    with disk(0, failing(5), lasting=True):
        one.keep(7.0)
    one.keep(7.0)
    assert started(tmp_path, desk).pct == 7.0


@pytest.mark.parametrize("damage", [b"", b"{", b"flipped"])
def test_a_damaged_one_is_unknown_until_somebody_confirms(
    tmp_path: Path, desk: Desk, damage: bytes
) -> None:
    path = tmp_path / "deck.json"
    started(tmp_path, desk).keep(7.0)
    content = path.read_bytes().replace(b"7.0", b"0.0") if damage == b"flipped" else damage
    path.write_bytes(content)
    for _ in range(3):  # no start takes what was set aside for a deck that nobody ever moved
        one = started(tmp_path, desk)
        assert one.pct is None
        one.keep(None)
    (aside,) = tmp_path.glob("deck.json.broken-*")
    assert aside.read_bytes() == content
    one.keep(0.0)
    assert started(tmp_path, desk).pct == 0.0


def test_a_damaged_one_on_a_disk_that_takes_nothing_stays_unknown(
    tmp_path: Path, desk: Desk
) -> None:
    (tmp_path / "deck.json").write_bytes(b"{")
    with disk(0, failing(30), lasting=True):
        assert started(tmp_path, desk).pct is None
    assert started(tmp_path, desk).pct is None


def test_backups_leave_it_out_and_a_restore_leaves_it_where_it_is(
    tmp_path: Path, desk: Desk
) -> None:
    """It says how this machine stands now, whatever the data was then."""
    started(tmp_path, desk).keep(7.0)
    started(tmp_path, desk, simulated=True).keep(7.0)
    assert listing(tmp_path) == ()
    assert top_names(tmp_path) == ()
    assert not belongs("deck.json")


def test_a_simulation_moves_no_real_deck(tmp_path: Path, desk: Desk) -> None:
    started(tmp_path, desk, simulated=True).keep(7.0)
    assert started(tmp_path, desk).pct == 0.0
    assert started(tmp_path, desk, simulated=True).pct == 7.0
