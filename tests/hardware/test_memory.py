"""The guard's memory is locked where its service asks for it."""

from __future__ import annotations

import ctypes
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from hardware.memory import ASKED_BY, lock_memory

PROGRAM = """
from hardware.memory import lock_memory
print(lock_memory())
print(open("/proc/self/status").read())
"""


def test_nobody_asked() -> None:
    assert lock_memory({}) is False


def test_what_it_says_is_so() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={ASKED_BY: "1", "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
    )
    said, _, status = done.stdout.partition("\n")
    locked_kb = int(re.findall(r"VmLck:\s+(\d+) kB", status)[0])
    if said == "True":
        assert locked_kb > 5_000
    else:
        assert locked_kb == 0
        assert "memory is not locked" in done.stderr


def test_a_guard_that_may_not_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[int] = []

    def mlockall(flags: int) -> int:
        asked.append(flags)
        ctypes.set_errno(1)
        return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace(mlockall=mlockall))
    assert lock_memory({ASKED_BY: "1"}) is False
    assert asked == [3]
    assert "memory is not locked (Operation not permitted)" in capsys.readouterr().err
