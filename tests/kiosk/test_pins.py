"""PINs: slowed, locked, through restarts and turned clocks, and never told to anyone."""

from __future__ import annotations

import itertools
import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from kiosk.lockout import FIRST_LOCK_S, LONGEST_LOCK_S, TRIES, Clock
from kiosk.pins import SIMULATED_PINS, PinRefused, Pins
from kiosk.pins_kept import Reset, write
from kiosk.records.sealed import seal

RIGHT, WRONG = "4821", "1199"


class Turned(Clock):
    """Clocks that the test turns."""

    def __init__(self) -> None:
        self.wall, self.boot, self.number = 1_800_000_000.0, 500.0, 1

    def wall_s(self) -> float:
        return self.wall

    def boot_s(self) -> float:
        return self.boot

    def boot_id(self) -> str:
        return f"boot-{self.number}"

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.boot += seconds

    def restarts(self, off_s: float) -> None:
        self.wall += off_s
        self.boot, self.number = 20.0, self.number + 1


@pytest.fixture
def clock() -> Turned:
    return Turned()


@pytest.fixture
def pins(tmp_path: Path, clock: Turned) -> Pins:
    found = Pins(tmp_path, simulated=False, clock=clock)
    found.set_first("staff", RIGHT)
    return found


def again(tmp_path: Path, clock: Turned) -> Pins:
    """The same after a restart of the kiosk."""
    return Pins(tmp_path, simulated=False, clock=clock)


def refusal(pins: Pins, pin: str = WRONG, role: str = "staff") -> str:
    with pytest.raises(PinRefused) as refused:
        pins.verify(role, pin)
    return str(refused.value)


def lock(pins: Pins) -> str:
    return [refusal(pins) for _ in range(TRIES)][-1]


def test_a_right_pin_is_let_in_and_a_wrong_one_is_counted(pins: Pins) -> None:
    pins.verify("staff", RIGHT)
    assert refusal(pins) == "Wrong PIN. 4 tries left."
    assert refusal(pins) == "Wrong PIN. 3 tries left."
    assert refusal(pins) == "Wrong PIN. 2 tries left."
    assert refusal(pins) == "Wrong PIN. 1 try left."
    pins.verify("staff", RIGHT)
    assert refusal(pins) == "Wrong PIN. 4 tries left.", "a right one clears the count"


@pytest.mark.parametrize("pin", ["", "482", "48211", "4821 ", "٤٨٢١", "x" * 10_000])
def test_what_is_no_pin_is_wrong(pins: Pins, pin: str) -> None:
    assert "tries left" in refusal(pins, pin)


def test_there_is_no_default_pin(tmp_path: Path) -> None:
    found = Pins(tmp_path, simulated=False)
    for role, pin in SIMULATED_PINS.items():
        assert not found.is_set(role)
        assert refusal(found, pin, role) == "No PIN has been set yet."


def test_simulation_has_its_pins_and_leaves_none_behind(tmp_path: Path) -> None:
    found = Pins(tmp_path, simulated=True)
    for role, pin in SIMULATED_PINS.items():
        assert found.is_set(role)
        found.verify(role, pin)
        with pytest.raises(PinRefused):
            found.set_first(role, RIGHT)
    real = Pins(tmp_path, simulated=False)
    assert not real.is_set("staff")


def test_a_first_pin_is_set_once(tmp_path: Path, pins: Pins, clock: Turned) -> None:
    with pytest.raises(PinRefused, match="set already"):
        pins.set_first("staff", "9999")
    assert not pins.is_set("therapist")
    pins.set_first("therapist", "99887766")
    restarted = again(tmp_path, clock)
    restarted.verify("staff", RIGHT)
    restarted.verify("therapist", "99887766")
    refusal(restarted, RIGHT, "therapist")


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", " 1234", "1234\n", "١٢٣٤"])
def test_a_first_pin_has_four_to_eight_digits(tmp_path: Path, pin: str) -> None:
    found = Pins(tmp_path, simulated=False)
    with pytest.raises(PinRefused, match="4 to 8 digits"):
        found.set_first("staff", pin)
    assert not found.is_set("staff")
    with pytest.raises(PinRefused, match="role"):
        found.set_first("patron", "1234")


def test_five_wrong_pins_lock_for_a_minute(pins: Pins, clock: Turned) -> None:
    assert lock(pins) == "Wrong PIN. Too many wrong tries: wait 1 minute."
    assert refusal(pins, RIGHT) == "Too many wrong tries: wait 1 minute."
    clock.passes(FIRST_LOCK_S - 1)
    refusal(pins, RIGHT)
    clock.passes(1)
    pins.verify("staff", RIGHT)


def test_the_lock_doubles_to_fifteen_minutes_and_no_more(pins: Pins, clock: Turned) -> None:
    lengths = []
    for _ in range(12):
        lock(pins)
        length = 0
        while "wait" in refusal_while(pins):
            clock.passes(30)
            length += 30
        lengths.append(length)
        clock.passes(5)
    assert lengths[:5] == [60, 120, 240, 480, 900]
    assert set(lengths[4:]) == {LONGEST_LOCK_S}


def refusal_while(pins: Pins) -> str:
    """What the pad says while a lock lasts; the right PIN would clear the doubling."""
    assert pins._roles is not None
    entry = pins._roles["staff"]
    try:
        pins._refuse_while_locked("staff", entry)
    except PinRefused as refused:
        return str(refused)
    return ""


def test_a_lock_of_one_role_is_not_the_others(pins: Pins) -> None:
    pins.set_first("therapist", "5566")
    lock(pins)
    pins.verify("therapist", "5566")


def test_a_restart_of_the_kiosk_unlocks_nothing(tmp_path: Path, pins: Pins, clock: Turned) -> None:
    refusal(pins)
    assert refusal(again(tmp_path, clock)) == "Wrong PIN. 3 tries left."
    for _ in range(3):
        refusal(again(tmp_path, clock))
    assert "wait" in refusal(again(tmp_path, clock), RIGHT)
    clock.passes(61)
    again(tmp_path, clock).verify("staff", RIGHT)


@pytest.mark.parametrize("turn_s", [-10 * 365 * 86_400.0, -3600.0, 3600.0, 10 * 365 * 86_400.0])
def test_turning_the_wall_clock_neither_unlocks_nor_locks(
    tmp_path: Path, pins: Pins, clock: Turned, turn_s: float
) -> None:
    lock(pins)
    clock.wall += turn_s
    clock.passes(30)
    refusal(pins, RIGHT)
    refusal(again(tmp_path, clock), RIGHT)
    clock.passes(31)
    again(tmp_path, clock).verify("staff", RIGHT)


@pytest.mark.parametrize("off_s", [-10 * 365 * 86_400.0, -5.0, 0.0, 10.0])
def test_a_restart_of_the_machine_does_not_unlock(
    tmp_path: Path, pins: Pins, clock: Turned, off_s: float
) -> None:
    lock(pins)
    clock.restarts(off_s)
    assert "wait" in refusal(again(tmp_path, clock), RIGHT)
    clock.wall += 10 * 365 * 86_400.0
    assert "wait" in refusal(again(tmp_path, clock), RIGHT), "and then the clock decides nothing"
    clock.passes(61)
    again(tmp_path, clock).verify("staff", RIGHT)


def test_a_lock_that_ran_out_while_the_machine_was_off_is_over(
    tmp_path: Path, pins: Pins, clock: Turned
) -> None:
    lock(pins)
    clock.restarts(3600)
    again(tmp_path, clock).verify("staff", RIGHT)


def test_a_try_is_on_the_disk_before_it_is_judged(
    tmp_path: Path, pins: Pins, clock: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plug is pulled while the PIN is looked at: the try counts."""

    def pulled(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("kiosk.pins._matches", pulled)
        for _ in range(TRIES):
            with pytest.raises(KeyboardInterrupt):
                again(tmp_path, clock).verify("staff", WRONG)
    assert "wait" in refusal(again(tmp_path, clock), RIGHT)


def test_a_failing_disk_counts_on_in_memory(
    pins: Pins, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    pins.verify("staff", RIGHT)
    with pytest.raises(PinRefused, match="could not be saved"):
        pins.set_first("therapist", "5566")
    assert not pins.is_set("therapist")
    assert "wait" in lock(pins)
    assert "wait" in refusal(pins, RIGHT)
    assert "in memory only" in caplog.text


@pytest.mark.parametrize("damage", [b"", b"\0" * 50, b"{", b'{"version":1,"roles":{"staff":{}}}'])
def test_a_damaged_file_lets_nobody_in_and_nobody_set_a_pin(
    tmp_path: Path, pins: Pins, clock: Turned, damage: bytes
) -> None:
    pins.verify("staff", RIGHT)
    path = tmp_path / "settings" / "pins.json"
    path.write_bytes(damage)
    found = again(tmp_path, clock)
    found.verify("staff", RIGHT)  # by the previous generation
    assert path.with_name("pins.json.broken-1").read_bytes() == damage
    assert [str(one) for one in found.fault()] == ["pins.json.broken-1 was set aside as broken."]
    path.write_bytes(damage)
    path.with_name("pins.json.bak").write_bytes(damage)
    found = again(tmp_path, clock)
    assert found.is_set("staff")
    assert found.is_set("therapist")
    assert "damaged" in refusal(found, RIGHT)
    with pytest.raises(PinRefused, match="damaged"):
        found.set_first("therapist", "1234")
    assert path.read_bytes() == damage, "gone, anybody could choose a new PIN"
    found.reset({"staff", "therapist"}, Reset("ab" * 32, 3, 1_700_000_000))
    kept = sorted(path.parent.glob("pins.json*.broken-*"))
    assert [one.name for one in kept] == [
        "pins.json.bak.broken-1",
        "pins.json.broken-1",
        "pins.json.broken-2",
    ]
    assert {one.read_bytes() for one in kept} == {damage}
    assert not again(tmp_path, clock).is_set("staff")
    assert len(again(tmp_path, clock).fault()) == 3


def test_no_flipped_bit_takes_a_pin_away(tmp_path: Path, pins: Pins, clock: Turned) -> None:
    path = tmp_path / "settings" / "pins.json"
    whole = path.read_bytes()
    for damaged in (whole.replace(b"roles", b"romes"), whole.replace(b"staff", b"suaff")):
        assert damaged != whole
        for copy in (path, path.with_name("pins.json.bak")):
            copy.write_bytes(damaged)
        found = again(tmp_path, clock)
        assert found.is_set("staff")
        with pytest.raises(PinRefused, match="damaged"):
            found.set_first("staff", "4826")


def test_no_pin_is_in_the_file_the_logs_or_the_errors(
    tmp_path: Path, pins: Pins, clock: Turned, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = [*(refusal(pins) for _ in range(7)), repr(pins)]
    clock.passes(61)
    pins.verify("staff", RIGHT)
    with pytest.raises(PinRefused) as refused:
        pins.set_first("staff", "73195")
    everything = [*told, str(refused.value), caplog.text]
    everything += [path.read_text() for path in (tmp_path / "settings").iterdir()]
    for pin in (RIGHT, WRONG, "73195"):
        assert not any(pin in text for text in everything)
    kept = json.loads((tmp_path / "settings" / "pins.json").read_text())["kept"]
    assert kept["roles"]["staff"]["hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (tmp_path / "settings" / "pins.json").stat().st_mode & 0o077 == 0


def test_an_older_hash_that_cannot_be_read_is_a_wrong_pin(tmp_path: Path, clock: Turned) -> None:
    (tmp_path / "settings").mkdir()
    kept = seal({"roles": {"staff": {"hash": "plain"}}})
    (tmp_path / "settings" / "pins.json").write_bytes(kept)
    assert "tries left" in refusal(again(tmp_path, clock), "plain")


def test_the_real_clocks_run() -> None:
    clock = Clock()
    assert clock.boot_id() == clock.boot_id()
    assert 0 < clock.boot_s() <= clock.boot_s()
    assert clock.wall_s() > 0


def test_a_pin_is_changed_and_the_old_one_its_tries_and_its_lock_are_gone(
    tmp_path: Path, pins: Pins, clock: Turned
) -> None:
    lock(pins)
    pins.change("staff", "90909")
    pins.verify("staff", "90909")
    refusal(pins, RIGHT)
    again(tmp_path, clock).verify("staff", "90909")
    pins.change("therapist", "5566")
    pins.verify("therapist", "5566")


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "\uff11\uff12\uff13\uff14"])
def test_a_changed_pin_is_checked_as_a_first_one_is(pins: Pins, pin: str) -> None:
    with pytest.raises(PinRefused, match="4 to 8 digits"):
        pins.change("staff", pin)
    with pytest.raises(PinRefused, match="no such role"):
        pins.change("patron", "1234")
    pins.verify("staff", RIGHT)


def test_a_change_that_cannot_be_kept_is_refused(
    pins: Pins, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(PinRefused, match="could not be saved"):
            pins.change("staff", "90909")
    pins.verify("staff", RIGHT)


def test_a_change_that_is_on_the_disk_once_holds(
    tmp_path: Path,
    pins: Pins,
    clock: Turned,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The next start would ask for the new PIN: the old one must not go on until then."""
    calls = itertools.count(1)

    def once(*args: Any) -> None:
        if next(calls) > 1:
            raise OSError(5, "Input/output error")
        write(*args)

    with monkeypatch.context() as patch:
        patch.setattr("kiosk.pins.write", once)
        pins.change("staff", "90909")
    assert "written once only" in caplog.text
    for found in (pins, again(tmp_path, clock)):
        found.verify("staff", "90909")
        refusal(found, RIGHT)


@pytest.mark.parametrize("pin", ["0000", "7777777", "1234", "4321", "87654", "7890"])
def test_what_anybody_would_guess_is_no_pin(pins: Pins, pin: str) -> None:
    for ask in (pins.change, pins.set_first):
        with pytest.raises(PinRefused, match="would guess that"):
            ask("therapist", pin)
    assert not pins.is_set("therapist")


@pytest.mark.parametrize("pin", ["1235", "1212", "2468", "19283"])
def test_what_is_no_run_is_a_pin(pins: Pins, pin: str) -> None:
    pins.set_first("therapist", pin)


def test_both_roles_never_have_one_pin(pins: Pins) -> None:
    with pytest.raises(PinRefused, match="of their own"):
        pins.set_first("therapist", RIGHT)
    pins.set_first("therapist", "5566")
    with pytest.raises(PinRefused, match="of their own"):
        pins.change("staff", "5566")
    pins.verify("staff", RIGHT)


def change(pins: Pins, pin: str) -> str:
    """What is said to staff who choose this PIN; nothing where it is taken."""
    try:
        pins.change("staff", pin)
    except PinRefused as refused:
        return str(refused)
    return ""


def test_who_changes_a_pin_finds_the_other_one_out_no_sooner_than_who_tries_it(
    tmp_path: Path, pins: Pins, clock: Turned
) -> None:
    """Whatever the answer is, it says something of the other PIN: each is a try at it."""
    pins.set_first("therapist", "5566")
    assert [change(pins, f"55{n}1") for n in range(TRIES - 1)] == [""] * (TRIES - 1)
    assert "of their own" in change(pins, "5566")
    for found in (pins, again(tmp_path, clock)):
        assert change(found, "5566") == "Too many wrong tries: wait 1 minute."
        assert change(found, "7788") == "Too many wrong tries: wait 1 minute."
        assert "wait" in refusal(found, "5566", "therapist")
    pins.verify("staff", f"55{TRIES - 2}1")
    clock.passes(61)
    pins.verify("therapist", "5566")
    assert [change(pins, f"66{n}1") for n in range(TRIES - 1)] == [""] * (TRIES - 1)
    pins.verify("therapist", "5566")
    assert change(pins, "7788") == "", "whoever knows it begins the count anew"


def test_the_count_is_on_the_disk_before_the_answer(
    tmp_path: Path, pins: Pins, clock: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pulled(*_: object) -> bool:
        raise KeyboardInterrupt

    pins.set_first("therapist", "5566")
    with monkeypatch.context() as patch:
        patch.setattr("kiosk.pins._matches", pulled)
        for _ in range(TRIES):
            with pytest.raises(KeyboardInterrupt):
                again(tmp_path, clock).change("staff", "7788")
    assert "wait" in refusal(again(tmp_path, clock), "5566", "therapist")


def test_a_lock_runs_down_for_whoever_waits(pins: Pins, clock: Turned) -> None:
    assert pins.locked_s("staff") == 0.0
    lock(pins)
    assert pins.locked_s("staff") == 60.0
    clock.passes(12.0)
    assert pins.locked_s("staff") == 48.0
    clock.passes(60.0)
    assert pins.locked_s("staff") == 0.0
    assert pins.locked_s("therapist") == 0.0


def test_a_simulation_knows_which_pins_its_bench_may_still_show(tmp_path: Path) -> None:
    found = Pins(tmp_path, simulated=True)
    assert found.is_preset("staff")
    found.change("staff", "7391")
    assert not found.is_preset("staff")
    assert found.is_preset("therapist")
    found.verify("therapist", "5678")
    restarted = Pins(tmp_path, simulated=True)
    assert not restarted.is_preset("staff")
    assert restarted.is_preset("therapist"), "its tries were written, its PIN is the same"
    assert not Pins(tmp_path, simulated=False).is_preset("therapist")
