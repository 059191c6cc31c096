"""The power cut at each step of what the update service does: then a whole slot starts.

The card is a model (what was not synced may be lost, in several ways), the code and the files are
real; the loader is a model of systemd-boot's rules, and of a Raspberry Pi's.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.upkeep.updater import install as installing
from kiosk.upkeep.updater.boot import boot_of
from kiosk.upkeep.updater.machine import Machine
from tests.upkeep.appliance import (
    install_from,
    made_update,
    make_machine,
    next_start,
    started_in,
)
from tests.upkeep.power import WAYS, Card, PowerCut

Act = Callable[[Machine], None]
KINDS = ("systemd", "pi")


@pytest.fixture(scope="module")
def update(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_update(tmp_path_factory.mktemp("update"))


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model says what is durable; the disk of this machine need not."""
    monkeypatch.setattr("os.fsync", lambda _file: None)


def card_of(machine: Machine) -> Card:
    return Card(machine.boot, machine.slots)


def each_cut(
    tmp_path: Path, made: Callable[[Path], Machine], act: Act, look: Callable[[Machine, bool], None]
) -> list[str]:
    """Cut ``act`` at each of its calls and after it, in each way; ``look`` at what is left."""
    first = made(tmp_path / "first")
    card = card_of(first)
    with card.cut_at(None):
        act(first)
    for number in range(card.count + 1):
        for way in WAYS:
            place = tmp_path / "one"
            machine = made(place)
            cutting = card_of(machine)
            was_cut = False
            try:
                with cutting.cut_at(number):
                    act(machine)
            except PowerCut:
                was_cut = True
            cutting.lose(way)
            assert was_cut == (number < card.count), (number, way)
            look(machine, was_cut)
            shutil.rmtree(place)
    return card.names


@pytest.mark.parametrize("kind", KINDS)
def test_an_update_cut_anywhere_leaves_what_starts_and_can_be_done_again(
    tmp_path: Path, update: Path, kind: str
) -> None:
    started: set[str] = set()

    def look(machine: Machine, was_cut: bool) -> None:
        for tryboot in (False, True):
            found = next_start(machine, tryboot=tryboot)
            assert found.is_whole
            assert was_cut or found.slot == ("b" if tryboot or kind == "systemd" else "a")
            started.add(found.slot)
        install_from(update, machine)
        found = next_start(machine, tryboot=True)
        assert (found.slot, found.is_whole) == ("b", True)

    names = each_cut(
        tmp_path,
        lambda place: make_machine(place, kind),
        lambda machine: void(install_from(update, machine)),
        look,
    )
    assert started == {"a", "b"}
    assert {"write", "fsync", "rename", "mkdir"} <= set(names)
    assert len(names) > 20


@pytest.mark.parametrize("kind", KINDS)
def test_an_update_over_one_that_failed_is_as_safe(tmp_path: Path, update: Path, kind: str) -> None:
    """The slot holds something already, and an entry that leads to it."""

    def made(place: Path) -> Machine:
        machine = make_machine(place, kind)
        install_from(update, machine)
        for _ in range(3):
            next_start(machine)
        return machine

    def look(machine: Machine, was_cut: bool) -> None:
        for tryboot in (False, True):
            assert next_start(machine, tryboot=tryboot).is_whole
        del was_cut

    names = each_cut(tmp_path, made, lambda machine: void(install_from(update, machine)), look)
    assert "unlink" in names


@pytest.mark.parametrize("kind", KINDS)
def test_keeping_a_version_cut_anywhere_leaves_what_starts(
    tmp_path: Path, update: Path, kind: str
) -> None:
    def made(place: Path) -> Machine:
        machine = make_machine(place, kind)
        install_from(update, machine)
        assert next_start(machine, tryboot=True).slot == "b"
        return started_in(machine, "b", "0.2.0", "boot-2")

    def look(machine: Machine, was_cut: bool) -> None:
        assert was_cut or not boot_of(machine).on_trial()
        for _ in range(5):
            found = next_start(machine)
            assert found.is_whole
            assert was_cut or found.slot == "b"

    each_cut(tmp_path, made, lambda machine: boot_of(machine).commit(), look)


@pytest.mark.parametrize("kind", KINDS)
def test_forgetting_a_version_cut_anywhere_leaves_what_starts(
    tmp_path: Path, update: Path, kind: str
) -> None:
    def made(place: Path) -> Machine:
        machine = make_machine(place, kind)
        install_from(update, machine)
        return started_in(machine, "a", "0.1.0", "boot-2")

    def look(machine: Machine, was_cut: bool) -> None:
        for tryboot in (False, True):
            assert next_start(machine, tryboot=tryboot).is_whole
        assert was_cut or boot_of(machine).other() == "empty"

    each_cut(tmp_path, made, lambda machine: boot_of(machine).disarm(), look)


@pytest.mark.parametrize("too_early", ["armed first", "never disarmed"])
def test_an_order_that_is_not_safe_is_found(
    tmp_path: Path, update: Path, too_early: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests above fail for the two mistakes that would matter."""
    write = installing._write

    def made(place: Path) -> Machine:
        machine = make_machine(place)
        if too_early == "never disarmed":
            install_from(update, machine)
        return machine

    def armed_first(bundle: Any, manifest: Any, machine: Machine, progress: Any) -> None:
        boot_of(machine).arm(manifest)
        write(bundle, manifest, machine, progress)

    def act(machine: Machine) -> None:
        boot = boot_of(machine)
        if too_early == "never disarmed":
            monkeypatch.setattr(boot, "disarm", lambda: None)
            monkeypatch.setattr("tests.upkeep.appliance.boot_of", lambda _machine: boot)
        else:
            monkeypatch.setattr(installing, "_write", armed_first)
        install_from(update, machine)

    def look(machine: Machine, was_cut: bool) -> None:
        monkeypatch.undo()
        monkeypatch.setattr("os.fsync", lambda _file: None)
        try:
            whole = next_start(machine).is_whole
        except FileNotFoundError:
            whole = False
        if was_cut and not whole:
            raise Unsafe

    with pytest.raises(Unsafe):
        each_cut(tmp_path, made, act, look)


class Unsafe(Exception):
    """What started was not whole."""


def void(_result: object) -> None:
    """What comes back is of no interest."""
