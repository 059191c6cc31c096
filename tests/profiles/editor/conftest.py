"""A browser for all tests of the page, and the page in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from profiles.editor import Kiosk, page
from profiles.kiosk_key import KioskKey
from tests import chrome

ROOT = Path(__file__).resolve().parents[3]


def build(out: Path | str) -> Path:
    """Build the page to ``out``; return the folder of the libraries. Skips where that cannot be."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node and npm are not installed, so the editor page is not built anew")
    command = ["sh", ROOT / "profiles" / "editor" / "build.sh", out]
    said = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if "no network" in said.stderr:
        pytest.skip("npm has no network, so the editor page is not built anew")
    assert said.returncode == 0, said.stderr
    return ROOT / "build" / "editor" / "node_modules"


@pytest.fixture(scope="session")
def browser() -> Iterator[chrome.Chrome]:
    if chrome.found() is None:
        pytest.skip("chromium is not installed, so the editor page is not tried in a browser")
    with chrome.Chrome() as one:
        yield one


class Editor:
    """The page, open in the browser; downloads go into ``folder``."""

    def __init__(self, browser: chrome.Chrome, folder: Path, kiosk: Kiosk | None) -> None:
        self.browser = browser
        self.folder = folder
        self.file = folder / "page" / "sternway-editor.html"
        self.file.parent.mkdir()
        self.file.write_bytes(page(kiosk))
        self.open()

    def open(self, language: str = "en-US") -> None:
        self.browser.open(self.file, language)
        self.browser.width(1280, 900)
        self.browser.download_into(self.folder)

    def new(self) -> None:
        self.browser.click("#new")
        self.browser.until("document.activeElement.id === 'f-display_name'")

    def load(self, content: bytes, name: str = "given.json") -> None:
        """Open a file by the file chooser."""
        path = self.folder / name
        path.write_bytes(content)
        self.browser.upload("#file", path)
        self.browser.until("document.querySelector('form, dialog')")

    def fill(self, path: str, text: str) -> None:
        self.browser.fill(f"[id='f-{path}']", text)

    def save(self) -> Path:
        """Press Save; return the file that came."""
        before = len(self.browser.said("Browser.downloadWillBegin"))
        self.browser.click("#save")
        name = self.browser.downloaded(before + 1)[-1]
        return self.folder / name

    def refused(self) -> list[str]:
        """Press Save; return what the list says, and see that no file came."""
        before = len(self.browser.said("Browser.downloadWillBegin"))
        self.browser.click("#save")
        self.browser.until("document.activeElement.id === 'summary'")
        assert len(self.browser.said("Browser.downloadWillBegin")) == before
        said: list[str] = self.browser.run(
            "[...document.querySelectorAll('#summary li')].map((one) => one.innerText)"
        )
        return said

    def text(self, selector: str) -> str:
        found: str = self.browser.run(f"document.querySelector({selector!r}).innerText")
        return found

    def value(self, path: str) -> str:
        found: str = self.browser.run(f"document.getElementById('f-{path}').value")
        return found


@pytest.fixture
def kiosk(tmp_path: Path) -> Kiosk:
    """A kiosk with a key; its data are in ``tmp_path/data``."""
    key = KioskKey(tmp_path / "data" / "settings").public()
    return Kiosk("Physio Lind", "K-01", key)


@pytest.fixture
def editor(browser: chrome.Chrome, tmp_path: Path) -> Iterator[Editor]:
    """The page for no kiosk in particular. It never complains, and never asks the network."""
    one = Editor(browser, tmp_path, None)
    yield one
    assert browser.complaints() == []


@pytest.fixture
def kiosk_editor(browser: chrome.Chrome, tmp_path: Path, kiosk: Kiosk) -> Iterator[Editor]:
    """The page as the kiosk puts it onto a stick."""
    one = Editor(browser, tmp_path, kiosk)
    yield one
    assert browser.complaints() == []


Checked = subprocess.CompletedProcess[str]


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., Checked]:
    """``sternway profiles check``, the real command, with the kiosk's data."""

    def run(*paths: Any) -> Checked:
        command = Path(sys.executable).with_name("sternway")
        data = tmp_path / "data"
        return subprocess.run(
            [command, "profiles", "check", "--data", data, *paths],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run
