"""The real desk over a real office: sticks that are folders, real backups, and a real service."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kiosk import identity
from kiosk.session.actions import Refusal
from kiosk.session.model import Phase
from kiosk.upkeep import jobs
from kiosk.upkeep.asking import NO_ANSWER, Asker
from kiosk.upkeep.desk import BUSY
from kiosk.upkeep.health import NAME, Health
from kiosk.upkeep.jobs import NO_UPDATE
from kiosk.upkeep.model import Job
from kiosk.upkeep.restore import apply
from kiosk.upkeep.trial import TRIED, Trial
from kiosk.upkeep.updater.boot import boot_of
from kiosk.upkeep.updater.machine import Built
from kiosk.upkeep.updater.words import CANCELLED, NOT_THE_APPLIANCE
from profiles.saying import Said
from tests.export import made as making
from tests.screens.fake import snapshot
from tests.staff.rig import WITHIN_S, Rig
from tests.upkeep.appliance import made_update, make_machine, next_start, started_in
from tests.upkeep.test_backup import tree
from tests.upkeep.test_updater_service import Service


class Desk(Rig):
    """The rig, and what the session is doing."""

    phase = Phase.IDLE

    def begin(self, *, role: bool = True) -> None:
        if role:
            self.office.opened("staff")
        self.upkeep.start(lambda: snapshot(self.phase))

    def close(self) -> None:
        self.upkeep.close()
        super().close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    data = tmp_path / "data"
    making.kept(data, 3)
    one = Desk(data)
    one.begin()
    yield one
    one.close()
    assert one.died == []


def why(answer: Future[Any]) -> Said:
    error = answer.exception(WITHIN_S)
    assert isinstance(error, Refusal)
    return error.said


def on_the_stick(desk: Desk) -> Path:
    return desk.home / "A"


# --- backups ----------------------------------------------------------------------------------


def test_a_backup_from_the_stick_to_the_restart(desk: Desk) -> None:
    stick = desk.stick()
    made = desk.upkeep.back_up(stick).result(WITHIN_S)
    assert desk.upkeep.state().backup == Job("done", safe_to_remove=True)
    assert [path.name for path in on_the_stick(desk).iterdir()] == [made.file]
    kept = tree(desk.data)
    (found,) = desk.upkeep.find_backups(stick).result(WITHIN_S)
    assert (found.file, found.bytes, found.version) == (made.file, made.bytes, identity.version())
    wrong = desk.upkeep.restore(stick, made.file, "bbb-ccc-ddd-fff-ggg")
    assert "passphrase" in str(why(wrong)[0])
    assert desk.upkeep.state().restore.phase == "failed"
    assert desk.upkeep.state().restore.safe_to_remove
    desk.upkeep.end()
    assert desk.upkeep.state().restore == Job()
    (desk.data / "settings/more.json").parent.mkdir(exist_ok=True)
    (desk.data / "settings/more.json").write_text("since then")
    desk.upkeep.restore(stick, made.file, made.passphrase).result(WITHIN_S)
    desk.wait(lambda: desk.restarts == 1)
    assert (desk.data / "settings/more.json").exists(), "nothing is swapped while it runs"
    desk.store.stop()
    apply(desk.data)
    assert tree(desk.data) == kept


def test_progress_is_told_and_the_pin_stays_open_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk.upkeep import backup as backing

    reached, go = threading.Event(), threading.Event()
    real = backing.sealed

    def held(*args: Any) -> None:
        real(*args)
        reached.set()
        assert go.wait(WITHIN_S)

    monkeypatch.setattr(backing, "sealed", held)
    desk.office.busy_too(desk.upkeep.is_busy)
    answer = desk.upkeep.back_up(desk.stick())
    assert reached.wait(WITHIN_S)
    job = desk.upkeep.state().backup
    assert (job.phase, job.fraction) == ("writing", 1.0)
    desk.seconds += 400
    assert desk.office.is_open("staff")
    assert "under way" in str(why(desk.upkeep.back_up(desk.sticks.plugged()[0].id))[0])
    go.set()
    answer.result(WITHIN_S)


def test_who_walks_by_then_is_not_stopped_for_what_is_restored(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk.upkeep import restore

    stick = desk.stick()
    made = desk.upkeep.back_up(stick).result(WITHIN_S)
    real = restore._extract

    def chosen(*args: Any) -> None:
        desk.phase = Phase.WALKING
        real(*args)

    monkeypatch.setattr(restore, "_extract", chosen)
    desk.upkeep.restore(stick, made.file, made.passphrase).result(WITHIN_S)
    time.sleep(1.5)
    assert desk.restarts == 0
    desk.phase = Phase.IDLE
    desk.wait(lambda: desk.restarts == 1)


@pytest.mark.parametrize("phase", [Phase.CHOSEN, Phase.WALKING, Phase.SUMMARY])
def test_nothing_of_it_during_a_session(desk: Desk, phase: Phase) -> None:
    stick = desk.stick()
    desk.phase = phase
    for answer in (
        desk.upkeep.back_up(stick),
        desk.upkeep.find_backups(stick),
        desk.upkeep.restore(stick, "x.backup", "y"),
    ):
        assert why(answer) == (BUSY,)
    assert desk.on_stick() == []


def test_nothing_of_it_without_the_staff_s_pin(tmp_path: Path) -> None:
    data = tmp_path / "data"
    making.kept(data, 2)
    desk = Desk(data)
    desk.begin(role=False)
    try:
        desk.office.opened("therapist")
        stick = desk.stick()
        for answer in (desk.upkeep.back_up(stick), desk.upkeep.restore(stick, "x", "y")):
            assert "staff's PIN" in str(why(answer)[0])
        assert desk.on_stick() == []
    finally:
        desk.close()


def test_a_path_that_a_screen_could_never_name_leads_nowhere(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.backup").write_bytes(b"x")
    answer = desk.upkeep.restore(desk.stick(), "../../elsewhere.backup", "y")
    assert "Nothing here has changed" in str(why(answer)[0])


def test_a_stick_pulled_out_in_the_middle(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from kiosk.upkeep import backup as backing

    real = backing.sealed

    def pulled(*args: Any) -> None:
        desk.pull()
        real(*args)

    monkeypatch.setattr(backing, "sealed", pulled)
    why(desk.upkeep.back_up(desk.stick()))
    job = desk.upkeep.state().backup
    assert (job.phase, job.safe_to_remove) == ("failed", False)
    assert not list(on_the_stick(desk).glob("*.backup"))


def test_a_stick_pulled_out_once_all_of_a_backup_was_read_is_no_longer_needed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told that it failed, it would be swapped in all the same at the next start."""
    from kiosk.upkeep import restore

    real = restore._extract

    def pulled(*args: Any) -> None:
        desk.pull()
        real(*args)

    stick = desk.stick()
    made = desk.upkeep.back_up(stick).result(WITHIN_S)
    kept = tree(desk.data)
    (desk.data / "settings").mkdir(exist_ok=True)
    (desk.data / "settings/more.json").write_text("since then")
    monkeypatch.setattr(restore, "_extract", pulled)
    desk.upkeep.restore(stick, made.file, made.passphrase).result(WITHIN_S)
    desk.wait(lambda: desk.restarts == 1)
    assert desk.upkeep.state().restore.phase == "done"
    desk.store.stop()
    assert apply(desk.data) is not None
    assert tree(desk.data) == kept


def test_one_damaged_backup_hides_no_other(desk: Desk) -> None:
    stick = desk.stick()
    made = desk.upkeep.back_up(stick).result(WITHIN_S)
    whole = (on_the_stick(desk) / made.file).read_bytes()
    tail = len(whole) - 400
    for bit in [*range(0, 400 * 8, 41), *range(tail * 8, len(whole) * 8, 5)]:
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        (on_the_stick(desk) / "b.backup").write_bytes(damaged)
        names = {found.file for found in jobs.find_backups(on_the_stick(desk))}
        assert made.file in names, bit


def test_it_is_no_appliance_and_says_so(desk: Desk) -> None:
    state = desk.upkeep.state()
    assert (state.appliance, state.slots, state.version) == (False, None, identity.version())
    assert why(desk.upkeep.find_update(desk.stick())) == (NOT_THE_APPLIANCE,)
    assert desk.upkeep.faults() == ()


def test_health_is_told_once_all_signs_are_there(desk: Desk) -> None:
    import msgspec

    path = desk.data / NAME
    assert not path.exists()
    desk.upkeep.drawn()
    desk.wait(path.exists)
    assert msgspec.json.decode(path.read_bytes(), type=Health) == Health(
        identity.boot_id(), identity.version()
    )


# --- updates ----------------------------------------------------------------------------------


class Appliance:
    """A desk, and a real update service over slots that are files."""

    def __init__(self, place: Path, kind: str = "systemd") -> None:
        self.service = Service(make_machine(place / "machine", kind))
        data = place / "data"
        making.kept(data, 2)
        self.machine = self.service.machine
        trial = Trial(lambda: boot_of(self.machine).on_trial())
        self.desk = Desk(data, asker=Asker(self.service.path), trial=trial)
        self.service.client.close()
        self.desk.begin()

    def serve(self, **fields: Any) -> None:
        """The machine was started anew: another service, as it sees itself now."""
        self.service.close()
        self.service.path.unlink()
        self.machine = replace(self.machine, **fields)
        self.service = Service(self.machine)
        self.service.client.close()

    def close(self) -> None:
        self.desk.close()
        self.service.close()
        assert self.desk.died == []


@pytest.fixture
def appliance(tmp_path: Path) -> Iterator[Appliance]:
    one = Appliance(tmp_path)
    yield one
    one.close()


def test_an_update_from_the_stick_to_the_version_that_is_kept(
    appliance: Appliance, tmp_path: Path
) -> None:
    desk = appliance.desk
    desk.wait(lambda: desk.upkeep.state().slots is not None)
    stick = desk.stick()
    assert why(desk.upkeep.find_update(stick)) == (NO_UPDATE,)
    for version in ("0.2.0", "0.3.0", "0.0.9"):
        path = made_update(tmp_path / version, version=version)
        (on_the_stick(desk) / path.name).write_bytes(path.read_bytes())
    offer = desk.upkeep.find_update(stick).result(WITHIN_S)
    assert (offer.version, offer.file) == ("0.3.0", "sternway-0.3.0.update")
    desk.upkeep.install(offer).result(WITHIN_S)
    assert desk.upkeep.state().update == Job("done", safe_to_remove=True)

    def slots() -> Any:
        return desk.upkeep.state().slots

    desk.wait(lambda: slots().other == "waiting")
    assert slots().other_version == "0.3.0"
    started = next_start(appliance.machine)
    assert (started.slot, started.is_whole) == ("b", True)


def test_a_version_that_did_not_come_up_is_a_fault_until_it_is_forgotten(
    appliance: Appliance, tmp_path: Path
) -> None:
    desk = appliance.desk
    desk.wait(lambda: desk.upkeep.state().slots is not None)
    stick = desk.stick()
    path = made_update(tmp_path / "u")
    (on_the_stick(desk) / path.name).write_bytes(path.read_bytes())
    offer = desk.upkeep.find_update(stick).result(WITHIN_S)
    desk.upkeep.install(offer).result(WITHIN_S)
    assert [next_start(appliance.machine).slot for _ in range(4)] == ["b", "b", "b", "a"]
    desk.upkeep._ask_slots()
    ((fault,),) = desk.upkeep.faults()
    assert str(fault) == (
        "The update to version 0.2.0 did not start: version 0.1.0 is in use again."
    )
    desk.phase = Phase.WALKING
    assert why(desk.upkeep.forget_version()) == (BUSY,)
    desk.phase = Phase.IDLE
    desk.upkeep.forget_version().result(WITHIN_S)
    assert desk.upkeep.faults() == ()
    assert boot_of(appliance.machine).other() == "empty"


def test_of_updates_that_are_all_refused_the_newest_says_why(
    appliance: Appliance, tmp_path: Path
) -> None:
    desk = appliance.desk
    stick = desk.stick()
    for version in ("0.9.0", "0.10.0"):
        path = made_update(tmp_path / version, version=version, since="0.8.0")
        (on_the_stick(desk) / path.name).write_bytes(path.read_bytes())
    (told,) = why(desk.upkeep.find_update(stick))
    assert "0.10.0" in str(told)


def test_an_update_that_is_stopped(appliance: Appliance, tmp_path: Path) -> None:
    desk = appliance.desk
    with appliance.machine.device("b").open("r+b") as file:
        file.truncate(64 << 20)
    stick = desk.stick()
    path = made_update(tmp_path / "u", root=os.urandom(1 << 20) * 48)
    (on_the_stick(desk) / path.name).write_bytes(path.read_bytes())
    offer = desk.upkeep.find_update(stick).result(WITHIN_S)
    answer = desk.upkeep.install(offer)
    desk.wait(lambda: desk.upkeep.state().update.done > 0)
    desk.upkeep.stop_update()
    assert why(answer) == (CANCELLED,)
    assert desk.upkeep.state().update.phase == "failed"
    assert next_start(appliance.machine).slot == "a"


def test_a_service_that_does_not_answer_is_said_and_asked_again(tmp_path: Path) -> None:
    one = Appliance(tmp_path)
    try:
        desk = one.desk
        desk.wait(lambda: desk.upkeep.state().slots is not None)
        one.service.close()
        desk.upkeep._ask_slots()
        assert desk.upkeep.state().slots_fault == (NO_ANSWER,)
        assert why(desk.upkeep.forget_version()) == (NO_ANSWER,)
    finally:
        one.close()


def test_a_restart_has_what_waits_tried(tmp_path: Path) -> None:
    """A Raspberry Pi tries an update only where the restart is told to."""
    one = Appliance(tmp_path, "pi")
    try:
        desk = one.desk
        desk.upkeep.before_restart()
        assert not one.machine.reboot_param.exists(), "nothing waits"
        from tests.upkeep.appliance import install_from

        install_from(made_update(tmp_path / "u"), one.machine)
        desk.upkeep.before_restart()
        assert one.machine.reboot_param.read_bytes() == b"0 tryboot"
        assert boot_of(one.machine).other() == "waiting"
        one.service.close()
        desk.upkeep.before_restart()  # nobody answers: the machine is restarted all the same
    finally:
        one.close()


def test_nobody_walks_until_it_is_known_that_the_version_is_kept(appliance: Appliance) -> None:
    desk = appliance.desk
    desk.wait(lambda: desk.upkeep.blocks() == ())


def test_a_version_on_trial_is_kept_by_the_kiosk_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but the mount of the data partition, which the service asks of its own machine."""
    from tests.upkeep.appliance import install_from

    one = Appliance(tmp_path)
    try:
        install_from(made_update(tmp_path / "u"), one.machine)
        next_start(one.machine)
        new = started_in(one.machine, "b", "0.2.0", "boot-2")
        one.serve(slot="b", built=Built("0.2.0", "virt"), data=_a_mounted_folder())
        desk = one.desk
        # It begins as the kiosk of that start does: nothing was read yet.
        desk.upkeep._trial = Trial(lambda: boot_of(one.machine).on_trial())
        desk.upkeep._ask_slots()
        slots = desk.upkeep.state().slots
        assert slots is not None
        assert slots.trial
        time.sleep(2.0)
        assert desk.upkeep.blocks() == TRIED, "looked at, and still only tried"
        desk.upkeep.drawn()
        desk.wait(lambda: not boot_of(new).on_trial())
        desk.wait(lambda: not desk.upkeep.state().slots.trial)  # type: ignore[union-attr]
        desk.wait(lambda: desk.upkeep.blocks() == ())
    finally:
        one.close()
    del monkeypatch


def _a_mounted_folder() -> Path:
    """Some filesystem of this machine that can be written: it stands for the data partition."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, kind = line.partition(" - ")
        if "rw" in kind.split()[2].split(","):
            return Path(fields.split()[4])
    pytest.skip("NOT RUN: keeping a version: nothing here is mounted for writing")
