"""Nobody walks on a version that is only tried."""

from __future__ import annotations

import errno

import pytest

from kiosk.upkeep.trial import OVER_S, TRIED, Trial
from kiosk.upkeep.updater.words import NOT_THE_APPLIANCE, UpdateError


class Machine:
    """What the boot partition says, and how long ago the machine was started."""

    def __init__(self) -> None:
        self.says: bool | Exception = True
        self.seconds = 20.0
        self.asked = 0
        self.trial = Trial(self.ask, since_start_s=lambda: self.seconds)

    def ask(self) -> bool:
        self.asked += 1
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_it_blocks_from_the_first_moment_until_it_is_kept(machine: Machine) -> None:
    assert machine.trial.blocks() == TRIED, "before anybody looked"
    for _ in range(3):
        machine.trial.look()
        assert machine.trial.blocks() == TRIED
    machine.says = False
    assert machine.trial.blocks() == TRIED
    machine.trial.look()
    assert machine.trial.blocks() == ()


def test_a_version_that_is_kept_stays_so_and_is_not_asked_about_again(machine: Machine) -> None:
    machine.says = False
    machine.trial.look()
    machine.says = True
    machine.trial.look()
    assert (machine.trial.blocks(), machine.asked) == ((), 1)


def test_one_that_is_tried_blocks_for_as_long_as_it_is(machine: Machine) -> None:
    machine.trial.look()
    machine.seconds = 10 * OVER_S
    assert machine.trial.blocks() == TRIED, "its machine was to be started anew long ago"


@pytest.mark.parametrize("fault", [UpdateError(NOT_THE_APPLIANCE), OSError(errno.EIO, "damaged")])
def test_what_cannot_be_read_blocks_while_something_may_restart_it(
    machine: Machine, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    machine.says = fault
    for _ in range(5):
        machine.trial.look()
    assert machine.trial.blocks() == TRIED
    assert len(caplog.records) == 1, "told once"
    machine.seconds = OVER_S
    assert machine.trial.blocks() == ()
    machine.says = True
    machine.trial.look()
    assert machine.trial.blocks() == TRIED
