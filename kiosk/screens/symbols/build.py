"""Builds symbols.ttf from the set's own drawings: ``python build.py [OUT]``, as `make icons` does.

The package is fetched from the npm registry once, at the version and hash given here, and kept in
build/icons. It says in one line what a person has to do when it cannot go on, and ends with 2. The
same input gives the same bytes.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Final

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.svgLib.path import parse_path

ROOT: Final = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from kiosk.screens.symbols import FIRST, FONT, LICENCE, SET, SYMBOLS, VERSION, Symbol  # noqa: E402

URL: Final = f"https://registry.npmjs.org/@material-symbols/svg-700/-/svg-700-{VERSION}.tgz"
SHA256: Final = "ef99b2f87feff63fdd92723cc52b91156304ffc5a320f085e98c26465650eb91"
DRAWINGS: Final = "package/rounded"
EM: Final = 960
"""Side of the square in which the set draws, in the drawings' own units and in the font's."""
NEVER: Final = 3_660_681_600
"""A date that says nothing, the first of 2020, in a font's seconds since 1904."""
EDGE: Final = 10
"""What is kept free around a symbol, so that its edge is smooth."""
_PATH: Final = re.compile(r' d="([^"]+)"')


class CannotBuildError(Exception):
    """The font cannot be built; the text says what to do."""


def archive(kept: Path) -> Path:
    """Return the set's archive, fetched where it is not there yet; raises `CannotBuildError`."""
    path = kept / f"svg-700-{VERSION}.tgz"
    if not path.exists():
        kept.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        fetch = ["curl", "--silent", "--show-error", "--fail", "--max-time", "300"]
        done = subprocess.run([*fetch, "--output", part, URL], check=False)
        if done.returncode:
            raise CannotBuildError(f"could not fetch {URL}: connect, then call this again")
        part.rename(path)
    told = hashlib.sha256(path.read_bytes()).hexdigest()
    if told != SHA256:
        raise CannotBuildError(f"{path} has the hash {told}, not {SHA256}: remove it, and look why")
    return path


def drawings(path: Path) -> dict[str, str]:
    """Return the path of each symbol that is used, as its drawing has it."""
    found: dict[str, str] = {}
    with tarfile.open(path) as packed:
        for name in sorted({symbol.name for symbol in SYMBOLS.values()}):
            try:
                member = packed.extractfile(f"{DRAWINGS}/{name}-fill.svg")
            except KeyError:
                raise CannotBuildError(f"the set has no {name}: choose another one") from None
            paths = _PATH.findall("" if member is None else member.read().decode())
            if len(paths) != 1:
                raise CannotBuildError(f"{name}: {len(paths)} paths in its drawing, not one")
            found[name] = paths[0]
    return found


def placed(symbol: Symbol, path: str) -> tuple[float, ...]:
    """Return the matrix that brings a drawing (y down from 0 to -960) into the font's square."""
    bounds = BoundsPen(None)
    parse_path(path, bounds)
    x0, y0, x1, y1 = bounds.bounds
    grow = min(symbol.grow, (EM - 2 * EDGE) / max(x1 - x0, y1 - y0))
    up = grow if symbol.over else -grow
    middle = EM / 2
    dx = middle - middle * grow
    dy = middle + middle * up
    low, high = sorted((y0 * up + dy, y1 * up + dy))
    dx += _into(x0 * grow + dx, x1 * grow + dx)
    return (grow, 0, 0, up, dx, dy + _into(low, high))


def _into(low: float, high: float) -> float:
    """Return by how much something must be moved to lie inside the square."""
    return max(0.0, EDGE - low) - max(0.0, high - (EM - EDGE))


def build(out: Path, kept: Path) -> None:
    """Write the font."""
    paths = drawings(archive(kept))
    glyphs = {".notdef": TTGlyphPen(None).glyph()}
    for name, symbol in SYMBOLS.items():
        pen = TTGlyphPen(None)
        quadratic = Cu2QuPen(pen, max_err=0.5)
        parse_path(paths[symbol.name], TransformPen(quadratic, placed(symbol, paths[symbol.name])))
        glyphs[name] = pen.glyph()
    font = FontBuilder(EM, isTTF=True)
    font.setupGlyphOrder(list(glyphs))
    font.setupCharacterMap({FIRST + number: name for number, name in enumerate(SYMBOLS)})
    font.setupGlyf(glyphs)
    table = font.font["glyf"]
    font.setupHorizontalMetrics({name: (EM, getattr(table[name], "xMin", 0)) for name in glyphs})
    font.setupHorizontalHeader(ascent=EM, descent=0)
    font.setupOS2(sTypoAscender=EM, sTypoDescender=0, usWinAscent=EM, usWinDescent=0, fsType=0)
    font.setupNameTable(
        {
            "familyName": "Sternway Symbols",
            "styleName": "Regular",
            "version": f"Version {VERSION}",
            "copyright": f"{SET}: Copyright Google LLC; chosen, enlarged, put into a font",
            "licenseDescription": LICENCE,
            "licenseInfoURL": "https://www.apache.org/licenses/LICENSE-2.0",
        }
    )
    font.setupPost()
    # The same bytes whenever it is built: no date of the day.
    font.font["head"].created = font.font["head"].modified = NEVER
    font.font.recalcTimestamp = False
    font.save(out)


def main() -> int:
    """Build to the one path that may be given, or in place."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else FONT
    try:
        build(out, ROOT / "build" / "icons")
    except CannotBuildError as refused:
        print(f"icons: {refused}", file=sys.stderr)
        return 2
    print(f"icons: {len(SYMBOLS)} symbols in {out}, {out.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
