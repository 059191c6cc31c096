"""Exports through the real office: what staff are told is what lies on the stick."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kiosk.session.actions import Refusal
from kiosk.staff.model import ExportWish
from kiosk.staff.office import CLOSES_WITHIN_S
from profiles.saying import plain
from tests.export.made import tree_hash
from tests.staff.conftest import SESSIONS
from tests.staff.rig import WITHIN_S, Gate, Rig

FIRST_FILE = "sessions.csv.part"
"""The first file of an export that is opened."""
LAST_FILE = "manifest.json.part"
"""The last one: everything else was read back before."""


@pytest.fixture
def staff(rig: Rig) -> Rig:
    rig.office.opened("staff")
    return rig


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a folder in which every file is what it says."""
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    for file in found["files"]:
        content = (folder / file["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
    return found


def whole_exports(rig: Rig, name: str = "A") -> list[Path]:
    """Every folder on a stick that looks finished, and each must be."""
    root = rig.home / name / "STERNWAY"
    found = [path for path in root.glob("*") if path.suffix != ".part"]
    for folder in found:
        manifest_of(folder)
    return found


def test_an_export_from_the_plan_to_safe_to_remove(staff: Rig) -> None:
    before = tree_hash(staff.data)
    stick = staff.stick(label := "A", '"label": "CLINIC"')
    assert staff.office.state().sticks[0].label == "CLINIC"
    plan = staff.planned(stick).plan
    assert plan is not None
    assert plan.obstacle is None
    assert (plan.sessions, plan.people, plan.guests) == (SESSIONS, 3, SESSIONS // 4)
    assert set(plan.files) >= {"sessions.csv", "sessions.json", "report.html", "report.pdf"}
    assert plan.free_bytes is not None
    assert plan.bytes < plan.needed_bytes < plan.free_bytes
    assert not staff.export.safe_to_remove

    staff.office.start_export().result(WITHIN_S)
    assert staff.export.phase in {"writing", "checking", "ejecting", "done"}
    over = staff.over()
    assert (over.phase, over.safe_to_remove, over.fraction) == ("done", True, 1.0)
    assert plain(over.text) == "Everything was written, read back and is whole."
    assert over.result is not None
    folder = staff.home / label / over.result.folder
    assert over.result.folder.startswith("STERNWAY/SW-9QX7KZ_2026-11-23_1")
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert over.result.files == len(files)
    assert over.result.bytes == sum(path.stat().st_size for path in files)
    assert over.result.sessions == SESSIONS
    assert manifest_of(folder)["identified"] is False
    assert not (staff.home / ".mounted" / stick).exists(), "let go of"
    assert tree_hash(staff.data) == before
    staff.office.end_export()
    assert staff.export.phase == "idle"


def test_progress_is_told_and_the_phases_come_in_their_order(
    staff: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Gate(monkeypatch, FIRST_FILE)
    last = Gate(monkeypatch, LAST_FILE)
    plan = staff.planned(staff.stick()).plan
    assert plan is not None
    staff.office.start_export()
    assert staff.export.phase == "writing", "at once, before any thread did anything"
    assert staff.export.bytes_total == plan.bytes, "the size stays that of the plan"
    first.wait()
    assert staff.export.bytes_total == plan.bytes > 0
    first.open()
    last.wait()
    assert staff.export.phase == "checking"
    assert staff.export.bytes_total <= plan.bytes
    assert 0 < staff.export.fraction <= 1
    assert not staff.export.safe_to_remove
    last.open()
    assert staff.over().phase == "done"


def test_days_and_formats_are_as_asked_and_the_clock_is_the_kiosks(staff: Rig) -> None:
    staff.clock.set(staff.clock.now()[0].replace(year=2031))
    over = staff.exported(
        staff.stick(), since=date(2026, 11, 4), until=date(2026, 11, 5), formats=frozenset({"csv"})
    )
    assert over.result is not None
    folder = staff.home / "A" / over.result.folder
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "sessions.csv"]
    assert "_2031-11-23_1" in folder.name
    assert 0 < over.result.sessions < SESSIONS


def test_an_export_goes_to_the_stick_that_was_chosen(staff: Rig) -> None:
    staff.stick("A")
    chosen = staff.stick("B")
    assert len(staff.office.state().sticks) == 2
    assert staff.exported(chosen).phase == "done"
    assert staff.on_stick("A") == []
    assert len(whole_exports(staff, "B")) == 1
    assert staff.exported(staff.sticks.plugged()[0].id).phase == "done"
    assert len(whole_exports(staff, "A")) == 1


def test_a_second_export_lies_beside_the_first(staff: Rig) -> None:
    stick = staff.stick()
    for number in (1, 2):
        over = staff.exported(stick)
        assert over.result is not None
        assert over.result.folder.endswith(f"_{number}")
    assert len(whole_exports(staff)) == 2


def test_a_write_protected_stick_is_told_before_anything_is_written(staff: Rig) -> None:
    stick = staff.stick("A", '"read_only": true')
    planned = staff.planned(stick)
    assert planned.plan is not None
    assert planned.plan.sessions == SESSIONS
    assert "write-protected" in plain(planned.plan.obstacle or ())
    with pytest.raises(Refusal, match="write-protected"):
        staff.office.start_export().result(WITHIN_S)
    staff.office.end_export()
    assert staff.on_stick() == []


@pytest.mark.parametrize("filesystem", ["none", "ntfs"])
def test_a_stick_that_cannot_be_used_says_why_and_the_next_one_works(
    staff: Rig, filesystem: str
) -> None:
    stick = staff.stick("A", f'"filesystem": "{filesystem}"')
    problem = staff.sticks.plugged()[0].problem
    over = staff.planned(stick)
    assert (over.phase, over.text) == ("failed", (problem,))
    assert staff.exported(staff.stick("B")).phase == "done"


def test_a_stick_that_is_not_in_is_told(staff: Rig) -> None:
    over = staff.planned("sdx9")
    assert (over.phase, plain(over.text)) == (
        "failed",
        "The stick was pulled out: put it in again.",
    )


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ({"formats": frozenset()}, "at least one kind of file"),
        ({"since": date(2026, 11, 5), "until": date(2026, 11, 4)}, "swap them"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(staff: Rig, wish: dict[str, Any], why: str) -> None:
    with pytest.raises(Refusal, match=why):
        staff.office.plan_export(ExportWish(staff.stick(), **wish)).result(WITHIN_S)
    assert staff.export.phase == "idle"


def test_nothing_starts_without_a_plan(staff: Rig) -> None:
    with pytest.raises(Refusal, match="no plan yet"):
        staff.office.start_export().result(WITHIN_S)


@pytest.fixture
def small(data: Path) -> Iterator[Path]:
    """The simulation's sticks lie on a disk of 4 MB."""
    home = data.with_name(f"{data.name}-sticks")
    home.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "sternway-test", str(home)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs root and mount")
    yield home
    subprocess.run(["umount", str(home)], check=True)


def test_a_full_stick_is_told_in_the_plan(small: Path, data: Path) -> None:
    rig = Rig(data)
    try:
        rig.office.opened("staff")
        (small / "A").mkdir()
        (small / "A" / "film.mp4").write_bytes(b"x" * 3_900_000)
        planned = rig.planned(rig.stick())
        assert planned.plan is not None
        assert plain(planned.plan.obstacle or ()).startswith("It does not fit: ")
        with pytest.raises(Refusal, match="It does not fit"):
            rig.office.start_export().result(WITHIN_S)
    finally:
        rig.close()
    assert rig.on_stick() == ["film.mp4"]


@pytest.mark.parametrize("gate", [None, FIRST_FILE, "report.html.part"])
def test_a_stick_that_fills_up_after_the_plan_keeps_nothing_of_it(
    small: Path, data: Path, monkeypatch: pytest.MonkeyPatch, gate: str | None
) -> None:
    rig = Rig(data)
    try:
        rig.office.opened("staff")
        assert rig.planned(rig.stick()).phase == "planned"
        held = None if gate is None else Gate(monkeypatch, gate)
        if held is not None:
            rig.office.start_export().result(WITHIN_S)
            held.wait()
        with (small / "film.mp4").open("wb", buffering=0) as film:
            while True:
                try:
                    film.write(b"x" * 4096)
                except OSError:
                    break
        if held is None:
            rig.office.start_export().result(WITHIN_S)
        else:
            held.open()
        over = rig.over()
        assert over.phase == "failed"
        assert ("does not fit" if held is None else "full") in plain(over.text)
        assert over.safe_to_remove
        (small / "film.mp4").unlink()
        assert rig.on_stick() in ([], ["STERNWAY"])
        assert rig.exported(rig.sticks.plugged()[0].id).phase == "done"
    finally:
        rig.close()
    assert rig.died == []


@pytest.mark.parametrize("gate", [FIRST_FILE, "report.pdf.part", LAST_FILE])
def test_cancelled_in_any_phase_it_leaves_nothing_and_the_next_one_works(
    staff: Rig, monkeypatch: pytest.MonkeyPatch, gate: str
) -> None:
    stick = staff.stick()
    staff.planned(stick)
    held = Gate(monkeypatch, gate)
    staff.office.start_export().result(WITHIN_S)
    held.wait()
    staff.office.cancel_export()
    held.open()
    over = staff.over()
    assert (over.phase, over.safe_to_remove) == ("cancelled", True)
    assert plain(over.text) == "The export was cancelled. Nothing of it is left on the stick."
    assert staff.on_stick() == ["STERNWAY"]
    assert staff.exported(stick).phase == "done"


def test_a_plan_is_cancelled_at_once_and_the_stick_let_go_of(staff: Rig) -> None:
    stick = staff.stick()
    staff.planned(stick)
    assert (staff.home / ".mounted" / stick).exists()
    staff.office.cancel_export()
    assert (staff.export.phase, plain(staff.export.text)) == ("cancelled", "Nothing was written.")
    staff.wait(lambda: staff.export.safe_to_remove)
    assert not (staff.home / ".mounted" / stick).exists()


def test_what_is_cancelled_while_it_is_planned_stays_so(
    staff: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = staff.stick()
    real, held = os.statvfs, Gate(monkeypatch, "nothing is called so")

    def slow(path: Any) -> os.statvfs_result:
        held.reached.set()
        held._go.wait(WITHIN_S)
        return real(path)

    monkeypatch.setattr(os, "statvfs", slow)
    staff.office.plan_export(ExportWish(stick)).result(WITHIN_S)
    assert staff.export.phase == "planning"
    held.wait()
    staff.office.cancel_export()
    assert staff.export.phase == "cancelled"
    held.open()
    staff.wait(lambda: staff.export.safe_to_remove)
    assert staff.export.phase == "cancelled"
    assert staff.export.plan is None
    assert staff.exported(stick).phase == "done"


def test_a_plan_that_was_cancelled_before_its_turn_is_never_made(staff: Rig) -> None:
    stick = staff.stick()
    go = threading.Event()
    staff.office._worker.ask(lambda: go.wait(WITHIN_S))
    staff.office.plan_export(ExportWish(stick)).result(WITHIN_S)
    staff.office.cancel_export()
    go.set()
    staff.wait(lambda: staff.export.safe_to_remove)
    staff.office.eject(stick).result(WITHIN_S)
    assert staff.export.phase == "cancelled"


def test_the_newest_of_two_wishes_is_planned(staff: Rig) -> None:
    stick = staff.stick()
    go = threading.Event()
    staff.office._worker.ask(lambda: go.wait(WITHIN_S))
    for formats in ({"csv"}, {"json"}):
        wish = ExportWish(stick, formats=frozenset(formats))
        staff.office.plan_export(wish).result(WITHIN_S)
    go.set()
    staff.wait(lambda: staff.export.phase == "planned")
    assert staff.export.plan is not None
    assert staff.export.plan.files[0] == "sessions.json"


def test_nothing_is_left_open_by_plans_and_exports(staff: Rig) -> None:
    stick = staff.stick()
    gc.disable()
    try:
        staff.exported(stick)
        before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - each is a link to anything
        for _ in range(3):
            staff.planned(stick)
            staff.office.end_export()
            staff.exported(stick)
        after = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
        assert after <= before
    finally:
        gc.enable()


def test_an_export_that_is_over_cannot_be_cancelled(staff: Rig) -> None:
    over = staff.exported(staff.stick())
    staff.office.cancel_export()
    assert staff.export is over
    assert staff.exported(staff.sticks.plugged()[0].id).phase == "done"


@pytest.mark.parametrize("gate", [FIRST_FILE, "report.html.part", LAST_FILE])
def test_a_stick_pulled_in_any_phase_is_told_and_the_next_stick_works(
    staff: Rig, monkeypatch: pytest.MonkeyPatch, gate: str
) -> None:
    staff.planned(staff.stick())
    held = Gate(monkeypatch, gate)
    staff.office.start_export().result(WITHIN_S)
    held.wait()
    staff.pull()
    held.open()
    over = staff.over()
    assert over.phase == "failed"
    assert not over.safe_to_remove
    assert ".part" in plain(over.text), "what may be left is told"
    assert "put it in again" not in plain(over.text), "one sentence of what happened is enough"
    assert whole_exports(staff) == []
    assert staff.office.state().sticks == ()
    assert staff.exported(staff.stick("B")).phase == "done"
    assert staff.exported(staff.stick("A")).phase == "done"
    assert len(whole_exports(staff)) == 1


def test_a_stick_that_is_gone_counts_though_nothing_failed_yet(
    staff: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel takes writes for a while when the stick is out already."""
    staff.planned(staff.stick())
    held = Gate(monkeypatch, FIRST_FILE)
    staff.office.start_export().result(WITHIN_S)
    held.wait()
    with monkeypatch.context() as patch:
        patch.setattr(type(staff.sticks), "plugged", lambda sticks: ())
        held.open()
        over = staff.over()
    assert over.phase == "failed"
    assert plain(over.text).startswith("The stick was pulled out before the export was done")
    assert whole_exports(staff) == []


def test_a_stick_pulled_after_the_plan_is_noticed(staff: Rig) -> None:
    staff.planned(staff.stick())
    staff.pull()
    over = staff.over()
    assert (over.phase, plain(over.text)) == (
        "failed",
        "The stick was pulled out: put it in again.",
    )
    assert not over.safe_to_remove
    with pytest.raises(Refusal, match="no plan yet"):
        staff.office.start_export().result(WITHIN_S)


def test_a_stick_pulled_before_it_was_let_go_of_leaves_a_true_sentence(
    staff: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = type(staff.sticks).unmount

    def pulled_first(sticks: Any, stick_id: str) -> None:
        staff.pull()
        real(sticks, stick_id)

    staff.planned(staff.stick())
    monkeypatch.setattr(type(staff.sticks), "unmount", pulled_first)
    staff.office.start_export().result(WITHIN_S)
    over = staff.over()
    assert over.phase == "done"
    assert not over.safe_to_remove
    assert plain(over.text).startswith("The export is whole, but the stick was not let go of. ")
    assert len(whole_exports(staff)) == 1


def test_a_stick_that_is_still_in_use_is_not_called_safe(
    staff: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = staff.stick()
    staff.planned(stick)
    held = Gate(monkeypatch, LAST_FILE)
    staff.office.start_export().result(WITHIN_S)
    held.wait()
    with (staff.home / ".mounted" / stick / "somebody").open("w"):
        held.open()
        over = staff.over()
        assert (over.phase, over.safe_to_remove) == ("done", False)
        assert "in use" in plain(over.text)
    staff.office.eject(stick).result(WITHIN_S)
    assert len(whole_exports(staff)) == 1


def test_while_an_export_runs_sticks_wait_and_clock_and_pins_do_not(
    staff: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick, other = staff.stick("A"), staff.stick("B")
    staff.office.opened("therapist")
    staff.planned(stick)
    held = Gate(monkeypatch, FIRST_FILE)
    staff.office.start_export().result(WITHIN_S)
    held.wait()
    for refused in (
        staff.office.plan_export(ExportWish(other)),
        staff.office.start_export(),
        staff.office.eject(other),
        staff.office.make_clinic_key(other),
        staff.office.take_clinic_key(other),
        staff.office.forget_export_folders(other),
    ):
        with pytest.raises(Refusal, match="An export is under way") as refusal:
            refused.result(WITHIN_S)
        assert refusal.value.code == "busy"
    staff.office.end_export()
    assert staff.export.phase == "writing"
    staff.office.confirm_clock().result(WITHIN_S)
    staff.office.set_pin("staff", "2468", "1234").result(WITHIN_S)
    held.open()
    assert staff.over().phase == "done"


def test_leaving_lets_an_export_go_on(staff: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    staff.planned(staff.stick())
    held = Gate(monkeypatch, FIRST_FILE)
    staff.office.start_export().result(WITHIN_S)
    held.wait()
    staff.office.leave()
    assert staff.office.state().open_roles == frozenset()
    held.open()
    over = staff.over()
    assert (over.phase, over.safe_to_remove) == ("done", True)
    staff.office.leave()
    assert staff.export is over, "whoever comes back sees how it ended"
    staff.office.end_export()
    assert staff.export.phase == "idle"


def test_leaving_drops_a_plan_and_lets_go_of_the_stick(staff: Rig) -> None:
    stick = staff.stick()
    staff.planned(stick)
    staff.office.leave()
    assert staff.export.phase == "idle"
    staff.wait(lambda: not (staff.home / ".mounted" / stick).exists())


def test_a_forgotten_plan_is_dropped_after_five_minutes_but_no_export(
    staff: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = staff.stick()
    staff.planned(stick)
    staff.seconds += 301
    staff.wait(lambda: staff.export.phase == "idle")
    assert staff.office.state().open_roles == frozenset()
    staff.wait(lambda: not (staff.home / ".mounted" / stick).exists())

    staff.office.opened("staff")
    staff.planned(stick)
    held = Gate(monkeypatch, FIRST_FILE)
    staff.office.start_export().result(WITHIN_S)
    held.wait()
    staff.seconds += 3000
    assert staff.office.state().open_roles == {"staff"}
    held.open()
    assert staff.over().phase == "done"


@pytest.mark.parametrize("gate", [FIRST_FILE, LAST_FILE])
def test_the_kiosk_that_ends_takes_an_export_under_way_back(
    data: Path, monkeypatch: pytest.MonkeyPatch, gate: str
) -> None:
    rig = Rig(data)
    rig.office.opened("staff")
    rig.planned(rig.stick())
    held = Gate(monkeypatch, gate)
    rig.office.start_export().result(WITHIN_S)
    held.wait()
    rig.office._exporting.stop()
    held.open()
    began = time.monotonic()
    rig.close()
    assert time.monotonic() - began < CLOSES_WITHIN_S
    assert rig.on_stick() == ["STERNWAY"]
    assert rig.died == []


def test_the_kiosk_that_ends_lets_go_of_a_planned_stick(data: Path) -> None:
    rig = Rig(data)
    rig.office.opened("staff")
    stick = rig.stick()
    rig.planned(stick)
    rig.office.close()
    assert not (rig.home / ".mounted" / stick).exists()
    rig.close()
    with pytest.raises(Refusal, match="ending"):
        rig.office.plan_export(ExportWish(stick)).result(WITHIN_S)
    assert rig.export.phase == "failed"


def test_a_stick_that_hangs_does_not_hold_up_the_kiosks_end(
    data: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig(data)
    rig.office.opened("staff")
    rig.planned(rig.stick())
    held = Gate(monkeypatch, FIRST_FILE)
    rig.office.start_export().result(WITHIN_S)
    held.wait()
    monkeypatch.setattr("kiosk.staff.office.CLOSES_WITHIN_S", 0.1)
    rig.office.close()
    assert "a stick hangs" in caplog.text
    held.open()
    rig.wait(lambda: rig.export.phase == "cancelled")
    rig.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_unexpected_error_ends_the_process_and_nobody_waits_for_ever(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig(data)
    rig.office.opened("staff")
    stick = rig.stick()

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(os, "statvfs", broken)
    rig.office.plan_export(ExportWish(stick)).result(WITHIN_S)
    rig.wait(lambda: len(rig.died) == 1)
    monkeypatch.undo()
    assert isinstance(rig.died[0], ZeroDivisionError)
    with pytest.raises(Refusal, match="ending"):
        rig.office.eject(stick).result(WITHIN_S)
    rig.close()


def test_the_number_of_an_export_outlives_it_and_the_office(data: Path) -> None:
    rig = Rig(data)
    try:
        rig.office.opened("staff")
        stick = rig.stick("A")
        first = rig.exported(stick, formats=frozenset({"csv"})).result
        assert first is not None
        shutil.rmtree(rig.home / "A" / "STERNWAY")
    finally:
        rig.close()
    again = Rig(data)
    try:
        again.office.opened("staff")
        stick = again.stick("A")
        second = again.exported(stick, formats=frozenset({"csv"})).result
        assert second is not None
        assert (first.folder[-2:], second.folder[-2:]) == ("_1", "_2")
    finally:
        again.close()
