"""The simulated panel: gpiozero's mock pins, driven from the bench, and the permit's relay."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar, Final, Literal

from gpiozero.pins.mock import MockFactory, MockPin

from hardware.errors import BenchError
from hardware.settings import Pins

BOARD: Final = "a02082"
PULSE_HOLDS_S: Final = 0.05
"""A charge-pump relay holds for this long after the last toggle."""

START_LEVELS: Final = {
    "estop": 1,
    "estop_b": 1,
    "key": 1,
    "rail_left": 0,
    "rail_right": 0,
    "stop_button": 0,
}


class SimulatedPin(MockPin):  # type: ignore[misc]  # gpiozero has no types
    """A mock pin that tells of its changes, and does not keep each one for ever."""

    on_change: Callable[[bool], None] | None = None
    states: ClassVar[list[object]] = []

    _state: bool

    def _change_state(self, value: bool) -> bool:
        if self._state == value:
            return False
        self._state = value
        self._last_change = time.monotonic()
        if self.on_change is not None:
            self.on_change(value)
        return True

    def clear_states(self) -> None:
        """Keep only when the pin last changed."""
        self._last_change = time.monotonic()


class Relay:
    """The relay at the permit pin: ``level``, or held up by a ``pulse`` train.

    ``changed`` gets the monotonic time in seconds and the new position, in the thread that
    drove the pin.
    """

    def __init__(
        self,
        mode: Literal["level", "pulse", "none"],
        *,
        active_high: bool,
        changed: Callable[[float, int], None],
    ) -> None:
        """Start open."""
        self.closed = 0
        self.moved_s = float("-inf")
        """When it last moved, by the monotonic clock."""
        self._mode = mode
        self._active = active_high
        self._changed = changed
        self._toggled_s = -1.0
        self._lock = threading.Lock()

    def pin_changed(self, high: bool) -> None:
        """Follow the pin."""
        now_s = time.monotonic()
        with self._lock:
            if self._mode == "level":
                self._move(int(high is self._active), now_s)
            elif self._mode == "pulse":
                # One toggle alone charges nothing: the first belongs to the pin being claimed.
                if now_s - self._toggled_s < PULSE_HOLDS_S:
                    self._move(1, now_s)
                self._toggled_s = now_s

    def follow_decision(self, permit: bool, now_s: float) -> None:
        """Where there is no relay: stand for the guard's decision alone."""
        if self._mode == "none":
            with self._lock:
                self._move(int(permit), now_s)

    def expires_in_s(self) -> float | None:
        """Open a relay whose pulses ended; return how long one that still gets them would hold."""
        with self._lock:
            if self._mode != "pulse" or not self.closed:
                return None
            end_s = self._toggled_s + PULSE_HOLDS_S
            left_s = end_s - time.monotonic()
            if left_s > 0:
                return left_s
            self._move(0, end_s)
            return None

    def open_now(self) -> None:
        """Open: the guard is ending and nothing drives the pin any more."""
        with self._lock:
            self._move(0, time.monotonic())

    def _move(self, closed: int, now_s: float) -> None:
        if closed != self.closed:
            self.closed = closed
            self.moved_s = now_s
            self._changed(now_s, closed)


class SimulatedPins:
    """The factory for the guard's panel, and the hand that drives its inputs."""

    def __init__(self, pins: Pins, relay: Relay) -> None:
        """Make the pins; they float until the guard claims them and :meth:`start` drives them."""
        self.factory = MockFactory(revision=BOARD, pin_class=SimulatedPin)
        self.levels: dict[str, int] = {}
        numbers = pins.numbers()
        self._inputs: dict[str, Any] = {
            name: self.factory.pin(numbers[name]) for name in START_LEVELS if name in numbers
        }
        self._feedback: Any = None
        self._off_is_closed = pins.relay_feedback_closed == "off"
        if "relay_feedback" in numbers:
            self._feedback = self.factory.pin(numbers["relay_feedback"])
        self.factory.pin(numbers["permit"]).on_change = relay.pin_changed

    def start(self) -> None:
        """Drive every input to where a recording starts, too."""
        for name in self._inputs:
            self.drive(name, START_LEVELS[name])
        self.relay_moved(0)

    def drive(self, name: str, level: int) -> None:
        """Drive an input to its logical level; its callbacks have run when this returns.

        Raises :class:`BenchError` for a pin that this site does not have.
        """
        pin = self._inputs.get(name)
        if pin is None:
            raise BenchError(f"this site has no {name}: give it a number in [pins], or use another")
        self.levels[name] = level
        _close(pin, bool(level))

    def relay_moved(self, closed: int) -> None:
        """Let the relay's feedback contact follow it, where there is one."""
        if self._feedback is not None:
            _close(self._feedback, bool(closed) is not self._off_is_closed)


def _close(pin: Any, closed: bool) -> None:
    """Close a contact to ground, or let the pull-up have the pin."""
    if closed:
        pin.drive_low()
    else:
        pin.drive_high()
