"""The kiosk's wall clock: what time it is, and whether anybody vouched for it since power-on.

Staff vouch by setting or confirming it, a time server by synchronising, and a clock that runs on
a battery if it was right when staff last vouched and has run on since. Whoever did it last is
followed from then on by the clock since boot, which nobody can turn: when the system's clock jumps,
this one does not. Nothing here measures how long something took; that is ``time.monotonic``'s.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from kiosk import clock_setter, identity, zone
from kiosk.clock_setter import FIRST_YEAR, LAST_YEAR
from kiosk.records.files import make_folder, set_aside_if_possible, write_atomically
from kiosk.records.sealed import seal, unseal
from profiles.saying import Said, ToldError, saying

log = logging.getLogger(__name__)

SAME_S: Final = 5.0
"""How near to the truth a battery clock must have been to be believed at the next power-on."""

_SYNCHRONIZED: Final = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd touches it at each synchronisation (systemd-timesyncd.service(8))."""


class ClockError(ToldError, ValueError):
    """A time that the clock does not take; one sentence with the mend."""


class Machine:
    """The machine's own clocks, apart so that a test can turn them."""

    def boot_id(self) -> str:
        """Return which start of the machine this is."""
        return identity.boot_id()

    def boot_s(self) -> float:
        """Return seconds since the machine started, sleep included; nobody can set it."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def system_s(self) -> float:
        """Return the system's clock, in seconds since 1970; a person or program may turn it."""
        return time.time()

    def synchronized(self) -> int | None:
        """Return a number that changes with each synchronisation, None before the first."""
        try:
            return _SYNCHRONIZED.stat().st_mtime_ns
        except OSError:
            return None  # no time server was heard, or none is asked

    def hardware_s(self) -> float | None:
        """Return the battery clock, in seconds since 1970; None where there is none."""
        try:
            return float(clock_setter.HARDWARE.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None  # a Raspberry Pi before the 5 has none

    def turn(self, utc_s: float) -> None:
        """Set the system's and the battery's clock as well, where that is permitted. May wait.

        Files then get the right dates, and a Raspberry Pi 5 keeps the time while it is off.
        """
        try:
            try:
                clock_setter.ask(utc_s, self.boot_s())
            except FileNotFoundError:
                clock_setter.turn(utc_s)  # no service here: a computer whose user may, or may not
        except OSError as error:
            log.info(
                "the machine's own clock was left as it is: %s",
                error.strerror or type(error).__name__,
            )


class _Vouched(msgspec.Struct, frozen=True):
    """Someone vouched that it was ``utc_s``, ``boot_s`` seconds after the start ``boot_id``.

    ``hardware_s`` is what the battery clock said then; ``synchronized`` tells a later time server
    from an earlier one.
    """

    boot_id: str
    boot_s: float
    utc_s: float
    hardware_s: float | None = None
    synchronized: int | None = None


class WallClock:
    """The time for people and for ``started_at``. Any thread may call.

    What staff vouched for is kept in ``DATA/settings/clock.json``: it holds for one start of the
    machine, however often the program is started in it.
    """

    def __init__(
        self,
        data: Path,
        *,
        simulated: bool,
        timezone: str = "",
        machine: Machine | None = None,
    ) -> None:
        """Read what was kept. Simulated, the machine's own clocks are read but never set.

        ``timezone`` is the place's, by its name; empty takes the machine's.
        A simulation has a file of its own, as it has PINs of its own: it turns no real kiosk's
        clock.
        """
        name = "clock-simulated.json" if simulated else "clock.json"
        self._path = data / "settings" / name
        self._simulated = simulated
        self._machine = machine or Machine()
        self._guard = threading.Lock()
        self._fault: Said = ()
        self._vouched = self._first()
        self.zone = timezone or zone.of_machine()

    def now(self) -> tuple[datetime, bool]:
        """Return the time in UTC, and whether somebody vouched for it since power-on."""
        with self._guard:
            self._follow_time_server()
            vouched = self._vouched
            utc_s = self._machine.system_s() if vouched is None else self._going(vouched)
        return _date(utc_s), vouched is not None

    def fault(self) -> Said:
        """Return what of the clock could not be kept; nothing where all is well."""
        return self._fault

    def confirm(self) -> None:
        """Someone looked and vouches for the time; raises :class:`ClockError` for a wild one."""
        self.set(self.now()[0])

    def set(self, utc: datetime) -> None:
        """Someone vouches for ``utc``, which knows its zone; raises :class:`ClockError`."""
        if utc.tzinfo is None:
            raise ClockError(saying("The time must come with its time zone."))
        if not FIRST_YEAR <= utc.astimezone(UTC).year <= LAST_YEAR:
            raise ClockError(
                saying(
                    "The year must be from {first} to {last}: set the date.",
                    first=FIRST_YEAR,
                    last=LAST_YEAR,
                )
            )
        machine, utc_s = self._machine, utc.timestamp()
        boot_s = machine.boot_s()
        if not self._simulated:
            # Not under the lock: whoever asks for the time meanwhile need not wait for a service.
            machine.turn(utc_s)
        with self._guard:
            # As of now, for the battery clock is read now; it was `utc_s` before the wait.
            waited_s = machine.boot_s() - boot_s
            boot_s, utc_s = boot_s + waited_s, utc_s + waited_s
            hardware_s, mark = machine.hardware_s(), machine.synchronized()
            self._vouched = _Vouched(machine.boot_id(), boot_s, utc_s, hardware_s, mark)
            self._keep(self._vouched)

    def _going(self, vouched: _Vouched) -> float:
        return vouched.utc_s + self._machine.boot_s() - vouched.boot_s

    def _follow_time_server(self) -> None:
        """A synchronisation after the last voucher outranks it: both set the right time."""
        mark = self._machine.synchronized()
        if mark is not None and (self._vouched is None or self._vouched.synchronized != mark):
            self._vouched = self._vouch_now(self._machine.system_s(), mark)

    def _vouch_now(self, utc_s: float, mark: int | None = None) -> _Vouched:
        machine = self._machine
        return _Vouched(machine.boot_id(), machine.boot_s(), utc_s, None, mark)

    def _first(self) -> _Vouched | None:
        """Return who vouched before this program began, if it still holds."""
        kept = _load(self._path)
        if kept is None or kept.boot_id == self._machine.boot_id():
            return kept
        # Another start of the machine: only a clock with a battery knows how long it was off. It
        # is believed if it was right when staff last vouched. One whose battery failed begins
        # again long before that.
        now_s, then_s = self._machine.hardware_s(), kept.hardware_s
        if now_s is None or then_s is None:
            return None
        if abs(then_s - kept.utc_s) > SAME_S or now_s < then_s or _date(now_s).year > LAST_YEAR:
            return None
        return self._vouch_now(now_s)

    def _keep(self, vouched: _Vouched) -> None:
        try:
            make_folder(self._path.parent)
            write_atomically(self._path, seal(vouched))
        except OSError as error:
            log.error("the clock's setting is kept in memory only: %s", error.strerror)
            self._fault = (
                saying("The clock's setting could not be saved: set the clock after a restart."),
            )
        else:
            self._fault = ()


def _load(path: Path) -> _Vouched | None:
    try:
        return unseal(path.read_bytes(), _Vouched)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.error("%s is damaged, the clock counts as unset: %s", path, type(error).__name__)
        if isinstance(error, ValueError):
            set_aside_if_possible(path)
        return None


def _date(utc_s: float) -> datetime:
    """Return seconds since 1970 as a date; what no calendar holds counts as 1970."""
    try:
        return datetime.fromtimestamp(utc_s, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)
