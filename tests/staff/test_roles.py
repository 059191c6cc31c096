"""Roles: opened by a PIN, closed by leaving and by being forgotten, but not under an export."""

from __future__ import annotations

import pytest

from kiosk.session.actions import Refusal
from kiosk.staff.roles import CLOSES_AFTER_S, Roles


class Rig:
    def __init__(self) -> None:
        self.now = 1000.0
        self.exports = False
        self.roles = Roles(clock=lambda: self.now)
        self.roles.busy = lambda: self.exports


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_nothing_is_open_before_a_pin(rig: Rig) -> None:
    assert rig.roles.now_open() == frozenset()
    with pytest.raises(Refusal, match="the staff's PIN or the therapist's PIN") as refused:
        rig.roles.need("therapist", "staff")
    assert refused.value.code == "locked"


def test_a_role_opens_itself_alone(rig: Rig) -> None:
    rig.roles.opened("staff")
    rig.roles.need("staff")
    rig.roles.need("staff", "therapist")
    with pytest.raises(Refusal, match="This needs the therapist's PIN: enter it again"):
        rig.roles.need("therapist")
    rig.roles.opened("therapist")
    assert rig.roles.now_open() == {"staff", "therapist"}
    rig.roles.leave()
    assert rig.roles.now_open() == frozenset()


def test_it_closes_five_minutes_after_the_last_command(rig: Rig) -> None:
    rig.roles.opened("staff")
    rig.now += CLOSES_AFTER_S - 1
    rig.roles.need("staff")
    rig.now += CLOSES_AFTER_S - 1
    assert rig.roles.now_open() == {"staff"}, "looking is no command"
    rig.now += 1
    assert rig.roles.now_open() == frozenset()
    with pytest.raises(Refusal):
        rig.roles.need("staff")


def test_a_refused_command_is_no_sign_of_life(rig: Rig) -> None:
    rig.roles.opened("staff")
    rig.now += CLOSES_AFTER_S - 1
    with pytest.raises(Refusal):
        rig.roles.need("therapist")
    rig.now += 1
    assert rig.roles.now_open() == frozenset()


def test_a_pin_opens_no_role_that_was_forgotten(rig: Rig) -> None:
    rig.roles.opened("therapist")
    rig.now += CLOSES_AFTER_S
    rig.roles.opened("staff")
    assert rig.roles.now_open() == {"staff"}


def test_under_an_export_nothing_closes_by_itself_and_the_time_counts_from_its_end(
    rig: Rig,
) -> None:
    rig.roles.opened("staff")
    rig.exports = True
    rig.now += 10 * CLOSES_AFTER_S
    assert rig.roles.now_open() == {"staff"}
    rig.exports = False
    rig.now += CLOSES_AFTER_S - 1
    assert rig.roles.now_open() == {"staff"}
    rig.now += 1
    assert rig.roles.now_open() == frozenset()
