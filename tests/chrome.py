"""Headless Chromium, driven over its pipe by real keys and clicks: no driver and no port."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--window-size=1280,900", "--remote-debugging-pipe"),
)
WAIT_S = 60.0
"""Longer than anything here takes on a busy machine."""
# Keys without a letter of their own: what the browser calls them, and their code.
KEYS = {
    **{"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "End": 35, "Home": 36, "Delete": 46},
    **{"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Backspace": 8},
}
_TEXT_OF = {"Enter": "\r", " ": " "}
_SHIFT, _CONTROL = 8, 2


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
        self._target = ""

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

    def open(self, path: Path, language: str = "") -> None:
        """Open a file in a fresh page; ``language`` is what the browser says that people read."""
        self._session = ""
        self.events.clear()
        if self._target:
            self._call("Target.closeTarget", targetId=self._target)
        self._target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=self._target, flatten=True)
        self._session = attached["sessionId"]
        for part in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{part}.enable")
        if language:
            agent = self.run("navigator.userAgent")
            self._call("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=language)
        self._call("Page.navigate", url=path.as_uri())
        while not any(one.get("method") == "Page.loadEventFired" for one in self.events):
            self.events.append(self._read())

    def run(self, script: str) -> Any:
        """Return what a script gives; a promise is waited for."""
        answer = self._call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, script: str) -> None:
        """Wait until a script's value is true."""
        end = time.monotonic() + WAIT_S
        while not self.run(f"Boolean({script})"):
            assert time.monotonic() < end, f"never came true: {script}"
            time.sleep(0.02)

    def width(self, pixels: int, height: int = 800) -> None:
        self._call(
            "Emulation.setDeviceMetricsOverride",
            **{"width": pixels, "height": height, "deviceScaleFactor": 1, "mobile": pixels < 600},
        )

    def said(self, *methods: str) -> list[dict[str, Any]]:
        return [one["params"] for one in self.events if one.get("method") in methods]

    def complaints(self) -> list[Any]:
        """What the page threw, warned of, asked the network for, or its policy refused."""
        logged = [one["entry"]["text"] for one in self.said("Log.entryAdded")]
        thrown = self.said("Runtime.exceptionThrown")
        warned = [
            one for one in self.said("Runtime.consoleAPICalled") if one["type"] in {"error", "warn"}
        ]
        asked = [
            url
            for one in self.said("Network.requestWillBeSent")
            if not (url := one["request"]["url"]).startswith(("file:", "data:", "blob:", "about:"))
        ]
        return [*logged, *thrown, *warned, *asked]

    def listen(self) -> None:
        """Wait for what the browser says next."""
        self.events.append(self._read())

    # ---- hands ----

    def click(self, selector: str) -> None:
        """Click on the middle of an element, scrolled into view."""
        where = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'center', behavior: 'instant'});"
            "const r = e.getBoundingClientRect();"
            "return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        at = {"x": where[0], "y": where[1], "button": "left", "clickCount": 1}
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, **at)

    def type(self, text: str) -> None:
        """Type into what has the focus, key by key."""
        for letter in text:
            if letter == "\n":
                self.press("Enter")
                continue
            self._call("Input.dispatchKeyEvent", type="keyDown", text=letter, key=letter)
            self._call("Input.dispatchKeyEvent", type="keyUp", key=letter)

    def press(self, *keys: str, shift: bool = False, control: bool = False) -> None:
        """Press keys by name, one after the other."""
        held = (_SHIFT if shift else 0) + (_CONTROL if control else 0)
        for key in keys:
            code = KEYS.get(key) or ord(key.upper())
            params: dict[str, Any] = {"key": key, "windowsVirtualKeyCode": code, "modifiers": held}
            if key == " ":
                params["code"] = "Space"
            elif len(key) > 1:
                params["code"] = key
            if control and key.lower() == "a":
                params["commands"] = ["selectAll"]
            text = "" if control else _TEXT_OF.get(key, key if len(key) == 1 else "")
            down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
            self._call("Input.dispatchKeyEvent", **down, **params)
            self._call("Input.dispatchKeyEvent", type="keyUp", **params)

    def fill(self, selector: str, text: str) -> None:
        """Click into a field, replace what stands there by typing, and leave it with Tab.

        A long text is pasted.
        """
        self.click(selector)
        self.press("a", control=True)
        self.press("Delete")
        if len(text) > 100:
            self._call("Input.insertText", text=text)
        else:
            self.type(text)
        self.press("Tab")

    def upload(self, selector: str, path: Path) -> None:
        """Choose a file."""
        root = self._call("DOM.getDocument")["root"]["nodeId"]
        node = self._call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self._call("DOM.setFileInputFiles", nodeId=node, files=[str(path)])

    def download_into(self, folder: Path) -> None:
        """Downloads go into a folder, without asking."""
        self._call_browser(
            "Browser.setDownloadBehavior",
            behavior="allow",
            downloadPath=str(folder),
            eventsEnabled=True,
        )

    def downloaded(self, count: int = 1) -> list[str]:
        """Wait for that many finished downloads; return the names the page gave them."""
        end = time.monotonic() + WAIT_S
        while True:
            ended = [
                one["guid"]
                for one in self.said("Browser.downloadProgress")
                if one["state"] == "completed"
            ]
            if len(ended) >= count:
                begun = self.said("Browser.downloadWillBegin")
                return [one["suggestedFilename"] for one in begun]
            assert time.monotonic() < end, "no download"
            self.run("0")
            time.sleep(0.02)

    # ---- pictures ----

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        taken = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(taken["data"]))

    def pdf(self, path: Path) -> None:
        """Print as the page wants it, with its backgrounds."""
        made = self._call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        path.write_bytes(base64.b64decode(made["data"]))

    # ---- the pipe ----

    def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Call what is not here by its name in the protocol."""
        return self._call(method, **params)

    def _call_browser(self, method: str, **params: Any) -> None:
        session, self._session = self._session, ""
        self._call(method, **params)
        self._session = session

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        sent = json.dumps(message).encode() + b"\0"
        while sent:
            sent = sent[os.write(self._command, sent) :]
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._left:
            ready, _, _ = select.select([self._answer], [], [], WAIT_S)
            assert ready, "the browser says nothing"
            more = os.read(self._answer, 1 << 20)
            assert more, "the browser ended"
            self._left += more
        message, _, self._left = self._left.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found
