"""A therapist with a laptop and a stick, a patient who walks, and the report that comes back."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.library import library_of
from kiosk.screens.presenters import THEN
from kiosk.session.model import Phase
from tests import chrome
from tests.journey.hands import STICK, Hands, journey

THERAPIST_PIN = "5678"  # the simulation's
CODE, NAME, PIN = "P-SAM", "Sam", "48217"
NOTE = "Left knee, begin slowly"


@pytest.fixture
def browser() -> Iterator[chrome.Chrome]:
    if chrome.found() is None:
        pytest.skip("chromium is not installed, so nobody can write the prescription")
    with chrome.Chrome() as one:
        yield one


def as_therapist(hands: Hands) -> None:
    """In by the therapist's own PIN."""
    hands.screen("home")
    hands.tap("Staff")
    hands.tap("Therapist")
    hands.tap_pin(THERAPIST_PIN)
    hands.screen("therapy")


def prescribe(browser: chrome.Chrome, page: Path, downloads: Path) -> Path:
    """Write a prescription on the stick's page, by keys and clicks; return the file it saves.

    Steps of one's own: a single minute is the shortest walk there is.
    """
    browser.open(page, "en-US")
    browser.width(1280, 900)
    browser.download_into(downloads)

    def fill(path: str, text: str) -> None:
        browser.fill(f"[id='f-{path}']", text)

    browser.click("#new")
    browser.until("document.activeElement.id === 'f-display_name'")
    browser.type(NAME)
    fill("code", CODE)
    fill("pin", PIN)
    browser.click("[id='f-screening_cleared']")
    browser.click("#program-low-back")
    browser.click("#kind-steps")
    browser.click(".fill button")
    browser.click("#step-2-remove")
    browser.click("#step-0-remove")
    fill("plan.steps-0.min", "1")
    browser.click("#has-schedule")
    browser.click("#has-progression")
    fill("progression.every_sessions", "3")
    fill("progression.add_min", "1")
    fill("note", NOTE)
    browser.click("#save")
    (name,) = browser.downloaded()
    assert browser.complaints() == []
    return downloads / name


def come_in(hands: Hands) -> None:
    """From the first screen to the greeting, by name and PIN."""
    hands.screen("home")
    hands.reads("Everything is fine.")
    hands.tap("Tap to start")
    hands.tap("I have a profile")
    hands.screen("who")
    hands.spell(NAME.upper())
    hands.tap_pin(PIN)
    hands.screen("mine")
    hands.reads(f"Hello, {NAME}")


def start(hands: Hands) -> None:
    """From the greeting to walking at 1.3 km/h, with no screening question in between."""
    hands.tap("Start")
    hands.screen("briefing")
    hands.tap("I agree")
    hands.reads("How much pain do you have now?")
    hands.tap_number(2)
    hands.tap("2: mild")
    hands.through("Go on")
    hands.screen("checking")
    hands.tap("Start")
    hands.hold("rail_left", "rail_right")
    hands.phase(Phase.STARTING)
    hands.belt(1.3)
    hands.phase(Phase.WALKING)


def rate(hands: Hands, pain: str, effort: str) -> None:
    """After the walk."""
    hands.screen("summary")
    hands.hold()
    for asked, answer in (("How much pain", pain), ("How hard was it?", effort)):
        hands.reads(asked)
        hands.tap_number(int(answer.partition(":")[0]))
        hands.tap(answer)


def leave_summary(hands: Hands) -> None:
    hands.tap("Done")
    hands.screen("home")
    assert NAME not in hands.told()


def test_from_the_laptop_to_the_belt_and_back_to_the_file(
    browser: chrome.Chrome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def story(hands: Hands) -> None:
        # The therapist takes the editor along, with this kiosk's key in it.
        as_therapist(hands)
        stick = hands.plug()
        hands.tap("Prepare a stick")
        hands.screen("prepare")
        hands.tap(STICK)
        hands.tap("Prepare")
        hands.reads("Safe to remove the stick")
        hands.tap("Done")
        hands.pull()

        # At a laptop: written, encrypted to the kiosk, and put onto the stick.
        laptop = tmp_path / "laptop"
        laptop.mkdir()
        saved = prescribe(browser, stick / "sternway-editor.html", laptop)
        assert saved.name == f"{CODE}.json.age"
        assert NAME.encode() not in saved.read_bytes()
        shutil.copy(saved, stick)
        command = [sys.executable, "-P", "-m", "kiosk", "profiles", "check", str(saved)]
        checked = subprocess.run(
            [*command, "--data", str(hands.data)], capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stdout

        # Back at the kiosk.
        hands.plug()
        hands.screen("therapy")
        hands.tap("Import")
        hands.screen("import")
        hands.tap(STICK)
        hands.reads(CODE)
        hands.tap("Import 1")
        hands.reads("Imported: 1 profile")
        hands.tap("Done")
        hands.pull()
        hands.tap("Done")
        assert NOTE not in hands.told()

        # Three walks; each lasts its minute.
        for walk in (1, 2, 3):
            come_in(hands)
            hands.reads("1 min at 1.0–1.6 km/h")
            start(hands)
            hands.phase(Phase.FINISHING, within_s=75)
            hands.belt(0)
            rate(hands, "1: mild" if walk > 1 else "2: mild", "11: light")
            hands.reads("Well done")
            leave_summary(hands)

        # The progression proposes a minute more, and takes effect when the therapist accepts it.
        come_in(hands)
        hands.reads("1 min at")
        hands.out_to("home")
        as_therapist(hands)
        hands.tap("Profiles")
        hands.tap(CODE)
        hands.tap("Next step")
        hands.reads(f"1 {THEN} 2 min")
        hands.tap("Accept")
        hands.until(
            lambda: library_of(hands.data).get(CODE).state.added_min == 1, "it was not accepted"
        )
        hands.out_to("home")

        # It hurts today: stopped at once, and held.
        come_in(hands)
        hands.reads("2 min at 1.0–1.6 km/h")
        start(hands)
        hands.wait(3)
        hands.press_stop()
        hands.screen("stopped")
        hands.belt(0)
        hands.through("Go on", until="summary")
        rate(hands, "7: severe", "13: somewhat hard")
        hands.reads("hold")
        hands.through("Done", until="home")
        come_in(hands)
        hands.reads("Your walks are on hold.")
        hands.out_to("home")

        # The report goes home on the stick.
        as_therapist(hands)
        hands.tap("Profiles")
        hands.reads("Held")
        hands.tap(CODE)
        hands.plug()
        hands.tap("Report")
        hands.screen("report")
        hands.tap("De-identified")
        hands.tap(STICK)
        hands.tap("Write")
        hands.reads("Safe to remove the stick")
        hands.tap("Done")
        hands.pull()
        hands.out_to("home")

        (folder,) = (stick / "STERNWAY").iterdir()
        assert {one.name for one in folder.iterdir()} == {
            "report.html",
            "report.pdf",
            "manifest.json",
        }
        told = (folder / "report.html").read_text()
        manifest = json.loads((folder / "manifest.json").read_text())
        assert manifest["identified"] is False
        for private in (NAME, CODE, NOTE, PIN):
            assert private not in told
        browser.open(folder / "report.html", "en-US")
        page = browser.run("document.body.innerText")
        assert browser.complaints() == []
        assert "Pain reached the limit." in page
        table = browser.run("[...document.querySelectorAll('tbody tr')].map((r) => r.innerText)")
        assert len([row for row in table if "%" in row]) == 4, table

    journey(tmp_path, monkeypatch, story)
    walked = {"completed": 3, "stopped": 1}
    records = _records(tmp_path / "data")
    assert {one: [r["outcome"] for r in records].count(one) for one in walked} == walked
    assert {record["profile_code"] for record in records} == {CODE}
    assert [record["planned_s"] for record in records] == [60.0, 60.0, 60.0, 120.0]
    audit = [(one.who, one.what) for one in library_of(tmp_path / "data").audit(CODE)]
    assert audit == [("therapist", "imported"), ("therapist", "stepped"), ("kiosk", "held")]


def _records(data: Path) -> list[dict[str, object]]:
    from kiosk.records.reader import LogReader

    with LogReader(data) as log:
        return [log.record(entry) for entry in log.entries]
