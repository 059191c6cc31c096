"""The therapist's desk: what it shows, what it changes, and that the PIN is needed for each."""

from __future__ import annotations

import io
import json
import os
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import Future
from datetime import date
from pathlib import Path
from typing import Any

import pyrage
import pytest

from kiosk.library import library_of
from kiosk.session.actions import Refusal
from kiosk.therapy.model import FileView, ImportState
from kiosk.therapy.practice import Practice
from profiles import importer
from profiles.importer import look
from profiles.saying import plain
from tests.profiles.written import bundle, profile, put, tree_hash
from tests.staff.rig import WITHIN_S, Gate
from tests.therapy.rig import PracticeRig, refusal

PAM = profile(code="P-PAM", display_name="Pam", pin="1111")
STEPPING = profile(progression={"every_sessions": 2, "add_min": 1})


def looked(rig: PracticeRig, stick: str) -> ImportState:
    """Look at a stick, and wait until it was let go of or the look failed."""
    asked = rig.practice.look(stick)
    asked.exception(WITHIN_S)
    rig.wait(lambda: rig.seen.importing.phase != "looking")
    rig.wait(lambda: rig.seen.importing.safe_to_remove or rig.seen.importing.phase == "failed")
    return rig.seen.importing


def statuses(files: tuple[FileView, ...]) -> dict[str | None, str]:
    return {one.code: one.status for file in files for one in file.entries}


@pytest.mark.parametrize(
    "ask",
    [
        lambda desk: desk.look("A-1"),
        lambda desk: desk.accept(["P-7F3K"]),
        lambda desk: desk.open("P-7F3K"),
        lambda desk: desk.hold("P-7F3K"),
        lambda desk: desk.release("P-7F3K"),
        lambda desk: desk.expire("P-7F3K"),
        lambda desk: desk.set_automatic("P-7F3K", True),
        lambda desk: desk.step("P-7F3K"),
        lambda desk: desk.forget("P-7F3K"),
        lambda desk: desk.report("P-7F3K", "A-1", identified=False),
        lambda desk: desk.prepare("A-1"),
    ],
)
def test_without_the_therapist_s_pin_nothing_is_done_and_nothing_shown(
    rig: PracticeRig, ask: Callable[[Practice], Future[Any]]
) -> None:
    rig.take(profile())
    before = tree_hash(rig.data / "profiles")
    rig.office.opened("staff")  # the staff's is not enough
    assert refusal(ask(rig.practice)).code == "locked"
    assert rig.seen.rows == ()
    assert tree_hash(rig.data / "profiles") == before


def test_the_list_says_how_each_profile_stands(rig: PracticeRig) -> None:
    held = profile(code="P-HELD", display_name="Hal", pin="2222")
    old = profile(code="P-OLD", display_name="Ola", pin="3333", expires_on="2026-11-22")
    rig.take(bundle(profile(), held, old))
    rig.walked("P-HELD", pain_after=9)
    rig.therapist()
    shown = {row.code: (row.name, row.standing, row.held) for row in rig.seen.rows}
    assert shown == {
        "P-7F3K": ("Sam", "ready", None),
        "P-HELD": ("Hal", "held", "pain"),
        "P-OLD": ("Ola", "expired", None),
    }


def test_the_list_says_where_a_step_waits(rig: PracticeRig) -> None:
    rig.take(bundle(STEPPING, PAM))
    for _ in range(2):
        rig.walked()
    rig.therapist()
    rig.wait(lambda: all(row.proposes is not None for row in rig.seen.rows))
    assert {row.code: row.proposes for row in rig.seen.rows} == {"P-7F3K": True, "P-PAM": False}


def test_a_stick_is_looked_at_and_let_go_of_before_anything_is_accepted(
    rig: PracticeRig,
) -> None:
    rig.take(profile())
    rig.file(bundle(profile(version=4, limits__max_kmh=1.8), PAM), "mine.json")
    rig.file(b"{", "broken.json")
    rig.file(profile(), "._mine.json")  # what a Mac leaves beside each file
    stick = rig.stick()
    rig.therapist()
    before = tree_hash(rig.data / "profiles")
    state = looked(rig, stick)
    assert state.phase == "looked"
    assert state.safe_to_remove
    assert [file.name for file in state.files] == ["broken.json", "mine.json"]
    assert "JSON" in str(state.files[0].faults[0][1])
    changed, new = state.files[1].entries
    assert (changed.status, changed.version, changed.old_version) == ("changed", 4, 3)
    assert [(one.path, one.old, one.new) for one in changed.differences] == [
        ("version", "3", "4"),
        ("limits.max_kmh", "2", "1.8"),
    ]
    assert (new.status, new.code, new.name) == ("new", "P-PAM", "Pam")
    assert ("limits.max_kmh", "2") in [(one.path, one.new) for one in new.facts]
    assert all("1111" not in (one.old + one.new) for one in (*new.facts, *changed.differences))
    assert set(state.acceptable) == {"P-7F3K", "P-PAM"}
    assert tree_hash(rig.data / "profiles") == before


@pytest.mark.parametrize("codes", [["P-7F3K"], ["P-PAM"], ["P-7F3K", "P-PAM"]])
def test_one_some_or_all_are_accepted(rig: PracticeRig, codes: list[str]) -> None:
    rig.file(bundle(profile(), PAM))
    stick = rig.stick()
    rig.therapist()
    looked(rig, stick)
    rig.pull()  # the preview needs it no more
    rig.practice.accept(codes).result(WITHIN_S)
    state = rig.seen.importing
    assert (state.phase, set(state.taken)) == ("done", set(codes))
    rig.desk_idle()
    assert {row.code for row in rig.seen.rows} == set(codes)
    lines = library_of(rig.data).audit()
    assert {(one.who, one.what, one.code) for one in lines} == {
        ("therapist", "imported", code) for code in codes
    }
    assert all(one.sha256 is not None and len(one.sha256) == 64 for one in lines)


def test_what_was_read_needs_the_stick_no_more(
    rig: PracticeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashing a thousand PINs takes a minute: who takes the stick out meanwhile loses nothing."""
    rig.file(profile())
    stick = rig.stick()
    rig.therapist()
    held, go = threading.Event(), threading.Event()
    real = importer.all_hashed

    def slow(*words: Any) -> Any:
        held.set()
        assert go.wait(WITHIN_S)
        return real(*words)

    monkeypatch.setattr(importer, "all_hashed", slow)
    asked = rig.practice.look(stick)
    assert held.wait(WITHIN_S)
    assert (rig.seen.importing.phase, rig.seen.importing.safe_to_remove) == ("looking", True)
    rig.pull()
    go.set()
    asked.result(WITHIN_S)
    assert rig.seen.importing.acceptable == ("P-7F3K",)
    rig.practice.accept(["P-7F3K"]).result(WITHIN_S)
    assert (rig.seen.importing.phase, rig.seen.importing.safe_to_remove) == ("done", True)


def test_a_file_encrypted_to_this_kiosk_is_read(rig: PracticeRig) -> None:
    rig.therapist()
    key = rig.seen.kiosk_key
    assert key is not None
    text = json.dumps(profile()).encode()
    recipient = pyrage.x25519.Recipient.from_str(key)
    rig.file(pyrage.encrypt(text, [recipient]), "P-7F3K.json.age")
    assert statuses(looked(rig, rig.stick()).files) == {"P-7F3K": "new"}


def test_the_clinic_s_key_and_exports_on_the_stick_are_no_profiles(rig: PracticeRig) -> None:
    rig.file(b"secret", "sternway-clinic-key.age")
    folder = rig.home / "A" / "STERNWAY" / "k_2026-11-23_1"
    folder.mkdir(parents=True)
    put(folder, [], "sessions.json")
    inside = rig.home / "A" / "Profiles"
    inside.mkdir()
    put(inside, profile(), "sam.json")
    stick = rig.stick()
    rig.therapist()
    assert [file.name for file in looked(rig, stick).files] == ["sam.json"]


def test_a_stick_without_profiles_says_where_they_must_lie(rig: PracticeRig) -> None:
    stick = rig.stick()
    rig.therapist()
    state = looked(rig, stick)
    assert state.phase == "failed"
    assert "no profile on this stick" in plain(state.text)
    rig.wait(lambda: rig.seen.importing.safe_to_remove)


def test_a_link_on_the_stick_is_refused(rig: PracticeRig, tmp_path: Path) -> None:
    secret = put(tmp_path, profile(), "elsewhere.json")
    (rig.home / "A").mkdir(parents=True)
    (rig.home / "A" / "link.json").symlink_to(secret)
    stick = rig.stick()
    rig.therapist()
    state = looked(rig, stick)
    assert state.acceptable == ()
    assert [file.name for file in state.files if not file.faults] == []


def test_a_look_that_is_left_stops_and_imports_nothing(
    rig: PracticeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch, "a.json")
    rig.file(bundle(profile(), PAM))
    stick = rig.stick()
    rig.therapist()
    asked = rig.practice.look(stick)
    gate.wait()
    rig.practice.end_import()
    gate.open()
    asked.exception(WITHIN_S)
    assert rig.seen.importing == ImportState()
    assert refusal(rig.practice.accept(["P-7F3K"])).code == "phase"
    assert library_of(rig.data).all() == []


def test_a_stick_pulled_while_it_is_looked_at_says_so(
    rig: PracticeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch, "a.json")
    rig.file(profile())
    stick = rig.stick()
    rig.therapist()
    asked = rig.practice.look(stick)
    gate.wait()
    rig.pull()
    gate.open()
    assert "stick" in str(refusal(asked)).lower()
    rig.wait(lambda: rig.seen.importing.phase == "failed")
    assert library_of(rig.data).all() == []


def test_what_changed_since_the_preview_is_not_imported(rig: PracticeRig) -> None:
    rig.file(profile(version=4))
    stick = rig.stick()
    rig.therapist()
    looked(rig, stick)
    rig.take(profile(version=9))
    assert "look at the files again" in str(refusal(rig.practice.accept(["P-7F3K"])))
    assert rig.seen.importing.phase == "failed"
    assert library_of(rig.data).get("P-7F3K").prescription.version == 9


def test_a_profile_is_opened_with_its_sessions_and_its_story(rig: PracticeRig) -> None:
    rig.take(STEPPING)
    rig.walked()
    rig.therapist()
    rig.practice.open("P-7F3K").result(WITHIN_S)
    opened = rig.seen.opened
    assert opened is not None
    assert opened.prescription.display_name == "Sam"
    assert [one.walked_s for one in opened.progress.sessions] == [600.0]
    assert opened.outlook.waits == "sessions"
    assert [one.what for one in opened.audit] == ["imported"]
    rig.practice.shut()
    assert rig.seen.opened is None
    assert refusal(rig.practice.open("P-NONE")).code == "profile"


def test_hold_and_release(rig: PracticeRig) -> None:
    rig.take(profile())
    rig.walked(pain_after=9)
    rig.therapist()
    rig.practice.open("P-7F3K").result(WITHIN_S)
    assert rig.seen.opened is not None and rig.seen.opened.standing == "held"
    rig.practice.release("P-7F3K").result(WITHIN_S)
    assert rig.seen.opened is not None and rig.seen.opened.standing == "ready"
    rig.patrons.find("Sam", "4821").result(WITHIN_S)  # what was judged holds it no more
    person = rig.patrons.person()
    assert person is not None and person.why is None
    rig.practice.hold("P-7F3K").result(WITHIN_S)
    assert rig.patrons.person() is None, "whoever was found must be found anew"
    state = library_of(rig.data).get("P-7F3K").state
    assert state.held is not None and state.held.why == "therapist"
    whats = [(one.who, one.what) for one in library_of(rig.data).audit("P-7F3K")]
    assert whats[1:] == [("kiosk", "held"), ("therapist", "released"), ("therapist", "held")]


def test_what_is_done_is_not_refused_for_a_look_that_fails_afterwards(
    rig: PracticeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list says how it stands now; the profile is opened anew by whoever wants to see it."""
    rig.take(profile())
    rig.therapist()
    rig.practice.open("P-7F3K").result(WITHIN_S)
    late: Future[list[dict[str, Any]]] = Future()
    late.set_exception(TimeoutError())
    monkeypatch.setattr(rig.store, "sessions_of", lambda _code, _count: late)
    rig.practice.hold("P-7F3K").result(WITHIN_S)
    rig.desk_idle()
    assert rig.seen.opened is None
    assert [row.standing for row in rig.seen.rows] == ["held"]
    assert refusal(rig.practice.open("P-7F3K")), "who asks for it is told"


def test_expire_ends_it_now(rig: PracticeRig) -> None:
    rig.take(profile())
    rig.therapist()
    rig.practice.expire("P-7F3K").result(WITHIN_S)
    rig.desk_idle()
    assert [row.standing for row in rig.seen.rows] == ["ended"]
    rig.patrons.find("Sam", "4821").result(WITHIN_S)
    person = rig.patrons.person()
    assert person is not None and person.why == "expired"


def test_what_was_ended_while_the_clock_was_ahead_stays_ended(rig: PracticeRig) -> None:
    rig.take(profile())
    library_of(rig.data).end("P-7F3K", date(2027, 1, 23), "therapist")
    rig.therapist()
    assert [row.standing for row in rig.seen.rows] == ["ended"]
    rig.patrons.find("Sam", "4821").result(WITHIN_S)
    person = rig.patrons.person()
    assert person is not None and person.why == "expired"


def test_the_step_on_show_is_taken_and_no_other(rig: PracticeRig) -> None:
    rig.take(STEPPING)
    for _ in range(2):
        rig.walked()
    rig.therapist()
    rig.practice.open("P-7F3K").result(WITHIN_S)
    opened = rig.seen.opened
    assert opened is not None and opened.outlook.proposal is not None
    rig.practice.step("P-7F3K").result(WITHIN_S)
    assert library_of(rig.data).get("P-7F3K").state.added_min == 1
    opened = rig.seen.opened
    assert opened is not None
    assert (opened.outlook.walk.minutes, opened.outlook.proposal) == (11, None)
    rig.patrons.find("Sam", "4821").result(WITHIN_S)
    person = rig.patrons.person()
    assert person is not None and person.stepped is not None and person.stepped.then == 11
    assert refusal(rig.practice.step("P-7F3K")).code == "changed"
    assert library_of(rig.data).get("P-7F3K").state.added_min == 1


def test_a_step_that_is_not_the_one_on_show_is_refused(rig: PracticeRig) -> None:
    rig.take(STEPPING)
    for _ in range(2):
        rig.walked()
    rig.therapist()
    rig.practice.open("P-7F3K").result(WITHIN_S)
    rig.walked(pain_after=9)
    assert refusal(rig.practice.step("P-7F3K")).code == "changed"
    assert library_of(rig.data).get("P-7F3K").state.added_min == 0
    assert rig.seen.opened is not None and rig.seen.opened.standing == "held"


def test_another_step_than_the_one_on_show_is_not_taken(rig: PracticeRig) -> None:
    rig.take(STEPPING)
    for _ in range(2):
        rig.walked()
    rig.therapist()
    rig.practice.open("P-7F3K").result(WITHIN_S)
    rig.take(profile(version=4, progression={"every_sessions": 2, "add_min": 5}))
    for _ in range(2):
        rig.walked(version=4)
    assert refusal(rig.practice.step("P-7F3K")).code == "changed"
    assert library_of(rig.data).get("P-7F3K").state.added_min == 0
    rig.practice.step("P-7F3K").result(WITHIN_S)  # it is on show now
    assert library_of(rig.data).get("P-7F3K").state.added_min == 5


def test_the_choice_of_automatic_steps(rig: PracticeRig) -> None:
    rig.take(STEPPING)
    rig.therapist()
    rig.practice.open("P-7F3K").result(WITHIN_S)
    rig.practice.set_automatic("P-7F3K", True).result(WITHIN_S)
    assert rig.seen.opened is not None and rig.seen.opened.state.automatic
    rig.practice.set_automatic("P-7F3K", False).result(WITHIN_S)
    assert rig.seen.opened is not None and not rig.seen.opened.state.automatic


def test_deleting_takes_the_name_and_keeps_the_sessions(rig: PracticeRig) -> None:
    rig.take(profile(display_name="Zaphod", note="Beeblebrox"))
    rig.walked()
    rig.therapist()
    rig.practice.open("P-7F3K").result(WITHIN_S)
    rig.patrons.find("Zaphod", "4821").result(WITHIN_S)
    rig.practice.forget("P-7F3K").result(WITHIN_S)
    assert rig.patrons.person() is None
    rig.desk_idle()
    assert rig.seen.rows == ()
    assert rig.seen.opened is None
    for path in rig.data.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert b"Zaphod" not in content and b"Beeblebrox" not in content, path
    (kept,) = rig.store.last_sessions(10).result(WITHIN_S)
    assert kept["profile_code"] == "P-7F3K"
    assert refusal(rig.patrons.find("Zaphod", "4821")).code == "pin"


def on(rig: PracticeRig, folder: str) -> dict[str, bytes]:
    """What lies in a folder of stick A, by name."""
    return {path.name: path.read_bytes() for path in (rig.home / "A" / folder).iterdir()}


def test_a_report_goes_onto_the_stick_and_names_nobody(rig: PracticeRig) -> None:
    rig.take(profile(display_name="Zaphod", note="Beeblebrox"))
    rig.walked()
    stick = rig.stick()
    rig.therapist()
    done = rig.practice.report("P-7F3K", stick, identified=False).result(WITHIN_S)
    rig.pull()
    files = on(rig, done.folder)
    assert set(files) == set(done.files) == {"report.pdf", "report.html", "manifest.json"}
    assert files["report.pdf"].startswith(b"%PDF")
    told = files["report.html"] + files["manifest.json"] + done.folder.encode()
    for private in (b"Zaphod", b"Beeblebrox", b"P-7F3K"):
        assert private not in told


def test_an_identified_report_needs_the_clinic_s_key_and_is_encrypted_to_it(
    rig: PracticeRig,
) -> None:
    rig.take(profile(display_name="Zaphod"))
    stick = rig.stick()
    rig.therapist()
    assert "clinic key" in str(refusal(rig.practice.report("P-7F3K", stick, identified=True)))
    assert rig.on_stick() == []
    phrase = rig.office.make_clinic_key(stick).result(WITHIN_S)
    done = rig.practice.report("P-7F3K", stick, identified=True).result(WITHIN_S)
    files = on(rig, done.folder)
    assert set(files) == {"sternway-report.zip.age", "manifest.json"}
    assert all(b"Zaphod" not in content for content in files.values())
    locked = (rig.home / "A" / "sternway-clinic-key.age").read_bytes()
    secret = pyrage.passphrase.decrypt(locked, phrase).decode().splitlines()[-1]
    opened = pyrage.decrypt(
        files["sternway-report.zip.age"], [pyrage.x25519.Identity.from_str(secret)]
    )
    with zipfile.ZipFile(io.BytesIO(opened)) as inside:
        assert b"Zaphod" in inside.read("report.html")


def test_a_report_of_nobody_leaves_nothing_on_the_stick(rig: PracticeRig) -> None:
    stick = rig.stick()
    rig.therapist()
    assert refusal(rig.practice.report("P-NONE", stick, identified=False)).code == "profile"
    assert rig.on_stick() == []


def test_a_prepared_stick_holds_the_editor_with_this_kiosk_s_key(rig: PracticeRig) -> None:
    stick = rig.stick()
    rig.therapist()
    key = rig.seen.kiosk_key
    assert rig.practice.prepare(stick).result(WITHIN_S) == ("sternway-editor.html",)
    rig.pull()
    page = (rig.home / "A" / "sternway-editor.html").read_text()
    assert key is not None and key in page
    assert "Harbour Clinic" in page
    again = rig.stick()
    assert rig.practice.prepare(again).result(WITHIN_S) == ("sternway-editor.html",)
    assert rig.on_stick() == ["sternway-editor.html"]


def test_a_stick_that_takes_nothing_is_told_so(rig: PracticeRig) -> None:
    stick = rig.stick("A", '"read_only": true')
    rig.therapist()
    assert "write" in str(refusal(rig.practice.prepare(stick))).lower()


def test_what_comes_late_is_not_shown_to_the_next_one(rig: PracticeRig) -> None:
    rig.take(profile())
    rig.therapist()
    held, go = threading.Event(), threading.Event()

    def slow() -> None:
        held.set()
        assert go.wait(WITHIN_S)

    rig.desk.ask(slow)
    assert held.wait(WITHIN_S)
    opened = rig.practice.open("P-7F3K")
    rig.office.leave()
    rig.practice.leave()
    go.set()
    opened.result(WITHIN_S)
    rig.office.opened("therapist")
    assert rig.seen.opened is None
    assert rig.seen.rows == ()
    rig.practice.opened()
    rig.desk_idle()
    assert [row.code for row in rig.seen.rows] == ["P-7F3K"]


def test_an_import_that_is_left_is_not_shown_to_the_next_one(
    rig: PracticeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.file(profile())
    stick = rig.stick()
    rig.therapist()
    looked(rig, stick)
    held, go = threading.Event(), threading.Event()

    def slow() -> None:
        held.set()
        assert go.wait(WITHIN_S)

    rig.desk.ask(slow)
    assert held.wait(WITHIN_S)
    asked = rig.practice.accept(["P-7F3K"])
    rig.practice.leave()
    go.set()
    asked.result(WITHIN_S)
    assert rig.seen.importing == ImportState()
    assert library_of(rig.data).get("P-7F3K")


def test_a_list_the_desk_has_no_time_for_comes_with_the_next_look(
    rig: PracticeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.take(profile())
    rig.office.opened("therapist")
    busy: Future[None] = Future()
    busy.set_exception(Refusal("busy", "The kiosk is busy: wait a moment, try again."))
    with monkeypatch.context() as patch:
        patch.setattr(rig.desk, "ask", lambda _job: busy)
        rig.practice.opened()
    assert rig.seen.rows == ()
    rig.desk_idle()
    assert [row.code for row in rig.seen.rows] == ["P-7F3K"]


def test_a_log_that_does_not_answer_is_asked_once(
    rig: PracticeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.take(bundle(*[profile(code=f"P-{i}", pin=f"1{i}00") for i in range(10, 19)]))
    asked: list[str] = []

    def stalled(code: str, count: int) -> Future[list[dict[str, Any]]]:
        asked.append(code)
        late: Future[list[dict[str, Any]]] = Future()
        late.set_exception(TimeoutError())
        return late

    monkeypatch.setattr(rig.store, "sessions_of", stalled)
    rig.therapist()
    assert len(asked) == 1
    assert {row.proposes for row in rig.seen.rows} == {None}, "unknown is not no"


def test_a_file_name_that_nobody_can_read_is_shown_all_the_same(rig: PracticeRig) -> None:
    stick = rig.stick()
    folder = os.fsencode(rig.home / "A")
    Path(os.fsdecode(folder + b"/caf\xe9.json")).write_bytes(b"{")
    rig.pull()
    stick = rig.stick()
    rig.therapist()
    (file,) = looked(rig, stick).files
    file.name.encode("utf-8")
    assert file.name.startswith("caf")


def test_leaving_closes_what_was_on_show(rig: PracticeRig) -> None:
    rig.take(profile())
    rig.file(PAM)
    stick = rig.stick()
    rig.therapist()
    looked(rig, stick)
    rig.practice.open("P-7F3K").result(WITHIN_S)
    rig.office.leave()
    assert rig.seen.rows == () and rig.seen.opened is None
    rig.practice.leave()
    rig.therapist()
    assert rig.seen.opened is None
    assert rig.seen.importing == ImportState()
    assert [row.code for row in rig.seen.rows] == ["P-7F3K"]


def test_the_pin_stays_open_while_a_stick_is_looked_at(
    rig: PracticeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch, "a.json")
    rig.file(profile())
    stick = rig.stick()
    rig.therapist()
    asked = rig.practice.look(stick)
    gate.wait()
    rig.seconds += 10_000
    assert rig.office.is_open("therapist")
    gate.open()
    asked.result(WITHIN_S)
    rig.wait(lambda: rig.seen.importing.phase == "looked")
    rig.seconds += 10_000
    assert not rig.office.is_open("therapist")


def test_what_is_looked_at_is_what_the_command_line_finds(rig: PracticeRig) -> None:
    files = [rig.file(profile(limits__max_kmh=9), "a.json"), rig.file(PAM, "b.json")]
    stick = rig.stick()
    rig.therapist()
    seen = looked(rig, stick)
    told = {fault for file in seen.files for one in file.entries for fault in one.faults}
    preview = look(library_of(rig.data), files, None)
    assert told == {(one.path, one.text) for file in preview.files for one in file.faults}
    assert told
