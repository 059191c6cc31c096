"""Remake the catalogues from what the kiosk says: texts.py [--check].

``sternway.pot`` gets every text, each ``sternway.po`` keeps what is translated and gets what is
new, empty; each ``sternway.mo`` is compiled. All of it is the same on every computer and every
day: no dates, no line numbers, sorted by file.
"""

from __future__ import annotations

import argparse
import io
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from kiosk.cues.languages import DOMAIN, LOCALES, OTHERS
from tests.cues.gathering import ROOT, gathered

POT: Final = LOCALES / f"{DOMAIN}.pot"
_NEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
_CHURN: Final = (b'"POT-Creation-Date:', b'"PO-Revision-Date:', b'"Last-Translator:')
_CHURN_TOO: Final = (b'"Generated-By:', b'"Language-Team:', b'"Report-Msgid-Bugs-To:')
_COMMENT: Final = """\
# The texts of Sternway's kiosk{of}. Edit msgstr, and what stands between braces keep as it is:
# {{name}} is filled in. Then run `make texts`, and `make test`, which says what is missing.
#"""


def po_file(language: str) -> Path:
    """Where a language's texts are, for people."""
    return LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def mo_file(language: str) -> Path:
    """Where they are, for the kiosk."""
    return po_file(language).with_suffix(".mo")


def template() -> Catalog:
    """Every text, untranslated."""
    catalog = Catalog(
        project="Sternway", version="", header_comment=_COMMENT.format(of=""), charset="utf-8"
    )
    # By file, then as they stand in the alphabet: a moved line moves nothing here.
    for text, files in sorted(gathered().items(), key=lambda pair: (pair[1], pair[0])):
        message = catalog.add(text, locations=[(file, 0) for file in files])
        # Only braces are filled in; a "%" in a text is a "%".
        message.flags.discard("python-format")
    return catalog


def brought_up(language: str, new: Catalog) -> Catalog:
    """A language's catalogue with the texts that there are now."""
    file = po_file(language)
    kept = Catalog(locale=language)
    if file.is_file():
        kept = read_po(io.BytesIO(file.read_bytes()), locale=language)
    catalog = Catalog(
        locale=language,
        project="Sternway",
        version="",
        header_comment=_COMMENT.format(of=f", {language}"),
        charset="utf-8",
        creation_date=_NEVER,
        revision_date=_NEVER,
    )
    for message in new:
        if message.id:
            old = kept.get(message.id)
            text = "" if old is None or old.fuzzy else old.string
            added = catalog.add(message.id, text, locations=message.locations)
            added.flags.discard("python-format")
    return catalog


def as_po(catalog: Catalog) -> bytes:
    """A catalogue as its file, without what changes from day to day."""
    file = io.BytesIO()
    write_po(file, catalog, width=100, include_lineno=False)
    churn = (*_CHURN, *_CHURN_TOO)
    lines = [line for line in file.getvalue().splitlines() if not line.startswith(churn)]
    return b"\n".join(lines).strip() + b"\n"


def as_mo(po: bytes, language: str) -> bytes:
    """A catalogue as the kiosk reads it."""
    catalog = read_po(io.BytesIO(po), locale=language)
    catalog.creation_date = catalog.revision_date = _NEVER
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def made() -> dict[Path, bytes]:
    """All files of the catalogues as they should be."""
    new = template()
    files = {POT: as_po(new)}
    for language in OTHERS:
        po = as_po(brought_up(language, new))
        files[po_file(language)] = po
        files[mo_file(language)] = as_mo(po, language)
    return files


def main() -> int:
    """Write what differs, or say it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if it would")
    options = parser.parse_args()
    changed = False
    for file, content in made().items():
        if file.is_file() and file.read_bytes() == content:
            continue
        changed = True
        print(f"{'stale' if options.check else 'written'}: {file.relative_to(ROOT)}")
        if not options.check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    return int(changed and options.check)


if __name__ == "__main__":
    sys.exit(main())
