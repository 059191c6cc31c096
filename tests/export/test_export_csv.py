"""The CSV as others read it: Python's reader, a reader that guesses types, a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.export.exporter import Export
from kiosk.export.fields import DEIDENTIFIED, IDENTIFIED
from kiosk.export.people import Who
from kiosk.export.plan import Request
from kiosk.export.shape import row_of
from kiosk.export.tables import BOM, csv_chunks, defused, json_chunks
from tests.export import made
from tests.export.conftest import Kept

NASTY = [
    *("=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|'/C calc'!A0", "\uff1d1+1"),
    *('say "hi"', "a,b", "a\r\nb", "größer", "日本", "'quoted", "", "-", "−3", "1E5", " =1"),
]


def read(content: bytes) -> list[list[str]]:
    assert content.startswith(BOM)
    return [*csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)]


def undone(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell


@pytest.mark.parametrize("text", NASTY)
def test_a_text_comes_back_and_is_never_run(text: str) -> None:
    ((cell,),) = read(b"".join(csv_chunks(["name"], [[text]])))[1:] or [("",)]
    assert undone(cell) == text
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"))


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    assert undone(defused(text)) == text
    text = text.encode("utf-8", "replace").decode()
    found = read(b"".join(csv_chunks(["a", "b"], [["x", text]])))
    assert [undone(cell) for cell in found[1]] == ["x", text]


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_a_number_stays_a_number(value: float) -> None:
    (_header, (cell, _)) = read(b"".join(csv_chunks(["a", "b"], [[value, None]])))
    assert type(value)(cell) == value


def test_it_is_rfc_4180(kept: Kept, stick: Path) -> None:
    with Export(Request(kept.data, stick)) as one:
        folder = one.run().folder
    for path in [folder / "sessions.csv", *(folder / "traces").iterdir()]:
        content = path.read_bytes()
        assert content.startswith(BOM)
        assert content.endswith(b"\r\n")
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", content)
        assert len({len(row) for row in read(content)}) == 1


def guessed(column: list[str]) -> type:
    """The type that pandas would give a column, with empty cells as unknown."""
    known = [cell for cell in column if cell]
    for kind in (int, float):
        try:
            [kind(cell) for cell in known]
        except ValueError:
            continue
        return kind
    return bool if set(known) <= {"true", "false"} else str


def test_every_column_has_its_type(kept: Kept, stick: Path) -> None:
    with Export(Request(kept.data, stick)) as one:
        folder = one.run().folder
    header, *rows = read((folder / "sessions.csv").read_bytes())
    assert header == [field.name for field in DEIDENTIFIED]
    types = {
        name: guessed(column) for name, column in zip(header, zip(*rows, strict=True), strict=True)
    }
    texts = {name for name, kind in types.items() if kind is str}
    assert texts == {
        *("session_id", "profile_code", "program_id", "outcome", "stop_reason", "reasons_seen"),
    }
    assert types["clock_trusted"] is bool
    assert types["pauses"] is types["day"] is int
    assert types["walked_s"] is float
    distances = {float(row[header.index("distance_m")]) for row in rows}
    assert -0.012 in distances, "a real negative number stays one"


def test_it_says_the_same_as_the_json(kept: Kept, stick: Path) -> None:
    with Export(Request(kept.data, stick)) as one:
        folder = one.run().folder
    header, *rows = read((folder / "sessions.csv").read_bytes())
    sessions = json.loads((folder / "sessions.json").read_text())
    for row, session in zip(rows, sessions, strict=True):
        flat = dict(zip(header, row, strict=True))
        for name, value in session.items():
            if name == "frames":
                assert {k: int(flat[f"frames_{k}"]) for k in value} == value
            elif name == "reasons_seen":
                assert flat[name].split() == value
            elif name != "events":
                assert flat[name] == ("" if value is None else _text(value)), name


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_json_is_an_array_however_many() -> None:
    for count in (0, 1, 2, 3000):
        documents = [b'{"n":%d,"x":"%s"}' % (n, b"y" * 200) for n in range(count)]
        found = json.loads(b"".join(json_chunks(documents)))
        assert [one["n"] for one in found] == [*range(count)]


def test_a_serial_like_a_formula_is_defused_in_an_identified_table() -> None:
    record = made.record(1, random.Random(1), datetime(2026, 11, 3, tzinfo=UTC))
    row = row_of(record, Who("s", "p", 1, 0), identified=True)
    names = [field.name for field in IDENTIFIED]
    _header, cells = read(b"".join(csv_chunks(names, [row])))
    assert cells[names.index("sensor_serial")] == "'" + made.SERIAL
    assert cells[names.index("sensor_mm_per_count")] == "5.0625"


def in_libreoffice(path: Path, folder: Path) -> list[list[tuple[str, str]]]:
    """Open a CSV in LibreOffice Calc; return its rows as (type, text) of each cell."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    words = [
        *(office, "--headless", "--norestore", f"-env:UserInstallation={(folder / 'o').as_uri()}"),
        *("--infilter=CSV:44,34,76,1", "--convert-to", "fods", "--outdir", str(folder), str(path)),
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    space = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
    table, office, text = (space % name for name in ("table", "office", "text"))
    rows = []
    # Made a moment ago by LibreOffice out of our own table.
    for row in ElementTree.parse(folder / f"{path.stem}.fods").iter(f"{table}table-row"):
        cells: list[tuple[str, str]] = []
        for cell in row.iter(f"{table}table-cell"):
            count = int(cell.get(f"{table}number-columns-repeated", "1"))
            assert cell.get(f"{table}formula") is None, "a spreadsheet would run this"
            shown = "\n".join("".join(part.itertext()) for part in cell.iter(f"{text}p"))
            cells += [(cell.get(f"{office}value-type", ""), shown)] * min(count, 100)
        rows.append(cells)
    return rows


def test_libreoffice_opens_it_with_its_types_and_runs_nothing(kept: Kept, tmp_path: Path) -> None:
    names = [field.name for field in IDENTIFIED]
    records = kept.records[: len(NASTY)]
    rows = []
    for record, nasty in zip(records, NASTY, strict=True):
        changed = record | {"app_version": nasty, "distance_m": -0.012}
        rows.append(row_of(changed, Who("S", "P-1", 1, 0), identified=True))
    path = tmp_path / "sessions.csv"
    path.write_bytes(b"".join(csv_chunks(names, rows)))
    header, *found = in_libreoffice(path, tmp_path)
    assert [shown for _kind, shown in header[: len(names)]] == names
    assert len([cells for cells in found if cells[0][1] == "S"]) == len(rows)
    for cells, row, nasty in zip(found, rows, NASTY, strict=False):
        for name, (kind, shown), value in zip(names, cells, row, strict=False):
            if isinstance(value, int | float) and not isinstance(value, bool):
                assert kind == "float", (name, value, shown)
            elif isinstance(value, bool):
                assert shown.lower() == str(value).lower()
            elif value is None:
                assert shown == ""
        kind, shown = cells[names.index("app_version")]
        if nasty.strip() and nasty[0] in "=+-@\t\r\n\uff1d":
            assert (kind, shown[0]) == ("string", "'"), nasty


def test_the_dictionary_lists_every_column() -> None:
    """kiosk/export/README.md: name, unit and meaning of each column, in their order."""
    page = (Path(__file__).parents[2] / "kiosk/export/README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", page, re.MULTILINE)
    expected = [
        (field.name, field.unit, field.meaning, "yes" if field.open else "") for field in IDENTIFIED
    ]
    assert [tuple(cell.strip() for cell in row) for row in listed] == expected
