"""What ends service mode, who may do what, power, raw lines and the self-test; no guard process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hardware.belt.protocol import compose
from hardware.link import Frames, Raw, Reason, Service, Status, Welcome
from kiosk.care import selftest
from kiosk.care.power import RESTART_STATUS, MachinePower, SimulatedPower
from kiosk.care.proof import Proof
from kiosk.care.tail import KEPT, kind_of
from kiosk.session.actions import Refusal
from tests.care.rig import Rig
from tests.session.scene import HEALTHY

WELCOME = Welcome(1, "away", 5.0, 4.0, "level", True, 1.0, 2.0, {"estop": 17, "key": 25})
GONE = ["Revoke", "Service"]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    made.care.on_welcome(WELCOME)
    made.care.on_status(HEALTHY)
    made.kinds()
    yield made
    made.close()


def refusal(asked: Future[Any]) -> str:
    error = asked.exception(5)
    assert isinstance(error, Refusal)
    return error.code


def said(asked: Future[Any]) -> str:
    return str(asked.exception(5))


def served(rig: Rig, **fields: Any) -> Status:
    """Service mode is on."""
    asked = rig.care.enter_service()
    assert rig.sent == [Service(on=True)]
    status = replace(HEALTHY, service=True, **fields)
    rig.care.on_status(status)
    asked.result(5)
    rig.kinds()
    return status


def passes(rig: Rig, seconds: float, *, attend: bool = False, idle: bool = True) -> None:
    for _ in range(int(seconds * 10)):
        rig.seconds += 0.1
        if attend:
            rig.care.attend()
        rig.care.tick(idle=idle)


def test_service_mode_goes_on_while_a_page_attends(rig: Rig) -> None:
    served(rig)
    passes(rig, 60, attend=True)
    assert rig.kinds() == []
    assert rig.care.state().served.on


@pytest.mark.parametrize(
    "ends",
    [
        lambda rig: passes(rig, 1.1),
        lambda rig: (setattr(rig, "open", False), passes(rig, 0.2, attend=True)),
        lambda rig: passes(rig, 0.1, attend=True, idle=False),
        lambda rig: rig.care.left(),
        lambda rig: rig.care.leave_service(),
    ],
    ids=["nobody attends", "the PIN runs out", "a session", "staff leave", "asked"],
)
def test_what_ends_service_mode(rig: Rig, ends: Callable[[Rig], Any]) -> None:
    served(rig)
    ends(rig)
    assert rig.kinds()[:2] == GONE
    rig.care.on_status(HEALTHY)
    assert not rig.care.state().served.on


def test_nothing_is_sent_where_it_is_not_on(rig: Rig) -> None:
    passes(rig, 3)
    rig.care.left()
    assert rig.kinds() == []


def test_a_forgotten_permit_ends_and_a_running_one_does_not(rig: Rig) -> None:
    status = served(rig)
    rig.care.on_status(replace(status, permit=True))
    passes(rig, 89, attend=True)
    assert rig.kinds() == []
    passes(rig, 2, attend=True)
    assert rig.kinds() == ["Revoke"]
    rig.care.on_status(replace(status, permit=True, at_rest=False))
    passes(rig, 120, attend=True)
    assert rig.kinds() == []


def test_a_belt_that_turns_keeps_the_pin_open(rig: Rig) -> None:
    status = served(rig)
    rig.asked.clear()
    passes(rig, 1, attend=True)
    assert rig.asked == []
    rig.care.on_status(replace(status, counts=5))
    assert rig.care.state().moved
    passes(rig, 1, attend=True)
    assert "need" in rig.asked
    passes(rig, 3, attend=True)
    assert not rig.care.state().moved


def test_a_guard_that_does_not_answer_or_refuses(rig: Rig) -> None:
    asked = rig.care.enter_service()
    passes(rig, 2.8, attend=True)
    assert not asked.done(), "it has 3 s"
    passes(rig, 0.4, attend=True)
    assert "does not answer" in said(asked)
    assert rig.sent[-1] == Service(on=False), "a late answer begins nothing"


@pytest.mark.parametrize(
    ("failing", "seen", "words"),
    [
        (("session",), {}, "A session is under way"),
        (("belt",), {}, "wait until the belt stands still"),
        ((), {"at_rest": False}, "wait until the belt stands still"),
        (("latch",), {"at_rest": False}, "clear the last stop with their PIN"),
        ((), {"latched": (Reason.ESTOP,)}, "clear the last stop with their PIN"),
        (("service",), {}, "refused service mode"),
    ],
)
def test_a_refusal_says_its_own_reason(
    rig: Rig, failing: tuple[str, ...], seen: dict[str, Any], words: str
) -> None:
    rig.care.on_status(replace(HEALTHY, **seen))
    asked = rig.care.enter_service()
    rig.care.on_refused("service", failing)
    assert words in said(asked)


@pytest.mark.parametrize(
    "ends",
    [
        lambda rig, status: passes(rig, 1.1),
        lambda rig, status: rig.care.leave_service(),
        lambda rig, status: None,
    ],
    ids=["a stalled screen", "left", "the guard itself"],
)
def test_a_proof_without_service_mode_is_interrupted_and_not_kept(
    rig: Rig, ends: Callable[[Rig, Status], Any]
) -> None:
    status = served(rig)
    rig.care.begin_proof().result(5)
    ends(rig, status)
    rig.care.on_status(replace(status, service=False))
    at = rig.care.state().proof
    assert (at.stage, at.why) == ("interrupted", "service")
    rig.settle()
    assert rig.keeping._proofs.lines() == []
    rig.kinds()
    served(rig)
    rig.care.begin_proof().result(5)
    assert rig.care.state().proof.index == 0


def test_stop_interrupts_a_proof_and_ends_service_mode(rig: Rig) -> None:
    status = served(rig)
    rig.care.begin_proof().result(5)
    rig.care.arm_proof().result(5)
    rig.care.on_status(replace(status, permit=True, grants=status.grants + 1))
    assert rig.care.state().proof.stage == "act"
    rig.kinds()
    rig.care.on_status(
        replace(status, grants=status.grants + 1, latched=(Reason.PATRON,), reason=Reason.PATRON)
    )
    at = rig.care.state().proof
    assert (at.stage, at.why) == ("interrupted", "stop")
    assert rig.kinds() == GONE, "and nothing is cleared"
    rig.settle()
    assert rig.keeping._proofs.lines() == []


COMMANDS: dict[str, Callable[[Any], Future[None]]] = {
    "enter_service": lambda care: care.enter_service(),
    "give_permit": lambda care: care.give_permit(),
    "begin_test": lambda care: care.begin_test(),
    "begin_proof": lambda care: care.begin_proof(),
    "arm_proof": lambda care: care.arm_proof(),
    "fail_proof": lambda care: care.fail_proof(),
    "absent_in_proof": lambda care: care.absent_in_proof(),
    "begin_measure": lambda care: care.begin_measure(3000, 5),
    "mark": lambda care: care.mark(),
    "agree": lambda care: care.agree(right=True),
    "go_on": lambda care: care.go_on(),
    "again": lambda care: care.again(),
    "save_measure": lambda care: care.save_measure(),
    "power": lambda care: care.power("off"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_everything_needs_the_pin_and_no_session(rig: Rig, name: str) -> None:
    before = rig.care.state()
    rig.open = False
    assert refusal(COMMANDS[name](rig.care)) == "locked"
    rig.open = True
    rig.care.tick(idle=False)
    assert refusal(COMMANDS[name](rig.care)) == "busy"
    assert rig.kinds() == []
    assert rig.care.state() == before


def test_no_permit_and_no_proof_without_service_mode(rig: Rig) -> None:
    assert refusal(rig.care.give_permit()) == "service"
    assert refusal(rig.care.begin_proof()) == "service"


def test_a_proof_that_ends_clears_and_leaves(rig: Rig) -> None:
    served(rig)
    rig.care.begin_proof().result(5)
    assert rig.care.state().proof.steps == ("estop", "key", "rail_left", "rail_right")
    rig.care.fail_proof().result(5)
    assert rig.kinds() == ["ClearLatches", *GONE]
    rig.settle()
    assert rig.care.state().due.failed
    rig.care.fail_proof().result(5)
    rig.settle()
    assert len(rig.keeping._proofs.lines()) == 1, "it is kept once"
    rig.care.end_proof()
    assert rig.care.state().proof == Proof()


def busy(rig: Rig) -> Callable[[], None]:
    """The desk does something that takes long, and as much waits as may; returns how it ends."""
    hangs = threading.Event()
    asked = [rig.desk.ask(lambda: hangs.wait(10))]
    while not (one := rig.desk.ask(lambda: True)).done():
        asked.append(one)

    def ends() -> None:
        hangs.set()
        asked[-1].result(5)

    return ends


def test_a_failure_the_desk_has_no_time_for_blocks_at_once_and_is_kept_later(rig: Rig) -> None:
    """Yesterday's pass must let nobody walk because a queue was full."""
    rig.keeping.keep_proof(Proof("passed"))
    assert not rig.care.is_due()
    served(rig)
    rig.care.begin_proof().result(5)
    ends = busy(rig)
    rig.care.fail_proof().result(5)
    assert rig.care.is_due()
    assert (rig.care.state().due.failed, rig.care.state().due.overdue) == (True, True)
    ends()
    passes(rig, 1.2)
    rig.settle()
    assert [line and line["passed"] for line in rig.keeping._proofs.lines()] == [True, False]
    passes(rig, 3)
    rig.settle()
    assert len(rig.keeping._proofs.lines()) == 2, "it is kept once"
    assert rig.care.is_due()


def test_a_pass_the_desk_has_no_time_for_counts_once_it_is_kept(rig: Rig) -> None:
    ends = busy(rig)
    rig.keeping.ended(Proof("failed"))
    rig.keeping.ended(Proof("passed"))
    assert rig.care.is_due()
    ends()
    passes(rig, 1.2)
    rig.settle()
    assert [line and line["passed"] for line in rig.keeping._proofs.lines()] == [False, True]
    assert not rig.care.is_due()


def test_a_proof_in_which_nobody_has_a_key(rig: Rig) -> None:
    rig.care.on_welcome(replace(WELCOME, pins={"estop": 17}))
    served(rig)
    rig.kept.now = replace(rig.kept.now, rails="none")
    rig.care.begin_proof().result(5)
    assert rig.care.state().proof.may_be_absent
    rig.care.absent_in_proof().result(5)
    assert rig.care.state().proof.step == "estop", "that is for the key alone"


def test_a_calibration_that_is_not_good_is_not_kept(rig: Rig) -> None:
    assert refusal(rig.care.begin_measure(1000, 5)) == "length"
    rig.care.begin_measure(3000, 5).result(5)
    assert refusal(rig.care.save_measure()) == "measure"
    assert rig.kept.saved == []


# --- raw lines ----------------------------------------------------------------------------------


def test_raw_lines_come_while_they_are_looked_at(rig: Rig) -> None:
    good = compose("SWB,1,20000,0,0,00")
    rig.care.on_raw(Raw(1, belt=good))
    assert rig.care.state().tail.lines == ()
    rig.care.attend(raw=True)
    rig.care.tick(idle=True)
    assert rig.raw == [True]
    rig.care.on_raw(Raw(1, belt=good * 20 + b"$SWB,1,20000,0,0,00*0000\r\nga"))
    rig.care.on_raw(Raw(2, belt=b"rbage\n"))
    rig.care.on_raw(Raw(2, pin="key", level=1))
    tail = rig.care.state().tail
    assert len(tail.lines) == KEPT
    assert [line.kind for line in tail.lines][-3:] == ["", "crc", "shape"]
    assert (tail.good, dict(tail.kinds)) == (20, {"crc": 1, "shape": 1})
    passes(rig, 1.2)
    assert rig.raw == [True, False]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (compose("SWB,1,20000,0,0,00")[:-1], ""),
        (compose("SWI,1,SIM-1,v1")[:-1], ""),
        (compose("SWB,1,20000,0,0,01")[:-1], "fault"),
        (b"$SWB,1,20000,0,0,00*0000\r", "crc"),
        (b"$SWB,1,2\xff000,0,0,00*7568\r", "bytes"),
        (b"$" + b"1" * 70, "long"),
        (b"hello", "shape"),
        (b"", "shape"),
    ],
)
def test_what_is_wrong_with_a_line(line: bytes, kind: str) -> None:
    assert kind_of(line) == kind


# --- the self-test --------------------------------------------------------------------------------


def results(rig: Rig) -> dict[str, bool | None]:
    return {one.name: one.good for one in rig.care.state().test.results}


def test_the_self_test_and_its_tone(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selftest, "sound_card", lambda: "0 [Headphones]")
    frames = Frames(accepted=100)
    later = replace(
        HEALTHY,
        t_ns=HEALTHY.t_ns + 2 * 10**9,
        frames=Frames(accepted=200),
        sensor_serial="SW-1",
        pins=replace(HEALTHY.pins, contacts=(True, True), relay=False),
    )
    rig.care.on_status(replace(HEALTHY, frames=frames))
    rig.waits = lambda: rig.care.on_status(later)
    rig.care.begin_test().result(5)
    rig.settle()
    assert rig.care.state().test.asks
    found = results(rig)
    for name in ("guard", "frames", "lines", "identity", "contacts", "relay", "disk", "clock"):
        assert found[name] is True, name
    assert found["supply"] is None
    rig.care.heard_tone(False)
    test = rig.care.state().test
    assert (test.asks, results(rig)["sound"]) == (False, False)
    rig.care.heard_tone(True)
    assert results(rig)["sound"] is False, "it was answered"


def test_where_there_is_no_card_nobody_is_asked_about_a_tone(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selftest, "sound_card", lambda: None)
    rig.care.begin_test().result(5)
    rig.settle()
    test = rig.care.state().test
    assert (test.asks, test.running, results(rig)["card"]) == (False, False, False)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("frames", {"frames": Frames(accepted=150)}),
        ("lines", {"frames": Frames(accepted=200, rejected=5)}),
        ("sensor", {"sensor_fault": "an edge lies after its frame"}),
        ("contacts", {"pins": replace(HEALTHY.pins, contacts=(True, False))}),
        ("relay", {"pins": replace(HEALTHY.pins, relay=True)}),
    ],
)
def test_what_the_self_test_finds(tmp_path: Path, name: str, change: dict[str, Any]) -> None:
    first = replace(HEALTHY, frames=Frames(accepted=100))
    last = replace(first, t_ns=first.t_ns + 2 * 10**9, frames=Frames(accepted=200))
    around = selftest.Around(tmp_path, lambda: True, lambda: None, lambda: None)
    found = {r.name: r for r in selftest.run(first, replace(last, **change), WELCOME, around)}
    assert found[name].good is False
    assert found[name].mend is not None


def test_what_the_self_test_finds_around_it(tmp_path: Path) -> None:
    hwmon = tmp_path / "hwmon"
    (hwmon / "hwmon1").mkdir(parents=True)
    (hwmon / "hwmon1" / "in0_lcrit_alarm").write_text("1\n")
    (tmp_path / "temp").write_text("81000\n")
    (tmp_path / "care").write_text("no folder")
    around = selftest.Around(
        tmp_path, lambda: False, lambda: None, lambda: None, hwmon, tmp_path / "temp"
    )
    found = {r.name: r.good for r in selftest.run(None, None, None, around)}
    for name in ("guard", "disk", "clock", "supply", "heat"):
        assert found[name] is False, name
    (hwmon / "hwmon1" / "in0_lcrit_alarm").write_text("0\n")
    (tmp_path / "temp").write_text("50000\n")
    found = {r.name: r.good for r in selftest.run(None, None, None, around)}
    assert (found["supply"], found["heat"]) == (True, True)


# --- power ----------------------------------------------------------------------------------------


def test_power_waits_for_an_export_and_leaves_service_mode(rig: Rig) -> None:
    rig.exporting = True
    assert refusal(rig.care.power("off")) == "busy"
    rig.exporting = False
    served(rig)
    rig.care.power("restart").result(5)
    assert rig.asked[-1] == "restart"
    assert rig.kinds() == GONE


def test_power_is_refused_to_a_session_that_began_while_the_desk_was_busy(rig: Rig) -> None:
    busy = threading.Event()
    rig.desk.ask(lambda: busy.wait(5))
    answer = rig.care.power("program")
    rig.care.tick(idle=False)
    busy.set()
    assert refusal(answer) == "busy"
    assert "program" not in rig.asked
    rig.care.tick(idle=True)
    rig.care.power("program").result(5)
    assert rig.asked[-1] == "program"


@pytest.mark.parametrize("asked", [1, 2])
def test_a_machine_is_not_restarted_under_somebody_s_feet(tmp_path: Path, asked: int) -> None:
    """Also where they begin while the update service is told of the restart."""
    told: list[str] = []
    command = tmp_path / "systemctl"
    command.write_text(f"#!/bin/sh\ntouch {tmp_path / 'asked'}\n")
    command.chmod(0o755)

    def may() -> None:
        told.append("may")
        if len(told) >= asked:
            raise Refusal("busy", "A session is under way: wait until it is over.")

    power = MachinePower(
        lambda _status: None,
        before_restart=lambda: told.append("service"),
        command=(str(command),),
    )
    with pytest.raises(Refusal, match="session"):
        power.carry_out("restart", may)
    assert not (tmp_path / "asked").exists()
    assert ("service" in told) is (asked > 1)


def test_the_program_is_restarted_by_its_exit_status() -> None:
    ended: list[int] = []
    for power in (MachinePower(ended.append), SimulatedPower(ended.append)):
        power.carry_out("program")
    assert ended == [RESTART_STATUS] * 2


def test_a_simulation_switches_nothing_off() -> None:
    for wish in ("restart", "off"):
        with pytest.raises(Refusal, match="simulation"):
            SimulatedPower(lambda _status: None).carry_out(wish)  # type: ignore[arg-type]


@pytest.mark.parametrize(("wish", "verb"), [("restart", "reboot"), ("off", "poweroff")])
def test_the_machine_is_asked_by_systemctl(tmp_path: Path, wish: Any, verb: str) -> None:
    told = tmp_path / "told"
    command = tmp_path / "systemctl"
    command.write_text(f'#!/bin/sh\necho "$@" > {told}\n')
    command.chmod(0o755)
    before: list[bool] = []
    MachinePower(
        lambda _status: None,
        before_restart=lambda: before.append(told.exists()),
        command=(str(command),),
    ).carry_out(wish)
    assert told.read_text().strip() == f"--no-ask-password {verb}"
    assert before == ([False] if wish == "restart" else []), "before the machine is asked"


def test_what_is_not_allowed_or_not_there_is_one_sentence(tmp_path: Path) -> None:
    command = tmp_path / "systemctl"
    command.write_text("#!/bin/sh\necho 'Access denied' >&2\nexit 1\n")
    command.chmod(0o755)
    for path in (command, tmp_path / "none"):
        with pytest.raises(Refusal) as raised:
            MachinePower(lambda _status: None, command=(str(path),)).carry_out("off")
        assert "\n" not in str(raised.value)


def test_who_leaves_a_calibration_is_told_of_it_when_they_come_back(rig: Rig) -> None:
    rig.care.begin_measure(3000, 5).result(5)
    rig.care.mark().result(5)
    assert rig.care.state().measure.step == "turn"
    rig.care.left()
    assert (rig.care.state().measure.step, rig.care.state().measure.why) == ("interrupted", "left")


def test_another_guard_counts_anew_so_that_a_pass_is_lost(rig: Rig) -> None:
    rig.care.begin_measure(3000, 5).result(5)
    rig.care.mark().result(5)
    rig.care.on_welcome(WELCOME)
    assert rig.care.state().measure.why == "link"
