"""A hand inside the machine: commands that run in the guest as root, for looking.

The image has no login. QEMU hands the guest a unit as a system credential (systemd's
``systemd.extra-unit.``), which no Raspberry Pi has a way to do; so the image under test is the one
that ships. The unit reads commands from a virtio port and answers there.
"""

from __future__ import annotations

import base64
import contextlib
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from image.rig.door import connect
from image.rig.errors import RigError

PORT: Final = "sternway.rig"
END: Final = "@@rig@@"
READY: Final = " ready"
MARK: Final = "@@done@@"
"""With a number behind it, what a command ends with: so no answer is taken for another one's."""
UNIT: Final = f"""\
[Unit]
Description=The rig's hand
DefaultDependencies=no
After=systemd-udevd.service

[Service]
ExecStartPre=/bin/sh -c 'modprobe virtio_console; \\
  until [ -e /dev/virtio-ports/{PORT} ]; do sleep 1; done'
ExecStart=/bin/sh -c 'exec 3<>/dev/virtio-ports/{PORT}; echo {END} ready >&3; \\
  while IFS= read -r line <&3; do \\
    sh -c "$$line" >&3 2>&1 </dev/null 3>&-; status=$$?; \\
    echo >&3; echo "{END} $$status" >&3; done'
Restart=always
RestartSec=1
# The guard, emulated, takes a processor for itself, and ordinary programs wait.
CPUSchedulingPolicy=rr
CPUSchedulingPriority=60
"""
PATIENT: Final = "[Service]\nTimeoutStartSec=900\nTimeoutStopSec=300\n"
"""An emulated start takes minutes. How long the services may be silent after it stays as it is."""
PATIENCE: Final = "systemd.default_device_timeout_sec=900 systemd.default_timeout_start_sec=900"
QUICK: Final = "mitigations=off"
"""What a processor does against spies in its caches costs an emulated one a quarter of its time."""
UNITS: Final[Mapping[str, str]] = {
    "systemd.extra-unit.sternway-rig.service": UNIT,
    "systemd.unit-dropin.sysinit.target~rig": "[Unit]\nWants=sternway-rig.service\n",
    "systemd.unit-dropin.sternway-guard.service~rig": PATIENT,
    "systemd.unit-dropin.sternway-kiosk.service~rig": PATIENT,
    "systemd.unit-dropin.sternway-sticks.service~rig": PATIENT,
}
"""What the guest is handed, by the names of systemd's credentials."""


def credentials(units: Mapping[str, str] = UNITS, cmdline: str = "") -> list[str]:
    """Return QEMU's words that hand these over, and more for the kernel's command line."""
    words = []
    for name, text in units.items():
        value = base64.b64encode(text.encode()).decode()
        words += ["-smbios", f"type=11,value=io.systemd.credential.binary:{name}={value}"]
    doubled = f"{PATIENCE} {QUICK} {cmdline}".strip().replace(",", ",,")
    return [*words, "-smbios", f"type=11,value=io.systemd.boot.kernel-cmdline-extra={doubled}"]


class Inside:
    """The other end of the port. One command at a time."""

    def __init__(self, path: Path) -> None:
        """Connect to QEMU's end; the guest answers once it has started far enough."""
        self._socket = connect(path)
        self._lock = threading.Lock()
        self._heard = ""
        self._ready = False
        self._number = 0

    def run(self, command: str, timeout_s: float = 600.0) -> str:
        """Run a line of shell in the guest; return what it wrote, without the last newline.

        Raises :class:`RigError` where it failed, or does not answer.
        """
        with self._lock:
            end_s = time.monotonic() + timeout_s
            if not self._ready:
                self._until(READY, end_s)
                self._ready = True
            # What is heard by now belongs to commands that nobody waits for any longer.
            self._hear(0.0)
            self._heard = ""
            self._number += 1
            mark = f"{MARK}{self._number}"
            line = f"( {command.replace(chr(10), ' ')} ); s=$?; echo; echo {mark}; exit $s"
            try:
                self._socket.sendall(line.encode() + b"\n")
            except OSError as error:
                raise RigError("the machine is gone") from error
            while True:
                text, status = self._until("", end_s)
                if status == READY.strip():
                    raise RigError("the machine started anew meanwhile")
                text, _, said = text.rpartition(MARK)
                if f"{MARK}{said.partition(chr(10))[0]}" == mark:
                    break
        text = text.strip("\r\n")
        if status != "0":
            raise RigError(f"in the machine: {command!r} ended with {status}: {text[-400:]}")
        return text

    def wait(self, command: str, timeout_s: float = 300.0) -> str:
        """Run a line of shell until it succeeds; return what it wrote then."""
        end_s = time.monotonic() + timeout_s
        while True:
            try:
                return self.run(command, max(1.0, end_s - time.monotonic()))
            except RigError:
                if time.monotonic() > end_s:
                    raise
                time.sleep(1.0)

    def stream(self, command: str, seconds: float) -> str:
        """Run a line of shell that does not end, and return what it wrote in so many seconds.

        The last thing done in a guest before its power is cut: no other command comes after.
        """
        with self._lock:
            heard, self._heard = self._heard, ""
            self._socket.sendall(command.replace("\n", " ").encode() + b"\n")
            end_s = time.monotonic() + seconds
            while (left_s := end_s - time.monotonic()) > 0:
                self._socket.settimeout(left_s)
                try:
                    heard += self._socket.recv(65536).decode("utf-8", "replace")
                except (TimeoutError, OSError):
                    break
        # The last line may be half: it was cut while it was said.
        return heard.rpartition("\n")[0]

    def close(self) -> None:
        """Let go of the port."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _until(self, word: str, end_s: float) -> tuple[str, str]:
        """Return what was heard before the next end mark, and what stands behind that."""
        while True:
            before, found, after = self._heard.partition(END)
            if found and "\n" in after:
                status, _, self._heard = after.partition("\n")
                if word in {"", status}:
                    return before.strip("\r\n"), status.strip()
                continue
            if time.monotonic() > end_s:
                raise RigError("the machine does not answer from inside")
            self._hear(1.0)

    def _hear(self, within_s: float) -> None:
        """Take what the guest has said, or says within so long; raises :class:`RigError`."""
        self._socket.settimeout(within_s)
        try:
            data = self._socket.recv(65536)
        except (TimeoutError, BlockingIOError):
            return
        except OSError as error:
            raise RigError("the machine is gone") from error
        if not data:
            raise RigError("the machine is gone")
        self._heard += data.decode("utf-8", "replace")
