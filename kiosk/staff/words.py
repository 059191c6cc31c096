"""What is said of an export: its plan, its result and its sentences, for people. No I/O in here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from msgspec.structs import replace

from kiosk.export.exporter import Done
from kiosk.export.plan import Plan
from kiosk.staff.model import ExportPlan, ExportResult, ExportState
from kiosk.sticks.model import StickError
from profiles.saying import saying

NO_KEY: Final = saying(
    "There is no clinic key yet: make one, or take the clinic's own from a stick."
)
NOTHING: Final = saying("Nothing was written.")
PULLED: Final = saying("The stick was pulled out: put it in again.")
PULLED_IN_IT: Final = saying("The stick was pulled out before the export was done: export again.")
MAY_BE_LEFT: Final = saying("What may be left of it on the stick ends in .part and can be deleted.")
PROTECTED: Final = saying("The stick is write-protected: move its switch, or use another one.")
BOTH_ON_IT: Final = saying(
    "The clinic's secret key lies on this stick too: whoever finds the stick has both. "
    "Take another stick, or delete the key from it first."
)
WHOLE: Final = saying("Everything was written, read back and is whole.")


def let_go(state: ExportState, error: StickError | None) -> ExportState:
    """Say whether the stick may be pulled out now, and what is true if it was not let go of."""
    if error is None:
        return replace(state, safe_to_remove=True)
    if state.phase == "done":
        whole = saying("The export is whole, but the stick was not let go of.")
        return replace(state, text=(whole, *error.said))
    # That a stick is gone, its own sentence has said, or the person who pulled it knows.
    return state if error.gone else replace(state, text=(*state.text, *error.said))


def plan_in_words(plan: Plan, *, protected: bool, secret: bool = False) -> ExportPlan:
    """Return the exporter's plan as staff see it.

    ``protected`` is the stick's switch; ``secret``: the clinic's secret key lies on the stick.
    """
    notes = [*plan.faults]
    if secret:
        notes.append(BOTH_ON_IT)
    if plan.running:
        notes.append(saying("Left out, because not closed yet: {n}.", n=plan.running))
    if plan.unsure:
        unsure = saying(
            "Left out, because their day is not sure: {n}. Choose all days to have them.",
            n=plan.unsure,
        )
        notes.append(unsure)
    if len(plan.unfinished) == 1:
        notes.append(saying("An earlier export on this stick was not finished."))
    elif plan.unfinished:
        count = len(plan.unfinished)
        notes.append(saying("{n} earlier exports on this stick were not finished.", n=count))
    return ExportPlan(
        sessions=plan.sessions,
        people=plan.people,
        guests=plan.guests,
        bytes=plan.bytes,
        needed_bytes=plan.needed_bytes,
        free_bytes=plan.free_bytes,
        files=tuple(file.path for file in plan.files),
        obstacle=(PROTECTED,) if protected else plan.obstacle,
        notes=tuple(notes),
        unfinished=len(plan.unfinished),
    )


def result_in_words(done: Done, mounted: Path) -> ExportResult:
    """Return what stands on the stick that is mounted there."""
    folder = done.folder.relative_to(mounted) if done.folder.is_relative_to(mounted) else None
    return ExportResult(
        folder=str(folder or done.folder.name),
        sessions=done.sessions,
        bytes=done.bytes,
        files=len(done.files) + 1,
        notes=tuple(
            saying("Not all of the log could be read: {fault}", fault=fault)
            for fault in done.faults
        ),
    )
