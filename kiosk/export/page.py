"""``report.html``: one file that opens offline in any current browser and asks the net for nothing.

The summary is drawn here and stands without a script. Sessions and their charts travel as compact
JSON, and the page's own script draws those that are looked at: 5,000 open as quickly as five. The
content security policy names that script and style by their hashes and allows nothing else.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import jinja2
import msgspec
from markupsafe import Markup

from kiosk.cues.texts import _, decimal_mark, figures, language
from kiosk.export import charts, drawing, facts, words
from kiosk.export.fields import OUTCOMES, PROGRAMS, REASONS
from kiosk.export.summary import Summary

_HERE: Final = Path(__file__).parent
_PEOPLE: Final = 100
_NOT_IN_SCRIPT: Final = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}
_DAY_COLUMN: Final = 3
_CODE_COLUMN: Final = 0
_NUMBER_COLUMN: Final = 2


def page(summary: Summary, source: facts.Source) -> Iterator[bytes]:
    """Return the page. ``source`` is shown only when identified."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=in_figures,
    )
    # Our own files, not anybody's input; both are hashed as they stand.
    style = Markup(environment.get_template("report.css.j2").render(c=drawing))  # noqa: S704
    script = Markup((_HERE / "report.js").read_text(encoding="utf-8"))  # noqa: S704
    table = facts.people(summary, _PEOPLE)
    text = environment.get_template("report.html.j2").render(
        policy=_policy(style, script),
        language=language(),
        style=style,
        script=script,
        data=_data(summary),
        title=facts.title(),
        kind=facts.kind(summary),
        place=facts.place(summary, source),
        scope=facts.scope(summary, source),
        notes=facts.notes(summary),
        identified=summary.identified,
        figures=facts.figures(summary) if summary.total.sessions else [],
        charts=[{"drawing": one, "svg": drawing.svg(one)} for one in charts.charts_of(summary)],
        tables=[one for one in (table, facts.programs(summary)) if one is not None],
        listed=_listed(summary),
        words=_page_words(),
    )
    yield text.encode()


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _listed(summary: Summary) -> str:
    if len(summary.lines) == summary.total.sessions:
        return _("Choose a chart to see it large, a column's name to sort by it.")
    which = _("the newest") if summary.identified else ""
    return re.sub(
        r"\s+",
        " ",
        _(
            "Listed here are {which} {n} of {all} sessions, so that the page opens everywhere; "
            "the figures above are of all of them, and every one is in sessions.csv."
        ).format(which=which, n=f"{len(summary.lines):,}", all=f"{summary.total.sessions:,}"),
    )


def in_figures(value: object) -> object:
    """Return what a page shows, its numbers as in the language; what is made for it stays."""
    return figures(value) if type(value) is str else value


def _data(summary: Summary) -> Markup:
    """Return what the script shows, as JSON that cannot end the element it stands in."""
    names = {**{name: words.outcome(name) for name in OUTCOMES}, "": words.outcome(None)}
    reasons = {name: words.reason(name) for name in sorted(REASONS)}
    # Days when there are any; dates sort as days do; else in the order of the sessions.
    sort = _DAY_COLUMN if summary.by_day else _NUMBER_COLUMN if summary.people else _CODE_COLUMN
    data: dict[str, Any] = {
        "sort": sort,
        "rows": summary.lines,
        "colours": {
            "accent": drawing.ACCENT,
            "band": drawing.BAND,
            "dim": drawing.DIM,
            "hair": drawing.HAIR,
            "line": drawing.LINE,
        },
        "words": {
            **_script_words(identified=summary.identified),
            "mark": decimal_mark(),
            "date": _("{year}-{month}-{day}"),
            "outcomes": names,
            "reasons": {**reasons, "other": words.reason("other"), "": words.reason(None)},
            "programs": {name: words.program(name) for name in sorted({*PROGRAMS, "own"})},
        },
    }
    text = msgspec.json.encode(data).decode().translate(_NOT_IN_SCRIPT)
    return Markup(text)  # noqa: S704 - nothing that could close the element is left in it


def _page_words() -> dict[str, str]:
    return {
        "skip": _("To the sessions"),
        "figures": _("Key figures"),
        "charts": _("Charts"),
        "as_table": _("As a table"),
        "every": _("Every session"),
        "noscript": _(
            "The list needs this page's own script, which this browser does not run. "
            "Every session is in sessions.csv too."
        ),
        "find": _("Find"),
        "ending": _("Ending"),
        "sort": _("Sort by"),
        "rows": _("Rows"),
        "open_all": _("Show all charts"),
        "print": _("Print"),
        "pages": _("Pages of the list"),
        "band": _(words.BAND),
        "disclaimer": _(words.DISCLAIMER),
    }


def _script_words(*, identified: bool) -> dict[str, str]:
    return {
        "session": _("Session"),
        "person": _("Person"),
        "guest": _("guest"),
        "number": _("No."),
        "day": _("Date") if identified else _("Day"),
        "program": _("Program"),
        "time": _("Time"),
        "distance": _("Metres"),
        "mean": _("Mean km/h"),
        "band": _("On target"),
        "pain": _("Pain"),
        "effort": _("Effort"),
        "ending": _("Ending"),
        "speed": _("Speed"),
        "chart": _("Speed chart of session"),
        "legend": _("speed in km/h over the time since the belt was released; shaded: the target"),
        "any": _("all"),
        "all": _("all"),
        "said": _("{from} to {to} of {all}"),
        "nothing": _("No session fits."),
        "back": _("Back"),
        "on": _("Next"),
    }
