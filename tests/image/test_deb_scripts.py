"""The package's scripts, run as dpkg runs them, with every system command a note of itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

PARTS = Path(__file__).resolve().parents[2] / "image/deb/parts"
SCRIPTS = ("postinst", "prerm", "postrm", "sternway-kiosk")
PLACES = (
    *("/run/systemd", "/var/lib/sternway", "/var/cache/sternway", "/etc/sternway"),
    *("/etc/systemd", "/boot/firmware", "/usr/lib/sternway"),
)
COMMANDS = (
    *("systemctl", "deb-systemd-invoke", "systemd-sysusers", "udevadm", "py3compile", "py3clean"),
)


class Fake:
    """A root in a folder; ``calls`` are the commands in their order."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self._bin = folder / "bin"
        self._calls = folder / "calls"
        self._calls.touch()
        self._bin.mkdir()
        for place in ("/etc/sternway", "/usr/lib/sternway/bin", "/run/systemd/system"):
            self.at(place).mkdir(parents=True)
        for name in COMMANDS:
            self.command(name)
        self.command("id", "echo 0")
        self.active()
        self.python("exit 0")
        for name in SCRIPTS:
            text = (PARTS / name).read_text()
            for place in PLACES:
                text = text.replace(place, str(self.at(place)))
            (self._bin / name).write_text(text)
            (self._bin / name).chmod(0o755)

    def at(self, place: str) -> Path:
        return self.root / place.lstrip("/")

    def command(self, name: str, body: str = "exit 0") -> None:
        note = f'echo "{name} $*" >>"{self._calls}"'
        path = self._bin / name
        path.write_text(f"#!/bin/sh\n{note}\n{body}\n")
        path.chmod(0o755)

    def python(self, body: str) -> None:
        path = self.at("/usr/lib/sternway/bin/python")
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def active(self, *units: str, fails: str = "") -> None:
        """Say which units run, and with which words ``systemctl`` fails."""
        on = "|".join(f'*"is-active {unit}"*' for unit in units) or "nothing"
        self.command(
            "systemctl",
            f'case "$*" in\n{on}) exit 0;;\n*is-active*) exit 3;;\n'
            "*get-default*) echo graphical.target;;\n*is-enabled*) echo enabled;;\n"
            f'"{fails}") exit 1;;\nesac',
        )

    def run(self, script: str, *words: str, status: int = 0) -> str:
        self._calls.write_text("")
        done = subprocess.run(
            [self._bin / script, *words],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": f"{self._bin}:{os.environ['PATH']}"},
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines()

    def walk(self) -> None:
        """A session runs."""
        journal = self.at("/var/lib/sternway/journal")
        journal.mkdir(parents=True, exist_ok=True)
        (journal / "0198.jsonl").touch()


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(tmp_path)


@pytest.mark.parametrize("script", SCRIPTS)
def test_any_shell_can_read_it(script: str) -> None:
    subprocess.run(["sh", "-n", PARTS / script], check=True)
    first, *_ = (PARTS / script).read_text().splitlines()
    assert first == "#!/bin/sh"


@pytest.mark.parametrize("script", SCRIPTS[:3])
def test_a_step_that_fails_ends_it(script: str) -> None:
    assert "\nset -e\n" in (PARTS / script).read_text()


def test_installing_makes_users_and_switches_nothing_on(fake: Fake) -> None:
    told = fake.run("postinst", "configure", "")
    assert "sudo sternway-kiosk on" in told
    assert fake.calls[0].startswith("systemd-sysusers ")
    assert not [call for call in fake.calls if "enable" in call or "set-default" in call]
    # It starts those alone that are enabled, and none is.
    (start,) = [call for call in fake.calls if call.startswith("deb-systemd-invoke")]
    assert start.startswith("deb-systemd-invoke start sternway-guard.service ")


def test_where_no_systemd_runs_nothing_is_started(fake: Fake) -> None:
    fake.at("/run/systemd/system").rmdir()
    fake.run("postinst", "configure", "")
    assert [call.split()[0] for call in fake.calls] == ["systemd-sysusers", "py3compile"]


def test_settings_that_no_longer_count_are_told_once(fake: Fake) -> None:
    fake.at("/boot/firmware").mkdir(parents=True)
    fake.at("/boot/firmware/sternway.toml").touch()
    assert "does not." in fake.run("postinst", "configure", "")
    assert fake.run("postinst", "configure", "0.1.0") == ""


@pytest.mark.parametrize("reason", ["upgrade", "remove", "deconfigure", "failed-upgrade"])
def test_a_walk_is_not_cut_off(fake: Fake, reason: str) -> None:
    fake.active("sternway-kiosk.service")
    fake.walk()
    assert "a session is running" in fake.run("prerm", reason, "0.2.0", status=1)
    assert not [call for call in fake.calls if "is-active" not in call]


@pytest.mark.parametrize("reason", ["upgrade", "remove"])
def test_a_journal_that_a_crash_left_holds_nobody_up(fake: Fake, reason: str) -> None:
    fake.walk()
    fake.run("prerm", reason)


def test_an_upgrade_stops_the_screen_first_and_switches_nothing_off(fake: Fake) -> None:
    fake.active("sternway-kiosk.service")
    fake.run("prerm", "upgrade", "0.2.0")
    stops = [call for call in fake.calls if " stop " in call]
    assert [call.split()[2] for call in stops] == [
        "sternway-kiosk.service",
        "sternway-guard.service",
    ]
    assert not [call for call in fake.calls if "disable" in call]


def test_a_guard_that_does_not_stop_ends_it(fake: Fake) -> None:
    """Its permit may still be given."""
    fake.command("deb-systemd-invoke", 'case "$*" in *guard*) exit 1;; esac')
    fake.run("prerm", "upgrade", "0.2.0", status=1)
    fake.active(fails="stop sternway-guard.service sternway-sticks.service")
    fake.run("prerm", "remove", status=1)
    assert not [call for call in fake.calls if "disable" in call]


def test_on_and_off_give_back_what_was_there(fake: Fake) -> None:
    for _ in range(2):
        fake.run("sternway-kiosk", "on")
        # A second time, the first one's answer must stay.
        fake.command(
            "systemctl",
            'case "$*" in *get-default*) echo multi-user.target;; *is-enabled*) echo off;; esac',
        )
    before = fake.at("/etc/sternway/before-kiosk")
    assert before.read_text() == "target graphical.target\nlogin enabled\n"
    assert any(call.endswith("set-default multi-user.target") for call in fake.calls)
    fake.run("sternway-kiosk", "off")
    assert any(call.endswith("set-default graphical.target") for call in fake.calls)
    assert any(call.endswith(" enable getty@tty1.service") for call in fake.calls)
    assert not before.exists()
    fake.run("sternway-kiosk", "off")
    assert not [call for call in fake.calls if "set-default" in call]


def test_settings_that_cannot_be_used_switch_nothing_on(fake: Fake) -> None:
    fake.python("echo bad >&2; exit 1")
    assert "bad" in fake.run("sternway-kiosk", "on", status=1)
    assert fake.calls == ["id -u"]


def test_who_is_not_root_is_told(fake: Fake) -> None:
    fake.command("id", "echo 1000")
    assert "sudo sternway-kiosk on" in fake.run("sternway-kiosk", "on", status=1)
    assert "say on, off or status" in fake.run("sternway-kiosk", "of", status=2)


def test_purging_keeps_the_records_and_says_where_they_are(fake: Fake) -> None:
    fake.walk()
    fake.at("/var/cache/sternway/voice").mkdir(parents=True)
    fake.at("/etc/sternway/before-kiosk").touch()
    assert fake.run("postrm", "remove") == ""
    assert fake.at("/etc/sternway/before-kiosk").exists()
    told = fake.run("postrm", "purge")
    assert str(fake.at("/var/lib/sternway")) in told
    assert fake.at("/var/lib/sternway/journal/0198.jsonl").is_file()
    assert not fake.at("/etc/sternway").exists()
    assert not fake.at("/var/cache/sternway").exists()
    assert fake.run("postrm", "purge").count("rm -r") == 1


def test_purging_keeps_a_settings_folder_that_holds_more(fake: Fake) -> None:
    fake.at("/etc/sternway/mine.txt").touch()
    fake.run("postrm", "purge")
    assert fake.at("/etc/sternway/mine.txt").is_file()
