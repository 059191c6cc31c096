"""The appliance in an emulated machine: started, looked at, touched, and its plug pulled.

    with Machine(Path("build/image/virt/sternway.img"), folder) as machine:
        machine.inside.wait("systemctl is-active sternway-kiosk")
        machine.wires.drive("estop", 0)         # the emergency stop is pressed
        machine.screenshot(folder / "now.png")

Nothing here is quick: an instruction costs ten times what it does on the real processor, and the
screens are drawn by it. What a scenario asserts is what happens, never how fast.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from PIL import Image

from image.rig.belt import Belt
from image.rig.card import Card, Kept, Volatile
from image.rig.clock import RTC, Clock, MachineTime, Microframes, OurTime, urgent
from image.rig.command import Hardware, Sockets, command
from image.rig.errors import NoAnswer, RigError
from image.rig.inside import Inside
from image.rig.qmp import Qmp
from image.rig.wires import Qtest, Wires

SOCKETS_WITHIN_S: Final = 60.0
ENDS_WITHIN_S: Final = 30.0
WITH_US: Final = ("nice", "-n", "5", "setpriv", "--pdeathsig", "KILL")
"""A machine must not outlive whoever holds its wires, nor keep a processor from him."""
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own in it
SOUND: Final = "heard.wav"
AXIS: Final = 32767
TOUCH_S: Final = 0.3
"""How long a finger stays: a few frames of a screen that is drawn slowly."""
REST_S: Final = 0.8
"""Between two touches: a second one sooner counts as the trembling of the first."""


class Machine:
    """One machine and its card. Its folder keeps the card's changes, the logs and the pictures."""

    def __init__(self, image: Path, folder: Path, hardware: Hardware | None = None) -> None:
        """Prepare a machine that is off. A folder with a card in it goes on with that card."""
        self.folder = folder
        self.hardware = hardware or Hardware()
        kind = Volatile if self.hardware.volatile else Kept
        self.card: Card = kind(image, folder, self.hardware.disk_gib)
        self.serial = folder / "serial.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._sockets: Path | None = None
        self._loose = contextlib.ExitStack()
        self.qmp: Qmp
        self.wires: Wires
        self.clock: Clock = OurTime()
        self.belt: Belt | None = None
        self.inside: Inside

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.cut()

    @property
    def running(self) -> bool:
        """Whether the machine is on."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Plug it in; raises :class:`RigError`. The card is as it was left."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # Short paths: a socket's address has 107 bytes at most. In memory: QEMU writes its sound
        # and pictures itself, and answers nobody, its sensor neither, while a busy disk takes them.
        self._sockets = Path(
            tempfile.mkdtemp(prefix="rig-", dir=MEMORY if MEMORY.is_dir() else None)
        )
        sockets = Sockets(*(self._sockets / name for name in Sockets._fields))
        try:
            words = command(self.hardware, self.folder, self.card.plug(self._sockets), sockets)
            with (self.folder / "qemu.log").open("ab") as log:
                self._process = subprocess.Popen(
                    [*WITH_US, *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
            self._connect(sockets)
            # Its first thread alone, which serves the sockets: not the one that is the processor.
            urgent(self._process.pid)
        except BaseException:
            self.cut()
            raise

    def cut(self) -> None:
        """Pull the plug: nothing in the machine learns of it. What was not flushed may be lost."""
        self._loose.close()
        # The card first: what lies in its cache must not come to rest because the machine is gone.
        self.card.cut()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        if self._sockets is not None:
            if (self._sockets / SOUND).exists():
                shutil.move(self._sockets / SOUND, self.folder / SOUND)
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None

    def wait_until_off(self, timeout_s: float) -> None:
        """Wait until the machine switches itself off; raises :class:`RigError`."""
        if self._process is not None:
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                raise RigError(f"the machine is still on after {timeout_s:g} s") from None
        self.cut()

    def restart(self) -> None:
        """Press the reset button: the card's cache is kept, everything else begins anew."""
        self.qmp.execute("system_reset")
        time.sleep(1.0)
        self.wires.renew()

    # --- what is seen ----------------------------------------------------------------------

    def screenshot(self, path: Path) -> Path:
        """Keep what the display shows as a PNG file, and return its path."""
        if self.belt is not None and isinstance(self.belt.error, NoAnswer):
            raise self.belt.error
        if self.belt is not None and self.belt.error is not None:
            raise RigError(f"the belt's wires ended: {self.belt.error}")
        if self._sockets is None:
            raise RigError("the machine is off")
        # Not compressed by QEMU: meanwhile it answers nobody, and its sensor would fall silent.
        plain = self._sockets / "now.ppm"
        self.qmp.execute("screendump", filename=str(plain), format="ppm")
        with Image.open(plain) as picture:
            picture.save(path, compress_level=1)
        plain.unlink()
        return path

    def stacks(self, path: Path) -> Path:
        """Keep where each thread of QEMU stands, for one that answers no more."""
        lines = []
        if self._process is not None:
            for task in sorted(Path(f"/proc/{self._process.pid}/task").iterdir()):
                with contextlib.suppress(OSError):
                    words = [
                        (task / name).read_text().strip() for name in ("comm", "wchan", "stat")
                    ]
                    lines.append("  ".join(words))
            with contextlib.suppress(FileNotFoundError, subprocess.TimeoutExpired):
                words = ["gdb", "-batch", "-p", str(self._process.pid), "-ex"]
                done = subprocess.run(
                    [*words, "thread apply all bt 30"],
                    capture_output=True,
                    text=True,
                    check=False,
                    timeout=ENDS_WITHIN_S,
                )
                lines += ["", done.stdout, done.stderr]
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def said(self) -> str:
        """Return everything that came out of the serial port."""
        with contextlib.suppress(FileNotFoundError):
            return self.serial.read_text(encoding="utf-8", errors="replace")
        return ""

    def wait_for_text(self, text: str, timeout_s: float = 300.0) -> None:
        """Wait until the serial port has said something; raises :class:`RigError`."""
        end_s = time.monotonic() + timeout_s
        while text not in self.said():
            if time.monotonic() > end_s:
                raise RigError(f"the serial port said no {text!r} within {timeout_s:g} s")
            if not self.running:
                raise RigError(f"the machine went off before it said {text!r}")
            time.sleep(0.5)

    # --- the treadmill, as stories know it ---------------------------------------------------

    def now_s(self) -> float:
        """Return the machine's own seconds."""
        return self.clock.now_s()

    def sleep(self, seconds: float) -> None:
        """Wait by the machine's own time."""
        self.clock.sleep(seconds)

    def drive(self, name: str, level: int) -> None:
        """Close (1) or open (0) a contact."""
        self.wires.drive(name, level)

    def run_belt(self, speed_kmh: float) -> None:
        """Set the belt moving, as its own keys do."""
        if self.belt is None:
            raise RigError("this machine has no belt")
        self.belt.run(speed_kmh)

    def permit(self) -> bool:
        """Return whether the permit is on, at its pin."""
        return self.wires.permit()

    # --- what is done ----------------------------------------------------------------------

    def touch(self, x: float, y: float, hold_s: float = TOUCH_S) -> None:
        """Touch the display, by shares of its width and height from the upper left corner."""
        for axis, share in (("x", x), ("y", y)):
            self._input("abs", axis=axis, value=round(share * AXIS))
        self._input("btn", button="left", down=True)
        self.clock.sleep(hold_s)
        self._input("btn", button="left", down=False)
        self.clock.sleep(REST_S)

    def plug_stick(
        self, disk: Path, name: str = "stick", *, read_bytes_s: int = 0, write_bytes_s: int = 0
    ) -> None:
        """Plug in a USB stick with this disk image (raw) in it.

        One that gives or takes only so many bytes in a second of ours (0: any number) is still
        being read or written when something happens to it, however little there is.
        """
        flash = f"{name}-flash"
        self.qmp.execute(
            "blockdev-add",
            driver="raw",
            node_name=flash,
            file={"driver": "file", "filename": str(disk.resolve())},
        )
        self.qmp.execute(
            "object-add",
            qom_type="throttle-group",
            id=f"{name}-pace",
            limits={"bps-read": read_bytes_s, "bps-write": write_bytes_s},
        )
        self.qmp.execute(
            "blockdev-add",
            driver="throttle",
            node_name=name,
            throttle_group=f"{name}-pace",
            file=flash,
        )
        self.qmp.execute(
            "device_add", driver="usb-storage", bus="usb.0", id=f"usb-{name}", drive=name
        )

    def pull_stick(self, name: str = "stick") -> None:
        """Pull a USB stick."""
        self.unplug(f"usb-{name}")
        end_s = time.monotonic() + SOCKETS_WITHIN_S
        while True:
            try:
                self.qmp.execute("blockdev-del", node_name=name)
            except RigError:
                # QEMU lets go of it a little after it said so.
                if time.monotonic() > end_s:
                    raise
                time.sleep(0.05)
            else:
                break
        self.qmp.execute("blockdev-del", node_name=f"{name}-flash")
        self.qmp.execute("object-del", id=f"{name}-pace")

    def plug(self, driver: Literal["usb-kbd", "usb-mouse", "usb-tablet"], name: str) -> None:
        """Plug in something that does not belong there."""
        self.qmp.execute("device_add", driver=driver, bus="usb.0", id=name)

    def press(self, keys: str) -> None:
        """Press keys of a plugged keyboard together, by QEMU's names: ``ctrl+alt+f2``."""
        codes = [{"type": "qcode", "data": key} for key in keys.split("+")]
        for down in (True, False):
            for code in codes if down else reversed(codes):
                self._input("key", key=code, down=down)

    def unplug(self, name: str) -> None:
        """Pull what was plugged in under that name."""
        self.qmp.execute("device_del", id=name)
        self.qmp.wait("DEVICE_DELETED", 30.0)

    def _input(self, kind: str, **data: object) -> None:
        self.qmp.execute("input-send-event", events=[{"type": kind, "data": data}])

    def _connect(self, sockets: Sockets) -> None:
        end_s = time.monotonic() + SOCKETS_WITHIN_S
        while True:
            try:
                self.qmp = Qmp(sockets.qmp)
                break
            except OSError:
                if not self.running or time.monotonic() > end_s:
                    said = (self.folder / "qemu.log").read_text(errors="replace").strip()
                    why = said.splitlines()[-1] if said else "it says nothing"
                    raise RigError(f"QEMU did not start: {why}") from None
                time.sleep(0.05)
        self._loose.callback(self.qmp.close)
        qtest = Qtest(sockets.qtest)
        self._loose.callback(qtest.close)
        self.wires = Wires(qtest, self.qmp)
        if self.hardware.own_time:
            self.clock = MachineTime(
                lambda: int(qtest.ask(f"readl {RTC:#x}").split()[-1], 16),
                Microframes(qtest.ask).count,
            )
            self.clock.start()
            self._loose.callback(self.clock.close)
        self.inside = Inside(sockets.inside)
        self._loose.callback(self.inside.close)
        if self.hardware.sensor:
            self.belt = Belt(sockets.sensor, self.wires.permit, self.clock)
            self.belt.start()
            self._loose.callback(self.belt.close)
