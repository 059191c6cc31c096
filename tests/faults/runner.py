"""Runs the cases of a part, each within its time, and says what becomes of them."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from types import FrameType

import pytest

from tests.faults.frame import CASE_S, Case, Lab, NotRun, Part, Tally

TOLD_LOST = 5
"""How many lost cases of a part are told in full; the others are counted."""
EVERY_S = 10.0


class Hung(Exception):
    """A case took far too long."""


class Runner:
    """Runs one part after the other."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._told_s = 0.0

    def run(self, part: Part) -> Tally:
        """Try all cases of a part."""
        lab, tally = self._lab, Tally(part)
        lab.notes = []
        start_s = self._told_s = time.monotonic()
        print(f"{part.id}: {part.what}", flush=True)
        with ExitStack() as stack:
            lab.stack = stack
            try:
                cases = part.cases(lab)
                # What all cases share is made on the way to the first.
                with _within(3 * CASE_S):
                    first = next(cases, None)
                if first is not None:
                    self._try_all(chain([first], cases), tally)
                # A part without a case would be good for ever. A case that is not there is told.
                assert tally.tried or tally.left_out or not self._wants(part), "nothing was tried"
            except (NotRun, pytest.skip.Exception) as why:
                tally.not_run[str(why)] += 1
            except (Exception, pytest.fail.Exception) as error:
                self._lose(tally, part.id, error)
            try:
                with _within(CASE_S):
                    stack.close()
            except (Exception, pytest.fail.Exception) as error:
                self._lose(tally, f"{part.id} (its end)", error)
        tally.took_s = time.monotonic() - start_s
        tally.notes = list(dict.fromkeys(lab.notes))
        return tally

    def _wants(self, part: Part) -> bool:
        """Whether all of a part is asked for."""
        return self._lab.only_case in (None, part.id)

    def _try_all(self, cases: Iterator[Case], tally: Tally) -> None:
        for case in cases:
            name = f"{tally.part.id}.{case.id}"
            if not self._wants(tally.part) and self._lab.only_case != name:
                continue
            self._try(name, case, tally)
            self._progress(tally)

    def _try(self, name: str, case: Case, tally: Tally) -> None:
        try:
            with _within(CASE_S):
                case.try_it(self._lab.dice(name))
        except (NotRun, pytest.skip.Exception) as why:
            tally.not_run[str(why)] += 1
        except (Exception, pytest.fail.Exception) as error:
            self._lose(tally, name, error)
        else:
            tally.survived += 1

    def _lose(self, tally: Tally, name: str, error: BaseException) -> None:
        why = f"{type(error).__name__}: {' '.join(str(error).split())}"
        tally.lost.append((name, why))
        if len(tally.lost) > TOLD_LOST:
            return
        places = traceback.extract_tb(error.__traceback__)[-3:]
        print(f"  LOST {name}: {why[:600]}")
        for place in places:
            print(f"       {place.filename}:{place.lineno} in {place.name}")
        how = " --short" if self._lab.short else ""
        how += f" --times {self._lab.times}" if self._lab.times != 1 else ""
        # What is lost around the cases comes again with all of them.
        part = tally.part.id
        again = f"--case {name}" if name.startswith(f"{part}.") else f"--only {part}"
        print(
            f"       again: {sys.executable} -m tests.faults --seed {self._lab.seed}{how} {again}",
            flush=True,
        )

    def _progress(self, tally: Tally) -> None:
        if time.monotonic() - self._told_s >= EVERY_S:
            self._told_s = time.monotonic()
            print(f"  ... {tally.tried} tried, {len(tally.lost)} lost", flush=True)


@contextlib.contextmanager
def _within(seconds: int) -> Iterator[None]:
    """Raise :class:`Hung` in the block when it takes longer."""

    def hung(_number: int, _frame: FrameType | None) -> None:
        raise Hung(f"took over {seconds} s")

    before = signal.signal(signal.SIGALRM, hung)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
