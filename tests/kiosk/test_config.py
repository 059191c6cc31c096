"""`sternway.toml`: what is read, and the one line that every mistake gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware.settings import SIMULATED_PINS, GuardSettings, Pins
from kiosk import config
from kiosk.config import ConfigError, Settings, load_settings

EVERYTHING = """
[treadmill]
facing = "console"
mm_per_count = 4.75
invert = true
cap_kmh = 3.0
rails = "one"
permit = "pulse"
[sensor]
port = "/dev/serial/by-id/usb-Raspberry_Pi_Pico-if00"
[pins]
estop = 5
estop_b = 6
key = 12
relay_feedback = 13
permit_active_high = false
[limits]
rails_revoke_s = 1.5
sensor_lost_s = 0.4
[guard]
socket = "/run/sternway/guard.sock"
[site]
name = "Praxis Mühle"
contact = "the front desk"
starts_belt = "helper"
language = "de"
[screen]
size = "original-7"
fullscreen = false
[sound]
enabled = true
volume = 60
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sternway.toml"


def refused(file: Path, text: str) -> str:
    """What is said of a file, without its name."""
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(file, simulate=False)
    words = str(caught.value)
    assert "\n" not in words
    assert words.startswith(f"{file}: ")
    return words.removeprefix(f"{file}: ")


def test_everything(file: Path) -> None:
    file.write_text(EVERYTHING, encoding="utf-8")
    settings = load_settings(file, simulate=False)
    assert settings.treadmill.facing == "console"
    assert settings.treadmill.mm_per_count == 4.75
    assert settings.pins == Pins(
        estop=5, estop_b=6, key=12, relay_feedback=13, permit_active_high=False
    )
    assert settings.to_limits().rails_revoke_ns == 1_500_000_000
    assert settings.site.name == "Praxis Mühle"
    assert settings.site.starts_belt == "helper"
    assert settings.site.language == "de"
    assert (settings.screen.width, settings.screen.height) == (800, 480)
    assert not settings.screen.fullscreen
    assert settings.sound.volume == 60
    guard = settings.to_guard_settings()
    assert type(guard) is GuardSettings
    assert guard.limits == settings.limits
    assert guard.guard.socket == "/run/sternway/guard.sock"


def test_the_file_of_another_computer(file: Path) -> None:
    file.write_bytes(b'\xef\xbb\xbf[site]\r\nname = "Clinic"\r\n')
    assert load_settings(file, simulate=False).site.name == "Clinic"


def test_an_empty_file_is_the_defaults(file: Path) -> None:
    file.write_text("")
    assert load_settings(file, simulate=False) == Settings()


def test_the_usual_places(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boot = tmp_path / "boot.toml"
    monkeypatch.setattr(config, "PLACES", (file, boot))
    assert load_settings(None, simulate=False) == Settings()
    boot.write_text('[site]\nname = "boot"')
    assert load_settings(None, simulate=False).site.name == "boot"
    file.write_text('[site]\nname = "etc"')
    assert load_settings(None, simulate=False).site.name == "etc"
    file.write_text("[site]\nnam = 1")
    with pytest.raises(ConfigError, match=str(file)):
        load_settings(None, simulate=False)


def test_an_appliance_without_its_file_takes_no_defaults(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = tmp_path / "cmdline"
    monkeypatch.setattr(config, "PLACES", (file,))
    monkeypatch.setattr("kiosk.appliance.CMDLINE", kernel)
    kernel.write_text("root=/dev/sda1 quiet\n")
    assert load_settings(None, simulate=False) == Settings()
    kernel.write_text("root=PARTLABEL=sternway-a ro sternway.slot=a\n")
    with pytest.raises(ConfigError, match="missing from the card's first partition"):
        load_settings(None, simulate=False)
    assert load_settings(None, simulate=True).pins == SIMULATED_PINS
    file.write_text("")
    assert load_settings(None, simulate=False) == Settings(), "an empty one is somebody's word"


def test_simulated_every_pin_is_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "PLACES", ())
    assert load_settings(None, simulate=True).pins == SIMULATED_PINS
    assert load_settings(None, simulate=False).pins == Pins()
    file.write_text("[pins]\nestop = 24\nkey = 18\n")
    pins = load_settings(file, simulate=True).pins
    assert (pins.estop, pins.key) == (24, 18)
    numbers = pins.numbers()
    assert set(numbers) == set(SIMULATED_PINS.numbers())
    assert len(set(numbers.values())) == len(numbers)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[treadmill]\nfaceing = 'away'", "treadmill.faceing: no such key, did you mean facing?"),
        ("[tredmill]", "tredmill: no such table, did you mean treadmill?"),
        ("[zzz]", "zzz: no such table; write one of treadmill, sensor"),
        ("zzz = 1", "zzz: no such table"),
        ("[treadmill]\ncap_kmh = 6.5", "treadmill.cap_kmh: 6.5 is out of bounds; write a number "
         "from more than 0 to 5"),
        ("[treadmill]\ncap_kmh = true", "treadmill.cap_kmh: true is not a number; write a number"),
        ("[treadmill]\ncap_kmh = nan", "treadmill.cap_kmh: nan is out of bounds"),
        ('[treadmill]\ncap_kmh = "4"', 'treadmill.cap_kmh: "4" is not a number'),
        ('[treadmill]\nfacing = "awy"', 'treadmill.facing: "awy" is not known, did you mean away?'),
        ("[treadmill]\nfacing = 1", 'treadmill.facing: 1 is not text in "quotes"'),
        ("[limits]\nsensor_lost_s = 2.0", "limits.sensor_lost_s: 2.0 is out of bounds; write a "
         "number from 0.1 to 1 (a site may be stricter than that, never laxer)"),
        ("[limits]\nrails_warn_s = 1.0\nrails_revoke_s = 1.0", "limits: rails_warn_s (1) must be"),
        ("[pins]\nestop = 22", "pins: estop and rail_left are both on BCM 22: give each its own"),
        ("[pins]\nestop = 28", "pins.estop: 28 is out of bounds; write a number from 0 to 27"),
        ("[pins]\nkey = 'x'", 'pins.key: "x" is not a whole number'),
        ("[pins]\nkey = true", "pins.key: true is not a whole number"),
        ("pins = 3", "pins: 3 is not a [table]; write a [table]"),
        ("[[site]]\nname = 'x'", "site: [{'name': 'x'}] is not a [table]"),
        ("[site]\nname = ''", 'site.name: "" is out of bounds; write text, at most 60 letters'),
        ("[sensor]\nport = ''", 'sensor.port: "" is out of bounds; write text, not empty'),
        ("[site]\nstarts_belt = 'me'", "write one of helper, patron"),
        ("[site]\nlanguage = 'it'", "write one of de, en, es, fr"),
        ("[site]\ntimezone = 'Europe/Belin'", 'site.timezone: "Europe/Belin" is not known; did '
         "you mean Europe/Berlin?"),
        ("[site]\ntimezone = 'new york'", "did you mean America/New_York?"),
        ("[site]\ntimezone = 'xyzzy'", 'write one such as "Europe/Berlin"'),
        ("[site]\ntimezone = '../../etc/passwd'", "is not known"),
        ("[screen]\nsize = '7'", "screen.size: \"7\" is not known"),
        ("[screen]\nwidth = 1", "screen.width: 1 is out of bounds; write a number from 320"),
        ("[screen]\nfullscreen = 1", "screen.fullscreen: 1 is not true or false"),
        ("[sound]\nvolume = 50.5", "sound.volume: 50.5 is not a whole number"),
        ("[site]\nname = 'a'\nname = 'b'", "line 3: not TOML"),
        ("[site]\nname 'a'\n[sound]\n", "line 2, column 6: not TOML"),
        ("[treadmill]\ncap_kmh = ", "line 2: not TOML"),
        ("[treadmill]\ncap_kmh = " + "[" * 2_000, "nested far too deep; write `key = value`"),
        ("a = " + "{ a = " * 400, "nested far too deep; write `key = value`"),
        ('"a\\nb" = 1', "a b: no such table"),
        ('[site]\nname = "' + "x" * 100 + '"', "site.name: \"xxxx"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_its_mend(file: Path, text: str, words: str) -> None:
    assert words in refused(file, text)
    assert len(refused(file, text)) < 250


def test_a_file_that_cannot_be_read(file: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_settings(file, simulate=False)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path, simulate=False)
    file.write_bytes(b'[site]\nname = "M\xfchle"')
    with pytest.raises(ConfigError, match="byte 16 is not UTF-8"):
        load_settings(file, simulate=False)


@pytest.mark.parametrize(
    ("text", "pixels", "px_per_mm"),
    [
        ("", (1280, 720), 8.25),
        ('[screen]\nsize = "original-7"', (800, 480), 5.29),
        ('[screen]\nsize = "10.1"', (1280, 800), 5.90),
        ('[screen]\nsize = "portrait"', (720, 1280), 8.25),
        ("[screen]\nwidth = 1920\nheight = 1080\ndiagonal_mm = 395.0", (1920, 1080), 5.58),
    ],
)
def test_screens_know_their_pixels_per_mm(
    file: Path, text: str, pixels: tuple[int, int], px_per_mm: float
) -> None:
    file.write_text(text)
    screen = load_settings(file, simulate=False).screen
    assert (screen.width, screen.height) == pixels
    assert screen.px_per_mm == pytest.approx(px_per_mm, abs=0.01)
