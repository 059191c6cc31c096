"""How loud the kiosk is: the staff's setting, and beside it the patron's few steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

STEPS: Final = (-2, 2)
"""How far a patron may go, quieter and louder."""
QUIETER: Final = {-2: 0.35, -1: 0.6, 0: 1.0}
"""The staff's volume times this: about 4.5 dB a step, which an ear just calls a step."""
BARS: Final = STEPS[1] - STEPS[0] + 1
LEAST: Final = 0.05


class Volume:
    """What everybody but a warning is heard at. Warnings are always at full volume."""

    def __init__(self, staff_percent: int = 80) -> None:
        """The patron changed nothing yet."""
        self._staff = max(0, min(100, staff_percent)) / 100
        self._step = 0
        self.on_change: Callable[[], None] = lambda: None
        """Called after a patron's touch: what is heard then shows how loud it is now."""

    @property
    def step(self) -> int:
        """The patron's step, -2 to 2."""
        return self._step

    @property
    def can_go_up(self) -> bool:
        """Whether one more step is louder."""
        return self._step < STEPS[1] and self._of(self._step + 1) > self._of(self._step)

    @property
    def can_go_down(self) -> bool:
        """Whether one more step is quieter."""
        return self._step > STEPS[0] and self._of(self._step - 1) < self._of(self._step)

    def up(self) -> None:
        """One step louder, for the patron."""
        if self.can_go_up:
            self._step += 1
            self.on_change()

    def down(self) -> None:
        """One step quieter, for the patron."""
        if self.can_go_down:
            self._step -= 1
            self.on_change()

    def turn(self) -> None:
        """One step louder; after the loudest comes the quietest. For a single key."""
        if self.can_go_up:
            self.up()
        else:
            self._step = STEPS[0]
            self.on_change()

    @property
    def bars(self) -> int:
        """How loud it is, 1 to :data:`BARS`, for the eye."""
        return self._step - STEPS[0] + 1 if self.can_go_up else BARS

    def reset(self) -> None:
        """The patron has gone: the staff's setting alone holds again."""
        self._step = 0

    def set_staff(self, percent: int) -> None:
        """Take the staff's new setting, 0 to 100."""
        self._staff = max(0, min(100, percent)) / 100

    def level(self, *, urgent: bool = False) -> float:
        """Return 0 to 1 of full volume."""
        return 1.0 if urgent else self._of(self._step)

    def _of(self, step: int) -> float:
        if self._staff == 0:
            return 0.0  # the staff switched it off
        if step <= 0:
            return max(LEAST, self._staff * QUIETER[step])
        return self._staff + (1.0 - self._staff) * step / STEPS[1]
