"""A machine whose clocks a test turns: the system's, the battery's, the time server's, power."""

from __future__ import annotations

from datetime import UTC, datetime

from kiosk.clock import Machine

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
YEAR_S = 365 * 86_400.0


class Turned(Machine):
    """Its system's clock says 1970 after power-on, as a Raspberry Pi's may."""

    def __init__(self, *, battery: bool = False) -> None:
        self.boots = 1
        self.boot = 20.0
        self.system = 0.0
        self.battery: float | None = NOON.timestamp() if battery else None
        self.mark: int | None = None
        self.may_turn = True
        self.turned: list[float] = []

    def boot_id(self) -> str:
        return f"boot-{self.boots}"

    def boot_s(self) -> float:
        return self.boot

    def system_s(self) -> float:
        return self.system

    def synchronized(self) -> int | None:
        return self.mark

    def hardware_s(self) -> float | None:
        return None if self.battery is None else float(int(self.battery))

    def turn(self, utc_s: float) -> None:
        self.turned.append(utc_s)
        if self.may_turn:
            self.system = utc_s
            self.battery = None if self.battery is None else utc_s

    def passes(self, seconds: float) -> None:
        self.boot += seconds
        self.system += seconds
        if self.battery is not None:
            self.battery += seconds

    def restarts(self, off_s: float = 60.0) -> None:
        """The power goes, and comes back."""
        self.boots += 1
        self.boot, self.mark = 20.0, None
        if self.battery is not None:
            self.battery += off_s
        self.system = self.battery or 0.0

    def synchronizes(self, utc_s: float) -> None:
        """A time server is heard."""
        self.system = utc_s
        self.mark = (self.mark or 0) + 1
