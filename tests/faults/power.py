"""Group 1: the power is lost after every call that changes the disk, a real ext4 and a strict one.

The strict disk (``tests/strict.py``) keeps no more than was asked of it. It shows what an ext4
keeps unasked, and needs no root.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from kiosk.care.books import Book
from kiosk.preferences.kept import Kept
from profiles.kiosk_key import KioskKey
from tests.drive import NAMES, NOTHING, Drive, drive_with
from tests.faults.frame import Case, Lab, Part, need, need_root
from tests.profiles import power as of_profiles
from tests.profiles.written import library_in
from tests.records import power as of_records
from tests.records.bench import bench
from tests.records.disk import PowerCut, disk
from tests.strict import STRICT_WAYS, strict_with

WAYS = {"nothing": NOTHING, "names": NAMES}
CutAt = Callable[[Drive, int, int], bool | None]
"""Cuts the power at a call, in a way, judges what is left, and says whether there was such a call;
None where nobody can say."""


class Folders:
    """Enough of pytest's factory for :func:`tests.drive.drive_with`."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def mktemp(self, name: str) -> Path:
        # The drive is an image: what is below it need not be a disk.
        return self._lab.new_folder(name, in_memory=True)


def cuts(
    lab: Lab, fill: Callable[[Path], None], count: Callable[[Path], int], cut_at: CutAt
) -> Iterator[Case]:
    """Yield a case for each call of some work and each way in which a disk forgets.

    ``count`` does the work in a plain folder that ``fill`` filled, and returns how many calls it
    takes: so many cases there are, whether or not they can be run here. On the strict disk, too.
    """

    def made() -> Drive:
        need_root("losing power on a real disk")
        need("mkfs.ext4", "e2fsprogs")
        return drive_with(Folders(lab), fill)  # type: ignore[arg-type]

    drive = lab.once(made)
    strict = lab.once(lambda: strict_with(lab.new_folder("strict", in_memory=True), fill))
    plain = lab.new_folder("count", in_memory=True)
    fill(plain)
    calls = count(plain)
    for ways, disk_of in ((WAYS, drive), (STRICT_WAYS, strict)):
        numbered = [(name, way, at) for name, way in ways.items() for at in range(calls + 1)]
        for name, way, at in lab.some(numbered, 3):

            def cut(
                _dice: random.Random,
                way: int = way,
                at: int = at,
                disk_of: Callable[[], Drive] = disk_of,
            ) -> None:
                was_cut = cut_at(disk_of(), at, way)
                # Else the end would never be tried: what is promised then.
                assert was_cut is None or was_cut == (at < calls), "not as many calls as counted"

            yield Case(f"{name}.{at}", cut)


def closing(lab: Lab) -> Iterator[Case]:
    def count(point: Path) -> int:
        with bench(point / "data") as one, disk() as found:
            one.walk("s-1")
        return found.count

    def cut_at(drive: Drive, at: int, way: int) -> bool:
        tried = of_records.try_cut(drive, at, way)
        assert tried.whole, vars(tried)
        if not tried.cut:
            assert tried.found == ["s-0", "s-1"]
        return tried.cut

    return cuts(lab, of_records.fill, count, cut_at)


def recovery(lab: Lab) -> Iterator[Case]:
    left: dict[Drive, Path] = {}

    def count(point: Path) -> int:
        with bench(point / "data") as one:
            of_records.open_session(one)
        with disk() as found, bench(point / "data"):
            pass
        return found.count

    def cut_at(drive: Drive, at: int, way: int) -> bool:
        if drive not in left:
            left[drive] = of_records.leave_open(drive)
        return of_records.cut_a_recovery(drive, left[drive], at, way)

    return cuts(lab, of_records.fill, count, cut_at)


def first_start(lab: Lab) -> Iterator[Case]:
    def count(point: Path) -> int:
        with disk() as found, bench(point / "new" / "data") as one:
            one.walk("s-1")
        return found.count

    return cuts(lab, lambda _: None, count, of_records.cut_a_first_start)


def _of_profiles(
    lab: Lab,
    work: of_profiles.Work,
    judge: Callable[[Path, bool], None],
    fill: Callable[[Path], None] = of_profiles.fill,
) -> Iterator[Case]:
    def count(point: Path) -> int:
        library = library_in(point / "data")
        library.all()
        with disk() as found:
            work(library)
        return found.count

    def cut_at(drive: Drive, at: int, way: int) -> bool:
        return of_profiles.cut_at(drive, at, way, work, judge)

    return cuts(lab, fill, count, cut_at)


def importing(lab: Lab) -> Iterator[Case]:
    work = of_profiles.importing(lab.new_folder("stick"))
    return _of_profiles(lab, work, of_profiles.judge_import)


def forgetting(lab: Lab) -> Iterator[Case]:
    forgetting, judge = of_profiles.forgetting, of_profiles.judge_forgetting
    return _of_profiles(lab, forgetting, judge, of_profiles.fill_with_a_broken_file)


OLD, NEW = {"cap_kmh": 3.0, "language": "de"}, {"cap_kmh": 2.5, "language": "de", "sound": 3}


def settings(lab: Lab) -> Iterator[Case]:
    def fill(point: Path) -> None:
        Kept(point / "data", simulated=False).write(OLD)

    def count(point: Path) -> int:
        with disk() as found:
            Kept(point / "data", simulated=False).write(NEW)
        return found.count

    def cut_at(drive: Drive, at: int, way: int) -> bool:
        drive.renew()
        drive.mount()
        promised = False
        try:
            with disk(at, drive.cut(way), before=False):
                Kept(drive.point / "data", simulated=False).write(NEW)
            promised = True
            drive.lose_power(way)
        except PowerCut:
            promised = False
        finally:
            drive.unmount()
        drive.mount()
        try:
            kept = Kept(drive.point / "data", simulated=False)
            found = kept.load()
            assert found == NEW or (found == OLD and not promised), found
            assert kept.set_aside() == ()
        finally:
            drive.unmount()
        return not promised

    return cuts(lab, fill, count, cut_at)


def in_a_folder(
    lab: Lab,
    fill: Callable[[Path], None],
    work: Callable[[Path], None],
    judge: Callable[[Path, bool], None],
) -> Iterator[Case]:
    """``work`` in the folder ``data``; ``judge`` hears whether it had ended by then."""

    def count(point: Path) -> int:
        with disk() as found:
            work(point / "data")
        return found.count

    def cut_at(drive: Drive, at: int, way: int) -> bool:
        drive.renew()
        drive.mount()
        promised = was_cut = False

        def lost() -> None:
            nonlocal was_cut
            was_cut = True
            drive.cut(way)()

        try:
            with disk(at, lost, before=False):
                work(drive.point / "data")
            promised = True
            drive.lose_power(way)
        except (PowerCut, OSError):
            # What is cleared up after the cut finds no disk any more.
            assert was_cut
            promised = False
        finally:
            drive.unmount()
        drive.mount()
        try:
            judge(drive.point / "data", promised)
        finally:
            drive.unmount()
        return was_cut

    return cuts(lab, fill, count, cut_at)


def proof(lab: Lab) -> Iterator[Case]:
    """A failed test that staff were told of is not forgotten: the passed one would count again."""
    passed, failed = {"result": "passed"}, {"result": "failed"}

    def book(data: Path) -> Book:
        return Book(data / "care" / "proofs.jsonl")

    def judge(data: Path, promised: bool) -> None:
        found = book(data).lines()
        assert found[:1] == [passed], found
        assert found[1:] in ([], [None], [failed]), found
        assert not promised or found[1:] == [failed], "the failed test is gone"

    return in_a_folder(
        lab,
        lambda point: book(point / "data").add(passed),
        lambda data: book(data).add(failed),
        judge,
    )


def first_proof(lab: Lab) -> Iterator[Case]:
    """The first line of all, in a folder that is made for it."""
    failed = {"result": "failed"}

    def book(data: Path) -> Book:
        return Book(data / "care" / "proofs.jsonl")

    def judge(data: Path, promised: bool) -> None:
        found = book(data).lines()
        assert found in ([], [None], [failed]), found
        assert not promised or found == [failed], "the failed test is gone"

    return in_a_folder(
        lab, lambda point: (point / "data").mkdir(), lambda data: book(data).add(failed), judge
    )


def kiosk_key(lab: Lab) -> Iterator[Case]:
    """A therapist who was shown the kiosk's key encrypts to it: it is then still this one."""
    shown: list[str] = []

    def made(data: Path) -> None:
        shown.clear()
        shown.append(KioskKey(data / "settings").public())

    def judge(data: Path, promised: bool) -> None:
        again = KioskKey(data / "settings").public()
        assert not promised or [again] == shown, "another key than the one that was shown"

    return in_a_folder(lab, lambda point: (point / "data").mkdir(), made, judge)


PARTS = [
    Part(1, "closing", "power lost in a walk, its close and its fold, at each call", closing),
    Part(1, "recovery", "power lost while an interrupted session is recovered", recovery),
    Part(1, "first-start", "power lost in a kiosk's first start and first walk", first_start),
    Part(1, "import", "power lost while profiles are imported", importing),
    Part(1, "forget", "power lost while a profile is forgotten", forgetting),
    Part(1, "settings", "power lost while settings are changed", settings),
    Part(1, "proof", "power lost while a failed proof test is noted", proof),
    Part(1, "first-proof", "power lost while the first proof test of all is noted", first_proof),
    Part(1, "kiosk-key", "power lost while the kiosk's own key is made", kiosk_key),
]
