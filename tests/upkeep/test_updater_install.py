"""A whole update over files: sticks that lie, cards that forget, tries and the way back."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.upkeep.updater import disk
from kiosk.upkeep.updater.boot import boot_of
from kiosk.upkeep.updater.install import Standing, install, keep, standing
from kiosk.upkeep.updater.machine import Machine
from kiosk.upkeep.updater.words import (
    CANCELLED,
    DATA_READ_ONLY,
    NO_BOOT_ROOM,
    NOT_KEPT,
    NOT_THE_APPLIANCE,
    NOT_WHOLE,
    NOT_WRITTEN,
    SLOT_IN_USE,
    UpdateError,
)
from tests.upkeep.appliance import (
    KERNEL,
    NEW_ROOT,
    OLD_ROOT,
    install_from,
    made_update,
    make_machine,
    next_start,
    opened,
    started_in,
)

KINDS = ("systemd", "pi")


@pytest.fixture(params=KINDS)
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    return make_machine(tmp_path / "machine", request.param)


@pytest.fixture(scope="module")
def update(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_update(tmp_path_factory.mktemp("update"))


def refused(update: Path, machine: Machine, progress: Any = lambda *_: None) -> UpdateError:
    with pytest.raises(UpdateError) as found, opened(update, machine) as bundle:
        install(bundle, machine, boot_of(machine), progress)
    return found.value


def all_of(machine: Machine) -> dict[str, bytes]:
    """Everything on the card."""
    return {
        str(path): path.read_bytes()
        for folder in (machine.boot, machine.slots)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_new_version_is_tried_and_kept(update: Path, machine: Machine) -> None:
    phases: list[tuple[str, int, int]] = []
    boot = boot_of(machine)
    with opened(update, machine) as bundle:
        install(bundle, machine, boot, lambda *told: phases.append(told))
    total = len(NEW_ROOT) + sum(map(len, KERNEL.values()))
    for phase in ("checking", "writing", "reading"):
        assert [done for name, done, of in phases if name == phase][-1] == total
    assert standing(machine, boot) == Standing("0.1.0", "virt", "a", False, "waiting", "0.2.0")
    started = next_start(machine, tryboot=True)
    assert (started.slot, started.is_whole) == ("b", True)
    new = started_in(machine, "b", "0.2.0", "boot-2")
    assert boot_of(new).on_trial()
    boot_of(new).commit()
    assert standing(new, boot_of(new)) == Standing("0.2.0", "virt", "b", False, "good", None)
    assert [next_start(machine).slot for _ in range(5)] == ["b"] * 5
    # And back the other way: the next update goes into slot a.
    back = made_update(update.parent / "next", version="0.3.0")
    install_from(back, new)
    assert standing(new, boot_of(new)).other_version == "0.3.0"
    assert next_start(machine, tryboot=True).slot == "a"


def test_a_version_that_never_comes_up_is_left_after_three_tries(
    tmp_path: Path, update: Path
) -> None:
    machine = make_machine(tmp_path / "machine")
    install_from(update, machine)
    assert [next_start(machine).slot for _ in range(6)] == ["b", "b", "b", "a", "a", "a"]
    boot = boot_of(machine)
    assert standing(machine, boot) == Standing("0.1.0", "virt", "a", False, "failed", "0.2.0")
    boot.disarm()
    assert standing(machine, boot).other == "empty"
    assert next_start(machine).slot == "a"


def test_on_a_pi_it_is_one_try_and_a_fall_back_is_known(tmp_path: Path, update: Path) -> None:
    machine = make_machine(tmp_path / "machine", "pi")
    boot = install_from(update, machine)
    boot.begin_try()
    assert boot.other() == "waiting"
    assert machine.reboot_param.read_bytes() == b"0 tryboot"
    assert [next_start(machine, tryboot=flag).slot for flag in (True, False)] == ["b", "a"]
    back = started_in(machine, "a", "0.1.0", "boot-3")
    assert standing(back, boot_of(back)).other == "failed"
    kept = (machine.boot / "config.txt").read_text()
    assert "arm_64bit=1" in kept
    tried = started_in(machine, "b", "0.2.0", "boot-2")
    boot_of(tried).commit()
    assert (machine.boot / "config.txt").read_text() == kept.replace("/a/", "/b/")
    assert not (machine.boot / "tryboot.txt").exists()


def test_on_a_pi_an_update_waits_until_somebody_restarts_for_it(
    tmp_path: Path, update: Path
) -> None:
    """Switched off over night, or its plug pulled: it was not tried, and did not fail."""
    machine = make_machine(tmp_path / "machine", "pi")
    install_from(update, machine)
    for boot_id in ("boot-1", "boot-2", "boot-3"):
        assert not machine.reboot_param.exists()
        later = started_in(machine, "a", "0.1.0", boot_id)
        assert standing(later, boot_of(later)).other == "waiting"
        assert next_start(machine).slot == "a"
    for boot_id in ("boot-4", "boot-5"):
        later = started_in(machine, "a", "0.1.0", boot_id)
        assert boot_of(later).other() == ("waiting" if boot_id == "boot-4" else "failed")
        boot_of(later).begin_try()  # asked for again after a restart that did not come
        boot_of(later).begin_try()
        assert boot_of(later).other() == "waiting"
        assert machine.reboot_param.read_bytes() == b"0 tryboot"
        machine.reboot_param.unlink()
        assert next_start(machine, tryboot=True).slot == "b"
    failed = started_in(machine, "a", "0.1.0", "boot-6")
    assert standing(failed, boot_of(failed)).other == "failed"
    boot_of(failed).disarm()
    assert boot_of(failed).other() == "empty"


def test_a_pi_s_text_that_windows_wrote_is_understood(tmp_path: Path, update: Path) -> None:
    machine = make_machine(tmp_path / "machine", "pi")
    config = machine.boot / "config.txt"
    config.write_bytes(config.read_bytes().replace(b"\n", b"\r\n"))
    install_from(update, machine)
    assert b"os_prefix=sternway/b/\n" in (machine.boot / "tryboot.txt").read_bytes()
    tried = started_in(machine, "b", "0.2.0", "boot-2")
    assert boot_of(tried).on_trial()
    boot_of(tried).commit()
    assert not boot_of(tried).on_trial()
    assert next_start(machine).slot == "b"


def test_a_pi_whose_text_names_no_slot_takes_no_update(tmp_path: Path) -> None:
    machine = make_machine(tmp_path / "machine", "pi")
    config = machine.boot / "config.txt"
    config.write_text(config.read_text().replace("os_prefix=", "#os_prefix="))
    with pytest.raises(UpdateError) as told:
        boot_of(machine)
    assert told.value.said == (NOT_THE_APPLIANCE,)


def test_the_running_slot_is_never_touched(update: Path, machine: Machine) -> None:
    slot = machine.device("a").read_bytes()
    kernel = {path: path.read_bytes() for path in machine.kernel_folder("a").iterdir()}
    install_from(update, machine)
    assert machine.device("a").read_bytes() == slot
    assert {path: path.read_bytes() for path in machine.kernel_folder("a").iterdir()} == kernel
    assert slot.startswith(OLD_ROOT)


def test_nothing_is_written_before_all_of_it_was_checked(update: Path, machine: Machine) -> None:
    spoiled = update.with_name("spoiled")
    content = bytearray(update.read_bytes())
    content[-20_000] ^= 1  # in the root, the last part
    spoiled.write_bytes(content)
    before = all_of(machine)
    assert refused(spoiled, machine).said == (NOT_WHOLE,)
    assert all_of(machine) == before


def test_a_stick_that_answers_differently_the_second_time(
    update: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = os.pread, 0

    def lying(file: int, count: int, at: int) -> bytes:
        nonlocal seen
        found = real(file, count, at)
        seen += count
        if seen > update.stat().st_size + 10_000 and count > 100_000:
            return bytes([found[0] ^ 1]) + found[1:]
        return found

    monkeypatch.setattr(os, "pread", lying)
    assert refused(update, machine).said == (NOT_WHOLE,)
    monkeypatch.undo()
    assert boot_of(machine).other() == "empty"
    for tryboot in (False, True):
        found = next_start(machine, tryboot=tryboot)
        assert (found.slot, found.is_whole) == ("a", True)


@pytest.mark.parametrize("file", ["b", "linux"])
def test_a_card_that_forgets_what_was_written(
    update: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """A worn card takes everything, and gives back what was there before."""
    real = disk.write_slot if file == "b" else disk.write_file

    def forgets(path: Path, chunks: Iterator[bytes], *rest: Any) -> None:
        kept = [bytearray(chunk) for chunk in chunks]
        if path.name == file:
            kept[0][5] ^= 1
        real(path, iter(kept), *rest)  # type: ignore[operator]

    monkeypatch.setattr(disk, real.__name__, forgets)
    assert refused(update, machine).said == (NOT_KEPT,)
    assert boot_of(machine).other() == "empty"
    assert next_start(machine, tryboot=True).slot == "a"


def test_a_card_that_fails(update: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_file: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fails)
    said = refused(update, machine).said
    assert said[0] == NOT_WRITTEN
    assert "Input/output error" in str(said[1])
    monkeypatch.undo()
    assert next_start(machine, tryboot=True).slot == "a"


def test_it_can_be_stopped_at_any_time(update: Path, machine: Machine) -> None:
    def stop_in(wanted: str) -> Any:
        def progress(phase: str, done: int, total: int) -> None:
            if phase == wanted:
                raise UpdateError(CANCELLED)

        return progress

    for phase in ("checking", "writing", "reading"):
        assert refused(update, machine, stop_in(phase)).said == (CANCELLED,)
        assert next_start(machine, tryboot=True).slot == "a"


def test_a_boot_partition_without_room(
    update: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.statvfs

    class Full:
        def __init__(self, found: os.statvfs_result) -> None:
            self.f_frsize, self.f_bavail = found.f_frsize, 3

    monkeypatch.setattr(os, "statvfs", lambda path: Full(real(path)))
    before = all_of(machine)
    assert refused(update, machine).said == (NO_BOOT_ROOM,)
    assert all_of(machine) == before


def test_a_slot_that_is_in_use(update: Path, machine: Machine) -> None:
    """Both names lead to one partition, which then is the running one."""
    machine.device("b").unlink()
    machine.device("b").symlink_to(machine.device("a"))
    before = all_of(machine)
    assert refused(update, machine).said == (SLOT_IN_USE,)
    assert all_of(machine) == before


def test_it_is_kept_only_with_a_data_partition_that_can_be_written(
    tmp_path: Path, machine: Machine
) -> None:
    """The made-up data folder is no mounted partition; the real root of this machine is one."""
    boot = boot_of(machine)
    with pytest.raises(UpdateError) as found:
        keep(machine, boot)
    assert found.value.said == (DATA_READ_ONLY,)
    del tmp_path
