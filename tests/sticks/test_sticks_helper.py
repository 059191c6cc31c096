"""The helper in its own process, with real devices: what it mounts, survives and refuses."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from kiosk.sticks.client import LOST, HelperSticks
from kiosk.sticks.helper.devices import DeviceRule
from kiosk.sticks.helper.mounting import Mounted, Owner
from kiosk.sticks.link import MAX_REQUEST_BYTES, Mount, Plugged, Turned, Unmount, encode
from kiosk.sticks.link import decode_to_kiosk as decode
from kiosk.sticks.model import StickError
from tests.sticks.rig import (
    HelperProcess,
    HelperTwin,
    Loops,
    cut_off,
    make_image,
    need_loops,
    only,
    run,
    wait_for,
)

HUNG = """
import time
from kiosk.sticks.helper import mounting, server
server.ANSWER_S = 0.3
server.Helper.__init__.__kwdefaults__["answer_s"] = 0.3
unmount = mounting.Mounted.release
def release(self):
    while not (self.target.parents[1] / "answer").exists():
        time.sleep(0.01)
    unmount(self)
mounting.Mounted.release = release
"""


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[HelperTwin]:
    found = HelperTwin(tmp_path)
    yield found
    found.close()


class Stranger:
    """Someone at the helper's socket who says whatever they like."""

    def __init__(self, helper: HelperProcess) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(10.0)
        self.socket.connect(str(helper.socket))

    def hear(self) -> object:
        packet = self.socket.recv(65536)
        return decode(packet) if packet else None

    def close(self) -> None:
        self.socket.close()


@pytest.mark.parametrize("writable", [False, True])
def test_how_it_is_mounted(twin: HelperTwin, writable: bool) -> None:
    twin.plug("A")
    stick_id = only(twin.sticks).id
    path = twin.sticks.mount(stick_id, writable=writable)
    found = twin.helper.mounts()[stick_id]
    assert {"nosuid", "nodev", "noexec"} <= found
    assert ("ro" in found, "rw" in found) == (not writable, writable)
    flags = os.statvfs(path).f_flag
    assert flags & os.ST_NOSUID
    assert flags & os.ST_NODEV
    assert flags & os.ST_NOEXEC
    assert bool(flags & os.ST_RDONLY) == (not writable)
    twin.sticks.mount(stick_id, writable=not writable)
    found = twin.helper.mounts()[stick_id]
    assert {"nosuid", "nodev", "noexec", "rw" if not writable else "ro"} <= found
    assert str(twin.folder) not in Path("/proc/self/mountinfo").read_text(), "only the helper's"
    twin.sticks.unmount(stick_id)
    assert not twin.helper.mounts()


def test_nothing_on_it_runs_and_no_link_of_it_leads_anywhere(twin: HelperTwin) -> None:
    twin.plug("A")
    stick_id = only(twin.sticks).id
    path = twin.sticks.mount(stick_id, writable=True)
    shutil.copy("/bin/true", path / "true")
    (path / "link").symlink_to("/etc/passwd")
    with pytest.raises(PermissionError):
        os.posix_spawn(path / "true", ["true"], {})
    with pytest.raises(OSError, match="symbolic links"):
        (path / "link").read_text()
    twin.sticks.unmount(stick_id)


def test_writing_to_a_read_only_mount_fails(twin: HelperTwin) -> None:
    twin.plug("A")
    path = twin.sticks.mount(only(twin.sticks).id, writable=False)
    with pytest.raises(OSError, match="Read-only"):
        (path / "x").write_text("x")


def test_a_path_that_outlived_its_stick_leads_nowhere(twin: HelperTwin, tmp_path: Path) -> None:
    """Danger: the number of the closed folder may be another folder's by now."""
    twin.plug("A")
    stick_id = only(twin.sticks).id
    path = twin.sticks.mount(stick_id, writable=True)
    twin.sticks.unmount(stick_id)
    others = [os.open(tmp_path, os.O_RDONLY) for _ in range(20)]
    with pytest.raises(FileNotFoundError):
        (path / "late").write_text("late")
    for descriptor in others:
        os.close(descriptor)


def test_pulled_while_a_thread_writes(twin: HelperTwin) -> None:
    twin.plug("A")
    stick_id = only(twin.sticks).id
    path = twin.sticks.mount(stick_id, writable=True)
    errors: list[OSError] = []
    started = threading.Event()

    def write() -> None:
        try:
            for number in range(1_000_000):
                with (path / f"{number}").open("wb", buffering=0) as file:
                    file.write(b"x" * 4096)
                    os.fsync(file)
                started.set()
        except OSError as error:
            errors.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    assert started.wait(10)
    twin.pull("A")
    thread.join(10)
    assert errors
    with pytest.raises(StickError, match="pulled out") as error:
        twin.sticks.unmount(stick_id)
    assert error.value.gone
    wait_for(lambda: not twin.helper.mounts(), "the mount of a stick that is gone")
    twin.plug("B")
    twin.sticks.mount(only(twin.sticks).id, writable=True)


def test_a_stick_that_fails_is_not_called_safe(twin: HelperTwin) -> None:
    twin.plug("A")
    stick_id = only(twin.sticks).id
    path = twin.sticks.mount(stick_id, writable=True)
    (path / "x").write_bytes(b"x" * 4096)
    cut_off(path)
    with pytest.raises(StickError, match="did not take everything"):
        twin.sticks.unmount(stick_id)
    wait_for(lambda: not twin.helper.mounts())


def test_an_event_of_the_kernel_is_heard(tmp_path: Path) -> None:
    twin = HelperTwin(tmp_path, rescan_s=3600.0)
    wait_for(lambda: twin.sticks.fault() is None and twin.client._socket)
    image = tmp_path / "A.img"
    image.write_bytes(b"")
    os.truncate(image, 2**20)
    twin.loops.plug(image)
    assert twin.sticks.plugged() == ()
    twin.loops.uevent(image)
    wait_for(twin.sticks.plugged, "a stick that the kernel told of")
    twin.close()


def test_killed_and_restarted(twin: HelperTwin) -> None:
    twin.plug("A")
    stick_id = only(twin.sticks).id
    path = twin.sticks.mount(stick_id, writable=True)
    file = (path / "open").open("w")
    twin.helper.kill()
    wait_for(twin.sticks.fault, "the fault")
    assert "not running" in str(twin.sticks.fault())
    assert twin.sticks.plugged() == ()
    assert not path.exists()
    for call in (
        lambda: twin.sticks.unmount(stick_id),
        lambda: twin.sticks.mount(stick_id, writable=True),
    ):
        with pytest.raises(StickError, match="not running"):
            call()
    twin.helper.start()
    wait_for(twin.sticks.plugged, "the stick again")
    assert twin.sticks.fault() is None
    # The file that is still open keeps the old mount alive: nobody may call that safe.
    with pytest.raises(StickError, match="still in use"):
        twin.sticks.unmount(stick_id)
    file.close()
    path = twin.sticks.mount(stick_id, writable=True)
    (path / "again").write_text("x")
    twin.sticks.unmount(stick_id)


def test_who_waits_is_told_when_the_helper_ends(tmp_path: Path) -> None:
    twin = HelperTwin(tmp_path, prelude=HUNG.replace("0.3", "30"))
    twin.plug("A")
    stick_id = only(twin.sticks).id
    twin.sticks.mount(stick_id, writable=True)
    errors: list[str] = []

    def unmount() -> None:
        try:
            twin.sticks.unmount(stick_id)
        except StickError as error:
            errors.append(str(error))

    thread = threading.Thread(target=unmount)
    thread.start()
    wait_for(lambda: twin.client._asked)
    twin.helper.kill()
    thread.join(10)
    assert errors == [str(LOST)]
    twin.helper.start()
    (tmp_path / "answer").touch()
    twin.close()


def test_a_stick_that_hangs_holds_nothing_up(tmp_path: Path) -> None:
    twin = HelperTwin(tmp_path, prelude=HUNG)
    twin.plug("A")
    stick_id = only(twin.sticks).id
    twin.sticks.mount(stick_id, writable=True)
    with pytest.raises(StickError, match="does not answer"):
        twin.sticks.unmount(stick_id)
    twin.plug("B")
    other = twin.sticks.plugged()[1]
    path = twin.sticks.mount(other.id, writable=True)
    (path / "x").write_text("x")
    (tmp_path / "answer").touch()
    twin.sticks.unmount(stick_id)
    twin.sticks.unmount(other.id)
    twin.close()


def test_a_kiosk_that_ends_leaves_nothing_mounted(twin: HelperTwin) -> None:
    twin.plug("A")
    twin.plug("B")
    for stick in twin.sticks.plugged():
        twin.sticks.mount(stick.id, writable=True)
    assert len(twin.helper.mounts()) == 2
    twin.client.close()
    wait_for(lambda: not twin.helper.mounts(), "nothing mounted")
    twin.client = HelperSticks(twin.helper.socket, on_death=twin.deaths.append)
    twin.sticks = twin.client
    wait_for(lambda: len(twin.sticks.plugged()) == 2)
    twin.sticks.mount(twin.sticks.plugged()[0].id, writable=True)


def test_it_ends_well_with_sticks_mounted(twin: HelperTwin) -> None:
    twin.plug("A")
    path = twin.sticks.mount(only(twin.sticks).id, writable=True)
    (path / "x").write_text("x")
    assert twin.helper.end() == 0
    wait_for(twin.sticks.fault)
    twin.pull("A")
    assert twin.kept("A") == {"x": b"x"}
    twin.helper.start()


def test_one_kiosk_at_a_time(twin: HelperTwin) -> None:
    second = HelperSticks(twin.helper.socket, on_death=twin.deaths.append)
    wait_for(second.fault)
    assert "Another kiosk" in str(second.fault())
    with pytest.raises(StickError, match="Another kiosk"):
        second.mount("sda1-1", writable=False)
    twin.client.close()
    wait_for(lambda: second.fault() is None)
    twin.client = second


def test_a_second_helper_does_not_take_the_place_of_the_first(twin: HelperTwin) -> None:
    done = subprocess.run(twin.helper.command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "already running there" in done.stderr
    twin.plug("A")


HOSTILE_IDS = (
    *("", ".", "..", "/", "../../etc", "loop1", "loop1-1/..", "\0", "a" * 400, "vda", "vda-1"),
    *("/dev/vda", "%s%n", "--help", "-o suid"),
)


def test_hostile_messages_mount_nothing_and_end_nothing(twin: HelperTwin) -> None:
    twin.client.close()
    twin.loops.plug(_image(twin))
    chance = random.Random(5)
    good = encode(Mount(1, "loop1-1", True))
    packets = [encode(Mount(7, name, True)) for name in HOSTILE_IDS]
    packets += [encode(Unmount(7, name)) for name in HOSTILE_IDS]
    packets += [b"{}", b"\xff" * 100, b"x" * 60_000, good[:-1], good + b"x", b"\x00"]
    packets += [b"\x9f" * MAX_REQUEST_BYTES, msgspec.msgpack.encode({"type": "mount"})]
    packets += [msgspec.msgpack.encode({**msgspec.to_builtins(Mount(1, "x", True)), "path": "/"})]
    for _ in range(300):
        damaged = bytearray(good)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        packets.append(bytes(damaged))
    for packet in packets:
        stranger = wait_for(lambda: _let_in(twin))
        stranger.socket.send(packet)
        answer = stranger.hear()
        assert answer is None or isinstance(answer, Turned) or answer.error is not None, packet
        stranger.close()
    assert twin.helper.process.poll() is None
    assert not twin.helper.mounts()


def test_more_requests_than_can_wait(tmp_path: Path) -> None:
    twin = HelperTwin(tmp_path, prelude=HUNG.replace("0.3", "30"))
    twin.client.close()
    twin.loops.plug(_image(twin))
    stranger = wait_for(lambda: _let_in(twin))
    twin.helper.process.send_signal(signal.SIGSTOP)
    sent = 0
    stranger.socket.setblocking(False)
    try:
        for number in range(100_000):
            stranger.socket.send(encode(Unmount(number, "nothing")))
            sent += 1
    except BlockingIOError:
        assert sent > 1
    twin.helper.process.send_signal(signal.SIGCONT)
    stranger.close()
    next_one = wait_for(lambda: _let_in(twin))
    next_one.close()
    (tmp_path / "answer").touch()
    twin.client = HelperSticks(twin.helper.socket, on_death=twin.deaths.append)
    twin.sticks = twin.client
    twin.close()


def _image(twin: HelperTwin) -> Path:
    return make_image(twin.folder / "A.img", ("ext4",))


def _let_in(twin: HelperTwin) -> Stranger | None:
    """Connect, and wait until the client before is forgotten."""
    stranger = Stranger(twin.helper)
    while True:
        message = stranger.hear()
        if isinstance(message, Plugged) and message.sticks:
            return stranger
        if not isinstance(message, Plugged):
            stranger.close()
            return None


def test_without_a_helper(tmp_path: Path) -> None:
    deaths: list[BaseException] = []
    sticks = HelperSticks(tmp_path / "nobody", on_death=deaths.append)
    wait_for(sticks.fault)
    assert str(sticks.fault()) == (
        "No USB stick can be seen: the stick helper is not running. Restart the kiosk."
    )
    assert sticks.plugged() == ()
    with pytest.raises(StickError, match="not running"):
        sticks.mount("sda1-1", writable=False)
    sticks.close()
    assert not deaths
    assert not sticks._links.exists()


def test_only_its_group_may_ask(twin: HelperTwin) -> None:
    assert twin.helper.socket.stat().st_mode & 0o777 == 0o660
    assert (twin.folder / "mounts").stat().st_mode & 0o777 == 0o700


def test_a_kiosk_that_is_not_let_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    sticks = HelperSticks(tmp_path / "helper", on_death=lambda _: None)
    wait_for(sticks.fault)
    assert "into its group" in str(sticks.fault())
    sticks.close()


@pytest.mark.parametrize("words", [[], ["--socket", "x", "--group", "no-such-group-here"]])
def test_unusable_arguments(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    from kiosk.sticks.helper.__main__ import main

    try:
        status = main(words)
    except SystemExit as exit_:
        status = int(str(exit_.code))
    assert status == 2
    assert capfd.readouterr().err


def test_somebody_else_has_it_mounted(twin: HelperTwin, tmp_path: Path) -> None:
    twin.plug("A")
    stick_id = only(twin.sticks).id
    twin.sticks.mount(stick_id, writable=True)
    point = tmp_path / "elsewhere"
    point.mkdir()
    run("mount", f"/dev/{stick_id.partition('-')[0]}", point)
    try:
        for _ in range(2):
            with pytest.raises(StickError, match="still in use"):
                twin.sticks.unmount(stick_id)
    finally:
        run("umount", point)
    twin.sticks.unmount(stick_id)


def test_a_device_that_is_not_the_one_it_was_taken_for(tmp_path: Path) -> None:
    need_loops()
    loops = Loops(tmp_path)
    loops.plug(make_image(tmp_path / "A.img", ("ext4",)))
    rule = DeviceRule(sysfs=loops.sysfs, is_stick=lambda _: True, filesystems=frozenset({"ext4"}))
    (device,) = rule.devices()
    target, owner = tmp_path / "mounted", Owner(0, 0)
    for other in (replace(device, sequence=0), replace(device, number=device.number + 1)):
        with pytest.raises(StickError) as error:
            Mounted(rule, other, "ext4", target, writable=False, owner=owner)
        assert error.value.gone == (other.number == device.number)
        assert not target.exists()
    Mounted(rule, device, "ext4", target, writable=False, owner=owner).release()
    loops.close()


def test_who_waits_for_a_stick_that_is_pulled_is_told_at_once(tmp_path: Path) -> None:
    twin = HelperTwin(tmp_path, prelude=HUNG.replace("0.3", "600"))
    twin.plug("A")
    stick_id = only(twin.sticks).id
    twin.sticks.mount(stick_id, writable=True)
    errors: list[StickError] = []

    def unmount() -> None:
        try:
            twin.sticks.unmount(stick_id)
        except StickError as error:
            errors.append(error)

    thread = threading.Thread(target=unmount)
    thread.start()
    wait_for(lambda: twin.client._asked)
    twin.pull("A")
    thread.join(10)
    assert [error.gone for error in errors] == [True]
    (tmp_path / "answer").touch()
    twin.close()


def test_no_child_of_the_kiosk_keeps_a_stick_in_use(twin: HelperTwin) -> None:
    twin.plug("A")
    twin.sticks.mount(only(twin.sticks).id, writable=True)
    (held,) = twin.client._open.values()
    assert not os.get_inheritable(held.folder)
