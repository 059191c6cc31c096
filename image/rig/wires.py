"""The wires of the emulated treadmill: the lines of the machine's GPIO chip, from outside.

QEMU's "virt" machine has one chip, a PL061 with eight lines, of which line 3 is the power key. Its
test socket (qtest) drives an input and reads the chip's registers while the guest runs.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from image.rig.door import connect
from image.rig.errors import NoAnswer, RigError, is_timeout
from image.rig.qmp import Qmp

PL061: Final = 0x09030000
ALL_LINES: Final = PL061 + 0x3FC
DIRECTION: Final = PL061 + 0x400
WIRING: Final = {
    "estop": 0,
    "estop_b": 1,
    "rail_left": 2,
    "rail_right": 4,
    "stop_button": 5,
    "permit": 6,
    "key": 7,
}
"""Which wire is on which line: as ``image/settings/virt.toml`` says."""
AT_FIRST: Final = {
    "estop": 1,
    "estop_b": 1,
    "key": 1,
    "rail_left": 0,
    "rail_right": 0,
    "stop_button": 0,
}
"""Logical levels as on the bench (contracts.md §3): 1 is closed, held, pressed, in."""


class Qtest:
    """QEMU's test socket."""

    def __init__(self, path: Path) -> None:
        """Connect; raises :class:`OSError`."""
        self._socket = connect(path)
        self._file = self._socket.makefile("rw", encoding="ascii")
        self._lock = threading.Lock()

    def ask(self, command: str) -> str:
        """Carry out one command and return what it answers.

        Raises :class:`RigError`, and :class:`NoAnswer` where QEMU stands still.
        """
        with self._lock:
            try:
                self._file.write(command + "\n")
                self._file.flush()
                while (line := self._file.readline()).startswith("IRQ"):
                    pass
            except OSError as error:
                if is_timeout(error):
                    raise NoAnswer(f"QEMU stands still: no answer to {command!r}") from error
                raise
        word, _, rest = line.strip().partition(" ")
        if word != "OK":
            raise RigError(f"{command}: {line.strip() or 'the emulated machine is gone'}")
        return rest

    def close(self) -> None:
        """Let go of the socket."""
        with contextlib.suppress(OSError):
            self._file.close()
            self._socket.close()


class Wires:
    """Every contact at the treadmill, and the permit as it stands at the pin."""

    def __init__(self, qtest: Qtest, qmp: Qmp, wiring: Mapping[str, int] = WIRING) -> None:
        """Find the chip, and put every contact as it is when nobody touches anything."""
        self._qtest = qtest
        self._wiring = wiring
        self._chip = _chip(qmp)
        self._levels = dict(AT_FIRST)
        self.renew()

    def drive(self, name: str, level: int) -> None:
        """Close (1) or open (0) a contact: a name and a level as on the bench."""
        if name not in self._levels:
            raise RigError(f"no input {name}; there is {', '.join(self._levels)}")
        self._levels[name] = level
        # Each contact closes to ground, against a pull-up.
        low = 0 if level else 1
        line = self._wiring[name]
        self._qtest.ask(f"set_irq_in {self._chip} unnamed-gpio-in {line} {low}")

    def levels(self) -> dict[str, int]:
        """Return how every contact is."""
        return dict(self._levels)

    def renew(self) -> None:
        """Drive every contact again: the chip forgets its inputs when the machine starts anew."""
        for name, level in list(self._levels.items()):
            self.drive(name, level)

    def permit(self) -> bool:
        """Return whether the run permit is on: its line an output, and high."""
        bit = 1 << self._wiring["permit"]
        return bool(self._register(DIRECTION) & bit and self._register(ALL_LINES) & bit)

    def _register(self, address: int) -> int:
        return int(self._qtest.ask(f"readl {address:#x}").split()[-1], 16)


def _chip(qmp: Qmp) -> str:
    """Return where the chip is in QEMU's tree of devices."""
    root = "/machine/unattached"
    for item in qmp.execute("qom-list", path=root):
        if item["type"] == "child<pl061>":
            return f"{root}/{item['name']}"
    raise RigError("this machine has no PL061")
