"""The staff's words: days and times, sizes, the export's steps. No Kivy here."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from kiosk.clock_setter import FIRST_YEAR, LAST_YEAR
from kiosk.screens import dates, exporting, pins, router, staffing
from kiosk.screens.choice import FORMATS, Choice
from kiosk.screens.presenters import idle_view
from kiosk.session.model import Health, Phase, Session
from kiosk.staff.model import ClockState, ExportState, ExportWish
from profiles.saying import saying, sayings
from tests.screens.fake import ESTOP, snapshot, status
from tests.screens.fake_staff import KEY, LOCKED, NTFS, PLAN, RESULT, SECOND, STATE, STICK

SUMMER = ClockState(datetime(2026, 6, 30, 22, 15, tzinfo=UTC), True, "Europe/Berlin")


def test_the_place_reads_its_own_day_and_time() -> None:
    assert dates.here(SUMMER) == datetime(2026, 7, 1, 0, 15)
    assert dates.day_words(dates.here(SUMMER)) == "Wednesday 1 July 2026"
    assert dates.time_words(dates.here(SUMMER)) == "0:15"
    assert dates.to_utc(datetime(2026, 7, 1, 0, 15), "Europe/Berlin") == SUMMER.utc


def test_a_zone_that_is_not_known_is_the_machine_s() -> None:
    for zone in ("Nowhere/Land", "", "../etc/passwd", "CEST"):
        clock = replace(SUMMER, zone=zone)
        assert dates.to_utc(dates.here(clock), zone) == SUMMER.utc


@pytest.mark.parametrize(
    ("begin", "part", "by", "end"),
    [
        (datetime(2026, 1, 31, 9, 5), "month", 1, datetime(2026, 2, 28, 9, 5)),
        (datetime(2028, 2, 29, 9, 5), "year", 1, datetime(2029, 2, 28, 9, 5)),
        (datetime(2026, 2, 28, 9, 5), "day", 1, datetime(2026, 2, 1, 9, 5)),
        (datetime(2026, 12, 1, 0, 0), "month", 1, datetime(2026, 1, 1, 0, 0)),
        (datetime(2026, 12, 1, 0, 0), "hour", -1, datetime(2026, 12, 1, 23, 0)),
        (datetime(2026, 12, 1, 0, 59), "minute", 1, datetime(2026, 12, 1, 0, 0)),
        (datetime(2100, 12, 1, 0, 0), "year", 1, datetime(2025, 12, 1, 0, 0)),
    ],
)
def test_one_part_moves_and_the_others_stay(
    begin: datetime, part: dates.Part, by: int, end: datetime
) -> None:
    assert dates.stepped(begin, part, by) == end


def test_every_part_can_be_reached_and_read() -> None:
    when = datetime(2028, 2, 29, 7, 8)
    words = {part: dates.part_words(when, part) for part in (*dates.DAY_PARTS, *dates.TIME_PARTS)}
    assert words == {"day": "29", "month": "Feb", "year": "2028", "hour": "7", "minute": "08"}
    for month in range(1, 13):
        for day in range(1, 8):
            assert str(day) in dates.day_words(date(2026, month, day))
    assert dates.within_bounds(datetime(1970, 1, 31)).year == FIRST_YEAR
    assert dates.within_bounds(datetime(2150, 1, 31)).year == LAST_YEAR


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (12_345, "12\u00a0kB"),
        (5_400_000, "5.4\u00a0MB"),
        (2_000_000, "2\u00a0MB"),
        (15_900_000_000, "16\u00a0GB"),
        (2_000_000_000_000, "2\u00a0TB"),
    ],
)
def test_sizes_are_read_as_on_the_stick(count: int, words: str) -> None:
    assert staffing.size(count) == words


def test_all_is_well_or_every_fault_is_named() -> None:
    assert staffing.home_view(snapshot(), STATE).healthy
    ill = replace(STATE, faults=(sayings(("A.",)), sayings(("B.",))), sticks_fault=saying("C."))
    view = staffing.home_view(snapshot(seen=ESTOP), ill)
    assert view.health[0] == "4 faults"
    assert view.tiles[0].key == "faults"
    lines = [line.text for fault in staffing.fault_lines(snapshot(), ill) for line in fault]
    assert lines == ["A.", "B.", "C."]
    pressed = snapshot(seen=status(pins={"estop": False}))
    assert "emergency stop" in staffing.fault_lines(pressed, STATE)[0][0].text
    assert len(staffing.fault_lines(snapshot(), STATE, relay=False)) == 1
    why = "The disk is nearly full: 12 MB are free, 64 MB are needed."
    full = snapshot(health=Health(log=sayings((why,))))
    twice = staffing.fault_lines(full, replace(STATE, faults=(sayings((why,)),)))
    assert [[line.text for line in fault] for fault in twice] == [
        ["The session log cannot be written.", why]
    ]


def test_tiles_tell_what_staff_should_know() -> None:
    def tile(key: str, **fields: object) -> staffing.TileView:
        state = replace(STATE, **fields)
        tiles = (*staffing.home_view(snapshot(), state).tiles, *staffing.settings_tiles(state))
        return next(view for view in tiles if view.key == key)

    assert tile("export").facts[0] == "1\u00a0204 sessions"
    assert tile("export", kept=1).facts[0] == "1 session"
    assert tile("export", kept=None).facts[0] == "sessions onto a stick"
    assert tile("export", export=ExportState("checking")).facts == ("under way",)
    assert tile("sticks", sticks=(STICK, SECOND)).facts == ("2 are in",)
    assert tile("clock", clock=replace(SUMMER, trusted=False)).warn
    assert tile("pins", pins_missing=("therapist",)).warn
    assert tile("settings", clock=replace(SUMMER, trusted=False)).warn
    assert tile("settings", pins_missing=("therapist",)).facts[0] == "a PIN is missing"
    assert not tile("settings").warn
    assert tile("log", kept=None).facts[0] == "sessions by day"
    assert tile("key").facts == ("none yet",)
    assert tile("key", clinic_key=KEY).facts[-1] == "age1\u2026qvfafg"


def test_the_first_screen_tells_of_what_staff_left() -> None:
    running = replace(STATE, export=ExportState("writing"))
    assert "Leave the stick in." in idle_view(snapshot(), staff=running).line
    over = ExportState("done", wish=ExportWish("sda1"), safe_to_remove=True)
    still_in = replace(STATE, export=over, sticks=(STICK,))
    assert "Take the stick out." in idle_view(snapshot(), staff=still_in).line
    held = replace(still_in, export=replace(over, safe_to_remove=False))
    assert "Take the stick out." not in idle_view(snapshot(), staff=held).line
    out = replace(still_in, sticks=())
    assert idle_view(snapshot(), staff=out).line == "Everything is fine."
    new = replace(STATE, pins_missing=("staff", "therapist"))
    assert "choose the PINs" in idle_view(snapshot(), staff=new).line
    blocked = idle_view(snapshot(seen=ESTOP), staff=running)
    assert "emergency stop" in blocked.line
    assert not blocked.healthy


@pytest.mark.parametrize("local", sorted(router.STAFF))
def test_a_session_comes_before_every_staff_page(local: str) -> None:
    for phase in Phase:
        shown = router.route(Session(phase=phase), local)
        assert (shown == local) == (phase is Phase.IDLE), phase


def test_a_stick_is_chosen_by_itself_only_when_it_is_the_only_one() -> None:
    chosen = Choice()
    assert chosen.part(STATE) == "insert"
    assert chosen.part(replace(STATE, sticks=(NTFS,))) == "unusable"
    assert chosen.part(replace(STATE, sticks=(LOCKED,))) == "unusable"
    assert chosen.part(replace(STATE, sticks=(STICK, SECOND))) == "sticks"
    assert chosen.part(replace(STATE, sticks=(STICK,))) == "overview"
    assert chosen.stick_id == "sda1"
    assert chosen.part(replace(STATE, sticks=(STICK, SECOND))) == "overview"
    assert chosen.part(replace(STATE, sticks=(SECOND, NTFS))) == "sticks"
    assert chosen.stick_id is None


@pytest.mark.parametrize(
    ("phase", "part"),
    [
        ("planning", "planning"),
        ("planned", "planned"),
        ("writing", "running"),
        ("checking", "running"),
        ("ejecting", "running"),
        ("done", "over"),
        ("failed", "over"),
        ("cancelled", "over"),
    ],
)
def test_what_happens_comes_before_what_is_asked(phase: str, part: str) -> None:
    chosen = Choice()
    chosen.step = "days"
    assert chosen.part(replace(STATE, export=ExportState(phase))) == part  # type: ignore[arg-type]


def test_identified_ends_with_the_therapist_s_pin() -> None:
    chosen = Choice()
    chosen.identified = True
    chosen.part(replace(STATE, open_roles=frozenset({"staff", "therapist"})))
    assert chosen.identified
    chosen.part(replace(STATE, open_roles=frozenset({"staff"})))
    assert not chosen.identified


def test_own_days_are_put_in_order_and_told() -> None:
    chosen = Choice()
    chosen.own_days(SUMMER)
    assert (chosen.since, chosen.until) == (date(2026, 6, 1), date(2026, 7, 1))
    chosen.days, chosen.since, chosen.until = -1, date(2026, 11, 23), date(2026, 9, 30)
    wish = chosen.wish(SUMMER)
    assert (wish.since, wish.until) == (date(2026, 9, 30), date(2026, 11, 23))
    assert chosen.days_words()[0] == "30 Sep 2026 – 23 Nov 2026"
    assert chosen.days_words()[1] == "30 Sep – 23 Nov"
    chosen.days = 7
    assert chosen.wish(SUMMER).since == date(2026, 6, 25)
    chosen.days = None
    assert chosen.wish(SUMMER).since is None


def test_one_format_always_stays() -> None:
    chosen = Choice()
    for kind in (*FORMATS, "pdf"):
        chosen.toggle(kind)
    assert chosen.formats == {"pdf"}
    assert chosen.files_words()[0] == "PDF report"


def test_a_plan_says_what_and_how_much() -> None:
    wish = ExportWish("sda1", since=date(2026, 9, 30))
    lines = [line.text for line in exporting.plan_lines(PLAN, "CLINIC", wish)]
    assert lines == [
        "1\u00a0204 sessions",
        "From 30 Sep 2026 until today.",
        "Persons: 38. By guests: 211.",
        "14\u00a0MB. Free on CLINIC: 15\u00a0GB.",
        "De-identified.",
    ]
    unknown = replace(PLAN, free_bytes=None, notes=(saying("Note."),))
    lines = [line.text for line in exporting.plan_lines(unknown, "CLINIC", wish)]
    assert "14\u00a0MB onto CLINIC." in lines
    assert lines[-1] == "Note."
    full = exporting.plan_lines(
        replace(PLAN, obstacle=(saying("It does not fit."),)), "CLINIC", wish
    )
    assert [line.text for line in full] == ["It cannot be written", "It does not fit."]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "Leave the stick in."),
        (3.0, "A few seconds left"),
        (24.0, "30 seconds left"),
        (55.0, "1 minute left"),
        (61.0, "2 minutes left"),
    ],
)
def test_time_left_is_no_more_exact_than_known(seconds: float | None, words: str) -> None:
    assert exporting.left_words(seconds) == words


def test_progress_never_says_more_than_is_done() -> None:
    export = ExportState("writing", bytes_done=999, bytes_total=1000)
    view = exporting.run_view(export, "CLINIC", cancelling=False)
    assert (view.title, view.percent) == ("Writing to CLINIC", "99\u00a0%")
    assert exporting.run_view(export, "CLINIC", cancelling=True).title == "Cancelling"
    assert not exporting.run_view(export, "CLINIC", cancelling=True).stoppable
    leaving = exporting.run_view(replace(export, phase="ejecting"), "CLINIC", cancelling=False)
    assert not leaving.stoppable
    assert exporting.run_view(ExportState("writing"), "", cancelling=False).share == 0.0


def test_safe_to_remove_is_said_only_when_it_is() -> None:
    wish = ExportWish("sda1")
    done = ExportState("done", wish=wish, result=RESULT, safe_to_remove=True)
    assert exporting.over_view(done, (STICK,)).title == "Safe to remove the stick"
    held = replace(done, safe_to_remove=False, text=(saying("It is still in use."),))
    view = exporting.over_view(held, (STICK,))
    assert "remove" not in view.title
    assert view.lines[0].text == "It is still in use."
    failed = ExportState("failed", wish=wish, text=(saying("It was pulled."),), safe_to_remove=True)
    told = [line.text for line in exporting.over_view(failed, (STICK,)).lines]
    assert told == ["It was pulled.", "The stick can be taken out."]
    assert len(exporting.over_view(failed, ()).lines) == 1
    assert len(exporting.over_view(replace(failed, safe_to_remove=False), (STICK,)).lines) == 1


def test_a_new_pin_is_said_twice_and_forgotten() -> None:
    flow = pins.NewPin("therapist", is_set=False)
    assert "None yet" in flow.view().text
    assert not flow.entered("1357")
    assert not flow.entered("1358")
    assert flow.view().wrong
    assert not flow.entered("1357")
    assert flow.entered("1357")
    assert "1357" not in vars(flow).values()
    assert not flow.entered("1357")
    flow.was_set(None)
    assert flow.view().finished
