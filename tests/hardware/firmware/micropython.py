"""MicroPython's unix port, found or fetched."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
FIRMWARE = ROOT / "hardware/firmware"
HERE = Path(__file__).parent
BOARD = HERE / "board"


@cache
def interpreter() -> str:
    """The command; where there is none and none can be got, the test is NOT RUN, and says why."""
    found = subprocess.run(
        ["sh", ROOT / ".ci/micropython"], capture_output=True, text=True, check=False, timeout=400
    )
    if found.returncode != 0:
        pytest.skip(f"NOT RUN: {found.stderr.strip()}")
    return found.stdout.strip()


def environment(*folders: Path) -> dict[str, str]:
    """Where it looks for modules."""
    path = ":".join([*(str(folder) for folder in folders), str(FIRMWARE), ".frozen"])
    return {**os.environ, "MICROPYPATH": path}


def play(*events: Any) -> bytes:
    """The lines that these events make, by ``played.py``."""
    told = "".join(json.dumps(event) + "\n" for event in events)
    done = subprocess.run(
        [interpreter(), HERE / "played.py"],
        input=told.encode(),
        env=environment(),
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, (done.stdout[-500:], done.stderr)
    return done.stdout


def board_command(plan: Path, frames: int) -> list[str]:
    """What starts the whole program on the made-up board."""
    # The world's edges are laid out before it begins; a Pico's own memory is asked for nothing.
    return [interpreter(), "-X", "heapsize=64M", str(BOARD / "start.py"), str(plan), str(frames)]


def on_board(plan: Path, frames: int) -> bytes:
    """What the whole program says, run on the made-up board."""
    done = subprocess.run(
        board_command(plan, frames),
        env=environment(BOARD),
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, (done.stdout[-500:], done.stderr)
    return done.stdout
