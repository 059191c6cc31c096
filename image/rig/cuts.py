"""The power cut, again and again: what the log called kept is there after the next start.

Sessions are kept one after the other by the product's own log, inside, as the kiosk's user; its
service is masked meanwhile, since so many walks by touch would take days here. The card is one that
loses its cache: what was not flushed is gone.
"""

from __future__ import annotations

import base64
import random
import time
from pathlib import Path
from typing import Final

from image.rig.command import Hardware
from image.rig.errors import RigError
from image.rig.frame import Bench, need, tell
from image.rig.inside import Inside
from image.rig.machine import Machine

KEEPER: Final = Path(__file__).with_name("keeper.py")
PYTHON: Final = "/usr/lib/sternway/bin/python"
MASKED: Final = "systemd.mask=sternway-kiosk.service systemd.mask=sternway-guard.service"
OWN: Final = "chown sternway-kiosk: /var/lib/sternway && chmod 700 /var/lib/sternway"
UP_S: Final = 900.0
LONGEST_S: Final = 25.0


def cuts(bench: Bench, count: int, seed: int, *, unsynced: bool = False) -> None:
    """Cut the power so often, at moments by lot.

    ``unsynced``: of a log that flushes nothing, which this must find out.
    """
    dice = random.Random(seed)  # noqa: S311 - dice that can be thrown again
    bench.check(
        f"{count} power cuts, seed {seed}{', nothing flushed' * unsynced}",
        lambda: _cut_again_and_again(bench, count, dice, unsynced=unsynced),
    )


def _cut_again_and_again(bench: Bench, count: int, dice: random.Random, *, unsynced: bool) -> str:
    promised: list[str] = []
    early = 0
    hardware = Hardware(
        sensor=False, sound=False, volatile=True, own_time=False, processors=2, cmdline=MASKED
    )
    machine = Machine(bench.image, bench.place, hardware)
    try:
        for number in range(count + 1):
            machine.start()
            _is_up(machine, number)
            if number == count:
                _all_there(machine.inside.run(f"{_keeper()} --list", UP_S), promised, number)
                break
            _begin_to_keep(machine.inside, f"{number}{' --unsynced' * unsynced}")
            _all_there(machine.inside.run("cat /run/rig/said"), promised, number)
            promised += _keep_until_cut(machine.inside, dice)
            machine.cut()
            if dice.random() < 0.2:
                # Once more in the middle of the start after it.
                machine.start()
                time.sleep(dice.uniform(5.0, 60.0))
                machine.cut()
                early += 1
            tell(f"{number + 1} of {count} cuts, {early} more while starting; {len(promised)} kept")
    finally:
        machine.cut()
    need(len(promised) >= count, f"only {len(promised)} sessions were kept: too few to tell")
    return f"{len(promised)} sessions called kept, all there; {early} cuts more while starting"


def _is_up(machine: Machine, number: int) -> None:
    """Wait until the data can be written, and lay the keeper into the guest's memory."""
    inside = machine.inside
    inside.wait("mountpoint -q /var/lib/sternway", UP_S)
    root = inside.run("findmnt -no OPTIONS /var/lib/sternway")
    need(root.startswith("rw"), f"after cut {number} the data is {root}")
    # The data is given to the kiosk's user, as its service does.
    text = base64.b64encode(KEEPER.read_bytes()).decode()
    inside.run(f"{OWN}; mkdir -p /run/rig; echo {text} | base64 -d >/run/rig/keeper.py", 60.0)


def _all_there(said: str, promised: list[str], number: int) -> None:
    """Hold what the keeper found against what was promised; raises RigError with what is missing.

    The first program that opens the log recovers it, as the kiosk does at its start.
    """
    lines = said.splitlines()
    found = {line.split()[1] for line in lines if line.startswith("found ")}
    missing = [one for one in promised if one not in found]
    need(not missing, f"after cut {number} these are gone: {missing}")
    # Before the first cut there is nothing to verify.
    whole = "verified 0" in lines or ("verified none" in lines and not promised)
    need(whole, f"after cut {number} the log is not whole: {lines[-5:]}")


def _begin_to_keep(inside: Inside, name: str) -> None:
    """Start the keeper, and wait until it has looked at the log and keeps sessions."""
    inside.run(f"{_keeper()} {name} >/run/rig/said 2>&1 & true", 60.0)
    inside.wait("grep -qE '^(ready|Traceback)' /run/rig/said", UP_S)


def _keep_until_cut(inside: Inside, dice: random.Random) -> list[str]:
    """Let sessions be kept until a moment by lot; return what was called kept by then."""
    heard = inside.stream("tail -n +1 -f /run/rig/said", dice.uniform(0.0, LONGEST_S))
    if any(word in heard for word in ("died", "Traceback", "cannot be written")):
        raise RigError(f"the log ended by itself: {heard[-400:]}")
    return [line.split()[1] for line in heard.splitlines() if line.startswith("kept ")]


def _keeper() -> str:
    return f"runuser -u sternway-kiosk -- {PYTHON} -P /run/rig/keeper.py /var/lib/sternway"
