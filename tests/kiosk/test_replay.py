"""Every recording of ``tests/recordings`` through the live code, against the model's figures."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kiosk.recording import RecordingError
from kiosk.replay import replay
from tests.recordings import make

FOLDER = Path(make.__file__).parent
EXPECTED: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
CONTRACT: dict[str, dict[str, Any]] = json.loads(
    (FOLDER / "contract" / "expected.json").read_text("utf-8")
)
EVERY = [*EXPECTED, *(f"contract/{name}" for name in CONTRACT)]

WALKED_S = 0.2
"""The accuracy that contracts.md §4 asks of a replay."""
DISTANCE, DISTANCE_M = 0.005, 0.04
MAX_KMH = 0.05
SHARE_PCT = 2.5
MAX_BYTES = 170_000

Record = dict[str, Any]


@cache
def records_of(name: str) -> list[Record]:
    """What a replay leaves; each recording is played once for all tests."""
    return replay(FOLDER / f"{name}.jsonl", None)


def pairs() -> list[tuple[str, int]]:
    return [(name, n) for name, said in EXPECTED.items() for n in range(len(said["records"]))]


def found(events: list[Record], wanted: Record, after: int) -> int:
    """Where an event stands that says what is wanted, at ``after`` or later."""
    fields = {key: value for key, value in wanted.items() if key not in {"from", "to"}}
    for index, event in enumerate(events[after:], start=after):
        if all(event.get(key) == value for key, value in fields.items()):
            return index
    raise AssertionError(f"no event {fields} after number {after}: {events}")


# ---- our recordings ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXPECTED)
def test_as_many_sessions_are_kept_as_got_a_permit(name: str) -> None:
    records = records_of(name)
    assert len(records) == len(EXPECTED[name]["records"])
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
    assert (records == []) == (EXPECTED[name]["exit"] == 2)


@pytest.mark.parametrize(("name", "number"), pairs())
def test_the_figures_are_the_models(name: str, number: int) -> None:
    record, expected = records_of(name)[number], EXPECTED[name]["records"][number]
    assert record["walked_s"] == pytest.approx(expected["walked_s"], abs=WALKED_S)
    for key in expected.keys() & {"distance_m", "distance_total_m"}:
        margin = DISTANCE * abs(expected[key]) + DISTANCE_M
        # What is walked in the 0.2 s by which the time may be off is no error of distance.
        moved = abs(record["walked_s"] - expected["walked_s"]) * 3.0 / 3.6
        margin += moved if key == "distance_m" else 0.0
        assert record[key] == pytest.approx(expected[key], abs=margin), key
    if expected.get("max_kmh") is not None:
        assert record["max_kmh"] == pytest.approx(expected["max_kmh"], abs=MAX_KMH)
    for key in expected.keys() & {
        "rails_both_pct",
        "rails_one_pct",
        "rails_none_pct",
        "in_band_pct",
    }:
        assert record[key] == pytest.approx(expected[key], abs=SHARE_PCT), key
    for key, count in expected.get("frames", {}).items():
        assert record["frames"][key] == count, key


@pytest.mark.parametrize(("name", "number"), pairs())
def test_the_rest_of_the_record_is_exactly_so(name: str, number: int) -> None:
    record, expected = records_of(name)[number], EXPECTED[name]["records"][number]
    exact = {
        "outcome",
        "stop_reason",
        "reasons_seen",
        "planned_s",
        "pauses",
        "steps_total",
        "steps_completed",
        "pain_before",
        "pain_after",
        "rpe",
        "incline_pct",
        "program_id",
        "mean_kmh",
    }
    for key in expected.keys() & exact:
        assert record[key] == expected[key], key


@pytest.mark.parametrize(("name", "number"), pairs())
def test_what_happens_comes_in_time_and_never_too_early(name: str, number: int) -> None:
    events = records_of(name)[number]["events"]
    after = 0
    for wanted in EXPECTED[name]["records"][number]["events"]:
        after = found(events, wanted, after)
        assert wanted["from"] <= events[after]["t_s"] <= wanted["to"], (wanted, events[after])
        after += 1


# ---- the contract's four -------------------------------------------------------------------------


@pytest.mark.parametrize("name", CONTRACT)
def test_the_contracts_recordings(name: str) -> None:
    (record,) = records_of(f"contract/{name}")
    expected = CONTRACT[name]
    assert record["walked_s"] == pytest.approx(expected["walked_s"], abs=WALKED_S)
    for key in expected.keys() & {"outcome", "stop_reason", "planned_s"}:
        assert record[key] == expected[key]
    if "distance_m" in expected:
        margin = DISTANCE * expected["distance_m"] + DISTANCE_M
        assert record["distance_m"] == pytest.approx(expected["distance_m"], abs=margin)
    if "max_kmh" in expected:
        assert record["max_kmh"] == pytest.approx(expected["max_kmh"], abs=MAX_KMH)


@pytest.mark.parametrize(
    ("name", "reason", "earliest", "latest"),
    [
        ("estop", "estop", 17.0, 17.0 + 0.01 + 0.02),
        ("rails", "rails_released", 19.0, 19.0 + 0.02),
        ("silent", "sensor_lost", 17.5, 17.52 + 0.02),
    ],
)
def test_the_contracts_stops_come_in_time(
    name: str, reason: str, earliest: float, latest: float
) -> None:
    (record,) = records_of(f"contract/{name}")
    (revoked,) = [e for e in record["events"] if e["event"] == "permit_revoked"]
    assert revoked["reason"] == reason
    assert earliest <= revoked["t_s"] <= latest


# ---- what holds for every record -----------------------------------------------------------------

FIELDS = {
    *("session_id", "seq", "schema", "kiosk_id", "boot_id", "app_version", "sensor"),
    *("started_at", "clock_trusted", "profile_code", "profile_version", "program_id"),
    *("program_version", "planned_s", "walked_s", "distance_m", "distance_total_m", "mean_kmh"),
    *("max_kmh", "in_band_pct", "rails_both_pct", "rails_one_pct", "rails_none_pct"),
    *("incline_pct", "pauses", "steps_completed", "steps_total", "pain_before", "pain_after"),
    *("rpe", "outcome", "stop_reason", "reasons_seen", "frames", "events", "prev_hash", "hash"),
}
FOLLOWS = {
    None: {"chosen"},
    "chosen": {"briefed"},
    "briefed": {"checking"},
    "checking": {"countdown", "paused", "stopped"},
    "countdown": {"starting", "checking", "paused", "stopped"},
    "starting": {"walking", "checking", "stopped"},
    "walking": {"paused", "finishing", "stopped"},
    "paused": {"checking", "stopped"},
    "finishing": {"summary", "stopped"},
    "stopped": {"summary"},
    "summary": set(),
}


@pytest.mark.parametrize("name", EVERY)
def test_what_holds_for_every_record(name: str) -> None:
    prev_hash = "0" * 64
    for record in records_of(name):
        assert set(record) == FIELDS
        assert json.loads(json.dumps(record, allow_nan=False)) == record
        assert 0 <= record["walked_s"] <= record["planned_s"]
        assert 0 <= record["steps_completed"] <= record["steps_total"]
        assert record["distance_total_m"] >= abs(record["distance_m"]) - 0.002
        assert record["prev_hash"] == prev_hash
        prev_hash = record["hash"]
        shares = [record[f"rails_{hands}_pct"] for hands in ("both", "one", "none")]
        if record["walked_s"] == 0:
            assert shares == [None] * 3
            assert record["mean_kmh"] is record["max_kmh"] is record["in_band_pct"] is None
        else:
            assert sum(shares) == pytest.approx(100, abs=0.2)
            assert 0 <= record["in_band_pct"] <= 100
            assert record["mean_kmh"] <= record["max_kmh"] + 0.05
            walked_m = record["mean_kmh"] / 3.6 * record["walked_s"]
            assert walked_m == pytest.approx(record["distance_m"], abs=0.01)
        assert (record["outcome"] == "completed") == (record["walked_s"] == record["planned_s"])
        if record["stop_reason"] is None:
            assert record["outcome"] in {"completed", "stopped"}
        else:
            assert record["outcome"] in {"stopped", "safety_stop"}
            assert record["stop_reason"] in record["reasons_seen"]
        assert min(record["frames"].values()) >= 0


@pytest.mark.parametrize("name", EVERY)
def test_what_holds_for_the_events_of_every_record(name: str) -> None:
    for record in records_of(name):
        events = record["events"]
        times = [event["t_s"] for event in events]
        assert times == sorted(times)
        assert times[0] == 0.0
        phase, permit, walked = None, False, 0.0
        for event, until in zip(events, [*times[1:], math.inf], strict=True):
            if event["event"] == "permit_granted":
                assert not permit
                permit = True
            elif event["event"] == "permit_revoked":
                assert permit
                permit = False
            elif event["event"] == "state":
                assert event["state"] in FOLLOWS[phase], (phase, event)
                phase = event["state"]
            if phase == "walking":
                # Nobody walks without a permit; only the pass that takes it may come in between.
                assert permit or until - event["t_s"] <= 0.02
                walked += until - event["t_s"]
        assert not permit
        assert phase == "summary"
        assert walked == pytest.approx(record["walked_s"], abs=0.05)


# ---- the files -----------------------------------------------------------------------------------


def test_the_recordings_are_what_make_makes(tmp_path: Path) -> None:
    make.write(tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in FOLDER.iterdir() if path.name in made}
    assert made == kept, "python -m tests.recordings.make"
    stray = {path.stem for path in FOLDER.glob("*.jsonl") if not path.stem.endswith(".script")}
    assert stray == set(EXPECTED)


def test_the_recordings_are_small() -> None:
    for path in FOLDER.rglob("*.jsonl"):
        assert path.stat().st_size < MAX_BYTES, path.name


def test_every_recording_has_its_line_in_the_readme() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [name for name in EXPECTED if f"`{name}`" not in page] == []


# ---- the replay itself ---------------------------------------------------------------------------


def test_a_replay_says_what_was_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert replay(FOLDER / "pain_too_high.jsonl", None) == []
    told = capsys.readouterr().err
    assert "at 0.4 s: With pain of 6 out of 10" in told
    assert replay(FOLDER / "incline_locked.jsonl", None) == []
    assert "ask" in capsys.readouterr().err


def test_a_replay_keeps_its_record_where_it_is_asked_to(tmp_path: Path) -> None:
    (record,) = replay(FOLDER / "patron_button.jsonl", tmp_path / "data")
    kept = sorted(path.name for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert f"{record['session_id']}.csv" in kept
    assert "kiosk_id" in kept


def test_a_replay_twice_says_the_same() -> None:
    first, second = (replay(FOLDER / "garbage.jsonl", None)[0] for _ in range(2))
    own = {"session_id", "kiosk_id", "started_at", "hash"}
    assert {k: v for k, v in first.items() if k not in own} == {
        k: v for k, v in second.items() if k not in own
    }


def test_an_unusable_recording_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl"
    text = (FOLDER / "patron_button.jsonl").read_text(encoding="utf-8")
    path.write_text(text[: len(text) // 2], encoding="utf-8")
    with pytest.raises(RecordingError, match=rf"^{path}, line \d+: "):
        replay(path, tmp_path / "data")
