"""Draw every screen in every state that matters, off-screen: pictures.py DIR [--size WxH]."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main() -> int:
    """Draw; one process a size, as the theme's sizes are a process's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--size", metavar="WxH", help="only this size")
    parser.add_argument("--only", default="", help="only scenes whose name begins so")
    options = parser.parse_args()
    from tests.screens.stage import SIZES

    known = {size.name: size for size in SIZES}
    if options.size is None:
        codes = [
            subprocess.run(
                [sys.executable, __file__, str(options.folder), "--size", name]
                + (["--only", options.only] if options.only else []),
                check=False,
            ).returncode
            for name in known
        ]
        return max(codes)
    if options.size not in known:
        print(f"pictures: --size: {options.size} is not one of {', '.join(known)}", file=sys.stderr)
        return 2
    from tests.screens.scenes import SCENES
    from tests.screens.stage import Stage

    folder = options.folder / options.size
    folder.mkdir(parents=True, exist_ok=True)
    stage = Stage(known[options.size])
    count = 0
    for name, scene in SCENES.items():
        if name.startswith(options.only):
            stage.show(scene)
            stage.picture(folder / f"{name}.png")
            count += 1
    print(f"{count} pictures in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
