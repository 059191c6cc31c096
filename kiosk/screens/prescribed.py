"""One profile in words: who, what is walked, when, and what happened to it. No Kivy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Final, NamedTuple

from msgspec import UNSET

from kiosk.cues.texts import _, grouped
from kiosk.cues.words import step_shown
from kiosk.screens.dates import short_day, time_words
from kiosk.screens.fields import LANGUAGES, field_words, program_words, value_words
from kiosk.screens.staffing import TileView
from kiosk.screens.stepping import next_fact
from kiosk.screens.therapist import ICONS, Item, pinched, standing_lines, standing_words
from kiosk.therapy.model import Opened, Standing
from kiosk.zone import zone_of
from profiles.kept import Line, What, Who
from profiles.planned import Walk
from profiles.profile import Prescription
from profiles.progress import Progress


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


_WHAT: Final[dict[What, str]] = {
    "imported": _n("imported"),
    "held": _n("held"),
    "released": _n("released"),
    "stepped": _n("a step was taken"),
    "automatic": _n("steps by themselves"),
    "manual": _n("steps after a release"),
    "ended": _n("ended"),
    "forgotten": _n("deleted"),
}
_WHO: Final[dict[Who, str]] = {
    "therapist": _n("a therapist"),
    "staff": _n("the staff"),
    "kiosk": _n("the kiosk"),
    "command line": _n("the command line"),
}


_WHO_STANDS: Final[dict[Standing, str]] = {
    "ready": _n("{name}, ready"),
    "held": _n("{name}, held"),
    "expired": _n("{name}, expired"),
    "ended": _n("{name}, ended"),
}


class ProfileView(NamedTuple):
    """A profile's first page."""

    title: tuple[str, ...]
    told: tuple[str, ...]
    icon: str
    bad: bool
    good: bool
    tiles: tuple[TileView, ...]


def profile_view(opened: Opened) -> ProfileView:
    """Return what stands on a profile's first page."""
    one = opened.prescription
    name = one.display_name
    title = (f"{one.code}  {name}", one.code, *pinched(one.code))
    standing = standing_words(opened.standing)
    held = opened.standing == "held"
    return ProfileView(
        title=title,
        told=(
            _(_WHO_STANDS[opened.standing]).format(name=name),
            standing,
        ),
        icon=ICONS[opened.standing],
        bad=held,
        good=opened.standing == "ready",
        tiles=_tiles(opened),
    )


def _tiles(opened: Opened) -> tuple[TileView, ...]:
    walk, held = opened.outlook.walk, opened.standing == "held"
    over = opened.standing in {"expired", "ended"}
    minutes = minutes_words(walk.minutes)
    program = program_words(walk.program_id)
    plan = _("{program}, {minutes}").format(program=program, minutes=minutes)
    if held:
        hold = TileView("release", _("Release"), (_("after a look"), ""), "play", "primary")
    else:
        hold = TileView("hold", _("Hold"), (_("until released"), _("stop")), "pause")
    waits = opened.outlook.proposal is not None and not opened.outlook.applies
    found = [
        TileView("plan", _("Plan"), (plan, minutes), "page"),
        TileView("progress", _("Progress"), _progress_facts(opened.progress), "bars"),
        TileView("next", _("Next step"), next_fact(opened), "up", "primary" if waits else "plain"),
        TileView("report", _("Report"), (_("onto a stick"), ""), "export"),
        *(() if over else (hold,)),
        *(() if over else (TileView("expire", _("Expire"), (_("end it today"), ""), "clock"),)),
        TileView("delete", _("Delete"), (_("for good"), ""), "bin"),
    ]
    return tuple(found)


def _progress_facts(progress: Progress) -> tuple[str, ...]:
    walks = walks_words(progress.attended)
    due = due_share(progress)
    if due is None:
        return (walks,)
    share = f"{due}\u00a0%"
    return (_("{walks}, {share}").format(walks=walks, share=share), walks, share)


def due_share(progress: Progress) -> int | None:
    """Return how much of what was due was walked, in percent; None until a first week is over.

    A week that runs owes no more than what came: it would always be all of it.
    """
    if progress.adherence_pct is None or not any(week.over for week in progress.weeks):
        return None
    return round(progress.adherence_pct)


def walks_words(count: int) -> str:
    """Return how many walks there were."""
    if not count:
        return _("no walk yet")
    return _("1 walk") if count == 1 else _("{n} walks").format(n=grouped(count))


def minutes_words(minutes: float) -> str:
    """Return how long something takes."""
    return _("{n} min").format(n=f"{minutes:g}")


def band_words(low_kmh: float, high_kmh: float) -> str:
    """Return a speed band."""
    return _("{low:.1f}–{high:.1f} km/h").format(low=low_kmh, high=high_kmh)


def plan_items(opened: Opened, zone: str) -> tuple[Item, ...]:
    """Return the whole profile, for its own page."""
    one = opened.prescription
    return (
        *_today(opened.outlook.walk, one),
        *_asked(one),
        *_person(opened),
        *_note(one),
        *_audit(opened.audit, zone_of(zone)),
    )


def _today(walk: Walk, one: Prescription) -> Iterator[Item]:
    hands = {"both": _("both hands"), "one": _("one hand"), "none": _("no hands")}
    yield Item("head", _("Walked today"))
    yield Item("pair", _("Program"), program_words(walk.program_id))
    yield Item("pair", _("Length"), minutes_words(walk.minutes))
    yield Item("pair", _("Speed"), band_words(walk.low_kmh, walk.high_kmh))
    yield Item("pair", _("Incline"), f"{walk.incline_pct:g}\u00a0%")
    yield Item("pair", _("On the rails"), hands[one.rails])
    if one.plan.steps is not UNSET:
        yield Item("head", _("Steps"))
        for number, step in enumerate(walk.steps):
            name = _("{n}. {name}").format(n=number + 1, name=step_shown(step.name))
            parts = {
                "min": f"{round(step.s / 60, 2):g}",
                "band": band_words(step.low_kmh, step.high_kmh),
                "incline": f"{step.incline_pct:g}",
            }
            words = _("{min} min, {band}")
            if step.incline_pct:
                words = _("{min} min, {band}, {incline} %")
            yield Item("pair", name, words.format(**parts))
    limits = one.limits
    yield Item("head", _("Limits"))
    held: tuple[tuple[str, float], ...] = (
        ("limits.max_kmh", limits.max_kmh),
        ("limits.max_session_min", limits.max_session_min),
        ("limits.max_incline_pct", limits.max_incline_pct),
    )
    for path, most in held:
        yield Item("pair", field_words(path), value_words(path, f"{most:g}"))
    rules = one.stop_rules
    for name, told in (
        ("pain_at_or_above", _("{n} of 10")),
        ("pain_rise", "{n}"),
        ("rpe_at_or_above", _("{n} of 20")),
    ):
        number = getattr(rules, name)
        yield Item("pair", field_words(f"stop_rules.{name}"), told.format(n=number))


def _asked(one: Prescription) -> Iterator[Item]:
    yield Item("head", _("Schedule"))
    if one.schedule is None:
        yield Item("text", _("No schedule was written."))
    else:
        yield Item("pair", _("Walks a week"), str(one.schedule.sessions_per_week))
        yield Item("pair", _("Weeks"), str(one.schedule.weeks))
    wanted = one.progression
    if wanted is None:
        yield Item("text", _("No next steps were written."))
        return
    after = _("{n} full walks").format(n=wanted.every_sessions)
    after = _("1 full walk") if wanted.every_sessions == 1 else after
    yield Item("pair", _("A step after"), after)
    adds = (
        (wanted.add_min, _("First: longer by"), minutes_words(wanted.add_min)),
        (wanted.add_kmh, _("Then: faster by"), f"{wanted.add_kmh:g}\u00a0km/h"),
        (wanted.add_incline_pct, _("Then: steeper by"), f"{wanted.add_incline_pct:g}\u00a0%"),
    )
    for add, name, value in adds:
        if add:
            yield Item("pair", name, value)


def _person(opened: Opened) -> Iterator[Item]:
    one, state = opened.prescription, opened.state
    language = _("the screen's") if one.language is None else LANGUAGES[one.language]
    why = state.held.why if state.held is not None else opened.outlook.held
    since = state.held.since if state.held is not None else None
    yield Item("head", _("Profile"))
    for line in standing_lines(opened.standing, why, since, one.expires_on):
        yield Item("bad" if opened.standing == "held" else "text", line)
    yield Item("pair", _("Code"), one.code)
    yield Item("pair", _("First name"), one.display_name)
    yield Item("pair", _("Version"), str(one.version))
    yield Item("pair", _("Written on"), short_day(one.issued_on))
    yield Item("pair", _("Last day"), short_day(one.expires_on))
    yield Item("pair", _("Language"), language)
    yield Item("pair", _("Screening done"), _("yes") if one.screening_cleared else _("no"))


def _note(one: Prescription) -> Iterator[Item]:
    if one.note:
        yield Item("head", _("Note"))
        for part in one.note.split("\n"):
            if part.strip():
                yield Item("text", part.strip())


def _audit(lines: tuple[Line, ...], zone: tzinfo | None) -> Iterator[Item]:
    if not lines:
        return
    yield Item("head", _("What happened"))
    for line in reversed(lines):
        told = _("{what}, by {who}").format(what=_(_WHAT[line.what]), who=_(_WHO[line.who]))
        yield Item("pair", _moment(line.at, zone), told)


def _moment(at: str, zone: tzinfo | None) -> str:
    try:
        when = datetime.fromisoformat(at).astimezone(zone)
    except ValueError:
        return at
    return _("{day}, {time}").format(day=short_day(when), time=time_words(when))
