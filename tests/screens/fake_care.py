"""A machine's desk without a machine: it shows what it is given, and remembers what is asked."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from msgspec.structs import replace

from hardware.link import Welcome
from kiosk.care import measuring, proof
from kiosk.care.model import CareState, Due, Rates, Served
from kiosk.session.actions import Refusal

WELCOME = Welcome(
    *(1, "away", 5.0, 4.0, "level", True, 1.0, 2.0),
    {"estop": 17, "estop_b": 18, "key": 25, "stop_button": 24, "rail_left": 22, "rail_right": 23}
    | {"permit": 27},
    "/dev/serial/by-id/usb-Raspberry_Pi_Pico_E660C0D1C7-if00",
)
STATE = CareState(
    welcome=WELCOME, rates=Rates(50.0, 0.0, 0.0), due=Due(overdue=False, left_s=19.5 * 3600)
)
STEPS = proof.steps_of(WELCOME.pins, "both")


class FakeCare:
    """``shown`` can be set field by field; ``asked`` is what was asked."""

    def __init__(self, may: Callable[[], bool]) -> None:
        self._may = may
        self.shown = STATE
        self.asked: list[Any] = []
        self.refuse: dict[str, str] = {}
        self.attended = 0
        self.raw = False

    def reset(self, **fields: Any) -> None:
        """Show a fresh state with these fields."""
        self.shown, self.refuse = replace(STATE, **fields), {}
        self.asked.clear()

    def put(self, **fields: Any) -> None:
        """Something happened."""
        self.shown = replace(self.shown, **fields)

    def state(self) -> CareState:
        return self.shown

    def attend(self, *, raw: bool = False) -> None:
        self.attended += 1
        self.raw = raw

    def _done(self, name: str) -> bool:
        self.asked.append(name)
        return self._may() and name not in self.refuse

    def _answer(self, name: str, **fields: Any) -> Future[None]:
        answer: Future[None] = Future()
        if not self._done(name):
            text = self.refuse.get(name, "This needs the staff's PIN: enter it again.")
            answer.set_exception(Refusal("no", text))
        else:
            self.put(**fields)
            answer.set_result(None)
        return answer

    def enter_service(self) -> Future[None]:
        return self._answer("enter", served=Served(on=True))

    def leave_service(self) -> None:
        self.asked.append("leave")
        self.put(served=Served())

    def give_permit(self) -> Future[None]:
        return self._answer("permit")

    def take_permit(self) -> None:
        self.asked.append("take")

    def begin_test(self) -> Future[None]:
        return self._answer("test", test=replace(self.shown.test, running=True))

    def heard_tone(self, heard: bool) -> None:
        self.asked.append(f"heard {heard}")
        self.put(test=replace(self.shown.test, asks=False))

    def begin_proof(self) -> Future[None]:
        return self._answer("proof", proof=proof.begin(STEPS, may_be_absent=False))

    def arm_proof(self) -> Future[None]:
        return self._answer("arm", proof=replace(self.shown.proof, stage="act"))

    def fail_proof(self) -> Future[None]:
        return self._answer("fail", proof=proof.fail(self.shown.proof, "nothing"))

    def absent_in_proof(self) -> Future[None]:
        return self._answer("absent", proof=proof.absent(self.shown.proof))

    def end_proof(self) -> None:
        self.put(proof=proof.Proof())

    def begin_measure(self, belt_mm: int, turns: int) -> Future[None]:
        return self._answer(
            f"measure {belt_mm} {turns}", measure=measuring.begin(belt_mm, turns, 5.0, False)
        )

    def mark(self) -> Future[None]:
        steps: dict[str, Any] = {"mark": "turn", "turn": "mark2", "mark2": "turn2"}
        step = steps.get(self.shown.measure.step, "result")
        measure = replace(self.shown.measure, step=step, mm=5.1, error_pct=0.12)
        return self._answer("mark", measure=measure)

    def agree(self, right: bool) -> Future[None]:
        return self._answer(f"agree {right}", measure=measuring.agree(self.shown.measure, right))

    def go_on(self) -> Future[None]:
        return self._answer("go_on", measure=measuring.go_on(self.shown.measure))

    def again(self) -> Future[None]:
        return self._answer("again", measure=measuring.again(self.shown.measure))

    def save_measure(self) -> Future[None]:
        return self._answer("save", measure=replace(self.shown.measure, step="saved"))

    def end_measure(self) -> None:
        self.put(measure=measuring.Measure())

    def power(self, wish: str) -> Future[None]:
        return self._answer(f"power {wish}")
