"""The screens of somebody with a profile, in every state that matters."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from hardware.link import Check
from kiosk.session.model import Phase
from kiosk.session.plan import Plan
from kiosk.therapy.model import Person
from tests.screens.fake import MOVING, snapshot, status, trace, walk
from tests.screens.fake_patron import (
    EXPIRED,
    HELD,
    LONG,
    PAST,
    SAM,
    UPHILL,
    prescribed,
    stepped,
)
from tests.screens.scene import Scene, Setup, both, read


def plan_of(person: Person, **fields: Any) -> Plan:
    """The plan that a person's profile gives."""
    made = Plan(
        program_id=person.walk.program_id,
        program_version=person.walk.program_version,
        name=person.program_name,
        steps=person.walk.steps,
        cap_kmh=2.4,
        rails=person.rails,
        profile_code=person.code,
        profile_version=3,
        screened=person.screened,
    )
    return replace(made, **fields)


def typed(text: str, group: str = "") -> Setup:
    """Letters that were tapped, and a group of them that is open."""

    def act(shell: Any) -> None:
        flow = shell.page.flow
        for letter in text:
            flow.letter(letter)
        flow.open(group)
        shell.page._page.bring_up()

    return act


def pad(pin: str = "", refused: str = "", waits: bool = False) -> Setup:
    """The PIN pad after the name."""

    def act(shell: Any) -> None:
        typed("SAM")(shell)
        page = shell.page
        page.flow.named()
        page._put()
        page._page.ids.pad._digits, page._page.ids.pad.count = pin, len(pin)
        if waits or refused:
            page.flow.entered()
        if refused:
            page.flow.refused(refused)
        page._dress()

    return act


def past(shell: Any) -> None:
    """The last walks."""
    shell.page.look_back()


def stage(number: int) -> Setup:
    def act(shell: Any) -> None:
        shell.page.stage = number
        shell.page._put()

    return act


def results(name: str) -> Setup:
    def act(shell: Any) -> None:
        shell.room.desk.rows = trace()
        shell.room.past_seq = shell.room.patron.person().past[-2].seq
        shell.page.index = shell.page.names().index(name)
        shell.page._put()

    return act


OFF = (False, False)
UP = plan_of(UPHILL)
DONE: dict[str, Any] = {
    "walked_s": 720.0,
    "outcome": "completed",
    "pain_before": 2,
    "pain_after": 1,
    "rpe": 12,
    "closed": True,
}
HURT = {**DONE, "walked_s": 190.0, "outcome": "stopped", "pain_after": 7, "rpe": 16}
NONE = replace(SAM, past=())
FEW = replace(SAM, past=PAST[:2])


def _briefing(person: Person, act: Setup | None = None) -> Scene:
    chosen = snapshot(Phase.CHOSEN, walking=walk(plan=plan_of(person)))
    return Scene(chosen, act=act, person=person)


def _mine(person: Person, act: Setup | None = None) -> Scene:
    return Scene(snapshot(), "mine", act, person=person)


def _check(person: Person, *fails: Any, **fields: Any) -> Scene:
    hands = fields.pop("hands", OFF)
    made = walk(plan=plan_of(person), **fields)
    seen = snapshot(Phase.CHECKING, seen=status(hands=hands), walking=made, failing=fails)
    return Scene(seen, person=person)


def _walking(**fields: Any) -> Scene:
    hands, kmh = fields.pop("hands", (True, True)), fields.pop("speed_kmh", 1.0)
    made = walk(plan=fields.pop("plan", UP), **fields)
    seen = status(MOVING, hands=hands, speed_kmh=kmh)
    seen = snapshot(Phase.WALKING, seen=seen, walking=made)
    return Scene(seen, person=UPHILL)


def _summary(person: Person, act: Setup | None = None, **fields: Any) -> Scene:
    made = walk(plan=plan_of(person), **{**DONE, **fields})
    return Scene(snapshot(Phase.SUMMARY, walking=made), act=act, person=person)


TRIED = "Name and PIN do not fit. 3 tries left."
LOCKED = "Too many wrong PINs. Please wait 5 minutes, then try again."
STEEP = plan_of(UPHILL, steps=tuple(replace(step, incline_pct=7.0) for step in prescribed(8).steps))
ODD = plan_of(LONG, steps=tuple(reversed(LONG.walk.steps[:2])), rails="both")
PATRON_SCENES: dict[str, Scene] = {
    "who": Scene(snapshot(), "who"),
    "who-letters": Scene(snapshot(), "who", typed("SA", "KLMNO")),
    "who-six": Scene(snapshot(), "who", typed("", "UVWXYZ")),
    "who-digits": Scene(snapshot(), "who", typed("P-7F3", "67890-")),
    "who-typed": Scene(snapshot(), "who", typed("SAM")),
    "who-long": Scene(snapshot(), "who", typed("CHRISTOPHERWMWMWMWMWMWMWM")),
    "who-pin": Scene(snapshot(), "who", pad("48")),
    "who-wait": Scene(snapshot(), "who", pad(waits=True)),
    "who-wrong": Scene(snapshot(), "who", pad(refused=TRIED)),
    "who-locked": Scene(snapshot(), "who", pad(refused=LOCKED)),
    "mine": _mine(SAM),
    "mine-new": _mine(stepped("minutes", 11, 12)),
    "mine-uphill": _mine(UPHILL),
    "mine-uphill-new": _mine(stepped("incline", 6, 7, UPHILL)),
    "mine-long": _mine(LONG),
    "mine-first": _mine(NONE),
    "mine-past": _mine(SAM, past),
    "mine-past-few": _mine(FEW, past),
    "mine-past-long": _mine(LONG, past),
    "mine-held": _mine(HELD),
    "mine-expired": _mine(replace(EXPIRED, name=LONG.name)),
    "briefing-screened-pain": _briefing(SAM, stage(1)),
    "briefing-one-hand": _briefing(UPHILL, stage(7)),
    "briefing-no-hands": _briefing(LONG, both(stage(2))),
    "briefing-no-hands-2": _briefing(LONG, both(stage(2), read(1))),
    "checking-incline-first": Scene(
        snapshot(
            Phase.CHECKING,
            seen=status(hands=OFF),
            walking=walk(plan=STEEP),
            failing=("incline", Check.RAILS),
        ),
        person=UPHILL,
    ),
    "checking-one-hand": _check(UPHILL, Check.RAILS),
    "checking-one-hand-green": _check(UPHILL, hands=(True, False)),
    "walking-incline-next": _walking(walked_s=60.0),
    "walking-incline-now": _walking(walked_s=200.0, deck_pct=7.0, hands=(True, False)),
    "walking-incline-far": _walking(
        walked_s=900.0, deck_pct=7.5, speed_kmh=2.0, plan=plan_of(LONG, rails="both")
    ),
    "walking-incline-odd": _walking(walked_s=900.0, deck_pct=10.0, speed_kmh=2.0, plan=ODD),
    "walking-incline-km": _walking(
        walked_s=3400.0, deck_pct=7.5, speed_kmh=2.0, plan=plan_of(LONG, rails="both")
    ),
    "paused-incline-up": Scene(
        snapshot(Phase.PAUSED, walking=walk(plan=UP, walked_s=120.0)), person=UPHILL
    ),
    "paused-incline-down": Scene(
        snapshot(Phase.PAUSED, walking=walk(plan=UP, walked_s=360.0, deck_pct=7.0)),
        person=UPHILL,
    ),
    "paused-incline-odd": Scene(
        snapshot(Phase.PAUSED, walking=walk(plan=plan_of(LONG), walked_s=60.0)), person=LONG
    ),
    "summary-mine": _summary(SAM),
    "summary-mine-long": _summary(LONG),
    "summary-mine-trend": _summary(SAM, results("trend")),
    "summary-mine-first": _summary(NONE),
    "summary-mine-hold": _summary(SAM, **HURT),
    "summary-mine-no-hands": _summary(LONG, results("figures")),
}
