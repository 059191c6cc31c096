"""Updates and backups, step by step: what each of their pages says. No Kivy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from kiosk.cues.texts import _, say
from kiosk.screens.dates import here, short_day, time_words
from kiosk.screens.staffing import Line, TileView, label_words, size
from kiosk.staff.model import ClockState
from kiosk.sticks.model import Stick
from kiosk.upkeep.model import UNDER_WAY, Backup, Found, Job, Offer, UpkeepState


def upkeep_tiles(state: UpkeepState) -> tuple[TileView, ...]:
    """Return what leads to these pages, among the settings."""
    failed = state.slots is not None and state.slots.other == "failed"
    facts = (_("did not start"),) if failed else (_("from a stick"),)
    return (
        TileView("update", _("Update"), facts, "import", warn=failed),
        TileView("backup", _("Backup"), (_("all data"),), "export"),
    )


class UpdateView(NamedTuple):
    """How the system stands, and what can be done: ``restart``, ``look`` for an update, or none."""

    lines: tuple[Line, ...]
    does: str
    forgets: bool = False


def update_view(state: UpkeepState, version: str) -> UpdateView:
    """Return what the update's first page says; ``version`` is the program's own."""
    slots = state.slots
    if not state.appliance:
        return UpdateView(
            (
                Line(_("Version {version} is in use.").format(version=version), "strong"),
                Line(_("This machine is no appliance: updates come here by its package.")),
            ),
            "",
        )
    if slots is None:
        why = say(state.slots_fault) if state.slots_fault else _("One moment.")
        return UpdateView((Line(why),), "")
    lines = [Line(_("Version {version} is in use.").format(version=slots.version), "strong")]
    other = slots.other_version or "?"
    if slots.trial:
        lines.append(Line(_("It is being tried: in a moment it is kept.")))
        return UpdateView(tuple(lines), "")
    if slots.other == "failed":
        text = _("The update to version {other} did not start, so this one is in use again.")
        lines.append(Line(text.format(other=other), "bad"))
        return UpdateView(tuple(lines), "look", forgets=True)
    if slots.other == "waiting":
        text = _("Version {other} is ready: a restart tries it.")
        lines.append(Line(text.format(other=other)))
        return UpdateView(tuple(lines), "restart")
    if slots.other == "good" and slots.other_version is not None:
        text = _("Version {other}, the one before, is still here.")
        lines.append(Line(text.format(other=other)))
    lines.append(Line(_("An update is a file on a stick, from whoever looks after this kiosk.")))
    return UpdateView(tuple(lines), "look")


def offer_lines(offer: Offer, now: str, stick: Stick) -> tuple[Line, ...]:
    """Return what staff are asked before an update."""
    what = _("{size} from {stick}. Version {now} is in use until the restart.")
    return (
        Line(what.format(size=size(offer.bytes), stick=label_words(stick), now=now)),
        Line(_("It takes some minutes. Nobody can walk meanwhile.")),
    )


def updated_lines(offer: Offer, now: str, job: Job) -> tuple[Line, ...]:
    """Return what staff should know of an update that was written."""
    back = _("The restart tries it. Should it not work, version {now} comes back by itself.")
    return (Line(back.format(now=now)), *_free(job))


def backup_lines(stick: Stick) -> tuple[Line, ...]:
    """Return what staff are told before a backup."""
    what = _("Sessions, settings, profiles and PINs go onto {stick}, locked.")
    return (
        Line(what.format(stick=label_words(stick))),
        Line(_("A passphrase opens it: have pen and paper.")),
    )


def backed_lines(made: Backup, job: Job) -> tuple[Line, ...]:
    """Return what staff should know of a backup that was written."""
    told = _("{size}, read back. The file:").format(size=size(made.bytes))
    # In two lines, parted before the day: a word that long fits no narrow page.
    name, dash, day = made.file.rpartition("-20")
    lines = [
        Line(told),
        Line(f"{name}-\n20{day}" if dash else made.file),
        Line(_("Keep the stick and the paper, and not together.")),
    ]
    if made.clinic:
        lines.append(Line(_("The clinic's key opens it too.")))
    return (*lines, *_free(job))


def found_tiles(found: Sequence[Found], clock: ClockState) -> tuple[TileView, ...]:
    """Return the backups on a stick, to choose."""
    return tuple(
        TileView(one.file, day, (f"{clock_time}, {one.kiosk_id}", clock_time), "page")
        for one in found
        for day, clock_time in (made_words(one, clock),)
    )


def made_words(found: Found, clock: ClockState) -> tuple[str, str]:
    """Return the day and the time at which a backup was made, as the place counts them."""
    made = datetime.strptime(found.made_at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    local = here(ClockState(made, True, clock.zone))
    return short_day(local.date()), time_words(local)


def restore_lines(found: Found, clock: ClockState) -> tuple[Line, ...]:
    """Return what staff are asked before a backup is taken."""
    what = _("The backup of {when} takes the place of everything here, PINs too.")
    return (
        Line(what.format(when=", ".join(made_words(found, clock)))),
        Line(_("What is here now is set aside. Then the kiosk starts anew.")),
    )


class WorkView(NamedTuple):
    """A work under way."""

    title: str
    percent: str
    share: float
    told: str


def work_view(kind: str, job: Job) -> WorkView:
    """Return how far it is, phase by phase."""
    titles = {
        ("update", "checking"): _("Checking the update"),
        ("update", "writing"): _("Writing the update"),
        ("update", "reading"): _("Reading all of it back"),
        ("backup", "writing"): _("Writing the backup"),
        ("backup", "reading"): _("Reading all of it back"),
        ("restore", "reading"): _("Opening the backup"),
        ("restore", "checking"): _("Checking the backup"),
    }
    title = titles.get((kind, job.phase), _("One moment"))
    percent = int(job.fraction * 100)
    return WorkView(title, f"{percent}\u00a0%", percent / 100, _("Leave the stick in."))


def failed_lines(text: str, job: Job) -> tuple[Line, ...]:
    """Return what happened, and whether the stick may be taken out."""
    return (Line(text), *_free(job))


def is_over(job: Job) -> bool:
    """Say whether nothing is under way any more."""
    return job.phase not in UNDER_WAY


def _free(job: Job) -> tuple[Line, ...]:
    return (Line(_("The stick can be taken out."), "strong"),) if job.safe_to_remove else ()
