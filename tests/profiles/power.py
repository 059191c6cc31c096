"""Power lost at a chosen call of an import or of forgetting, and what is then found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from profiles.importer import accept, look
from profiles.library import Library
from tests.drive import Drive
from tests.profiles.written import bundle, library_in, profile, put, taken
from tests.records.disk import PowerCut, disk

NAME, NOTE = "Zaphod", "Beeblebrox"
BEFORE = {"P-7F3K": 3, "P-2": 3}
AFTER_IMPORT = {"P-7F3K": 4, "P-2": 3, "P-9": 3}
AFTER_FORGETTING = {"P-2": 3}

Work = Callable[[Library], None]


def fill(point: Path) -> None:
    """A drive with two profiles."""
    named = profile(display_name=NAME, note=NOTE)
    taken(point / "data", bundle(named, profile(code="P-2", pin="1111")))


def fill_with_a_broken_file(point: Path) -> None:
    """The same, and the name stands in a file that was set aside, too."""
    fill(point)
    (point / "data/profiles/profiles.json.broken-1").write_text(f'{{"display_name": "{NAME}')


def versions(library: Library) -> dict[str, int]:
    return {kept.code: kept.prescription.version for kept in library.all()}


def importing(folder: Path) -> Work:
    """Return what imports two profiles from a file in ``folder``, one of them new."""
    path = put(folder, bundle(profile(version=4), profile(code="P-9", pin="2222")))

    def work(library: Library) -> None:
        accept(library, look(library, [path], None), list(AFTER_IMPORT)[::2], "therapist")

    return work


def forgetting(library: Library) -> None:
    library.forget("P-7F3K", "therapist")


def judge_import(data: Path, promised: bool) -> None:
    found = library_in(data)
    assert versions(found) == AFTER_IMPORT or (versions(found) == BEFORE and not promised)
    assert not found.faults


def judge_forgetting(data: Path, promised: bool) -> None:
    found = versions(library_in(data))
    assert found == AFTER_FORGETTING or (found == BEFORE and not promised)
    if found == AFTER_FORGETTING:
        texts = [path.read_bytes() for path in data.rglob("*") if path.is_file()]
        assert not [text for text in texts if NAME.encode() in text or NOTE.encode() in text]


def cut_at(
    drive: Drive, at: int, way: int, work: Work, judge: Callable[[Path, bool], None]
) -> bool:
    """Cut the power after call ``at`` of the work and judge what is left; was there such a call?

    Where there was none, the power goes as soon as the work is done.
    """
    drive.renew()
    drive.mount()
    was_cut = False
    try:
        library = library_in(drive.point / "data")
        library.all()
        with disk(at, drive.cut(way), before=False):
            try:
                work(library)
            except PowerCut:
                was_cut = True
        if not was_cut:
            drive.lose_power(way)  # right after it was promised
    finally:
        drive.unmount()
    drive.mount()
    try:
        judge(drive.point / "data", not was_cut)
    finally:
        drive.unmount()
    return was_cut
