"""The engine and the office in their real threads, without a guard: PINs, roles, bench sticks."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from hardware.link import (
    MAX_PACKET_BYTES,
    Alive,
    BenchDo,
    BenchReply,
    Status,
    ToGuard,
    ToKiosk,
    decode_to_guard,
    encode,
)
from kiosk.engine import Engine
from kiosk.session.actions import Choose, Refusal, Unlock
from kiosk.session.controller import GUARD_LOST_NS, Controller, Place
from kiosk.session.machine import Result, guard_lost
from kiosk.session.model import Session
from kiosk.therapy.compose import JudgedLog
from profiles.programs import load_programs
from tests.screens.fake import REST
from tests.staff.rig import WITHIN_S, Rig

PROGRAMS = load_programs()


class Kiosk:
    """An engine over an office; no guard answers."""

    def __init__(self, data: Path, *, simulated: bool = True, sticks: bool = True) -> None:
        self.rig = Rig(data, simulated=simulated)
        self.sent: list[ToGuard] = []
        self.engine = Engine(
            data / "no-guard.sock",
            self._controller,
            programs=PROGRAMS,
            pins=self.rig.pins,
            staff=self.rig.office,
            therapy=self.rig.practice,
            patrons=self.rig.patrons,
            desk=self.rig.desk,
            bench_stick=self.rig.bench.bench if sticks else None,
            on_death=self.rig.died.append,
        )
        self.engine.start()

    def _controller(self, send: object) -> Controller:
        return Controller(
            send=self.sent.append,
            log=JudgedLog(self.rig.store, self.rig.patrons),
            programs=PROGRAMS,
            place=Place("k-1", "b-1", "0.1.0", 4.0, "both", 5.0),
            wall_clock=self.rig.clock.now,
            new_id=lambda: "id-1",
            plan_of_person=self.rig.patrons.plan,
        )

    def roles(self) -> frozenset[str]:
        return frozenset(self.engine.staff.state().open_roles)

    def unlock(self, role: str, pin: str) -> str | None:
        future = self.engine.post(Unlock(role=role, pin=pin))  # type: ignore[arg-type]
        error = future.exception(WITHIN_S)
        return error.code if isinstance(error, Refusal) else None

    def set_first(self, role: str, pin: str) -> str | None:
        error = self.engine.set_first_pin(role, pin).exception(WITHIN_S)
        return error.code if isinstance(error, Refusal) else None

    def close(self) -> None:
        self.engine.close()
        self.rig.close()


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    made = Kiosk(tmp_path / "data")
    yield made
    made.close()
    assert made.rig.died == []


def test_a_right_pin_opens_its_role_though_no_guard_clears_anything(kiosk: Kiosk) -> None:
    assert kiosk.unlock("staff", "9999") == "pin"
    assert kiosk.roles() == frozenset()
    assert kiosk.unlock("staff", "1234") == "guard"
    assert kiosk.roles() == {"staff"}
    assert kiosk.unlock("therapist", "5678") is None
    assert kiosk.roles() == {"staff", "therapist"}


def test_whoever_walks_next_did_not_bring_the_staff_along(kiosk: Kiosk) -> None:
    kiosk.unlock("therapist", "5678")
    kiosk.engine.post(Choose(program="easy-walk")).result(WITHIN_S)
    assert kiosk.roles() == frozenset()
    kiosk.unlock("therapist", "5678")
    with pytest.raises(Refusal):
        kiosk.engine.post(Choose(program="moon-walk")).result(WITHIN_S)
    assert kiosk.roles() == {"therapist"}, "nobody walks"


def test_the_first_start_sets_the_staffs_pin_then_the_therapists(tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path / "data", simulated=False)
    try:
        assert kiosk.engine.staff.state().pins_missing == ("staff", "therapist")
        assert kiosk.set_first("staff", "12") == "pin"
        assert kiosk.roles() == frozenset()
        assert kiosk.set_first("staff", "4821") is None
        assert kiosk.roles() == {"staff"}, "who sets it knows it"
        kiosk.engine.staff.leave()
        assert kiosk.set_first("therapist", "8165") == "locked"
        assert kiosk.engine.staff.state().pins_missing == ("therapist",)
        kiosk.unlock("staff", "4821")
        assert kiosk.set_first("therapist", "8165") is None
        assert kiosk.engine.staff.state().pins_missing == ()
        assert kiosk.set_first("staff", "1111") == "pin", "it is set already"
    finally:
        kiosk.close()


def bench(kiosk: Kiosk, line: bytes) -> str | None:
    """Answer one line as the guard would forward it."""
    answers: list[BenchReply] = []
    kiosk.engine._send = answers.append  # type: ignore[method-assign, assignment]
    kiosk.engine._bench_do(BenchDo(7, line))
    kiosk.rig.wait(lambda: any(isinstance(answer, BenchReply) for answer in answers))
    (answer,) = [answer for answer in answers if isinstance(answer, BenchReply)]
    assert answer.number == 7
    return answer.error


def test_the_bench_plugs_sticks_in_and_out(kiosk: Kiosk) -> None:
    assert bench(kiosk, b'{"stick": "in", "name": "A"}') is None
    assert [stick.device for stick in kiosk.engine.staff.state().sticks] == ["A"]
    assert "in already" in str(bench(kiosk, b'{"stick": "in", "name": "A"}'))
    assert bench(kiosk, b'{"stick": "out", "name": "A"}') is None
    assert kiosk.engine.staff.state().sticks == ()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"stick": "sideways"}', "stick:"),
        (b'{"stick": {}}', "stick:"),
        (b'{"stick": "in", "do": "stop"}', "not a do line"),
        (b"[1]", "not a do line"),
        (b'{"stick": "in"', "not a do line"),
        (b"[" * 60_000, "not a do line"),
    ],
)
def test_a_bad_bench_line_is_answered(kiosk: Kiosk, line: bytes, why: str) -> None:
    assert str(bench(kiosk, line)).startswith(why)


def test_real_sticks_are_not_plugged_in_at_a_bench(tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path / "data", sticks=False)
    try:
        assert "plug one in" in str(bench(kiosk, b'{"stick": "in"}'))
    finally:
        kiosk.close()


def test_no_pin_is_logged(kiosk: Kiosk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    kiosk.unlock("staff", "1234")
    kiosk.unlock("staff", "90210")
    kiosk.unlock("therapist", "5678")
    kiosk.engine.staff.set_pin("therapist", "86420", "5678").result(WITHIN_S)
    kiosk.unlock("therapist", "86420")
    kiosk.set_first("therapist", "97531")
    for pin in ("1234", "90210", "5678", "86420", "97531"):
        assert pin not in caplog.text


def test_a_kiosk_that_ends_leaves_nobody_waiting(tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path / "data")
    kiosk.close()
    assert kiosk.unlock("staff", "1234") == "ending"
    assert kiosk.set_first("staff", "1234") == "ending"


class Guard:
    """A guard's socket, and what the kiosk said to it."""

    def __init__(self, path: Path) -> None:
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listening.bind(str(path))
        self._listening.listen()
        self._listening.settimeout(WITHIN_S)
        self._link: socket.socket | None = None

    def greet(self) -> None:
        self._link, _ = self._listening.accept()
        self._link.setblocking(False)

    def say(self, message: ToKiosk) -> None:
        assert self._link is not None
        self._link.send(encode(message))

    def heard(self) -> list[ToGuard]:
        assert self._link is not None
        messages = []
        with contextlib.suppress(BlockingIOError):
            while packet := self._link.recv(MAX_PACKET_BYTES):
                messages.append(decode_to_guard(packet))
        return messages

    def close(self) -> None:
        self._listening.close()
        if self._link is not None:
            self._link.close()


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Guard]:
    (tmp_path / "data").mkdir()
    made = Guard(tmp_path / "data" / "no-guard.sock")
    yield made
    made.close()


def test_a_session_that_stands_still_gives_no_sign_of_life(guard: Guard, kiosk: Kiosk) -> None:
    guard.greet()
    hung, go_on = threading.Event(), threading.Event()

    def hangs(_status: Status, _now_ns: int) -> None:
        hung.set()
        go_on.wait(WITHIN_S)

    def alive() -> int:
        kiosk.engine.alive()
        return sum(isinstance(message, Alive) for message in guard.heard())

    kiosk.rig.wait(lambda: alive() == 1)
    kiosk.rig.wait(lambda: alive() == 1)
    assert kiosk.engine.lives()
    kiosk.engine._controller.on_status = hangs  # type: ignore[method-assign]
    guard.say(msgspec.structs.replace(REST, t_ns=1))
    assert hung.wait(WITHIN_S)
    alive()
    try:
        assert [alive() for _ in range(20)] == [0] * 20
        kiosk.rig.wait(lambda: not kiosk.engine.lives())
        assert kiosk.engine.snapshot().failing == ("guard",)
        assert not kiosk.engine.snapshot().health.guard
    finally:
        go_on.set()
    kiosk.rig.wait(lambda: alive() == 1)
    assert kiosk.engine.lives()


def test_a_tap_that_waits_comes_before_what_the_guard_said(guard: Guard, kiosk: Kiosk) -> None:
    guard.greet()
    controller = kiosk.engine._controller
    order: list[str] = []
    hung, go_on = threading.Event(), threading.Event()

    def told(status: Status, _now_ns: int) -> None:
        order.append(f"status {status.t_ns}")
        if status.t_ns == 1:
            hung.set()
            go_on.wait(WITHIN_S)

    controller.on_status = told  # type: ignore[method-assign]
    controller.act = lambda action, _now_ns: order.append(type(action).__name__)  # type: ignore[method-assign]
    guard.say(msgspec.structs.replace(REST, t_ns=1))
    assert hung.wait(WITHIN_S)
    # Both come while the session is busy: the end of a countdown, and a STOP a moment before it.
    kiosk.engine.stop()
    guard.say(msgspec.structs.replace(REST, t_ns=2))
    go_on.set()
    kiosk.rig.wait(lambda: len(order) == 3)
    assert order == ["status 1", "Stop", "status 2"]


def test_who_stood_still_hears_the_guard_before_taking_it_for_silent(
    guard: Guard, kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was stopped a moment after it had listened, and goes on a second later."""
    guard.greet()
    engine, controller = kiosk.engine, kiosk.engine._controller
    receive, on_status = engine._receive, controller.on_status
    stands, go_on = threading.Event(), threading.Event()
    called_lost: list[int] = []
    lost_by_then: list[int] = []

    def stand_still() -> None:
        receive()
        if not stands.is_set():
            stands.set()
            go_on.wait(WITHIN_S)

    def told(status: Status, now_ns: int) -> None:
        lost_by_then.append(len(called_lost))
        on_status(status, now_ns)

    def lost(session: Session, now_ns: int) -> Result:
        called_lost.append(now_ns)
        return guard_lost(session, now_ns)

    monkeypatch.setattr("kiosk.session.machine.guard_lost", lost)
    controller.on_status = told  # type: ignore[method-assign]
    engine._receive = stand_still  # type: ignore[method-assign]
    guard.say(msgspec.structs.replace(REST, t_ns=time.monotonic_ns()))
    assert stands.wait(WITHIN_S)
    called_lost.clear()
    time.sleep(GUARD_LOST_NS / 1e9 + 0.1)
    guard.say(msgspec.structs.replace(REST, t_ns=time.monotonic_ns()))
    go_on.set()
    kiosk.rig.wait(lambda: len(lost_by_then) == 2)
    assert lost_by_then[1] == 0, "it was taken for silent with its words unread"
    kiosk.rig.wait(lambda: bool(called_lost))  # it says nothing more: then it is
