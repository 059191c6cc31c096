"""The rig's eyes: they know a screen by its picture, and tap what is written on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from image.rig.atlas import Sheet, Target
from image.rig.errors import RigError
from image.rig.eyes import Eyes, find
from image.rig.frame import Seen, table


class Glass:
    """A display that shows a picture, and notes where it was touched."""

    def __init__(self, shown: Path) -> None:
        self.shown = shown
        self.touched: list[tuple[float, float]] = []
        self.then: Path | None = None
        self.deaf = 1
        self.thens: list[Path] = []

    def screenshot(self, path: Path) -> Path:
        path.write_bytes(self.shown.read_bytes())
        return path

    def touch(self, x: float, y: float) -> None:
        self.touched.append((x, y))
        if self.thens:
            self.then = self.thens.pop(0)
        if len(self.touched) >= self.deaf:
            self.shown = self.then or self.shown

    def sleep(self, seconds: float) -> None:
        """No time passes on a picture."""


class Slow(Glass):
    """A display that shows one picture after the other once it was touched."""

    frames: list[Path]

    def screenshot(self, path: Path) -> Path:
        if self.touched and self.frames:
            self.shown = self.frames.pop(0)
        return super().screenshot(path)


def drawn(path: Path, *boxes: tuple[int, int, int, int], ground: int = 240) -> Path:
    picture = Image.new("RGB", (800, 480), (ground, ground, ground))
    for box in boxes:
        ImageDraw.Draw(picture).rectangle(box, fill=(10, 80, 90))
    picture.save(path)
    return path


@pytest.fixture
def atlas(tmp_path: Path) -> dict[str, Sheet]:
    start = (Target("Tap to start", "", 0.5, 0.3), Target("Tap to start again", "", 0.5, 0.6))
    return {
        "idle": Sheet(drawn(tmp_path / "idle.png", (20, 100, 780, 220)), start),
        "walking": Sheet(
            drawn(tmp_path / "walking.png", (500, 20, 780, 460), ground=12),
            (Target("STOP", "", 0.8, 0.5), Target("", "pause", 0.2, 0.9)),
        ),
    }


def test_a_screen_is_known_though_its_words_differ(atlas: dict[str, Sheet], tmp_path: Path) -> None:
    glass = Glass(drawn(tmp_path / "now.png", (20, 102, 778, 222), (30, 20, 300, 60)))
    eyes = Eyes(glass, atlas, tmp_path / "kept", within_s=0.1)
    assert eyes.see("idle", "walking") == "idle"
    eyes.tap("Tap to start")
    assert glass.touched == [(0.5, 0.3)]
    assert [path.name for path in (tmp_path / "kept").glob("0*")] == ["000-idle.png"]


def test_another_screen_is_never_taken_for_it(atlas: dict[str, Sheet], tmp_path: Path) -> None:
    eyes = Eyes(Glass(atlas["walking"].picture), atlas, tmp_path / "kept", within_s=0.1)
    with pytest.raises(RigError, match=r"idle did not come: walking is nearest, 0\.0 off"):
        eyes.see("idle")


def test_a_screen_that_is_in_no_atlas_is_none_of_them(
    atlas: dict[str, Sheet], tmp_path: Path
) -> None:
    eyes = Eyes(Glass(drawn(tmp_path / "x.png", ground=120)), atlas, tmp_path / "kept", 0.1)
    with pytest.raises(RigError, match="idle or walking did not come"):
        eyes.see("idle", "walking")


def test_a_tap_that_nothing_took_is_made_again(atlas: dict[str, Sheet], tmp_path: Path) -> None:
    glass = Glass(atlas["idle"].picture)
    glass.then, glass.deaf = atlas["walking"].picture, 2
    eyes = Eyes(glass, atlas, tmp_path / "kept", within_s=0.1)
    eyes.see("idle")
    assert eyes.go("Tap to start", "walking") == "walking"
    assert glass.touched == [(0.5, 0.3), (0.5, 0.3)]
    glass.then = None
    with pytest.raises(RigError, match="idle did not come"):
        eyes.go("STOP", "idle")
    assert glass.touched.count((0.8, 0.5)) == 3


def test_a_page_that_shows_something_else_meanwhile_is_tapped_again(
    atlas: dict[str, Sheet], tmp_path: Path
) -> None:
    again = Target("Next", "", 0.3, 0.8)
    atlas["sensor"] = Sheet(drawn(tmp_path / "s.png", (300, 20, 400, 460), ground=90), (again,))
    atlas["sensor-none"] = Sheet(
        drawn(tmp_path / "n.png", (20, 20, 200, 460), ground=90), (Target("Next", "", 0.6, 0.8),)
    )
    glass = Glass(atlas["sensor"].picture)
    eyes = Eyes(glass, atlas, tmp_path / "kept", within_s=0.1)
    eyes.see("sensor")
    # The first tap comes too soon; it tells now that nothing is heard, and takes the second one.
    glass.thens = [atlas["sensor-none"].picture, atlas["walking"].picture]
    assert eyes.go("Next", "walking") == "walking"
    assert glass.touched == [(0.3, 0.8), (0.6, 0.8)]


def test_a_page_is_left_for_one_of_its_name_by_one_tap(
    atlas: dict[str, Sheet], tmp_path: Path
) -> None:
    glass = Slow(atlas["idle"].picture)
    # Touched it looks pressed, then as before, and only then comes the next page.
    pressed = drawn(tmp_path / "pressed.png", (20, 100, 780, 220), (380, 300, 420, 320))
    following = drawn(tmp_path / "next.png", (20, 100, 780, 220), (30, 20, 300, 60))
    glass.frames = [pressed, *[atlas["idle"].picture] * 5, *[following] * 3]
    eyes = Eyes(glass, atlas, tmp_path / "kept", within_s=0.1)
    eyes.see("idle")
    eyes.leave("Tap to start")
    assert glass.touched == [(0.5, 0.3)]
    assert glass.shown == following, "left, and not only touched"
    assert eyes.see("idle") == "idle"


def test_a_page_that_stays_is_told(atlas: dict[str, Sheet], tmp_path: Path) -> None:
    glass = Glass(atlas["idle"].picture)
    eyes = Eyes(glass, atlas, tmp_path / "kept", within_s=0.1)
    eyes.see("idle")
    with pytest.raises(RigError, match="idle stays, though 'Tap to start' was tapped 3 times"):
        eyes.leave("Tap to start")
    assert len(glass.touched) == 3


def test_what_is_not_there_is_not_tapped(atlas: dict[str, Sheet], tmp_path: Path) -> None:
    glass = Glass(atlas["walking"].picture)
    eyes = Eyes(glass, atlas, tmp_path / "kept", within_s=0.1)
    eyes.see("walking")
    with pytest.raises(RigError, match="walking has no 'Go on' to tap; there is STOP, pause"):
        eyes.tap("Go on")
    assert glass.touched == []


def test_the_exact_words_come_before_those_that_hold_them(atlas: dict[str, Sheet]) -> None:
    assert find(atlas["idle"], "Tap to start") == atlas["idle"].targets[0]
    assert find(atlas["idle"], "again") == atlas["idle"].targets[1]
    assert find(atlas["walking"], "pause") == atlas["walking"].targets[1]


def test_the_table_counts_what_was_not_as_it_should() -> None:
    rows = [Seen("first", "starts", True, "after 3 s", 3.0), Seen("cuts", "50", False, "gone", 9.0)]
    told = table(rows).splitlines()
    assert told[0].startswith("ok   first  starts")
    assert told[1].startswith("LOST cuts   50")
    assert told[2] == "1 of 2 as they should"
    assert table([]) == "nothing was run"
