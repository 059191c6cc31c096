"""The table at the end: tried, survived, lost, not run; and one line that sums it up."""

from __future__ import annotations

from tests.faults.frame import Tally


def table(tallies: list[Tally]) -> str:
    """Return a line for each part, what was lost, and what could not be run and why."""
    head = f"{'fault':<20} {'tried':>7} {'survived':>9} {'lost':>5} {'not run':>8} {'s':>6}  what"
    lines = ["", head, "-" * len(head)]
    for one in tallies:
        lines.append(
            f"{one.part.id:<20} {one.tried:>7,} {one.survived:>9,} {len(one.lost):>5,} "
            f"{one.left_out:>8,} {one.took_s:>6.1f}  {one.part.what}"
        )
        lines += [f"{'':<20} {note}" for note in one.notes]
    lines.append("-" * len(head))
    lines.append(
        f"{'all':<20} {sum(one.tried for one in tallies):>7,} "
        f"{sum(one.survived for one in tallies):>9,} {sum(len(one.lost) for one in tallies):>5,} "
        f"{sum(one.left_out for one in tallies):>8,} {sum(one.took_s for one in tallies):>6.1f}"
    )
    for one in tallies:
        lines += [f"NOT RUN {one.part.id}: {n:,} × {why}" for why, n in one.not_run.items()]
    for one in tallies:
        lines += [f"LOST {name}: {why[:200]}" for name, why in one.lost[:20]]
    return "\n".join(lines)


def status_line(tallies: list[Tally], seed: int, took_s: float) -> str:
    """Return the last line: what a person looks at first."""
    lost = sum(len(one.lost) for one in tallies)
    left_out = sum(one.left_out for one in tallies)
    tried = sum(one.tried for one in tallies)
    said = f"== {tried:,} faults tried, {lost:,} lost"
    if left_out:
        said += f", {left_out:,} NOT RUN (what is not run is not survived)"
    elif not tried:
        said += ", NOTHING was tried"
    return f"{said}; seed {seed}, {took_s / 60:.1f} min"
