"""Power lost at a chosen call of a walk, of a recovery or of a first start, and what is then found.

One case each, on a real ext4 (``tests/drive.py``): the tests and the faults try them all.
"""

from __future__ import annotations

from pathlib import Path

from kiosk.records.chain import Record
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
        self.acknowledged: dict[str, tuple[str, str]] = {}
        """Outcome and hash of each session whose close was acknowledged."""
        self.rows_given = 0
        self.rows_kept = 0
        self.found: list[str] = []
        self.told: dict[str, tuple[str, str]] = {}
        """Outcome and hash of each session that was found."""
        self.faults: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Nothing promised is gone or doubled, at most a second of rows; what was kept, unchanged.

        A session whose close was acknowledged is still the very same one, with every row.
        """
        once = len(set(self.found)) == len(self.found) and self.promised <= set(self.found)
        same = self.acknowledged.items() <= self.told.items()
        late = self.rows_given - self.rows_kept if "s-1" in self.promised else 0
        most = 0 if "s-1" in self.acknowledged else 5
        return once and same and late <= most and not self.faults

    def hear(self, one: Bench) -> None:
        """Note the closes that the bench was told of as done."""
        for future in one.futures:
            if future.done():
                record = future.result()
                self.promised.add(record["session_id"])
                self.acknowledged[record["session_id"]] = said_of(record)


def said_of(record: Record) -> tuple[str, str]:
    return record["outcome"], record["hash"]


def walk_until_cut(drive: Drive, at: int, way: int, tried: Tried) -> None:
    tried.acknowledged = {one["session_id"]: said_of(one) for one in kept(drive.point / "data")}
    with bench(drive.point / "data") as one, disk(at, drive.cut(way), before=False):
        try:
            one.begin("s-1")
            one.clerk.work(urgent=True)
            tried.promised.add("s-1")
            one.walk_on("s-1")
            drive.lose_power(way)  # right after the last call
        except PowerCut:
            tried.cut = True
        tried.hear(one)
        tried.rows_given = one.rows_given


def look(drive: Drive, tried: Tried) -> None:
    data = drive.point / "data"
    with bench(data) as two:
        assert two.clerk.health is None
        tried.faults = two.folder.faults()
    records = kept(data)
    tried.found = [one["session_id"] for one in records]
    tried.told = {one["session_id"]: said_of(one) for one in records}
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
    """Return a disk on which a session is still open: what a recovery finds."""
    drive.renew()
    drive.mount()
    with bench(drive.point / "data") as one:
        open_session(one)
    drive.unmount()
    return drive.keep()


def cut_a_recovery(drive: Drive, left: Path, at: int, way: int) -> bool:
    """Cut the power after disk call ``at`` of a recovery, look, and say whether there was one."""
    drive.renew_from(left)
    cut = False
    tried = Tried()
    tried.promised.add("s-1")
    drive.mount()
    tried.acknowledged = {one["session_id"]: said_of(one) for one in kept(drive.point / "data")}
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
        assert tried.acknowledged.items() <= tried.told.items(), "what was kept has changed"
        assert tried.rows_kept == 5
        assert tried.faults == ()
    finally:
        drive.unmount()
    return cut


def cut_a_first_start(drive: Drive, at: int, way: int) -> bool:
    """Cut the power after disk call ``at`` of a kiosk's first start, and start it again."""
    drive.renew()
    cut = False
    tried = Tried()
    tried.promised.clear()
    data = drive.point / "new" / "data"
    drive.mount()
    try:
        with disk(at, drive.cut(way), before=False), bench(data) as one:
            try:
                one.begin("s-1")
                one.clerk.work(urgent=True)
                tried.promised.add("s-1")
                one.walk_on("s-1")
            finally:
                tried.hear(one)
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
        found = {one["session_id"]: said_of(one) for one in kept(data)}
        assert list(found) in (["s-1", "s-2"], ["s-2"])
        assert "s-1" in found or not tried.promised, "promised and gone"
        assert tried.acknowledged.items() <= found.items(), f"{tried.acknowledged} became {found}"
        assert cut or tried.acknowledged
        assert chain_fault(data) is None
    finally:
        drive.unmount()
    return cut
