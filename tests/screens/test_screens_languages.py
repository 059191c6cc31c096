"""Every language there is, and one that is 40 % longer: a walk's screens stay whole in all of them.

What staff and therapists see is measured as well by ``tests/pictures.py --language``, which takes
minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.cues import languages
from kiosk.screens.router import STAFF, THERAPY
from tests.cues.gathering import gathered
from tests.cues.pseudo import LANGUAGE, pseudo, write_pseudo
from tests.screens.scenes import SCENES
from tests.screens.stage import SIZES, Size, Stage

SMALLEST = tuple(size for size in SIZES if size.name in {"800x480", "720x1280"})
ALIKE = (
    r"^about|^more|^fault|-\d$|^who-(letters|six|digits|typed|long|wait)|^mine-(first|past|long)"
    r"|-(last|walking-start|opened|waiting|unlocked|toe|screened|chart|no-guard|few|green|log)$"
    r"|^walking-incline-(now|km)|^(staff|export|therapy)-|-log-full|summary-mine-(long|first)"
)
"""Scenes whose texts others have, and readers, which turn a page where they need one."""
WALK = {
    name: scene
    for name, scene in SCENES.items()
    if scene.local not in STAFF | THERAPY and not re.search(ALIKE, name)
}
CONDENSED = 0.72
"""How narrow a word of a real language may be drawn; the longer one has all of ``NARROWEST``."""
UNTOLD = re.compile(
    r"Harbour Clinic|STOP|[WM]{3,}|English|Deutsch|PIN|USB|SAM|Sam|Maria|Christopher|Anna|min\b"
)
"""What is the same in all languages: names of places, people and languages, and units."""


@pytest.fixture(params=SMALLEST, ids=lambda size: size.name)
def size(request: pytest.FixtureRequest) -> Size:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    write_pseudo(tmp_path, gathered())
    monkeypatch.setattr("kiosk.cues.languages.LOCALES", tmp_path)
    return LANGUAGE


def stages(size: Size, language: str) -> Iterator[tuple[str, Stage]]:
    stage = Stage(size, language=language)
    try:
        for name, scene in WALK.items():
            stage.show(scene)
            yield name, stage
    finally:
        stage.close()


@pytest.mark.parametrize("language", languages.OTHERS)
def test_a_walk_s_screens_are_whole_in_each_language(size: Size, language: str) -> None:
    from tests.screens.measure import faults, texts

    found: list[str] = []
    for name, stage in stages(size, language):
        found += faults(stage, size, name)
        found += [
            f"{size.name} {name}: {item.text!r} is condensed to {item.widget.squeeze:.2f}"
            for item in texts(stage.shell)
            if item.widget.squeeze < CONDENSED
        ]
    assert not found, "\n".join(found)


def test_a_walk_s_screens_survive_longer_texts(size: Size, longer: str) -> None:
    from tests.screens.measure import faults, texts

    found: list[str] = []
    for name, stage in stages(size, longer):
        found += faults(stage, size, name)
        for item in texts(stage.shell):
            words = re.findall(r"[^\W\d_]{3,}", UNTOLD.sub("", item.text))
            if any(word.isascii() for word in words) and name not in TOLD_FROM_BELOW:
                found.append(f"{name}: {item.text!r} went through no catalogue")
    assert not found, "\n".join(found)


TOLD_FROM_BELOW = {
    *("blocked-log", "notice", "pin-wrong", "who-wrong", "who-locked"),
    "walking-long-names",
}
"""Scenes in which the fakes answer with words of their own: sentences, the names of own steps."""


def test_the_longer_language_is_longer_and_keeps_what_is_filled_in() -> None:
    text = "New today: {n:g} minutes more, up to {kmh:.1f} km/h"
    told = pseudo(text)
    assert len(told) - len(text) == int(0.4 * len("Newtodayminutesmoreupto"))
    assert "{n:g}" in told
    assert "{kmh:.1f} km/h" in told
    assert not re.search(r"\b[a-z]{4,}\b", re.sub(r"\{.*?\}", "", told))
