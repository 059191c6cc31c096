"""Which GPIO chip is the header's, whatever number a kernel gave it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hardware.errors import PinError
from hardware.gpiochip import open_header
from tests.hardware.chip import PI_4, Chip

OTHERS = "gpio-brcmstb@107d508500", "gpio-brcmstb@107d508520", "gpio-brcmstb@107d517c00"
KERNELS = {
    "Pi 4": (PI_4, 0),
    "Pi 5, 6.6.20": ({**dict(enumerate(OTHERS)), 4: "pinctrl-rp1"}, 4),
    "Pi 5, 6.6.47": ({0: "pinctrl-rp1", **dict(enumerate(OTHERS, 10))}, 0),
    "Pi 5, 6.12.96": ({11: "pinctrl-rp1", **dict(enumerate(OTHERS, 12))}, 11),
    "Pi 5, header last": ({**dict(enumerate(OTHERS, 11)), 15: "pinctrl-rp1"}, 15),
    "Pi 5, another at 4": ({**dict(enumerate(OTHERS, 3)), 9: "pinctrl-rp1"}, 9),
    "emulated": ({0: "9030000.pl061"}, 0),
}


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_header_is_known_by_its_label(
    kernel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels, number = KERNELS[kernel]
    chip = Chip(labels)
    chip.install(monkeypatch, tmp_path)
    factory = open_header()
    assert factory.chip == number
    assert chip.opened == [number], "no other chip stays open"
    factory.close()


def test_a_link_for_old_programs_is_the_same_chip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chip = Chip({0: "pinctrl-rp1"})
    chip.install(monkeypatch, tmp_path)
    (tmp_path / "gpiochip4").symlink_to("gpiochip0")
    factory = open_header()
    assert factory.chip == 0
    factory.close()


def test_no_other_chip_is_taken_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chip = Chip(dict(enumerate(OTHERS)))
    chip.install(monkeypatch, tmp_path)
    (tmp_path / "gpiochip7").touch()  # there, and may not be opened
    with pytest.raises(PinError, match=r"gpiochip0: gpio-brcmstb.*gpiochip7: can not open"):
        open_header()
    assert chip.opened == []
    assert chip.diary == []


def test_a_computer_without_chips_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Chip({}).install(monkeypatch, tmp_path)
    with pytest.raises(PinError, match="there is none at all"):
        open_header()
    monkeypatch.setitem(sys.modules, "lgpio", None)
    with pytest.raises(PinError, match="install python3-lgpio"):
        open_header()
