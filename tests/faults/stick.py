"""Group 11: sticks that are pulled, full, slow, locked, foreign, two, none, or full of traps."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.export.errors import ExportError, WriteFailed
from kiosk.therapy.looking import files_on
from profiles.importer import look
from profiles.saying import plain
from tests.drive import Drive
from tests.export import made
from tests.export import power as of_export
from tests.export.faults import failing, faults
from tests.faults.frame import Case, Lab, NotRun, Part, need_root
from tests.faults.power import WAYS, cuts
from tests.profiles.written import encoded, library_in, profile
from tests.records.disk import PowerCut
from tests.staff.rig import Gate, Rig
from tests.sticks.rig import HelperTwin, only, wait_for


def data_of(lab: Lab) -> Callable[[], Path]:
    """Return what makes a data folder for the part, once."""

    def make() -> Path:
        data = lab.new_folder("kept", in_memory=True) / "data"
        made.kept(data, of_export.SESSIONS)
        return data

    return lab.once(make)


def pulled(lab: Lab) -> Iterator[Case]:
    """The stick answers nothing any more from the Nth call on; what is told of it is true."""
    data = data_of(lab)
    calls = 0

    def count(point: Path) -> int:
        nonlocal calls
        kept = data()
        with faults() as found:
            of_export.run(kept, point / "stick")
        calls = len(found.names)
        return calls

    def cut_at(drive: Drive, at: int, way: int) -> None:
        if at == calls:
            # After all of them, however many there are this time: it has said that it is done.
            at = sys.maxsize
        drive.renew()
        drive.mount()
        before = made.tree_hash(data())

        def pull() -> None:
            with contextlib.suppress(PowerCut):
                drive.cut(way)()

        try:
            case = of_export.cut_at(drive, data(), at, pull)
        finally:
            drive.unmount()
        drive.mount()
        try:
            of_export.look(drive, case)
            new = [path.name for path in of_export.folders(drive)[1:]]
        finally:
            drive.unmount()
        assert made.tree_hash(data()) == before, "the kiosk's own data changed"
        if not case.cut:
            # Too few calls this time is no fault: the stick was pulled after "safe to remove".
            assert case.finished, case.told
            return
        assert case.told is not None, "nothing was said"
        if "Nothing of it is left" in case.told:
            assert new == [], case.told
        elif "may not last" not in case.told:
            assert all(name.endswith(".part") for name in new), new

    return cuts(lab, of_export.fill, count, cut_at)


def filled(path: Path) -> None:
    """Write a file that takes all the room there is."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError as error:
            assert error.errno == errno.ENOSPC
        os.fsync(file.fileno())


TRIES = 5
ERRORS = {"full": errno.ENOSPC, "error": errno.EIO, "read-only": errno.EROFS}


def fails(lab: Lab) -> Iterator[Case]:
    """The Nth call fails, alone or with all after it."""
    data = data_of(lab)

    def calls() -> int:
        # Made before: a folder of ours is no call of the export.
        kept, stick = data(), lab.new_folder("stick", in_memory=True)
        with faults() as found:
            of_export.run(kept, stick)
        return len(found.names)

    def fail(name: str, at: int, *, lasting: bool) -> bool:
        """Export while a call fails; return whether there was that call."""
        stick = lab.new_folder("stick", in_memory=True)
        before = made.tree_hash(data())
        told = ""
        with faults(at, failing(ERRORS[name]), lasting=lasting) as found:
            try:
                of_export.run(data(), stick)
            except WriteFailed as error:
                told = str(error)
        if len(found.names) <= at:
            # How many calls there are depends on the moment: this time it was done before.
            assert not told, told
            lab.forget(stick)
            return False
        assert told, "a call failed, and nobody was told"
        root = stick / "STERNWAY"
        left = [*root.iterdir()] if root.exists() else []
        whole = [path for path in left if not path.name.endswith(".part")]
        assert not whole or "export again" in told, told
        assert ("Nothing of it is left" in told) == (not left), told
        assert made.tree_hash(data()) == before, "the kiosk's own data changed"
        lab.forget(stick)
        return True

    wanted = [
        (name, lasting, at) for name in ERRORS for lasting in (False, True) for at in range(calls())
    ]
    for name, lasting, at in lab.some(wanted, 5):

        def failed(
            _dice: random.Random, name: str = name, lasting: bool = lasting, at: int = at
        ) -> None:
            for _ in range(TRIES):
                if fail(name, at, lasting=lasting):
                    return
            raise NotRun("the export made fewer calls than when they were counted")

        yield Case(f"{name}.{'from' if lasting else 'once'}.{at}", failed)


def real_ones(lab: Lab) -> Iterator[Case]:
    """Loop devices by the real mount helper, and a real office that exports to them."""

    @contextlib.contextmanager
    def office() -> Iterator[tuple[Rig, HelperTwin]]:
        need_root("a stick of a real device")
        folder = lab.new_folder("sticks")
        data = lab.new_folder("office", in_memory=True) / "data"
        made.kept(data, 4)
        before = made.tree_hash(data / "log")
        one = HelperTwin(folder)
        rig = Rig(data, sticks=one.sticks)
        rig.office.opened("staff")
        try:
            yield rig, one
        finally:
            rig.close()
            one.close()
        assert rig.died == []
        assert made.tree_hash(data / "log") == before, "the kiosk's own log changed"

    def whole(_dice: random.Random) -> None:
        with office() as (rig, one):
            one.plug("A")
            assert rig.exported(only(one.sticks).id).safe_to_remove
            one.pull("A")
            assert any(name.endswith("manifest.json") for name in one.kept("A"))

    def in_the_middle(dice: random.Random) -> None:
        gates = ("sessions.csv.part", "report.html.part", "manifest.json.part")
        with office() as (rig, one), pytest.MonkeyPatch.context() as patch:
            one.plug("A")
            rig.planned(only(one.sticks).id)
            held = Gate(patch, dice.choice(gates))
            rig.office.start_export().result(30)
            held.wait()
            one.pull("A")
            held.open()
            over = rig.over()
            assert (over.phase, over.safe_to_remove) == ("failed", False)
            one.plug("B")
            assert rig.exported(only(one.sticks).id).safe_to_remove, "the next stick works"

    def locked(_dice: random.Random) -> None:
        with office() as (rig, one):
            one.plug("A", read_only=True)
            planned = rig.planned(only(one.sticks).id)
            told = plain(planned.text) + plain(planned.plan.obstacle or () if planned.plan else ())
            assert "write-protected" in told, planned

    def full(_dice: random.Random) -> None:
        with office() as (rig, one):
            one.plug("A")
            stick = only(one.sticks).id
            filled(one.sticks.mount(stick, writable=True) / "film.mp4")
            one.sticks.unmount(stick)
            planned = rig.planned(stick)
            told = plain(planned.text) + plain(planned.plan.obstacle or () if planned.plan else ())
            assert "It does not fit" in told, planned
            one.pull("A")
            assert not [name for name in one.kept("A") if "STERNWAY" in name]
            one.plug("B")
            assert rig.exported(only(one.sticks).id).safe_to_remove, "the next stick works"

    def foreign(_dice: random.Random) -> None:
        with office() as (_rig, one):
            for name, kind, words in (("A", "ntfs", "formatted as ntfs"), ("B", "none", "no file")):
                one.plug(name, kind)
                assert words in str(only(one.sticks).problem)
                one.pull(name)

    def two(_dice: random.Random) -> None:
        with office() as (rig, one):
            one.plug("A")
            first = only(one.sticks).id
            one.plug("B")
            assert len(one.sticks.plugged()) == 2
            assert rig.exported(first).safe_to_remove
            one.pull("B")
            one.pull("A")
            assert not one.kept("B"), "the wrong stick was written"

    def none_there(_dice: random.Random) -> None:
        with office() as (rig, _one):
            over = rig.planned("sda1-1")
            assert over.phase == "failed"
            assert "pulled out" in plain(over.text) or "stick" in plain(over.text)

    def slow(_dice: random.Random) -> None:
        """Each write takes its time: progress goes on, and the end is true all the same."""
        real = os.write

        def slowly(file: int, content: bytes) -> int:
            time.sleep(0.02)
            return real(file, content[:4096])

        with office() as (rig, one), pytest.MonkeyPatch.context() as patch:
            one.plug("A")
            rig.planned(only(one.sticks).id)
            patch.setattr(os, "write", slowly)
            rig.office.start_export().result(30)
            wait_for(lambda: rig.export.phase in {"done", "failed"}, "the export", 60)
            assert rig.export.safe_to_remove, rig.export.text

    cases = {
        "whole": whole, "pulled": in_the_middle, "write-protected": locked, "full": full,
        "foreign": foreign, "two": two, "none": none_there, "slow": slow,
    }  # fmt: skip
    for name in lab.some(list(cases), 1):
        yield Case(name, cases[name])


def traps(lab: Lab) -> Iterator[Case]:
    """Links, pipes and folders where files should be: nothing outside of the stick is touched."""
    data = data_of(lab)
    secret = b"only the kiosk's own user may read this"

    def no_export(_dice: random.Random) -> None:
        stick, elsewhere = lab.new_folder("stick"), lab.new_folder("elsewhere")
        (elsewhere / "kept").write_bytes(secret)
        (stick / "STERNWAY").symlink_to(elsewhere)
        before = made.tree_hash(elsewhere)
        with contextlib.suppress(ExportError):
            of_export.run(data(), stick)
        assert made.tree_hash(elsewhere) == before, "it wrote through a link"

    def no_export_up(_dice: random.Random) -> None:
        stick = lab.new_folder("up") / "stick"
        stick.mkdir()
        (stick / "STERNWAY").symlink_to("..")
        with contextlib.suppress(ExportError):
            of_export.run(data(), stick)
        assert [path.name for path in stick.parent.iterdir()] == ["stick"], "it left the stick"

    def a_file_for_a_folder(_dice: random.Random) -> None:
        stick = lab.new_folder("file")
        (stick / "STERNWAY").write_bytes(secret)
        with pytest.raises(ExportError):
            of_export.run(data(), stick)
        assert (stick / "STERNWAY").read_bytes() == secret

    def no_import(_dice: random.Random) -> None:
        stick, mine = lab.new_folder("links"), lab.new_folder("mine")
        whole = mine / "secret.json"
        whole.write_bytes(encoded(profile()))
        (stick / "link.json").symlink_to(whole)
        (stick / "up.json").symlink_to(f"../{mine.name}/secret.json")
        assert (stick / "up.json").read_bytes() == whole.read_bytes(), "the trap leads nowhere"
        (stick / "profiles").symlink_to(mine)
        os.mkfifo(stick / "pipe.json")
        (stick / "folder.json").mkdir()
        files = files_on(stick)
        assert {path.name for path in files} == {"link.json", "up.json", "pipe.json"}
        library = library_in(lab.new_folder("to") / "data")
        for path in files:
            # One by one: twice the same profile would be refused for that.
            (looked,) = look(library, [path], None).files
            assert looked.faults, "a profile came through a link"

    for name, case in {
        "export-link": no_export, "export-up": no_export_up,
        "export-file": a_file_for_a_folder, "import-links": no_import,
    }.items():  # fmt: skip
        yield Case(name, case)


PARTS = [
    Part(11, "pulled", f"pulled at every call of an export, {len(WAYS)} ways", pulled),
    Part(11, "fails", "full, broken or read-only from every call on", fails),
    Part(
        11, "real", "real devices: whole, pulled, locked, full, foreign, two, none, slow", real_ones
    ),
    Part(11, "traps", "links, `..`, pipes and files where folders should be", traps),
]
