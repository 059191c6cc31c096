"""Group 8: pins that bounce, stick or disagree; edges that get lost; callbacks that fail."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from hardware.link import BeginCheck, Refused, RequestPermit, Revoke, Terms
from tests.faults.frame import Case, Lab, Part
from tests.faults.sensor import rig_of
from tests.hardware.breaks import (
    BREAKS_ON_BOOM,
    CALLBACK_BREAKS,
    PORT_BREAKS_ON_BOOM,
    SIMULATOR_BREAKS,
)
from tests.hardware.guard_rig import BUSY_S, Rig, running, wait_for

LOST_EDGES = """
import hardware.panel
assert callable(hardware.panel.Panel._edge)
hardware.panel.Panel._edge = lambda self, name, level: None
"""
"""No callback of a pin ever comes, as when the kernel's queue overflows: levels must do."""
STOPS = {"estop": ("estop", 0.01), "estop_b": ("estop", 0.01), "key": ("safety_key", 0.1)}


def _bounce(rig: Rig, pin: str, safe: int, dice: random.Random) -> None:
    """A contact that leaves its safe level and bounces, and may end anywhere."""
    levels = [1 - safe]
    for _ in range(dice.randrange(1, 30)):
        levels.append(1 - levels[-1])
    rig.bench.ask_all([{"pin": pin, "level": level} for level in levels])


def bouncing(lab: Lab) -> Iterator[Case]:
    rig = rig_of(lab)
    for number in range(lab.scale(8, 1)):
        for pin, (reason, limit_s) in STOPS.items():

            def bounced(
                dice: random.Random, pin: str = pin, reason: str = reason, limit: float = limit_s
            ) -> None:
                one = rig()
                one.grant(kmh=dice.choice([0.0, 1.0]))
                before_s = time.monotonic()
                _bounce(one, pin, 1, dice)
                assert one.fell() - before_s < limit + BUSY_S
                one.stopped(reason)
                time.sleep(0.2)
                assert one.state()["permit"] == 0, "it came back by itself"

            yield Case(f"{pin}.{number}", bounced)
    for number in range(lab.scale(4, 0)):

        def rails(dice: random.Random) -> None:
            """Hands that let go for moments only never stop a walk."""
            one = rig()
            one.grant(kmh=1.0)
            for _ in range(20):
                side = dice.choice(["rail_left", "rail_right"])
                one.pin(side, 0)
                time.sleep(dice.uniform(0, 0.03))
                one.pin(side, 1)
            assert one.kiosk.settled().permit, one.kiosk.status.reason

        yield Case(f"rails.{number}", rails)


def stuck(lab: Lab) -> Iterator[Case]:
    """A contact that says the same for ever: no permit where it cannot be trusted, and just why."""
    rig = rig_of(lab)
    wrong: dict[str, tuple[dict[str, int], set[str]]] = {
        "estop-open": ({"estop": 0}, {"estop"}),
        "estop_b-open": ({"estop_b": 0}, {"estop"}),
        "key-out": ({"key": 0}, {"key", "safety_key"}),
        "stop-button-in": ({"stop_button": 1}, {"stop_button", "patron"}),
        "rail-left-held": ({}, {"rails_opened"}),
        "rail-right-held": ({}, {"rails_opened"}),
    }
    for name in lab.some(list(wrong), 2):

        def refused(_dice: random.Random, name: str = name) -> None:
            one = rig()
            levels, why = wrong[name]
            # A rail held since the last session and never seen open: a short circuit looks so.
            one.grant()
            one.reset()
            one.kiosk.settled()
            held = f"rail_{name.split('-')[1]}" if name.startswith("rail-") else None
            for side in ("rail_left", "rail_right"):
                if side != held:
                    one.pin(side, 0)
            for pin, level in levels.items():
                one.pin(pin, level)
            one.kiosk.say(BeginCheck(Terms(2.0, "both")))
            one.kiosk.settled()
            for side in ("rail_left", "rail_right"):
                if side != held:
                    one.pin(side, 1)
            time.sleep(0.3)
            before = len(one.kiosk.others(Refused))
            one.kiosk.say(RequestPermit())
            wait_for(lambda: len(one.kiosk.others(Refused)) > before, what="the refusal")
            assert one.state()["permit"] == 0, f"a permit with {name}"
            refusal = one.kiosk.others(Refused)[-1]
            assert set(refusal.failing) == why, f"{name}: {refusal}"

        yield Case(name, refused)


def disagreeing(lab: Lab) -> Iterator[Case]:
    rig = rig_of(lab)
    for number in range(lab.scale(6, 1)):

        def apart(dice: random.Random) -> None:
            one = rig()
            one.grant(kmh=1.0)
            channel = dice.choice(["estop", "estop_b"])
            before_s = one.pin(channel, 0)
            assert one.fell() - before_s < 0.01 + BUSY_S
            one.stopped("estop")
            wait_for(lambda: one.kiosk.status.pins.estop_disagree, 2.0, "the disagreement")
            one.kiosk.say(RequestPermit())
            time.sleep(0.1)
            assert one.state()["permit"] == 0

        yield Case(str(number), apart)


def lost_edges(lab: Lab) -> Iterator[Case]:
    rig = rig_of(lab, prelude=LOST_EDGES)
    for pin, (reason, _) in STOPS.items():

        def unheard(_dice: random.Random, pin: str = pin, reason: str = reason) -> None:
            one = rig()
            one.grant(kmh=1.0)
            before_s = one.pin(pin, 0)
            assert one.fell() - before_s < 0.02 + BUSY_S, "the level was not looked at"
            one.stopped(reason)

        yield Case(pin, unheard)


BREAKS: dict[str, tuple[str, dict[str, object]]] = {
    "callback": (CALLBACK_BREAKS, {"pin": "key", "level": 0}),
    "loop": (BREAKS_ON_BOOM, {"raw": "BOOM"}),
    "port": (PORT_BREAKS_ON_BOOM, {"raw": "BOOM"}),
    "simulator": (SIMULATOR_BREAKS, {"sensor": "ok"}),
}


def exceptions(lab: Lab) -> Iterator[Case]:
    for name in lab.some(list(BREAKS), 1):

        def thrown(_dice: random.Random, name: str = name) -> None:
            prelude, cause = BREAKS[name]
            with running(lab.new_folder("breaks"), prelude=prelude) as one:
                one.grant()
                one.bench.ask(cause)
                one.fell()  # told before the door closes: a closed one alone would raise
                _, said = one.process.communicate(timeout=10.0)
                assert one.process.returncode == 1
                assert "boom" in said
                assert said.count("\n") == 1

        yield Case(name, thrown)


def storms(lab: Lab) -> Iterator[Case]:
    """Every wire at once, at random, for a while: the permit is never on beside an open stop."""
    rig = rig_of(lab)
    pins = ("estop", "estop_b", "key", "rail_left", "rail_right", "stop_button")

    def storm(dice: random.Random) -> None:
        one, before = rig(), (given[0], stops[0])
        for _ in range(lab.scale(6, 2)):
            one.grant(kmh=1.0)
            for _ in range(10):
                count = dice.choice([1, 1, 2, 8])
                asked = [
                    {"pin": dice.choice(pins), "level": dice.randrange(2)} for _ in range(count)
                ]
                given[0] += one.state()["permit"]
                one.bench.ask_all(asked)
                if dice.random() < 0.3:
                    one.kiosk.say(RequestPermit())
                state = one.state()
                pressed = not (state["pins"]["estop"] and state["pins"]["estop_b"])
                if pressed:
                    time.sleep(0.02)
                    assert one.state()["permit"] == 0, state
                    stops[0] += 1
        one.kiosk.say(Revoke("closed"))
        assert one.process.poll() is None
        assert given[0] > before[0], "no permit was there to be taken"
        assert stops[0] > before[1], "no stop was ever open"

    given, stops = [0], [0]
    for number in range(lab.scale(4, 1)):
        yield Case(str(number), storm)
    lab.say(f"the permit was on before {given[0]} volleys; {stops[0]} left a stop open")


PARTS = [
    Part(8, "bouncing", "contacts that bounce as they open", bouncing),
    Part(8, "stuck", "contacts that are stuck before a start", stuck),
    Part(8, "disagreeing", "two channels of the emergency stop that disagree", disagreeing),
    Part(8, "lost-edges", "no edge of any pin is ever told", lost_edges),
    Part(8, "exceptions", "an exception in a callback, the loop, the port, the bench", exceptions),
    Part(8, "storm", "all pins at random, with requests between", storms),
]
