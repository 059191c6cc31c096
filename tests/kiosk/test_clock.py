"""The wall clock: who vouched for it, and that a turned clock moves no duration and no order."""

from __future__ import annotations

import itertools
import logging
import os
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from kiosk import clock as module
from kiosk import clock_setter
from kiosk.clock import ClockError, Machine, WallClock
from kiosk.replay import replay
from profiles.saying import plain
from tests.kiosk.clocks import NOON, YEAR_S, Turned
from tests.records.sessions import chain_fault, kept


@pytest.fixture
def machine() -> Turned:
    return Turned()


def clock_of(data: Path, machine: Turned) -> WallClock:
    return WallClock(data, simulated=False, machine=machine)


def test_nobody_vouches_for_a_clock_at_power_on(tmp_path: Path, machine: Turned) -> None:
    machine.system = NOON.timestamp()
    assert clock_of(tmp_path, machine).now() == (NOON, False)


def test_what_staff_set_goes_on_whatever_happens_to_the_systems_clock(
    tmp_path: Path, machine: Turned
) -> None:
    clock = clock_of(tmp_path, machine)
    clock.set(NOON)
    for turn_s in (YEAR_S * 10, -YEAR_S * 30, 3600.0):
        machine.system += turn_s
        machine.passes(60)
    assert clock.now() == (NOON + timedelta(minutes=3), True)


def test_a_confirmed_clock_is_trusted_and_does_not_move(tmp_path: Path, machine: Turned) -> None:
    machine.system = NOON.timestamp()
    clock = clock_of(tmp_path, machine)
    clock.confirm()
    assert clock.now() == (NOON, True)
    machine.passes(5)
    clock.confirm()
    assert clock.now() == (NOON + timedelta(seconds=5), True)


def test_it_survives_a_restart_of_the_program_but_not_of_the_machine(
    tmp_path: Path, machine: Turned
) -> None:
    clock_of(tmp_path, machine).set(NOON)
    machine.passes(100)
    machine.system = 0.0
    assert clock_of(tmp_path, machine).now() == (NOON + timedelta(seconds=100), True)
    machine.restarts()
    assert clock_of(tmp_path, machine).now()[1] is False


def test_a_time_server_vouches_and_a_later_one_outranks_staff(
    tmp_path: Path, machine: Turned
) -> None:
    clock = clock_of(tmp_path, machine)
    machine.synchronizes(NOON.timestamp())
    assert clock.now() == (NOON, True)
    clock.set(NOON + timedelta(hours=1))
    machine.system = 0.0
    assert clock.now() == (NOON + timedelta(hours=1), True), "what was heard before is older"
    assert clock_of(tmp_path, machine).now() == (NOON + timedelta(hours=1), True)
    machine.synchronizes(NOON.timestamp() + 60)
    assert clock.now() == (NOON + timedelta(seconds=60), True)
    machine.system -= YEAR_S
    assert clock.now() == (NOON + timedelta(seconds=60), True), "a jump between two is none"


def test_a_battery_clock_is_believed_when_it_was_right_at_the_last_voucher(
    tmp_path: Path,
) -> None:
    machine = Turned(battery=True)
    assert clock_of(tmp_path, machine).now()[1] is False, "nobody ever looked at it"
    clock_of(tmp_path, machine).set(NOON)
    machine.restarts(off_s=86_400)
    clock = clock_of(tmp_path, machine)
    assert clock.now() == (NOON + timedelta(days=1), True)
    machine.system += YEAR_S
    assert clock.now()[0] == NOON + timedelta(days=1)


@pytest.mark.parametrize("seconds", [-YEAR_S * 56, -1.0, YEAR_S * 200])
def test_a_battery_clock_that_lost_its_power_is_not(tmp_path: Path, seconds: float) -> None:
    machine = Turned(battery=True)
    clock_of(tmp_path, machine).set(NOON)
    machine.restarts(off_s=seconds)
    assert clock_of(tmp_path, machine).now()[1] is False


def test_a_battery_clock_that_nobody_may_set_and_that_was_wrong_is_not(tmp_path: Path) -> None:
    machine = Turned(battery=True)
    machine.may_turn = False
    clock_of(tmp_path, machine).set(NOON + timedelta(minutes=5))
    machine.restarts()
    assert clock_of(tmp_path, machine).now()[1] is False


def test_a_battery_clock_that_nobody_may_set_but_that_was_right_is(tmp_path: Path) -> None:
    machine = Turned(battery=True)
    machine.may_turn = False
    clock_of(tmp_path, machine).set(NOON + timedelta(seconds=2))
    machine.restarts(off_s=60)
    assert clock_of(tmp_path, machine).now() == (NOON + timedelta(seconds=60), True)


def test_a_simulation_turns_no_clock_of_the_machine_and_keeps_a_file_of_its_own(
    tmp_path: Path, machine: Turned
) -> None:
    simulated = WallClock(tmp_path, simulated=True, machine=machine)
    simulated.set(NOON)
    assert machine.turned == []
    assert simulated.now() == (NOON, True)
    assert clock_of(tmp_path, machine).now()[1] is False
    clock_of(tmp_path, machine).set(NOON)
    assert machine.turned == [NOON.timestamp()]


@pytest.mark.parametrize("year", [1970, 2024, 2101, 9999])
def test_a_wild_date_is_refused_in_one_sentence(tmp_path: Path, machine: Turned, year: int) -> None:
    clock = clock_of(tmp_path, machine)
    with pytest.raises(ClockError, match="from 2025 to 2100: set the date"):
        clock.set(NOON.replace(year=year))
    machine.system = NOON.replace(year=year).timestamp()
    with pytest.raises(ClockError):
        clock.confirm()
    assert clock.now()[1] is False


def test_the_bounds_are_of_utc_and_a_time_without_its_zone_is_no_time(
    tmp_path: Path, machine: Turned
) -> None:
    clock = clock_of(tmp_path, machine)
    east = timezone(timedelta(hours=14))
    with pytest.raises(ClockError):
        clock.set(datetime(2025, 1, 1, 3, 0, tzinfo=east))
    clock.set(datetime(2101, 1, 1, 3, 0, tzinfo=east))
    assert clock.now()[0] == datetime(2100, 12, 31, 13, 0, tzinfo=UTC)
    with pytest.raises(ClockError, match="zone"):
        clock.set(NOON.replace(tzinfo=None))


@pytest.mark.parametrize("damage", [b"", b"\0" * 40, b"{", b'{"boot_id": "boot-1"}', b"[1e999]"])
def test_a_damaged_file_means_unset(tmp_path: Path, machine: Turned, damage: bytes) -> None:
    clock_of(tmp_path, machine).set(NOON)
    (tmp_path / "settings" / "clock.json").write_bytes(damage)
    assert clock_of(tmp_path, machine).now()[1] is False


def test_a_full_disk_keeps_it_in_memory_and_says_so(
    tmp_path: Path, machine: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = clock_of(tmp_path, machine)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        clock.set(NOON)
    assert clock.now() == (NOON, True)
    assert plain(clock.fault()) == (
        "The clock's setting could not be saved: set the clock after a restart."
    )
    clock.set(NOON)
    assert clock.fault() == ()


@pytest.mark.parametrize(
    ("zone", "name"),
    [("Europe/Berlin", "Europe/Berlin"), (":Asia/Tokyo", "Asia/Tokyo"), ("no/such", "UTC")],
)
def test_the_zone_is_one_that_python_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str, name: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    assert clock_of(tmp_path, Turned()).zone == name


def test_the_places_own_zone_outranks_the_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    clock = WallClock(tmp_path, simulated=True, timezone="Europe/Berlin")
    assert clock.zone == "Europe/Berlin"


def test_the_real_machine_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine()
    assert 0 < machine.boot_s() <= machine.boot_s()
    assert machine.boot_id() == machine.boot_id()
    assert abs(machine.system_s() - time.time()) < 60
    synchronized = tmp_path / "synchronized"
    monkeypatch.setattr(module, "_SYNCHRONIZED", synchronized)
    assert machine.synchronized() is None
    synchronized.touch()
    before = machine.synchronized()
    os.utime(synchronized, ns=(1, 1))
    assert before is not None
    assert machine.synchronized() != before
    hardware = tmp_path / "since_epoch"
    monkeypatch.setattr(clock_setter, "HARDWARE", hardware)
    assert machine.hardware_s() is None
    hardware.write_text("1800000000\n")
    assert machine.hardware_s() == 1_800_000_000.0


def test_the_service_is_asked_and_where_there_is_none_the_kernel(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is really turned here: the calls are caught."""
    asked: list[str] = []
    answers: list[OSError | None] = [None]

    def ask(utc_s: float, boot_s: float) -> None:
        assert abs(boot_s - Machine().boot_s()) < 60
        asked.append(f"service {utc_s}")
        if answers[0] is not None:
            raise answers[0]

    def turn(utc_s: float) -> None:
        asked.append(f"kernel {utc_s}")
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(clock_setter, "ask", ask)
    monkeypatch.setattr(clock_setter, "turn", turn)
    caplog.set_level(logging.INFO)
    Machine().turn(5.0)
    assert asked == ["service 5.0"]
    answers[0] = ConnectionRefusedError(111, "Connection refused")
    Machine().turn(6.0)
    assert asked[1:] == ["service 6.0"], "it is there, and what it may not the kiosk may not"
    assert "left as it is: Connection refused" in caplog.text
    answers[0] = FileNotFoundError(2, "No such file")
    Machine().turn(7.0)
    assert asked[2:] == ["service 7.0", "kernel 7.0"]
    assert "left as it is: Operation not permitted" in caplog.text


def test_a_slow_service_holds_nobody_up_and_costs_no_time(tmp_path: Path) -> None:
    class Slow(Turned):
        def turn(self, utc_s: float) -> None:
            # Whoever asks meanwhile gets an answer: the lock is free.
            seen.append(clock.now())
            super().turn(utc_s)
            self.passes(8.0)

    machine = Slow(battery=True)
    seen: list[tuple[datetime, bool]] = []
    clock = clock_of(tmp_path, machine)
    clock.set(NOON)
    assert len(seen) == 1
    assert clock.now() == (NOON + timedelta(seconds=8), True)
    machine.restarts(off_s=60)
    # Longer than SAME_S: the battery clock was right all the same.
    assert clock_of(tmp_path, machine).now() == (NOON + timedelta(seconds=68), True)


@pytest.mark.parametrize("name", ["two_sessions.jsonl", "pause_resume.jsonl"])
def test_a_clock_that_jumps_by_years_in_a_session_moves_no_duration_and_no_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Real guard core, session and store, and each look at the wall clock finds another decade."""
    path = Path(__file__).parent.parent / "recordings" / name
    steady = replay(path, tmp_path / "steady")
    years = [NOON.timestamp() + far * YEAR_S for far in (0, -20, 25, -5)]
    looks, fine_looks = itertools.cycle(years), itertools.cycle(years)
    monkeypatch.setattr(time, "time", lambda: next(looks))
    monkeypatch.setattr(time, "time_ns", lambda: round(next(fine_looks) * 1e9))
    turned = replay(path, tmp_path / "turned")
    monkeypatch.undo()
    own = {"session_id", "kiosk_id", "started_at", "clock_trusted", "prev_hash", "hash"}
    for one, other in zip(steady, turned, strict=True):
        assert {key: one[key] for key in one.keys() - own} == {
            key: other[key] for key in other.keys() - own
        }
        assert one["walked_s"] > 0
        assert other["clock_trusted"] is False
    records = kept(tmp_path / "turned")
    assert [record["session_id"] for record in records] == [one["session_id"] for one in turned]
    assert [record["seq"] for record in records] == [*range(1, len(turned) + 1)]
    assert chain_fault(tmp_path / "turned") is None
    if len(turned) > 1:
        assert turned[0]["started_at"] > turned[1]["started_at"], "the clock went back"
