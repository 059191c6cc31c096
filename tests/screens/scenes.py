"""Every screen in every state that matters: name -> how it comes to be. For pictures and tests."""

from __future__ import annotations

from typing import Any

from hardware.link import Check, Reason
from kiosk.screens.resting import Rest
from kiosk.session.model import Health, Phase, Snapshot
from kiosk.staff.model import ExportState
from kiosk.upkeep.trial import TRIED
from profiles.saying import saying
from tests.screens.fake import (
    ESTOP,
    LONG_PLAN,
    MOVING,
    REST,
    snapshot,
    status,
    trace,
    walk,
)
from tests.screens.machine_scenes import MACHINE_SCENES
from tests.screens.patron_scenes import PATRON_SCENES
from tests.screens.scene import Scene, Setup, both, digits, read
from tests.screens.settings_scenes import SETTINGS_SCENES
from tests.screens.staff_scenes import STAFF_SCENES
from tests.screens.therapist_scenes import THERAPIST_SCENES
from tests.screens.upkeep_scenes import UPKEEP_SCENES

__all__ = ["RESTING", "SCENES", "Scene"]


def _stage(number: int) -> Setup:
    def act(shell: Any) -> None:
        shell.page.stage = number
        shell.page._put()

    return act


def _tap(value: int) -> Setup:
    def act(shell: Any) -> None:
        for widget in shell.walk():
            if type(widget).__name__ == "ScaleKey" and widget.value == value:
                widget.dispatch("on_tap")

    return act


def _results(index: int) -> Setup:
    def act(shell: Any) -> None:
        shell.room.desk.rows = trace()
        shell.page.index = index
        shell.page._put()

    return act


def _languages(shell: Any) -> None:
    shell.page.offer()


def _rests(rest: Rest) -> Setup:
    def act(shell: Any) -> None:
        shell.dimming._lay(420.0, rest)

    return act


def _halted(shell: Any) -> None:
    shell.page.stage = 1
    shell.page.answered(True)


def _rpe(shell: Any) -> None:
    shell.page._ask_rpe()


def _fault(shell: Any) -> None:
    shell.fault()
    shell.look(shell.room.desk.snapshot())


def _notice(shell: Any) -> None:
    shell.room.notice = "A session is under way: end it first."
    shell.look(shell.room.desk.snapshot())


def _wrong(shell: Any) -> None:
    shell.page.flow.entered("4711")
    shell.page.flow.unlocked("That PIN is not known.")
    shell.look(shell.room.desk.snapshot())


def _again(shell: Any) -> None:
    shell.page.flow.entered("4711")
    shell.look(shell.room.desk.snapshot())


def _cleared(shell: Any) -> None:
    shell.page.flow._had = frozenset({"x"})
    shell.page.flow.unlocked(None)
    shell.look(shell.room.desk.snapshot())


CHOSEN = snapshot(Phase.CHOSEN, walking=walk())
WALK = walk(walked_s=83.0)
MID = snapshot(Phase.WALKING, seen=MOVING, walking=WALK)
STARTS = snapshot(Phase.STARTING, seen=status(permit=True), walking=walk())
FINISHES = snapshot(Phase.FINISHING, seen=MOVING, walking=walk(walked_s=300))
HELPED = {"starts_belt": "helper"}
FACING = {"facing": "console"}
OFF = (False, False)
DONE = walk(walked_s=300.0, outcome="completed", pain_before=3, pain_after=2, rpe=11, closed=True)
HURT = walk(walked_s=188.0, outcome="stopped", pain_before=3, pain_after=7, rpe=16, closed=True)


def _checking(fails: tuple[Any, ...], **fields: Any) -> Snapshot:
    seen = fields.pop("seen", None) or status(hands=fields.pop("hands", OFF))
    chosen = fields.pop("walking", None) or walk()
    return snapshot(Phase.CHECKING, seen=seen, walking=chosen, failing=fails, **fields)


def _stopped(reason: str | None, **fields: Any) -> Snapshot:
    safety = reason not in {None, Reason.PATRON}
    outcome = "safety_stop" if safety else "stopped"
    ended = walk(walked_s=83.0, outcome=outcome, stop_reason=reason)
    latched = (Reason(reason),) if reason else ()
    seen = fields.pop("seen", None) or status(latched=latched)
    return snapshot(Phase.STOPPED, seen=seen, walking=ended, **fields)


FULL = (
    saying(
        "The disk is nearly full: {free} MB are free, {needed} MB are needed.", free=12, needed=64
    ),
    saying(
        "Leave the kiosk on, export the log to a stick, then call the service: "
        "old speed curves can go from the card, the records stay."
    ),
)
SCENES: dict[str, Scene] = {
    "idle": Scene(snapshot()),
    "idle-languages": Scene(snapshot(), act=_languages),
    "idle-estop": Scene(snapshot(seen=status(pins={"estop": False}))),
    "idle-blocked": Scene(snapshot(seen=ESTOP)),
    "idle-log-full": Scene(snapshot(health=Health(log=FULL))),
    "idle-proof-due": Scene(snapshot(health=Health(proof_due=True))),
    "idle-tried": Scene(snapshot(health=Health(settings=TRIED))),
    "idle-first-start": Scene(snapshot(), pin=False),
    "idle-exporting": Scene(snapshot(), staff={"export": ExportState("writing")}),
    "idle-no-guard": Scene(snapshot(seen=None, health=Health(guard=False))),
    "about": Scene(snapshot(), "about"),
    "about-2": Scene(snapshot(), "about", read(1)),
    "about-4": Scene(snapshot(), "about", read(3)),
    "about-last": Scene(snapshot(), "about", read(99)),
    "blocked": Scene(snapshot(seen=ESTOP), "blocked"),
    "blocked-tried": Scene(snapshot(health=Health(settings=TRIED)), "blocked"),
    "blocked-log": Scene(snapshot(health=Health(log=FULL)), "blocked"),
    "choose": Scene(snapshot(), "choose"),
    "choose-unlocked": Scene(snapshot(unlocked=True), "choose"),
    "detail": Scene(snapshot(), "detail", program="low-back"),
    "detail-toe": Scene(snapshot(), "detail", program="big-toe"),
    "detail-uphill": Scene(snapshot(unlocked=True), "detail", program="ankle-uphill"),
    "more": Scene(snapshot(), "more", program="big-toe"),
    "more-2": Scene(snapshot(), "more", read(1), program="easy-walk"),
    "more-evidence": Scene(snapshot(), "more", read(3), program="easy-walk"),
    "briefing": Scene(CHOSEN),
    "briefing-end": Scene(CHOSEN, act=read(9)),
    "briefing-question": Scene(CHOSEN, act=_stage(1)),
    "briefing-question-4": Scene(CHOSEN, act=_stage(4)),
    "briefing-yes": Scene(CHOSEN, act=_halted),
    "briefing-pain": Scene(CHOSEN, act=_stage(6)),
    "briefing-pain-4": Scene(CHOSEN, act=both(_stage(6), _tap(4))),
    "briefing-rules": Scene(CHOSEN, act=_stage(7)),
    "briefing-rules-2": Scene(CHOSEN, act=both(_stage(7), read(1))),
    "briefing-rules-3": Scene(CHOSEN, act=both(_stage(7), read(2))),
    "briefing-rules-helper": Scene(CHOSEN, act=both(_stage(7), read(1)), place=HELPED),
    "briefing-rules-console": Scene(CHOSEN, act=both(_stage(7), read(1)), place=FACING),
    "briefing-rules-no-relay": Scene(
        CHOSEN, act=both(_stage(7), read(2)), place={"relay": False, "stop_button": False}
    ),
    "checking": Scene(_checking((Check.RAILS,))),
    "checking-console": Scene(_checking((Check.RAILS,)), place=FACING),
    "checking-waiting": Scene(
        _checking((Check.RAILS,), hands=(True, False), walking=walk(go_until_ns=99 * 10**12))
    ),
    "checking-opened": Scene(_checking((Check.RAILS_OPENED,), hands=(True, True))),
    "checking-estop": Scene(_checking((Check.ESTOP, Check.KEY, Check.RAILS))),
    "checking-worst": Scene(
        _checking(("log", "incline", *Check), seen=status(latched=(Reason.ESTOP,), hands=OFF))
    ),
    "checking-incline": Scene(
        _checking(("incline", Check.RAILS), walking=walk("ankle-uphill", walked_s=121.0))
    ),
    "checking-green": Scene(_checking((), hands=(True, True))),
    "countdown": Scene(snapshot(Phase.COUNTDOWN, walking=walk(), past_s=0.2)),
    "starting": Scene(STARTS),
    "starting-helper": Scene(STARTS, place=HELPED),
    "starting-console": Scene(STARTS, place=FACING),
    "walking": Scene(MID),
    "walking-start": Scene(
        snapshot(
            Phase.WALKING, seen=status(MOVING, speed_kmh=0.9), walking=walk(minutes=20, walked_s=3)
        )
    ),
    "walking-slow": Scene(
        snapshot(Phase.WALKING, seen=status(MOVING, speed_kmh=0.5), walking=WALK)
    ),
    "walking-fast": Scene(
        snapshot(Phase.WALKING, seen=status(MOVING, speed_kmh=2.2), walking=WALK)
    ),
    "walking-one-hand": Scene(
        snapshot(
            Phase.WALKING,
            seen=status(MOVING, hands=(True, False), rails_warning="one_hand"),
            walking=WALK,
        )
    ),
    "walking-no-hands": Scene(
        snapshot(
            Phase.WALKING, seen=status(MOVING, hands=OFF, rails_warning="no_hands"), walking=WALK
        )
    ),
    "walking-unknown": Scene(
        snapshot(Phase.WALKING, seen=status(MOVING, speed_kmh=None, at_rest=None), walking=WALK)
    ),
    "walking-uphill": Scene(
        snapshot(
            Phase.WALKING,
            seen=status(MOVING, hands=(True, False)),
            walking=walk("ankle-uphill", walked_s=130, deck_pct=7.0),
        )
    ),
    "walking-last": Scene(
        snapshot(Phase.WALKING, seen=MOVING, walking=walk(minutes=20, walked_s=1165))
    ),
    "walking-long-names": Scene(
        snapshot(Phase.WALKING, seen=MOVING, walking=walk(plan=LONG_PLAN, walked_s=3))
    ),
    "paused": Scene(snapshot(Phase.PAUSED, walking=WALK)),
    "paused-incline": Scene(snapshot(Phase.PAUSED, walking=walk("ankle-uphill", walked_s=120.0))),
    "finishing": Scene(FINISHES),
    "finishing-no-relay": Scene(FINISHES, place={"relay": False}),
    "finishing-helper": Scene(FINISHES, place=HELPED),
    "finishing-console": Scene(FINISHES, place=FACING),
    **{f"stopped-{reason}": Scene(_stopped(reason)) for reason in Reason},
    "stopped-paused-too-long": Scene(_stopped(None)),
    "stopped-coasting": Scene(
        _stopped(Reason.PATRON, seen=status(MOVING, permit=False, latched=(Reason.PATRON,)))
    ),
    "stopped-coasting-estop": Scene(
        _stopped(Reason.ESTOP, seen=status(MOVING, permit=False, latched=(Reason.ESTOP,)))
    ),
    "stopped-coasting-unknown": Scene(
        _stopped(
            Reason.SENSOR_LOST,
            seen=status(
                MOVING,
                permit=False,
                speed_kmh=None,
                at_rest=None,
                coasting=True,
                latched=(Reason.SENSOR_LOST,),
            ),
        )
    ),
    "alarm-ineffective": Scene(
        _stopped(
            Reason.PATRON,
            seen=status(
                MOVING,
                permit=False,
                latched=(Reason.PERMIT_INEFFECTIVE,),
                causes=(Reason.PERMIT_INEFFECTIVE,),
            ),
        )
    ),
    "alarm-unexpected": Scene(
        snapshot(
            Phase.PAUSED,
            seen=status(MOVING, permit=False, latched=(Reason.UNEXPECTED_MOTION,)),
            walking=WALK,
        )
    ),
    "alarm-guard-lost": Scene(_stopped(Reason.GUARD_LOST, seen=MOVING, health=Health(guard=False))),
    "summary-pain": Scene(
        snapshot(Phase.SUMMARY, walking=walk(walked_s=300, outcome="completed", pain_before=3))
    ),
    "summary-rpe": Scene(
        snapshot(Phase.SUMMARY, walking=walk(walked_s=300, outcome="completed")), act=_rpe
    ),
    "summary-rpe-13": Scene(
        snapshot(Phase.SUMMARY, walking=walk(walked_s=300, outcome="completed")),
        act=both(_rpe, _tap(13)),
    ),
    "summary": Scene(snapshot(Phase.SUMMARY, walking=DONE)),
    "summary-advice": Scene(snapshot(Phase.SUMMARY, walking=HURT)),
    "summary-figures-stopped": Scene(snapshot(Phase.SUMMARY, walking=HURT), act=_results(1)),
    "summary-log-full": Scene(snapshot(Phase.SUMMARY, walking=DONE, health=Health(log=FULL))),
    "summary-chart": Scene(snapshot(Phase.SUMMARY, walking=DONE), act=_results(1)),
    "summary-qr": Scene(snapshot(Phase.SUMMARY, walking=DONE), act=_results(2)),
    "pin": Scene(snapshot(), "pin"),
    "pin-estop": Scene(snapshot(seen=ESTOP), "pin", digits("24681")),
    "pin-ineffective": Scene(snapshot(seen=status(latched=(Reason.PERMIT_INEFFECTIVE,))), "pin"),
    "pin-wrong": Scene(snapshot(seen=ESTOP), "pin", _wrong),
    "pin-first": Scene(snapshot(), "pin", pin=False),
    "pin-again": Scene(snapshot(), "pin", _again, pin=False),
    "pin-cleared": Scene(snapshot(), "pin", _cleared),
    "notice": Scene(snapshot(), act=_notice),
    **STAFF_SCENES,
    **MACHINE_SCENES,
    **SETTINGS_SCENES,
    **UPKEEP_SCENES,
    **THERAPIST_SCENES,
    **PATRON_SCENES,
    **{
        f"{name}-mph": scene._replace(units="imperial")
        for name, scene in {
            "walking": Scene(MID),
            "walking-fast": Scene(
                snapshot(Phase.WALKING, seen=status(MOVING, speed_kmh=2.2), walking=WALK)
            ),
            "choose": Scene(snapshot(), "choose"),
            "detail": Scene(snapshot(), "detail", program="low-back"),
            "summary": Scene(snapshot(Phase.SUMMARY, walking=DONE)),
            "summary-chart": Scene(snapshot(Phase.SUMMARY, walking=DONE), act=_results(1)),
            **{
                name: PATRON_SCENES[name]
                for name in ("walking-incline-far", "walking-incline-km", "mine", "mine-past-long")
            },
        }.items()
    },
    "fault": Scene(snapshot(), act=_fault),
    "fault-walking": Scene(MID, act=_fault),
}
RESTING: dict[str, Scene] = {
    "resting-dimmed": Scene(snapshot(), act=_rests(Rest.DIM)),
    "resting-dark": Scene(snapshot(), act=_rests(Rest.DARK)),
}
"""The screen at rest: looked at, and not measured, as it is meant to be hardly seen."""
assert REST is not MOVING
