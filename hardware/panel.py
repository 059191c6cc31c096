"""The panel's wires: emergency stop, key, rails and stop button in; the run permit out.

Inputs pull up and close to ground, so a broken wire reads open. The library is gpiozero, with
the pin factory named by the caller: its own choice falls back to others with only a warning.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from gpiozero import DigitalInputDevice, OutputDevice

from hardware.core import UNSAFE_LEVEL
from hardware.errors import PinError
from hardware.settings import Pins, Treadmill

INPUTS: Final = ("estop", "estop_b", "key", "stop_button", "rail_left", "rail_right")
ESTOP_CHANNELS: Final = frozenset({"estop", "estop_b"})
FEEDBACK: Final = "relay"


class PermitOutput:
    """The pin of the run permit. Anything may drop it, from any thread; one place gives it.

    ``drop`` also spoils every decision taken before it: a pass takes a ``token`` first, looks,
    decides, and hands the token back to ``apply``, which drives the pin off if anything dropped
    the permit in between.
    """

    def __init__(self, pins: Pins, treadmill: Treadmill, factory: Any) -> None:
        """Claim the pin and drive it off; raises :class:`PinError`."""
        self._lock = threading.Lock()
        self._generation = 0
        self._closed = False
        self._pulse = treadmill.permit == "pulse"
        self._high = False
        self._device: Any = None
        if treadmill.permit != "none":
            self._device = _claim(
                "permit",
                lambda: OutputDevice(
                    pins.permit,
                    active_high=pins.permit_active_high,
                    initial_value=False,
                    pin_factory=factory,
                ),
            )
            self._device.off()

    def token(self) -> int:
        """Return what ``apply`` needs; take it before looking at any input."""
        return self._generation

    def drop(self) -> None:
        """Drive the pin off now, and spoil every decision that is under way."""
        with self._lock:
            self._generation += 1
            self._drive(False)

    def end(self) -> None:
        """Drive the pin off now and for good: the guard ends, and no pass may overrule that."""
        with self._lock:
            self._closed = True
            self._drive(False)

    def apply(self, on: bool, token: int, *, tick: bool = True) -> bool:
        """Carry a decision to the pin; return whether it stands.

        In pulse mode each ``tick`` (a pass of the 100 Hz grid) toggles the pin while ``on``.
        """
        with self._lock:
            if not on or token != self._generation or self._closed:
                self._drive(False)
                return False
            if not self._pulse:
                self._drive(True)
            elif tick:
                self._drive(not self._high)
            return True

    def close(self) -> None:
        """Drive the pin off for good and let go of it; the external pull-down holds it then."""
        self.end()
        with self._lock:
            if self._device is not None:
                self._device.close()
                self._device = None

    def _drive(self, high: bool) -> None:
        self._high = high
        if self._device is not None:
            self._device.value = high


class Panel:
    """Every input, as logical levels: closed, in, held, pressed and (of the relay) on are True."""

    def __init__(
        self,
        pins: Pins,
        factory: Any,
        permit: PermitOutput,
        *,
        wake: Callable[[], None],
        report: Callable[[BaseException], None],
    ) -> None:
        """Claim the inputs; raises :class:`PinError`.

        ``wake`` and ``report`` are called in gpiozero's callback thread: ``wake`` after each edge,
        ``report`` with what went wrong in a callback.
        """
        self._permit = permit
        self._wake = wake
        self._report = report
        self._seen: dict[str, bool] = {}
        self._devices: dict[str, Any] = {}
        self._off_is_closed = pins.relay_feedback_closed == "off"
        numbers = pins.numbers()
        if "relay_feedback" in numbers:
            numbers[FEEDBACK] = numbers["relay_feedback"]
        for name in (*INPUTS, FEEDBACK):
            if name in numbers:
                self._devices[name] = self._input(name, numbers[name], factory)

    def levels(self) -> dict[str, bool]:
        """Return the level of each input that this site has.

        An unsafe level that came and went since the last call is returned once: a bouncing or
        lost edge of the emergency stop never goes unjudged.
        """
        levels = {name: bool(device.value) for name, device in self._devices.items()}
        if self._off_is_closed and FEEDBACK in levels:
            levels[FEEDBACK] = not levels[FEEDBACK]
        while self._seen:
            name, level = self._seen.popitem()
            levels[name] = level
        return levels

    def close(self) -> None:
        """Let go of every pin."""
        for device in self._devices.values():
            device.close()
        self._devices.clear()

    def _input(self, name: str, number: int, factory: Any) -> Any:
        # No bounce_time: a debounced edge is reported only after it was stable for that long.
        return _claim(name, lambda: _Wire(number, factory, lambda level: self._edge(name, level)))

    def _edge(self, name: str, level: bool) -> None:
        # Danger: lgpio's one callback thread has no `try`. What leaves this method ends all edges.
        try:
            unsafe = UNSAFE_LEVEL.get(name)
            # Either edge of the emergency stop: one that closes was open, and that edge got lost.
            if unsafe is not None and (unsafe is level or name in ESTOP_CHANNELS):
                # First, so that no pass can find the contact closed again and know of nothing.
                self._seen[name] = unsafe
            if name in ESTOP_CHANNELS:
                self._permit.drop()
            self._wake()
        except BaseException as error:  # noqa: BLE001 - see above; reported, and ends the guard
            self._report(error)


class _Wire(DigitalInputDevice):  # type: ignore[misc]
    """An input that tells every edge, with the level behind it, in gpiozero's callback thread.

    gpiozero itself tells no edge to the level that it knows already: one that followed a lost edge.
    """

    def __init__(self, number: int, factory: Any, edge: Callable[[bool], None]) -> None:
        self._edge = edge
        super().__init__(number, pull_up=True, pin_factory=factory)
        self.when_activated = lambda: edge(True)
        self.when_deactivated = lambda: edge(False)

    def _fire_events(self, ticks: float, new_active: bool) -> None:
        again = self._last_active is not None and bool(self._last_active) is bool(new_active)
        super()._fire_events(ticks, new_active)
        if again:
            self._edge(bool(new_active))


def _claim(name: str, claim: Callable[[], Any]) -> Any:
    try:
        return claim()
    except Exception as error:  # lgpio's own error is none of OSError, RuntimeError or gpiozero's
        why = f"pins.{name} cannot be claimed ({error}); is another program using it?"
        raise PinError(why) from error
