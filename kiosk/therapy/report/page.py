"""``report.html``: the same page for a screen. One file, no script, nothing asked of the net.

It prints on one A4 page: on paper it has the paper's own measures, and texts that may be long are
set smaller. The content security policy names its style by its hash and allows nothing else.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import jinja2
from markupsafe import Markup

from kiosk.cues.texts import _, language
from kiosk.export import drawing
from kiosk.export.drawing import Drawing
from kiosk.export.page import in_figures
from kiosk.therapy.report import words
from kiosk.therapy.report.facts import ROWS, Facts, newest

_HERE: Final = Path(__file__).parent
_LONG_NAME: Final = 18
_LONG_NOTE: Final = 240


def page(facts: Facts, charts: Sequence[Drawing]) -> Iterator[bytes]:
    """Return the page's bytes."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        finalize=in_figures,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Our own file, not anybody's input; it is hashed as it stands.
    style = Markup(environment.get_template("report.css.j2").render(c=drawing))  # noqa: S704
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    # On paper a long note takes the room of two sessions.
    long_note = len(facts.note) > _LONG_NOTE
    text = environment.get_template("report.html.j2").render(
        policy=(
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        ),
        style=style,
        language=language(),
        facts=facts,
        charts=[(one, drawing.svg(one)) for one in charts],
        long_name=len(facts.who) > _LONG_NAME,
        long_note=long_note,
        table=newest(facts.table, ROWS - 2 if long_note else ROWS) if facts.table else None,
        words={
            "prescription": _("Prescription"),
            "note": _("Note"),
            "figures": _("Key figures"),
            "charts": _("Charts"),
            "as_table": _("As a table"),
            "now": _("Today"),
            "stops": _("All stops"),
            "nothing": _(words.NO_SESSION),
            "fill_in": _("To fill in by hand"),
        },
    )
    yield text.encode()
