"""Group 11: power lost, or a stick pulled, while small files are written to it or taken away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kiosk.export.growing import PART
from kiosk.export.leftovers import forget_unfinished
from kiosk.export.small import write_files
from tests.export import made
from tests.export import power as of_export
from tests.faults.frame import Case, Lab, Part
from tests.faults.power import in_a_folder
from tests.faults.power_small import void
from tests.faults.stick import data_of

OLD = {"key.pub": b"the key of before" * 300}
NEW = {"key.pub": b"a key as it is now" * 300, "how to open.txt": b"with this key" * 300}


def small(lab: Lab) -> Iterator[Case]:
    """A clinic's key, an editor, a report: what was said to be on the stick is there, whole."""

    def fill(point: Path) -> None:
        (point / "data").mkdir()
        write_files(point / "data", OLD)

    def judge(stick: Path, promised: bool) -> None:
        found = {path.name: path.read_bytes() for path in stick.iterdir()}
        named = {name: content for name, content in found.items() if not name.endswith(PART)}
        for name, content in named.items():
            assert content in (OLD.get(name), NEW[name]), f"{name} is neither old nor new"
        assert named.keys() >= OLD.keys(), "what was there before is gone"
        assert not promised or found == NEW, sorted(found)

    return in_a_folder(lab, fill, lambda stick: write_files(stick, NEW), judge)


def unfinished(lab: Lab) -> Iterator[Case]:
    """What an export left is gone when staff are told so, and a finished one stays as it is."""
    data = data_of(lab)
    before: list[str] = []

    def fill(point: Path) -> None:
        (point / "data").mkdir()
        finished = of_export.run(data(), point / "data")
        broken_off = of_export.run(data(), point / "data")
        broken_off.rename(broken_off.with_name(broken_off.name + PART))
        before[:] = [finished.name, made.tree_hash(finished)]

    def judge(stick: Path, promised: bool) -> None:
        root = stick / "STERNWAY"
        assert made.tree_hash(root / before[0]) == before[1], "the finished export has changed"
        left = sorted(path.name for path in root.iterdir() if path.name != before[0])
        assert not promised or left == [], f"still there: {left}"
        forget_unfinished(stick)
        assert [path.name for path in root.iterdir()] == before[:1]

    return in_a_folder(lab, fill, lambda stick: void(forget_unfinished(stick)), judge)


PARTS = [
    Part(11, "small", "a stick's power lost while small files are written to it", small),
    Part(11, "unfinished", "the same while unfinished exports are deleted from it", unfinished),
]
