"""Scenarios of what is plugged in: an export, a stick pulled out, a keyboard that types."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Final

from image.rig.eyes import apart, grey
from image.rig.frame import UP_S, Bench, need
from image.rig.machine import Machine
from image.rig.sticks import is_sound, make_stick, names_on, take
from image.rig.stories import HOME, STAFF, Stories
from image.rig.walks import from_ready, recorded

STICK_MIB: Final = 512
TYPED: Final = (
    *("esc", "f1", "f11", "ret", "spc", "tab", "meta_l", "delete", "menu", "a", "1", "sysrq"),
    *("ctrl+alt+f2", "ctrl+alt+delete", "alt+f4", "alt+tab", "ctrl+c", "ctrl+alt+backspace"),
    *("alt+sysrq+b", "ctrl+alt+f1"),
)
"""What somebody types who wants out of the kiosk."""
SAME: Final = 1.0
SLOW_BYTES_S: Final = 4096
"""A stick that takes half a minute for the smallest export: there is a middle to pull it in."""


def sticks(bench: Bench) -> None:
    """Export to a stick and look into it; pull one out in the middle; type on a keyboard."""
    with from_ready(bench) as (machine, story):
        story.eyes.see(*HOME, within_s=UP_S)
        bench.check("a short walk, ended by STOP", story.short_walk)
        bench.check("export to a stick, and its contents", lambda: _export(bench, machine, story))
        bench.check(
            "a stick pulled out while it is written", lambda: _pulled(bench, machine, story)
        )
        bench.check(
            "a USB keyboard that types does nothing", lambda: _keyboard(bench, machine, story)
        )
        bench.check("a stick of another file system", lambda: _foreign(bench, machine, story))
        bench.check("the log is whole after all this", lambda: recorded(machine, 1))


def _export(bench: Bench, machine: Machine, story: Stories) -> str:
    stick = make_stick(bench.place / "stick.img", STICK_MIB)
    machine.plug_stick(stick)
    story.unlock()
    story.eyes.go("Export", "export-overview")
    _to_the_plan(story)
    story.eyes.tap("Start")
    story.eyes.see("export-done", "export-done-notes")
    machine.pull_stick()
    need(is_sound(stick), "the stick's file system is not whole")
    return _whole(take(stick, bench.place / "taken"))


def _to_the_plan(story: Stories) -> None:
    """From what is chosen to the plan, past what there is to note."""
    eyes = story.eyes
    eyes.leave("Next")
    while eyes.see("export-plan", "export-plan-notes", "export-plan-notes-2") != "export-plan":
        eyes.leave("Next")


def _whole(folder: Path) -> str:
    """Read an export as a clinic's computer does: every file by its hash, every row."""
    (manifest,) = folder.rglob("manifest.json")
    told = json.loads(manifest.read_text(encoding="utf-8"))
    files = {one["path"]: one["sha256"] for one in told["files"]}
    need(bool(files), "the manifest names no file")
    for name, digest in files.items():
        found = hashlib.sha256((manifest.parent / name).read_bytes()).hexdigest()
        need(found == digest, f"{name} is not what the manifest says")
    with (manifest.parent / "sessions.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    need(len(rows) >= 2, "sessions.csv has no session")
    return f"{len(files)} files as the manifest says, {len(rows) - 1} sessions"


def _pulled(bench: Bench, machine: Machine, story: Stories) -> str:
    stick = make_stick(bench.place / "pulled.img", STICK_MIB)
    machine.plug_stick(stick, write_bytes_s=SLOW_BYTES_S)
    story.eyes.tap("Again")
    story.eyes.see("export-overview")
    _to_the_plan(story)
    story.eyes.tap("Start")
    story.eyes.see("export-writing", "export-writing-0", "export-checking")
    need(_mounted(machine) == 1, f"{_mounted(machine)} sticks are mounted while one is written")
    machine.pull_stick()
    story.eyes.see("export-failed")
    left = [name for name in names_on(stick) if ".part/" not in name and not name.endswith(".part")]
    need(not [name for name in left if "manifest" in name], f"it looks whole: {left}")
    story.eyes.tap("Done")
    story.eyes.see(*STAFF)
    story.eyes.tap("Done")
    return "told on the screen; what is left of it ends in .part"


def _keyboard(bench: Bench, machine: Machine, story: Stories) -> str:
    story.eyes.see(*HOME)
    before = grey(machine.screenshot(bench.place / "before.png"))
    machine.plug("usb-kbd", "keyboard")
    machine.sleep(5.0)
    for keys in TYPED:
        machine.press(keys)
        machine.sleep(0.3)
    machine.sleep(5.0)
    off = apart(before, grey(machine.screenshot(bench.place / "after.png")))
    need(off < SAME, f"the screen changed by {off:.1f}")
    devices = machine.inside.run("cat /proc/bus/input/devices")
    need("Keyboard" not in devices, "the keyboard has a driver")
    kiosk = machine.inside.run("systemctl show -P NRestarts sternway-kiosk")
    need(kiosk == "0", f"the kiosk was started anew {kiosk} times")
    machine.unplug("keyboard")
    return f"{len(TYPED)} keys; no driver took it, the screen stayed"


def _foreign(bench: Bench, machine: Machine, story: Stories) -> str:
    disk = bench.place / "foreign.img"
    with disk.open("wb") as file:
        file.truncate(64 << 20)
    _mkfs(disk)
    story.unlock()
    machine.plug_stick(disk, "foreign")
    machine.inside.wait("grep -q ' sd[a-z]$' /proc/partitions", UP_S)
    story.eyes.go("Export", "export-unusable")
    need(_mounted(machine) == 0, "it is mounted")
    machine.pull_stick("foreign")
    story.eyes.see("export-insert")
    story.eyes.tap("Back")
    story.eyes.see(*STAFF)
    story.eyes.tap("Done")
    return "ext4: said so on the screen, not mounted"


def _mounted(machine: Machine) -> int:
    """Return how many sticks are mounted where they are: in the helper's own namespace."""
    helper = "/proc/$(systemctl show -P MainPID sternway-sticks)/mounts"
    return int(machine.inside.run(f"grep -c '^/dev/sd' {helper}; true"))


def _mkfs(disk: Path) -> None:
    subprocess.run(["/usr/sbin/mkfs.ext4", "-q", "-F", str(disk)], check=True)
