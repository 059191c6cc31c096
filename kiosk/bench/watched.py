"""The kiosk, watched: it tells when each of its screens was first on the display.

    python -m kiosk.bench.watched FILE run --simulate ...

Runs ``sternway`` with the words after FILE. For each screen that comes up it appends a line to
FILE: the monotonic clock's seconds at which its first frame had been handed over, those at which it
began to be made, and its name.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from kiosk import __main__ as command
from kiosk import app


def main(file: str, *words: str) -> int:
    """Run the kiosk, with somebody looking at its window."""
    run_desktop = app.run_desktop

    def watched(desktop: Any, *more: Any) -> int:
        _watch(desktop, Path(file))
        return run_desktop(desktop, *more)

    app.run_desktop = watched  # type: ignore[assignment]  # whatever it takes is handed on
    return command.main(list(words))


def _watch(desktop: Any, path: Path) -> None:
    from kivy.core.window import Window

    told = path.open("a", encoding="ascii", buffering=1)
    coming: list[tuple[float, str]] = []
    desktop.shell.observers.append(lambda _old, new: coming.append((time.monotonic(), new)))
    flip = Window.flip

    def flipped() -> None:
        flip()
        if coming:
            begun_s, name = coming[-1]
            told.write(f"{time.monotonic():.6f} {begun_s:.6f} {name}\n")
            coming.clear()

    Window.flip = flipped


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
