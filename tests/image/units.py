"""What a systemd unit of ours says, and how much it leaves open."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest


def settings(unit: Path) -> dict[str, list[str]]:
    """Return each setting with its values, in their order."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        if re.match(r"[A-Z]\w+=", line):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def must_be_closed(unit: Path, most: int) -> None:
    """Hold a service's exposure at ``most``, in tenths, as systemd counts it."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("NOT RUN: the service's exposure: there is no systemd-analyze")
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={most}", unit]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
