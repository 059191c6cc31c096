"""The few points of a trace that are kept beside it: used for its very bytes, or made anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.records.chart import Chart, chart_of, kept_chart
from kiosk.records.reader import LogReader
from tests.records.bench import bench
from tests.records.sessions import trace_bytes


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with bench(tmp_path) as one:
        one.walk("s-1")
    return tmp_path


def kept_of(data: Path) -> object:
    with LogReader(data) as log:
        [entry] = log.entries
        trace = log.trace(entry)
        assert trace is not None
        log.expect(entry)
        found = log.chart(entry, trace)
        return None if found is None else found.chart


def test_a_folded_session_has_the_chart_of_its_trace(data: Path) -> None:
    trace = trace_bytes(data, "s-1")
    assert trace is not None
    made = chart_of(trace)
    assert isinstance(made, Chart)
    assert kept_of(data) == made


def test_a_chart_is_for_its_very_trace(data: Path) -> None:
    path = data / "traces" / "s-1.csv"
    path.write_bytes(path.read_bytes().replace(b"1.5", b"1.6", 1))
    assert kept_of(data) is None


@pytest.mark.parametrize("content", [b"", b"\0" * 99, b"{}", b"[1]", b'{"version":1,"of":3}'])
def test_a_chart_that_is_none_is_made_anew(data: Path, content: bytes) -> None:
    (data / "charts" / "s-1.json").write_bytes(content)
    assert kept_of(data) is None


def test_another_versions_chart_is_not_believed(data: Path) -> None:
    path = data / "charts" / "s-1.json"
    path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":2'))
    assert kept_of(data) is None


def test_a_link_is_not_followed(data: Path) -> None:
    path = data / "charts" / "s-1.json"
    path.rename(data / "elsewhere.json")
    path.symlink_to(data / "elsewhere.json")
    assert kept_of(data) is None


def test_a_folder_without_charts_serves_its_traces(data: Path) -> None:
    (data / "charts" / "s-1.json").unlink()
    (data / "charts").rmdir()
    assert kept_of(data) is None
    assert kept_chart(str(data / "charts" / "s-1.json"), b"") is None
    with bench(data) as one:
        one.walk("s-2")
    assert (data / "charts" / "s-2.json").exists()
