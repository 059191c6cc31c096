"""The office's other work: who may do what, the clock, PINs, the clinic's key, what is wrong."""

from __future__ import annotations

import io
import logging
import os
import threading
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from msgspec.structs import replace

from kiosk.pins import PinRefused
from kiosk.session.actions import Refusal
from kiosk.staff.model import ExportWish, Role, StaffDesk
from kiosk.staff.office import Office
from profiles.saying import Saying, plain
from tests.kiosk.clocks import NOON
from tests.staff.conftest import SESSIONS
from tests.staff.rig import WITHIN_S, Rig

Ask = Callable[[Office, str], Future[Any]]

BY_ANYONE: dict[str, Ask] = {
    "plan_export": lambda office, stick: office.plan_export(ExportWish(stick)),
    "start_export": lambda office, stick: office.start_export(),
    "eject": lambda office, stick: office.eject(stick),
    "confirm_clock": lambda office, stick: office.confirm_clock(),
    "set_clock": lambda office, stick: office.set_clock(NOON),
    "forget_export_folders": lambda office, stick: office.forget_export_folders(stick),
}
BY_THERAPISTS: dict[str, Ask] = {
    "plan_identified": lambda office, stick: office.plan_export(ExportWish(stick, identified=True)),
    "make_clinic_key": lambda office, stick: office.make_clinic_key(stick),
    "take_clinic_key": lambda office, stick: office.take_clinic_key(stick),
    "set_therapists_pin": lambda office, stick: office.set_pin("therapist", "9191", "5678"),
}
BY_STAFF: dict[str, Ask] = {
    "set_staffs_pin": lambda office, stick: office.set_pin("staff", "9191", "1234")
}
EVERYTHING = BY_ANYONE | BY_THERAPISTS | BY_STAFF


def code_of(future: Future[Any]) -> str | None:
    """How a future ended: the Refusal's code, or None."""
    error = future.exception(WITHIN_S)
    assert error is None or isinstance(error, Refusal)
    return None if error is None else error.code


@pytest.mark.parametrize("command", EVERYTHING)
def test_nothing_is_done_without_a_pin(rig: Rig, command: str) -> None:
    stick = rig.stick()
    assert code_of(EVERYTHING[command](rig.office, stick)) == "locked"
    rig.office.opened("staff")
    rig.office.opened("therapist")
    rig.seconds += 300
    assert code_of(EVERYTHING[command](rig.office, stick)) == "locked", "forgotten"
    rig.office.opened("staff")
    rig.office.opened("therapist")
    rig.office.leave()
    assert code_of(EVERYTHING[command](rig.office, stick)) == "locked", "left"
    rig.pins.verify("staff", "1234")
    rig.pins.verify("therapist", "5678")
    assert rig.export.phase == "idle"
    assert rig.clock.now()[1] is False
    assert rig.on_stick() == []


@pytest.mark.parametrize("role", ["staff", "therapist"])
def test_each_role_may_do_its_own(rig: Rig, role: Role) -> None:
    stick = rig.stick()
    rig.office.opened(role)
    for name, ask in BY_ANYONE.items():
        if name not in {"start_export", "forget_export_folders"}:
            assert code_of(ask(rig.office, stick)) is None, name
    other = BY_STAFF if role == "therapist" else BY_THERAPISTS
    for name, ask in other.items():
        assert code_of(ask(rig.office, stick)) == "locked", name


def test_an_identified_plan_is_not_started_by_staff_alone(rig: Rig) -> None:
    stick = rig.stick()
    rig.office.opened("therapist")
    rig.office.make_clinic_key(stick).result(WITHIN_S)
    assert rig.planned(stick, identified=True).phase == "planned"
    rig.office._roles.leave()
    rig.office.opened("staff")
    assert code_of(rig.office.start_export()) == "locked"


def test_the_desk_is_what_the_screens_expect(rig: Rig) -> None:
    desk: StaffDesk = rig.office
    state = desk.state()
    assert state.kept == SESSIONS
    assert state.faults == ()
    assert state.pins_missing == ()
    assert state.clock.utc == NOON
    assert state.clock.zone
    assert state.sticks_fault is None


def test_the_clock_is_confirmed_and_set(rig: Rig) -> None:
    rig.office.opened("staff")
    assert rig.office.state().clock.trusted is False
    assert code_of(rig.office.confirm_clock()) is None
    assert rig.office.state().clock.trusted is True
    assert code_of(rig.office.set_clock(NOON + timedelta(hours=2))) is None
    assert rig.office.state().clock.utc == NOON + timedelta(hours=2)
    future = rig.office.set_clock(NOON.replace(year=1999))
    assert code_of(future) == "clock"
    assert "from 2025 to 2100" in str(future.exception())


def test_a_change_takes_the_pin_that_holds_and_a_wrong_one_is_a_try(rig: Rig) -> None:
    rig.office.opened("staff")
    for left in (4, 3, 2, 1):
        refused = rig.office.set_pin("staff", "424242", "9191")
        assert code_of(refused) == "pin"
        assert str(left) in str(refused.exception())
    assert code_of(rig.office.set_pin("staff", "424242", "9191")) == "pin"
    assert rig.pins.locked_s("staff") > 50
    assert code_of(rig.office.set_pin("staff", "424242", "1234")) == "pin", "locked"
    assert rig.pins.locked_s("therapist") == 0.0


def test_pins_are_changed_by_their_own_role(rig: Rig) -> None:
    rig.office.opened("staff")
    assert code_of(rig.office.set_pin("staff", "424242", "1234")) is None
    rig.pins.verify("staff", "424242")
    with pytest.raises(PinRefused):
        rig.pins.verify("staff", "1234")
    future = rig.office.set_pin("staff", "12", "424242")
    assert code_of(future) == "pin"
    assert str(future.exception()) == "A PIN has 4 to 8 digits."


def test_staff_set_the_therapists_first_pin_and_never_again(data: Path) -> None:
    rig = Rig(data, simulated=False)
    try:
        assert rig.office.state().pins_missing == ("staff", "therapist")
        rig.office.opened("therapist")
        assert code_of(rig.office.set_pin("therapist", "5155")) == "locked"
        rig.office.leave()
        rig.pins.set_first("staff", "4821")
        rig.office.opened("staff")
        assert rig.office.state().pins_missing == ("therapist",)
        assert code_of(rig.office.set_pin("therapist", "5155")) is None
        assert rig.office.state().pins_missing == ()
        assert code_of(rig.office.set_pin("therapist", "6166")) == "locked"
        rig.pins.verify("therapist", "5155")
    finally:
        rig.close()


def test_the_clinics_key_is_made_and_an_identified_export_opens_with_it_alone(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stick = rig.stick()
    rig.office.opened("therapist")
    assert rig.office.state().clinic_key is None
    future = rig.office.plan_export(ExportWish(stick, identified=True))
    assert code_of(future) == "clinic_key"
    assert "no clinic key yet" in str(future.exception())
    phrase = rig.office.make_clinic_key(stick).result(WITHIN_S)
    public = str(rig.office.state().clinic_key)
    assert public.startswith("age1")
    assert not (rig.home / ".mounted" / stick).exists(), "let go of"

    over = rig.exported(stick, identified=True)
    assert over.result is not None
    folder = rig.home / "A" / over.result.folder
    secret = (rig.home / "A" / "sternway-clinic-key.age").read_bytes()
    key = pyrage.passphrase.decrypt(secret, phrase).decode().splitlines()[-1]
    identity = pyrage.x25519.Identity.from_str(key)
    assert str(identity.to_public()) == public
    sealed = (folder / "sternway-identified.zip.age").read_bytes()
    with zipfile.ZipFile(io.BytesIO(pyrage.decrypt(sealed, [identity]))) as inside:
        assert "P-7F3K" in inside.read("sessions.csv").decode()
    kept = b"".join(path.read_bytes() for path in rig.data.rglob("*") if path.is_file())
    for secret_text in (phrase, key):
        assert secret_text.encode() not in kept
        assert secret_text not in caplog.text


def test_the_clinics_own_key_is_taken_and_known_after_a_restart(rig: Rig, data: Path) -> None:
    identity = pyrage.x25519.Identity.generate()
    stick = rig.stick()
    rig.office.opened("therapist")
    assert code_of(rig.office.take_clinic_key(stick)) == "stick", "there is none on it"
    (rig.home / "A" / "clinic.pub").write_text(f"{identity.to_public()}\n")
    assert rig.office.take_clinic_key(stick).result(WITHIN_S) == str(identity.to_public())
    assert rig.office.state().clinic_key == str(identity.to_public())
    rig.close()
    after = Rig(data)
    try:
        after.wait(lambda: after.office.state().clinic_key == str(identity.to_public()))
    finally:
        after.close()


@pytest.mark.parametrize("command", ["make_clinic_key", "take_clinic_key"])
def test_a_stick_that_cannot_be_used_is_told_and_let_go_of(rig: Rig, command: str) -> None:
    rig.office.opened("therapist")
    future = getattr(rig.office, command)(rig.stick("A", '"filesystem": "ntfs"'))
    assert code_of(future) == "stick"
    assert str(future.exception()) == str(rig.sticks.plugged()[0].problem)
    assert code_of(getattr(rig.office, command)("sdx9")) == "stick"
    assert code_of(rig.office.make_clinic_key(rig.stick("B", '"read_only": true'))) == "stick"
    assert rig.office.state().clinic_key is None


def test_any_other_work_with_a_stick_drops_the_plan(rig: Rig) -> None:
    stick = rig.stick()
    rig.office.opened("therapist")
    rig.planned(stick)
    rig.office.eject(stick).result(WITHIN_S)
    assert rig.export.phase == "idle"
    assert not (rig.home / ".mounted" / stick).exists()
    rig.pull()
    assert code_of(rig.office.eject(stick)) == "stick"


@pytest.fixture
def unfinished(rig: Rig) -> Path:
    """A folder on stick A that an export could not finish."""
    folder = rig.home / "A" / "STERNWAY" / "SW-9QX7KZ_2026-11-20_1.part"
    folder.mkdir(parents=True)
    (folder / "sessions.csv").write_text("half")
    return folder


def test_unfinished_exports_are_counted_and_deleted_and_the_plan_is_made_anew(
    rig: Rig, unfinished: Path
) -> None:
    rig.office.opened("staff")
    stick = rig.stick()
    plan = rig.planned(stick).plan
    assert plan is not None
    assert plan.unfinished == 1
    assert "An earlier export on this stick was not finished." in map(str, plan.notes)
    assert rig.office.forget_export_folders(stick).result(WITHIN_S) == 1
    rig.wait(lambda: rig.export.phase == "planned")
    plan = rig.export.plan
    assert plan is not None
    assert (plan.unfinished, plan.notes) == (0, ())
    rig.office.start_export().result(WITHIN_S)
    assert rig.over().phase == "done"
    assert not unfinished.exists()


def test_without_a_plan_unfinished_exports_are_deleted_and_the_stick_let_go_of(
    rig: Rig, unfinished: Path
) -> None:
    rig.office.opened("staff")
    stick = rig.stick()
    assert rig.office.forget_export_folders(stick).result(WITHIN_S) == 1
    assert rig.export.phase == "idle"
    assert rig.on_stick() == ["STERNWAY"]
    assert not (rig.home / ".mounted" / stick).exists()
    assert rig.office.forget_export_folders(stick).result(WITHIN_S) == 0
    assert not unfinished.exists()


def test_everything_that_is_wrong_is_a_sentence(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.office.opened("therapist")
    (rig.data / "settings").mkdir(exist_ok=True)
    (rig.data / "settings" / "clinic.json").write_bytes(b"{")
    rig.office.opened("therapist")
    rig.wait(lambda: any("clinic's key" in plain(fault) for fault in rig.office.state().faults))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        rig.office.confirm_clock().result(WITHIN_S)
    faults = rig.office.state().faults
    assert any("The clock's setting could not be saved" in plain(fault) for fault in faults)
    assert all(plain(fault).endswith(".") for fault in faults)


def test_the_file_that_reset_a_pin_is_a_fault_while_it_lies_there(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk.staff import forgotten

    card = tmp_path / forgotten.NAME
    card.write_text("staff")
    rig = Rig(data, simulated=False)
    try:
        found = forgotten.apply(rig.pins, (tmp_path,))
        office = Office(
            data,
            kept=rig.store,
            sticks=rig.sticks,
            clock=rig.clock,
            pins=rig.pins,
            desk=rig.desk,
            preferences=rig.preferences,
            on_death=rig.died.append,
            reset=found,
        )
        assert any("delete that file" in plain(fault) for fault in office.state().faults)
        office.start()
        card.unlink()
        rig.wait(lambda: office.state().faults == ())
        office.close()
    finally:
        rig.close()


def test_what_touches_a_stick_gives_way_to_a_walk(rig: Rig) -> None:
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    own = priority()
    assert rig.office._worker.ask(priority).result(WITHIN_S) == min(own + 10, 19)
    assert rig.desk.ask(priority).result(WITHIN_S) == own


@pytest.fixture
def threads() -> Iterator[Callable[[], set[str]]]:
    before = set(threading.enumerate())
    yield lambda: {thread.name for thread in set(threading.enumerate()) - before}


def test_its_threads_have_names_and_end(data: Path, threads: Callable[[], set[str]]) -> None:
    rig = Rig(data)
    assert threads() >= {"office", "desk"}
    rig.close()
    assert threads() & {"office", "desk"} == set()


def test_faults_that_others_look_after_are_told_first(rig: Rig) -> None:
    rig.office.faults.tell_also(lambda: ((Saying("The display is gone."),),))
    assert plain(rig.office.state().faults[0]) == "The display is gone."


def test_what_is_wrong_with_voice_and_loudspeaker_is_told_while_sound_is_on(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.office.faults.hear_of(lambda: ((Saying("The voice is gone."),),))
    told = [plain(one) for one in rig.office.state().faults]
    assert "The voice is gone." in told
    off = replace(rig.preferences.state(), sound=False)
    monkeypatch.setattr(rig.preferences, "state", lambda: off)
    assert "The voice is gone." not in [plain(one) for one in rig.office.state().faults]


def test_a_kiosk_that_nobody_can_hear_is_a_fault_while_sound_is_on(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf = "No loudspeaker was found"

    def told() -> bool:
        return any(deaf in plain(one) for one in rig.office.state().faults)

    faults = rig.office.faults
    faults.look()
    assert not told(), "nobody looks for a card, as in a simulation"
    rig.office.faults.listen_for(lambda: None)
    faults.look()
    assert told()
    off = replace(rig.preferences.state(), sound=False)
    with monkeypatch.context() as patch:
        patch.setattr(rig.preferences, "state", lambda: off)
        assert not told(), "staff want no sound"
    rig.office.faults.listen_for(lambda: "0 [Headphones]")
    faults.look()
    assert not told()
