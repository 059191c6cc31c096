"""A kiosk whose disk is really full: staff read the mend, get in, and take the log out by it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.records.reader import LogReader
from profiles.saying import plain
from tests.export import made
from tests.records.test_records_full import fill
from tests.staff.rig import Rig


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A tmpfs of 2 MiB with a kiosk's data; skipped, with the reason, where there can be none."""
    folder = tmp_path / "card"
    folder.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("NOT RUN: a full disk was not tried: mounting needs root")
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    done = subprocess.run(mount, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"NOT RUN: a full disk was not tried: {done.stderr!r}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_staff_can_follow_the_mend_of_a_full_disk(small: Path) -> None:
    made.kept(small, 20)
    rig = Rig(small)  # its sticks lie beside it, on another disk
    try:
        fill(small)
        rig.wait(lambda: rig.store.health() is not None)
        (said,) = [one for one in rig.office.state().faults if "disk" in plain(one)]
        assert "export the log to a stick" in plain(said)
        rig.pins.verify("staff", "1234")
        rig.office.opened("staff")
        stick = rig.stick("A")
        done = rig.exported(stick)
        assert done.phase == "done", done.text
        assert done.safe_to_remove
    finally:
        rig.close()
    assert rig.died == []


def test_old_traces_can_go_and_every_record_stays(small: Path) -> None:
    data = small / "data"
    made.kept(data, 20)
    before = shutil.disk_usage(small).free
    for trace in sorted((data / "traces").iterdir())[:15]:
        trace.unlink()
    assert shutil.disk_usage(small).free > before
    log = LogReader(data)
    assert len(log.entries) == 20
    assert log.faults == []
    log.close()
