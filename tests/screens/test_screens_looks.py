"""What looks alike everywhere: where the way back and what is likeliest stand, what has an edge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hardware.link import Check
from kiosk.screens import theme
from kiosk.screens.checks import check_view
from tests.screens.scenes import SCENES
from tests.screens.stage import SIZES, Stage

WIDE = next(size for size in SIZES if size.name == "1280x720")
UPRIGHT = next(size for size in SIZES if size.width < size.height)
PAGES = (
    "hardware",
    "hardware-raw",
    "log-session",
    "export-plan",
    "import-changed",
    "progress-2",
    "clock",
    "summary-chart",
    "summary-qr",
    "detail",
    "mine",
    "version",
)
"""Pages of every kind that lead on."""


@pytest.fixture(params=[WIDE, UPRIGHT], ids=lambda size: size.name)
def staged(request: pytest.FixtureRequest) -> Iterator[Stage]:
    made = Stage(request.param)
    yield made
    made.close()


def buttons(stage: Stage) -> list[Any]:
    from kiosk.screens.widgets import BigButton
    from tests.screens.measure import visible

    return [w for w in visible(stage.shell) if isinstance(w, BigButton) and w.opacity]


def edge(stage: Stage, widget: Any) -> tuple[float, float, float]:
    """How far a button is from the window's right, foot and top, in mm of the layout."""
    from tests.screens.measure import box

    here, (wide, high) = box(widget), stage.window.size
    return tuple(round(px / theme.u(1), 1) for px in (wide - here.right, here.y, high - here.top))


@pytest.mark.parametrize("name", PAGES)
def test_what_is_likeliest_is_at_the_foot_and_the_way_back_above(staged: Stage, name: str) -> None:
    staged.show(SCENES[name])
    (likeliest,) = [one for one in buttons(staged) if one.kind == "primary"]
    right, foot, _top = edge(staged, likeliest)
    assert right <= theme.MARGIN + 0.2
    assert foot <= theme.MARGIN + 0.2
    for back in (one for one in buttons(staged) if one.icon == "back"):
        right, foot, top = edge(staged, back)
        if not theme.portrait() and name != "hardware-raw":
            assert right <= theme.MARGIN + 0.2
            assert top <= theme.MARGIN + 0.2


def test_the_arrow_back_stands_before_its_word(staged: Stage) -> None:
    from kiosk.screens.icons import Icon
    from tests.screens.measure import texts, visible

    for name in ("settings", "hardware", "log-session", "detail", "settings-name"):
        staged.show(SCENES[name])
        back = next(one for one in buttons(staged) if one.icon == "back")
        arrow = next(w for w in visible(back) if isinstance(w, Icon))
        word = next(item.widget for item in texts(back))
        assert arrow.right <= word.x, name
        assert abs(arrow.center_y - word.center_y) < theme.u(1), name


@pytest.mark.parametrize("name", ["export-plan-empty", "import-looking", "staff-stick-ntfs"])
def test_a_lone_button_stands_at_the_foot_upright(name: str) -> None:
    stage = Stage(UPRIGHT)
    try:
        stage.show(SCENES[name])
        lowest = min(buttons(stage), key=lambda one: float(one.to_window(0, one.y)[1]))
        assert edge(stage, lowest)[1] <= theme.MARGIN + 0.2
    finally:
        stage.close()


def test_what_is_not_offered_gives_its_room_away_and_comes_back() -> None:
    stage = Stage(UPRIGHT)
    try:
        from kiosk.screens.tiles import StaffText
        from tests.screens.stage import settle

        page = StaffText(title="Title", last="Done", back="Back", size=stage.window.size)
        settle()
        column = page.ids.reader.parent.parent.children[0]
        assert len(column.children) == 2
        page.extra = "More"
        settle()
        assert [child.text for child in reversed(column.children)] == ["Back", "More", "Done"]
        page.extra = ""
        settle()
        assert [child.text for child in reversed(column.children)] == ["Back", "Done"]
    finally:
        stage.close()


def test_only_what_can_be_tapped_has_an_edge(staged: Stage) -> None:
    from kiosk.screens.widgets import Card
    from tests.screens.measure import visible

    for name in ("checking", "proof", "summary", "profile-next", "key-secret"):
        staged.show(SCENES[name])
        cards = [w for w in visible(staged.shell) if isinstance(w, Card)]
        assert cards, name
        assert all(card.edge[3] == 0 for card in cards), name


def test_where_something_is_due_not_all_is_well(staged: Stage) -> None:
    from tests.screens.measure import texts

    staged.show(SCENES["staff-due"])
    head = staged.shell.page.tiles.head
    assert (head.mark, head.good, head.bad) == ("info", False, False)
    assert "All is well" not in [item.text for item in texts(staged.shell)]
    staged.show(SCENES["staff"])
    assert (head := staged.shell.page.tiles.head).mark == "check"
    assert head.good


def pictures(name: str) -> list[str]:
    return [one.name for one in check_view(SCENES[name].shown, turn=False).pictures]


def test_the_ready_check_shows_start_first_and_then_the_hands() -> None:
    assert pictures("checking") == ["start", "next", "arms-both"]
    assert pictures("checking-one-hand") == ["start", "next", "arms-right"]
    assert pictures("checking-waiting") == ["arms-left"]
    (waiting,) = check_view(SCENES["checking-waiting"].shown, turn=False).pictures
    assert waiting.lit == (False, True)
    assert pictures("checking-green") == ["arms-both"]
    assert pictures("checking-one-hand-green") == ["arms-left"]
    assert pictures("checking-opened") == ["arms-down", "next", "arms-both"]
    assert check_view(SCENES["checking-estop"].shown, turn=False).first == Check.ESTOP
    assert pictures("checking-estop") == ["estop"]


def test_a_line_that_bends_is_drawn_in_pieces_and_a_curve_in_one() -> None:
    from kiosk.screens.strokes import arc, pieces

    zigzag = [(0.0, 0.0), (10.0, 10.0), (20.0, 0.0), (30.0, 1.0)]
    assert pieces(zigzag) == [zigzag[:2], zigzag[1:3], zigzag[2:]]
    points = arc(0, 0, 100)
    around = list(zip(points[::2], points[1::2], strict=True))
    assert pieces(around) == [around]


@pytest.mark.parametrize("name", ["briefing-pain", "summary-pain", "summary-rpe"])
def test_a_scale_says_what_its_ends_mean_before_a_tap(staged: Stage, name: str) -> None:
    from kiosk.screens.scale import Scale
    from tests.screens.measure import texts, visible

    staged.show(SCENES[name])
    scale = next(w for w in visible(staged.shell) if isinstance(w, Scale))
    told = "\n".join(item.text for item in texts(staged.shell)).splitlines()
    for key in (scale.keys[0], scale.keys[-1]):
        assert any(text.startswith(f"{key.value}: ") for text in told), told
