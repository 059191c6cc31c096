"""The panel on gpiozero's real lgpio factory, over a chip that is made up and keeps a diary."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hardware.errors import PinError
from hardware.gpiochip import open_header
from hardware.off import NOTE, drive_off, note, noted
from hardware.panel import Panel, PermitOutput
from hardware.settings import GuardSettings, Pins, Treadmill
from tests.hardware.chip import OUTPUT, PULL_UP, Chip


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: Any) -> Chip:
    chip = Chip()
    chip.install(monkeypatch, tmp_path_factory.mktemp("dev"))
    return chip


PINS = Pins(estop_b=18, stop_button=24, key=25)
INPUTS = [17, 18, 22, 23, 24, 25]


def test_on_the_real_factory(chip: Chip) -> None:
    wakes: list[int] = []
    reported: list[BaseException] = []
    factory = open_header()
    assert type(factory).__name__ == "LGPIOFactory"
    permit = PermitOutput(PINS, Treadmill(), factory)
    assert {call[0] for call in chip.diary if call[1] != 27} == set(), "the permit's pin is first"
    assert all(value == 0 for call, pin, value in chip.diary if call in {"output", "write"})
    assert chip.modes[27] == OUTPUT
    panel = Panel(PINS, factory, permit, wake=lambda: wakes.append(1), report=reported.append)
    for pin in INPUTS:
        assert ("input", pin, PULL_UP) in chip.diary
        assert ("alert", pin, 3) in chip.diary, "both edges"
        assert chip.modes[pin] & PULL_UP, "listening for edges keeps the pull-up"
    assert not [call for call in chip.diary if call[0] == "debounce" and call[2]]

    for pin in (17, 18):
        chip.edge(pin, 0)
    panel.levels()
    assert panel.levels()["estop"] is True
    assert permit.apply(True, permit.token())
    assert chip.levels[27] == 1
    token = permit.token()
    chip.edge(17, 1)
    assert chip.levels[27] == 0
    assert panel.levels()["estop"] is False
    assert not permit.apply(True, token)
    assert chip.levels[27] == 0
    assert wakes
    assert reported == []

    for pin in (17, 18):  # closed twice: between them it was open, and that edge got lost
        chip.edge(17, 0)
        panel.levels()
        assert permit.apply(True, permit.token())
        chip.edge(pin, 0)
        assert chip.levels[27] == 0
        levels = panel.levels()
        assert (levels["estop"], levels["estop_b"]) == (pin != 17, pin != 18)

    panel.close()
    permit.apply(True, permit.token())
    chip.diary.clear()
    permit.close()
    assert chip.diary[0] == ("write", 27, 0), "off before it lets go"
    factory.close()


@pytest.mark.parametrize(("active_high", "off"), [(True, 0), (False, 1)])
def test_the_stop_step_drives_the_pin_off_and_keeps_it(
    chip: Chip, active_high: bool, off: int
) -> None:
    chip.levels[27] = 1 - off  # as a killed guard leaves it
    factory = open_header()
    held = drive_off(GuardSettings(pins=Pins(permit_active_high=active_high)), factory)
    assert held is not None
    assert chip.levels[27] == off
    assert chip.modes[27] == OUTPUT
    held.close()
    factory.close()


def test_a_site_without_the_pin_has_nothing_to_drive(chip: Chip) -> None:
    assert drive_off(GuardSettings(treadmill=Treadmill(permit="none"))) is None
    assert chip.diary == []


OTHER = GuardSettings(pins=Pins(permit=6, permit_active_high=False))


def test_a_service_s_guard_notes_what_it_is_about_to_drive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    assert noted() is None, "no guard was there"
    note(OTHER)
    assert noted() == OTHER
    assert [path.name for path in tmp_path.iterdir()] == [NOTE], "whole, or not there"
    for damaged in (b"", b"{", b'{"pins": {"permit": 99}}', b'{"pins": {"permit": 17}}'):
        (tmp_path / NOTE).write_bytes(damaged)
        assert noted() is None
    monkeypatch.delenv("RUNTIME_DIRECTORY")
    note(OTHER)
    assert noted() is None, "whoever starts a guard by hand has no stop step"


def test_it_is_noted_before_the_pin_is_claimed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chip: Chip
) -> None:
    from hardware.guard import run_guard

    seen: list[GuardSettings | None] = []

    def claimed() -> None:
        seen.append(noted())
        raise PinError("made up")

    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    monkeypatch.setattr("hardware.guard.open_header", claimed)
    assert run_guard(OTHER, simulate=False) == 1
    assert seen == [OTHER]


STOP_STEP = """
import os
import sys
from pathlib import Path

import pytest
from tests.hardware.chip import Chip

chip = Chip()
chip.levels[6] = 0  # a killed guard left the active-low relay on
chip.install(pytest.MonkeyPatch(), Path(sys.argv[2]))
leave = os._exit
def told(status):
    print(chip.diary, chip.levels[6], flush=True)
    leave(status)
os._exit = told
from kiosk.__main__ import main
status = main(["guard", "--off", "--config", sys.argv[1]])
print(chip.diary, chip.levels[6])
sys.exit(status)
"""


@pytest.mark.parametrize(
    ("settings", "has_note", "status", "level"),
    [
        ("[pins]\npermit = 6\npermit_active_high = false\n", False, 0, 1),
        ("[pins]\npermit = 6\npermit_active_high = flase\n", False, 2, 0),
        ("[pins]\npermit = 6\npermit_active_high = flase\n", True, 0, 1),
        ("[pins]\npermit = 22\nrail_left = 27\n", True, 0, 1),
    ],
    ids=["settings", "nothing known", "only the note", "settings changed since"],
)
def test_the_stop_step_believes_the_note_then_the_settings_and_never_guesses(
    tmp_path: Path, settings: str, has_note: bool, status: int, level: int
) -> None:
    file = tmp_path / "sternway.toml"
    file.write_text(settings)
    if has_note:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
            note(OTHER)
    done = subprocess.run(
        [sys.executable, "-c", STOP_STEP, str(file), str(tmp_path / "dev")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=dict(os.environ, RUNTIME_DIRECTORY=str(tmp_path)),
    )
    assert done.returncode == status, done.stderr
    assert done.stdout.strip().endswith(str(level))
    if status:
        assert done.stdout.startswith("[]"), "no pin is touched"
        assert "line 3" in done.stderr


def test_a_line_that_somebody_else_holds_is_named(chip: Chip) -> None:
    # gpiozero keeps a pin for the object that failed to claim it: each has its own here.
    pins = Pins(estop=5, rail_left=6, rail_right=12, permit=13)
    chip.held.add(6)
    factory = open_header()
    permit = PermitOutput(pins, Treadmill(), factory)
    with pytest.raises(PinError) as said:
        Panel(pins, factory, permit, wake=lambda: None, report=lambda _: None)
    assert str(said.value) == (
        "pins.rail_left cannot be claimed ('GPIO busy'); is another program using it?"
    )
    permit.close()
    factory.close()


def test_the_stop_step_says_it_in_a_line_where_a_guard_lives(chip: Chip) -> None:
    chip.held.add(16)
    with pytest.raises(PinError, match=r"^pins\.permit cannot be claimed \('GPIO busy'\)"):
        drive_off(GuardSettings(pins=Pins(permit=16)))
