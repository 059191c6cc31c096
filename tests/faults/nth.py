"""Group 4: ENOSPC and EIO at the Nth call, put by strace into a process that keeps sessions."""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from kiosk.preferences.kept import Kept
from tests.faults.ahead import ahead
from tests.faults.frame import Case, Lab, NotRun, Part, need
from tests.records.bench import bench
from tests.records.sessions import chain_fault, kept

ROOT = Path(__file__).parents[2]
SET = {"cap_kmh": 3.0}
CALLS = {
    "write": ("ENOSPC", "EIO"),
    "fdatasync": ("EIO", "ENOSPC"),
    "fsync": ("EIO",),
    "openat": ("ENOSPC", "EIO"),
    "rename": ("EIO", "ENOSPC"),
    "unlink": ("EIO",),
    "linkat,link": ("EIO",),
    "mkdir": ("ENOSPC",),
}
MOST = {"write": 24, "fdatasync": 12, "fsync": 14, "openat": 30, "rename": 8, "unlink": 4}
NOTICED = ("waits", "not-set", "unwell", "stopped False")
OFTEN = {"once": "", "from": "+"}
"""This call alone, or this and each after it."""


def injected(data: Path, call: str, error: str, when: str) -> list[str]:
    """Keep sessions while the chosen calls fail; return what the process said, line by line.

    strace counts the calls of each thread for itself: the store's own thread does the disk's work.
    """
    strace = need("strace")
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-B", "-m", "tests.faults.keeping", str(data)],
        cwd=ROOT,
        stdin=theirs.fileno(),
        stdout=theirs.fileno(),
        stderr=subprocess.DEVNULL,
    )
    theirs.close()
    with ours, process:
        ours.settimeout(60)
        assert ours.recv(6) == b"ready\n"
        command = [strace, "-f", "-qq", "-o", "/dev/null", "-p", str(process.pid)]
        command += ["-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}"]
        with subprocess.Popen(command, stderr=subprocess.PIPE) as tracer:
            _attached(process.pid, tracer)
            ours.send(b"go\n")
            said = b""
            while piece := ours.recv(4096):
                said += piece
    lines = said.decode().splitlines()
    assert lines, "it said nothing"
    return lines


def _attached(pid: int, tracer: subprocess.Popen[bytes]) -> None:
    """Wait until strace has the process. Raises :class:`NotRun` where it may not."""
    end_s = time.monotonic() + 20
    while "TracerPid:\t0\n" in Path(f"/proc/{pid}/status").read_text():
        if tracer.poll() is not None or time.monotonic() > end_s:
            assert tracer.stderr is not None
            said = tracer.stderr.read().decode(errors="replace").strip()
            raise NotRun(f"strace may not trace here: {said[:200]}")
        time.sleep(0.01)


def judge(data: Path, lines: list[str]) -> None:
    """Nothing acknowledged is lost, on the disk as it is afterwards."""
    assert not [line for line in lines if line.startswith("died")], lines
    with bench(data) as one:
        faults = [str(fault) for fault in one.folder.faults()]
    found = kept(data)
    ids = [one["session_id"] for one in found]
    assert "s-0" in ids, f"only {ids}: {lines}"
    assert len(set(ids)) == len(ids), f"doubled: {ids}"
    told = {f"kept {one['session_id']} {one['outcome']} {one['hash']}" for one in found}
    promised = {line for line in lines if line.startswith("kept ")}
    assert promised <= told, f"{promised} promised, {told} found"
    assert chain_fault(data) is None
    assert not faults, faults
    settings = Kept(data, simulated=False).load()
    assert settings == ({"cap_kmh": 2.5} if "set 2.5" in lines else SET) or (
        settings in (SET, {"cap_kmh": 2.5}) and "set 2.5" not in lines
    )
    for line in lines:
        if line.startswith("waits"):
            assert any(one.startswith("unwell") for one in lines) or "stopped True" in lines, lines


def nth_call(lab: Lab) -> Iterator[Case]:
    def make() -> Path:
        data = lab.new_folder("before") / "data"
        with bench(data) as one:
            one.walk("s-0")
        Kept(data, simulated=False).write(SET)
        return data

    template = lab.once(make)
    wanted = [
        (call, error, number, often)
        for call, errors in CALLS.items()
        for error in errors
        for number in range(1, MOST.get(call, 2) + 1)
        for often in OFTEN
        if often == "once" or number % 4 == 1
    ]
    works = {}
    for call, error, number, often in lab.some(wanted, 3):

        def fail(
            _dice: random.Random,
            call: str = call,
            error: str = error,
            when: str = f"{number}{OFTEN[often]}",
        ) -> None:
            data = lab.new_folder("failing") / "data"
            shutil.copytree(template(), data)
            lines = injected(data, call, error, when)
            noticed.append(any(line.startswith(NOTICED) for line in lines))
            judge(data, lines)
            lab.forget(data.parent)

        works[f"{call.split(',')[0]}.{error}.{often}.{number}"] = fail
    template()
    noticed: list[bool] = []
    yield from ahead(lab, "4.nth-call", works, 8)
    lab.say(
        f"{sum(noticed)} of {len(noticed)} failures showed; the others were tried again in time"
    )


PARTS = [
    Part(4, "nth-call", "ENOSPC, EIO at the Nth call (strace) of a process that keeps", nth_call)
]
