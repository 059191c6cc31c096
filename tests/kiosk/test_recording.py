"""A recording as a file: what is read, what is refused and with what words, what is written."""

from __future__ import annotations

import json
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.link import Raw
from kiosk.recording import Config, Input, Recorder, RecordingError, read
from kiosk.replay import replay
from kiosk.session.actions import Brief, Choose, ConfirmIncline, Go, Heartbeat, Rate, Stop, Unlock
from profiles.model import Step

HEADER = '{"sternway": "recording", "version": 1}'
CONTRACT = Path(__file__).parent.parent / "recordings" / "contract"


def file(tmp_path: Path, *lines: str, header: str = HEADER) -> Path:
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join([header, *lines]), encoding="utf-8")
    return path


def inputs(path: Path) -> list[Input]:
    return list(read(path)[1])


# ---- reading -------------------------------------------------------------------------------------


def test_the_example_of_the_contract_is_read(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        r'{"t": 0.02, "belt": "$SWB,1,20000,0,0,00*7568\r\n"}',
        '{"t": 0.50, "pin": "estop", "level": 1}',
        '{"t": 1.00, "do": "choose", "program": "easy-walk", "minutes": 5}',
        '{"t": 1.10, "do": "brief", "pain": 3}',
        "",
        '{"t": 1.20, "do": "go"}',
        '{"t": 9.00, "do": "confirm_incline", "incline_pct": 5}',
        '{"t": 9.00, "do": "heartbeat", "on": false}',
        '{"t": 9.5, "do": "rate", "pain": 2, "rpe": 11}',
        header='{"sternway": "recording", "version": 1, "config": {"facing": "console", '
        '"mm_per_count": 2, "rails": "one", "site_cap_kmh": 3.0, "invert": true}}',
    )
    config, items = read(path)
    assert config == Config("console", 2, True, "one", 3.0)
    assert list(items) == [
        Input(20_000_000, belt=b"$SWB,1,20000,0,0,00*7568\r\n"),
        Input(500_000_000, pin="estop", level=True),
        Input(1_000_000_000, action=Choose(t=1.0, program="easy-walk", minutes=5)),
        Input(1_100_000_000, action=Brief(t=1.1, pain=3)),
        Input(1_200_000_000, action=Go(t=1.2)),
        Input(9_000_000_000, action=ConfirmIncline(t=9.0, incline_pct=5)),
        Input(9_000_000_000, action=Heartbeat(t=9.0, on=False)),
        Input(9_500_000_000, action=Rate(t=9.5, pain=2, rpe=11)),
    ]


def test_a_plan_of_ones_own_is_read(tmp_path: Path) -> None:
    step = '{"name": "main", "s": 30, "low_kmh": 0.8, "high_kmh": 2.0, "incline_pct": 0}'
    path = file(tmp_path, f'{{"t": 1, "do": "choose", "plan": [{step}], "cap_kmh": 4.0}}')
    (item,) = inputs(path)
    assert item.action == Choose(t=1.0, plan=(Step("main", 30.0, 0.8, 2.0, 0.0),), cap_kmh=4.0)


def test_a_header_without_a_config_has_the_usual_one(tmp_path: Path) -> None:
    config, items = read(file(tmp_path))
    assert config == Config("away", 5.0, False, "both", 4.0)
    assert list(items) == []


def test_every_byte_of_the_sensor_is_kept(tmp_path: Path) -> None:
    every = bytes(range(256))
    path = file(tmp_path, json.dumps({"t": 0, "belt": every.decode("latin-1")}))
    assert inputs(path) == [Input(0, belt=every)]


@pytest.mark.parametrize("name", ["complete", "estop", "rails", "silent"])
def test_the_recordings_of_the_contract_are_read(name: str) -> None:
    config, items = read(CONTRACT / f"{name}.jsonl")
    assert config == Config()
    assert len(list(items)) > 1000


# ---- refusing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "",
        "{}",
        "[]",
        "not JSON",
        '{"sternway": "profile", "version": 1}',
        '{"sternway": "recording"}',
        '{"sternway": "recording", "version": 2}',
        '{"sternway": "recording", "version": 1, "more": 1}',
        '{"sternway": "recording", "version": 1, "config": {"facing": "left"}}',
        '{"sternway": "recording", "version": 1, "config": {"mm_per_count": 0.4}}',
        '{"sternway": "recording", "version": 1, "config": {"mm_per_count": 20.1}}',
        '{"sternway": "recording", "version": 1, "config": {"mm_per_count": NaN}}',
        '{"sternway": "recording", "version": 1, "config": {"rails": "two"}}',
        '{"sternway": "recording", "version": 1, "config": {"site_cap_kmh": 5.1}}',
        '{"sternway": "recording", "version": 1, "config": {"site_cap_kmh": 0}}',
        '{"sternway": "recording", "version": 1, "config": {"site_cap": 3}}',
        '{"sternway": "recording", "version": 1, "config": ' + "[" * 5_000,
        '{"sternway": "recording", "version": 1, "two\\nlines": 1}',
    ],
)
def test_another_header_is_refused_in_one_line(tmp_path: Path, header: str) -> None:
    path = file(tmp_path, '{"t": 1, "do": "go"}', header=header)
    with pytest.raises(RecordingError, match=rf"^{path}, line 1: ") as refused:
        read(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "line",
    [
        "x",
        "[]",
        "{}",
        '{"t": 1}',
        '{"belt": "a"}',
        '{"t": -0.1, "belt": "a"}',
        '{"t": "1", "belt": "a"}',
        '{"t": null, "belt": "a"}',
        '{"t": NaN, "belt": "a"}',
        '{"t": 1e400, "belt": "a"}',
        '{"t": 1e7, "belt": "a"}',
        '{"t": 1, "belt": 7}',
        '{"t": 1, "belt": "€"}',
        '{"t": 1, "belt": "a", "more": 1}',
        '{"t": 1, "pin": "estop"}',
        '{"t": 1, "pin": "estop", "level": 2}',
        '{"t": 1, "pin": "relay", "level": 1}',
        '{"t": 1, "pin": "door", "level": 1}',
        '{"t": 1, "do": "jump"}',
        '{"t": -1, "do": "go"}',
        '{"t": NaN, "do": "go"}',
        '{"t": 1, "do": "brief", "pain": 11}',
        '{"t": 1, "do": "brief", "mood": 1}',
        '{"t": 1, "do": "rate", "rpe": 5}',
        '{"t": 1, "do": "choose", "cap_kmh": 5.1}',
        '{"t": 1, "do": "choose", "plan": []}',
        '{"t": 1, "do": "choose", "plan": [{"name": "a", "s": 0, "low_kmh": 1, "high_kmh": 2}]}',
        '{"t": 1, "do": "choose", "plan": [{"name": "a", "s": 9, "low_kmh": 1, "high_kmh": 6}]}',
        '{"t": 1, "do": "heartbeat"}',
        '{"t": 1, "belt": "' + "[" * 5_000,
        '{"t": ' + "[" * 5_000,
        '{"t": 1, "two\\nlines": 1}',
        '{"t": 1, "pin": "two\\nlines", "level": 1}',
    ],
)
def test_another_line_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    path = file(tmp_path, '{"t": 0, "do": "go"}', line)
    with pytest.raises(RecordingError, match=rf"^{path}, line 3: ") as refused:
        inputs(path)
    assert "\n" not in str(refused.value)


def test_time_does_not_go_back(tmp_path: Path) -> None:
    path = file(tmp_path, '{"t": 2, "do": "go"}', '{"t": 2, "do": "go"}', '{"t": 1.9, "do": "go"}')
    with pytest.raises(RecordingError, match=r"line 4: t goes back"):
        inputs(path)


def test_a_file_that_is_not_there_and_one_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"none\.jsonl: cannot be read \(No such file"):
        read(tmp_path / "none.jsonl")
    with pytest.raises(RecordingError, match=r"cannot be read \(Is a directory"):
        read(tmp_path)
    path = tmp_path / "bytes.jsonl"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecordingError, match="line 1"):
        read(path)
    path.write_bytes(HEADER.encode() + b'\n{"t": 1, "belt": "\xff"}\n')
    with pytest.raises(RecordingError, match="line 2"):
        inputs(path)


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(HEADER.encode() + b"\n" + data)
    try:
        found = inputs(path)
    except RecordingError as error:
        assert ", line " in str(error)
    else:
        assert all(item.t_ns >= 0 for item in found)


# ---- writing -------------------------------------------------------------------------------------


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_what_a_recorder_keeps_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    config = Config(facing="console", mm_per_count=2.5, rails="one", site_cap_kmh=3.5)
    recorder = Recorder(path, config)
    start = 77_000_000_000
    every = bytes(range(256))
    recorder.raw(Raw(start, belt=every))
    recorder.raw(Raw(start + 20_000_000, pin="rail_left", level=1))
    plan = (Step("main", 30.0, 0.8, 2.0, 0.0),)
    recorder.action(Choose(plan=plan, cap_kmh=2.0), start + 1_000_000_000)
    recorder.action(Unlock(role="staff", pin="4821"), start + 1_500_000_000)
    recorder.action(Stop(), start + 2_000_000_000)
    recorder.close()
    kept_config, items = read(path)
    assert kept_config == config
    assert list(items) == [
        Input(0, belt=every),
        Input(20_000_000, pin="rail_left", level=True),
        Input(1_000_000_000, action=Choose(t=1.0, plan=plan, cap_kmh=2.0)),
        Input(1_500_000_000, action=Unlock(t=1.5, role="staff")),
        Input(2_000_000_000, action=Stop(t=2.0)),
    ]
    assert "4821" not in path.read_text(encoding="utf-8"), "a PIN is not kept"


@settings(max_examples=60, deadline=None)
@given(
    came=st.lists(
        st.tuples(st.integers(0, 3_000_000_000), st.integers(0, 900_000_000)), max_size=40
    )
)
def test_what_is_told_late_is_kept_in_its_place(came: list[tuple[int, int]]) -> None:
    """Each input has a time, and comes some time after it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kept.jsonl"
        recorder = Recorder(path, Config())
        recorder.raw(Raw(0, pin="key", level=1))
        for t_ns, late_ns in sorted(came, key=lambda one: one[0] + one[1]):
            if late_ns % 2:
                recorder.action(Stop(), t_ns)
            else:
                recorder.raw(Raw(t_ns, pin="key", level=1))
        recorder.close()
        assert [one.t_ns for one in inputs(path)[1:]] == sorted(
            round(round(t_ns / 1e9, 4) * 1e9) for t_ns, _ in came
        )


def test_what_is_told_far_too_late_spoils_nothing(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "kept.jsonl", Config())
    for t_ns in (0, 5_000_000_000, 9_000_000_000, 1_000_000_000):
        recorder.raw(Raw(t_ns, pin="key", level=1))
    recorder.close()
    assert [one.t_ns for one in inputs(tmp_path / "kept.jsonl")] == [
        0,
        5_000_000_000,
        5_000_000_000,
        9_000_000_000,
    ]


def test_two_threads_write_whole_lines(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "kept.jsonl", Config())

    def write(byte: bytes) -> None:
        for _ in range(500):
            recorder.raw(Raw(0, belt=byte * 50))

    threads = [threading.Thread(target=write, args=(byte,)) for byte in (b"a", b"b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recorder.close()
    texts = [row["belt"] for row in rows(tmp_path / "kept.jsonl")[1:]]
    assert sorted(texts) == ["a" * 50] * 500 + ["b" * 50] * 500


def test_a_recording_of_a_recording_replays_the_same(tmp_path: Path) -> None:
    """A session that is kept as a file is that session again."""
    source = CONTRACT / "rails.jsonl"
    config, items = read(source)
    recorder = Recorder(tmp_path / "again.jsonl", config)
    for item in items:
        if item.action is not None:
            recorder.action(item.action, item.t_ns)
        elif item.belt is not None:
            recorder.raw(Raw(item.t_ns, belt=item.belt))
        else:
            recorder.raw(Raw(item.t_ns, pin=item.pin, level=int(item.level)))
    recorder.close()
    first, again = replay(source, None)[0], replay(tmp_path / "again.jsonl", None)[0]
    for key in ("walked_s", "distance_m", "max_kmh", "stop_reason", "events", "frames"):
        assert first[key] == again[key]


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        Recorder(tmp_path / "none" / "kept.jsonl", Config())


def test_nobodys_walk_is_played_into_a_folder_with_profiles(tmp_path: Path) -> None:
    """It would count for their progression, and hold their profile."""
    prescribed = {"code": "P-7F3K", "version": 1, "program_id": "own", "program_version": 1}
    step = {"name": "a", "s": 60, "low_kmh": 1, "high_kmh": 2}
    choice = {"t": 0, "do": "choose", "plan": [step], "cap_kmh": 2}
    choice["prescribed"] = {**prescribed, "name": "", "rails": "both"}
    path = file(tmp_path, json.dumps(choice))
    data = tmp_path / "data"
    assert replay(path, data) == []
    (data / "profiles").mkdir()
    (data / "profiles" / "profiles.json").write_text("{}")
    with pytest.raises(RecordingError, match="empty one"):
        replay(path, data)
