"""The real kiosk and guard with a profile: limits and rails in the guard, hold, recording."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hardware.errors import BenchError
from kiosk.library import library_of
from tests.kiosk.live import LiveKiosk
from tests.profiles.written import encoded, profile

UP = {"name": "Zaphod's hill", "min": 1, "low_kmh": 0.8, "high_kmh": 1.2, "incline_pct": 5}
ZAPHOD = profile(
    code="P-ZAP",
    display_name="Zaphod",
    pin="90417263",
    note="Beeblebrox",
    rails="one",
    limits={"max_kmh": 1.4, "max_incline_pct": 5, "max_session_min": 5},
    plan={"steps": [UP]},
)


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[LiveKiosk]:
    live = LiveKiosk(tmp_path, "--record", str(tmp_path / "kept.jsonl"))
    file = tmp_path / "zaphod.json"
    file.write_bytes(encoded(ZAPHOD))
    run("profiles", "import", str(file), "--accept", "all", "--data", str(live.data))
    yield live
    live.close()


def run(*arguments: str) -> str:
    command = [sys.executable, "-P", "-m", "kiosk", *arguments]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def refused(kiosk: LiveKiosk, what: str, **fields: Any) -> str:
    with pytest.raises(BenchError) as caught:
        kiosk.do(what, **fields)
    return str(caught.value)


def test_the_guard_keeps_the_profile_s_limits_and_the_session_holds_it(
    kiosk: LiveKiosk, tmp_path: Path
) -> None:
    kiosk.ready()
    assert "do not fit" in refused(kiosk, "choose", profile="zaphod", pin="00000")
    assert "name and PIN first" in refused(kiosk, "choose", profile="Zaphod")
    assert "recordings" in refused(
        kiosk,
        "choose",
        plan=[{"name": "a", "s": 60, "low_kmh": 0, "high_kmh": 5}],
        prescribed={
            **{"code": "P-ZAP", "version": 3, "program_id": "own", "program_version": 3},
            **{"name": "", "rails": "none"},
        },
    )
    kiosk.do("choose", profile="zaphod", pin="90417263")
    assert "do not walk today" in refused(kiosk, "brief", pain=6)
    kiosk.do("brief", pain=2)
    kiosk.do("go")
    kiosk.bench.request({"pin": "rail_left", "level": 1})  # one hand is what was prescribed
    kiosk.wait(lambda: "incline" not in kiosk.state()["failing"], 5, "the guard knows no incline")
    assert kiosk.state()["permit"] == 0, "the step waits for its incline"
    assert "must show 5" in refused(kiosk, "confirm_incline", incline_pct=0)
    kiosk.do("confirm_incline", incline_pct=5)
    kiosk.wait(lambda: kiosk.state()["permit"] == 1, 15, "no permit was given")
    kiosk.bench.request({"speed_kmh": 1.2, "ramp_kmh_s": 2.0})
    kiosk.wait(lambda: kiosk.journal_has("walking"), 10, "the walk did not begin")
    kiosk.bench.request({"speed_kmh": 2.0, "ramp_kmh_s": 2.0})  # the site would allow it
    kiosk.permit_falls(5)
    assert kiosk.state()["latched"] == ["overspeed"]
    kiosk.do("rate", pain=6, rpe=11)
    assert refused(kiosk, "choose", profile="P-ZAP"), "begun once: nobody begins it again unjudged"
    record = kiosk.a_record()
    assert (record["profile_code"], record["profile_version"]) == ("P-ZAP", 3)
    assert (record["program_id"], record["stop_reason"]) == ("own", "overspeed")
    assert record["incline_pct"] == 5
    assert record["rails_one_pct"] == 100.0
    assert [set(event) for event in record["events"] if event["event"] == "step"] == [
        {"t_s", "event", "index"}
    ], "the therapist's own words are not kept"
    kiosk.wait(
        lambda: library_of(kiosk.data).get("P-ZAP").state.held is not None, 10, "it is not held"
    )
    kiosk.do("done")
    assert b'"pct":5.0' in (kiosk.data / "deck-simulated.json").read_bytes()
    assert "see your therapist" in refused(kiosk, "choose", profile="P-ZAP", pin="90417263")
    kiosk.process.terminate()
    assert kiosk.process.wait(15) == 0

    kept = (tmp_path / "kept.jsonl").read_text()
    told = kept + kiosk.printed()
    for path in (kiosk.data / "log", kiosk.data / "traces", kiosk.data / "journal"):
        told += "".join(one.read_text(errors="replace") for one in path.rglob("*.*"))
    for private in ("Zaphod", "zaphod", "90417263", "Beeblebrox"):
        assert private not in told
    replayed = json.loads(run("replay", str(tmp_path / "kept.jsonl"), "--json"))
    for field in ("profile_code", "profile_version", "program_id", "outcome", "stop_reason"):
        assert replayed[field] == record[field]
    assert replayed["walked_s"] == pytest.approx(record["walked_s"], abs=0.2)
