"""What de-identified means: every byte of every file, and every name, is searched."""

from __future__ import annotations

import json
import re
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.export.exporter import Export
from kiosk.export.plan import Request
from kiosk.export.tables import BOM
from kiosk.export.traces import clean
from kiosk.records.trace import to_csv
from tests.export import made
from tests.export.conftest import Kept

NOW = datetime(2027, 5, 9, 21, 43, 7, tzinfo=UTC)
DATES = re.compile(rb"20\d\d[-/.]?[01]\d[-/.]?[0-3]\d|[012]?\d:[0-5]\d:[0-5]\dZ?|\b1970\b")


def exported(kept: Kept, stick: Path) -> Path:
    with Export(Request(kept.data, stick), now=NOW) as one:
        return one.run().folder


def everything(folder: Path) -> dict[str, bytes]:
    """Every file but the manifest, a PDF's streams unpacked, and each name as a file of its own."""
    found = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        found[f"name of {name}"] = name.encode()
        if path.is_file() and name != "manifest.json":
            found[name] = path.read_bytes()
        if path.suffix == ".pdf":
            for number, stream in enumerate(
                re.findall(rb"stream\r?\n(.*?)\r?\nendstream", path.read_bytes(), re.DOTALL)
            ):
                unpacked = zlib.decompressobj()
                try:
                    found[f"{name} stream {number}"] = unpacked.decompress(stream)
                except zlib.error:
                    continue
    return found


def forbidden(kept: Kept) -> set[bytes]:
    texts: set[str] = {
        *(made.KIOSK, made.BOOT, made.SERIAL, "SER-88412", made.VERSION, "fw-4.4.1", "5.0625"),
        *(*made.PEOPLE, "Sam", "Samantha", made.OWN_PLAN, "größte", "gr\\u00f6\\u00dfte"),
    }
    for record in kept.records:
        session_id = record["session_id"]
        texts |= {session_id, session_id[:8], session_id.replace("-", "")}
        texts |= {record["hash"], record["hash"][:12], record["started_at"]}
        texts |= {record["started_at"][:10], record["started_at"][11:19], record["started_at"][:7]}
    return {text.encode() for text in texts}


def test_nothing_forbidden_is_in_any_byte_or_name(kept: Kept, stick: Path) -> None:
    files = everything(exported(kept, stick))
    words = forbidden(kept)
    assert len(words) > 200
    for name, content in files.items():
        for word in words:
            assert word not in content, (name, word)
            assert word.decode().encode("utf-16-be") not in content, (name, word)


def test_no_date_and_no_time_of_day_is_in_any_file(kept: Kept, stick: Path) -> None:
    for name, content in everything(exported(kept, stick)).items():
        if name.endswith((".ttf", ".pdf")) or "stream" in name:
            continue  # glyph tables hold any figures; a PDF's dates are looked at below
        # The session's own clock, as in 12:34, has no hours; the embedded script formats it.
        found = [hit for hit in DATES.findall(content) if not content.startswith(b"<!doctype")]
        assert not found, (name, found)


def test_the_page_holds_no_date(kept: Kept, stick: Path) -> None:
    page = (exported(kept, stick) / "report.html").read_bytes()
    assert not re.findall(rb"20\d\d-\d\d|\d\d:\d\d:\d\d", page)


def test_the_pdf_was_made_at_no_time(kept: Kept, stick: Path) -> None:
    content = (exported(kept, stick) / "report.pdf").read_bytes()
    assert set(re.findall(rb"D:(\d{8})", content)) == {b"20000101"}


def test_the_number_in_the_log_and_the_hashes_are_no_fields(kept: Kept, stick: Path) -> None:
    folder = exported(kept, stick)
    header = (folder / "sessions.csv").read_text(encoding="utf-8-sig").splitlines()[0].split(",")
    keys = {key for one in json.loads((folder / "sessions.json").read_text()) for key in one}
    for fields in (set(header), keys):
        assert not fields & {
            *("seq", "hash", "prev_hash", "kiosk_id", "boot_id", "app_version"),
            *("sensor", "sensor_serial", "started_at", "name", "display_name"),
        }


def test_two_exports_share_no_code(kept: Kept, tmp_path: Path) -> None:
    codes = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        sessions = json.loads((exported(kept, tmp_path / name) / "sessions.json").read_text())
        codes.append(
            {s["session_id"] for s in sessions} | {s["profile_code"] for s in sessions} - {None}
        )
    assert len(codes[0]) == 43
    assert not codes[0] & codes[1]


def test_the_order_says_nothing_of_who_came_after_whom(kept: Kept, tmp_path: Path) -> None:
    """By person, each one's sessions in turn; guests in no order; another one each time."""
    orders = []
    walked = [record["walked_s"] for record in kept.records]
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        sessions = json.loads((exported(kept, tmp_path / name) / "sessions.json").read_text())
        orders.append([s["walked_s"] for s in sessions])
        people = [s["profile_code"] for s in sessions]
        assert people == sorted(people, key=lambda code: code or "~")
        for person in set(people) - {None}:
            numbers = [s["session_number"] for s in sessions if s["profile_code"] == person]
            assert numbers == sorted(numbers)
    assert walked not in orders
    assert orders[0][-10:] != orders[1][-10:] or orders[0][-10:] != orders[2][-10:]


def test_only_the_manifest_and_the_folder_know_the_kiosk(kept: Kept, stick: Path) -> None:
    folder = exported(kept, stick)
    assert made.KIOSK in folder.name
    knowing = [
        p.name for p in folder.rglob("*") if p.is_file() and made.KIOSK in p.read_text("latin-1")
    ]
    assert knowing == ["manifest.json"]


TOLD = "A trace was changed: what can be read of it was read."


def test_a_trace_of_another_shape_is_cut_down(tmp_path: Path, stick: Path) -> None:
    data = tmp_path / "data"
    (record,) = made.kept(data, 1)
    trace = data / "traces" / f"{record['session_id']}.csv"
    lines = trace.read_text().splitlines()
    lines[0] += ",wall_clock"
    lines[1:] = [line + ",2026-11-03T08:12:34Z" for line in lines[1:]]
    lines[3] = lines[3].replace("starting", "Sam").replace(",1,", ",2026-11-03,", 1)
    trace.write_text("\n".join(lines) + "\n")
    with Export(Request(data, stick), now=NOW) as one:
        done = one.run()
    assert [str(fault) for fault in done.faults] == [TOLD]
    (found,) = (done.folder / "traces").iterdir()
    content = found.read_bytes()
    assert b"2026" not in content
    assert b"Sam" not in content
    assert content.count(b"\r\n") == len(lines)
    assert content.splitlines()[0].endswith(b"rail_right,incline_pct")


@pytest.mark.parametrize("mode", ["-3.5", "2026-11-03", "1:30"])
def test_a_trace_holds_numbers_only(mode: str) -> None:
    good = to_csv(made.rows(12))
    changed = good.replace(b"walking,1.4,", b"walking," + mode.encode() + b",")
    assert changed != good
    assert (mode.encode() in clean(changed)) == (mode == "-3.5")


@pytest.mark.parametrize("place", ["early", "late"])
def test_a_flipped_bit_costs_a_trace_one_cell_and_is_told(
    tmp_path: Path, stick: Path, place: str
) -> None:
    """One that makes a quote: to csv all that follows were one cell, which may be too large."""
    data = tmp_path / "data"
    (record,) = made.kept(data, 1)
    trace = data / "traces" / f"{record['session_id']}.csv"
    good = to_csv(made.rows(10_000))
    at = good.index(b",2.0,", 500 if place == "early" else len(good) - 60_000)
    broken = bytearray(good)
    broken[at + 1] ^= 0x10
    trace.write_bytes(broken)
    with Export(Request(data, stick, formats=frozenset({"traces", "html"})), now=NOW) as one:
        done = one.run()
    assert [str(fault) for fault in done.faults] == [TOLD]
    (found,) = (done.folder / "traces").iterdir()
    content = found.read_bytes().removeprefix(BOM).replace(b"\r\n", b"\n")
    assert content == good[: at + 1] + good[at + 4 :], "that cell is unknown, the rest is there"


@pytest.mark.parametrize("content", [b"\0" * 9000, b"\xff" * 9000, b"", b"\n", b'"' * 200_000])
def test_of_a_trace_that_is_none_its_header_is_left(content: bytes) -> None:
    assert clean(content) == to_csv([])
