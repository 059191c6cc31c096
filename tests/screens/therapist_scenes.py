"""The therapist's screens in every state that matters; long names and many rows are the rule."""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec.structs import replace

from kiosk.therapy.model import Difference, EntryView, FileView, ImportState
from profiles.changes import facts
from profiles.profile import Progression, Schedule
from profiles.saying import saying
from profiles.state import Held, State
from tests.screens.fake import snapshot
from tests.screens.fake_staff import KEY, NTFS, SECOND, STICK
from tests.screens.fake_therapy import (
    OWN,
    TODAY,
    FakeTherapy,
    Patient,
    prescription,
    session,
    sessions,
)
from tests.screens.scene import Scene, Setup, both, digits

IN = {"sticks": (STICK,)}
HURT = [*sessions(7), session(8, pain_before=3, pain_after=7, rpe=16)]
SAM = Patient(prescription(), State(), sessions(14))
MAX = Patient(
    prescription("BAD-AIBLING-2041", "Maximiliane-Friederike"),
    State(held=Held("pain", date(2026, 11, 3))),
    [{**one, "profile_code": "BAD-AIBLING-2041"} for one in HURT],
)
OLD = Patient(prescription("P-0001", "José", expires_on=date(2026, 10, 1)))
ENDED = Patient(prescription("P-0002", "Anna"), State(ended_on=date(2026, 11, 20)))
NEW = Patient(prescription("P-1A2B", "Zoë", progression=None, schedule=None, note=""))
OWNSTEPS = Patient(
    prescription(
        "P-9XYZ",
        "Günther",
        plan=OWN,
        limits=replace(prescription().limits, max_incline_pct=3.0),
        note="Vor der Steigung immer nach dem Schmerz im linken Knie fragen. " * 7,
        progression=Progression(every_sessions=1, add_min=2, add_incline_pct=0.5),
    )
)
PEOPLE = (SAM, MAX, OLD, ENDED, NEW, OWNSTEPS)
for patient in PEOPLE:
    patient.note("imported", "therapist")
SAM.note("stepped", "kiosk")
MAX.note("held", "kiosk")
FAULTS = (
    saying("The PINs of all profiles are lost: import the profiles again."),
    saying("Profile number {n} cannot be read: import it again.", n=41),
)


def many(count: int = 1000) -> tuple[Patient, ...]:
    """As many profiles as there may be."""
    names = ("Sam", "Annegret", "José", "Maximiliane-Friederike", "Zoë", "Bo")
    return tuple(
        Patient(
            prescription(f"P-{number:04d}", names[number % len(names)]),
            State(held=Held("pain", TODAY)) if number % 50 == 7 else State(),
        )
        for number in range(count)
    )


CHANGED = EntryView(
    status="changed",
    code="P-7F3K",
    version=4,
    name="Sam",
    old_version=3,
    differences=(
        Difference("expires_on", "2027-02-22", "2027-05-22"),
        Difference("limits.max_kmh", "2", "2.4"),
        Difference("limits.max_session_min", "15", "20"),
        Difference("plan.program", "low-back", "–"),
        Difference("plan.steps[0].name", "–", "warm-up"),
        Difference("plan.steps[0].high_kmh", "–", "1.2"),
        Difference("progression.every_sessions", "3", "6"),
        Difference("stop_rules.rpe_at_or_above", "15", "13"),
        Difference(
            "note",
            "Left knee replaced in 2024. Prefers mornings; her daughter drives her.",
            "Left knee replaced in 2024, right one in 2026. Slowly after the break; stop at once "
            "where the swelling comes back. Her daughter drives her on Tuesdays.",
        ),
        Difference("pin", "••••", "another ••••"),
    ),
)
FRESH = EntryView(
    status="new",
    code="BAD-AIBLING-2042",
    version=1,
    name="Maximiliane-Friederike",
    facts=tuple(Difference(p, "–", v) for p, v in facts(OWNSTEPS.prescribed)),
)
SAME = EntryView(status="same", code="P-1A2B", version=3, name="Zoë", old_version=3)
REFUSED = EntryView(
    status="refused",
    code="P-4444",
    version=2,
    name=None,
    faults=(
        (
            "profiles[2].plan.steps[1].high_kmh",
            saying(
                "is {left}, over limits.max_kmh {right}; lower it, or raise the limit",
                left=2.5,
                right=2,
            ),
        ),
        (
            "profiles[2].pin",
            saying(
                "{code} here has this PIN and the same first name; choose another PIN",
                code="P-0001",
            ),
        ),
        (
            "profiles[2].expires_on",
            saying("is before issued_on; make it a later day, or mend issued_on"),
        ),
        (
            "profiles[2].colour",
            saying(
                "is not known here; known are {known}", known="code, display_name, pin, version"
            ),
        ),
    ),
)
NAMELESS = EntryView(
    status="refused",
    code=None,
    version=None,
    name=None,
    faults=(
        (
            "code",
            saying(
                "is missing; add it: {words}",
                words=saying("3 to 16 capital letters, digits and dashes, as P-7F3K"),
            ),
        ),
    ),
)
FILES = (
    FileView("november.json", (CHANGED, FRESH, REFUSED)),
    FileView("zoe.age", (SAME,)),
    FileView("Profile_der_Physiotherapie_am_Hafen_November_2026.json", (NAMELESS,)),
    FileView(
        "holiday-pictures-of-august.json",
        (),
        (
            (
                "",
                saying('is no profile of Sternway; "sternway" must be "profile" or "bundle"'),
            ),
        ),
    ),
)
PREVIEW = ImportState(files=FILES, acceptable=("P-7F3K", "BAD-AIBLING-2042"))
LOOKED = replace(PREVIEW, phase="looked", safe_to_remove=True)
THOUSAND = ImportState(
    phase="looked",
    files=(
        FileView(
            "all.json",
            tuple(
                EntryView("new" if n % 3 else "changed", f"P-{n:04d}", 2, "Sam", old_version=1)
                for n in range(1000)
            ),
        ),
    ),
    acceptable=tuple(f"P-{n:04d}" for n in range(1000)),
    safe_to_remove=True,
)
YEAR = Schedule(sessions_per_week=3, weeks=52)
TAKEN = ("P-7F3K", "BAD-AIBLING-2042", "P-0001", "P-0002", "P-1A2B", "P-9XYZ")


def therapy(*people: Patient, **fields: Any) -> dict[str, Any]:
    """A therapist's state with these profiles; fresh ones, as flows change them."""
    copies = tuple(Patient(one.prescribed, one.state, one.records) for one in people)
    for copy, one in zip(copies, people, strict=True):
        copy.audit = list(one.audit)
    return {"people": copies, **fields}


def _open(code: str, local: str) -> Setup:
    """Open a profile and go to a page of it."""

    def act(shell: Any) -> None:
        desk: FakeTherapy = shell.room.desk.therapy
        desk.open(code)
        shell.room.local, shell.name = local, ""
        shell.look(shell.room.desk.snapshot())

    return act


def _choosing(shell: Any) -> None:
    shell.page.choosing = True
    shell.look(shell.room.desk.snapshot())


def _call(name: str, *args: Any) -> Setup:
    def act(shell: Any) -> None:
        getattr(shell.page, name)(*args)
        shell.look(shell.room.desk.snapshot())

    return act


def _inner(name: str, *args: Any) -> Setup:
    def act(shell: Any) -> None:
        getattr(shell.page.page, name)(*args)
        shell.look(shell.room.desk.snapshot())

    return act


def _sheet(pages: int) -> Setup:
    def act(shell: Any) -> None:
        for widget in shell.walk():
            if type(widget).__name__ == "Sheet":
                widget.index = min(pages, widget.count - 1)

    return act


def _typed(text: str) -> Setup:
    def act(shell: Any) -> None:
        shell.page.search()
        for letter in text:
            shell.page.page.type(letter)
        shell.look(shell.room.desk.snapshot())

    return act


def _role(shell: Any) -> None:
    shell.room.role, shell.room.back_to, shell.name = "therapist", "therapy", ""
    shell.look(shell.room.desk.snapshot())


def _staff_way(shell: Any) -> None:
    shell.room.role, shell.room.back_to, shell.name = "staff", "staff", ""
    shell.look(shell.room.desk.snapshot())


def _ready(shell: Any) -> None:
    shell.page.chosen(shell.room.staff.state().sticks[0])
    shell.look(shell.room.desk.snapshot())


def _slow(shell: Any) -> None:
    shell.room.desk.therapy.slow = True


def _refuse(name: str, text: str) -> Setup:
    def act(shell: Any) -> None:
        shell.room.desk.therapy.refuse[name] = text

    return act


def _profile(one: Patient, *acts: Setup, local: str = "profile") -> Scene:
    code = one.prescribed.code
    return Scene(snapshot(), local, both(_open(code, local), *acts), therapy=therapy(one), staff=IN)


def _progress(count: int, page: int, **fields: Any) -> Scene:
    one = Patient(prescription(**fields), State(), sessions(count))

    def turn(shell: Any) -> None:
        shell.page.index = page
        shell.page._put(shell.room.therapy.state().opened)

    return _profile(one, turn, local="progress")


def _import(state: ImportState, *acts: Setup) -> Scene:
    fields = therapy(*PEOPLE, importing=state)
    return Scene(snapshot(), "import", both(*acts) if acts else None, therapy=fields, staff=IN)


def _entry(key: str, page: int = 0) -> Scene:
    return _import(LOOKED, _call("opened", key), _sheet(page))


STEP = _call("next")
THERAPIST_SCENES: dict[str, Scene] = {
    "therapy-pin-staff": Scene(snapshot(), "pin", _staff_way),
    "therapy-pin": Scene(snapshot(), "pin", both(_role, digits("864"))),
    "therapy-pin-missing": Scene(snapshot(), "pin", _role, pin={"staff": "2468"}),
    "therapy": Scene(snapshot(), "therapy", therapy=therapy(*PEOPLE)),
    "therapy-empty": Scene(snapshot(), "therapy"),
    "therapy-many": Scene(snapshot(), "therapy", therapy=therapy(*many(), faults=FAULTS)),
    "therapy-faults": Scene(
        snapshot(), "therapy", _call("faults"), therapy=therapy(*PEOPLE, faults=FAULTS)
    ),
    "import-insert": Scene(snapshot(), "import"),
    "import-unusable": Scene(snapshot(), "import", staff={"sticks": (NTFS,)}),
    "import-sticks": Scene(snapshot(), "import", staff={"sticks": (STICK, SECOND, NTFS)}),
    "import-looking": _import(ImportState("looking", "sda1", 214, 1000)),
    "import-looking-0": _import(ImportState("looking", "sda1")),
    "import-list": _import(LOOKED),
    "import-list-2": _import(LOOKED, _inner("turn", 1)),
    "import-list-1000": _import(THOUSAND, _inner("turn", 122)),
    "import-list-none": _import(ImportState("looked", safe_to_remove=True)),
    "import-which": _import(LOOKED, _choosing),
    "import-changed": _entry("0.0"),
    "import-changed-2": _entry("0.0", 1),
    "import-changed-last": _entry("0.0", 9),
    "import-new": _entry("0.1"),
    "import-new-3": _entry("0.1", 2),
    "import-same": _entry("1.0"),
    "import-refused": _entry("0.2"),
    "import-refused-2": _entry("0.2", 1),
    "import-nameless": _entry("2.0"),
    "import-file": _entry("3"),
    "import-accepting": _import(replace(LOOKED, phase="accepting")),
    "import-done": _import(replace(LOOKED, phase="done", taken=TAKEN, text=())),
    "import-failed": _import(
        ImportState(
            "failed",
            text=(saying("The stick was pulled out: put it in again."),),
        )
    ),
    "profiles": Scene(snapshot(), "profiles", therapy=therapy(*PEOPLE)),
    "profiles-empty": Scene(snapshot(), "profiles"),
    "profiles-many": Scene(snapshot(), "profiles", _inner("turn", 41), therapy=therapy(*many())),
    "profiles-which": Scene(snapshot(), "profiles", _call("which"), therapy=therapy(*many(240))),
    "profiles-search": Scene(snapshot(), "profiles", _call("search"), therapy=therapy(*PEOPLE)),
    "profiles-search-hits": Scene(snapshot(), "profiles", _typed("P-"), therapy=therapy(*PEOPLE)),
    "profiles-search-long": Scene(
        snapshot(), "profiles", _typed("BAD-AIBLING-2041"), therapy=therapy(*PEOPLE)
    ),
    "profiles-search-none": Scene(snapshot(), "profiles", _typed("XQ"), therapy=therapy(*PEOPLE)),
    "profiles-found": Scene(
        snapshot(),
        "profiles",
        both(_typed("P-00"), _call("list")),
        therapy=therapy(*PEOPLE),
    ),
    "profile": _profile(SAM),
    "profile-more": _profile(SAM, lambda shell: shell.page.page._shown[-1].dispatch("on_tap")),
    "profile-held": _profile(MAX),
    "profile-expired": _profile(OLD),
    "profile-ended": _profile(ENDED),
    "profile-plan": _profile(SAM, _call("plan")),
    **{
        f"profile-plan-{page + 1}": _profile(OWNSTEPS, _call("plan"), _sheet(page))
        for page in range(1, 7)
    },
    "profile-plan-last": _profile(MAX, _call("plan"), _sheet(99)),
    "profile-expire": _profile(SAM, _call("sure", "expire")),
    "profile-delete": _profile(MAX, _call("sure", "delete")),
    "profile-deleted": _profile(SAM, _call("sure", "delete"), _call("yes", "delete")),
    "profile-release": _profile(MAX, _call("sure", "release")),
    "profile-release-2": _profile(MAX, _call("sure", "release"), _sheet(1)),
    "profile-next": _profile(SAM, STEP),
    "profile-next-waits": _profile(NEW, STEP),
    "profile-next-held": _profile(MAX, STEP),
    "profile-next-speed": _profile(
        Patient(
            prescription(limits=replace(prescription().limits, max_session_min=10)),
            State(automatic=True),
            sessions(14),
        ),
        STEP,
    ),
    "profile-next-unrated": _profile(
        Patient(prescription(), State(automatic=True), [*sessions(13), session(14, rpe=None)]),
        STEP,
    ),
    "profile-modes": _profile(SAM, _call("modes")),
    "progress-none": _progress(0, 0),
    **{f"progress-{page}": _progress(14, page) for page in range(8)},
    "progress-one": _progress(1, 1),
    **{
        f"progress-200-{page}": _progress(200, page, issued_on=date(2025, 6, 1), schedule=YEAR)
        for page in range(8)
    },
    "report": _profile(SAM, local="report"),
    "report-no-key": _profile(SAM, _call("named", "identified"), local="report"),
    "report-ready": _profile(SAM, _call("named", "random"), _ready, local="report"),
    "report-writing": _profile(
        SAM, _slow, _call("named", "random"), _ready, _call("start"), local="report"
    ),
    "report-done": _profile(SAM, _call("named", "random"), _ready, _call("start"), local="report"),
    "report-refused": _profile(
        SAM,
        _refuse("report", "There is no room on the stick: 2 MB are needed, 0.4 MB are free."),
        _call("named", "random"),
        _ready,
        _call("start"),
        local="report",
    ),
    "prepare-insert": Scene(snapshot(), "prepare"),
    "prepare": Scene(snapshot(), "prepare", _ready, staff={"sticks": (SECOND,)}),
    "prepare-done": Scene(snapshot(), "prepare", both(_ready, _call("start")), staff=IN),
}
KEYED = {**IN, "clinic_key": KEY}
THERAPIST_SCENES["report-identified"] = Scene(
    snapshot(),
    "report",
    both(_open("P-7F3K", "report"), _call("named", "identified"), _ready),
    therapy=therapy(SAM),
    staff=KEYED,
)
