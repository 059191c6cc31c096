"""Scenarios of the first start and of walks: a whole walk, and what stops one."""

from __future__ import annotations

import re
import time
from contextlib import AbstractContextManager
from typing import Final

from image.rig import card
from image.rig.command import Hardware
from image.rig.errors import RigError
from image.rig.frame import UP_S, Bench, need
from image.rig.inside import Inside
from image.rig.machine import Machine
from image.rig.stories import HOME, Stories

LOG: Final = (
    "runuser -u sternway-kiosk -- env STATE_DIRECTORY=/var/lib/sternway "
    "/usr/lib/sternway/bin/sternway log"
)
READY: Final = "ready"
"""The folder of the card after the first start: what the other scenarios begin with."""
STOP_S: Final = 0.1
"""How long the permit may stay after a contact, by the machine's time: the safety table's 10 ms,
and this computer's own steps in looking. How quick it is, is measured by ``sternway bench``."""
UNPLUGGED_S: Final = 0.6
KIOSK_LOST_S: Final = 1.5
GUARD_LOST_S: Final = 2.5
"""The table's 0.52 s, 1 s and 2 s; the two that are killed, with the time of the command."""
GIVEN_UP_S: Final = 15.0
UNLOADABLE: Final = ("ntfs3", "hfsplus", "udf", "isofs", "btrfs", "xfs", "f2fs", "cifs", "nfs")
"""File systems of which nobody may bring a stick, or a server."""


def first(bench: Bench) -> None:
    """A new card's first start, the set-up by touch, and the daily test."""
    with bench.machine() as (machine, story):
        bench.check("starts, to its first screen", lambda: _starts(machine, story))
        bench.check("read-only root, one writable disk, no door", lambda: closed(machine))
        bench.check("services are kept from all they do not need", lambda: _exposure(machine))
        bench.check("set up by touch", story.set_up)
        bench.check("the daily test, contact by contact", story.prove)
        machine.inside.run("sync")
    card.copy(bench.place, bench.folder / READY)


def walk(bench: Bench) -> None:
    """A whole walk by touch, and its record."""
    with from_ready(bench) as (machine, story):
        story.eyes.see(*HOME, within_s=UP_S)
        bench.check("a walk of five minutes by touch", story.walk)
        bench.check("its record is in the log", lambda: recorded(machine, 1))


def stops(bench: Bench) -> None:
    """In walks: emergency stop, sensor unplugged, kiosk and guard killed; a kiosk that hangs."""
    with from_ready(bench) as (machine, story):
        story.eyes.see(*HOME, within_s=UP_S)
        story.start_to_walk()
        bench.check("emergency stop: edge to permit", lambda: _estop(machine, story))
        story.unlock()
        story.eyes.tap("Done")
        story.start_to_walk()
        bench.check("sensor unplugged: permit off, named", lambda: _unplugged(machine, story))
        story.unlock()
        story.eyes.tap("Done")
        story.start_to_walk()
        bench.check("kiosk killed: permit off, session kept", lambda: _kiosk_killed(machine, story))
        story.start_to_walk()
        bench.check("guard killed: permit off, told", lambda: _guard_killed(machine, story))
        bench.check("a kiosk that hangs is started anew", lambda: _kiosk_hangs(machine, story))


def from_ready(
    bench: Bench, *, volatile: bool = False
) -> AbstractContextManager[tuple[Machine, Stories]]:
    """A machine that was set up and tested; raises RigError where none was.

    ``volatile``: in a card that forgets what was not flushed when its power is cut.
    """
    ready = bench.folder / READY
    need((ready / "card.qcow2").exists(), "there is no card that was set up: run `first` before")
    if not (bench.place / ("card.raw" if volatile else "card.qcow2")).exists():
        card.copy(ready, bench.place, volatile=volatile)
    return bench.machine(Hardware(volatile=volatile))


def closed(machine: Machine) -> str:
    """What the system is like, from inside; raises RigError."""
    inside = machine.inside
    root = inside.run("findmnt -no FSTYPE,OPTIONS /")
    need(root.startswith("squashfs") and " ro" in root, f"the root is {root}")
    data = inside.run("findmnt -no FSTYPE,OPTIONS,SIZE -b /var/lib/sternway").split()
    need(data[0] == "ext4" and "data=journal" in data[1], f"the data is {data}")
    need(int(data[2]) > 1 << 30, f"the data did not grow to its card: {data[2]} bytes")
    failed = inside.run("systemctl --failed --no-legend --plain | cut -d' ' -f1")
    need(failed == "", f"failed: {failed}")
    no_doors(inside)
    users = inside.run("grep -v ':[!*]' /etc/shadow; true")
    need(users == "", f"may log in: {users}")
    consoles = inside.run("systemctl list-units --no-legend --plain '*getty*' | cut -d' ' -f1")
    need(consoles == "", f"consoles: {consoles}")
    loaded = inside.run(
        f"for m in {' '.join(UNLOADABLE)}; do modprobe -q $m && echo $m; done; true"
    ).split()
    need(not loaded, f"file systems that can be loaded: {loaded}")
    fifo = inside.run("cut -d' ' -f41 /proc/$(systemctl show -P MainPID sternway-guard)/stat")
    need(fifo == "1", f"the guard's scheduling is {fifo}, and 1 is SCHED_FIFO")
    return f"data grown to {int(data[2]) >> 20} MiB"


def no_doors(inside: Inside) -> None:
    """Raise :class:`RigError` where a socket of a network is open."""
    doors = inside.run(
        "cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 | grep -v address; true"
    )
    need(doors == "", f"sockets of a network: {doors}")


def recorded(machine: Machine, least: int) -> str:
    """Hold the log of the machine whole, with so many sessions at least."""
    machine.inside.wait(f"{LOG} verify", 600.0)
    lines = machine.inside.run(f"{LOG} show", 300.0).splitlines()
    need(len(lines) >= least, f"{len(lines)} sessions, and {least} were walked")
    return lines[-1] if lines else "no session, and whole"


def _starts(machine: Machine, story: Stories) -> str:
    began_s, own_s = time.monotonic(), machine.now_s()
    story.eyes.see(*HOME, within_s=UP_S)
    machine.inside.wait("systemctl is-active sternway-guard", UP_S)
    return (
        f"{machine.now_s() - own_s:.0f} s of its time, {time.monotonic() - began_s:.0f} s of ours"
    )


def _exposure(machine: Machine) -> str:
    told = []
    for name in ("guard", "kiosk", "sticks"):
        unit = f"sternway-{name}.service"
        told_of = machine.inside.run(f"systemd-analyze security --no-pager {unit} | tail -1", 600.0)
        found = re.search(r"level for \S+ (\d+\.\d+)", told_of)
        if found is None:
            raise RigError(f"systemd-analyze says {told_of!r}")
        level = float(found[1])
        told.append(f"{name} {level:.1f}")
        need(level <= 2.0, f"{unit} has an exposure of {level:.1f}")
    return ", ".join(told)


def _falls(machine: Machine, since_s: float, within_s: float = STOP_S) -> float:
    """Return after how many seconds the permit fell; raises RigError where it took too long."""
    while machine.permit():
        need(machine.now_s() - since_s < GIVEN_UP_S, "the permit is still on")
        time.sleep(0.002)
    took_s = machine.now_s() - since_s
    need(
        took_s <= within_s, f"the permit fell after {took_s:.3f} s, and {within_s:g} s are allowed"
    )
    return took_s


def _stays_off(machine: Machine, seconds: float = 5.0) -> None:
    end_s = machine.now_s() + seconds
    while machine.now_s() < end_s:
        need(not machine.permit(), "the permit came back by itself")
        time.sleep(0.02)


def _estop(machine: Machine, story: Stories) -> str:
    began_s = machine.now_s()
    for name in ("estop", "estop_b"):
        machine.drive(name, 0)
    took_s = _falls(machine, began_s)
    story.eyes.see("stopped-estop")
    for name in ("estop", "estop_b"):
        machine.drive(name, 1)
    _stays_off(machine)
    machine.run_belt(0.0)
    story.leave_stopped()
    return f"{took_s * 1000:.0f} ms of its own time; not given back when it was pulled out again"


def _unplugged(machine: Machine, story: Stories) -> str:
    if machine.belt is None:
        raise RigError("this machine has no belt")
    began_s = machine.now_s()
    machine.belt.unplug()
    took_s = _falls(machine, began_s, UNPLUGGED_S)
    # Nobody knows yet whether the belt still moves: it says so, and to hold on.
    story.eyes.see("stopped-coasting-unknown")
    machine.belt.plug()
    machine.run_belt(0.0)
    _stays_off(machine)
    if story.eyes.see("stopped-sensor_lost", "summary-pain") == "stopped-sensor_lost":
        story.leave_stopped()
    else:
        story.hold(left=False, right=False)
        story.rate()
    return f"{took_s * 1000:.0f} ms of its own time"


def _kiosk_killed(machine: Machine, story: Stories) -> str:
    began_s = machine.now_s()
    machine.inside.run("systemctl kill -s KILL sternway-kiosk")
    took_s = _falls(machine, began_s, KIOSK_LOST_S)
    machine.run_belt(0.0)
    story.hold(left=False, right=False)
    machine.inside.wait("systemctl is-active sternway-kiosk", UP_S)
    _stays_off(machine)
    story.eyes.see(*HOME)
    lines = machine.inside.run(f"{LOG} show", 300.0)
    need("interrupted" in lines.lower(), f"no interrupted session in the log: {lines[-300:]}")
    return f"{took_s * 1000:.0f} ms of its own time; the session is kept as interrupted"


def _guard_killed(machine: Machine, story: Stories) -> str:
    before = machine.inside.run("systemctl show -P MainPID sternway-guard")
    began_s = machine.now_s()
    machine.inside.run("systemctl kill -s KILL sternway-guard")
    took_s = _falls(machine, began_s, GUARD_LOST_S)
    story.eyes.see("stopped-guard_lost")
    machine.run_belt(0.0)
    story.leave_stopped()
    machine.inside.wait("systemctl is-active sternway-guard", UP_S)
    need(machine.inside.run("systemctl show -P MainPID sternway-guard") != before, "not new")
    _stays_off(machine)
    return f"{took_s * 1000:.0f} ms of its own time; driven off by its stop step, started anew"


def _kiosk_hangs(machine: Machine, story: Stories) -> str:
    story.eyes.see(*HOME)
    pid = machine.inside.run("systemctl show -P MainPID sternway-kiosk")
    began_s = machine.now_s()
    machine.inside.run(f"kill -STOP {pid}")
    machine.inside.wait(
        f"systemctl is-active sternway-kiosk && "
        f"test $(systemctl show -P MainPID sternway-kiosk) != {pid}",
        UP_S,
    )
    took_s = machine.now_s() - began_s
    story.eyes.see(*HOME)
    told = "journalctl -b -u sternway-kiosk --no-pager"
    machine.inside.run(f"{told} | grep -q 'Python error: Aborted'")
    return f"{took_s:.0f} s of its own time; where it stood is in the journal"
