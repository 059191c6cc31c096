"""The bench beside the screen, in the simulation only: the treadmill, under one's hand.

It is a tool of developers: English, in pixels, and no larger than a mouse needs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label
from kivy.uix.slider import Slider  # noqa: F401 - bench.kv names it
from kivy.uix.widget import Widget

from kiosk.screens.bench_link import BenchLink
from kiosk.screens.widgets import Tap, load_kv

LEAST_KMH, MOST_KMH = -2.0, 6.0
SLIDER_STEP_KMH = 0.1
PINS = ("rail_left", "rail_right", "estop", "estop_b", "stop_button", "key")


class BenchText(Label):
    """A line of the panel."""


class BenchKey(Tap):
    """A key of the panel; lit when ``on``."""

    text = StringProperty("")
    on = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        """No guard against double touches: this is a mouse."""
        super().__init__(guard_s=0.0, kind="quiet", **kwargs)


class SensorKey(BenchKey):
    """Breaks the sensor in the way it is called, or mends it."""

    def on_tap(self) -> None:
        """Ask for it."""
        panel = self.parent.parent
        panel.link.send({"sensor": self.text})
        panel.sensor_is(self.text)


class SimulatedBand(Widget):
    """Says that nothing here is real: above the screen, or in its margin where there is no room."""

    docked = BooleanProperty(True)


class BenchPanel(BoxLayout):
    """A client of the bench door like any other."""

    permit = StringProperty("")
    permitted = BooleanProperty(False)
    speeds = StringProperty("")
    pins_told = StringProperty("")
    fault = StringProperty("")
    wanted = NumericProperty(0.0)
    force = BooleanProperty(False)
    rail_left = BooleanProperty(False)
    rail_right = BooleanProperty(False)
    estop = BooleanProperty(True)
    estop_b = BooleanProperty(True)
    stop_button = BooleanProperty(False)
    key = BooleanProperty(True)
    sticks = ListProperty()
    stick_read_only = BooleanProperty(False)
    stick_blank = BooleanProperty(False)

    def __init__(self, socket: Path, **kwargs: Any) -> None:
        """Connect."""
        self.link = BenchLink(socket)
        self.preset_pins: Callable[[], frozenset[str]] = lambda: frozenset({"staff", "therapist"})
        """Which PINs nobody has changed yet."""
        self._seen: tuple[dict[str, Any], str] | None = None
        super().__init__(**kwargs)

    def refresh(self) -> None:
        """Show the newest state, where it changed."""
        seen = self.link.state()
        if seen == self._seen:
            return
        self._seen = seen
        state, error = seen
        self.fault = error
        permitted = bool(state.get("permit"))
        if self.permitted and not permitted and not self.force:
            # The treadmill forgets its speed with the permit: it is to be asked for anew.
            self.wanted = 0.0
        self.permitted = permitted
        self.permit = f"Permit {'ON: the belt may run' if self.permitted else 'off'}"
        self.speeds = f"Belt {_kmh(state.get('speed_kmh'))}, judged {_kmh(state.get('judged_kmh'))}"
        self.pins_told = self._pins_of(state)
        self.sensor_is(str(state.get("sensor", "")))
        self.sticks = state.get("sticks", [])
        for name in PINS:
            if name in state.get("pins", {}):
                setattr(self, name, bool(state["pins"][name]))

    def close(self) -> None:
        """Leave the bench."""
        self.link.close()

    def _pins_of(self, state: dict[str, Any]) -> str:
        """Return the PINs of the simulation; one that staff have chosen is theirs to know."""
        preset = self.preset_pins()
        told = []
        for role in ("staff", "therapist"):
            pin = state.get(f"{role}_pin")
            if pin:
                told.append(f"{role} {pin if role in preset else 'your own'}")
        return f"PINs: {', '.join(told) or '–'}"

    def pin(self, name: str, level: bool) -> None:
        """Drive a pin."""
        setattr(self, name, level)
        self.link.send({"pin": name, "level": int(level)})

    def both_rails(self) -> None:
        """Both hands on, or both off."""
        level = not (self.rail_left and self.rail_right)
        self.pin("rail_left", level)
        self.pin("rail_right", level)

    def estop_both(self, level: bool) -> None:
        """The button has two contacts."""
        self.pin("estop", level)
        self.pin("estop_b", level)

    def slid(self, kmh: float) -> None:
        """Follow the slider where a hand moved it."""
        if abs(kmh - self.wanted) > SLIDER_STEP_KMH / 2:
            self.ask_speed(kmh)

    def ask_speed(self, kmh: float) -> None:
        """Set the belt's speed, as the treadmill's own console would; each press asks anew."""
        self.wanted = round(min(MOST_KMH, max(LEAST_KMH, kmh)), 1)
        request: dict[str, Any] = {"speed_kmh": self.wanted, "ramp_kmh_s": 1.0}
        if self.force:
            request["force"] = True
        self.link.send(request)

    def toggle_force(self) -> None:
        """A belt that runs without a permit."""
        self.force = not self.force
        self.ask_speed(self.wanted)

    def stick(self, name: str) -> None:
        """Plug a stick in, or pull it out; its key is lit once the kiosk has done it."""
        request: dict[str, Any] = {"stick": "out" if name in self.sticks else "in", "name": name}
        if request["stick"] == "in":
            request["label"] = f"Stick {name}"
            if self.stick_read_only:
                request["read_only"] = True
            if self.stick_blank:
                request["filesystem"] = "none"
        self.link.send(request)

    def sensor_is(self, fault: str) -> None:
        """Light the key of the sensor's state."""
        for widget in self.walk():
            if isinstance(widget, SensorKey):
                widget.on = widget.text == fault


def _kmh(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} km/h"


load_kv(__file__)
