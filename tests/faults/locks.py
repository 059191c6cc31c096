"""Group 13: wrong PINs are slowed and locked through restarts; PINs and names in no log."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from kiosk.pins import PinRefused, Pins
from kiosk.session.actions import Refusal
from kiosk.therapy.tries import ProfileTries
from tests.faults.frame import Case, Lab, Part
from tests.faults.kiosks import HeldUp, held_up, patiently
from tests.kiosk.live import LiveKiosk
from tests.kiosk.test_live_profile import ZAPHOD
from tests.kiosk.test_pins import Turned
from tests.profiles.written import encoded

ROOT = Path(__file__).parents[2]
TRIES, FIRST_LOCK_S, LONGEST_LOCK_S = 5, 60.0, 900.0
"""What was promised, and not what the program says of itself."""
RIGHT = "4821"
# Of eight digits: four stand in any log by chance, in some time or hash.
PRIVATE = ("Zaphod", "zaphod", "90417263", "Beeblebrox", "77120951", "56190348")
TRY = """
import os, sys
from pathlib import Path
data, what, pin = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
os.write(1, b"?")
os.read(0, 1)
if what == "pins":
    from kiosk.pins import PinRefused, Pins
    pins = Pins(data, simulated=False)
    try:
        pins.verify("staff", pin)
        os.write(1, b"right")
    except PinRefused as refused:
        os.write(1, b"wait" if "wait" in str(refused) and pins.locked_s("staff") > 0
                 and "Wrong" not in str(refused) else b"wrong")
else:
    from kiosk.session.actions import Refusal
    from kiosk.therapy.tries import ProfileTries
    tries = ProfileTries(data / "tries.json")
    try:
        tries.begin("sam")
        os.write(1, b"wrong")
    except Refusal:
        os.write(1, b"wait")
os.read(0, 1)
"""
"""A process of its own that tries once, says what came of it, and waits to be killed."""


def one_try(data: Path, what: str, pin: str) -> str:
    """Try in a new process, and kill it as soon as it has said what came of it."""
    with subprocess.Popen(
        [sys.executable, "-c", TRY, str(data), what, pin],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        out = process.stdout.fileno()
        assert os.read(out, 1) == b"?", process.stderr.read().decode()
        os.write(process.stdin.fileno(), b"!")
        said = os.read(out, 20).decode()
        process.send_signal(signal.SIGKILL)
    assert said, "it said nothing"
    return said


def restarted(lab: Lab) -> Iterator[Case]:
    """A restart after each try buys nobody a sixth: real processes, killed right after it."""
    for number in range(lab.scale(4, 1)):
        for what in ("pins", "tries"):

            def tried(dice: random.Random, what: str = what) -> None:
                data = lab.new_folder("locks")
                Pins(data, simulated=False).set_first("staff", RIGHT)
                wrong = [f"{dice.randrange(10_000):04}" for _ in range(TRIES)]
                said = [one_try(data, what, pin if pin != RIGHT else "0000") for pin in wrong]
                assert said == ["wrong"] * TRIES, said
                assert one_try(data, what, RIGHT) == "wait", "a sixth try within the minute"

            yield Case(f"{what}.{number}", tried)


def doubling(lab: Lab) -> Iterator[Case]:
    """Locks double to a quarter of an hour, through restarts and clocks that are set back."""

    def opened(data: Path, clock: Turned, what: str) -> Pins | ProfileTries:
        if what == "pins":
            return Pins(data, simulated=False, clock=clock)
        return ProfileTries(data / "tries.json", clock)

    def is_locked(one: Pins | ProfileTries) -> bool:
        try:
            if isinstance(one, Pins):
                one.verify("staff", "0000")
            else:
                one.begin("sam")
        except PinRefused as refused:
            return "Wrong" not in str(refused)
        except Refusal:
            return True
        return False

    for number in range(lab.scale(10, 1)):
        for what in ("pins", "tries"):

            def tried(dice: random.Random, what: str = what) -> None:
                data, clock = lab.new_folder("doubling", in_memory=True), Turned()
                if what == "pins":
                    Pins(data, simulated=False, clock=clock).set_first("staff", RIGHT)
                lengths = []
                for _ in range(5):
                    tries = 0
                    while True:
                        if dice.random() < 0.4:
                            clock.restarts(off_s=dice.uniform(0, 3))
                        if is_locked(opened(data, clock, what)):
                            break
                        tries += 1
                        assert tries <= TRIES, "more tries than there are"
                    waited_s = 0.0
                    while is_locked(opened(data, clock, what)):
                        # Whoever sets the clock forth or back within one boot gains nothing.
                        far_s = dice.choice([1e6, -1e6])
                        clock.wall += far_s
                        assert is_locked(opened(data, clock, what)), "the clock opened it"
                        clock.wall -= far_s
                        clock.passes(5.0)
                        waited_s += 5.0
                        assert waited_s <= LONGEST_LOCK_S + 5.0, "locked for too long"
                    # Whoever looked whether the lock is over has had one of the next tries.
                    assert tries == (TRIES - 1 if lengths else TRIES), f"{tries} tries"
                    lengths.append(waited_s)
                assert FIRST_LOCK_S - 5.0 <= lengths[0] <= FIRST_LOCK_S + 5.0, lengths
                assert lengths[-1] >= LONGEST_LOCK_S - 20.0, lengths
                for before, after in itertools.pairwise(lengths):
                    least = min(2 * before, LONGEST_LOCK_S) - 20.0
                    assert after >= least or before >= LONGEST_LOCK_S / 2, lengths

            yield Case(f"{what}.{number}", tried)


def told_nowhere(lab: Lab) -> Iterator[Case]:
    """A real kiosk with a profile: names and PINs typed into it, right and wrong, and a walk."""

    def searched(_dice: random.Random) -> None:
        folder = lab.new_folder("private")
        file = folder / "zaphod.json"
        file.write_bytes(encoded(ZAPHOD))
        one = LiveKiosk(folder, "--record", str(folder / "kept.jsonl"))
        try:
            command = [sys.executable, "-P", "-m", "kiosk", "profiles", "import", str(file)]
            command += ["--accept", "all", "--data", str(one.data)]
            # What it prints is the therapist's own view of the file, with the name.
            subprocess.run(command, capture_output=True, check=True)
            one.ready()
            for role, pin in ("staff", "56190348"), ("therapist", "77120951"):
                assert "error" in one.ask(do="unlock", role=role, pin=pin), f"{pin} is no PIN"
            answers = [
                one.ask(do="choose", profile=name, pin=pin)
                for name, pin in (
                    ("Zaphod", "77120951"),
                    ("zaphod", "56190348"),
                    ("Zaphod", "90417263"),
                )
            ]
            assert ["error" in answer for answer in answers] == [True, True, False], answers
            try:
                walk_as_prescribed(one)
            except AssertionError as error:
                raise (HeldUp if held_up(one) else AssertionError)(str(error)) from None
            one.do("done")
            one.process.terminate()
            assert one.process.wait(15) == 0
            assert one.a_record()["profile_code"] == "P-ZAP"
        finally:
            one.close()
        told = one.printed() + (folder / "kept.jsonl").read_text()
        for path in one.data.rglob("*"):
            # The profiles' own file has the name and the note, for the therapist.
            if path.is_file() and path.parent.name != "profiles":
                told += path.read_text(errors="replace")
        found = [word for word in PRIVATE if word in told]
        assert not found, f"{found} stand in a log"
        library = (one.data / "profiles" / "profiles.json").read_text()
        assert not [word for word in ("90417263", "77120951", "56190348") if word in library]

    yield Case("0", patiently(searched))


def walk_as_prescribed(one: LiveKiosk) -> None:
    """Walk a second with the profile that was chosen, rate it, and see it kept."""
    one.do("brief", pain=2)
    one.do("go")
    one.bench.request({"pin": "rail_left", "level": 1})
    one.do("confirm_incline", incline_pct=5)
    one.wait(lambda: one.state()["permit"] == 1, 15, "no permit was given")
    one.bench.request({"speed_kmh": 1.2, "ramp_kmh_s": 2.0})
    one.wait(lambda: one.journal_has("walking"), 10, "the walk did not begin")
    time.sleep(1.0)
    one.do("stop")
    one.do("rate", pain=2, rpe=11)
    one.a_record()


PARTS = [
    Part(13, "restarts", "five wrong PINs with a SIGKILL and a restart after each", restarted),
    Part(13, "doubling", "locks double to 15 min, through restarts and turned clocks", doubling),
    Part(
        13,
        "private",
        "names and PINs typed into the real kiosk, and a walk with them: in no log",
        told_nowhere,
        slow=True,
    ),
]
