"""Every row with small numbers, and what it does when a part of it is not there or not right."""

from __future__ import annotations

import sqlite3
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from kiosk.bench import disk, durable, export, person
from kiosk.bench import kept as kept_module
from kiosk.bench.floors import Append, Sqlite, closing_of
from kiosk.bench.frame import Figure, Row, RowFailed, Series
from kiosk.bench.kept import Kept
from kiosk.bench.lab import FULL, QUICK, Lab
from kiosk.bench.past import session
from kiosk.bench.rows import rows
from kiosk.bench.stock import StockInsert, StockSearch
from kiosk.bench.walk import Walk
from kiosk.records.errors import DataUnusable
from kiosk.records.store import Store
from profiles.saying import saying
from tests.records.sessions import in_months


@pytest.mark.parametrize("scale", [FULL, QUICK])
def test_the_rows_have_names_of_their_own(scale: Any) -> None:
    names = [row.name for row in rows(scale)]
    assert names == [
        *("estop-pin", "estop-screen", "frame-speed", "speed-error"),
        *("session-durable", "person-last-20", "start", "idle", "walking-screen"),
        *("export", "replay", "warning-heard"),
    ]


def goals_name_figures(row: Row, figure: Figure) -> None:
    names = {one.name for one in figure.series}
    for goal in row.goals:
        assert goal.of in names
        assert goal.beside in names | set(figure.missing)


def series_of(figure: Figure) -> dict[str, Series]:
    return {one.name: one for one in figure.series}


def test_session_durable(small: Lab) -> None:
    row = durable.row(QUICK)
    figure = row.measure(small)
    goals_name_figures(row, figure)
    series = series_of(figure)
    for count in (QUICK.few, QUICK.some, QUICK.many):
        assert len(series[durable.kept_name(count)].values) == QUICK.closes
        assert len(series[f"folding {durable.kept_name(count)}"].values) == QUICK.folds
    assert len(series[durable.stock_name(QUICK.some)].values) == QUICK.stock_inserts
    assert len(series[durable.APPEND].values) == len(series[durable.SQLITE].values) == QUICK.closes
    assert all(verdict > 0 for one in figure.series for verdict in one.values)


def test_what_was_closed_is_in_the_log(small: Lab, walk: Walk) -> None:
    data = small.data(QUICK.few)
    kept = Kept("a few", data)
    try:
        kept.survey()
        record = session(walk, 7)
        closing = closing_of(record, durable.ROWS)
        kept.journal(closing)
        kept.close(closing)
        assert len(in_months(data)) == QUICK.few
        assert [*(data / "journal").iterdir()]
        assert kept.fold() > 0
        assert in_months(data)[-1].items() >= record.items()
        assert not [*(data / "journal").iterdir()]
        kept.check()
    finally:
        kept.end()


def test_the_floors_keep_the_same_bytes(small: Lab, walk: Walk) -> None:
    folder = small.new_folder("floors")
    closing = closing_of(session(walk, 7), durable.ROWS)
    (folder / "stock.json").write_text("{}")
    append = Append("append", folder / "append")
    sqlite = Sqlite("sqlite", folder / "sqlite.db", [b"{}"])
    stock = StockInsert("stock", folder / "stock.json")
    for floor in (append, sqlite, stock):
        floor.journal(closing)
        floor.close(closing)
        floor.settle()
        floor.end()
    assert (folder / "append").read_bytes() == closing.journaled + closing.closed
    database = sqlite3.connect(folder / "sqlite.db")
    kept = [bytes(one) for (one,) in database.execute("SELECT record FROM sessions")]
    database.close()
    assert kept == [b"{}", closing.closed]
    search = StockSearch(folder / "stock.json")
    try:
        [found] = search.last_of(walk.record["profile_code"], 20)[1]
    finally:
        search.end()
    assert found.items() >= closing.record.items()
    assert found.keys() - closing.record.keys() == {"seq", "prev_hash", "hash"}


def test_a_log_that_is_not_whole_has_no_figures(small: Lab) -> None:
    data = small.data(QUICK.some)
    [month, *_] = sorted((data / "log").glob("????-??.json"))
    content = month.read_bytes()
    month.unlink()
    month.write_bytes(content.replace(b'"easy-walk"', b'"easy-talk"', 1))
    kept = Kept("a broken log", data)
    try:
        kept.survey()
        with pytest.raises(RowFailed, match="a broken log is not whole"):
            kept.check()
    finally:
        kept.end()


def test_a_store_that_refuses_or_never_answers_is_a_failure(
    small: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_module, "PATIENCE_S", 0.01)
    refused: Future[None] = Future()
    refused.set_exception(DataUnusable("the disk is gone"))
    kept = Kept("a few", small.data(QUICK.few))
    try:
        with pytest.raises(RowFailed, match="a few failed: the disk is gone"):
            kept.result(refused)
        with pytest.raises(RowFailed, match="a few did not answer"):
            kept.result(Future())
    finally:
        kept.store.stop()


def test_a_log_that_cannot_be_written_is_a_failure(
    small: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "health", lambda self: (saying("The disk is full."),))
    with pytest.raises(RowFailed, match="cannot be used: The disk is full"):
        Kept("a few", small.data(QUICK.few))


def test_person_last_20(small: Lab) -> None:
    row = person.row(QUICK)
    figure = row.measure(small)
    goals_name_figures(row, figure)
    series = series_of(figure)
    assert len(series[person.FIRST].values) == QUICK.first_questions
    assert len(series[person.LATER].values) == QUICK.questions
    assert person.STOCK in series and not figure.missing


def test_an_answer_that_stock_tinydb_does_not_give_is_a_failure(
    small: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StockSearch, "last_of", lambda *_: (1.0, []))
    with pytest.raises(RowFailed, match="do not agree"):
        person.measure(small)


def test_too_little_memory_for_stock_tinydb_is_said(
    small: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "available_bytes", lambda: 1000)
    row = person.row(QUICK)
    figure = row.measure(small)
    assert "memory" in figure.missing[person.STOCK]
    assert person.STOCK not in series_of(figure)
    assert [goal.judge(series_of(figure)).met for goal in row.goals] == [None, None]


def test_export(small: Lab) -> None:
    row = export.row(QUICK)
    figure = row.measure(small)
    goals_name_figures(row, figure)
    assert {len(one.values) for one in figure.series} == {QUICK.exports}
    assert f"{QUICK.exported + 5} files" in figure.notes[0]


def test_an_export_without_cp_is_measured_and_its_ratio_is_not(
    small: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_missing", lambda: "cp")
    figure = export.measure(small)
    assert figure.missing == {export.COPY: "cp is not installed here"}
    assert [one.name for one in figure.series] == [export.OURS]


def test_an_export_that_fails_is_a_failure(small: Lab, tmp_path: Path) -> None:
    with pytest.raises(RowFailed, match=r"ended with 2: sternway: .*nowhere"):
        export._run(export._export(tmp_path / "nowhere", small.folder))
