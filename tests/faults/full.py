"""Groups 4 and 5: a full disk and read-only data, under the real log and the real kiosk."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from kiosk.records.clerk import RETRY_EVERY_S
from tests.faults.frame import Case, Lab, NotRun, Part, done, need, need_root
from tests.faults.kiosks import patiently, still_walks, walk
from tests.kiosk.live import LiveKiosk
from tests.records.bench import bench
from tests.records.sessions import chain_fault, kept, rows, so_far

REFUSED_S = 6.0
"""So long a start is refused: a countdown takes half of it."""


def small_disk(lab: Lab, size: str) -> Path:
    """Mount a small disk in memory, until the part is over."""
    need_root("a small disk")
    point = lab.new_folder("small")
    mounted = done(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", point])
    if mounted.returncode:
        raise NotRun(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    lab.stack.callback(done, ["umount", "-l", point])
    return point


def journaling_disk(lab: Lab) -> tuple[Path, Path]:
    """Mount a disk as the appliance mounts its data, until the part is over: image and place."""
    need_root("a disk that breaks down")
    need("mkfs.ext4", "e2fsprogs")
    image, point = lab.new_folder("image") / "image", lab.new_folder("mounted")
    with image.open("wb") as file:
        file.truncate(128 << 20)
    how = "loop,data=journal,commit=2,errors=remount-ro"
    for command in (["mkfs.ext4", "-q", "-F", image], ["mount", "-o", how, image, point]):
        made = done(command)
        if made.returncode:
            raise NotRun(f"a disk cannot be made here: {made.stderr.strip()}")
    lab.stack.callback(done, ["umount", "-l", point])
    return image, point


def break_down(point: Path) -> None:
    """Have the kernel find an error in a mounted ext4: with ``errors=remount-ro`` it turns so."""
    number = point.stat().st_dev
    device = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}").resolve().name
    trigger = Path("/sys/fs/ext4", device, "trigger_fs_error")
    if not trigger.exists():
        raise NotRun("this kernel finds no errors for the asking (trigger_fs_error)")
    trigger.write_text("asked for by the tests")
    try:
        (point / "probe").touch()
    except OSError as error:
        assert error.errno == errno.EROFS, error
        return
    raise NotRun("this kernel goes on with a disk that has an error")


def fill(folder: Path) -> Path:
    """Write until nothing more fits."""
    path = folder / "ballast"
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 512)
        except OSError:
            return path


def in_a_walk(lab: Lab) -> Iterator[Case]:
    def fills_up(_dice: random.Random) -> None:
        point = small_disk(lab, "100m")
        one = LiveKiosk(point)
        try:
            walk(one)
            # Whole pages: what is appended to the last one still fits.
            ballast = fill(point)
            time.sleep(3.0)
            still_walks(one, "a full disk must not stop who walks")
            one.do("stop")
            one.permit_falls(2)
            one.do("rate")
            one.do("done")
            nobody_starts(one)
            one.do("go")  # it is kept for a minute
            ballast.unlink()
            starts(one)
            record = one.a_record(30)
            assert record["outcome"] == "stopped"
            assert record["walked_s"] > 2.0
            assert "Traceback" not in one.printed(), one.printed()[-2000:]
        finally:
            one.close()

    yield Case("walking", patiently(fills_up))


def nobody_starts(one: LiveKiosk) -> None:
    """Lead somebody as far as the countdown, and see that the kiosk itself lets nobody start.

    The bench does not tell the kiosk's own checks. The guard's are all green all the while, and
    longer than a countdown takes: what refuses is the kiosk.
    """
    one.bench.request({"speed_kmh": 0.0})
    one.hands(0)
    one.do("choose", program="easy-walk")
    one.do("brief", pain=2)
    one.do("go")
    time.sleep(0.5)
    one.hands(1)
    end_s = time.monotonic() + 40
    content_s = None
    while content_s is None or time.monotonic() - content_s < REFUSED_S:
        state = one.state()
        assert state["permit"] == 0, "the next session was not blocked"
        assert time.monotonic() < end_s, f"the guard is not content: {state}"
        if state["failing"] or state["latched"]:
            content_s = None
        elif content_s is None:
            content_s = time.monotonic()
        time.sleep(0.05)


def starts(one: LiveKiosk) -> None:
    """See that the very start that was refused gives a permit, now that nothing is in its way."""
    one.wait(lambda: one.state()["permit"] == 1, 30, "the start is still refused")


def full(lab: Lab) -> Iterator[Case]:
    """The real log on a real full disk: at any moment of a session, and then with room again."""

    def fills(dice: random.Random) -> None:
        point = small_disk(lab, "256k")
        with bench(point / "data") as one:
            one.walk("s-0")
            one.begin("s-1")
            for number in range(dice.randrange(6)):
                one.clerk.append(rows(number * 5, 5), so_far("s-1", number + 1.0))
                one.clerk.work(urgent=dice.random() < 0.5)
            ballast = fill(point)
            one.clerk.append(rows(100, 200), None)
            future = one.close("s-1")
            one.clerk.work(urgent=True)
            assert future.done() or one.clerk.health is not None, "it says that all is well"
            ballast.unlink()
            one.now += RETRY_EVERY_S
            one.clerk.work(urgent=False)
            assert future.result(0)["seq"] == 2
            assert one.clerk.health is None
        assert [each["session_id"] for each in kept(point / "data")] == ["s-0", "s-1"]
        assert chain_fault(point / "data") is None

    for number in range(lab.scale(12, 3)):
        yield Case(str(number), fills)


def turned(lab: Lab) -> Iterator[Case]:
    """The disk turns read-only at any moment of a session, and back."""

    def turns(dice: random.Random) -> None:
        point = small_disk(lab, "1m")
        with bench(point / "data") as one:
            one.walk("s-0")
            remount(point, "ro")
            one.now += RETRY_EVERY_S
            one.clerk.work(urgent=False)
            assert one.clerk.health is not None, "it says that all is well"
            one.begin("s-1")
            for number in range(dice.randrange(6)):
                one.clerk.append(rows(number * 5, 5), so_far("s-1", number + 1.0))
                one.clerk.work(urgent=dice.random() < 0.5)
            future = one.close("s-1")
            one.clerk.work(urgent=True)
            assert not future.done(), "it was called kept"
            remount(point, "rw")
            one.now += RETRY_EVERY_S
            one.clerk.work(urgent=False)
            assert future.result(0)["seq"] == 2
        remount(point, "ro")
        with bench(point / "data") as two:
            assert two.clerk.health is not None
        assert [each["session_id"] for each in kept(point / "data")] == ["s-0", "s-1"]

    for number in range(lab.scale(8, 2)):
        yield Case(str(number), turns)


def remount(point: Path, how: str) -> None:
    made = done(["mount", "-o", f"remount,{how}", point])
    if made.returncode:
        raise NotRun(f"a disk cannot be remounted here: {made.stderr.strip()}")


def read_only(lab: Lab) -> Iterator[Case]:
    def start(_dice: random.Random) -> None:
        """The data are read-only from the start: it starts, serves, and lets nobody walk."""
        point = small_disk(lab, "100m")
        with bench(point / "data") as one:
            one.walk("s-0")
        assert done(["mount", "-o", "remount,ro", point]).returncode == 0
        folder = lab.new_folder("read-only")
        kiosk = ReadOnlyKiosk(folder, point / "data")
        try:
            kiosk.ready()
            nobody_starts(kiosk)
            kiosk.do("go")
            remount(point, "rw")
            starts(kiosk)
            assert "Traceback" not in kiosk.printed(), kiosk.printed()[-2000:]
        finally:
            kiosk.close()
        before, walked = kept(point / "data")
        assert (before["session_id"], walked["outcome"]) == ("s-0", "interrupted")

    def walking(_dice: random.Random) -> None:
        """An ext4 finds an error under somebody who walks: the walk goes on, and is there later."""
        image, point = journaling_disk(lab)
        kiosk = ReadOnlyKiosk(lab.new_folder("turns"), point / "data")
        try:
            walk(kiosk)
            time.sleep(3.0)
            break_down(point)
            time.sleep(2.0)
            still_walks(kiosk, "read-only data must not stop who walks")
            kiosk.do("stop")
            kiosk.permit_falls(2)
            kiosk.do("rate")
            kiosk.do("done")
            nobody_starts(kiosk)  # as somebody did before the fault
            assert "Traceback" not in kiosk.printed(), kiosk.printed()[-2000:]
        finally:
            kiosk.close()
        # The machine is started anew, as staff do then.
        assert done(["umount", point]).returncode == 0
        assert done(["mount", "-o", "loop", image, point]).returncode == 0
        with bench(point / "data"):
            pass
        (record,) = kept(point / "data")
        assert record["walked_s"] > 1.5, record["walked_s"]
        assert chain_fault(point / "data") is None

    yield Case("start", start)
    if not lab.short:
        yield Case("walking", patiently(walking))


class ReadOnlyKiosk(LiveKiosk):
    """A kiosk whose data lie elsewhere than its bench and its log."""

    def __init__(self, folder: Path, data: Path) -> None:
        self._where = data
        super().__init__(folder)

    def _start(self) -> subprocess.Popen[bytes]:
        self.data = self._where
        return super()._start()


PARTS = [
    Part(4, "kiosk", "the disk fills up under the real kiosk, in a walk", in_a_walk, slow=True),
    Part(4, "full", "the disk is full before, in and after a session, and has room later", full),
    Part(5, "read-only", "data that are read-only, or turn so, under the log", turned),
    Part(5, "kiosk", "read-only data under the real kiosk", read_only, slow=True),
]
