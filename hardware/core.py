"""The guard without its wires: bytes, levels and commands in; permit and status out.

The live guard and ``sternway replay`` drive this same class, one with the real clock and the
real port, the other with a recording's. It does no I/O and reads no clock.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

from hardware import interlock
from hardware.belt.protocol import Identity, LineDecoder
from hardware.belt.speed import BeltSpeed
from hardware.limits import MS, Limits
from hardware.link import (
    Alive,
    BeginCheck,
    ClearLatches,
    Configure,
    EndSession,
    Frames,
    Pins,
    Reason,
    Refused,
    RequestPermit,
    Revoke,
    Service,
    Status,
    ToGuard,
)

UNSAFE_LEVEL: Final = {"estop": False, "estop_b": False, "key": False, "stop_button": True}
"""Levels that are judged in at least one pass, however short they were."""
DISAGREE_NS: Final = 100 * MS

MM_PER_COUNT: Final = (0.5, 20.0)
"""What a calibration may say; as in the settings' file."""

PinName = Literal["estop", "estop_b", "rail_left", "rail_right", "stop_button", "key", "relay"]
PIN_NAMES: Final[tuple[str, ...]] = get_args(PinName)


class GuardCore:
    """Decoder, speed and interlock in one order: everything up to now is applied, then judged."""

    def __init__(
        self,
        *,
        mm_per_count: float,
        facing: Literal["away", "console"],
        invert: bool = False,
        limits: Limits | None = None,
        relay_feedback: bool = False,
        latched: tuple[Reason, ...] = (),
    ) -> None:
        """Start unsure: e-stop open, key out, hands off, no sensor, no kiosk, no permit.

        ``latched`` is what staff had not cleared yet when the guard before this one crashed.
        """
        self.limits = limits or Limits()
        self.state = interlock.State(latched=latched)
        self.identity: Identity | None = None
        self._decoder = LineDecoder()
        self._belt = BeltSpeed(mm_per_count)
        self._hard_cap_kmh = self.limits.site_cap_kmh
        self.configured = Configure(facing, mm_per_count, invert, self._hard_cap_kmh)
        self._sign = _sign_of(self.configured)
        self._levels: dict[str, bool] = dict.fromkeys(PIN_NAMES, False)
        # A site with one channel never names the second: it says what the first says.
        del self._levels["estop_b"]
        self._relay_feedback = relay_feedback
        self._unsafe: set[str] = set()
        self._disagree_since: int | None = None
        self._accepted = 0
        self._heard_ns: int | None = None
        self._key_pulled = False
        self._alive_ns: int | None = None
        self._gone = False
        self._stop = False
        self._ending: str | None = None
        self._inputs = interlock.Inputs()

    @property
    def permit(self) -> bool:
        """Whether the belt may run, as of the last pass or grant."""
        return self.state.permit

    def feed(self, data: bytes, now_ns: int) -> None:
        """Take bytes as they came from the sensor's port."""
        for item in self._decoder.feed(data):
            if isinstance(item, Identity):
                self.identity = item
                continue
            self._accepted += 1
            self._heard_ns = now_ns
            self._key_pulled = item.key_pulled
            if item.key_pulled:
                self._unsafe.add("key")
            self._belt.use(item, now_ns)

    def port_reopened(self) -> None:
        """Forget the half line of a port that went away."""
        self._decoder.restart()

    def set_pin(self, name: str, level: bool) -> None:
        """Take a logical level: closed, in, held and pressed are True.

        An unsafe one is judged in the next step, even if it is over by then.
        """
        self._levels[name] = level
        if UNSAFE_LEVEL.get(name) is level:
            self._unsafe.add(name)

    def kiosk_gone(self) -> None:
        """The kiosk's socket closed: it is not alive, with no need to wait for the limit.

        Its end is judged in the next step, even if another kiosk is alive by then.
        """
        self._alive_ns = None
        self._gone = True

    def command(self, message: ToGuard, now_ns: int) -> Refused | None:
        """Carry out a kiosk's command, or return what stands in its way.

        A revoke takes effect in the next :meth:`step`, judged together with every other input.
        """
        match message:
            case Alive():
                self._alive_ns = now_ns
            case Revoke(reason="patron"):
                self._stop = True
            case Revoke(reason=reason):
                self._ending = reason
            case BeginCheck(terms=terms):
                # A revoke sent just before it must have taken effect.
                self.step(now_ns)
                self.state = interlock.begin_check(self.state, terms)
                if not self.state.ready_check:
                    return Refused("begin_check", ("service" if self.state.service else "permit",))
            case EndSession():
                if self.state.permit:
                    # Without a session nobody may walk, whatever became of its last revoke.
                    self._ending = "closed"
                self.step(now_ns)
                self.state = interlock.end_session(self.state)
            case RequestPermit():
                return self._request(now_ns)
            case ClearLatches():
                self.step(now_ns)
                self.state = interlock.clear(self.state, self._inputs, now_ns, self.limits)
                if self.state.latched:
                    return Refused("clear", tuple(self.state.latched))
            case Service(on=on):
                self.step(now_ns)
                self.state = interlock.service(self.state, on)
                if self.state.service is not on:
                    return Refused("service", ("session",))
            case Configure():
                return self._configure(message, now_ns)
        return None

    def step(self, now_ns: int) -> bool:
        """Judge everything that came up to ``now_ns``; return whether the belt may run."""
        if self._levels["estop"] == self._levels.get("estop_b", self._levels["estop"]):
            self._disagree_since = None
        elif self._disagree_since is None:
            self._disagree_since = now_ns
        self._inputs = self._read(now_ns)
        self.state = interlock.judge(self.state, self._inputs, now_ns, self.limits)
        self._unsafe.clear()
        self._gone = False
        self._stop = False
        self._ending = None
        return self.state.permit

    def status(self, now_ns: int, *, port_error: str | None = None) -> Status:
        """Return what the last pass saw and decided."""
        state, inputs = self.state, self._inputs
        warning = interlock.rails_warning(state, now_ns, self.limits)
        return Status(
            t_ns=now_ns,
            permit=state.permit,
            grants=state.grants,
            revokes=state.revokes,
            reason=state.reason,
            latched=state.latched,
            causes=state.causes,
            failing=interlock.failing(state, inputs, now_ns, self.limits),
            rails_warning=warning,
            coasting=interlock.coasting(state),
            pins=Pins(
                estop=inputs.estop,
                key=inputs.key,
                rail_left=inputs.rail_left,
                rail_right=inputs.rail_right,
                stop_button=inputs.stop_button,
                estop_disagree=self._disagree_since is not None
                and now_ns - self._disagree_since >= DISAGREE_NS,
                contacts=self._contacts(),
                relay=inputs.relay,
            ),
            rails_opened=(state.opened_left, state.opened_right),
            speed_kmh=inputs.speed_kmh,
            at_rest=interlock.at_rest(inputs),
            odometer_m=self._sign * self._belt.travel_mm / 1000.0,
            sensor_fault=self._belt.fault,
            frames=Frames(self._accepted, self._decoder.rejected, self._belt.lost),
            sensor_serial=self.identity.serial if self.identity else None,
            sensor_firmware=self.identity.firmware if self.identity else None,
            port_error=port_error,
            service=state.service,
            counts=self._sign * self._belt.counts,
        )

    def _contacts(self) -> tuple[bool, ...]:
        """Return the emergency stop's contacts, as many as this site has."""
        levels = self._levels
        second = levels.get("estop_b")
        return (levels["estop"],) if second is None else (levels["estop"], second)

    def _request(self, now_ns: int) -> Refused | None:
        self.step(now_ns)
        self.state = interlock.grant(self.state, self._inputs, now_ns, self.limits)
        if self.state.permit:
            return None
        failing = interlock.failing(self.state, self._inputs, now_ns, self.limits)
        causes = self.state.causes
        if interlock.stop_holds(self.state, now_ns) and Reason.PATRON not in causes:
            causes = (*causes, Reason.PATRON)
        return Refused("request_permit", (*failing, *causes))

    def _configure(self, wanted: Configure, now_ns: int) -> Refused | None:
        """Take other settings while nobody can be on the belt; its speed is then unknown."""
        self.step(now_ns)
        least, most = MM_PER_COUNT
        obstacles = {
            "mm_per_count": not least <= wanted.mm_per_count <= most,
            "cap_kmh": not 0.0 < wanted.cap_kmh <= self._hard_cap_kmh,
            "permit": self.state.permit,
            "session": self.state.in_session or self.state.terms is not None,
            "service": self.state.service,
            "moving": interlock.at_rest(self._inputs) is False or interlock.coasting(self.state),
        }
        standing = tuple(name for name, stands in obstacles.items() if stands)
        if standing:
            return Refused("configure", standing)
        belt = BeltSpeed(wanted.mm_per_count)
        # What was counted was counted: a fault that is new must not look like one that is known.
        before = self._belt
        belt.faults, belt.lost, belt.counts = before.faults, before.lost, before.counts
        self._belt, self._sign, self.configured = belt, _sign_of(wanted), wanted
        self.limits = msgspec.structs.replace(self.limits, site_cap_kmh=wanted.cap_kmh)
        self.step(now_ns)
        return None

    def _read(self, now_ns: int) -> interlock.Inputs:
        belt = self._belt
        levels = self._levels
        if self._unsafe:
            levels = levels | {name: UNSAFE_LEVEL[name] for name in self._unsafe}
        used_ns = belt.used_ns
        speed = belt.speed_kmh
        if used_ns is None or now_ns - used_ns >= self.limits.used_stands_ns:
            speed = None
        return interlock.Inputs(
            estop=levels["estop"] and levels.get("estop_b", True),
            key=levels["key"] and not self._key_pulled,
            rail_left=levels["rail_left"],
            rail_right=levels["rail_right"],
            stop_button=levels["stop_button"],
            speed_kmh=None if speed is None else speed * self._sign,
            heard_ns=self._heard_ns,
            used_ns=used_ns,
            faults=belt.faults,
            faulty=belt.fault is not None,
            alive_ns=None if self._gone else self._alive_ns,
            stop=self._stop,
            ending=self._ending,
            relay=levels["relay"] if self._relay_feedback else None,
        )


def _sign_of(settings: Configure) -> int:
    """Return by what the belt's own sign becomes ours: positive is backwards for the person."""
    away = 1 if settings.facing == "away" else -1
    return -away if settings.invert else away


def same_but_time(a: Status, b: Status) -> bool:
    """Say whether two statuses differ in nothing a person or a log would want at once."""
    return _still(a) == _still(b)


def _still(status: Status) -> Status:
    """Return it without what changes all the time."""
    return msgspec.structs.replace(
        status, t_ns=0, speed_kmh=None, odometer_m=0.0, counts=0, frames=Frames()
    )
