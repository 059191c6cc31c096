"""The figures as a table for people, and as JSON for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from kiosk.bench.frame import Result, Series, Verdict, all_met

SCHEMA: Final = 1
BUSY: Final = 0.5
"""From so many waiting processes a processor on, figures are those of a busy machine."""
_NAME: Final = 46
_WIDE: Final = 88
_NO_FIGURE: Final = "A quick run: everything is tried, and nothing here is a figure."


def table(results: Sequence[Result], about: Mapping[str, Any]) -> str:
    """Return the table: each row's figures, and each goal with its ratio."""
    lines = [*_opening(about), ""]
    for result in results:
        lines += [*_row(result, is_quick=about["quick"]), ""]
    lines += _closing(results, about)
    return "\n".join(lines)


def as_json(results: Sequence[Result], about: Mapping[str, Any]) -> dict[str, Any]:
    """Return all of it. ``met`` is None where it was not measured, and in a quick run."""
    quick = about["quick"]
    return {
        "schema": SCHEMA,
        **about,
        "met": None if quick else all_met(results),
        "rows": [
            {
                "name": result.row.name,
                "work": result.row.work,
                "beside": result.row.beside,
                "failed": result.failed,
                "figures": [_series(one) for one in result.figure.series] if result.figure else [],
                "goals": [_verdict(one, quick=quick) for one in result.verdicts],
                "missing": dict(result.figure.missing) if result.figure else {},
                "notes": list(result.figure.notes) if result.figure else [],
            }
            for result in results
        ],
    }


def amount(value: float) -> str:
    """Return a figure with three digits that count."""
    if value >= 1000:
        return f"{value:,.0f}"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:.{digits}f}"


def _opening(about: Mapping[str, Any]) -> Iterator[str]:
    machine = about["machine"]
    yield (
        f"sternway {about['app_version']} on {about['made_at'][:16].replace('T', ' ')} UTC: "
        f"{machine['processors']} x {machine['processor']}, {machine['system']}, "
        f"Python {machine['python']}, {about['filesystem']}"
    )
    before, after = about["load"]
    yield f"load {before:g} when it began and {after:g} when it ended"
    if max(before, after) > BUSY * machine["processors"]:
        yield "The machine was busy with other things, or with this: figures of time are too large."
    if about["quick"]:
        yield _NO_FIGURE


def _row(result: Result, *, is_quick: bool) -> Iterator[str]:
    row = result.row
    yield f"{row.name}: {row.work}"
    yield f"  beside it: {row.beside}"
    if result.failed is not None:
        yield f"  FAILED: {result.failed}"
        return
    figure = result.figure
    if figure is None:
        return
    yield f"  {'':<{_NAME}}{'median':>9}{'p99':>9}{'max':>9}{'times':>7}"
    for one in figure.series:
        cells = [amount(one.at(which)) for which in ("median", "p99", "max")]
        shown = "".join(f"{cell:>9}" for cell in cells)
        yield f"  {one.name:<{_NAME}}{shown}{len(one.values):>7} {one.unit}"
    for name, why in figure.missing.items():
        yield f"  {name}: not measured; {why}"
    for verdict in result.verdicts:
        yield f"  {_said(verdict, is_quick=is_quick)}"
    for note in figure.notes:
        yield from textwrap.wrap(note, _WIDE, initial_indent="  ", subsequent_indent="  ")


def _said(verdict: Verdict, *, is_quick: bool) -> str:
    if verdict.ratio is None:
        return f"not measured  {verdict.goal.text}"
    unit = " ×" if verdict.goal.beside is not None else ""
    word = "not judged" if is_quick else "met" if verdict.met else "MISSED"
    return f"{word:<13} {verdict.goal.text}: {amount(verdict.ratio)}{unit}"


def _closing(results: Sequence[Result], about: Mapping[str, Any]) -> Iterator[str]:
    if about["quick"]:
        yield _NO_FIGURE
        return
    verdicts = [verdict for result in results for verdict in result.verdicts]
    met = sum(verdict.met is True for verdict in verdicts)
    missed = sum(verdict.met is False for verdict in verdicts)
    unknown = len(verdicts) - met - missed
    yield f"{met} goals met, {missed} missed, {unknown} not measured."


def _series(one: Series) -> dict[str, Any]:
    return {
        "name": one.name,
        "unit": one.unit,
        "median": one.at("median"),
        "p99": one.at("p99"),
        "max": one.at("max"),
        "values": list(one.values),
    }


def _verdict(verdict: Verdict, *, quick: bool) -> dict[str, Any]:
    goal = verdict.goal
    return {
        "text": goal.text,
        "of": goal.of,
        "beside": goal.beside,
        "statistic": goal.statistic,
        "at_most": goal.at_most,
        "at_least": goal.at_least,
        "ratio": verdict.ratio,
        "met": None if quick else verdict.met,
    }
