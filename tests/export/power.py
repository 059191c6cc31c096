"""An export that is cut off at a chosen call, and what is then found on the stick."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from kiosk.export.errors import ExportError
from kiosk.export.exporter import Export
from kiosk.export.growing import PART
from kiosk.export.plan import Request
from tests.drive import Drive
from tests.export import made
from tests.export.faults import faults
from tests.export.test_export_files import check_manifest, manifest_of
from tests.records.disk import PowerCut

NOW = datetime(2026, 12, 31, tzinfo=UTC)
FORMATS = frozenset({"csv", "json", "traces", "html"})
SESSIONS = 2
FILES = 3 + SESSIONS


def fill(point: Path) -> None:
    """A drive with a data folder and an older export."""
    made.kept(point / "data", SESSIONS)
    (point / "stick").mkdir()
    run(point / "data", point / "stick")


def run(data: Path, stick: Path) -> Path:
    with Export(Request(data, stick, formats=FORMATS), now=NOW, zone=UTC) as one:
        one.plan()
        return one.run().folder


class Cut:
    """What one case came to."""

    def __init__(self) -> None:
        self.cut = False
        self.told: str | None = None
        self.finished = False


def cut_at(drive: Drive, data: Path, at: int, act: Callable[[], None]) -> Cut:
    """Export, and let ``act`` happen before call ``at``; after the last one, when there is none."""
    case = Cut()

    def noted() -> None:
        case.cut = True
        act()

    with contextlib.suppress(PowerCut):
        try:
            with faults(at, noted):
                run(data, drive.point / "stick")
            case.finished = True
        except ExportError as error:
            case.told = str(error)
        if not case.cut:
            act()
    return case


def folders(drive: Drive) -> list[Path]:
    return sorted((drive.point / "stick" / "STERNWAY").iterdir())


def look(drive: Drive, case: Cut) -> None:
    """Every folder with a finished name is whole; what was said to be finished is there."""
    done = [folder for folder in folders(drive) if not folder.name.endswith(PART)]
    for folder in done:
        check_manifest(folder)
        assert len(manifest_of(folder)["files"]) == FILES
    assert len(folders(drive)) <= 2
    assert done[0].name.endswith("_1"), "the export of before stays"
    assert len(done) == 2 or not case.finished
