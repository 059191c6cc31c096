"""How the guard starts, ends and breaks: the permit is off before anything else."""

from __future__ import annotations

import contextlib
import signal
import socket
import time
from pathlib import Path

import msgspec
import pytest

from hardware.errors import BenchError
from hardware.latches import KeptLatches
from hardware.link import STAFF_CLEARS, BeginCheck, Check, ClearLatches, Reason, Terms
from hardware.settings import SIMULATED_PINS, GuardSettings, Treadmill
from hardware.simulator.client import BenchClient
from tests.hardware.breaks import (
    BREAKS_ON_BOOM,
    CALLBACK_BREAKS,
    HANGS_ON_BOOM,
    PORT_BREAKS_ON_BOOM,
    SIMULATOR_BREAKS,
)
from tests.hardware.guard_rig import BUSY_S, Kiosk, Rig, running, wait_for


def gave_back(rig: Rig) -> list[int]:
    """Return every level of the permit after its fall, until the guard closes its door."""
    given = []
    with contextlib.suppress(BenchError):
        for event in rig.bench.events(1.0):
            given += [event["permit"]] if event["permit"] else []
    return given


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_drops_the_permit_and_ends_with_0(tmp_path: Path, number: int) -> None:
    with running(tmp_path) as rig:
        rig.grant()
        before_s = time.monotonic()
        rig.process.send_signal(number)
        assert rig.fell() - before_s < 0.02 + BUSY_S
        assert gave_back(rig) == []
        # A second one, whenever it comes, changes nothing.
        assert rig.end(number) == (0, "")
    assert list(tmp_path.iterdir()) == [], "sockets, locks and the sensor's link are gone"


def test_a_signal_drops_the_permit_even_when_the_loop_hangs(tmp_path: Path) -> None:
    with running(tmp_path, prelude=HANGS_ON_BOOM) as rig:
        rig.grant()
        rig.bench.request({"raw": "BOOM"})
        time.sleep(0.05)
        assert rig.state()["permit"] == 1
        before_s = time.monotonic()
        rig.process.terminate()
        assert rig.fell() - before_s < 0.02 + BUSY_S
        rig.process.kill()


@pytest.mark.parametrize(
    ("prelude", "cause", "words"),
    [
        (BREAKS_ON_BOOM, {"raw": "BOOM"}, "the control loop: RuntimeError: boom"),
        (PORT_BREAKS_ON_BOOM, {"raw": "BOOM"}, "belt-port: RuntimeError: boom"),
        (CALLBACK_BREAKS, {"pin": "key", "level": 0}, "a pin's callback: RuntimeError: boom"),
        (SIMULATOR_BREAKS, {"sensor": "ok"}, "simulator: RuntimeError: boom"),
    ],
)
def test_a_fault_in_any_thread_drops_the_permit_and_ends_with_1(
    tmp_path: Path, prelude: str, cause: dict[str, object], words: str
) -> None:
    with running(tmp_path, prelude=prelude) as rig:
        rig.grant()
        rig.bench.ask(cause)
        rig.fell()
        assert gave_back(rig) == []
        _, said = rig.process.communicate(timeout=10.0)
        assert rig.process.returncode == 1
        assert said.startswith(f"sternway guard: {words} (at <string>:")
        assert said.count("\n") == 1


def test_what_staff_must_clear_outlives_a_killed_guard(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.grant()
        rig.pin("estop", 0)
        rig.stopped("estop")
        rig.process.kill()
        rig.process.wait()
        successor = rig.spawn()
        try:
            with BenchClient(rig.bench_path, timeout_s=10.0) as bench:
                bench.request({"get": "state"})
                kiosk = Kiosk(rig.socket_path)
                assert kiosk.status.latched == ("estop",)
                kiosk.say(BeginCheck(Terms(2.0, "both")))
                assert kiosk.settled().latched == ("estop",), "not the patron"
                wait_for(lambda: Check.ESTOP not in kiosk.status.failing)
                kiosk.say(ClearLatches())
                wait_for(lambda: not kiosk.status.latched)
                kiosk.close()
            successor.terminate()
            successor.communicate(timeout=10.0)
            assert [path.name for path in tmp_path.iterdir() if "latched" in path.name] == []
        finally:
            successor.kill()


@pytest.mark.parametrize("content", [b"", b"[", b'["estop", "moon"]', b"\0" * 40, b"{}"])
def test_latches_that_nobody_can_read_are_all_that_staff_clear(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "guard.latched").write_bytes(content)
    assert set(KeptLatches(tmp_path / "guard.sock").read()) == STAFF_CLEARS
    assert "staff must clear" in capsys.readouterr().err


def test_latches_are_kept_as_they_change_and_no_others(tmp_path: Path) -> None:
    socket_path = tmp_path / "guard.sock"
    kept = KeptLatches(socket_path)
    assert kept.read() == ()
    kept.keep((Reason.OVERSPEED, Reason.PATRON))
    assert list(tmp_path.iterdir()) == [], "a patron clears these"
    kept.keep((Reason.OVERSPEED, Reason.SENSOR_LOST))
    assert KeptLatches(socket_path).read() == (Reason.SENSOR_LOST,)
    kept.keep(())
    assert KeptLatches(socket_path).read() == ()


def test_latches_that_cannot_be_kept_are_said_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = KeptLatches(tmp_path / "gone" / "guard.sock")
    for _ in range(3):
        kept.keep((Reason.ESTOP,))
    assert capsys.readouterr().err.count("latches are in memory alone") == 1


def test_after_sigkill_the_door_is_closed_and_a_new_guard_takes_the_place(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.grant()
        rig.process.kill()
        with pytest.raises(BenchError, match="permit is off"):
            rig.fell()
        rig.process.wait()
        successor = rig.spawn()
        try:
            with BenchClient(rig.bench_path, timeout_s=5.0) as bench:
                assert bench.request({"get": "state"})["permit"] == 0
        finally:
            successor.terminate()
            assert successor.wait(10.0) == 0
            assert successor.stderr is not None
            successor.stderr.close()


def test_a_second_guard_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.bench_path = tmp_path / "other.sock"
        second = rig.spawn()
        _, words = second.communicate(timeout=10.0)
        assert second.returncode == 1
        assert words.count("\n") == 1
        assert f"{rig.socket_path}: a guard is already running there" in words
        assert rig.state()["permit"] == 0, "the first one still answers"
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            "bench.sock",
            "bench.sock.lock",
            "guard-sensor",
            "guard.sock",
            "guard.sock.lock",
        ], "and nothing of it was touched"


def test_a_stopped_process_does_not_carry_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.grant(kmh=1.0)
        rig.process.send_signal(signal.SIGSTOP)
        time.sleep(1.2)
        rig.process.send_signal(signal.SIGCONT)
        awake_s = time.monotonic()
        assert rig.fell() - awake_s < 0.1 + BUSY_S
        rig.stopped("sensor_lost")


def test_a_kiosk_that_goes_takes_the_permit_with_it(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.grant()
        before_s = time.monotonic()
        rig.kiosk.close()
        assert rig.fell() - before_s < 0.05 + BUSY_S
        rig.kiosk = Kiosk(rig.socket_path)
        assert rig.kiosk.status.reason == "kiosk_lost"
        rig.grant()


def test_a_pulsed_permit(tmp_path: Path) -> None:
    settings = GuardSettings(pins=SIMULATED_PINS, treadmill=Treadmill(permit="pulse"))
    with running(tmp_path, settings) as rig:
        rig.grant(kmh=1.0)
        assert list(rig.bench.events(1.0)) == [], "the pulses hold the relay without a break"
        since_s = rig.pin("estop", 0)
        assert rig.fell() - since_s < 0.1 + BUSY_S
        rig.stopped("estop")
        rig.grant()
        before_s = time.monotonic()
        rig.process.terminate()
        assert rig.fell() - before_s < 0.1 + BUSY_S


def test_an_active_low_relay(tmp_path: Path) -> None:
    pins = msgspec.structs.replace(SIMULATED_PINS, permit_active_high=False)
    with running(tmp_path, GuardSettings(pins=pins)) as rig:
        assert rig.state()["permit"] == 0
        rig.grant()
        rig.pin("key", 0)
        rig.fell()


def test_a_site_without_a_relay_gets_alarms_only(tmp_path: Path) -> None:
    settings = GuardSettings(pins=SIMULATED_PINS, treadmill=Treadmill(permit="none"))
    with running(tmp_path, settings) as rig:
        rig.speed(1.0)
        wait_for(lambda: rig.state()["speed_kmh"] == 1.0, what="the belt runs all the same")
        rig.speed(0.0)
        wait_for(lambda: rig.state()["speed_kmh"] == 0.0)
        rig.grant(kmh=1.0)
        rig.pin("estop", 0)
        rig.fell()
        time.sleep(0.5)
        assert rig.state()["speed_kmh"] == 1.0


@pytest.mark.parametrize("closed", ["on", "off"])
def test_the_relays_feedback_is_a_check(tmp_path: Path, closed: str) -> None:
    pins = msgspec.structs.replace(SIMULATED_PINS, relay_feedback=5, relay_feedback_closed=closed)
    with running(tmp_path, GuardSettings(pins=pins)) as rig:
        rig.grant()
        rig.pin("key", 0)
        rig.fell()
        wait_for(lambda: "relay" not in rig.kiosk.status.failing)


def test_systemd_is_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(5.0)
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify")}
        with running(tmp_path, environment=environment) as rig:
            assert systemd.recv(100) == b"READY=1"
            times_s = []
            for _ in range(5):
                assert systemd.recv(100) == b"WATCHDOG=1"
                times_s.append(time.monotonic())
            assert 0.7 < times_s[-1] - times_s[0] < 0.85 + BUSY_S
            rig.process.send_signal(signal.SIGSTOP)
            systemd.settimeout(0.5)
            with pytest.raises(TimeoutError):
                while True:
                    systemd.recv(100)
            rig.process.send_signal(signal.SIGCONT)
            systemd.settimeout(5.0)
            rig.end()
            words = set()
            while b"STOPPING=1" not in words:
                words.add(systemd.recv(100))


def test_threads_and_process_have_names(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        tasks = Path(f"/proc/{rig.process.pid}/task")
        names = {(task / "comm").read_text().strip() for task in tasks.iterdir()}
    assert names == {"sternway-guard", "guard-signals", "belt-port", "simulator"}


def test_only_its_owner_may_speak_to_a_guard(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        assert rig.socket_path.stat().st_mode & 0o777 == 0o600
        assert rig.bench_path.stat().st_mode & 0o777 == 0o600
    environment = {"RUNTIME_DIRECTORY": str(tmp_path)}
    with running(tmp_path, environment=environment) as rig:
        assert rig.socket_path.stat().st_mode & 0o777 == 0o660, "the kiosk is another user there"


def test_without_a_raspberry_pi_the_real_guard_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from hardware.guard import run_guard
    from hardware.settings import GuardTable

    settings = GuardSettings(guard=GuardTable(socket=str(tmp_path / "guard.sock")))
    before = set(Path("/proc/self/task").iterdir())
    assert run_guard(settings, simulate=False) == 1
    words = capsys.readouterr().err
    assert words.startswith("sternway guard: ")
    assert "GPIO" in words or "lgpio" in words
    assert words.endswith("elsewhere use --simulate\n")
    assert words.count("\n") == 1
    assert set(Path("/proc/self/task").iterdir()) <= before, "no thread of its own is left"
    assert list(tmp_path.iterdir()) == []


def test_no_line_of_rig_is_left(tmp_path: Path) -> None:
    """The rig itself: a guard that ended is seen as ended."""
    rig = Rig(tmp_path)
    assert rig.end() == (0, "")
    rig.close()
