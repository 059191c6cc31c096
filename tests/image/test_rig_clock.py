"""The emulated machine's own time: told from its whole seconds, never back, never ahead of it."""

from __future__ import annotations

import struct

import pytest

from image.rig.clock import MachineTime, Microframes


class Slow:
    """A machine whose second takes ``factor`` of ours."""

    def __init__(self, factor: float) -> None:
        self.ours_s = 100.0
        self.factor = factor

    def now(self) -> float:
        return self.ours_s

    def seconds(self) -> int:
        return int(7.3 + (self.ours_s - 100.0) / self.factor)

    def true_s(self) -> float:
        return 7.3 + (self.ours_s - 100.0) / self.factor


@pytest.mark.parametrize("factor", [1.0, 3.7, 12.0])
def test_it_is_near_the_machine_s_after_some_seconds(factor: float) -> None:
    machine = Slow(factor)
    clock = MachineTime(machine.seconds, now=machine.now)
    worst = 0.0
    for look in range(round(60 * factor / 0.01)):
        machine.ours_s += 0.01
        clock.look()
        if look > 20 * factor / 0.01:
            worst = max(worst, abs(clock.now_s() - machine.true_s()))
    assert worst < 0.05


def test_it_never_goes_back_and_never_past_a_second_that_has_not_ended() -> None:
    machine = Slow(1.0)
    clock = MachineTime(machine.seconds, now=machine.now)
    before = clock.now_s()
    for look in range(4000):
        machine.ours_s += 0.01
        if look == 2000:
            # From here on a second takes twenty: it must wait, and not run ahead.
            machine.factor, machine.ours_s = 20.0, 100.0 + (machine.ours_s - 100.0) * 20.0
            clock.look()
            continue
        clock.look()
        now_s = clock.now_s()
        assert now_s >= before
        assert now_s < machine.seconds() + 1
        before = now_s


class Usb:
    """A machine with its USB controller as the fourth device, as QEMU's test socket shows it."""

    device = 0x40_1000_0000 + 3 * 0x8000

    def __init__(self) -> None:
        self.base = 0
        self.us = 0.0
        self.whole = 70
        self.asked: list[int] = []

    def ask(self, command: str) -> str:
        word, address, *size = command.split()
        at = int(address, 16)
        self.asked.append(at)
        if word == "read":
            words = [self.register(at + n) for n in range(0, int(size[0]), 4)]
            return "0x" + struct.pack(f"<{len(words)}I", *words).hex()
        assert word == "readl"
        return f"{self.register(at):#x}"

    def register(self, at: int) -> int:
        shown = {
            self.device: 0x000D_1B36,
            self.device + 0x04: 0x0010_0002 if self.base else 0x0010_0000,
            self.device + 0x08: 0x0C03_3001,
            self.device + 0x0C: 0,
            self.device + 0x10: self.base & 0xFFFFFFFF | 0x4,
            self.device + 0x14: self.base >> 32,
        }
        if self.base:
            shown[self.base + 0x18] = 0x1000
            shown[self.base + 0x1000] = int(self.us / 125) % (1 << 14)
        return shown.get(at, 0xFFFFFFFF)

    def pass_s(self, seconds: float) -> None:
        self.us += seconds * 1e6

    def seconds(self) -> int:
        return self.whole + int(self.us / 1e6)


def test_microframes_are_read_at_the_address_that_the_machine_gave_its_controller() -> None:
    usb = Usb()
    frames = Microframes(usb.ask)
    assert frames.count() is None
    usb.base = 0x80_0000_4000
    usb.pass_s(1.0)
    assert frames.count() == 8_000
    usb.asked.clear()
    usb.pass_s(0.5)
    assert frames.count() == 12_000
    assert usb.asked == [usb.device, usb.base + 0x1000], "few questions: each holds the machine up"


def test_where_the_controller_lay_nothing_is_read_once_it_has_moved() -> None:
    # Another device may lie there by then, in which reading does something.
    usb = Usb()
    frames = Microframes(usb.ask)
    usb.base = old = 0x80_0000_4000
    usb.pass_s(0.5)
    assert frames.count() == 4_000
    usb.asked.clear()
    usb.base = 0
    assert frames.count() is None
    usb.base = 0x80_0000_8000
    usb.pass_s(0.25)
    assert frames.count() == 6_000
    assert not [at for at in usb.asked if old <= at < old + 0x4000]


def test_a_count_that_goes_back_a_little_is_not_a_whole_round() -> None:
    usb, ours = Usb(), [50.0]
    clock = MachineTime(usb.seconds, Microframes(usb.ask).count, now=lambda: ours[0])
    usb.base = 0x80_0000_4000
    usb.pass_s(1.0)
    clock.look()
    clock.look()
    began_s = clock.now_s()
    for passed_s in (0.02, -0.000_125, 0.004, -0.001, 0.000_5, 0.02):
        usb.pass_s(passed_s)
        ours[0] += 0.05
        before_s = clock.now_s()
        clock.look()
        assert 0 <= clock.now_s() - before_s < 0.05
    assert clock.now_s() - began_s == pytest.approx(0.043_375, abs=0.000_126)
    usb.pass_s(1.9)
    ours[0] += 1.9
    clock.look()
    assert clock.now_s() - began_s == pytest.approx(1.943_375, abs=0.000_126)


@pytest.mark.parametrize("ours_to_one", [1.0, 9.0])
def test_with_microframes_the_time_is_exact_however_fast_it_passes(ours_to_one: float) -> None:
    usb, ours = Usb(), [50.0]
    clock = MachineTime(usb.seconds, Microframes(usb.ask).count, now=lambda: ours[0])
    usb.base = 0x80_0000_4000
    for _ in range(3):
        usb.pass_s(0.01)
        clock.look()
    began_s, began_us = clock.now_s(), usb.us
    for look in range(3000):
        # Now quick, now slow, and sometimes the looker itself is late.
        passed_s = (0.001, 0.02, 0.3)[look % 3]
        usb.pass_s(passed_s)
        ours[0] += passed_s * ours_to_one * (1 + look % 7)
        clock.look()
        assert abs((clock.now_s() - began_s) - (usb.us - began_us) / 1e6) < 0.001
    usb.base = 0
    clock.look()
    before = clock.now_s()
    usb.pass_s(3.0)
    ours[0] += 3.0
    clock.look()
    assert clock.now_s() >= before, "it never goes back, without them either"
