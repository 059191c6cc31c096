"""The guard's settings: bounds, and where it listens."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hardware.errors import SettingError
from hardware.limits import Limits
from hardware.settings import (
    SIMULATED_PINS,
    GuardSettings,
    GuardTable,
    LimitSettings,
    Pins,
    runtime_folder,
)

# Each row of safety.md: its key, the laxest value, and one that is a little laxer than that.
LAXEST = [
    ("estop_closed_s", 0.05, 0.049),
    ("runaway_over_kmh", 1.0, 1.01),
    ("runaway_s", 0.1, 0.11),
    ("rails_warn_s", 1.0, 1.01),
    ("rails_revoke_s", 3.0, 3.01),
    ("one_hand_warn_s", 2.0, 2.01),
    ("sensor_lost_s", 1.0, 1.01),
    ("sensor_healthy_s", 2.0, 1.99),
    ("overspeed_over_kmh", 0.3, 0.31),
    ("overspeed_s", 0.5, 0.51),
    ("wrong_direction_kmh", 0.2, 0.21),
    ("wrong_direction_s", 0.3, 0.31),
    ("permit_ineffective_s", 8.0, 8.01),
    ("unexpected_kmh", 0.2, 0.21),
    ("unexpected_s", 0.5, 0.51),
    ("kiosk_lost_s", 1.0, 1.01),
]


def convert(**tables: Any) -> GuardSettings:
    return msgspec.convert(tables, GuardSettings)


def test_the_defaults_are_the_interlocks() -> None:
    assert GuardSettings().to_limits() == Limits()
    assert convert() == GuardSettings()


def test_every_limit_has_a_row_here() -> None:
    assert {key for key, _, _ in LAXEST} == set(LimitSettings.__struct_fields__)


@pytest.mark.parametrize(("key", "laxest", "laxer"), LAXEST)
def test_a_limit_may_be_as_lax_as_its_bound_and_no_laxer(
    key: str, laxest: float, laxer: float
) -> None:
    assert getattr(convert(limits={key: laxest}).limits, key) == laxest
    with pytest.raises(msgspec.ValidationError, match=rf"\$\.limits\.{key}"):
        convert(limits={key: laxer})


def test_each_limit_reaches_the_interlock() -> None:
    tried = {
        "estop_closed_s": ("estop_closed_ns", 0.2),
        "runaway_over_kmh": ("runaway_over_kmh", 0.7),
        "runaway_s": ("runaway_ns", 0.05),
        "rails_warn_s": ("rails_warn_ns", 0.4),
        "rails_revoke_s": ("rails_revoke_ns", 1.5),
        "one_hand_warn_s": ("one_hand_warn_ns", 1.25),
        "sensor_lost_s": ("sensor_lost_ns", 0.3),
        "sensor_healthy_s": ("sensor_healthy_ns", 4.0),
        "overspeed_over_kmh": ("overspeed_over_kmh", 0.2),
        "overspeed_s": ("overspeed_ns", 0.25),
        "wrong_direction_kmh": ("wrong_direction_kmh", 0.1),
        "wrong_direction_s": ("wrong_direction_ns", 0.15),
        "permit_ineffective_s": ("ineffective_ns", 6.0),
        "unexpected_kmh": ("unexpected_kmh", 0.15),
        "unexpected_s": ("unexpected_ns", 0.35),
        "kiosk_lost_s": ("kiosk_lost_ns", 0.8),
    }
    assert set(tried) == set(LimitSettings.__struct_fields__)
    for key, (field, value) in tried.items():
        got = getattr(convert(limits={key: value}).to_limits(), field)
        if key == "kiosk_lost_s":
            assert got == 700_000_000, "0.1 s is kept back for the loop and the pin"
        elif field.endswith("_ns"):
            assert got == round(value * 1e9)
        else:
            assert got == value
    assert convert(treadmill={"cap_kmh": 3.5}).to_limits().site_cap_kmh == 3.5


@pytest.mark.parametrize(
    "treadmill",
    [
        {"cap_kmh": 5.01}, {"cap_kmh": 0}, {"cap_kmh": -1}, {"cap_kmh": float("nan")},
        {"cap_kmh": float("inf")}, {"cap_kmh": True}, {"cap_kmh": "4"}, {"mm_per_count": 0.49},
        {"mm_per_count": 20.1}, {"facing": "left"}, {"rails": "two"}, {"permit": "on"},
        {"invert": 1}, {"unknown": 1},
    ],
)  # fmt: skip
def test_a_treadmill_out_of_bounds_is_refused(treadmill: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        convert(treadmill=treadmill)


@pytest.mark.parametrize(
    "pins", [{"estop": 28}, {"estop": -1}, {"estop": True}, {"estop": 1.0}, {"permit": None}]
)
def test_a_pin_that_is_none_is_refused(pins: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        convert(pins=pins)


@pytest.mark.parametrize("name", ["estop_b", "rail_left", "key", "stop_button", "relay_feedback"])
def test_two_wires_on_one_pin_are_refused(name: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="both on BCM 27"):
        convert(pins={name: 27})
    with pytest.raises(SettingError, match="both on BCM 27"):
        Pins(**{name: 27})


@pytest.mark.parametrize(
    ("permit", "active_high", "refused"),
    [(0, True, True), (1, False, True), (2, True, True), (3, True, True), (3, False, False)],
)
def test_a_pin_that_the_board_itself_drives_or_pulls_on_is_no_permit(
    permit: int, active_high: bool, refused: bool
) -> None:
    pins = {"permit": permit, "permit_active_high": active_high}
    if not refused:
        assert convert(pins=pins).pins.permit == permit
        return
    with pytest.raises((SettingError, msgspec.ValidationError), match=f"permit is on BCM {permit}"):
        convert(pins=pins)


def test_the_warning_comes_before_the_stop() -> None:
    with pytest.raises(msgspec.ValidationError, match="the warning comes first"):
        convert(limits={"rails_warn_s": 0.8, "rails_revoke_s": 0.8})
    assert convert(limits={"rails_warn_s": 0.7, "rails_revoke_s": 0.8})


def test_where_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert runtime_folder() == Path(f"/tmp/sternway-{os.getuid()}")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/7")
    assert GuardSettings().socket_path(simulate=False) == Path("/run/user/7/sternway/guard.sock")
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/sternway:/run/other")
    settings = GuardSettings()
    assert settings.socket_path(simulate=False) == Path("/run/sternway/guard.sock")
    assert settings.socket_path(simulate=True) == Path("/run/sternway/guard-simulated.sock")
    assert settings.bench_path() == Path("/run/sternway/bench.sock")
    elsewhere = GuardSettings(guard=GuardTable(socket="/x/g"))
    assert elsewhere.socket_path(simulate=True) == Path("/x/g")
    assert elsewhere.bench_path() == Path("/x/bench.sock")


def test_simulated_pins_are_every_pin_of_the_bench() -> None:
    assert set(SIMULATED_PINS.numbers()) == {
        "estop", "estop_b", "rail_left", "rail_right", "stop_button", "key", "permit"
    }  # fmt: skip
