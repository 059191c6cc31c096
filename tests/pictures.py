"""Draw every screen in every state that matters, off-screen, and say what is wrong with it.

pictures.py DIR [--size WxH] [--language es|de|fr|xx] [--only NAME]; "xx" is nobody's language, with
texts 40 % longer. Ends with 1 where a screen is not whole: see ``tests/screens/measure.py``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main() -> int:
    """Draw; one process a size, as the theme's sizes are a process's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--size", metavar="WxH", help="only this size")
    parser.add_argument("--language", default="en", help="what the screens speak")
    parser.add_argument("--only", default="", help="only scenes whose name begins so")
    options = parser.parse_args()
    from kiosk.cues import languages
    from tests.cues.pseudo import LANGUAGE
    from tests.screens.stage import SIZES

    known = {size.name: size for size in SIZES}
    spoken = [*languages.NAMES, LANGUAGE]
    if options.language not in spoken:
        print(f"pictures: --language: one of {', '.join(spoken)}", file=sys.stderr)
        return 2
    if options.size is None:
        more = ["--language", options.language, "--only", options.only]
        codes = [
            subprocess.run(
                [sys.executable, __file__, options.folder, "--size", name, *more],
                check=False,
            ).returncode
            for name in known
        ]
        return max(codes)
    if options.size not in known:
        print(f"pictures: --size: {options.size} is not one of {', '.join(known)}", file=sys.stderr)
        return 2
    folder = options.folder / options.size
    if options.language != languages.OWN:
        folder = options.folder / options.language / options.size
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        if options.language == LANGUAGE:
            from tests.cues.gathering import gathered
            from tests.cues.pseudo import write_pseudo

            write_pseudo(Path(made), gathered())
            languages.LOCALES = Path(made)  # type: ignore[misc]
        return draw(folder, known[options.size], options.language, options.only)


def draw(folder: Path, size: object, language: str, only: str) -> int:
    """Draw and measure the scenes whose name begins so."""
    from tests.screens.scenes import RESTING, SCENES
    from tests.screens.stage import Size, Stage

    assert isinstance(size, Size)
    stage = Stage(size, language=language)
    from tests.screens.measure import faults

    count, found = 0, []
    for name, scene in {**SCENES, **RESTING}.items():
        if name.startswith(only):
            stage.show(scene)
            found += faults(stage, size, name) if name in SCENES else []
            stage.picture(folder / f"{name}.png")
            count += 1
    print("\n".join([*found, f"{count} pictures in {folder}"]))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
