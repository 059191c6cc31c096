"""When the proof test is due, and the books that say so, damaged ones too."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.care.books import Book
from kiosk.care.compose import Ending, make_care
from kiosk.care.due import Now, Proven, due, proven_of
from kiosk.care.keeping import Keeping
from kiosk.care.measuring import Measure
from kiosk.care.proof import Proof
from kiosk.clock import WallClock
from kiosk.records.sealed import seal
from profiles.saying import plain
from tests.kiosk.clocks import NOON, Turned
from tests.staff.rig import Rig as StaffRig

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
H = 3600.0
UNREAD = "The record of the last proof test is damaged: do the test again."
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
    assert book.lines() == [{"n": 0}, {"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    ("damage", "damaged"),
    [
        (b'{"n": 9', 1),
        (b"\xff\xfe\x00", 1),
        (b"[1, 2]\n", 1),
        (b'{"n": 9}\n', 1),  # without its hash it may have said something else
        (seal({"n": 9}).replace(b"9}", b"8}"), 1),
        (seal([9]) + b"\n", 1),
        (b"\n\n", 0),
    ],
)
def test_a_damaged_line_is_told_and_the_next_one_stands_alone(
    tmp_path: Path, damage: bytes, damaged: int
) -> None:
    book = Book(tmp_path / "b.jsonl")
    book.add({"n": 1})
    with book.path.open("ab") as file:
        file.write(damage)
    book.add({"n": 2})
    assert book.lines() == [{"n": 1}, *[None] * damaged, {"n": 2}]


def test_a_book_that_cannot_be_read_says_nothing_good(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").mkdir()
    assert Book(tmp_path / "b.jsonl").lines() == [None]


def test_a_long_book_is_read_from_its_end(tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    path.write_bytes(b"".join(seal({"n": n}) + b"\n" for n in range(5_000)))
    lines = Book(path).lines()
    assert lines[-1] == {"n": 4_999}
    assert 2_000 < len(lines) < 3_000
    assert None not in lines, "the line that was cut in two is left out"


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
    assert line is not None
    assert proven_of(line) is not None
    assert line["at"].startswith("2026-11-")
    assert line["clock_trusted"] is True
    assert (line["by"], line["results"], line["why"]) == ("staff", {"estop": "failed"}, "permit")


def test_a_line_of_another_kind_is_no_test(site: Site) -> None:
    site.start().keep_proof(PASSED)
    Book(site.data / "care" / "proofs.jsonl").add({"passed": "perhaps"})
    assert site.start().due.unread


@pytest.mark.parametrize("is_cut", [True, False], ids=["cut off", "flipped"])
def test_a_damaged_failure_lets_nobody_walk(site: Site, is_cut: bool) -> None:
    """The test before it was passed, and is no answer to what failed since."""
    site.start().keep_proof(PASSED)
    site.start().keep_proof(FAILED)
    path = site.data / "care" / "proofs.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-9] if is_cut else whole.replace(b'd":false', b'd":true'))
    kept = site.start()
    assert (kept.overdue, kept.due.unread, kept.due.last_at) == (True, True, None)
    assert [plain(one) for one in kept.faults()] == [UNREAD]
    kept.keep_proof(PASSED)
    assert (kept.overdue, kept.faults()) == (False, ())
    assert (site.start().overdue, site.start().faults()) == (False, ())


def test_staff_are_told_of_a_damaged_record(tmp_path: Path) -> None:
    (tmp_path / "data" / "care").mkdir(parents=True)
    (tmp_path / "data" / "care" / "proofs.jsonl").write_bytes(b"\0" * 40)
    rig = StaffRig(tmp_path / "data")
    try:
        make_care(
            rig.data,
            office=rig.office,
            clock=rig.clock,
            log=rig.store,
            sticks=rig.sticks,
            desk=rig.desk,
            preferences=rig.preferences,
            ending=Ending(threading.Event()),
            simulate=False,
        )
        assert UNREAD in [plain(one) for one in rig.office.faults.all()]
    finally:
        rig.close()


def test_a_damaged_line_of_long_ago_is_no_cause(site: Site) -> None:
    site.start().keep_proof(PASSED)
    path = site.data / "care" / "proofs.jsonl"
    path.write_bytes(b"\0" * 40 + b"\n")
    site.start().keep_proof(PASSED)
    assert (site.start().overdue, site.start().faults()) == (False, ())


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
    assert line is not None
    assert line["old"] == {"mm_per_count": 5.0, "invert": False}
    assert line["new"] == {"mm_per_count": 5.1667, "invert": True}
    assert (line["by"], line["belt_mm"], line["turns"]) == ("staff", 3100, 5)
