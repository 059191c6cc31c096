"""The files of an export: layout, manifest, contents, ranges, empty and single logs."""

from __future__ import annotations

import hashlib
import itertools
import json
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB, where

from kiosk.export import FORMATS, exporter
from kiosk.export.errors import NoRoom, NotVerified, SourceFailed, Unusable, WriteFailed
from kiosk.export.exporter import Done, Export
from kiosk.export.plan import Request, Who
from kiosk.export.progress import Progress
from kiosk.export.target import Target
from kiosk.staff.words import plan_in_words
from profiles.saying import plain
from tests.export import made
from tests.export.conftest import Kept

NOW = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)


def export(data: Path, stick: Path, **more: Any) -> Done:
    with Export(Request(data, stick, **more), now=NOW, zone=UTC) as one:
        return one.run()


def manifest_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return found


def check_manifest(folder: Path) -> None:
    """Every file is listed with its size and hash, and nothing else is there."""
    listed = {file["path"]: file for file in manifest_of(folder)["files"]}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert there == {*listed, "manifest.json"}
    for path, file in listed.items():
        content = (folder / path).read_bytes()
        assert file == {
            "path": path,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }


def test_the_layout_is_the_contracts(kept: Kept, stick: Path) -> None:
    done = export(kept.data, stick)
    assert done.folder == stick / "STERNWAY" / f"{made.KIOSK}_2026-12-31_1"
    names = {path.name for path in done.folder.iterdir()}
    assert names == {
        *("sessions.csv", "sessions.json", "traces"),
        *("report.html", "report.pdf", "manifest.json"),
    }
    manifest = manifest_of(done.folder)
    assert list(manifest) == [
        *("schema", "kiosk_id", "app_version", "made_at", "identified", "files"),
    ]
    assert manifest["kiosk_id"] == made.KIOSK
    assert manifest["made_at"] == "2026-12-31T23:59:00.000Z"
    assert manifest["identified"] is False
    check_manifest(done.folder)
    sessions = json.loads((done.folder / "sessions.json").read_text())
    assert len(sessions) == done.sessions == 40
    traces = {path.stem for path in (done.folder / "traces").iterdir()}
    assert traces == {session["session_id"] for session in sessions}
    assert not list(stick.rglob("*.part"))


def test_a_second_export_takes_the_next_number(kept: Kept, stick: Path) -> None:
    first = export(kept.data, stick, formats=frozenset({"csv"}))
    (stick / "STERNWAY" / f"{made.KIOSK}_2026-12-31_2.part").mkdir()
    second = export(kept.data, stick, formats=frozenset({"csv"}))
    assert first.folder.name.endswith("_1")
    assert second.folder.name.endswith("_3")


@pytest.mark.parametrize(("who", "persons"), [("guests", False), ("profiles", True)])
def test_guests_alone_or_profiles_alone(kept: Kept, stick: Path, who: Who, persons: bool) -> None:
    everybody = export(kept.data, stick).sessions
    some = export(kept.data, stick, who=who)
    sessions = json.loads((some.folder / "sessions.json").read_text())
    assert 0 < len(sessions) == some.sessions < everybody
    assert all((one["profile_code"] is not None) is persons for one in sessions)
    traces = {path.stem for path in (some.folder / "traces").iterdir()}
    assert traces == {session["session_id"] for session in sessions}


def test_guests_alone_of_some_days(kept: Kept, stick: Path) -> None:
    day = made.START.date()
    both = export(kept.data, stick, who="guests", since=day, until=day + timedelta(days=9))
    assert 0 < both.sessions < export(kept.data, stick, who="guests").sessions


@pytest.mark.parametrize("name", FORMATS)
def test_only_what_was_asked_for_is_written(kept: Kept, stick: Path, name: str) -> None:
    folder = export(kept.data, stick, formats=frozenset({name})).folder
    file = {"csv": "sessions.csv", "json": "sessions.json", "traces": "traces"}.get(
        name, f"report.{name}"
    )
    assert {path.name for path in folder.iterdir()} == {file, "manifest.json"}
    check_manifest(folder)


def test_an_empty_log_is_exported_as_empty_files(tmp_path: Path, stick: Path) -> None:
    data = tmp_path / "data"
    made.kept(data, 0)
    folder = export(data, stick).folder
    assert json.loads((folder / "sessions.json").read_text()) == []
    assert (folder / "sessions.csv").read_bytes().count(b"\r\n") == 1
    assert b"There is no session" in (folder / "report.html").read_bytes()
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")
    check_manifest(folder)


def test_one_session(tmp_path: Path, stick: Path) -> None:
    data = tmp_path / "data"
    made.kept(data, 1)
    folder = export(data, stick).folder
    (session,) = json.loads((folder / "sessions.json").read_text())
    assert session["session_number"] == 1
    assert session["day"] == 0
    check_manifest(folder)


def test_numbers_and_events_arrive_as_they_are_and_nothing_else(kept: Kept, stick: Path) -> None:
    sessions = json.loads((export(kept.data, stick).folder / "sessions.json").read_text())
    assert sorted(s["walked_s"] for s in sessions) == sorted(r["walked_s"] for r in kept.records)
    events = {event["event"] for session in sessions for event in session["events"]}
    assert events == {"permit_granted", "state", "step", "permit_revoked"}
    assert {key for s in sessions for event in s["events"] for key in event} == {
        *("t_s", "event", "state", "index", "reason"),
    }
    assert {s["program_id"] for s in sessions} == {"easy-walk", "own"}


def test_people_keep_one_code_and_their_days_count_from_their_first(
    kept: Kept, stick: Path
) -> None:
    sessions = json.loads((export(kept.data, stick).folder / "sessions.json").read_text())
    by_walk = {record["walked_s"]: record for record in kept.records}
    codes: dict[str, str] = {}
    firsts: dict[str, date] = {}
    for record in kept.records:
        if record["profile_code"]:
            day = date.fromisoformat(record["started_at"][:10])
            firsts.setdefault(record["profile_code"], day)
    for session in sessions:
        record = by_walk[session["walked_s"]]
        person = record["profile_code"]
        if person is None:
            assert session["profile_code"] is session["day"] is session["session_number"] is None
            continue
        assert codes.setdefault(person, session["profile_code"]) == session["profile_code"]
        day = date.fromisoformat(record["started_at"][:10])
        assert session["day"] == (day - firsts[person]).days
    assert len(set(codes.values())) == len(made.PEOPLE)


def test_a_range_keeps_the_days_of_the_whole_log(kept: Kept, stick: Path) -> None:
    since, until = date(2026, 11, 6), date(2026, 11, 8)
    folder = export(kept.data, stick, since=since, until=until).folder
    sessions = json.loads((folder / "sessions.json").read_text())
    expected = [
        record
        for record in kept.records
        if since <= date.fromisoformat(record["started_at"][:10]) <= until
    ]
    assert len(sessions) == len(expected) > 0
    assert max(session["day"] or 0 for session in sessions) > 3


def test_an_unsure_clock_gives_no_day(tmp_path: Path, stick: Path) -> None:
    data = tmp_path / "data"

    def change(number: int, one: dict[str, Any]) -> None:
        one["profile_code"] = "P-7F3K"
        if number == 0:
            one |= {"clock_trusted": False, "started_at": "1970-01-01T00:00:09.000Z"}

    made.kept(data, 4, change)
    sessions = json.loads((export(data, stick).folder / "sessions.json").read_text())
    assert [(s["session_number"], s["day"]) for s in sessions] == [
        (1, None),
        (2, 0),
        (3, 0),
        (4, 1),
    ]


def test_sessions_whose_day_is_not_sure_are_told_where_the_days_leave_them_out(
    tmp_path: Path, stick: Path
) -> None:
    """Also where somebody's clock stood within these days: those leave with the others."""
    data = tmp_path / "data"
    unsure = {
        0: (None, "1970-01-01T00:00:09.000Z"),
        1: ("P-7F3K", "2031-01-01T00:00:09.000Z"),
        2: ("P-7F3K", "2026-11-03T09:00:00.000Z"),
    }

    def change(number: int, one: dict[str, Any]) -> None:
        one["profile_code"] = None
        if number in unsure:
            one["clock_trusted"] = False
            one["profile_code"], one["started_at"] = unsure[number]
        if number == 3:
            one["started_at"] = "2026-11-99T00:00:00.000Z"
        if number == 4:
            one["started_at"] = "2026-12-01T09:00:00.000Z"

    made.kept(data, 6, change)
    days = {"since": date(2026, 11, 1), "until": date(2026, 11, 30)}
    for asked, sessions, told in (
        (days, 2, 3),
        ({"since": date(2026, 11, 1)}, 4, 2),
        ({"until": date(2026, 11, 30)}, 3, 2),
        ({**days, "who": "guests"}, 1, 2),
        ({**days, "who": "profiles"}, 1, 1),
        ({}, 6, 0),
    ):
        with Export(Request(data, stick, **asked), now=NOW, zone=UTC) as one:  # type: ignore[arg-type]
            plan = one.plan()
        assert (plan.sessions, plan.unsure) == (sessions, told), asked
        notes = [str(note) for note in plan_in_words(plan, protected=False).notes]
        words = f"Left out, because their day is not sure: {told}. Choose all days to have them."
        assert notes == ([words] if told else [])


def test_a_value_of_another_type_leaves_as_unknown(tmp_path: Path, stick: Path) -> None:
    data = tmp_path / "data"

    def change(number: int, one: dict[str, Any]) -> None:
        one |= {"walked_s": "Sam", "pain_before": "Sam", "outcome": "Sam", "stop_reason": "Sam"}
        one |= {"frames": "Sam", "events": ["Sam", {"event": "Sam"}], "reasons_seen": ["Sam"]}
        one["profile_version"] = True

    made.kept(data, 1, change)
    folder = export(data, stick).folder
    assert b"Sam" not in b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    (session,) = json.loads((folder / "sessions.json").read_text())
    assert session["walked_s"] is session["outcome"] is session["profile_version"] is None
    assert session["stop_reason"] == "other"


def test_the_plan_is_near_and_never_too_small(kept: Kept, stick: Path) -> None:
    with Export(Request(kept.data, stick), now=NOW) as one:
        plan = one.plan()
        done = one.run()
    assert plan.sessions == 40
    assert plan.people == 3
    assert plan.guests == 10
    assert plan.obstacle is None
    assert plan.fits
    assert done.bytes <= plan.needed_bytes
    assert 0.5 < done.bytes / plan.bytes < 1.1
    assert [file.path for file in plan.files] == [
        *("sessions.csv", "sessions.json", "traces/", "report.html", "report.pdf", "manifest.json"),
    ]


def test_progress_ends_at_the_whole(kept: Kept, stick: Path) -> None:
    told: list[Progress] = []
    with Export(Request(kept.data, stick), now=NOW) as one:
        one.run(told.append)
    assert [one.phase for one in told if one.phase != told[0].phase][-1] == "done"
    assert told[-1].bytes_done == told[-1].bytes_total
    assert told[-1].seconds_left == 0
    assert all(a.bytes_done <= b.bytes_done for a, b in itertools.pairwise(told))


def test_a_target_that_cannot_be_is_refused(kept: Kept, stick: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for to in (tmp_path / "gone", tmp_path / "file", kept.data, kept.data / "log"):
        with pytest.raises(Unusable, match=str(to)):
            Export(Request(kept.data, to))
    with pytest.raises(Unusable, match="log could not be read"):
        Export(Request(tmp_path / "nothing", stick))
    with pytest.raises(Unusable, match="xml"):
        Export(Request(kept.data, stick, formats=frozenset({"xml"})))
    with pytest.raises(Unusable, match="swap"):
        Export(Request(kept.data, stick, since=date(2026, 2, 2), until=date(2026, 1, 1)))
    assert not list(stick.iterdir())


def test_a_link_on_the_stick_is_not_followed(kept: Kept, stick: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (stick / "STERNWAY").symlink_to(tmp_path / "elsewhere")
    with Export(Request(kept.data, stick)) as one, pytest.raises(WriteFailed, match="not a folder"):
        one.run()
    # One that appears after the plan as well.
    (stick / "STERNWAY").unlink()
    with Export(Request(kept.data, stick)) as one:
        one.plan()
        (stick / "STERNWAY").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(WriteFailed):
            one.run()
    assert not list((tmp_path / "elsewhere").iterdir())


def test_what_does_not_fit_is_not_begun(
    kept: Kept, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    real = os.statvfs(stick)
    fields = {name: getattr(real, name) for name in dir(real) if name.startswith("f_")}
    small = type("Small", (), {**fields, "f_bavail": 3})()
    monkeypatch.setattr(os, "statvfs", lambda path: small)
    with Export(Request(kept.data, stick)) as one:
        plan = one.plan()
        assert not plan.fits
        assert plan.obstacle is not None
        assert "does not fit" in plain(plan.obstacle)
        with pytest.raises(NoRoom, match="does not fit"):
            one.run()
    assert not list(stick.iterdir())


def test_a_broken_month_is_named_and_the_rest_is_exported(tmp_path: Path, stick: Path) -> None:
    data = tmp_path / "data"

    def change(number: int, one: dict[str, Any]) -> None:
        if number < 2:
            one["started_at"] = one["started_at"].replace("2026-11", "2026-10")

    made.kept(data, 5, change)
    month = data / "log" / "2026-10.json"
    month.write_bytes(month.read_bytes()[:-40])
    month.with_name("2026-10.json.bak").unlink(missing_ok=True)
    before = made.tree_hash(data)
    done = export(data, stick)
    assert done.sessions == 4, "the first of its two can still be read"
    assert "log/2026-10.json is broken: what can be read of it was read." in map(str, done.faults)
    assert made.tree_hash(data) == before


@pytest.mark.parametrize("formats", [frozenset({"csv"}), frozenset({"json"})])
def test_a_record_that_was_changed_is_told(
    tmp_path: Path, stick: Path, formats: frozenset[str]
) -> None:
    data = tmp_path / "data"
    made.kept(data, 3)
    assert not export(data, stick, formats=formats).faults
    with TinyDB(data / "log" / "2026-11.json") as database:
        database.table("sessions").update({"distance_m": 9999.0}, where("seq") == 2)
    done = export(data, stick, formats=formats)
    assert tuple(map(str, done.faults)) == ("Record 2 was changed: its hash does not fit.",)


def test_records_that_are_missing_are_told(tmp_path: Path, stick: Path) -> None:
    data = tmp_path / "data"
    made.kept(data, 5)
    with TinyDB(data / "log" / "2026-11.json") as database:
        database.table("sessions").remove(where("seq").one_of([2, 5]))
    done = export(data, stick)
    assert done.sessions == 3
    assert tuple(map(str, done.faults)) == (
        "Record 2 is missing from the log.",
        "Record 5 is missing from the log.",
    )


def test_the_generation_before_a_broken_one_is_read(tmp_path: Path, stick: Path) -> None:
    data = tmp_path / "data"
    made.kept(data, 4)
    made.kept(data, 1)
    (data / "log" / "2026-11.json").write_bytes(b"\0" * 100)
    done = export(data, stick)
    assert done.sessions == 4
    assert [fault for fault in done.faults if "broken" in str(fault)]


def test_a_log_that_is_written_over_while_it_is_read_is_told(tmp_path: Path, stick: Path) -> None:
    data = tmp_path / "data"
    made.kept(data, 3)
    with Export(Request(data, stick)) as one:
        (data / "log" / "2026-11.json").write_bytes(b" " * 100_000)
        with pytest.raises(SourceFailed, match="Nothing of it is left"):
            one.run()
    assert not list((stick / "STERNWAY").iterdir())


def test_a_log_that_goes_on_is_exported_as_it_was(tmp_path: Path, stick: Path) -> None:
    data = tmp_path / "data"
    made.kept(data, 3)
    with Export(Request(data, stick)) as one:
        made.kept(data, 2)
        assert one.run().sessions == 3


def test_a_byte_that_flips_on_the_stick_is_found(kept: Kept, stick: Path) -> None:
    def flip(progress: Progress) -> None:
        if progress.phase == "checking":
            (path,) = stick.rglob("sessions.json")
            with path.open("r+b") as file:
                file.seek(1000)
                byte = file.read(1)
                file.seek(1000)
                file.write(bytes([byte[0] ^ 1]))

    with (
        Export(Request(kept.data, stick)) as one,
        pytest.raises(NotVerified, match=r"sessions\.json"),
    ):
        one.run(flip)
    assert not list((stick / "STERNWAY").iterdir())


def test_a_manifest_that_is_not_what_was_meant_is_found(
    kept: Kept, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Target.sync_folders

    def spoil(self: Target) -> None:
        real(self)
        for path in stick.rglob("manifest.json"):
            path.write_bytes(
                path.read_bytes().replace(b'"identified": false', b'"identified": xalse')
            )

    monkeypatch.setattr(Target, "sync_folders", spoil)
    with Export(Request(kept.data, stick)) as one, pytest.raises(NotVerified, match="manifest"):
        one.run()
    assert not list((stick / "STERNWAY").iterdir())


def test_a_trace_that_is_too_short_on_the_stick_is_found(kept: Kept, stick: Path) -> None:
    def cut(progress: Progress) -> None:
        if progress.phase == "checking":
            path = next(stick.rglob("S*.csv"))
            path.write_bytes(path.read_bytes()[:-1])

    with Export(Request(kept.data, stick)) as one, pytest.raises(NotVerified, match=r"traces/S"):
        one.run(cut)


def test_no_thread_and_no_file_stays_open(kept: Kept, stick: Path) -> None:
    threads, files = threading.active_count(), len([*Path("/proc/self/fd").iterdir()])
    export(kept.data, stick)
    assert threading.active_count() == threads
    assert len([*Path("/proc/self/fd").iterdir()]) == files


def test_the_manifest_is_named_once() -> None:
    assert exporter.MANIFEST == "manifest.json"
