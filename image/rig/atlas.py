"""What each screen looks like, and where on it a finger finds what: drawn here, off-screen.

    python -m image.rig.atlas FOLDER NAME...

A process of its own, since Kivy belongs to one window. It draws the scenes of ``tests/screens``,
leaves a picture of each and ``atlas.json``: for each scene what can be tapped, by its words and its
icon.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

from image.rig.errors import RigError

PROJECT: Final = Path(__file__).resolve().parents[2]
WITHIN_S: Final = 600.0
UNUSABLE: Final = "sternway.toml: site.nmae: no such key, did you mean name?"
"""What the page "unusable" says, of a kiosk whose settings have this slip in them."""


class Target(NamedTuple):
    """Something to tap: its words, its picture, its middle as shares from the upper left corner."""

    words: str
    icon: str
    x: float
    y: float


class Sheet(NamedTuple):
    """A screen as it was drawn."""

    picture: Path
    targets: tuple[Target, ...]


def draw(folder: Path, names: Sequence[str]) -> dict[str, Sheet]:
    """Draw these scenes in a process of its own; raises :class:`RigError`."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-P", "-m", "image.rig.atlas", str(folder.resolve()), *names]
    env = {**os.environ, "PYTHONPATH": str(PROJECT), "SDL_VIDEODRIVER": "offscreen"}
    done = subprocess.run(
        command, cwd=PROJECT, env=env, capture_output=True, text=True, check=False, timeout=WITHIN_S
    )
    if done.returncode != 0:
        raise RigError(f"the screens could not be drawn: {done.stderr.strip()[-400:]}")
    return read(folder)


def read(folder: Path) -> dict[str, Sheet]:
    """Return what was drawn."""
    found = json.loads((folder / "atlas.json").read_text(encoding="utf-8"))
    return {
        name: Sheet(folder / f"{name}.png", tuple(Target(*target) for target in targets))
        for name, targets in found.items()
    }


def main(arguments: Sequence[str]) -> int:
    """Draw these scenes into the folder."""
    stages, scenes = import_module("tests.screens.stage"), import_module("tests.screens.scenes")
    folder, wanted = Path(arguments[0]), arguments[1:]
    stage = stages.Stage(next(size for size in stages.SIZES if size.name == "800x480"))
    stages.frames(1)
    told: dict[str, list[Target]] = {}
    for name in wanted:
        if name == "unusable":
            continue
        stage.show(scenes.SCENES[name])
        stage.picture(folder / f"{name}.png")
        told[name] = _targets(stage)
    if "unusable" in wanted:
        _unusable(stage)
        stage.picture(folder / "unusable.png")
        told["unusable"] = []
    (folder / "atlas.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0


def _unusable(stage: Any) -> None:
    """Show the page of a kiosk that does not start; after it the stage is of no more use."""
    from kiosk.screens.unusable import UnusablePage
    from kiosk.unusable import mend_on_card, the_settings

    stage.window.remove_widget(stage.shell)
    stage.window.add_widget(UnusablePage(the_settings(), UNUSABLE, mend_on_card()))
    import_module("tests.screens.stage").settle(4)


def _targets(stage: Any) -> list[Target]:
    from kiosk.screens.widgets import StopButton, Tap

    measure = import_module("tests.screens.measure")
    found = []
    for widget in measure.visible(stage.shell):
        if isinstance(widget, Tap | StopButton):
            words = " ".join(item.text for item in measure.texts(widget)).replace("\xa0", " ")
            x, y = widget.to_window(*widget.center)
            width, height = stage.window.size
            icon = str(getattr(widget, "icon", ""))
            found.append(Target(words, icon, round(x / width, 4), round(1 - y / height, 4)))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
