"""The emulated machine's own time: told from its whole seconds, never back, never ahead of it."""

from __future__ import annotations

import pytest

from image.rig.clock import MachineTime


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
    clock = MachineTime(machine.seconds, machine.now)
    worst = 0.0
    for look in range(round(60 * factor / 0.01)):
        machine.ours_s += 0.01
        clock.look()
        if look > 20 * factor / 0.01:
            worst = max(worst, abs(clock.now_s() - machine.true_s()))
    assert worst < 0.05


def test_it_never_goes_back_and_never_past_a_second_that_has_not_ended() -> None:
    machine = Slow(1.0)
    clock = MachineTime(machine.seconds, machine.now)
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
