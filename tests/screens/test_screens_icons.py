"""The pictures: the set's font and its build, and what is drawn of each, small and large."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont
from PIL import Image

from kiosk.screens import symbols
from kiosk.screens.symbols import FIRST, SYMBOLS, build
from kiosk.staff.about import FONTS
from tests.screens.stage import SIZES, Stage

GROUND = (8, 19, 27)
PX = (33, 60, 121)
"""The least that a picture has on the smallest screen, one of a button, one of a step."""


def test_every_symbol_is_in_the_font_at_its_letter_and_nothing_else_is() -> None:
    font = TTFont(symbols.FONT)
    letters = font.getBestCmap()
    assert letters == {FIRST + number: name for number, name in enumerate(SYMBOLS)}
    assert font.getGlyphOrder() == [".notdef", *SYMBOLS]
    glyphs = font.getGlyphSet()
    for name in SYMBOLS:
        letter = symbols.letter(name)
        assert letter is not None
        assert letters[ord(letter)] == name
        bounds = BoundsPen(glyphs)
        glyphs[name].draw(bounds)
        assert bounds.bounds is not None, f"{name} is empty"
        assert min(bounds.bounds) >= 0, f"{name} leaves its box"
        assert max(bounds.bounds) <= build.EM, f"{name} leaves its box"
    assert symbols.letter("no such picture") is None


def test_where_the_font_comes_from_is_told() -> None:
    told = {record.nameID: record.toUnicode() for record in TTFont(symbols.FONT)["name"].names}
    assert told[5] == f"Version {symbols.VERSION}"
    assert told[13] == symbols.LICENCE == "Apache-2.0"
    assert "Apache License" in symbols.FONT.with_name("LICENSE.txt").read_text(encoding="utf-8")
    assert any((one.name, one.version) == (symbols.SET, symbols.VERSION) for one in FONTS)


def packed(folder: Path, drawing: str) -> Path:
    """An archive in which each symbol has the same drawing."""
    path = folder / "set.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name in {symbol.name for symbol in SYMBOLS.values()}:
            member = tarfile.TarInfo(f"{build.DRAWINGS}/{name}-fill.svg")
            member.size = len(drawing)
            archive.addfile(member, io.BytesIO(drawing.encode()))
    return path


def test_the_build_enlarges_a_symbol_into_its_box_and_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 600 wide and 400 high, in the lower left of the set's square.
    path = packed(tmp_path, '<svg><path d="M60-100v-400h600v400Z"/></svg>')
    monkeypatch.setattr(build, "archive", lambda _kept: path)
    for name in ("one.ttf", "two.ttf"):
        build.build(tmp_path / name, tmp_path)
    assert (tmp_path / "one.ttf").read_bytes() == (tmp_path / "two.ttf").read_bytes()
    glyphs = TTFont(tmp_path / "one.ttf").getGlyphSet()

    def bounds(name: str) -> tuple[int, ...]:
        pen = BoundsPen(glyphs)
        glyphs[name].draw(pen)
        return tuple(round(number) for number in pen.bounds)

    # 1.06 times as large about the middle of the square.
    assert bounds("lock") == (35, 77, 671, 501)
    # 1.6 times would be 960 wide: no more than the box, and moved into it.
    assert bounds("up") == (10, 10, 950, 637)
    # Turned over.
    assert bounds("slower") == (10, 456, 730, 936)


@pytest.mark.parametrize("drawing", ["<svg></svg>", '<svg><path d="M0 0"/><path d="M1 1"/></svg>'])
def test_a_drawing_that_is_not_one_path_is_refused(tmp_path: Path, drawing: str) -> None:
    with pytest.raises(build.CannotBuildError, match="paths in its drawing, not one"):
        build.drawings(packed(tmp_path, drawing))


def test_a_missing_drawing_and_a_foreign_archive_are_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "empty.tgz", "w:gz"):
        pass
    with pytest.raises(build.CannotBuildError, match="the set has no"):
        build.drawings(tmp_path / "empty.tgz")
    kept = tmp_path / f"svg-700-{symbols.VERSION}.tgz"
    kept.write_bytes(b"something else")
    with pytest.raises(build.CannotBuildError, match="has the hash"):
        build.archive(tmp_path)


@pytest.fixture
def lone(stage: Stage) -> Any:
    """One picture in the middle of the window, in a box of its own."""
    from kivy.graphics import Color, Rectangle
    from kivy.uix.widget import Widget

    from kiosk.screens.icons import Icon

    plain = Widget(size=stage.window.size)
    with plain.canvas.before:
        Color(*(part / 255 for part in GROUND))
        Rectangle(size=stage.window.size)
    icon = Icon(pos=(200, 200), color=(1, 1, 1, 1), size_hint=(None, None))
    icon.ground = [part / 255 for part in GROUND] + [1]
    plain.add_widget(icon)
    stage.window.add_widget(plain)
    yield icon
    stage.window.remove_widget(plain)


def ink(stage: Stage, around: tuple[int, int, int, int]) -> tuple[int, int, int, int, int]:
    """Where something light is drawn in a box (x, y, right, top), and on how many pixels."""
    from tests.screens.pixels import grab

    pixels = grab(stage)
    whole = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.data)
    lit = whole.crop(around).convert("L").point(lambda grey: 255 if grey > 60 else 0)
    x, y, right, top = lit.getbbox() or (0, 0, 0, 0)
    left, foot, *_ = around
    return left + x, foot + y, left + right, foot + top, lit.histogram()[255]


@pytest.mark.parametrize("px", PX)
def test_each_picture_is_drawn_in_its_box_and_fills_it(stage: Stage, lone: Any, px: int) -> None:
    from kiosk.screens.shapes import SHAPES

    assert not set(SHAPES) & set(SYMBOLS), "one name, two pictures"
    lone.size = (px, px)
    found = []
    for name in (*SYMBOLS, *SHAPES):
        lone.name = name
        low, high = 200 - px // 2, 200 + px + px // 2
        x, y, right, top, count = ink(stage, (low, low, high, high))
        if count < px * px * 0.04:
            found.append(f"{name}: {count} pixels")
        if x < 199 or y < 199 or right > 201 + px or top > 201 + px:
            found.append(f"{name} leaves its box: {(x - 200, y - 200, right - 200, top - 200)}")
        if max(right - x, top - y) < px * 0.6:
            found.append(f"{name} is {right - x} by {top - y} in {px}")
    assert not found, "\n".join(found)
    lone.name = "no such picture"
    assert ink(stage, (100, 100, 400, 400))[4] == 0


def test_a_mirrored_picture_is_the_same_the_other_way_round(stage: Stage, lone: Any) -> None:
    lone.size = (100, 100)
    for name in ("next", "walker"):
        lone.name, lone.flip = name, False
        x, y, right, top, count = ink(stage, (150, 150, 350, 350))
        lone.flip = True
        flipped = ink(stage, (150, 150, 350, 350))
        assert flipped[4] == pytest.approx(count, rel=0.02)
        assert (flipped[1], flipped[3]) == pytest.approx((y, top), abs=1)
        assert (500 - flipped[2], 500 - flipped[0]) == pytest.approx((x, right), abs=1)


def test_a_symbol_is_drawn_once_for_all_its_places() -> None:
    from kiosk.screens.icons import drawn

    assert drawn("check", 40) is drawn("check", 40)
    assert drawn("check", 40) is not drawn("check", 41)
    assert drawn("check", 0) is None
    assert drawn("walker", 40) is None


def test_what_our_own_drawings_borrow_is_in_the_set() -> None:
    from kiosk.screens.shapes import SHAPES

    borrowed = {part.symbol for parts in SHAPES.values() for part in parts if part.symbol}
    assert borrowed <= set(SYMBOLS)
    assert {"hand", "play"} <= borrowed


def test_each_check_has_a_picture() -> None:
    from kiosk.cues.checks import ORDER
    from kiosk.screens.checks import PICTURES
    from kiosk.screens.shapes import SHAPES

    assert set(map(str, ORDER)) <= set(map(str, PICTURES))
    assert set(PICTURES.values()) <= set(SHAPES) | set(SYMBOLS)


def test_a_picture_that_nobody_knows_is_a_fault_of_the_screen() -> None:
    from kiosk.screens.icons import Icon
    from tests.screens.measure import faults, visible
    from tests.screens.scenes import SCENES

    stage = Stage(SIZES[0])
    try:
        stage.show(SCENES["idle"])
        assert faults(stage, SIZES[0], "idle") == []
        icon = next(w for w in visible(stage.shell) if isinstance(w, Icon) and w.name)
        icon.name = "no such picture"
        assert "'no such picture' is no picture" in "\n".join(faults(stage, SIZES[0], "idle"))
    finally:
        stage.close()
