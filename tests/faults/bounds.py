"""Group 8: the numbers of safety.md themselves, in no real time, so without any slack.

The other parts run real processes on a busy machine, and must bear its delays. What a number may
be, and when exactly it trips, is held here; every number is written out once more.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

import pytest

from hardware.gpiochip import open_header
from hardware.limits import Limits
from hardware.link import Reason
from hardware.panel import Panel, PermitOutput
from hardware.settings import GuardSettings, Pins, Treadmill
from kiosk.config import ConfigError, load_settings
from tests.faults.frame import Case, Lab, Part
from tests.hardware.chip import Chip
from tests.hardware.test_interlock_table import (
    BY_NAME,
    MS,
    Row,
    S,
    Site,
    coasting,
    idle,
    trip,
    walking,
)

AT_MOST = {
    Reason.RUNAWAY: {"speed_kmh": 3.0},  # of a session whose cap is 2.0
    Reason.OVERSPEED: {"speed_kmh": 2.3},
    Reason.WRONG_DIRECTION: {"speed_kmh": -0.2},
}
"""Just within the bound, in a walk: never a cause."""
OVER = {
    Reason.RUNAWAY: {"speed_kmh": 3.01},
    Reason.OVERSPEED: {"speed_kmh": 2.31},
}
"""Just over it, in a walk; the table's own rows are over the site's cap."""
LAXEST = {
    "treadmill.cap_kmh": 5.0,
    "limits.runaway_over_kmh": 1.0,
    "limits.runaway_s": 0.1,
    "limits.rails_warn_s": 1.0,
    "limits.rails_revoke_s": 3.0,
    "limits.one_hand_warn_s": 2.0,
    "limits.sensor_lost_s": 1.0,
    "limits.overspeed_over_kmh": 0.3,
    "limits.overspeed_s": 0.5,
    "limits.wrong_direction_kmh": 0.2,
    "limits.wrong_direction_s": 0.3,
    "limits.permit_ineffective_s": 8.0,
    "limits.unexpected_kmh": 0.2,
    "limits.unexpected_s": 0.5,
    "limits.kiosk_lost_s": 1.0,
}
"""The laxest that a site may set each, by safety.md."""
STRICTEST = {"limits.estop_closed_s": 0.05, "limits.sensor_healthy_s": 2.0}
"""What may only be longer: how long a cause must be gone."""


def shipped() -> Limits:
    """The interlock's numbers as a guard without settings of its own has them."""
    return GuardSettings().to_limits()


def within(row: Row) -> Site:
    """A state in which the row looks, with the shipped numbers."""
    if row.reason is Reason.UNEXPECTED_MOTION:
        return idle(shipped())
    if row.reason is Reason.PERMIT_INEFFECTIVE:
        site = coasting()
        site.limits = shipped()
        return site
    return walking(limits=shipped())


def exactly(_lab: Lab) -> Iterator[Case]:
    """Each row trips at its hold, to the nanosecond, and one nanosecond before it does not."""
    for name, row in BY_NAME.items():

        def held(_dice: random.Random, row: Row = row) -> None:
            begin = OVER.get(row.reason, row.begin)
            site = within(row)
            after = trip(site, Row(**{**_fields(row), "begin": begin}))
            assert row.reason in after.causes, f"{row.reason} is no cause at its hold"
            assert not after.permit

        yield Case(name, held)
    for reason, world in AT_MOST.items():

        def bearable(
            _dice: random.Random, reason: Reason = reason, world: dict[str, float] = world
        ) -> None:
            site = walking(limits=shipped()).set(**world)
            for _ in range(20):
                assert reason not in site.judge(S).causes, f"{reason} at {world}"

        yield Case(f"{reason}.bearable", bearable)

    def at_rest(_dice: random.Random) -> None:
        site = idle(shipped()).set(speed_kmh=0.2)
        for _ in range(20):
            assert Reason.UNEXPECTED_MOTION not in site.judge(S).causes

    def cleared(_dice: random.Random) -> None:
        site = walking(limits=shipped())
        site.set(estop=False).judge()
        site.set(estop=True).judge()
        site.judge(50 * MS - 1)
        assert Reason.ESTOP in site.clear(), "cleared before it was closed for 50 ms"
        site.judge(1)
        assert Reason.ESTOP not in site.clear()

    def warned(_dice: random.Random, hands: dict[str, bool], hold_ns: int, word: str) -> None:
        site = walking(limits=shipped())
        site.set(**hands).judge()
        site.judge(hold_ns - 1)
        assert site.warning() == "none", "warned before its time"
        site.judge(1)
        assert site.warning() == word

    def no_hands(dice: random.Random) -> None:
        warned(dice, {"rail_left": False, "rail_right": False}, 1 * S, "no_hands")

    def one_hand(dice: random.Random) -> None:
        warned(dice, {"rail_left": False}, 2 * S, "one_hand")

    yield Case("rails.warned", no_hands)
    yield Case("one-hand.warned", one_hand)
    yield Case("unexpected.bearable", at_rest)
    yield Case("estop.closed", cleared)


def _fields(row: Row) -> dict[str, object]:
    return {name: getattr(row, name) for name in Row.__dataclass_fields__}


def laxer(lab: Lab) -> Iterator[Case]:
    """A file that asks for more than safety.md allows is refused; at its very bound it is taken."""
    folder = lab.new_folder("laxer", in_memory=True)

    def asked(key: str, value: float) -> None:
        table, name = key.split(".")
        more = "rails_revoke_s = 3.0\n" if name == "rails_warn_s" else ""
        path = folder / "sternway.toml"
        path.write_text(f"[{table}]\n{name} = {value}\n{more}")
        load_settings(path, simulate=False)

    for bounds, sign in ((LAXEST, 1), (STRICTEST, -1)):
        for key, bound in bounds.items():

            def held(
                _dice: random.Random, key: str = key, bound: float = bound, sign: int = sign
            ) -> None:
                asked(key, bound)
                for beyond in (bound + sign * 0.001, bound * (2.0 if sign > 0 else 0.5)):
                    try:
                        asked(key, beyond)
                    except ConfigError:
                        continue
                    raise AssertionError(f"{key} = {beyond:g} is taken; {bound:g} is the bound")

            yield Case(key, held)


SAFE = {"estop": True, "estop_b": True, "key": True, "stop_button": False}
"""Closed, closed, in, not pressed."""
WIRES = Pins(estop_b=18, key=24, stop_button=25)


@contextlib.contextmanager
def wired(lab: Lab) -> Iterator[tuple[Chip, PermitOutput, Panel]]:
    """A guard's pins on a chip, every contact safe and looked at; nothing else of it runs."""
    reported: list[BaseException] = []
    with pytest.MonkeyPatch.context() as patch:
        chip = Chip()
        chip.install(patch, lab.new_folder("dev", in_memory=True))
        factory = open_header()
        permit = PermitOutput(WIRES, Treadmill(), factory)
        panel = Panel(WIRES, factory, permit, wake=lambda: None, report=reported.append)
        for name, level in SAFE.items():
            chip.edge(WIRES.numbers()[name], int(not level))  # closed is low
        panel.levels()
        yield chip, permit, panel
        assert reported == []
        panel.close()
        permit.close()
        factory.close()


def edges(lab: Lab) -> Iterator[Case]:
    """The emergency stop's own edge takes the permit away; no contact opens for a moment unseen."""
    for pin in (17, 18):
        for level in (1, 0):

            def dropped(_dice: random.Random, pin: int = pin, level: int = level) -> None:
                with wired(lab) as (chip, permit, _panel):
                    token = permit.token()
                    assert permit.apply(True, token)
                    chip.edge(pin, level)  # one that closes was open: its other edge got lost
                    assert chip.levels[27] == 0, "the permit waits for the loop"
                    assert not permit.apply(True, token), "a pass of before gives it back"

            yield Case(f"{pin}.{level}", dropped)
    for name, safe in SAFE.items():

        def between(_dice: random.Random, name: str = name, safe: bool = safe) -> None:
            with wired(lab) as (chip, _permit, panel):
                for level in (not safe, safe):
                    chip.edge(WIRES.numbers()[name], int(not level))
                seen, then = panel.levels(), panel.levels()
                assert seen[name] is not safe, "it came and went between two looks"
                assert {one: then[one] for one in SAFE} == SAFE, "it is judged once"

        yield Case(f"between.{name}", between)


PARTS = [
    Part(
        8, "exact", "each row at its very number, in no real time: not before, not after", exactly
    ),
    Part(8, "laxer", "settings that are laxer than safety.md allows", laxer),
    Part(8, "edge", "edges of contacts, with the loop standing still", edges),
]
