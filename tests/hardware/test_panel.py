"""The panel's wires: what closes, what drops the permit, and what can never switch it on again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from hardware.errors import PinError
from hardware.panel import Panel, PermitOutput
from hardware.settings import SIMULATED_PINS, Pins, Treadmill
from hardware.simulator.pins import SimulatedPin

PINS = Pins(estop_b=18, stop_button=24, key=25, relay_feedback=5)


class Bench:
    """A panel on mock pins, with everything it reports."""

    def __init__(self, pins: Pins = PINS, mode: Any = "level") -> None:
        self.pins = pins
        self.factory = MockFactory(revision="a02082", pin_class=SimulatedPin)
        self.permit = PermitOutput(pins, Treadmill(permit=mode), self.factory)
        self.wakes = 0
        self.reported: list[BaseException] = []
        self.panel = Panel(
            pins, self.factory, self.permit, wake=self._wake, report=self.reported.append
        )
        self.panel.levels()

    def _wake(self) -> None:
        self.wakes += 1

    def pin(self, name: str) -> MockPin:
        return self.factory.pin(self.pins.numbers()[name])

    @property
    def on(self) -> bool:
        return bool(self.factory.pin(self.pins.permit).state) is self.pins.permit_active_high

    def give(self) -> None:
        """Have the permit given, as a pass does."""
        assert self.permit.apply(True, self.permit.token())


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.panel.close()
    bench.permit.close()


def test_an_open_wire_reads_open_and_ground_reads_closed(bench: Bench) -> None:
    assert bench.panel.levels() == dict.fromkeys(
        ("estop", "estop_b", "key", "stop_button", "rail_left", "rail_right", "relay"), False
    )
    names = {"relay": "relay_feedback"}
    for name in bench.panel.levels():
        pin = bench.pin(names.get(name, name))
        assert pin.pull == "up"
        pin.drive_low()
        assert [n for n, level in bench.panel.levels().items() if level] in ([name], [])
        assert [n for n, level in bench.panel.levels().items() if level] == [name]
        pin.drive_high()
        bench.panel.levels()
        assert not any(bench.panel.levels().values())


def test_a_feedback_that_is_closed_while_the_relay_is_off_reads_so() -> None:
    bench = Bench(msgspec.structs.replace(PINS, relay_feedback_closed="off"))
    bench.pin("relay_feedback").drive_low()
    assert bench.panel.levels()["relay"] is False
    # A broken wire, or a permit contact that has welded: it says "on", and no permit is given.
    bench.pin("relay_feedback").drive_high()
    assert bench.panel.levels()["relay"] is True


def test_only_wires_that_a_site_has_are_claimed() -> None:
    bench = Bench(Pins())
    assert set(bench.panel.levels()) == {"estop", "rail_left", "rail_right"}


def test_no_input_is_debounced(bench: Bench) -> None:
    for name, number in PINS.numbers().items():
        if name != "permit":
            assert bench.factory.pin(number).bounce is None
            assert bench.factory.pin(number).edges == "both"


@pytest.mark.parametrize("channel", ["estop", "estop_b"])
def test_the_emergency_stop_drops_the_pin_in_its_own_callback(bench: Bench, channel: str) -> None:
    bench.pin(channel).drive_low()
    bench.panel.levels()
    bench.give()
    assert bench.on
    wakes = bench.wakes
    bench.pin(channel).drive_high()
    assert not bench.on, "before anybody looked"
    assert bench.wakes == wakes + 1
    assert bench.panel.levels()[channel] is False


@pytest.mark.parametrize("channel", ["estop", "estop_b"])
def test_a_closing_edge_drops_it_too_since_the_opening_one_got_lost(
    bench: Bench, channel: str
) -> None:
    bench.panel.levels()
    bench.give()
    bench.pin(channel).drive_low()
    assert not bench.on
    assert bench.panel.levels()[channel] is False
    assert bench.panel.levels()[channel] is True


@pytest.mark.parametrize("name", ["key", "stop_button", "rail_left", "rail_right"])
def test_other_wires_wake_the_loop_and_leave_the_pin_to_it(bench: Bench, name: str) -> None:
    bench.give()
    wakes = bench.wakes
    bench.pin(name).drive_low()
    bench.pin(name).drive_high()
    assert bench.wakes == wakes + 2
    assert bench.on


@pytest.mark.parametrize(
    ("name", "safe_low", "unsafe"),
    [("estop", True, False), ("estop_b", True, False), ("key", True, False),
     ("stop_button", False, True)],
)  # fmt: skip
def test_an_unsafe_level_that_came_and_went_is_seen_once(
    bench: Bench, name: str, safe_low: bool, unsafe: bool
) -> None:
    pin = bench.pin(name)
    safe, danger = (pin.drive_low, pin.drive_high) if safe_low else (pin.drive_high, pin.drive_low)
    safe()
    bench.panel.levels()
    assert bench.panel.levels()[name] is not unsafe
    danger()
    safe()
    assert bench.panel.levels()[name] is unsafe
    assert bench.panel.levels()[name] is not unsafe


def test_a_fault_in_a_callback_is_reported_and_does_not_leave_it(bench: Bench) -> None:
    bench.pin("estop").drive_low()
    bench.give()
    bench.panel._wake = lambda: 1 / 0  # type: ignore[assignment,return-value]
    bench.pin("estop").drive_high()
    assert not bench.on, "the permit fell before the fault"
    assert isinstance(bench.reported[0], ZeroDivisionError)


def test_a_pass_that_began_before_the_drop_cannot_switch_it_on_again(bench: Bench) -> None:
    bench.give()
    token = bench.permit.token()
    bench.permit.drop()
    assert bench.permit.apply(True, token) is False
    assert not bench.on
    assert bench.permit.apply(True, token) is False
    assert bench.permit.apply(True, bench.permit.token()) is True
    assert bench.on


def test_taking_it_away_needs_no_token(bench: Bench) -> None:
    bench.give()
    assert bench.permit.apply(False, -1) is False
    assert not bench.on


def test_drops_from_many_threads_win_against_a_loop_that_keeps_giving(bench: Bench) -> None:
    stop = threading.Event()
    wrong = []

    def loop() -> None:
        while not stop.is_set():
            token = bench.permit.token()
            bench.permit.apply(True, token)

    def drops() -> None:
        for _ in range(300):
            token = bench.permit.token()
            bench.permit.drop()
            if bench.permit.apply(True, token):
                wrong.append(token)

    threads = [threading.Thread(target=loop)] + [threading.Thread(target=drops) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads[1:]:
        thread.join()
    stop.set()
    threads[0].join()
    bench.permit.drop()
    assert not bench.on
    assert wrong == []


def test_off_is_the_first_thing_it_does_and_the_last() -> None:
    seen: list[bool] = []
    factory = MockFactory(revision="a02082", pin_class=SimulatedPin)
    pin = factory.pin(27)
    pin.drive_high()
    pin.on_change = seen.append
    permit = PermitOutput(SIMULATED_PINS, Treadmill(), factory)
    assert (pin.function, pin.state) == ("output", False)
    permit.apply(True, permit.token())
    permit.close()
    assert seen == [False, True, False]
    assert pin.function == "input", "the external pull-down holds it now"
    assert permit.apply(True, permit.token()) is False
    permit.drop()
    permit.close()


def test_an_active_low_relay_is_off_when_the_pin_is_high() -> None:
    bench = Bench(Pins(permit_active_high=False))
    assert bench.factory.pin(27).state is True
    bench.give()
    assert bench.factory.pin(27).state is False
    bench.permit.drop()
    assert bench.factory.pin(27).state is True


def test_pulses_toggle_with_each_pass_of_the_grid_alone() -> None:
    bench = Bench(mode="pulse")
    seen = []
    for tick in (True, True, False, False, True, True):
        assert bench.permit.apply(True, bench.permit.token(), tick=tick)
        seen.append(bench.on)
    assert seen == [True, False, False, False, True, False]
    bench.permit.apply(True, bench.permit.token())
    bench.permit.drop()
    assert not bench.on
    assert bench.permit.apply(False, bench.permit.token()) is False
    assert not bench.on


@pytest.mark.parametrize("mode", ["level", "pulse"])
def test_after_the_end_nothing_is_given_any_more(mode: str) -> None:
    bench = Bench(mode=mode)
    bench.give()
    bench.permit.end()
    assert not bench.on
    # As a pass that was about to begin does.
    assert bench.permit.apply(True, bench.permit.token()) is False
    assert not bench.on
    bench.permit.close()


def test_no_relay_no_pin() -> None:
    bench = Bench(mode="none")
    assert bench.permit.apply(True, bench.permit.token()) is True
    assert bench.factory.pin(27).function == "input"
    bench.permit.drop()
    bench.permit.close()


def test_a_pin_that_is_taken_says_which(bench: Bench) -> None:
    with pytest.raises(PinError, match=r"pins\.permit cannot be claimed"):
        PermitOutput(PINS, Treadmill(), bench.factory)
    with pytest.raises(PinError, match=r"pins\.estop cannot be claimed"):
        Panel(PINS, bench.factory, bench.permit, wake=lambda: None, report=print)


def test_500_edges_reach_the_pin_while_other_threads_are_busy(bench: Bench) -> None:
    """In this process, on mock pins: the callback's own way, and the wait for the interpreter."""
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            sum(range(1000))

    threads = [threading.Thread(target=busy) for _ in range(2)]
    for thread in threads:
        thread.start()
    took_s = []
    bench.pin("estop").drive_low()
    for _ in range(500):
        bench.give()
        before_s = time.perf_counter()
        bench.pin("estop").drive_high()
        assert not bench.on
        took_s.append(time.perf_counter() - before_s)
        bench.pin("estop").drive_low()
    stop.set()
    for thread in threads:
        thread.join()
    took_s.sort()
    assert took_s[250] < 0.01, took_s[250]
    assert took_s[-1] < 0.25, took_s[-5:]
