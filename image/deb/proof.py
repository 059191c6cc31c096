"""``python -m image.deb.proof OLD.deb NEW.deb``: installs, walks, upgrades, removes, purges.

In a fresh Debian 13 of this computer's architecture, as root; too slow for `make test`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from image.deb.headers import KEYS

PROJECT: Final = Path(__file__).resolve().parents[2]
BASE: Final = ("systemd-sysv", "udev", "dbus", "apt")
RECORDING: Final = "tests/recordings/pause_resume.jsonl"
SHOWN: Final = """\
{"t": 0.5, "speed_kmh": 0, "ramp_kmh_s": 1.0}
{"t": 8.0, "do": "choose", "plan": \
[{"name": "main", "s": 10, "low_kmh": 1.0, "high_kmh": 1.6, "incline_pct": 0}]}
{"t": 20.0, "speed_kmh": 0, "ramp_kmh_s": 1.0}
"""
"""Two screens: a walk in real time would need a computer that has nothing else to do."""
WALKER: Final = "sternway-kiosk"
EDITED: Final = '[site]\nname = "Harbour Street"\n'
INSIDE: Final = (
    'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && '
    'cp -L /etc/resolv.conf "$0/etc/resolv.conf" && exec chroot "$0" "$@"'
)
"""What is mounted is gone with the command."""
UNITS: Final = ("sternway-guard.service", "sternway-sticks.service", "sternway-kiosk.service")
QUIET: Final = ("-y", "-q", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0")


class Root:
    """A Debian in a folder; each check prints one line, and the first that fails ends it all."""

    def __init__(self, tree: Path) -> None:
        """Nothing is in it yet."""
        self.tree = tree

    def make(self) -> None:
        """Fill it with a Debian 13."""
        source = f"deb [signed-by={KEYS}] http://deb.debian.org/debian trixie main"
        command = ["mmdebstrap", "--variant=minbase", f"--include={','.join(BASE)}", "trixie"]
        subprocess.run([*command, self.tree, source], check=True)

    def run(self, *words: str, good: bool = True) -> str:
        """Run a command in it and return what it says; ``good`` is how it must end."""
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", INSIDE, self.tree, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env={
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                "DEBIAN_FRONTEND": "noninteractive",
                "LC_ALL": "C.UTF-8",
            },
        )
        if (done.returncode == 0) != good:
            sys.exit(f"WRONG  {' '.join(words)} ended with {done.returncode}\n{done.stdout}")
        return done.stdout

    def apt(self, *words: str) -> str:
        """Run apt-get in it, which asks nothing."""
        return self.run("apt-get", *QUIET, *words)

    def take(self, package: Path) -> str:
        """Lay a package into it and return its path there."""
        place = self.tree / "srv" / package.name
        place.write_bytes(package.read_bytes())
        return f"/srv/{package.name}"

    def file(self, name: str) -> Path:
        """Return a file in it."""
        return self.tree / name.lstrip("/")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove it; 0 all is as it should be."""
    parser = argparse.ArgumentParser(prog="python -m image.deb.proof", description=__doc__)
    parser.add_argument("old", type=Path, metavar="OLD.deb")
    parser.add_argument("new", type=Path, metavar="NEW.deb")
    parser.add_argument("--root", type=Path, required=True, help="an empty folder, or one made so")
    options = parser.parse_args(arguments)
    root = Root(options.root.resolve())
    if not root.file("/usr/bin/apt-get").exists():
        root.make()
    old, new = root.take(options.old), root.take(options.new)
    installed(root, old)
    walked(root)
    switched(root)
    upgraded(root, new)
    removed(root, new)
    return 0


def installed(root: Root, package: str) -> None:
    """Nothing is switched on, and everything is there that a kiosk needs."""
    told = root.apt("install", package)
    held("it says the next step", "sudo sternway-kiosk on" in told)
    held("nothing is switched on", not any(_enabled(root, unit) for unit in UNITS))
    held("the units are good", not root.run("systemd-analyze", "verify", *UNITS).strip())
    held("byte code is there", any(root.file("/usr/lib/sternway/lib").rglob("*.pyc")))
    missing = root.run(
        *("sh", "-c", "find /usr/lib/sternway -name '*.so*' -type f -exec ldd {} + 2>/dev/null")
    )
    # Its own are loaded by others of its own, which know where they are.
    own = {path.name for path in root.file("/usr/lib/sternway/lib").rglob("*.so*")}
    held("no library is missing but X's", _missing(missing) - own <= {"libXrender.so.1"})
    held("its files are as packed", not root.run("dpkg", "--verify", "sternway").strip())


def walked(root: Root) -> None:
    """The first screen and a walk's record, by the service's user."""
    root.file("/srv/shown.jsonl").write_text(SHOWN)
    root.file("/srv/walk.jsonl").write_bytes((PROJECT / RECORDING).read_bytes())
    data = root.file("/var/lib/sternway")
    data.mkdir(mode=0o700, exist_ok=True)
    root.run("chown", f"{WALKER}:sternway", "/var/lib/sternway")
    as_walker = (
        *("setpriv", f"--reuid={WALKER}", "--regid=sternway", "--clear-groups"),
        *("env", "HOME=/var/lib/sternway", "XDG_RUNTIME_DIR=/var/lib/sternway"),
    )
    doctor = root.run(*as_walker, "sternway", "doctor", good=False)
    held("the doctor tells what is wrong, and how to mend it", "->" in doctor)
    print(doctor)
    root.run(
        *(*as_walker, "SDL_VIDEODRIVER=offscreen", "sternway", "run", "--simulate"),
        *("--script", "/srv/shown.jsonl", "--data", "/var/lib/sternway/simulated"),
        *("--pictures", "/var/lib/sternway/pictures"),
    )
    held("a screen was drawn", any(root.file("/var/lib/sternway/pictures").glob("*.png")))
    root.run(*as_walker, "sternway", "replay", "/srv/walk.jsonl", "--data", "/var/lib/sternway")
    shown = root.run(*as_walker, "sternway", "log", "show", "--data", "/var/lib/sternway")
    held("a walk was recorded", bool(shown.strip()))
    print(shown)


def switched(root: Root) -> None:
    """On makes the computer the kiosk, and off gives back what was there."""
    root.run("systemctl", "set-default", "graphical.target")
    settings = root.file("/etc/sternway/sternway.toml")
    kept = settings.read_text()
    settings.write_text("[treadmil]\n")
    told = root.run("sternway-kiosk", "on", good=False)
    held("settings that cannot be used are told", "treadmill" in told)
    held("and switch nothing on", not any(_enabled(root, unit) for unit in UNITS))
    settings.write_text(kept)
    for _ in range(2):
        root.run("sternway-kiosk", "on")
    held("on: the services are on", all(_enabled(root, unit) for unit in UNITS))
    held("on: no desktop", root.run("systemctl", "get-default").strip() == "multi-user.target")
    held("on: no login prompt", not _enabled(root, "getty@tty1.service"))


def upgraded(root: Root, package: str) -> None:
    """A newer one leaves what somebody wrote, and what is switched on, as they are."""
    settings = root.file("/etc/sternway/sternway.toml")
    settings.write_text(EDITED)
    root.apt("install", package)
    held("upgraded: the settings are theirs", settings.read_text() == EDITED)
    held("upgraded: still on", all(_enabled(root, unit) for unit in UNITS))


def removed(root: Root, package: str) -> None:
    """Removing keeps settings and records, purging the records."""
    log = root.file("/var/lib/sternway/log")
    kept = {path.name: path.read_bytes() for path in log.iterdir() if path.is_file()}
    root.apt("remove", "sternway")
    held("removed: nothing of the program is left", not root.file("/usr/lib/sternway").exists())
    held("removed: the desktop is back", _target(root) == "graphical.target")
    held("removed: the login prompt is back", _enabled(root, "getty@tty1.service"))
    held("removed: the settings stay", root.file("/etc/sternway/sternway.toml").is_file())
    root.apt("install", package)
    held("installed again: the settings are theirs", "Harbour" in _settings(root))
    held("installed again: nothing is on", not any(_enabled(root, unit) for unit in UNITS))
    told = root.apt("purge", "sternway")
    held("purged: it says where the records are", "/var/lib/sternway" in told)
    held("purged: no settings are left", not root.file("/etc/sternway").exists())
    now = {path.name: path.read_bytes() for path in log.iterdir() if path.is_file()}
    held("purged: the records are untouched", bool(kept) and now == kept)


def held(what: str, true: bool) -> None:
    """Print what was looked at; ends where it is not so."""
    print(f"{'ok   ' if true else 'WRONG'}  {what}", flush=True)
    if not true:
        sys.exit(1)


def _enabled(root: Root, unit: str) -> bool:
    wants = root.file("/etc/systemd/system").glob("*.wants/*")
    return any(path.name == unit for path in wants)


def _target(root: Root) -> str:
    return root.run("systemctl", "get-default").strip()


def _settings(root: Root) -> str:
    return root.file("/etc/sternway/sternway.toml").read_text(encoding="utf-8")


def _missing(told: str) -> set[str]:
    return {line.split()[0] for line in told.splitlines() if "not found" in line}


if __name__ == "__main__":
    sys.exit(main())
