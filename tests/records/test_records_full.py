"""A disk that is really full, and one that is really read-only: a small tmpfs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.records.clerk import RETRY_EVERY_S
from profiles.saying import plain
from tests.records.bench import bench
from tests.records.sessions import chain_fault, in_months, rows, trace_kept

READ_ONLY = "The log cannot be written: the disk is read-only. Leave the kiosk on, export the log"


def mount(*words: object) -> None:
    subprocess.run(["mount", *map(str, words)], check=True, capture_output=True)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A tmpfs of 256 KiB; skipped, with the reason, where there can be none."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("a full disk was not tried: mounting needs root")
    try:
        mount("-t", "tmpfs", "-o", "size=256k", "tmpfs", tmp_path)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"a full disk was not tried: {error.stderr!r}")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def fill(folder: Path) -> Path:
    path = folder / "ballast"
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 512)
        except OSError:
            return path


@pytest.mark.parametrize("full_from", ["before", "walking"])
def test_a_full_disk_keeps_the_session_until_there_is_room(small: Path, full_from: str) -> None:
    data = small / "data"
    with bench(data) as one:
        one.walk("s-0")
        if full_from == "before":
            ballast = fill(small)
            future = one.walk("s-1")
        else:
            one.begin("s-1")
            one.clerk.work(urgent=True)
            ballast = fill(small)
            # More than the journal's last page has room for.
            one.clerk.append(rows(0, 200), None)
            future = one.walk_on("s-1")
        assert not future.done()
        assert plain(one.clerk.health or ()).startswith(
            "The log cannot be written: the disk is full."
        )
        assert [done["session_id"] for done in in_months(data)] == ["s-0"]
        ballast.unlink()
        one.now += RETRY_EVERY_S
        one.clerk.work(urgent=False)
        assert future.result(0)["seq"] == 2
        assert one.clerk.health is None
    assert chain_fault(data) is None
    assert len(trace_kept(data, "s-1")) == (10 if full_from == "before" else 210)


def test_a_disk_that_turns_read_only_keeps_the_session(small: Path) -> None:
    data = small / "data"
    with bench(data) as one:
        one.walk("s-0")
        mount("-o", "remount,ro", small)
        one.now += RETRY_EVERY_S
        one.clerk.work(urgent=False)
        assert plain(one.clerk.health or ()).startswith(READ_ONLY)
        future = one.walk("s-1")
        assert not future.done()
        mount("-o", "remount,rw", small)
        one.now += RETRY_EVERY_S
        one.clerk.work(urgent=False)
        assert future.result(0)["seq"] == 2
        assert one.clerk.health is None


def test_a_read_only_disk_starts_serves_and_says_so(small: Path) -> None:
    data = small / "data"
    with bench(data) as one:
        one.walk("s-0")
    mount("-o", "remount,ro", small)
    with bench(data) as two:
        assert plain(two.clerk.health or ()).startswith(READ_ONLY)
        assert [done["session_id"] for done in two.folder.log.months.newest(5)] == ["s-0"]
    mount("-o", "remount,rw", small)
