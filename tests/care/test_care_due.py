"""When the proof test is due, and the books that say so, damaged ones too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.care.books import Book
from kiosk.care.due import Now, Proven, due, proven_of
from kiosk.care.keeping import Keeping
from kiosk.care.measuring import Measure
from kiosk.care.proof import Proof
from kiosk.clock import WallClock
from tests.kiosk.clocks import NOON, Turned

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
H = 3600.0
PASSED = Proof("passed", results=(("estop", "passed"), ("key", "passed")), falls_ms=(("estop", 0),))
FAILED = Proof("failed", results=(("estop", "failed"),), why="permit")


def proven(*, passed: bool = True, trusted: bool = True, boot: str = "a") -> Proven:
    return Proven(AT, trusted, boot, 1000.0, passed)


def after(hours: float, *, trusted: bool = True, boot: str = "a") -> Now:
    return Now(AT + timedelta(hours=hours), trusted, boot, 1000.0 + hours * H)


@pytest.mark.parametrize(
    ("last", "now", "overdue"),
    [
        (None, after(0), True),
        (proven(), after(0), False),
        (proven(), after(23.9), False),
        (proven(), after(24), True),
        # Within one boot no clock that anybody may turn is asked.
        (proven(trusted=False), after(1, trusted=False), False),
        (proven(), after(1)._replace(utc=AT + timedelta(days=300)), False),
        (proven(), after(25)._replace(utc=AT), True),
        # Across boots both times must be vouched for.
        (proven(), after(1, boot="b"), False),
        (proven(), after(24, boot="b"), True),
        (proven(), after(1, boot="b", trusted=False), True),
        (proven(trusted=False), after(1, boot="b"), True),
        # One from the future was dated by a clock that was wrong.
        (proven(), after(-1, boot="b"), True),
        (proven(passed=False), after(0), True),
    ],
)
def test_when_it_is_due(last: Proven | None, now: Now, overdue: bool) -> None:
    found = due(last, now, 24)
    assert found.overdue is overdue
    assert (found.left_s is None) is overdue


def test_how_long_it_is_left() -> None:
    assert due(proven(), after(20), 24).left_s == 4 * H
    assert due(proven(), after(20), 48).left_s == 28 * H


def test_a_time_nobody_vouched_for_is_not_told() -> None:
    assert due(proven(trusted=False), after(1), 24).last_at is None
    assert due(proven(), after(1), 24).last_at == AT


# --- the books ------------------------------------------------------------------------------------


def test_a_book_is_only_added_to(tmp_path: Path) -> None:
    book = Book(tmp_path / "care" / "b.jsonl")
    assert book.lines() == []
    for n in range(3):
        book.add({"n": n})
    assert [line["n"] for line in book.lines()] == [0, 1, 2]


@pytest.mark.parametrize("damage", [b'{"n": 9', b"\xff\xfe\x00", b"[1, 2]\n", b"\n\n"])
def test_a_damaged_line_is_passed_over_and_the_next_one_stands_alone(
    tmp_path: Path, damage: bytes
) -> None:
    book = Book(tmp_path / "b.jsonl")
    book.add({"n": 1})
    with book.path.open("ab") as file:
        file.write(damage)
    book.add({"n": 2})
    assert [line["n"] for line in book.lines()] == [1, 2]


def test_a_long_book_is_read_from_its_end(tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    path.write_text("".join(f'{{"n": {n}}}\n' for n in range(60_000)))
    lines = Book(path).lines()
    assert lines[-1] == {"n": 59_999}
    assert len(lines) < 40_000


# --- what is kept ---------------------------------------------------------------------------------


class Site:
    """A data folder, its clocks, and kiosks that start on it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.machine = Turned()
        self.machine.system = NOON.timestamp()
        self.vouched = True

    def start(self, *, simulated: bool = False) -> Keeping:
        clock = WallClock(self.data, simulated=True, machine=self.machine)
        if self.vouched:
            clock.confirm()
        return Keeping(
            self.data, clock, every_h=lambda: 24, simulated=simulated, machine=self.machine
        )


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_new_kiosk_is_due_until_it_is_proven(site: Site) -> None:
    kept = site.start()
    assert kept.overdue
    kept.keep_proof(PASSED)
    assert not kept.overdue
    assert not site.start().overdue, "nor after the kiosk restarts"
    assert site.start().key_seen


def test_a_failed_test_blocks_until_one_is_passed(site: Site) -> None:
    kept = site.start()
    kept.keep_proof(PASSED)
    kept.keep_proof(FAILED)
    assert (kept.due.overdue, kept.due.failed) == (True, True)
    assert site.start().overdue
    kept.keep_proof(PASSED)
    assert not kept.overdue


def test_the_line_says_when_by_whom_and_what(site: Site) -> None:
    site.start().keep_proof(FAILED)
    (line,) = Book(site.data / "care" / "proofs.jsonl").lines()
    assert proven_of(line) is not None
    assert line["at"].startswith("2026-11-")
    assert line["clock_trusted"] is True
    assert (line["by"], line["results"], line["why"]) == ("staff", {"estop": "failed"}, "permit")


def test_a_line_of_another_kind_is_no_test(site: Site) -> None:
    site.start().keep_proof(PASSED)
    Book(site.data / "care" / "proofs.jsonl").add({"passed": "perhaps"})
    assert not site.start().overdue


def test_what_the_disk_does_not_take_counts_only_if_it_failed(site: Site) -> None:
    kept = site.start()
    (site.data / "care").write_text("no folder")
    kept.keep_proof(PASSED)
    assert (kept.due.overdue, kept.due.unkept) == (True, True)
    (site.data / "care").unlink()
    kept.keep_proof(PASSED)
    (site.data / "care").rename(site.data / "away")
    (site.data / "care").write_text("no folder")
    kept.keep_proof(FAILED)
    assert (kept.due.overdue, kept.due.failed, kept.due.unkept) == (True, True, True)


def test_after_power_on_an_unknown_time_is_due(site: Site) -> None:
    site.start().keep_proof(PASSED)
    site.machine.restarts()
    site.vouched = False
    assert site.start().overdue
    site.machine.system = NOON.timestamp() + H
    site.vouched = True
    assert not site.start().overdue, "staff looked at the clock"


def test_a_simulation_counts_as_proven_and_says_so(site: Site) -> None:
    kept = site.start(simulated=True)
    assert (kept.due.overdue, kept.due.assumed) == (False, True)
    kept.keep_proof(FAILED)
    assert (kept.due.overdue, kept.due.assumed) == (True, False)


def test_it_becomes_due_while_the_kiosk_runs(site: Site) -> None:
    kept = site.start()
    kept.keep_proof(PASSED)
    site.machine.passes(25 * H)
    kept.look(10**9)
    assert kept.overdue


def test_a_calibration_leaves_old_beside_new(site: Site) -> None:
    measure = Measure("result", 3100, 5, 5.0, False, first=-3000, mm=5.1667, invert=True)
    site.start().keep_measure(measure)
    (line,) = Book(site.data / "care" / "calibrations.jsonl").lines()
    assert line["old"] == {"mm_per_count": 5.0, "invert": False}
    assert line["new"] == {"mm_per_count": 5.1667, "invert": True}
    assert (line["by"], line["belt_mm"], line["turns"]) == ("staff", 3100, 5)
