"""Scenario of what staff lay on the memory card: keys for SSH, a mistake in the settings, its mend.

The card is a file here, and the machine is off while something is laid on it: as staff do it.
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from image.maker.gpt import partitions
from image.rig import card, sticks
from image.rig.atlas import UNUSABLE
from image.rig.command import Hardware
from image.rig.errors import RigError
from image.rig.frame import UP_S, Bench, need
from image.rig.machine import Machine
from image.rig.stories import HOME, Stories
from image.rig.walks import READY, no_doors

SETTINGS: Final = "sternway.toml"
KEYS: Final = "sternway-ssh.pub"
STAFF: Final = "sternway-staff"
LOOKS: Final = (
    "id -un; systemctl is-active sternway-kiosk; "
    "journalctl -q -n 1 -u sternway-guard --no-pager >/dev/null && echo the journal; "
    "ls /var/lib/sternway /boot/firmware 2>/dev/null || echo no records"
)
LOOKED: Final = [STAFF, "active", "the journal", "no records"]
DENIED: Final = "Permission denied (publickey)"
ANSWERS_S: Final = 600.0
"""An emulated handshake takes tens of seconds of ours."""


def laid(bench: Bench) -> None:
    """Keys on the card open SSH to their owner; a mistake in the settings is said; it is mended."""
    ready = bench.folder / READY
    need((ready / "card.qcow2").exists(), "there is no card that was set up: run `first` before")
    card.copy(ready, bench.place, volatile=True)
    own, other = (_key(bench.place / name) for name in ("own", "other"))
    whole = _take(bench, SETTINGS)

    _lay(bench, KEYS, own.with_suffix(".pub").read_text())
    with _on(bench) as (machine, story, port):
        story.eyes.see(*HOME, within_s=UP_S)
        bench.check(
            "keys on the card let their owner in, and nobody else",
            lambda: _lets_in(machine, port, own, other),
        )
    _take_off(bench, KEYS)
    _lay(bench, SETTINGS, whole.replace("name =", "nmae =", 1))
    with _on(bench) as (machine, story, port):
        bench.check(
            "a mistake in the settings is said on the display", lambda: _says(machine, story)
        )
        bench.check("without the keys the door is shut", lambda: _is_shut(machine, port, own))
    _lay(bench, SETTINGS, whole)
    with _on(bench) as (machine, story, _):
        bench.check("mended, it starts as before", lambda: _as_before(machine, story))


def _lets_in(machine: Machine, port: int, own: Path, other: Path) -> str:
    machine.inside.wait("systemctl is-active sternway-sshd", UP_S)
    _, said = _ssh(port, own, STAFF, LOOKS)
    need(said.split("\n")[:4] == LOOKED, f"who has the key sees {said!r}")
    for key, user in (other, STAFF), (own, "root"), (own, "sternway-kiosk"):
        status, said = _ssh(port, key, user, "true")
        need(status != 0 and DENIED in said, f"{user} by the key {key.name!r}: {status}, {said}")
    root, said = _ssh(port, own, STAFF, "sudo -n true || su -c true || pkexec true")
    need(root != 0, f"whoever is in becomes root: {said}")
    return "journal and state of the services; no records, no root, no other user"


def _says(machine: Machine, story: Stories) -> str:
    story.eyes.see("unusable", within_s=UP_S)
    need(not machine.permit(), "there is a permit")
    guard = machine.inside.run("systemctl is-active sternway-guard; true")
    need(guard != "active", "the guard runs on settings that it cannot have read")
    return UNUSABLE


def _is_shut(machine: Machine, port: int, own: Path) -> str:
    no_doors(machine.inside)
    status, said = _ssh(port, own, STAFF, "true")
    need(status != 0, f"SSH let somebody in: {said}")
    return "no socket of a network, though a cable is in"


def _as_before(machine: Machine, story: Stories) -> str:
    story.eyes.see(*HOME, within_s=UP_S)
    machine.inside.wait("systemctl is-active sternway-guard", UP_S)
    return "its first screen"


@contextmanager
def _on(bench: Bench) -> Iterator[tuple[Machine, Stories, int]]:
    """The machine with a cable in, and the port of ours that leads to its own port 22."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with bench.machine(Hardware(volatile=True, ssh_port=port)) as (machine, story):
        yield machine, story, port


def _key(path: Path) -> Path:
    if not path.exists():
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path)]
        subprocess.run(words, check=True)
    return path


def _ssh(port: int, key: Path, user: str, command: str) -> tuple[int, str]:
    """Return its status and all that it said; raises :class:`RigError` where it never ends."""
    choices = {
        "BatchMode": "yes",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "StrictHostKeyChecking": "accept-new",
        "UserKnownHostsFile": str(key.with_name("known")),
        "LogLevel": "ERROR",
        "ConnectTimeout": "240",
    }
    words = ["ssh", "-F", "/dev/null", "-p", str(port), "-i", str(key)]
    words += [word for name, value in choices.items() for word in ("-o", f"{name}={value}")]
    try:
        done = subprocess.run(
            [*words, f"{user}@127.0.0.1", command],
            capture_output=True,
            text=True,
            check=False,
            timeout=ANSWERS_S,
        )
    except subprocess.TimeoutExpired:
        raise RigError(f"SSH as {user} has no answer after {ANSWERS_S:g} s") from None
    return done.returncode, (done.stdout + done.stderr).strip()


# --- the card's first partition, in another computer ---------------------------------------------


def _place(bench: Bench) -> str:
    disk = bench.place / "card.raw"
    return f"{disk}@@{partitions(disk)[0].begin}"


def _take(bench: Bench, name: str) -> str:
    to = bench.place / name
    sticks.run(["mcopy", "-n", "-o", "-i", _place(bench), f"::/{name}", str(to)])
    return to.read_text(encoding="utf-8")


def _lay(bench: Bench, name: str, text: str) -> None:
    path = bench.place / name
    path.write_text(text, encoding="utf-8")
    sticks.run(["mcopy", "-n", "-o", "-i", _place(bench), str(path), f"::/{name}"])


def _take_off(bench: Bench, name: str) -> None:
    sticks.run(["mdel", "-i", _place(bench), f"::/{name}"])
