"""The walk and the logs that the bench makes: as a kiosk would have left them."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from tinydb import TinyDB

from kiosk.__main__ import main
from kiosk.bench import durable, lab, past
from kiosk.bench.lab import QUICK, Lab, Progress
from kiosk.bench.stock import write_stock
from kiosk.bench.walk import Walk
from kiosk.library import library_of
from kiosk.records import chain
from kiosk.records.reader import LogReader
from kiosk.records.trace import HEADER
from profiles.progression import outlook
from tests.records.sessions import chain_fault, in_months


def test_the_walk_is_a_real_one(walk: Walk) -> None:
    record = walk.record
    assert record["outcome"] == "completed" and record["pauses"] == 1
    assert record["walked_s"] == pytest.approx(60 * QUICK.walk_min, abs=0.2)
    assert 60 < record["in_band_pct"] < 100 and 90 < record["rails_both_pct"] < 100
    assert {"permit_granted", "permit_revoked", "step", "state"} == {
        event["event"] for event in record["events"]
    }
    reasons = [event["reason"] for event in record["events"] if "reason" in event]
    assert reasons == ["pause", "finished"]
    rows = list(csv.DictReader(io.StringIO(walk.trace.decode())))
    assert set(rows[0]) == set(HEADER)
    walking = sum(row["state"] == "walking" for row in rows)
    assert walking == pytest.approx(5 * 60 * QUICK.walk_min, rel=0.01)


def test_a_made_log_is_whole(
    tmp_path: Path, walk: Walk, capsys: pytest.CaptureFixture[str]
) -> None:
    past.fill(tmp_path / "data", walk, 2000)
    assert main(["log", "verify", "--data", str(tmp_path / "data")]) == 0
    assert "2000 kept" in capsys.readouterr().out
    records = in_months(tmp_path / "data")
    assert [record["seq"] for record in records] == [*range(1, 2001)]
    assert records[-1]["started_at"][:10] == past.LAST_DAY.date().isoformat()
    assert [*records] == sorted(records, key=lambda record: record["started_at"])
    days = Counter(record["started_at"][:10] for record in records)
    assert max(days.values()) == past.PER_DAY and len(days) == 37
    codes = Counter(record["profile_code"] for record in records)
    assert codes.pop(None) == pytest.approx(2000 / 3, abs=1)
    assert 36 < len(codes) < 84 + 37
    assert {record["walked_s"] for record in records} == {300.0, 600.0, 900.0, 1200.0}
    assert not chain_fault(tmp_path / "data")


def test_a_made_log_has_traces_as_long_as_its_walks(tmp_path: Path, walk: Walk) -> None:
    past.fill(tmp_path / "data", walk, 12, traces=True)
    with LogReader(tmp_path / "data") as log:
        for entry in log.entries:
            trace = log.trace(entry)
            minutes = round(log.record(entry)["walked_s"] / 60)
            assert trace == past.trace_of(walk, minutes)
            assert trace is not None and trace.endswith(b"\n")


def test_a_shorter_walk_leaves_a_shorter_trace(walk: Walk) -> None:
    half = Walk({**walk.record, "planned_s": 1200.0}, walk.trace)
    short = past.trace_of(half, 5)
    assert walk.trace.startswith(short) and short.endswith(b"\n")
    assert len(short) == pytest.approx(len(walk.trace) / 4, abs=60)
    assert past.trace_of(half, 20) == past.trace_of(half, 25) == walk.trace


def test_each_measured_session_is_another(walk: Walk) -> None:
    first, second = past.session(walk, 1), past.session(walk, 2)
    assert first["session_id"] != second["session_id"]
    assert chain.hash_of(first) != chain.hash_of(second)
    assert first["started_at"][:10] > past.LAST_DAY.date().isoformat()


def test_measuring_leaves_the_made_log_as_it_was(small: Lab) -> None:
    small.data(QUICK.few)
    made = [path for path in small.folder.rglob("*") if "log-" in str(path) and path.is_file()]
    before = {path: sha256(path.read_bytes()).digest() for path in made}
    assert before
    durable.measure(small)
    assert before == {path: sha256(path.read_bytes()).digest() for path in made}


def test_kept_logs_are_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, walk: Walk
) -> None:
    keep = tmp_path / "keep"
    keep.mkdir()
    kept = []
    for run in range(2):
        with Lab(keep, QUICK, Progress(), keep=keep) as opened:
            assert len(in_months(opened.data(QUICK.few))) == QUICK.few, run
        kept.append([path.name for path in keep.iterdir()])
        assert len(kept[0]) == 1
        assert kept[run] == kept[0]
        monkeypatch.setattr(lab.past, "fill", None)  # the second run must not need it


def test_stock_tinydb_reads_the_file_that_is_written_for_it(tmp_path: Path) -> None:
    documents = [{"a": 1}, {"b": "x, y"}, {"c": None}]
    size = write_stock(tmp_path / "stock.json", (json.dumps(one).encode() for one in documents))
    assert size == (tmp_path / "stock.json").stat().st_size
    with TinyDB(tmp_path / "stock.json") as database:
        assert [dict(one) for one in database] == documents
        assert database.insert({"d": 4}) == 4


def test_the_profiles_that_are_made_are_patients_who_could_walk(small: Lab) -> None:
    data = small.data(QUICK.few)
    small.add_patients(data)
    library = library_of(data)
    assert len(library.all()) == QUICK.patients
    found = library.find("P-10004", "0003")
    assert found is not None
    today = outlook(found.prescription, found.state, [], date.today())
    assert today.may_walk
    assert today.walk.cap_kmh == 2.5
    assert not [*data.glob("*.sternway.json")], "PINs lie nowhere as people type them"
