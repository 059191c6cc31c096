"""Every row of safety.md's table, broken in its source, is noticed by the tests of its room.

The whole mutation run takes minutes (`make mutation`); these are the changes that matter most.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from hardware.link import Reason

ROOT = Path(__file__).resolve().parents[2]
INTERLOCK = "hardware/interlock.py"
LIMITS = "hardware/limits.py"
MACHINE = "kiosk/session/machine.py"
REQUESTS = "kiosk/session/requests.py"
TESTS = {
    INTERLOCK: [
        "tests/hardware/test_interlock_table.py",
        "tests/hardware/test_interlock_grant.py",
    ],
    LIMITS: ["tests/hardware/test_interlock_table.py"],
    MACHINE: ["tests/session/test_machine_table.py"],
    REQUESTS: ["tests/session/test_machine_table.py"],
}


class Change(NamedTuple):
    """A row broken in one place of the source; `before` stands there once."""

    reason: Reason
    what: str
    before: str
    after: str
    source: str = INTERLOCK


def row_taken_out(reason: Reason) -> Change:
    line = f"        true.append(Reason.{reason.name})\n"
    return Change(reason, "the row is taken out", line, "        pass\n")


CHANGES = (
    # Anything that may take the permit is taken out, one row at a time.
    *(row_taken_out(reason) for reason in Reason if reason is not Reason.GUARD_LOST),
    Change(
        Reason.GUARD_LOST,
        "the row is taken out",
        "    if walk.permitted:\n"
        '        return stopped(session, walk, "safety_stop", Reason.GUARD_LOST, now)\n'
        "    if session.phase in {Phase.COUNTDOWN",
        "    if session.phase in {Phase.COUNTDOWN",
        MACHINE,
    ),
    Change(
        Reason.GUARD_LOST,
        "a permit that went without a word is overlooked",
        "    if not status.permit:\n        # Nobody",
        "    if False:\n        # Nobody",
        MACHINE,
    ),
    Change(
        Reason.PATRON,
        "STOP on the screen does not reach the guard",
        'ending = Revoke("patron" if reason == Reason.PATRON else "closed")',
        'ending = Revoke("pause")',
        MACHINE,
    ),
    Change(
        Reason.PATRON,
        "STOP before the first permit does not reach the guard",
        'return session, (Send(Revoke("patron")), *effects)',
        "return session, effects",
        REQUESTS,
    ),
    # A comparison or a sign is turned round, or one of two causes is dropped.
    Change(Reason.ESTOP, "turned round", "if not inputs.estop:", "if inputs.estop:"),
    Change(Reason.SAFETY_KEY, "turned round", "if not inputs.key:", "if inputs.key:"),
    Change(
        Reason.RUNAWAY,
        "on the limit is over it",
        "faster = size > cap + limits.runaway_over_kmh",
        "faster = size >= cap + limits.runaway_over_kmh",
    ),
    Change(
        Reason.RAILS_RELEASED,
        "one hand off is both",
        "_since(state.no_hands_since, not left and not right, now)",
        "_since(state.no_hands_since, not left or not right, now)",
    ),
    Change(
        Reason.RAILS_RELEASED,
        "nothing looks while the belt coasts",
        "(state.permit or (coasts and state.terms is not None))",
        "state.permit",
    ),
    Change(
        Reason.SENSOR_LOST,
        "any frame will do for the other",
        "lost = _silent(inputs.heard_ns, limits.sensor_lost_ns, now)",
        "lost = _silent(inputs.used_ns, limits.sensor_lost_ns, now)",
    ),
    Change(
        Reason.SENSOR_FAULT,
        "a fault between two passes is overlooked",
        "        inputs.faulty\n        or inputs.faults != state.faults\n        or (not lost",
        "        inputs.faulty\n        or (not lost",
    ),
    Change(
        Reason.SENSOR_FAULT,
        "an unusable sensor is well",
        "        or (not lost and _silent(inputs.used_ns, limits.sensor_lost_ns, now))\n",
        "",
    ),
    Change(
        Reason.OVERSPEED,
        "only forwards",
        "fast = size > cap + limits.overspeed_over_kmh",
        "fast = speed > cap + limits.overspeed_over_kmh",
    ),
    Change(
        Reason.WRONG_DIRECTION,
        "the other direction",
        "wrong = speed < -limits.wrong_direction_kmh",
        "wrong = speed > limits.wrong_direction_kmh",
    ),
    Change(
        Reason.PERMIT_INEFFECTIVE,
        "an unknown speed is motion",
        "not state.rest_seen and at_rest(inputs) is False",
        "not state.rest_seen and at_rest(inputs) is not True",
    ),
    Change(
        Reason.PERMIT_INEFFECTIVE,
        "a guard that starts anew knows of no revoke",
        "state.started_ns if state.revoked_ns is None else state.revoked_ns",
        "state.revoked_ns",
    ),
    Change(
        Reason.PERMIT_INEFFECTIVE,
        "it never latches after a start",
        "if Reason.PERMIT_INEFFECTIVE in causes:",
        "if False:",
    ),
    Change(
        Reason.UNEXPECTED_MOTION,
        "it never latches in a pause",
        "if state.in_session and Reason.UNEXPECTED_MOTION in causes:",
        "if False and Reason.UNEXPECTED_MOTION in causes:",
    ),
    Change(
        Reason.UNEXPECTED_MOTION,
        "a coasting belt is unexpected",
        "if state.permit or not state.rest_seen:",
        "if state.permit:",
    ),
    Change(
        Reason.KIOSK_LOST,
        "another clock",
        "if _silent(inputs.alive_ns, limits.kiosk_lost_ns, now):",
        "if _silent(inputs.heard_ns, limits.kiosk_lost_ns, now):",
    ),
    Change(
        Reason.PATRON,
        "the button on the rail is overlooked",
        "if inputs.stop or inputs.stop_button:",
        "if inputs.stop:",
    ),
    Change(Reason.PATRON, "a request under way wins", "if stop_holds(state, now):", "if False:"),
    # A hold or a threshold is another one.
    *(
        Change(
            reason,
            f"{name} is another",
            f"    {name}: {kind} = {value}",
            f"    {name}: {kind} = {other}",
            LIMITS,
        )
        for reason, name, kind, value, other in (
            (Reason.ESTOP, "estop_closed_ns", "int", "50 * MS", "49 * MS"),
            (Reason.RUNAWAY, "runaway_ns", "int", "100 * MS", "101 * MS"),
            (Reason.RUNAWAY, "runaway_over_kmh", "float", "1.0", "1.1"),
            (Reason.RAILS_RELEASED, "rails_warn_ns", "int", "1000 * MS", "1001 * MS"),
            (Reason.RAILS_RELEASED, "rails_revoke_ns", "int", "2000 * MS", "2001 * MS"),
            (Reason.SENSOR_LOST, "sensor_lost_ns", "int", "500 * MS", "501 * MS"),
            (Reason.SENSOR_FAULT, "sensor_healthy_ns", "int", "2000 * MS", "1999 * MS"),
            (Reason.OVERSPEED, "overspeed_ns", "int", "500 * MS", "501 * MS"),
            (Reason.OVERSPEED, "overspeed_over_kmh", "float", "0.3", "0.4"),
            (Reason.WRONG_DIRECTION, "wrong_direction_ns", "int", "300 * MS", "301 * MS"),
            (Reason.WRONG_DIRECTION, "wrong_direction_kmh", "float", "0.2", "0.3"),
            (Reason.PERMIT_INEFFECTIVE, "ineffective_ns", "int", "8000 * MS", "8001 * MS"),
            (Reason.UNEXPECTED_MOTION, "unexpected_ns", "int", "500 * MS", "501 * MS"),
            (Reason.UNEXPECTED_MOTION, "unexpected_kmh", "float", "0.2", "0.3"),
            (Reason.KIOSK_LOST, "kiosk_lost_ns", "int", "900 * MS", "1001 * MS"),
        )
    ),
)


@pytest.fixture(scope="module")
def exit_codes() -> dict[Change, int]:
    """What pytest ended with for each change, and for each source as it is (`before` = `after`)."""
    first_lines = {s: (ROOT / s).read_text(encoding="utf-8").splitlines()[0] for s in TESTS}
    as_they_are = [Change(Reason.PATRON, "", line, line, s) for s, line in first_lines.items()]
    asked = [*CHANGES, *as_they_are]
    run = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("forks.py"))],
        input=json.dumps([[c.source, c.before, c.after, TESTS[c.source]] for c in asked]),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert run.returncode == 0, run.stderr
    return dict(zip(asked, json.loads(run.stdout), strict=True))


def test_each_row_of_the_table_is_broken_here_in_several_ways() -> None:
    for reason in Reason:
        assert sum(change.reason is reason for change in CHANGES) >= 2, reason


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.reason}: {change.what}")
def test_the_change_has_its_place_in_the_source(change: Change) -> None:
    text = (ROOT / change.source).read_text(encoding="utf-8")
    assert text.count(change.before) == 1, "the source was changed: mend this table too"
    assert change.before != change.after


def test_the_sources_as_they_are_pass(exit_codes: dict[Change, int]) -> None:
    unchanged = {c.source: code for c, code in exit_codes.items() if c.before == c.after}
    assert unchanged == dict.fromkeys(TESTS, 0)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.reason}: {change.what}")
def test_a_broken_row_is_noticed(change: Change, exit_codes: dict[Change, int]) -> None:
    assert exit_codes[change] == 1
