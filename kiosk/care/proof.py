"""The proof test as pure state: each stop is used, and the permit is seen to fall by it.

``advance`` takes what the guard says. A step is passed by what it saw, never by a tap; one that
fails ends the test. The permit is given anew for each step by a tap: nothing resumes by itself.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from hardware.link import RailsMode, Reason, Status

MS: Final = 1_000_000
FALLS_WITHIN_NS: Final = 300 * MS
"""From the contact's opening, as the guard tells it, to the permit's end; safety.md allows less."""
FOLLOWS_WITHIN_NS: Final = 1000 * MS
"""Within which the second contact and the relay must have followed."""
ARMED_WITHIN_NS: Final = 1500 * MS

StepName = Literal["estop", "key", "stop_button", "rail_left", "rail_right"]
Stage = Literal[
    "idle", "ready", "arming", "act", "settle", "release", "failed", "passed", "interrupted"
]
"""``ready`` waits for a tap, ``act`` for the stop to be used, ``release`` for its end.

``interrupted``: service mode ended or STOP was pressed; nothing was proven, and nothing is kept.
"""
Result = Literal["passed", "failed", "absent"]
Why = Literal["", "nothing", "permit", "contacts", "relay", "service", "stop"]

REASONS: Final[dict[str, Reason]] = {
    "estop": Reason.ESTOP,
    "key": Reason.SAFETY_KEY,
    "stop_button": Reason.PATRON,
}
RAILS: Final = frozenset({"rail_left", "rail_right"})


class Proof(msgspec.Struct, frozen=True):
    """A test under way, or how it ended. Times are the guard's, in ns.

    ``why`` is what was wrong in the step that failed, or what interrupted the test; ``other`` says
    that the permit fell for another reason, so that this step has to be done again. ``falls_ms`` is
    how long each stop took from its contact to the permit's end, as far as statuses can tell.
    """

    stage: Stage = "idle"
    steps: tuple[StepName, ...] = ()
    index: int = 0
    results: tuple[tuple[StepName, Result], ...] = ()
    why: Why = ""
    other: str = ""
    may_be_absent: bool = False
    grants: int = 0
    since_ns: int = 0
    falls_ms: tuple[tuple[str, int], ...] = ()

    @property
    def running(self) -> bool:
        """Whether it is under way."""
        return self.stage not in {"idle", "failed", "passed", "interrupted"}

    @property
    def step(self) -> StepName | None:
        """The step at hand."""
        return self.steps[self.index] if self.index < len(self.steps) else None


def steps_of(wires: dict[str, int], rails: RailsMode) -> tuple[StepName, ...]:
    """Return what a site with these wires has to prove."""
    steps: list[StepName] = ["estop", "key"]
    if "stop_button" in wires:
        steps.append("stop_button")
    if rails != "none":
        steps += ["rail_left", "rail_right"]
    return tuple(steps)


def begin(steps: tuple[StepName, ...], *, may_be_absent: bool) -> Proof:
    """Return a test at its first step; ``may_be_absent``: nobody ever saw a key here."""
    return Proof("ready", steps, may_be_absent=may_be_absent)


def arm(proof: Proof, status: Status) -> Proof:
    """The permit was asked for."""
    return replace(proof, stage="arming", grants=status.grants, since_ns=status.t_ns, other="")


def refused(proof: Proof) -> Proof:
    """The guard did not give the permit."""
    return replace(proof, stage="ready") if proof.stage == "arming" else proof


def fail(proof: Proof, why: Why) -> Proof:
    """The step at hand failed, and the test with it."""
    step = proof.step
    if step is None or not proof.running:
        return proof
    results = (*proof.results, (step, _FAILED))
    return replace(proof, stage="failed", why=why, results=results)


def interrupt(proof: Proof, why: Why) -> Proof:
    """Something else ended the test: it neither passed nor failed."""
    return replace(proof, stage="interrupted", why=why) if proof.running else proof


def absent(proof: Proof) -> Proof:
    """There is no key here that could be seen."""
    if proof.step != "key" or not proof.may_be_absent or not proof.running:
        return proof
    return _onward(proof, "absent")


def advance(proof: Proof, status: Status) -> Proof:
    """Return the test after one status of the guard."""
    step = proof.step
    if step is None or not proof.running:
        return proof
    if not status.service:
        return interrupt(proof, "service")
    if step in RAILS:
        return _rail(proof, step, status)
    match proof.stage:
        case "arming":
            return _arming(proof, status)
        case "act":
            return _act(proof, step, status)
        case "settle":
            return _settle(proof, step, status)
        case "release" if not _used(step, status):
            return _onward(proof, "passed")
    return proof


def _arming(proof: Proof, status: Status) -> Proof:
    if status.permit and status.grants > proof.grants:
        return replace(proof, stage="act", since_ns=0)
    if status.grants > proof.grants:
        if _stopped(status):
            return interrupt(proof, "stop")
        return replace(proof, stage="ready", other=str(status.reason))
    if status.t_ns - proof.since_ns >= ARMED_WITHIN_NS:
        return replace(proof, stage="ready")
    return proof


def _act(proof: Proof, step: StepName, status: Status) -> Proof:
    """The permit is on: it must fall by this step's stop, and at once."""
    if not status.permit:
        if _stopped(status):
            return interrupt(proof, "stop")
        if status.reason != REASONS[step]:
            return replace(proof, stage="ready", other=str(status.reason))
        took_ms = (status.t_ns - proof.since_ns) // MS if proof.since_ns else 0
        falls = (*proof.falls_ms, (step, took_ms))
        return _settle(
            replace(proof, stage="settle", since_ns=status.t_ns, falls_ms=falls), step, status
        )
    if not _used(step, status):
        return replace(proof, since_ns=0)
    if not proof.since_ns:
        return replace(proof, since_ns=status.t_ns)
    if status.t_ns - proof.since_ns >= FALLS_WITHIN_NS:
        return fail(proof, "permit")
    return proof


def _settle(proof: Proof, step: StepName, status: Status) -> Proof:
    """The permit fell: what hangs on it must follow. A quick hand may have let go already."""
    open_contacts = step != "estop" or not any(status.pins.contacts)
    if open_contacts and not status.pins.relay:
        return replace(proof, stage="release")
    if status.t_ns - proof.since_ns < FOLLOWS_WITHIN_NS:
        return proof
    if status.pins.relay:
        return fail(proof, "relay")
    if all(status.pins.contacts):
        # Let go before both could be seen open: not proven, and nothing is wrong.
        return replace(proof, stage="ready")
    return fail(proof, "contacts")


def _rail(proof: Proof, step: StepName, status: Status) -> Proof:
    """A rail is seen free, then held, then free again. No permit is needed to see it."""
    held = status.pins.rail_left if step == "rail_left" else status.pins.rail_right
    match proof.stage:
        case "ready" if not held:
            return replace(proof, stage="act")
        case "act" if held:
            return replace(proof, stage="release")
        case "release" if not held:
            return _onward(proof, "passed")
    return proof


def _stopped(status: Status) -> bool:
    """Say whether the screen's STOP took the permit: the button at the rail is not pressed."""
    return status.reason == Reason.PATRON and not status.pins.stop_button


def _used(step: StepName, status: Status) -> bool:
    pins = status.pins
    if step == "estop":
        return not pins.estop
    return not pins.key if step == "key" else pins.stop_button


def _onward(proof: Proof, result: Result) -> Proof:
    step = proof.step
    results = proof.results if step is None else (*proof.results, (step, result))
    index = proof.index + 1
    stage: Stage = "ready" if index < len(proof.steps) else "passed"
    return replace(proof, stage=stage, index=index, results=results, other="", since_ns=0)


_FAILED: Final[Result] = "failed"
