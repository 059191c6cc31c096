"""Power lost at a chosen call of a walk, of a recovery or of a first start, and what is then found.

One case each, on a real ext4 (``tests/drive.py``): the tests and the faults try them all.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.drive import Drive
from tests.records.bench import Bench, bench
from tests.records.disk import PowerCut, disk
from tests.records.sessions import chain_fault, kept, rows, so_far, trace_kept


def fill(point: Path) -> None:
    """A drive with one session in the log."""
    with bench(point / "data") as one:
        one.walk("s-0")


class Tried:
    """What one case came to."""

    def __init__(self) -> None:
        self.cut = False
        self.promised = {"s-0"}
        self.rows_given = 0
        self.rows_kept = 0
        self.found: list[str] = []
        self.faults: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Nothing that was promised is gone or doubled, and at most a second of rows."""
        once = len(set(self.found)) == len(self.found) and self.promised <= set(self.found)
        late = self.rows_given - self.rows_kept if "s-1" in self.promised else 0
        return once and late <= 5 and not self.faults


def walk_until_cut(drive: Drive, at: int, way: int, tried: Tried) -> None:
    with bench(drive.point / "data") as one, disk(at, drive.cut(way), before=False):
        try:
            one.begin("s-1")
            one.clerk.work(urgent=True)
            tried.promised.add("s-1")
            one.walk_on("s-1")
            drive.lose_power(way)  # right after the last call
        except PowerCut:
            tried.cut = True
        if any(future.done() for future in one.futures):
            tried.promised.add("s-1")
        tried.rows_given = one.rows_given


def look(drive: Drive, tried: Tried) -> None:
    data = drive.point / "data"
    with bench(data) as two:
        assert two.clerk.health is None
        tried.faults = two.folder.faults()
    records = kept(data)
    tried.found = [one["session_id"] for one in records]
    assert chain_fault(data) is None
    for one in records:
        lines = [line["t_s"] for line in trace_kept(data, one["session_id"])]
        assert lines == [str(number / 5) for number in range(len(lines))]
        assert one["outcome"] == "interrupted" or len(lines) == 10
        if one["session_id"] == "s-1":
            tried.rows_kept = len(lines)


def try_cut(drive: Drive, at: int, way: int) -> Tried:
    """Walk a session, cut the power after disk call ``at``, mount again and look."""
    drive.renew()
    tried = Tried()
    drive.mount()
    try:
        walk_until_cut(drive, at, way, tried)
    finally:
        drive.unmount()
    drive.mount()
    try:
        look(drive, tried)
    finally:
        drive.unmount()
    return tried


def open_session(one: Bench) -> None:
    """Walk a second of a session that nobody closes."""
    one.begin("s-1")
    one.clerk.append(rows(0, 5), so_far("s-1", 1.0))
    one.clerk.work(urgent=True)


def leave_open(drive: Drive) -> Path:
    """Return an image on which a session is still open: what a recovery finds."""
    drive.renew()
    drive.mount()
    with bench(drive.point / "data") as one:
        open_session(one)
    drive.unmount()
    left = drive.image.with_suffix(".open")
    shutil.copyfile(drive.image, left)
    return left


def cut_a_recovery(drive: Drive, left: Path, at: int, way: int) -> bool:
    """Cut the power after disk call ``at`` of a recovery, look, and say whether there was one."""
    shutil.copyfile(left, drive.image)
    cut = False
    tried = Tried()
    tried.promised.add("s-1")
    drive.mount()
    try:
        with disk(at, drive.cut(way), before=False), bench(drive.point / "data"):
            pass
    except PowerCut:
        cut = True
    finally:
        drive.unmount()
    drive.mount()
    try:
        look(drive, tried)
        assert tried.found == ["s-0", "s-1"]
        assert tried.rows_kept == 5
        assert tried.faults == ()
    finally:
        drive.unmount()
    return cut


def cut_a_first_start(drive: Drive, at: int, way: int) -> bool:
    """Cut the power after disk call ``at`` of a kiosk's first start, and start it again."""
    drive.renew()
    cut = False
    data = drive.point / "new" / "data"
    drive.mount()
    try:
        with disk(at, drive.cut(way), before=False), bench(data) as one:
            one.walk("s-1")
    except PowerCut:
        cut = True
    finally:
        drive.unmount()
    drive.mount()
    try:
        with bench(data) as two:
            assert two.folder.faults() == ()
            assert two.clerk.health is None
            two.walk("s-2")
        found = [one["session_id"] for one in kept(data)]
        assert found == ["s-1", "s-2"] or (cut and found == ["s-2"])
        assert chain_fault(data) is None
    finally:
        drive.unmount()
    return cut
