"""The staff's screens in every state that matters; long labels and sentences are the rule here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from msgspec.structs import replace

from kiosk.export.errors import CANCELLED, NOTHING_LEFT
from kiosk.staff.model import ClockState, ExportState, ExportWish
from kiosk.staff.words import BOTH_ON_IT, MAY_BE_LEFT, PULLED_IN_IT
from kiosk.sticks.client import NOT_LET_IN
from kiosk.sticks.helper.mounting import IN_USE
from profiles.saying import saying
from tests.screens.fake import ESTOP, snapshot
from tests.screens.fake_staff import (
    KEY,
    LOCKED,
    NOW,
    NTFS,
    PLAN,
    RESULT,
    SECOND,
    STICK,
)
from tests.screens.scene import Scene, Setup, both, digits, more, read

WISH = ExportWish(stick_id=STICK.id)
LOST = ClockState(datetime(1970, 1, 1, 0, 2, tzinfo=UTC), False, "Europe/Berlin")
FAULTS = (
    (
        saying(
            "The disk is nearly full: {free} MB are free, {needed} MB are needed.",
            free=12,
            needed=64,
        ),
        saying(
            "Leave the kiosk on, export the log to a stick, then call the service: "
            "old speed curves can go from the card, the records stay."
        ),
    ),
    (
        saying(
            "{file} has reset the staff's PIN: delete that file.",
            file="sternway-reset-pins.txt",
        ),
    ),
    (
        saying(
            "{file} is broken ({why}): set aside as {aside}.",
            file="2026-04.json",
            why=saying("its checksum does not fit"),
            aside="2026-04.json.broken-1",
        ),
    ),
)
NOTES = (
    BOTH_ON_IT,
    saying("Left out, because not closed yet: {n}.", n=3),
    saying("{n} earlier exports on this stick were not finished.", n=2),
)
IN = {"sticks": (STICK,)}
TWO = {"sticks": (STICK, SECOND)}


def export(phase: Any, **fields: Any) -> dict[str, Any]:
    """A staff state with an export in this phase."""
    sticks = fields.pop("sticks", (STICK,))
    wish = fields.pop("wish", WISH)
    state = ExportState(phase, wish=wish, plan=PLAN, bytes_total=PLAN.bytes, **fields)
    return {"sticks": sticks, "export": state}


def step(name: str, **fields: Any) -> Setup:
    """Go to a page of what is chosen."""

    def act(shell: Any) -> None:
        for key, value in fields.items():
            setattr(shell.room.choice, key, value)
        shell.room.choice.step = name
        shell.look(shell.room.desk.snapshot())

    return act


def _planned(**fields: Any) -> dict[str, Any]:
    made = export("planned", wish=fields.pop("wish", WISH))
    return {**made, "export": replace(made["export"], plan=replace(PLAN, **fields))}


def _key(step_name: str) -> Setup:
    def act(shell: Any) -> None:
        shell.room.desk.staff.opened("therapist")
        shell.page.ask(step_name)

    return act


def _ready(step_name: str) -> Setup:
    def act(shell: Any) -> None:
        _key(step_name)(shell)
        shell.page._ready(step_name, shell.room.staff.state().sticks[0])
        shell.look(shell.room.desk.snapshot())

    return act


def _no_key(shell: Any) -> None:
    shell.room.desk.staff.refuse[f"take {STICK.id}"] = (
        "There is no public key on this stick: copy the .pub file of the clinic onto it."
    )


def _last(shell: Any) -> None:
    shell.page.page.go_on()
    shell.look(shell.room.desk.snapshot())


def _call(name: str) -> Setup:
    def act(shell: Any) -> None:
        getattr(shell.page, name)()
        shell.look(shell.room.desk.snapshot())

    return act


def _stick_look(shell: Any) -> None:
    shell.page.look(shell.room.staff.state().sticks[0])
    shell.look(shell.room.desk.snapshot())


def _eject(shell: Any) -> None:
    _stick_look(shell)
    _last(shell)


def _refused_clock(shell: Any) -> None:
    shell.room.desk.staff.refuse["set_clock"] = "The year must be from 2025 to 2100: set the date."
    shell.page.set()
    shell.page._take(NOW)
    shell.look(shell.room.desk.snapshot())


def _new_pin(role: str, *, again: bool = False, setting_up: bool = False) -> Setup:
    def act(shell: Any) -> None:
        shell.room.role, shell.room.setting_up = role, setting_up
        shell.room.local, shell.name = "newpin", ""
        shell.look(shell.room.desk.snapshot())
        if again:
            if shell.page.flow.step == "old":
                shell.page.entered("2468")
            shell.page.entered("1357")
            shell.look(shell.room.desk.snapshot())

    return act


def _locked(shell: Any) -> None:
    shell.room.desk.locked_s = 47.2
    shell.look(shell.room.desk.snapshot())
    shell.room.desk.locked_s = 0.0


def _therapist(shell: Any) -> None:
    shell.room.role, shell.name = "therapist", ""
    shell.look(shell.room.desk.snapshot())


def _changed(shell: Any) -> None:
    shell.room.changed = "staff"
    shell.look(shell.room.desk.snapshot())


ONLY_STAFF = {"staff": "2468"}
STAFF_SCENES: dict[str, Scene] = {
    "staff": Scene(snapshot(), "staff", staff=IN),
    "staff-due": Scene(snapshot(), "staff", staff={"clock": LOST}),
    "staff-long": Scene(
        snapshot(), "staff", staff={"sticks": (SECOND,), "kept": 100_000, "clinic_key": KEY}
    ),
    "staff-faults": Scene(
        snapshot(seen=ESTOP),
        "staff",
        pin=ONLY_STAFF,
        staff={"faults": FAULTS, "clock": LOST, "kept": None},
    ),
    "staff-faults-2": Scene(
        snapshot(seen=ESTOP),
        "staff",
        more,
        pin=ONLY_STAFF,
        staff={"faults": FAULTS, "clock": LOST, "kept": None},
    ),
    "staff-exporting": Scene(snapshot(), "staff", staff=export("checking")),
    "staff-faults-list": Scene(snapshot(seen=ESTOP), "faults", staff={"faults": FAULTS}),
    "staff-faults-list-2": Scene(snapshot(seen=ESTOP), "faults", read(1), staff={"faults": FAULTS}),
    "staff-faults-none": Scene(snapshot(), "faults"),
    "staff-pin": Scene(snapshot(), "pin", digits("24")),
    "staff-pin-locked": Scene(snapshot(), "pin", _locked),
    "staff-forgotten": Scene(snapshot(), "forgotten"),
    "staff-setup": Scene(snapshot(), "setup", pin=False),
    "staff-sticks-none": Scene(snapshot(), "sticks"),
    "staff-sticks": Scene(snapshot(), "sticks", staff={"sticks": (STICK, SECOND, NTFS, LOCKED)}),
    "staff-sticks-fault": Scene(
        snapshot(),
        "sticks",
        staff={"sticks_fault": NOT_LET_IN},
    ),
    "staff-stick": Scene(snapshot(), "sticks", _stick_look, staff={"sticks": (SECOND,)}),
    "staff-stick-ntfs": Scene(snapshot(), "sticks", _stick_look, staff={"sticks": (NTFS,)}),
    "staff-stick-free": Scene(snapshot(), "sticks", _eject, staff=IN),
    "export-insert": Scene(snapshot(), "export"),
    "export-unusable": Scene(snapshot(), "export", staff={"sticks": (NTFS,)}),
    "export-read-only": Scene(snapshot(), "export", staff={"sticks": (LOCKED,)}),
    "export-sticks": Scene(snapshot(), "export", staff={"sticks": (*TWO["sticks"], NTFS)}),
    "export-overview": Scene(snapshot(), "export", staff=IN),
    "export-overview-long": Scene(
        snapshot(),
        "export",
        step(
            "overview",
            stick_id=SECOND.id,
            days=-1,
            since=date(2026, 9, 30),
            until=date(2026, 11, 23),
            formats=frozenset({"csv", "html", "pdf"}),
        ),
        staff=TWO,
    ),
    "export-who": Scene(snapshot(), "export", step("who", who="guests"), staff=IN),
    "export-days": Scene(snapshot(), "export", step("days", days=30), staff=IN),
    "export-days-untrusted": Scene(snapshot(), "export", step("days"), staff={**IN, "clock": LOST}),
    "export-from": Scene(snapshot(), "export", step("from", since=date(2026, 9, 30)), staff=IN),
    "export-files": Scene(
        snapshot(), "export", step("files", formats=frozenset({"csv", "html"})), staff=IN
    ),
    "export-names": Scene(snapshot(), "export", step("names"), staff=IN),
    "export-names-key": Scene(snapshot(), "export", step("names"), staff={**IN, "clinic_key": KEY}),
    "export-therapist": Scene(snapshot(), "pin", _therapist),
    "export-planning": Scene(snapshot(), "export", staff=export("planning")),
    "export-plan": Scene(snapshot(), "export", staff=export("planned")),
    "export-plan-notes": Scene(snapshot(), "export", staff=_planned(notes=NOTES, unfinished=2)),
    "export-plan-notes-2": Scene(
        snapshot(), "export", read(1), staff=_planned(notes=NOTES, unfinished=2)
    ),
    "export-plan-identified": Scene(
        snapshot(),
        "export",
        staff=_planned(wish=replace(WISH, identified=True, since=date(2026, 9, 30))),
    ),
    "export-plan-empty": Scene(snapshot(), "export", staff=_planned(sessions=0)),
    "export-plan-full": Scene(
        snapshot(),
        "export",
        staff=_planned(
            obstacle=(
                saying(
                    "It does not fit: {needed} MB are needed, {free} MB are free. "
                    "Choose fewer days or another stick.",
                    needed=214,
                    free=38,
                ),
            )
        ),
    ),
    "export-writing-0": Scene(snapshot(), "export", staff=export("writing")),
    "export-writing": Scene(
        snapshot(), "export", staff=export("writing", bytes_done=2_700_000, seconds_left=42.0)
    ),
    "export-checking": Scene(
        snapshot(), "export", staff=export("checking", bytes_done=10_700_000, seconds_left=6.0)
    ),
    "export-ejecting": Scene(snapshot(), "export", staff=export("ejecting", bytes_done=PLAN.bytes)),
    "export-done": Scene(
        snapshot(), "export", staff=export("done", result=RESULT, safe_to_remove=True)
    ),
    "export-done-notes": Scene(
        snapshot(),
        "export",
        staff=export("done", result=replace(RESULT, notes=NOTES), safe_to_remove=True),
    ),
    "export-done-held": Scene(
        snapshot(),
        "export",
        staff=export(
            "done",
            result=RESULT,
            text=(
                saying("The export is whole, but the stick was not let go of."),
                IN_USE,
            ),
        ),
    ),
    "export-failed": Scene(
        snapshot(),
        "export",
        staff=export(
            "failed",
            text=(PULLED_IN_IT, MAY_BE_LEFT),
            sticks=(),
        ),
    ),
    "export-cancelled": Scene(
        snapshot(),
        "export",
        staff=export(
            "cancelled",
            text=(CANCELLED, NOTHING_LEFT),
            safe_to_remove=True,
        ),
    ),
    "clock": Scene(snapshot(), "clock"),
    "clock-lost": Scene(snapshot(), "clock", staff={"clock": LOST}),
    "clock-long": Scene(
        snapshot(),
        "clock",
        staff={"clock": ClockState(datetime(2026, 9, 30, 21, 59, tzinfo=UTC), False, "UTC")},
    ),
    "clock-set": Scene(snapshot(), "clock", _call("set")),
    "clock-refused": Scene(snapshot(), "clock", _refused_clock),
    "pins": Scene(snapshot(), "pins"),
    "pins-missing": Scene(snapshot(), "pins", pin=ONLY_STAFF),
    "pins-changed": Scene(snapshot(), "pins", _changed),
    "pins-forgotten": Scene(snapshot(), "pins", _call("_lost")),
    "pins-new": Scene(snapshot(), "pins", _new_pin("staff")),
    "pins-new-again": Scene(snapshot(), "pins", _new_pin("staff", again=True)),
    "pins-new-therapist": Scene(
        snapshot(), "pins", _new_pin("therapist", setting_up=True), pin=ONLY_STAFF
    ),
    "key": Scene(snapshot(), "key"),
    "key-known": Scene(snapshot(), "key", staff={"clinic_key": KEY}),
    "key-insert": Scene(snapshot(), "key", _key("make")),
    "key-stick": Scene(snapshot(), "key", _key("make"), staff=TWO),
    "key-ready": Scene(
        snapshot(), "key", _ready("make"), staff={"sticks": (SECOND,), "clinic_key": KEY}
    ),
    "key-ready-take": Scene(snapshot(), "key", _ready("take"), staff=IN),
    "key-secret": Scene(snapshot(), "key", both(_ready("make"), _last), staff=IN),
    "key-written": Scene(
        snapshot(), "key", both(_ready("make"), _last, _call("written")), staff=IN
    ),
    "key-taken": Scene(snapshot(), "key", both(_ready("take"), _last), staff=IN),
    "key-none-on-it": Scene(snapshot(), "key", both(_no_key, _ready("take"), _last), staff=IN),
}
