"""A therapist's desk without disks: it keeps to what the real one promises.

Its profiles are changed by what is asked of it, with the real rules: a release releases, a step
steps. ``slow`` keeps answers back until :meth:`FakeTherapy.answer`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Future
from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from kiosk.session.actions import Refusal
from kiosk.therapy.model import ImportState, Opened, ReportDone, Row, TherapyState
from profiles.kept import Line
from profiles.profile import (
    Limits,
    OwnStep,
    Plan,
    Prescription,
    Progression,
    Schedule,
)
from profiles.progress import progress
from profiles.progression import outlook
from profiles.saying import sayings
from profiles.state import Held, State
from tests.screens.fake_staff import FakeStaff

TODAY = date(2026, 11, 23)
KIOSK_KEY = "age1kioskq8m2zv6n4d0x7w3c5t9r1y2p8h6g4f2e0s9a7d5k3j1l8qqw7x4n2"


def prescription(code: str = "P-7F3K", name: str = "Sam", **fields: Any) -> Prescription:
    """A profile as a therapist writes it."""
    made: dict[str, Any] = {
        "version": 3,
        "issued_on": date(2026, 9, 22),
        "expires_on": date(2027, 2, 22),
        "language": "en",
        "screening_cleared": True,
        "limits": Limits(max_kmh=2.0, max_session_min=15),
        "plan": Plan(program="low-back"),
        "schedule": Schedule(sessions_per_week=3, weeks=6),
        "progression": Progression(every_sessions=3, add_min=1, add_kmh=0.1),
        "note": "Left knee replaced in 2024. Prefers mornings; her daughter drives her.",
    }
    return Prescription(code=code, display_name=name, **{**made, **fields})


OWN = Plan(
    steps=(
        OwnStep(name="warm-up", minutes=2, low_kmh=0.6, high_kmh=1.0),
        OwnStep(name="main", minutes=6, low_kmh=1.0, high_kmh=1.6),
        OwnStep(
            name="Steigung mit beiden Händen am Geländer",
            minutes=2.5,
            low_kmh=0.8,
            high_kmh=1.2,
            incline_pct=2,
        ),
        OwnStep(name="cool-down", minutes=1, low_kmh=0.6, high_kmh=1.0),
    )
)


def session(number: int, **fields: Any) -> dict[str, Any]:
    """A record of the log, every other day up to yesterday."""
    day = fields.pop("day", TODAY - timedelta(days=1))
    return {
        "seq": number,
        "started_at": f"{day.isoformat()}T09:30:00Z",
        "profile_code": "P-7F3K",
        "profile_version": 3,
        "outcome": "completed",
        "stop_reason": None,
        "walked_s": 600.0,
        "distance_m": 220.0,
        "mean_kmh": 1.35,
        "in_band_pct": 88.0,
        "pain_before": 3,
        "pain_after": 2,
        "rpe": 11,
        **fields,
    }


def sessions(count: int, *, bad: bool = True) -> list[dict[str, Any]]:
    """As many walks, slowly getting longer; some unknown values, some stops."""
    made = []
    for number in range(count):
        day = TODAY - timedelta(days=1 + (count - 1 - number) * 7 // 3)
        share = number / max(1, count - 1)
        fields: dict[str, Any] = {
            "day": day,
            "walked_s": 600 + 240 * share + 9 * (number % 4),
            "distance_m": 205 + 130 * share + 11 * (number % 3),
            "mean_kmh": 1.2 + 0.35 * share + 0.05 * (number % 3),
            "in_band_pct": 74 + 18 * share - 5 * (number % 4),
            "pain_before": max(0, 4 - round(3 * share) + number % 2),
            "pain_after": max(0, 4 - round(3 * share)),
            "rpe": 12 + number % 3,
        }
        if bad and number % 7 == 3:
            stopped = {"outcome": "stopped", "stop_reason": "patron", "walked_s": 190.0}
            fields |= {**stopped, "distance_m": 66.0, "pain_after": None, "rpe": None}
        if bad and number % 11 == 5:
            fields |= {"mean_kmh": None, "in_band_pct": None}
        if bad and number % 13 == 9:
            fields |= {"outcome": "safety_stop", "stop_reason": "rails_released"}
        made.append(session(number + 1, **fields))
    return made


class Patient:
    """One profile that is kept, with its sessions."""

    def __init__(
        self,
        prescribed: Prescription,
        state: State | None = None,
        records: list[dict[str, Any]] | None = None,
    ) -> None:
        self.prescribed = prescribed
        self.state = state or State()
        self.records = records or []
        self.audit: list[Line] = []

    def opened(self) -> Opened:
        """As the desk opens it."""
        seen = outlook(self.prescribed, self.state, self.records, TODAY)
        return Opened(
            prescription=self.prescribed,
            state=self.state,
            standing=self.row().standing,
            outlook=seen,
            progress=progress(self.prescribed, self.records, TODAY),
            audit=tuple(self.audit[-20:]),
        )

    def row(self) -> Row:
        """As the desk lists it."""
        one, state = self.prescribed, self.state
        seen = outlook(one, state, self.records, TODAY)
        standing: Any = "ready"
        if state.ended_on is not None:
            standing = "ended"
        elif seen.expired:
            standing = "expired"
        elif seen.held is not None:
            standing = "held"
        return Row(
            code=one.code,
            name=one.display_name,
            version=one.version,
            standing=standing,
            until=one.expires_on,
            held=seen.held,
            since=state.held.since if state.held is not None else None,
            proposes=seen.proposal is not None and not seen.applies,
        )

    def note(self, what: Any, who: Any = "therapist") -> None:
        """Write a line of the audit."""
        at = f"{TODAY.isoformat()}T13:05:00.000+00:00"
        one = self.prescribed
        self.audit.append(Line(at=at, who=who, what=what, code=one.code, version=one.version))


class FakeTherapy:
    """What it shows can be set field by field; what is asked of it is remembered in ``asked``."""

    def __init__(self, staff: FakeStaff) -> None:
        self.staff = staff
        self.shown = TherapyState()
        self.asked: list[Any] = []
        self.kept: dict[str, Patient] = {}
        self.refuse: dict[str, str] = {}
        self.preview = ImportState()
        self.slow = False
        self._late: list[tuple[Future[Any], Callable[[], Any]]] = []

    def reset(self, **fields: Any) -> None:
        """Show a fresh state with these fields; ``people`` are the profiles that are kept."""
        people: tuple[Patient, ...] = fields.pop("people", ())
        self.preview = fields.pop("preview", ImportState())
        self.kept = {one.prescribed.code: one for one in people}
        self.shown = replace(TherapyState(kiosk_key=KIOSK_KEY), **fields)
        self.refuse, self.slow = {}, False
        self._late.clear()
        self.asked.clear()

    def put(self, **fields: Any) -> None:
        """Something happened."""
        self.shown = replace(self.shown, **fields)

    def state(self) -> TherapyState:
        if "therapist" not in self.staff.shown.open_roles:
            return TherapyState()
        if self.kept and not self.shown.rows:
            self._list()
        return self.shown

    def leave(self) -> None:
        self.asked.append("leave")
        self.put(opened=None)
        self.end_import()

    def answer(self) -> None:
        """Let what was kept back happen."""
        late, self._late = self._late, []
        for answer, job in late:
            _finish(answer, job)

    def _do(self, name: str, job: Callable[[], Any]) -> Future[Any]:
        self.asked.append(name)
        answer: Future[Any] = Future()
        if "therapist" not in self.staff.shown.open_roles:
            answer.set_exception(Refusal("locked", "The therapist's PIN is needed again."))
        elif (text := self.refuse.get(name.partition(" ")[0])) is not None:
            answer.set_exception(Refusal("no", text))
        elif self.slow:
            self._late.append((answer, job))
        else:
            _finish(answer, job)
        return answer

    def _list(self) -> None:
        rows = tuple(one.row() for _code, one in sorted(self.kept.items()))
        self.put(rows=rows)

    # --- import ------------------------------------------------------------------------------

    def look(self, stick_id: str) -> Future[None]:
        of = len(self.preview.acceptable)

        def looked() -> None:
            done = replace(self.preview, phase="looked", stick_id=stick_id, safe_to_remove=True)
            self.put(importing=done)

        self.put(importing=ImportState("looking", stick_id, 0, of))
        answer = self._do(f"look {stick_id}", looked)
        if answer.done() and answer.exception() is not None:
            text = str(answer.exception())
            self.put(
                importing=ImportState(
                    "failed", stick_id, text=sayings((text,)), safe_to_remove=True
                )
            )
        return answer

    def accept(self, codes: Collection[str]) -> Future[None]:
        chosen = tuple(codes)

        def taken() -> None:
            for file in self.shown.importing.files:
                for entry in file.entries:
                    if entry.code in chosen and entry.code is not None:
                        one = prescription(entry.code, entry.name or "?")
                        self.kept[entry.code] = Patient(replace(one, version=entry.version or 1))
            self._list()
            text = "Every profile was read back." if len(chosen) != 1 else "It was read back."
            now = self.shown.importing
            self.put(importing=replace(now, phase="done", taken=chosen, text=sayings((text,))))

        answer = self._do(f"accept {','.join(chosen)}", taken)
        if not answer.done():
            self.put(importing=replace(self.shown.importing, phase="accepting"))
        elif answer.exception() is not None:
            text = str(answer.exception())
            self.put(importing=replace(self.shown.importing, phase="failed", text=sayings((text,))))
        return answer

    def end_import(self) -> None:
        self.asked.append("end import")
        self.put(importing=ImportState())

    # --- profiles ----------------------------------------------------------------------------

    def open(self, code: str) -> Future[None]:
        return self._do(f"open {code}", lambda: self.put(opened=self._one(code).opened()))

    def shut(self) -> None:
        self.asked.append("shut")
        self.put(opened=None)

    def hold(self, code: str) -> Future[None]:
        return self._change("hold", code, "held", held=Held("therapist", TODAY))

    def release(self, code: str) -> Future[None]:
        newest = max((one["seq"] for one in self._one(code).records), default=0)
        fields = {"held": None, "released_on": TODAY, "released_seq": newest}
        return self._change("release", code, "released", **fields)

    def expire(self, code: str) -> Future[None]:
        return self._change("expire", code, "ended", ended_on=TODAY)

    def set_automatic(self, code: str, on: bool) -> Future[None]:
        return self._change("automatic", code, "automatic" if on else "manual", automatic=on)

    def step(self, code: str) -> Future[None]:
        proposal = self._one(code).opened().outlook.proposal
        fields = {}
        if proposal is not None:
            names = State.__struct_fields__
            fields = {name: getattr(proposal.state, name) for name in names}
        return self._change("step", code, "stepped", **fields)

    def forget(self, code: str) -> Future[None]:
        def gone() -> None:
            del self.kept[code]
            self.put(opened=None)
            self._list()

        return self._do(f"forget {code}", gone)

    def _one(self, code: str) -> Patient:
        if code not in self.kept:
            raise Refusal("gone", f"{code} is not here any more.")
        return self.kept[code]

    def _change(self, name: str, code: str, what: str, **fields: Any) -> Future[None]:
        def change() -> None:
            one = self._one(code)
            one.state = replace(one.state, **fields)
            one.note(what)
            self.put(opened=one.opened())
            self._list()

        return self._do(f"{name} {code}", change)

    # --- onto a stick ------------------------------------------------------------------------

    def report(self, code: str, stick_id: str, *, identified: bool) -> Future[ReportDone]:
        folder = "STERNWAY/report_7F3K2P_2026-11-23_1"
        papers = ("sternway-report.zip.age",) if identified else ("report.pdf", "report.html")
        files = (*papers, "manifest.json")
        done = ReportDone(folder, files)
        way = "identified" if identified else "random"
        return self._do(f"report {code} {stick_id} {way}", lambda: done)

    def prepare(self, stick_id: str) -> Future[tuple[str, ...]]:
        return self._do(f"prepare {stick_id}", lambda: ("sternway-editor.html",))


def _finish(answer: Future[Any], job: Callable[[], Any]) -> None:
    try:
        answer.set_result(job())
    except Refusal as refusal:
        answer.set_exception(refusal)
