"""Every input and output as rows: a name, a word, a mark. Status in, words out. No Kivy."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from hardware.link import Status, Welcome
from kiosk.care.model import CareState, Rates, Tail
from kiosk.cues import units
from kiosk.cues.texts import _, numbers
from kiosk.screens.checks import word
from kiosk.screens.reasons import told

Mark = Literal["good", "bad", "on", "off", "none"]


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


class Wire(NamedTuple):
    """One row: its name, what it says (the first that fits is shown), and its mark.

    ``on`` and ``off`` are levels that are neither good nor bad; ``none`` is not here.
    """

    name: str
    says: tuple[str, ...]
    mark: Mark = "none"


class Sheet(NamedTuple):
    """One page of rows."""

    title: str
    rows: tuple[Wire, ...]


def sheets(state: CareState, status: Status | None, most: int = 7) -> tuple[Sheet, ...]:
    """Return every page, of at most so many rows; without a guard there is nothing to tell."""
    found = _sheets(state, status)
    return tuple(
        Sheet(sheet.title, sheet.rows[first : first + most])
        for sheet in found
        for first in range(0, len(sheet.rows), most)
    )


def _sheets(state: CareState, status: Status | None) -> tuple[Sheet, ...]:
    welcome = state.welcome
    if status is None or welcome is None:
        silent = Wire(_("Safety guard"), (_("does not answer"),), "bad")
        return (Sheet(_("Inputs"), (silent,)),)
    return (
        Sheet(_("Inputs"), _inputs(status, welcome)),
        Sheet(_("Belt and relay"), _belt(status, welcome)),
        Sheet(_("Belt sensor"), _sensor(status, welcome, state.rates)),
        Sheet(_("What stops it"), _causes(status)),
        Sheet(_("Pins"), _pins(welcome)),
    )


def _inputs(status: Status, welcome: Welcome) -> tuple[Wire, ...]:
    pins = status.pins
    rows = [_closed(_("E-stop"), pins.estop, _("not pressed"), _("pressed"))]
    for number, closed in enumerate(pins.contacts, start=1):
        name = _("Its contact {n}").format(n=number)
        rows.append(_closed(name, closed, _("connected"), _("open")))
    if len(pins.contacts) < 2:
        rows.append(_missing(_("Its contact {n}").format(n=2)))
    elif pins.estop_disagree:
        rows[0] = Wire(rows[0].name, (_("contacts disagree"),), "bad")
    rows.append(_closed(_("Safety key"), pins.key, _("in"), _("out")))
    if "stop_button" in welcome.pins:
        says = _("pressed") if pins.stop_button else _("not pressed")
        rows.append(Wire(_("Stop button"), (says,), "bad" if pins.stop_button else "good"))
    else:
        rows.append(_missing(_("Stop button")))
    rows.append(_level(_("Left rail"), pins.rail_left, _("in hand"), _("free")))
    rows.append(_level(_("Right rail"), pins.rail_right, _("in hand"), _("free")))
    return tuple(rows)


def _belt(status: Status, welcome: Welcome) -> tuple[Wire, ...]:
    known = status.speed_kmh is not None
    speed = _speed(status.speed_kmh)
    rest = {True: _("stands still"), False: _("moves"), None: _("unknown")}[status.at_rest]
    ways = {0: "–", 1: _("as for a walk"), -1: _("the other way")}
    way = 0 if status.at_rest is not False else 1 if (status.speed_kmh or 0.0) > 0 else -1
    modes = {"level": _("level"), "pulse": _("pulses"), "none": _("no relay here")}
    rows = [
        Wire(_("Speed"), (speed,), "good" if known else "bad"),
        Wire(_("Belt"), (rest,), {True: "off", False: "on", None: "bad"}[status.at_rest]),  # type: ignore[arg-type]
        Wire(_("Direction"), (ways[way],), "bad" if way < 0 else "on" if way else "off"),
        Wire(_("Way so far"), (numbers(f"{status.odometer_m:.2f} m"),)),
        _level(_("Permit"), status.permit, _("on"), _("off")),
    ]
    if status.pins.relay is None:
        rows.append(_missing(_("Relay's feedback")))
    else:
        rows.append(_level(_("Relay's feedback"), status.pins.relay, _("on"), _("off")))
    rows.append(Wire(_("Relay signal"), (modes[welcome.permit_mode],)))
    return tuple(rows)


def _sensor(status: Status, welcome: Welcome, rates: Rates) -> tuple[Wire, ...]:
    frames = status.frames
    fault = status.sensor_fault is not None
    port = (_("gone"), "bad") if status.port_error else (_short(welcome.port), "good")
    name = status.sensor_serial or _("says none")
    return (
        Wire(_("Port"), (port[0],), "bad" if status.port_error else "good"),
        Wire(_("State"), (_("reports a fault") if fault else _("in order"),), _judge(not fault)),
        Wire(_("Name"), (name,)),
        Wire(_("Firmware"), (status.sensor_firmware or "–",)),
        _count(_("Lines"), frames.accepted, rates.accepted, good=(rates.accepted or 0) > 40),
        _count(_("Damaged"), frames.rejected, rates.rejected, good=not rates.rejected),
        _count(_("Lost"), frames.lost, rates.lost, good=not rates.lost),
    )


def _causes(status: Status) -> tuple[Wire, ...]:
    rows = [Wire(told(reason).what, (_("now"),), "bad") for reason in status.causes]
    now = set(status.causes)
    rows += [
        Wire(told(r).what, (_("waits for staff"),), "bad") for r in status.latched if r not in now
    ]
    names = [word(str(check)) for check in status.failing]
    rows += [Wire(name, (_("not ready"),), "off") for name in dict.fromkeys(names)]
    return tuple(rows[:7]) or (Wire(_("Nothing"), ("",), "good"),)


def _pins(welcome: Welcome) -> tuple[Wire, ...]:
    return tuple(Wire(_(NAMES[name]), (f"BCM {number}",)) for name, number in welcome.pins.items())


NAMES: Final[dict[str, str]] = {
    "estop": _n("E-stop"),
    "estop_b": _n("Second contact"),
    "key": _n("Safety key"),
    "stop_button": _n("Stop button"),
    "rail_left": _n("Left rail"),
    "rail_right": _n("Right rail"),
    "permit": _n("Permit"),
    "relay_feedback": _n("Relay's feedback"),
}
KINDS: Final[dict[str, str]] = {
    "fault": _n("{n} with a fault"),
    "long": _n("{n} too long"),
    "bytes": _n("{n} not letters"),
    "crc": _n("{n} with a wrong sum"),
    "shape": _n("{n} of no known shape"),
}


def tail_words(tail: Tail) -> str:
    """Return how many lines of each kind came."""
    parts = [_("{n} good").format(n=tail.good)]
    parts += [_(KINDS[kind]).format(n=count) for kind, count in tail.kinds]
    return ", ".join(parts)


def _closed(name: str, closed: bool, yes: str, no: str) -> Wire:
    return Wire(name, (yes if closed else no,), _judge(closed))


def _level(name: str, on: bool, yes: str, no: str) -> Wire:
    return Wire(name, (yes if on else no,), "on" if on else "off")


def _missing(name: str) -> Wire:
    return Wire(name, (_("not here"),), "none")


def _count(name: str, total: int, rate: float | None, *, good: bool) -> Wire:
    each = "–" if rate is None else f"{rate:g}"
    told = _("{rate} a second, {total} in all").format(rate=numbers(each), total=total)
    return Wire(name, (told, _("{rate}/s").format(rate=numbers(each))), _judge(good))


def _speed(kmh: float | None) -> str:
    if kmh is None:
        return _("unknown")
    return f"{numbers(f'{units.speed(abs(kmh)):.2f}')}\u00a0{units.speed_unit()}"


def _judge(good: bool) -> Mark:
    return "good" if good else "bad"


def _short(port: str) -> str:
    name = port.rsplit("/", 1)[-1]
    return name if len(name) <= 14 else f"{name[:6]}\u2026{name[-6:]}"
