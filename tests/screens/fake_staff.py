"""A staff's desk without disks: it keeps to what the real one promises, and does as it is told."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from kiosk.export.errors import CANCELLED, NOTHING_LEFT
from kiosk.session.actions import Refusal
from kiosk.staff.model import (
    ROLES,
    ClockState,
    ExportPlan,
    ExportResult,
    ExportState,
    ExportWish,
    KioskFacts,
    Package,
    Role,
    StaffState,
)
from kiosk.sticks.helper.devices import FILESYSTEMS
from kiosk.sticks.helper.probe import problem_of
from kiosk.sticks.model import Stick
from profiles.saying import sayings
from tests.screens.fake_care import FakeCare
from tests.screens.fake_logbook import FakeLogbook
from tests.screens.fake_preferences import FakePreferences
from tests.screens.fake_upkeep import FakeUpkeep

NOW = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)
STICK = Stick("sda1", "sda", "CLINIC", 15_900_000_000, "vfat")
SECOND = Stick("sdb1", "sdb", "Physiotherapie am Hafen", 64_000_000_000, "exfat")
NTFS = Stick(
    *("sdc1", "sdc", "BACKUP", 2_000_000_000_000, "ntfs"),
    problem=problem_of("ntfs", FILESYSTEMS),
)
LOCKED = replace(STICK, id="sdd1", device="sdd", read_only=True)
KEY = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"
PASSPHRASE = "kfm-qwe-ybw-npv-mws"
PLAN = ExportPlan(
    sessions=1204,
    people=38,
    guests=211,
    bytes=11_800_000,
    needed_bytes=14_200_000,
    free_bytes=15_200_000_000,
    files=("sessions.csv", "sessions.json", "traces/", "report.html", "report.pdf"),
    obstacle=None,
)
RESULT = ExportResult("STERNWAY/SW-7F3K2P_2026-11-23_1", 1204, 12_100_000, 1209)
STATE = StaffState(
    sticks=(),
    sticks_fault=None,
    export=ExportState(),
    clock=ClockState(NOW, True, "Europe/Berlin"),
    faults=(),
    kept=1204,
    clinic_key=None,
)

FACTS = KioskFacts(
    version="0.1.0",
    kiosk_id="SW-7F3K2P",
    boot_id="4c2f1a90-7d1b-4b4b-9a5e-0d6c1f6f2a11",
    python="3.11.2",
    system="Raspberry Pi OS (Debian GNU/Linux 12)",
    up_s=191_000.0,
    free_bytes=21_300_000_000,
    total_bytes=31_900_000_000,
    packages=(
        Package("Kivy", "2.3.1", "MIT"),
        Package("argon2-cffi-bindings", "26.2.0", "MIT"),
        Package("docutils", "0.23", "BSD, GNU General Public License (GPL)"),
        Package("certifi", "2026.10.18", "Mozilla Public License 2.0 (MPL 2.0)"),
        Package("Roboto", "", "Apache-2.0"),
    ),
)


def answered(error: Exception | None = None, value: Any = None) -> Future[Any]:
    """An answer that has come."""
    answer: Future[Any] = Future()
    if error is None:
        answer.set_result(value)
    else:
        answer.set_exception(error)
    return answer


class FakeStaff:
    """What it shows can be set field by field; what is asked of it is remembered in ``asked``."""

    def __init__(self, pins: dict[str, str]) -> None:
        self.pins = pins
        self.shown = STATE
        self.asked: list[Any] = []
        self.plan = PLAN
        self.refuse: dict[str, str] = {}
        self.slow = False
        self.preferences = FakePreferences()
        self.care = FakeCare(lambda: "staff" in self.shown.open_roles)
        self.logbook = FakeLogbook()
        self.upkeep = FakeUpkeep(lambda: "staff" in self.shown.open_roles)

    def reset(self, **fields: Any) -> None:
        """Show a fresh state with these fields."""
        self.shown, self.plan, self.refuse = replace(STATE, **fields), PLAN, {}
        self.asked.clear()
        self.preferences.reset()
        self.care.reset()
        self.logbook.reset()
        self.upkeep.reset()

    def put(self, **fields: Any) -> None:
        """Something happened."""
        self.shown = replace(self.shown, **fields)

    def opened(self, role: Role) -> None:
        self.put(open_roles=self.shown.open_roles | {role})

    def about(self) -> Future[KioskFacts]:
        return answered(self._locked("about"), FACTS)

    def state(self) -> StaffState:
        return replace(
            self.shown, pins_missing=tuple(role for role in ROLES if role not in self.pins)
        )

    def leave(self) -> None:
        self.asked.append("leave")
        self.put(open_roles=frozenset())

    def _locked(self, name: str, role: Role = "staff") -> Refusal | None:
        self.asked.append(name)
        if role not in self.shown.open_roles:
            return Refusal("locked", "The PIN is needed again.")
        return Refusal("no", self.refuse[name]) if name in self.refuse else None

    def plan_export(self, wish: ExportWish) -> Future[None]:
        refusal = self._locked("plan", "therapist" if wish.identified else "staff")
        if refusal is None:
            self.put(export=ExportState("planned", wish, self.plan))
        return answered(refusal)

    def start_export(self) -> Future[None]:
        refusal = self._locked("start")
        if refusal is None:
            self.put(
                export=replace(self.shown.export, phase="writing", bytes_total=self.plan.bytes)
            )
        return answered(refusal)

    def progress(self, done: int, phase: Any = "writing", left_s: float | None = None) -> None:
        """It got so far."""
        export = replace(self.shown.export, phase=phase, bytes_done=done, seconds_left=left_s)
        self.put(export=export)

    def finish(self) -> None:
        """It went well, and the stick was let go of."""
        export = replace(self.shown.export, phase="done", result=RESULT, safe_to_remove=True)
        self.put(export=export)

    def fail(self, text: str, *, safe: bool = False) -> None:
        """It did not go well."""
        export = replace(
            self.shown.export, phase="failed", text=sayings((text,)), safe_to_remove=safe
        )
        self.put(export=export)

    def cancel_export(self) -> None:
        self.asked.append("cancel")
        if not self.slow:
            text = (CANCELLED, NOTHING_LEFT)
            export = replace(self.shown.export, phase="cancelled", text=text, safe_to_remove=True)
            self.put(export=export)

    def end_export(self) -> None:
        self.asked.append("end")
        if self.shown.export.phase not in {"writing", "checking", "ejecting"}:
            self.put(export=ExportState())

    def eject(self, stick_id: str) -> Future[None]:
        return answered(self._locked(f"eject {stick_id}"))

    def confirm_clock(self) -> Future[None]:
        refusal = self._locked("confirm")
        if refusal is None:
            self.put(clock=replace(self.shown.clock, trusted=True))
        return answered(refusal)

    def set_clock(self, utc: datetime) -> Future[None]:
        refusal = self._locked("set_clock")
        if refusal is None:
            self.put(clock=replace(self.shown.clock, utc=utc, trusted=True))
        return answered(refusal)

    def make_clinic_key(self, stick_id: str) -> Future[str]:
        refusal = self._locked(f"make {stick_id}", "therapist")
        if refusal is None:
            self.put(clinic_key=KEY)
        return answered(refusal, PASSPHRASE)

    def take_clinic_key(self, stick_id: str) -> Future[str]:
        refusal = self._locked(f"take {stick_id}", "therapist")
        if refusal is None:
            self.put(clinic_key=KEY)
        return answered(refusal, KEY)

    def set_pin(self, role: Role, pin: str, old: str = "") -> Future[None]:
        by: Role = role if role in self.pins else "staff"
        refusal = self._locked(f"pin {role}", by)
        if refusal is None and self.pins.get(role, old) != old:
            refusal = Refusal("pin", "Wrong PIN.", "4 tries left.")
        if refusal is None:
            self.pins[role] = pin
        return answered(refusal)

    def forget_export_folders(self, stick_id: str) -> Future[int]:
        refusal = self._locked(f"forget {stick_id}")
        count, self.plan = self.plan.unfinished, replace(self.plan, unfinished=0, notes=())
        if refusal is None and self.shown.export.phase == "planned":
            self.put(export=replace(self.shown.export, plan=self.plan))
        return answered(refusal, count)
