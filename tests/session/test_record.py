"""The record of a session: contracts.md §4, field by field and type by type."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from hardware.link import Frames, Reason
from kiosk.session.actions import Rate, Stop
from kiosk.session.record import Facts, is_traced, record_of, trace_row
from tests.session.scene import (
    HEALTHY,
    MS,
    OVER,
    PERMITTED,
    PHASES,
    S,
    Scene,
    granted,
    plan,
    stopped,
    walking,
)

FACTS = Facts(
    session_id="0197",
    kiosk_id="k-1",
    boot_id="b-1",
    app_version="0.1.0",
    started_at="2026-11-23T08:00:00.123Z",
    clock_trusted=True,
    mm_per_count=5.0,
)
NUMBER = (int, float)
NONE = type(None)
FIELDS: dict[str, tuple[type, ...]] = {
    "session_id": (str,),
    "schema": (int,),
    "kiosk_id": (str,),
    "boot_id": (str,),
    "app_version": (str,),
    "sensor": (dict,),
    "started_at": (str,),
    "clock_trusted": (bool,),
    "profile_code": (str, NONE),
    "profile_version": (int, NONE),
    "program_id": (str,),
    "program_version": (int,),
    "planned_s": NUMBER,
    "walked_s": NUMBER,
    "distance_m": NUMBER,
    "distance_total_m": NUMBER,
    "mean_kmh": (*NUMBER, NONE),
    "max_kmh": (*NUMBER, NONE),
    "in_band_pct": (*NUMBER, NONE),
    "rails_both_pct": (*NUMBER, NONE),
    "rails_one_pct": (*NUMBER, NONE),
    "rails_none_pct": (*NUMBER, NONE),
    "incline_pct": NUMBER,
    "pauses": (int,),
    "steps_completed": (int,),
    "steps_total": (int,),
    "pain_before": (int, NONE),
    "pain_after": (int, NONE),
    "rpe": (int, NONE),
    "outcome": (str,),
    "stop_reason": (str, NONE),
    "reasons_seen": (list,),
    "frames": (dict,),
    "events": (list,),
}
"""Without ``seq``, ``prev_hash`` and ``hash``: the log adds them."""


def record(scene: Scene) -> dict[str, Any]:
    return record_of(scene.walk, scene.status, FACTS)


@pytest.mark.parametrize("phase", [*PERMITTED, *OVER])
def test_the_fields_and_their_types_are_those_of_the_contract(phase: str) -> None:
    kept = record(PHASES[phase][0]())
    assert list(kept) == list(FIELDS)
    for name, types in FIELDS.items():
        assert type(kept[name]) in types, name
    assert kept["outcome"] in {"completed", "stopped", "safety_stop", "interrupted"}
    assert set(kept["sensor"]) == {"serial", "firmware", "mm_per_count"}
    assert set(kept["frames"]) == {"accepted", "rejected", "lost"}
    for event in kept["events"]:
        assert list(event)[:2] == ["t_s", "event"]
        assert {type(value) for value in event.values()} <= {str, int, float}
    assert msgspec.json.decode(msgspec.json.encode(kept)) == kept


def test_a_whole_walk_on_record() -> None:
    scene = walking(plan(0.0, 0.0, s=10.0))
    for _ in range(4):
        scene.watch(5.0, speed_kmh=1.2)
    scene.see(frames=Frames(1100, 15, 3), sensor_serial="SN7", sensor_firmware="1.2")
    scene.see(speed_kmh=0.0, at_rest=True)
    scene.revoke("finished")
    scene.do(Rate(pain=2, rpe=11))
    kept = record(scene)
    events = kept.pop("events")
    assert kept == {
        "session_id": "0197",
        "schema": 1,
        "kiosk_id": "k-1",
        "boot_id": "b-1",
        "app_version": "0.1.0",
        "sensor": {"serial": "SN7", "firmware": "1.2", "mm_per_count": 5.0},
        "started_at": "2026-11-23T08:00:00.123Z",
        "clock_trusted": True,
        "profile_code": None,
        "profile_version": None,
        "program_id": "own",
        "program_version": 1,
        "planned_s": 20.0,
        "walked_s": 20.0,
        "distance_m": 6.667,
        "distance_total_m": 6.667,
        "mean_kmh": 1.2,
        "max_kmh": 1.2,
        "in_band_pct": 100.0,
        "rails_both_pct": 100.0,
        "rails_one_pct": 0.0,
        "rails_none_pct": 0.0,
        "incline_pct": 0.0,
        "pauses": 0,
        "steps_completed": 2,
        "steps_total": 2,
        "pain_before": 3,
        "pain_after": 2,
        "rpe": 11,
        "outcome": "completed",
        "stop_reason": None,
        "reasons_seen": [],
        "frames": {"accepted": 1000, "rejected": 5, "lost": 2},
    }
    assert {"t_s": events[0]["t_s"], "event": "state", "state": "chosen"} == events[0]
    assert events[-1]["state"] == "summary"


def test_a_stop_on_record() -> None:
    kept = record(stopped())
    assert (kept["outcome"], kept["stop_reason"]) == ("safety_stop", "estop")
    assert kept["reasons_seen"] == ["estop"]
    scene = walking()
    scene.do(Stop())
    scene.revoke("patron", Reason.PATRON)
    kept = record(scene)
    assert (kept["outcome"], kept["stop_reason"]) == ("stopped", "patron")


def test_a_walk_that_never_came_to_its_end_was_interrupted() -> None:
    for scene in (granted(), walking()):
        assert record(scene)["outcome"] == "interrupted"
        assert record(scene)["stop_reason"] is None


def test_before_anything_was_walked_speeds_and_shares_are_unknown() -> None:
    kept = record(granted())
    for name in (
        "mean_kmh",
        "max_kmh",
        "in_band_pct",
        "rails_both_pct",
        "rails_one_pct",
        "rails_none_pct",
    ):
        assert kept[name] is None
    assert kept["walked_s"] == 0.0


def test_a_profile_is_named_with_its_version() -> None:
    scene = walking(msgspec.structs.replace(plan(), profile_code="P-7F3K", profile_version=3))
    assert (record(scene)["profile_code"], record(scene)["profile_version"]) == ("P-7F3K", 3)


def test_lengths_are_kept_to_the_millimetre_and_times_to_the_millisecond() -> None:
    scene = walking()
    scene.see(1_234_567_890, odometer_m=scene.status.odometer_m + 1.23456, speed_kmh=1.23456)
    kept = record(scene)
    assert (kept["walked_s"], kept["distance_m"], kept["distance_total_m"]) == (1.235, 1.235, 1.235)
    assert kept["max_kmh"] == 1.235
    assert kept["mean_kmh"] == 3.6


def test_a_guard_that_started_anew_counts_its_own_frames_only() -> None:
    scene = walking()
    scene.see(frames=Frames(40, 2, 1))
    assert record(scene)["frames"] == {"accepted": 40, "rejected": 2, "lost": 1}
    scene.see(frames=Frames(100, 10, 1))
    assert record(scene)["frames"] == {"accepted": 0, "rejected": 0, "lost": 0}


def test_without_a_status_the_sensor_is_unknown() -> None:
    kept = record_of(walking().walk, None, FACTS)
    assert kept["sensor"] == {"serial": None, "firmware": None, "mm_per_count": 5.0}
    assert kept["frames"] == {"accepted": 0, "rejected": 0, "lost": 0}


# --- the trace -----------------------------------------------------------------------------------


def test_a_row_of_the_trace() -> None:
    scene = walking(plan(0.0))
    scene.see(1234 * MS, odometer_m=scene.status.odometer_m + 0.5, speed_kmh=1.23456)
    row = trace_row(scene.session, scene.walk, scene.status, scene.now)
    assert row._asdict() == {
        "t_s": round((scene.now - scene.walk.chosen_ns) / S, 2),
        "state": "walking",
        "speed_kmh": 1.235,
        "target_low_kmh": 0.8,
        "target_high_kmh": 1.6,
        "distance_m": 0.5,
        "rail_left": 1,
        "rail_right": 1,
        "incline_pct": 0.0,
    }
    assert [type(value) for value in row] == [
        float,
        str,
        float,
        float,
        float,
        float,
        int,
        int,
        float,
    ]
    unknown = msgspec.structs.replace(HEALTHY, speed_kmh=None)
    assert trace_row(scene.session, scene.walk, unknown, scene.now).speed_kmh is None


@pytest.mark.parametrize("phase", PHASES)
def test_the_trace_is_kept_from_the_first_permit_to_the_summary(phase: str) -> None:
    scene = PHASES[phase][0]()
    assert is_traced(scene.session) is (phase in PERMITTED or phase == "stopped")
