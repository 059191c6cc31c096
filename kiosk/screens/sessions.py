"""The log in words: days, sessions, one session, and what may be looked for. No Kivy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from hardware.link import Reason
from kiosk.cues import units
from kiosk.cues.texts import _, grouped, numbers
from kiosk.logbook.model import Curve, Day, Detail, Line, Logbook, Query
from kiosk.screens.dates import day_words, short_day, time_words, weekday_words
from kiosk.screens.presenters import THEN, clock
from kiosk.screens.reasons import mend
from kiosk.screens.results import ChartView, ticks_of
from kiosk.screens.settling import percent, speed_words
from kiosk.screens.staffing import TileView
from kiosk.screens.therapist import Item, RowView
from profiles.model import Program


def _n(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


DASH: Final = "\u2013"
_OUTCOME: Final = {
    "completed": (_n("completed"), "check", "good"),
    "stopped": (_n("stopped early"), "pause", ""),
    "safety_stop": (_n("safety stop"), "octagon", "bad"),
    "interrupted": (_n("cut off"), "cross", "bad"),
}
_REASONS: Final[dict[str, str]] = {
    Reason.ESTOP: _n("E-stop"),
    Reason.SAFETY_KEY: _n("Safety key"),
    Reason.RUNAWAY: _n("Far too fast"),
    Reason.RAILS_RELEASED: _n("Rails let go"),
    Reason.SENSOR_LOST: _n("Sensor silent"),
    Reason.SENSOR_FAULT: _n("Sensor fault"),
    Reason.OVERSPEED: _n("Too fast"),
    Reason.WRONG_DIRECTION: _n("Wrong way"),
    Reason.PERMIT_INEFFECTIVE: _n("Belt ran on"),
    Reason.UNEXPECTED_MOTION: _n("Belt moved"),
    Reason.KIOSK_LOST: _n("Screen froze"),
    Reason.GUARD_LOST: _n("Guard lost"),
    Reason.PATRON: _n("STOP pressed"),
}
"""Every reason of a stop in so few words that a tile and a row have room for them."""


def outcome_words(outcome: str) -> str:
    """Return how a session ended, in a word or two."""
    name, _icon, _look = _OUTCOME.get(outcome, (outcome, "", ""))
    return _(name)


def program_words(program: str | None, programs: Mapping[str, Program]) -> str:
    """Return a program's name; what is no program of this kiosk is somebody's own plan."""
    found = programs.get(program or "")
    return _(found.name) if found is not None else _("Own plan")


def who_words(code: str | None) -> str:
    """Return whose session it was, by the code alone."""
    return code if code is not None else _("Guest")


def minutes_words(seconds: float | None) -> str:
    """Return how long was walked; unknown is a dash."""
    if seconds is None:
        return DASH
    minutes = seconds / 60
    if minutes < 1:
        return _("{n} s").format(n=round(seconds))
    return _("{n} min").format(n=grouped(round(minutes)))


def counted(count: int) -> str:
    """Return how many sessions."""
    return _("1 session") if count == 1 else _("{n} sessions").format(n=grouped(count))


def day_row(day: Day) -> RowView:
    """Return a day's row: how many sessions, how long, and whether a safety stop was among them."""
    stops = sum(line.outcome == "safety_stop" for line in day.lines)
    count, walked = counted(len(day.lines)), minutes_words(day.walked_s)
    facts = [f"{count}, {walked}", count, str(len(day.lines))]
    if stops:
        told = _("1 safety stop") if stops == 1 else _("{n} safety stops").format(n=stops)
        facts = [f"{count}, {walked}, {told}", f"{count}, {told}", told, *facts]
    if day.day is None:
        return RowView("", (_("Day not known"),), tuple(facts), "clock")
    names = (day_words(day.day), _weekday(day.day), short_day(day.day))
    return RowView(day.day.isoformat(), names, tuple(facts), "calendar", "bad" if stops else "")


def _weekday(day: date) -> str:
    from datetime import datetime, time

    return weekday_words(datetime.combine(day, time()))


def session_row(line: Line, programs: Mapping[str, Program]) -> RowView:
    """Return a session's row: when, what, how long; who, and how it ended."""
    name, icon, look = _OUTCOME.get(line.outcome, (line.outcome, "info", ""))
    when = DASH if line.at is None else time_words(line.at)
    program, walked = program_words(line.program, programs), minutes_words(line.walked_s)
    told = _(name) if line.reason is None else short_reason(line.reason)
    who = who_words(line.code)
    return RowView(
        line.session_id,
        (f"{when}  {program}, {walked}", f"{when}  {program}", f"{when}  {walked}", when),
        (f"{told}, {who}", told),
        icon,
        look,
    )


def reason_words(reason: str) -> str:
    """Return why it was stopped, as a short sentence without its full stop."""
    return mend(reason).what.rstrip(".")


def short_reason(reason: str) -> str:
    """Return why it was stopped, in a word or two."""
    return _(_REASONS[reason]) if reason in _REASONS else reason


def list_told(book: Logbook) -> str:
    """Return what stands beside the list's title: how much was found, and whether more comes."""
    if book.reading:
        return (
            _("reading\u2026")
            if not book.total
            else f"{round(100 * book.read / book.total)}\u00a0%"
        )
    return counted(book.found)


def query_words(query: Query) -> str:
    """Return what is looked for, as the list's title."""
    if query.code:
        return query.code
    if query.guests:
        return _("Guests")
    if query.reason is not None:
        return short_reason(query.reason)
    match query.outcome:
        case "safety_stop":
            return _("Safety stops")
        case "stopped":
            return _("Stopped early")
        case "interrupted":
            return _("Cut off")
    return _("Log")


def filter_tiles(query: Query) -> tuple[TileView, ...]:
    """Return what can be looked for; what is looked for now is filled."""
    now = _filter_of(query)
    every = (
        TileView("all", _("Everything"), (), "page"),
        TileView("safety_stop", _("Safety stops"), (_("all of them"),), "octagon"),
        TileView("reason", _("One reason"), (_("of a stop"),), "warning"),
        TileView("code", _("One code"), (query.code or _("of a profile"),), "search"),
        TileView("day", _("One day"), (_("go to it"),), "calendar"),
        TileView("stopped", _("Stopped early"), (_("by the walker"),), "pause"),
        TileView("interrupted", _("Cut off"), (_("power or program"),), "cross"),
        TileView("guests", _("Guests"), (_("without a code"),), "person"),
    )
    return tuple(
        tile._replace(kind="chosen", icon="check") if tile.key == now else tile for tile in every
    )


def _filter_of(query: Query) -> str:
    if query.code:
        return "code"
    if query.guests:
        return "guests"
    if query.reason is not None:
        return "reason"
    return query.outcome or "all"


def reason_tiles(query: Query) -> tuple[TileView, ...]:
    """Return every reason of a stop."""
    made = []
    for reason in _REASONS:
        chosen = query.reason == reason
        made.append(
            TileView(
                str(reason),
                short_reason(reason),
                (),
                "check" if chosen else "octagon",
                "chosen" if chosen else "plain",
            )
        )
    return tuple(made)


def detail_title(detail: Detail) -> tuple[str, ...]:
    """Return when a session was, longest first."""
    at = detail.line.at
    if at is None:
        return (_("Session {n}").format(n=detail.line.seq),)
    return (f"{day_words(at)}, {time_words(at)}", f"{weekday_words(at)}, {time_words(at)}")


def detail_items(detail: Detail, programs: Mapping[str, Program]) -> list[Item]:
    """Return everything that is known of a session, in plain words."""
    line, record = detail.line, detail.record
    items = []
    if detail.damaged:
        items.append(Item("bad", _("This record was changed since it was kept.")))
    if not line.clock_trusted:
        items.append(Item("dim", _("Nobody had confirmed the clock: the day may be wrong.")))
    items += [
        Item("pair", _("Program"), program_words(line.program, programs)),
        Item("pair", _("Who"), who_words(line.code)),
        Item("pair", _("Ended"), outcome_words(line.outcome)),
    ]
    if line.reason is not None:
        items.append(Item("pair", _("Why"), reason_words(line.reason)))
    others = [seen for seen in _list(record, "reasons_seen") if seen != line.reason]
    if others:
        items.append(Item("pair", _("Also"), ", ".join(reason_words(str(one)) for one in others)))
    items += _figures(record)
    return [*items, *_events(record)]


def _figures(record: Mapping[str, Any]) -> list[Item]:
    planned, walked = record.get("planned_s"), record.get("walked_s")
    time = clock(walked) if isinstance(walked, int | float) else DASH
    if isinstance(planned, int | float):
        time = _("{walked} of {planned}").format(walked=time, planned=clock(planned))
    pain = f"{_whole(record.get('pain_before'))} {THEN} {_whole(record.get('pain_after'))}"
    rails = [_percent(record.get(f"rails_{name}_pct")) for name in ("both", "one", "none")]
    frames, sensor = _members(record, "frames"), _members(record, "sensor")
    return [
        Item("head", _("Walk")),
        Item("pair", _("Time"), time),
        Item("pair", _("Distance"), distance_words(record.get("distance_m"))),
        Item("pair", _("With all motion"), distance_words(record.get("distance_total_m"))),
        Item("pair", _("Mean speed"), _speed(record.get("mean_kmh"))),
        Item("pair", _("Top speed"), _speed(record.get("max_kmh"))),
        Item("pair", _("On target"), _percent(record.get("in_band_pct"))),
        Item("pair", _("Incline"), _percent(record.get("incline_pct"))),
        Item("pair", _("Pauses"), _whole(record.get("pauses"))),
        Item("pair", _("Steps"), _steps(record)),
        Item("head", _("Rails")),
        Item("pair", _("Both hands"), rails[0]),
        Item("pair", _("One hand"), rails[1]),
        Item("pair", _("No hand"), rails[2]),
        Item("head", _("How it was")),
        Item("pair", _("Pain"), pain),
        Item("pair", _("Effort"), _whole(record.get("rpe"))),
        Item("head", _("Machine")),
        Item("pair", _("One count"), _millimetres(sensor.get("mm_per_count"))),
        Item("pair", _("Sensor"), str(sensor.get("serial") or DASH)),
        Item("pair", _("Frames lost"), _whole(frames.get("lost"))),
        Item("pair", _("Frames refused"), _whole(frames.get("rejected"))),
        Item("pair", _("Record"), _whole(record.get("seq"))),
        Item("pair", _("Version"), str(record.get("app_version") or DASH)),
    ]


_STATES: Final = {
    "checking": _n("Ready check"),
    "countdown": _n("Countdown"),
    "starting": _n("Starting"),
    "walking": _n("Walking"),
    "paused": _n("Paused"),
    "finishing": _n("Finishing"),
    "stopped": _n("Stopped"),
    "summary": _n("Summary"),
}
_EVENTS: Final = {
    "permit_granted": _n("Permit given"),
    "permit_revoked": _n("Permit taken away"),
    "step": _n("Next step"),
}
_ENDS: Final = {
    "pause": _n("pause"),
    "finished": _n("finished"),
    "no_motion": _n("the belt did not start"),
    "closed": _n("closed"),
}


def _events(record: Mapping[str, Any]) -> list[Item]:
    events = [event for event in _list(record, "events") if isinstance(event, dict)]
    if not events:
        return []
    return [Item("head", _("What happened")), *(_event(event) for event in events)]


def _event(event: Mapping[str, Any]) -> Item:
    at = event.get("t_s")
    when = clock(at) if isinstance(at, int | float) else DASH
    name = str(event.get("event") or "")
    if name == "state":
        state = str(event.get("state") or "")
        return Item("pair", when, _(_STATES.get(state, state)))
    told = _(_EVENTS.get(name, name.replace("_", " ")))
    reason = event.get("reason")
    if reason is not None:
        why = str(reason)
        told = f"{told}: {_(_ENDS[why]) if why in _ENDS else reason_words(why)}"
    return Item("pair", when, told)


def chart_of(curve: Curve) -> ChartView:
    """Return a session's curve for the chart; its scale ends a little over the fastest."""
    speeds = [kmh for part in curve.speed for _share, kmh in part]
    bands = [high for _begin, _end, _low, high in curve.bands]
    full = round(max([*speeds, *bands, 1.0]) * 1.1, 1)
    return ChartView(full, ticks_of(full), curve.speed, curve.bands, ("0:00", clock(curve.seconds)))


def distance_words(metres: Any) -> str:
    """Return a distance in the units of the place; unknown is a dash."""
    if not isinstance(metres, int | float):
        return DASH
    return f"{grouped(round(units.distance(metres)))}\u00a0{units.distance_unit()}"


def _speed(kmh: Any) -> str:
    return speed_words(kmh) if isinstance(kmh, int | float) else DASH


def _percent(share: Any) -> str:
    return percent(share) if isinstance(share, int | float) else DASH


def _whole(value: Any) -> str:
    return DASH if value is None else str(value)


def _list(record: Mapping[str, Any], name: str) -> list[Any]:
    """Return a list of a record; none where somebody wrote something else there."""
    value = record.get(name)
    return value if isinstance(value, list) else []


def _members(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object of a record; an empty one where somebody wrote something else there."""
    value = record.get(name)
    return value if isinstance(value, Mapping) else {}


def _steps(record: Mapping[str, Any]) -> str:
    done, total = record.get("steps_completed"), record.get("steps_total")
    return _("{n} of {all}").format(n=_whole(done), all=_whole(total))


def _millimetres(mm: Any) -> str:
    return numbers(f"{mm:g}\u00a0mm") if isinstance(mm, int | float) else DASH
