"""Real loop devices that pass for USB sticks, and the real helper in a process of its own."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from kiosk.sticks.client import HelperSticks
from kiosk.sticks.model import Stick, Sticks
from kiosk.sticks.simulated import SimulatedSticks

FS_IOC_SHUTDOWN = 0x8004587D
MIB = 2**20
SECTOR = 512
HELPER = """
import sys
from pathlib import Path
from kiosk.sticks.helper.__main__ import serve
from kiosk.sticks.helper.devices import DeviceRule
{prelude}
here = Path(sys.argv[1])
rule = DeviceRule(
    sysfs=here / "sysfs", is_stick=lambda disk: True, filesystems=frozenset({{"vfat", "ext4"}})
)
sys.exit(serve(here / "helper", here / "mounts", rule, group=None, rescan_s={rescan_s}))
"""


def run(*words: object) -> str:
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise OSError(f"{words[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


def need_loops() -> None:
    """Skip, with the reason, where there can be no loop devices."""
    if os.geteuid() != 0:
        pytest.skip("sticks of real devices were not tried: mounting needs root")
    for tool in ("mkfs.ext4", "losetup", "addpart", "blkid"):
        if shutil.which(tool) is None:
            pytest.skip(f"sticks of real devices were not tried: there is no {tool}")
    try:
        run("losetup", "--find")
    except OSError as error:
        pytest.skip(f"sticks of real devices were not tried: {error}")


def wait_for(look: Callable[[], Any], what: str = "", timeout_s: float = 20.0) -> Any:
    end_s = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < end_s, f"not within {timeout_s} s: {what or look}"
        time.sleep(0.01)
    return found


def make_ext4(path: Path, label: str = "CLINIC") -> None:
    run("mkfs.ext4", "-q", "-F", "-L", label, "-E", "lazy_itable_init=0,root_owner=0:0", path)


def make_ntfs(path: Path) -> None:
    """As much of an NTFS as blkid looks at; no driver could mount it."""
    boot = bytearray(SECTOR)
    boot[3:11] = b"NTFS    "
    struct.pack_into("<HB", boot, 11, SECTOR, 8)
    struct.pack_into("<QQQb", boot, 40, 4096, 4, 8, -10)
    boot[510:] = b"\x55\xaa"
    with path.open("r+b") as file:
        file.write(boot)
        for record in (0, 3):
            file.seek(4 * 8 * SECTOR + record * 1024)
            file.write(b"FILE")


def make_image(path: Path, kinds: tuple[str, ...], size: int = 16 * MIB) -> Path:
    """An image of one partition without a table (``("ext4",)``), or of several with an MBR."""
    if len(kinds) == 1:
        path.write_bytes(b"")
        os.truncate(path, size)
        _format(path, kinds[0])
        return path
    starts = [MIB + number * size for number in range(len(kinds))]
    with path.open("wb") as file:
        file.truncate(MIB + len(kinds) * size)
        for number, (kind, start) in enumerate(zip(kinds, starts, strict=True)):
            file.seek(446 + 16 * number)
            code = 0xEF if kind == "hidden" else 0x83
            file.write(struct.pack("<B3xB3xII", 0, code, start // SECTOR, size // SECTOR))
        file.seek(510)
        file.write(b"\x55\xaa")
    for kind, start in zip(kinds, starts, strict=True):
        part = make_image(path.with_suffix(".part"), (kind,), size)
        with path.open("r+b") as file:
            file.seek(start)
            file.write(part.read_bytes())
        part.unlink()
    return path


def _format(path: Path, kind: str) -> None:
    if kind in {"ext4", "hidden"}:
        make_ext4(path)
    elif kind == "ntfs":
        make_ntfs(path)


def read_image(path: Path) -> dict[str, bytes]:
    """Every file on an image that is nobody's any more."""
    point = path.with_suffix(".look")
    point.mkdir(exist_ok=True)
    run("mount", "-o", "loop", path, point)
    try:
        return read_folder(point)
    finally:
        run("umount", point)


def read_folder(top: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(top)): path.read_bytes()
        for path in sorted(top.rglob("*"))
        if path.is_file() and "lost+found" not in path.parts
    }


class Loops:
    """Loop devices, and a folder that lists them as ``/sys/class/block`` lists everything."""

    def __init__(self, folder: Path) -> None:
        self.sysfs = folder / "sysfs"
        self.sysfs.mkdir(parents=True)
        self._nodes: dict[Path, Path] = {}

    def plug(self, image: Path, *, read_only: bool = False, parts: int = 0) -> Path:
        flags = ["--read-only"] if read_only else []
        node = Path(run("losetup", "--find", "--show", *flags, image))
        self._nodes[image] = node
        size = (image.stat().st_size - MIB) // max(1, parts)
        for number in range(parts):
            start = (MIB + number * size) // SECTOR
            run("addpart", node, number + 1, start, size // SECTOR)
        for name in [*(f"{node.name}p{number + 1}" for number in range(parts)), node.name]:
            (self.sysfs / name).symlink_to(f"/sys/class/block/{name}")
        return node

    def pull(self, image: Path) -> None:
        """No more to be seen; the device itself goes when nobody has it open."""
        node = self._nodes.pop(image)
        for path in self.sysfs.glob(f"{node.name}*"):
            path.unlink()
        with contextlib.suppress(OSError):
            run("partx", "--delete", node)
        run("losetup", "--detach", node)

    def uevent(self, image: Path) -> None:
        """Have the kernel send a real event of it."""
        (Path("/sys/class/block") / self._nodes[image].name / "uevent").write_text("change")

    def close(self) -> None:
        for image in list(self._nodes):
            self.pull(image)


class HelperProcess:
    """The helper as its service runs it, but for the rule of what is a stick."""

    def __init__(self, folder: Path, *, prelude: str = "", rescan_s: float = 0.05) -> None:
        self.folder = folder
        self.socket = folder / "helper"
        source = HELPER.format(prelude=prelude, rescan_s=rescan_s)
        self.command = [sys.executable, "-c", source, str(folder)]
        self.start()

    def start(self) -> None:
        stale = self.socket.stat().st_ctime_ns if self.socket.exists() else None
        self.log = (self.folder / "helper.log").open("ab")
        self.process = subprocess.Popen(self.command, stdout=self.log, stderr=self.log)

        def stands() -> bool:
            assert self.process.poll() is None, self.said()
            return self.socket.exists() and self.socket.stat().st_ctime_ns != stale

        wait_for(stands, "the helper's socket")

    def said(self) -> str:
        return (self.folder / "helper.log").read_text()

    def mounts(self) -> dict[str, set[str]]:
        """What is mounted in its namespace below its folder: each with its options."""
        found = {}
        for line in Path(f"/proc/{self.process.pid}/mountinfo").read_text().splitlines():
            words = line.split()
            if words[4].startswith(str(self.folder)):
                superblock = words[words.index("-") + 3].split(",")
                # "rw" of the filesystem says nothing of a mount that is read-only.
                found[Path(words[4]).name] = {*words[5].split(",")} | {*superblock} - {"rw", "ro"}
        return found

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.log.close()

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=20)
        self.log.close()
        return status


class Twin(Protocol):
    """One implementation of ``Sticks``, and how its sticks come and go."""

    sticks: Sticks
    partitions: bool

    def plug(self, name: str, *kinds: str, read_only: bool = False) -> None: ...

    def pull(self, name: str) -> None: ...

    def kept(self, name: str) -> dict[str, bytes]: ...

    def close(self) -> None: ...


def cut_off(path: Path) -> None:
    """End the filesystem as pulling the stick out does: every call fails from now on."""
    root = os.open(path, os.O_RDONLY)
    fcntl.ioctl(root, FS_IOC_SHUTDOWN, struct.pack("I", 2))
    os.close(root)


class HelperTwin:
    partitions = True

    def __init__(self, folder: Path, *, prelude: str = "", rescan_s: float = 0.05) -> None:
        need_loops()
        self.folder = folder
        self.loops = Loops(folder)
        self.helper = HelperProcess(folder, prelude=prelude, rescan_s=rescan_s)
        self.deaths: list[BaseException] = []
        self.client = HelperSticks(self.helper.socket, on_death=self.deaths.append)
        self.sticks: Sticks = self.client
        wait_for(lambda: self.client._socket, "the client's connection")

    def plug(self, name: str, *kinds: str, read_only: bool = False) -> None:
        image = self.folder / f"{name}.img"
        kinds = kinds or ("ext4",)
        if not image.exists():
            make_image(image, kinds)
        before = len(self.sticks.plugged())
        parts = len(kinds) if len(kinds) > 1 else 0
        self.loops.plug(image, read_only=read_only, parts=parts)
        shown = len([kind for kind in kinds if kind != "hidden"])
        wait_for(lambda: len(self.sticks.plugged()) == before + shown, self.helper.said())

    def pull(self, name: str) -> None:
        before = self.sticks.plugged()
        for path in self.client._links.iterdir():
            cut_off(path)
        self.loops.pull(self.folder / f"{name}.img")
        wait_for(lambda: not before or self.sticks.plugged() != before, self.helper.said())

    def kept(self, name: str) -> dict[str, bytes]:
        return read_image(self.folder / f"{name}.img")

    def close(self) -> None:
        self.client.close()
        status = self.helper.end()
        self.loops.close()
        assert status == 0, self.helper.said()
        assert not self.deaths


class FolderTwin:
    partitions = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.simulated = SimulatedSticks(folder / "sticks")
        self.sticks: Sticks = self.simulated

    def say(self, **fields: Any) -> None:
        self.simulated.bench(json.dumps(fields).encode())

    def plug(self, name: str, *kinds: str, read_only: bool = False) -> None:
        kinds = kinds or ("vfat",)
        for number, kind in enumerate(kinds):
            known = {"ext4": "vfat"}.get(kind, kind)
            fields: dict[str, Any] = {"filesystem": known, "read_only": read_only}
            if len(kinds) > 1:
                fields["part_of"] = name
            part = name if len(kinds) == 1 else f"{name}{number + 1}"
            if kind != "hidden":
                self.say(stick="in", name=part, label="CLINIC", **fields)

    def pull(self, name: str) -> None:
        self.say(stick="out", name=name)

    def kept(self, name: str) -> dict[str, bytes]:
        return read_folder(self.folder / "sticks" / name)

    def close(self) -> None:
        self.simulated.close()


class ImageTwin(FolderTwin):
    partitions = True

    def __init__(self, folder: Path) -> None:
        need_loops()
        super().__init__(folder)

    def plug(self, name: str, *kinds: str, read_only: bool = False) -> None:
        image = self.folder / f"{name}.img"
        if not image.exists():
            make_image(image, kinds or ("ext4",))
        self.say(stick="in", name=name, image=str(image), read_only=read_only)

    def kept(self, name: str) -> dict[str, bytes]:
        return read_image(self.folder / f"{name}.img")


TWINS = {"helper": HelperTwin, "folder": FolderTwin, "image": ImageTwin}


@contextlib.contextmanager
def twin(kind: str, folder: Path) -> Iterator[Twin]:
    one: Twin = TWINS[kind](folder)
    try:
        yield one
    finally:
        one.close()


def only(sticks: Sticks) -> Stick:
    (stick,) = sticks.plugged()
    return stick
