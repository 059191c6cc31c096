"""The real process, started as systemd does it: by its socket, with a file handed over."""

from __future__ import annotations

import array
import os
import shutil
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kiosk.upkeep.updater.boot import boot_of
from kiosk.upkeep.updater.link import (
    Done,
    Examine,
    Forget,
    Going,
    Install,
    Keep,
    Look,
    Offer,
    Stands,
    Stop,
    ToKiosk,
    ToService,
    Try,
    decode_to_kiosk,
    encode,
)
from kiosk.upkeep.updater.machine import Machine
from kiosk.upkeep.updater.partition import writable
from kiosk.upkeep.updater.words import CANCELLED, CHANGED, DATA_READ_ONLY, NOT_READ, NOT_SIGNED
from tests.upkeep.appliance import made_update, make_machine, next_start

WITHIN_S = 30.0
ROOT = Path(__file__).resolve().parents[2]
PROGRAM = textwrap.dedent(
    """
    import os, socket, sys
    import msgspec
    from kiosk.upkeep.updater.__main__ import serve
    from kiosk.upkeep.updater.machine import Machine

    given, number, idle_s = sys.argv[1:]
    machine = msgspec.json.decode(given, type=Machine, dec_hook=lambda kind, value: kind(value))
    serve(socket.socket(fileno=int(number)), machine, idle_s=float(idle_s))
    """
)


class Service:
    """A running update service over an appliance of files."""

    def __init__(self, machine: Machine, *, idle_s: float = 20.0) -> None:
        self.machine = machine
        self.path = machine.boot.parent / "update.sock"
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listening.bind(str(self.path))
        listening.listen(4)
        given = msgspec.json.encode(machine, enc_hook=str).decode()
        command = [sys.executable, "-c", PROGRAM, given, str(listening.fileno()), str(idle_s)]
        self.process = subprocess.Popen(command, pass_fds=[listening.fileno()])
        listening.close()
        self.client = self.connect()

    def connect(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        client.settimeout(WITHIN_S)
        client.connect(str(self.path))
        return client

    def say(self, message: ToService, file: int | None = None) -> None:
        files = [] if file is None else [file]
        socket.send_fds(self.client, [encode(message)], files)

    def hear(self) -> ToKiosk:
        return decode_to_kiosk(self.client.recv(65_536))

    def ask(self, message: ToService, update: Path | None = None) -> ToKiosk:
        file = None if update is None else os.open(update, os.O_RDONLY)
        try:
            self.say(message, file)
        finally:
            if file is not None:
                os.close(file)
        return self.hear()

    def close(self) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait(WITHIN_S)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    one = Service(make_machine(tmp_path / "machine"))
    yield one
    one.close()


@pytest.fixture(scope="module")
def update(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_update(tmp_path_factory.mktemp("update"))


def offered(service: Service, update: Path) -> Offer:
    offer = service.ask(Examine(), update)
    assert isinstance(offer, Offer), offer
    return offer


def test_an_update_from_the_look_to_the_next_start(service: Service, update: Path) -> None:
    stands = service.ask(Look())
    assert isinstance(stands, Stands)
    assert (stands.standing.version, stands.standing.other) == ("0.1.0", "empty")
    offer = offered(service, update)
    assert offer.version == "0.2.0"
    answers = [service.ask(Install(offer.digest), update)]
    while isinstance(answers[-1], Going):
        answers.append(service.hear())
    assert answers.pop() == Done()
    assert {one.phase for one in answers if isinstance(one, Going)} == {
        *("checking", "writing", "reading")
    }
    stands = service.ask(Look())
    assert isinstance(stands, Stands)
    assert (stands.standing.other, stands.standing.other_version) == ("waiting", "0.2.0")
    assert next_start(service.machine).is_whole
    assert service.ask(Try()) == Done()
    assert service.ask(Forget()) == Done()
    assert service.ask(Try()) == Done(), "nothing waits, and nothing is in the restart's way"
    assert boot_of(service.machine).other() == "empty"


def test_another_file_than_the_one_that_was_looked_at(
    service: Service, update: Path, tmp_path: Path
) -> None:
    offer = offered(service, update)
    other = made_update(tmp_path, version="0.3.0")
    assert service.ask(Install(offer.digest), other) == Done((CHANGED,))
    assert boot_of(service.machine).other() == "empty"


def test_what_is_not_signed_or_not_there(service: Service, tmp_path: Path) -> None:
    assert service.ask(Examine(), made_update(tmp_path, key="theirs")) == Done((NOT_SIGNED,))
    assert service.ask(Examine()) == Done((NOT_READ,))
    assert service.ask(Stop()) == Done()
    assert service.ask(Keep()) == Done((DATA_READ_ONLY,))


@pytest.mark.parametrize("how", ["stop", "gone"])
def test_a_kiosk_that_stops_it_or_ends(tmp_path: Path, how: str) -> None:
    """What was under way leaves the running version as the one that starts."""
    machine = make_machine(tmp_path / "machine")
    machine.device("b").write_bytes(b"")
    with machine.device("b").open("r+b") as file:
        file.truncate(64 << 20)
    service = Service(machine)
    try:
        update = made_update(tmp_path / "u", root=os.urandom(1 << 20) * 48)
        offer = offered(service, update)
        first = service.ask(Install(offer.digest), update)
        assert isinstance(first, Going)
        if how == "stop":
            service.say(Stop())
            while isinstance(answer := service.hear(), Going):
                continue
            assert answer == Done((CANCELLED,))
        else:
            service.client.close()
            service.client = service.connect()
        stands = service.ask(Look())
        assert isinstance(stands, Stands)
        assert stands.standing.other == "empty"
        assert next_start(machine).is_whole
    finally:
        service.close()


def test_a_client_that_talks_nonsense_is_turned_away_and_the_next_served(
    service: Service,
) -> None:
    for noise in (b"\xff\xff", b"x" * 2000, encode(Done()), b"\x81\xa4type\xa4lo\xffk"):
        service.client.send(noise)
        assert service.client.recv(100) == b""
        service.client.close()
        service.client = service.connect()
    assert isinstance(service.ask(Look()), Stands)


def test_more_files_than_one_are_closed(service: Service, update: Path) -> None:
    """Nobody fills the service with open files."""
    assert isinstance(service.ask(Look()), Stands)
    open_before = len(list(Path(f"/proc/{service.process.pid}/fd").iterdir()))
    with update.open("rb") as file:
        packed = array.array("i", [file.fileno()] * 5)
        for _ in range(3):
            parts: list[Any] = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, packed)]
            service.client.sendmsg([encode(Examine())], parts)
            assert service.client.recv(100) == b""
            service.client.close()
            service.client = service.connect()
        for _ in range(3):
            assert isinstance(service.ask(Examine(), update), Offer)
    assert isinstance(service.ask(Look()), Stands)  # by then the last file is closed too
    assert len(list(Path(f"/proc/{service.process.pid}/fd").iterdir())) == open_before


def test_it_ends_when_nobody_asks(tmp_path: Path) -> None:
    service = Service(make_machine(tmp_path / "machine"), idle_s=0.3)
    try:
        assert isinstance(service.ask(Look()), Stands)
        assert service.process.wait(WITHIN_S) == 0
    finally:
        service.close()


def test_systemd_hands_its_socket_over(tmp_path: Path) -> None:
    """systemd's own program for it; nothing but which machine this is, is made up."""
    if shutil.which("systemd-socket-activate") is None:
        pytest.skip("NOT RUN: the service by its socket: there is no systemd-socket-activate")
    machine = make_machine(tmp_path / "machine")
    path = tmp_path / "update.sock"
    program = textwrap.dedent(
        """
        import sys
        import msgspec
        from kiosk.upkeep.updater import __main__ as service
        from kiosk.upkeep.updater.machine import Machine

        machine = msgspec.json.decode(
            sys.argv[1], type=Machine, dec_hook=lambda kind, value: kind(value)
        )
        service.this_machine = lambda: machine
        sys.exit(service.main([]))
        """
    )
    given = msgspec.json.encode(machine, enc_hook=str).decode()
    command = ["systemd-socket-activate", "--seqpacket", f"--listen={path}", f"-EPYTHONPATH={ROOT}"]
    with subprocess.Popen([*command, sys.executable, "-c", program, given]) as service:
        try:
            until = time.monotonic() + WITHIN_S
            while not path.exists():
                assert time.monotonic() < until
                time.sleep(0.01)
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
                client.settimeout(WITHIN_S)
                client.connect(str(path))
                client.send(encode(Look()))
                assert isinstance(decode_to_kiosk(client.recv(65_536)), Stands)
        finally:
            service.kill()


def test_the_program_itself_is_no_use_outside_an_appliance() -> None:
    command = [sys.executable, "-m", "kiosk.upkeep.updater"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "no appliance" in done.stderr


def test_the_boot_partition_is_writable_for_as_long_as_it_must_be(tmp_path: Path) -> None:
    """A real filesystem, mounted read-only as the image has it. Not every kernel here has vfat."""
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        pytest.skip("NOT RUN: the boot partition's remount: it takes root and mkfs.ext4")
    image, point = tmp_path / "boot.img", tmp_path / "boot"
    with image.open("wb") as file:
        file.truncate(16 << 20)
    point.mkdir()
    subprocess.run(["mkfs.ext4", "-q", image], check=True, capture_output=True)
    found = subprocess.run(
        ["losetup", "--find", "--show", image], check=True, capture_output=True, text=True
    )
    disk = found.stdout.strip()
    subprocess.run(["mount", "-o", "ro,nosuid,nodev,noexec", disk, point], check=True)
    try:
        assert is_read_only(point)
        with writable(point):
            (point / "file").write_text("x")
            flags = os.statvfs(point).f_flag
            assert flags & os.ST_NOEXEC
            assert flags & os.ST_NOSUID
        assert is_read_only(point)
        with pytest.raises(OSError, match="Read-only"):
            (point / "file").write_text("y")
        with pytest.raises(RuntimeError), writable(point):
            raise RuntimeError
        assert is_read_only(point)
    finally:
        subprocess.run(["umount", point], check=True)
        subprocess.run(["losetup", "--detach", disk], check=True)


def is_read_only(point: Path) -> bool:
    return bool(os.statvfs(point).f_flag & os.ST_RDONLY)
