"""Group 4: ENOSPC and EIO at the Nth call, put by strace into a process that keeps sessions."""

from __future__ import annotations

import random
import re
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
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
    "pwrite64": ("ENOSPC", "EIO"),
    "fdatasync": ("EIO", "ENOSPC"),
    "fsync": ("EIO",),
    "openat": ("ENOSPC", "EIO"),
    "rename": ("EIO", "ENOSPC"),
    "unlink": ("EIO",),
    "linkat,link": ("EIO",),
}
NOTICED = ("waits", "not-set", "unwell", "unusable", "stopped False")
OFTEN = {"once": "", "from": "+"}
"""This call alone, or this and each after it."""
TRIES = 3
CALLED = re.compile(r"^(\d+) +(\w+)\(", re.MULTILINE)
INJECTED = "(INJECTED)"


def traced(data: Path, *asked: str) -> tuple[list[str], str]:
    """Keep sessions under strace; return what the process said, by lines, and what strace wrote."""
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
        output = data.with_name("strace")
        command = [strace, "-f", "-qq", "-o", str(output), "-p", str(process.pid)]
        for one in asked:
            command += ["-e", one]
        with subprocess.Popen(command, stderr=subprocess.PIPE) as tracer:
            _attached(process.pid, tracer)
            ours.send(b"go\n")
            said = b""
            while piece := ours.recv(4096):
                said += piece
    lines = said.decode().splitlines()
    assert lines, "it said nothing"
    return lines, output.read_text(errors="replace")


def injected(data: Path, call: str, error: str, when: str) -> tuple[list[str], int]:
    """Keep sessions while the chosen calls fail; return what the process said, and how many did.

    strace counts the calls of each thread for itself: the store's own thread does the disk's work.
    """
    lines, written = traced(data, f"trace={call}", f"inject={call}:error={error}:when={when}")
    return lines, written.count(INJECTED)


def counted(data: Path) -> dict[str, int]:
    """Return how many calls of each name the process makes when nothing fails.

    Those of the thread that makes most of them: strace counts each for itself.
    """
    lines, written = traced(data, f"trace={','.join(CALLS)}")
    judge(data, lines, failed=False)
    of_threads = Counter(CALLED.findall(written))
    return {
        call: max((n for (_, name), n in of_threads.items() if name in call.split(",")), default=0)
        for call in CALLS
    }


def _attached(pid: int, tracer: subprocess.Popen[bytes]) -> None:
    """Wait until strace has the process. Raises :class:`NotRun` where it may not."""
    end_s = time.monotonic() + 20
    while "TracerPid:\t0\n" in Path(f"/proc/{pid}/status").read_text():
        if tracer.poll() is not None or time.monotonic() > end_s:
            assert tracer.stderr is not None
            said = tracer.stderr.read().decode(errors="replace").strip()
            raise NotRun(f"strace may not trace here: {said[:200]}")
        time.sleep(0.01)


def judge(data: Path, lines: list[str], *, failed: bool = True) -> bool:
    """Nothing acknowledged is lost, on the disk as it is afterwards; return whether any showed.

    Where nothing of a failure showed, all was kept and set in spite of it.
    """
    showed = any(line.startswith(NOTICED) for line in lines)
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
    assert lines[-1].startswith(("healthy", "unwell", "unusable")), f"it broke off: {lines}"
    assert failed or not showed, f"nothing failed, and yet: {lines}"
    if not showed:
        assert {"s-0", "s-1", "s-2"} <= set(ids), f"nothing showed, and only {ids} are kept"
        assert len(promised) == 2, lines
        assert lines[-3:] == ["set 2.5", "stopped True", "healthy"], lines
    return showed


def nth_call(lab: Lab) -> Iterator[Case]:
    def make() -> Path:
        data = lab.new_folder("before") / "data"
        with bench(data) as one:
            one.walk("s-0")
        Kept(data, simulated=False).write(SET)
        return data

    template = lab.once(make)

    def copied(name: str) -> Path:
        data = lab.new_folder(name) / "data"
        shutil.copytree(template(), data)
        return data

    calls = counted(copied("counted"))
    assert all(calls.values()), f"a call that is never made cannot fail: {calls}"
    wanted = [
        (call, error, number, often)
        for call, errors in CALLS.items()
        for error in errors
        for number in range(1, calls[call] + 1)
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
            for _ in range(TRIES):
                data = copied("failing")
                lines, times = injected(data, call, error, when)
                showed = judge(data, lines, failed=times > 0)
                lab.forget(data.parent)
                if times:
                    noticed.append(showed)
                    return
            # How many rows go into one write is a matter of moments.
            raise NotRun("the process made fewer calls than when they were counted")

        works[f"{call.split(',')[0]}.{error}.{often}.{number}"] = fail
    noticed: list[bool] = []
    yield from ahead(lab, "4.nth-call", works, 8)
    lab.say(f"calls without a fault: {', '.join(f'{call} {n}' for call, n in calls.items())}")
    lab.say(
        f"all {len(noticed)} were injected, as strace says; {sum(noticed)} showed, "
        "and after the others all was kept, set and healthy"
    )


PARTS = [
    Part(4, "nth-call", "ENOSPC, EIO at the Nth call (strace) of a process that keeps", nth_call)
]
