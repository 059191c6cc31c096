"""A kiosk whose settings cannot be used: its display says why, until it is stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kiosk.config import ConfigError, Screen, load_settings
from kiosk.cues import languages, texts
from kiosk.records.files import lock_folder
from kiosk.salvage import salvaged
from kiosk.unusable import mend_on_card, the_settings
from tests.screens.stage import SIZES, Size, Stage, settle

ROOT = Path(__file__).resolve().parents[2]
BROKEN = '[site]\nname = "Clinic"\nlanguage = "de"\n[treadmill]\nfaceing = "away"\n'
SMALLEST = [size for size in SIZES if size.name in {"800x480", "720x1280"}]
KEPT = """
import sys
import kiosk.app as app
from pathlib import Path
first = app.FirstFrame

class Pictured(first):
    rounds = 0

    def comes(self):
        super().comes()
        self.rounds += 1
        if self.rounds == 5:
            from kivy.core.window import Window
            from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels
            from kiosk.screens.album import _keep
            size = tuple(Window.system_size)
            pixels = glReadPixels(0, 0, *size, GL_RGB, GL_UNSIGNED_BYTE)
            _keep(Path(sys.argv[1]), bytes(pixels), size)

app.FirstFrame = Pictured
from kiosk.__main__ import main
sys.exit(main(sys.argv[2:]))
"""


DATA_SHOWN = """
import sys
import kiosk.unusable

kiosk.unusable.DATA_S = 3.0
kept = sys.argv[1:]
import kiosk.app
prepare = kiosk.app.prepare_kivy

def prepared(**words):
    prepare(**words)
    from kiosk.screens import unusable
    real = unusable.UnusablePage

    def page(what, why, do):
        print(what, why, do, sep="\\n", flush=True)
        return real(what, why, do)

    unusable.UnusablePage = page

kiosk.app.prepare_kivy = prepared
from kiosk.__main__ import main
sys.exit(main(kept))
"""


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    named = {"DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "RUNTIME_DIRECTORY"}
    kept = {name: value for name, value in os.environ.items() if name not in named}
    places = {name: str(tmp_path / name) for name in ("XDG_DATA_HOME", "XDG_RUNTIME_DIR")}
    return kept | places | {"HOME": str(tmp_path)} | more


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stays_up_with_the_sentence_until_it_is_stopped(
    tmp_path: Path, number: signal.Signals
) -> None:
    config, picture = tmp_path / "sternway.toml", tmp_path / "seen.png"
    config.write_text(BROKEN)
    systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    systemd.bind(str(tmp_path / "notify"))
    systemd.settimeout(120)
    kiosk = subprocess.Popen(
        [sys.executable, "-c", KEPT, str(picture), "run", "--config", str(config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(
            tmp_path, SDL_VIDEODRIVER="offscreen", NOTIFY_SOCKET=str(tmp_path / "notify")
        ),
    )
    try:
        assert systemd.recv(100) == b"READY=1"
        end_s = time.monotonic() + 30
        for _ in range(3):
            assert systemd.recv(100) == b"WATCHDOG=1"
        while time.monotonic() < end_s and not picture.exists():
            time.sleep(0.05)
        time.sleep(1.0)
        assert kiosk.poll() is None, "it ended by itself"
        children = Path(f"/proc/{kiosk.pid}/task/{kiosk.pid}/children").read_text()
        assert children == "", "no guard is started by it"
        kiosk.send_signal(number)
        told, said = kiosk.communicate(timeout=30)
    finally:
        kiosk.kill()
        kiosk.wait()
        systemd.close()
    assert kiosk.returncode == 2
    assert said == f"sternway: {config}: treadmill.faceing: no such key, did you mean facing?\n"
    assert told == ""
    assert not (tmp_path / "XDG_DATA_HOME").exists(), "no record is touched"
    header = picture.read_bytes()[:24]
    assert (int.from_bytes(header[16:20]), int.from_bytes(header[20:24])) == (1280, 720)


def test_one_that_hangs_says_where_when_systemd_ends_it(tmp_path: Path) -> None:
    config = tmp_path / "sternway.toml"
    config.write_text(BROKEN)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(120)
        more = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "20000000"}
        kiosk = subprocess.Popen(
            [sys.executable, "-m", "kiosk", "run", "--config", str(config)],
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(tmp_path, SDL_VIDEODRIVER="offscreen", **more),
        )
        try:
            assert systemd.recv(100) == b"READY=1"
            assert systemd.recv(100) == b"WATCHDOG=1"
            kiosk.send_signal(signal.SIGSTOP)
            time.sleep(0.3)
            systemd.settimeout(1.0)
            with pytest.raises(TimeoutError):
                while True:
                    assert systemd.recv(100) == b"WATCHDOG=1", "said before it stood still"
            kiosk.send_signal(signal.SIGABRT)
            kiosk.send_signal(signal.SIGCONT)
            _, told = kiosk.communicate(timeout=30)
        finally:
            kiosk.kill()
            kiosk.wait()
    assert kiosk.returncode == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in told
    assert "in show_unusable" in told


@pytest.mark.parametrize("because", ["held", "not a folder", "no disk"])
def test_data_that_cannot_be_used_is_said_on_the_display_and_tried_again(
    tmp_path: Path, because: str
) -> None:
    """Nobody can log in to an appliance: a black screen would be all there is of it."""
    data = tmp_path / "data"
    if because == "held":
        data.mkdir()
        held = lock_folder(data)
    elif because == "no disk":
        (data / ".restore").mkdir(parents=True)
        (data / ".restore/begun.json").mkdir()  # what is read as a file and is none
    else:
        data.write_text("")
    config = tmp_path / "sternway.toml"
    config.write_text('[site]\nlanguage = "de"\n')
    words = ["run", "--config", str(config), "--data", str(data)]
    done = subprocess.run(
        [sys.executable, "-c", DATA_SHOWN, *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
        env=environment(tmp_path, SDL_VIDEODRIVER="offscreen"),
    )
    if because == "held":
        os.close(held)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    what, why, do = done.stdout.splitlines()
    assert what == "Daten unbrauchbar"
    assert why == "Is a directory (begun.json)" if because == "no disk" else str(data) in why
    assert "Errno" not in why
    assert do.startswith("Schalten Sie aus")


@pytest.mark.parametrize(
    ("arguments", "more"),
    [
        (("run",), {}),
        (("run",), {"SDL_VIDEODRIVER": "kmsdrm"}),
        (("guard",), {"SDL_VIDEODRIVER": "offscreen"}),
        (("doctor",), {"SDL_VIDEODRIVER": "offscreen"}),
        (("run", "--simulate"), {"SDL_VIDEODRIVER": "offscreen"}),
    ],
    ids=["a terminal", "no display", "guard", "doctor", "simulated"],
)
def test_whatever_is_no_kiosk_with_a_display_ends_at_once(
    tmp_path: Path, arguments: tuple[str, ...], more: dict[str, str]
) -> None:
    config = tmp_path / "sternway.toml"
    config.write_text(BROKEN)
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", *arguments, "--config", str(config)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
        env=environment(tmp_path, **more),
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(f"sternway: {config}: treadmill.faceing")
    assert done.stderr.count("\n") == 1, done.stderr


def sentence(config: Path, text: str) -> str:
    config.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(config, simulate=False)
    return str(caught.value).removeprefix(f"{config.parent}/")


@pytest.mark.parametrize("size", SMALLEST, ids=lambda size: size.name)
@pytest.mark.parametrize("language", ["en", *languages.OTHERS])
@pytest.mark.parametrize(
    ("text", "least_mm"),
    [
        (BROKEN, 4.8),
        ("[treadmill]\ncap_kmhh = 3.0\n", 4.4),
        ("[site]\nname = Clinic\n", 3.6),
        ("[limits]\nzzz = 1\n", 3.0),
    ],
    ids=["slip", "long key", "not TOML", "longest list"],
)
def test_all_of_it_is_on_the_page(
    tmp_path: Path, size: Size, language: str, text: str, least_mm: float
) -> None:
    from kivy.core.text import Label as CoreLabel

    from kiosk.screens.unusable import UnusablePage

    stage = Stage(size, language=language)
    try:
        stage.window.remove_widget(stage.shell)
        texts.use(languages.load(language))
        why = sentence(tmp_path / "sternway.toml", text)
        page = UnusablePage(the_settings(), why, mend_on_card())
        stage.window.add_widget(page)
        settle(4)
        label = page.ids.room
        assert label.texture_size[0] <= label.width
        assert label.texture_size[1] <= label.height
        assert page.cap >= least_mm - 0.01
        words = CoreLabel(font_size=label.font_size)
        widest = max(words.get_extents(word)[0] for word in page.why.split())
        assert widest <= label.width, "a key is broken in two"
        for child in page.children:
            assert child.y >= 0
            assert child.top <= page.height
            assert getattr(child, "squeeze", 1.0) == 1.0
        stage.window.remove_widget(page)
        stage.window.add_widget(stage.shell)
    finally:
        stage.close()


@pytest.mark.parametrize(
    ("text", "screen", "language"),
    [
        ("", Screen(), "en"),
        (BROKEN, Screen(), "de"),
        ('[screen\nsize = "original-7"\nrotate = 180\n', Screen("original-7", rotate=180), "en"),
        (
            '[screen]\nrotate = 45\nsize = "7"\nwidth = ""\nheight = 600\n',
            Screen(height=600),
            "en",
        ),
        ("language = 'it'\nx = " + "[" * 9999, Screen(), "en"),
    ],
    ids=["empty", "key", "table", "values", "nested"],
)
def test_what_single_lines_tell_is_believed(
    tmp_path: Path, text: str, screen: Screen, language: str
) -> None:
    config = tmp_path / "sternway.toml"
    config.write_text(text)
    assert salvaged(config) == (screen, language)
    assert salvaged(None) == salvaged(tmp_path / "nowhere") == (Screen(), "en")
    config.write_bytes(b"\xff\xfe" + config.read_bytes())
    salvaged(config)
