"""What a row is: figures of ours, figures of what stands beside them, and the goals between them.

Nothing is measured in here, so that what counts as met can be tested without a clock.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from kiosk.bench.lab import Lab, Scale

Statistic = Literal["median", "p99", "max"]


class BenchError(Exception):
    """Base of the errors that this package raises on purpose."""


class RowFailed(BenchError, RuntimeError):
    """Our own part of a row did not do what is measured; one sentence says what."""


class Unusable(BenchError, ValueError):
    """What was asked for cannot be done here; one sentence with the mend."""


class Series(NamedTuple):
    """One thing's figures, in the order in which they were taken; at least one."""

    name: str
    unit: str
    values: tuple[float, ...]

    def at(self, statistic: Statistic) -> float:
        """Return one figure of them all. With fewer than 100 values the p99 is the largest."""
        if statistic == "median":
            return statistics.median(self.values)
        if statistic == "max":
            return max(self.values)
        return sorted(self.values)[math.ceil(0.99 * len(self.values)) - 1]


class Goal(NamedTuple):
    """A bound on the figure ``of``; exactly one of ``at_most`` and ``at_least`` is given.

    ``at_most`` times the figure ``beside``, or so much in its own unit where nothing is beside it;
    ``at_least`` so many times faster than ``beside``, which is slower for a larger figure.
    """

    of: str
    beside: str | None = None
    at_most: float | None = None
    at_least: float | None = None
    statistic: Statistic = "median"

    @property
    def text(self) -> str:
        """The goal as one reads it."""
        of = self.of if self.statistic == "median" else f"{self.of}, {self.statistic}"
        if self.at_least is not None:
            return f"{of}: ≥ {self.at_least:g} × faster than {self.beside}"
        return f"{of} ≤ {self.at_most:g}" + (f" × {self.beside}" if self.beside else "")

    def judge(self, series: Mapping[str, Series]) -> Verdict:
        """Return the ratio and whether it is met; unknown where a figure is missing."""
        ours = series.get(self.of)
        floor = series.get(self.beside) if self.beside is not None else None
        if ours is None or (self.beside is not None and floor is None):
            return Verdict(self, None, None)
        value = ours.at(self.statistic)
        other = 1.0 if floor is None else floor.at(self.statistic)
        above, below = (other, value) if self.at_least is not None else (value, other)
        ratio = above / below if below > 0 else math.inf
        if self.at_least is not None:
            return Verdict(self, ratio, ratio >= self.at_least)
        return Verdict(self, ratio, self.at_most is not None and ratio <= self.at_most)


class Verdict(NamedTuple):
    """A goal, the ratio that was measured, and whether it is met; None: it was not measured."""

    goal: Goal
    ratio: float | None
    met: bool | None


@dataclass(frozen=True)
class Figure:
    """What one row measured.

    ``missing`` has for each thing that could not be measured here the reason; ``notes`` are
    sentences that a reader of the figures needs.
    """

    series: Sequence[Series]
    notes: Sequence[str] = ()
    missing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One row of the table: ``work`` is what is measured, ``beside`` what it is measured against.

    ``goals`` name series that ``measure`` returns. ``measure`` raises :class:`RowFailed` where our
    own part fails; a peer that is not there is no failure, but ``missing`` in its figure.
    """

    name: str
    work: str
    beside: str
    goals: Sequence[Goal]
    measure: Callable[[Lab], Figure]


MakeRow = Callable[["Scale"], Row]
"""Each module of rows has one: the names of its figures hold the sizes of the run."""


@dataclass(frozen=True)
class Result:
    """A row as it came out: its figure, or why there is none."""

    row: Row
    figure: Figure | None = None
    failed: str | None = None

    @property
    def verdicts(self) -> list[Verdict]:
        """Each goal of the row, judged."""
        series = {one.name: one for one in self.figure.series} if self.figure else {}
        return [goal.judge(series) for goal in self.row.goals]


def all_met(results: Sequence[Result]) -> bool:
    """Say whether something was measured, nothing failed, and every goal that was measured is met.

    What was not measured is not met: a run in which that is all there is, is no success.
    """
    judged = [verdict.met for one in results for verdict in one.verdicts if verdict.met is not None]
    return bool(judged) and all(judged) and not any(one.failed for one in results)
