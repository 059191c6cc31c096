"""Scenarios of an update from a stick: taken, with the power cut; two bad ones that fall back."""

from __future__ import annotations

import base64
import random
import time
from pathlib import Path
from typing import Final

from image.maker.disk import CMDLINE
from image.maker.update import KERNEL, pack
from image.rig.errors import RigError
from image.rig.frame import UP_S, Bench, need
from image.rig.machine import Machine
from image.rig.sticks import make_stick
from image.rig.stories import HOME, Stories
from image.rig.walks import from_ready, recorded
from kiosk.upkeep.updater.manifest import ROOT

VERSION: Final = "0.9.0"
BAD: Final = "0.9.1"
"""A version whose system does not start."""
MUTE: Final = "0.9.2"
"""A version whose system starts, and whose kiosk never does: its trial alone ends it."""
TRIAL_S: Final = 30
"""How long that one is tried; the five minutes of a real one would be most of an hour here."""
_SHORT: Final = f"[Service]\nExecStart=\nExecStart=/bin/sh /usr/libexec/sternway-trial {TRIAL_S}\n"
MUTED: Final = (
    "systemd.mask=sternway-kiosk.service "
    "systemd.set_credential_binary=systemd.unit-dropin.sternway-trial.service~rig:"
    f"{base64.b64encode(_SHORT.encode()).decode()}"
)
"""What such a version has more on its kernel's command line."""
DRAWN_STICK: Final = "CLINIC"
"""What the stick is called in the atlas's pictures."""
SLOW_BYTES_S: Final = 2_000_000
CUT_S: Final = (20.0, 220.0)
"""When the power is cut, in our seconds: all of so slow a stick is read in 130, to check it first,
and once more to write it."""
RESTART_S: Final = (0.0, 90.0)
"""When it is cut after the restart was asked for: going down, in the loader, in the first try."""
WRITES_S: Final = 3600.0
"""How long an update of some hundred MiB may take where everything is emulated."""


def update(bench: Bench, root: Path, key: Path, seed: int) -> None:
    """Take an update by touch; cut its power, twice; take two that do not work."""
    dice = random.Random(seed)  # noqa: S311 - dice that can be thrown again
    # What the updater wrote and did not flush is gone with the power, as on a real card.
    with from_ready(bench, volatile=True) as (machine, story):
        story.eyes.see(*HOME, within_s=UP_S)
        good = _stick(bench, root, key, VERSION)
        bench.check(
            "the power cut while an update is written",
            lambda: _cut(machine, story, good, dice.uniform(*CUT_S)),
        )
        bench.check(
            "an update by touch, the power cut in its first try, kept",
            lambda: _taken(machine, story, good, dice.uniform(*RESTART_S)),
        )
        bad = _stick(bench, _broken(bench, root), key, BAD)
        bench.check(
            "an update that does not start falls back", lambda: _falls_back(machine, story, bad)
        )
        mute = _stick(bench, root, key, MUTE, MUTED)
        bench.check(
            "an update whose kiosk never works falls back",
            lambda: _falls_back(machine, story, mute),
        )
        bench.check("the log is whole after all this", lambda: recorded(machine, 0))


def _stick(bench: Bench, root: Path, key: Path, version: str, more: str = "") -> Path:
    files = {name: root / name for name in (*KERNEL, ROOT)}
    cmdline = f"{CMDLINE} {more}".strip()
    made = pack(files, bench.place, key, version=version, target="virt", cmdline=cmdline)
    size_mib = (made.stat().st_size >> 20) + 128
    stick = make_stick(bench.place / f"update-{version}.img", size_mib, "UPDATE", (made,))
    made.unlink()
    return stick


def _broken(bench: Bench, root: Path) -> Path:
    """Return a version whose kernel starts and whose system does not: half a root, well signed."""
    folder = bench.place / "broken"
    folder.mkdir(exist_ok=True)
    for name in KERNEL:
        target = folder / name
        target.unlink(missing_ok=True)
        target.write_bytes((root / name).read_bytes())
    whole = (root / ROOT).read_bytes()
    (folder / ROOT).write_bytes(whole[:4096] + bytes(len(whole) // 8))
    return folder


def _to_the_offer(story: Stories) -> None:
    eyes = story.eyes
    story.unlock()
    if eyes.on == "staff-faults":
        eyes.go("More", "staff-faults-2")
    for words, screens in (
        ("Settings", ("settings",)),
        ("More", ("settings-2",)),
        ("Update", ("update", "update-before", "update-failed")),
    ):
        eyes.go(words, *screens)
    eyes.tap("Search")
    eyes.see("update-sticks")
    eyes.leave(DRAWN_STICK)
    eyes.see("update-offer-brief", "update-offer", within_s=WRITES_S)


def _cut(machine: Machine, story: Stories, stick: Path, after_s: float) -> str:
    before = _slot(machine)
    machine.plug_stick(stick, read_bytes_s=SLOW_BYTES_S)
    _to_the_offer(story)
    story.eyes.tap("Install")
    story.eyes.see("update-writing", within_s=UP_S)
    time.sleep(after_s)
    shown, _ = story.eyes.which()
    need(shown == "update-writing", f"it was not being written any more: {shown}")
    machine.cut()
    machine.start()
    story.eyes.see(*HOME, within_s=UP_S)
    need(_slot(machine) == before, "another slot started")
    return f"after {after_s:.0f} s; slot {before} started as before"


def _installed(machine: Machine, story: Stories, stick: Path) -> str:
    """Install what is on the stick, and restart; return the slot that ran until then."""
    before = _slot(machine)
    machine.plug_stick(stick)
    _to_the_offer(story)
    story.eyes.tap("Install")
    story.eyes.see("update-done", within_s=WRITES_S)
    machine.pull_stick()
    story.eyes.tap("Restart")
    return before


def _taken(machine: Machine, story: Stories, stick: Path, after_s: float) -> str:
    before = _installed(machine, story, stick)
    time.sleep(after_s)
    machine.cut()
    machine.start()
    _until_slot(machine, "b" if before == "a" else "a")
    story.eyes.see(*HOME, within_s=UP_S)
    kept = "! ls /boot/firmware/loader/entries | grep -q '+'"
    machine.inside.wait(kept, UP_S)
    machine.restart()
    _until_slot(machine, "b" if before == "a" else "a")
    story.eyes.see(*HOME, within_s=UP_S)
    return f"cut after {after_s:.0f} s; slot {before} before, {_slot(machine)} since, a reset too"


def _falls_back(machine: Machine, story: Stories, stick: Path) -> str:
    before = _installed(machine, story, stick)
    # Each start forgets the contacts, and there are some until the last try is over.
    end_s = time.monotonic() + 4 * UP_S
    machine.sleep(30.0)
    while story.eyes.which()[0] not in HOME:
        need(time.monotonic() < end_s, "no first screen came back")
        machine.wires.renew()
        time.sleep(5.0)
    need(_slot(machine) == before, f"slot {_slot(machine)} started")
    entries = machine.inside.run("ls /boot/firmware/loader/entries")
    return f"slot {before} again by itself ({' '.join(entries.split())})"


def _slot(machine: Machine) -> str:
    return machine.inside.run("sed 's/.*sternway.slot=\\(.\\).*/\\1/' /proc/cmdline", UP_S).strip()


def _until_slot(machine: Machine, slot: str) -> None:
    """Wait for the restart into a slot."""
    end_s = time.monotonic() + UP_S
    while True:
        try:
            if _slot(machine) == slot:
                machine.wires.renew()
                return
        except RigError:
            if not machine.running:
                raise
        if time.monotonic() > end_s:
            raise RigError(f"slot {slot} did not start")
        time.sleep(2.0)
