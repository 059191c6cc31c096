"""Headless Chromium, driven over its pipe: no driver, no port, no package."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--window-size=1280,900", "--remote-debugging-pipe"),
)


def found() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Chrome:
    """One page of one browser. ``events`` holds everything it said."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._profile = Path(tempfile.mkdtemp(prefix="sternway-chrome-"))
        command_out, self._command = os.pipe()
        self._answer, answer_in = os.pipe()
        program = found()
        assert program is not None
        # The browser reads descriptor 3 and writes 4; the shell puts ours there.
        shell = f'exec "$0" "$@" 3<&{command_out} 4>&{answer_in}'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", shell, program, f"--user-data-dir={self._profile}", *FLAGS],
            pass_fds=(command_out, answer_in),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(command_out)
        os.close(answer_in)
        self._number = 0
        self._left = b""
        self._session = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._command)
        os.close(self._answer)
        shutil.rmtree(self._profile, ignore_errors=True)

    def open(self, path: Path) -> None:
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for part in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{part}.enable")
        self._call("Page.navigate", url=path.as_uri())
        while not any(one.get("method") == "Page.loadEventFired" for one in self.events):
            self.events.append(self._read())

    def run(self, script: str) -> Any:
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def width(self, pixels: int) -> None:
        self._call(
            "Emulation.setDeviceMetricsOverride",
            **{"width": pixels, "height": 800, "deviceScaleFactor": 1, "mobile": pixels < 600},
        )

    def said(self, *methods: str) -> list[dict[str, Any]]:
        return [one["params"] for one in self.events if one.get("method") in methods]

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._command, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._left:
            more = os.read(self._answer, 1 << 20)
            assert more, "the browser ended"
            self._left += more
        message, _, self._left = self._left.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found
