"""What is heard of a recording, in virtual time, with a voice whose sentences have known lengths.

``python -m tests.cues.hearing`` writes the transcripts in ``heard/`` anew, to be read.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from kiosk.bench import walk as bench_walk
from kiosk.cues import languages, texts
from kiosk.cues.track import Line, Track
from kiosk.cues.turns import Sound
from kiosk.replay import replay
from kiosk.session.model import Phase, Snapshot

HERE = Path(__file__).parent
RECORDINGS = HERE.parent / "recordings"
SHEETS = HERE / "heard"
LONG = "long walk"
"""Five minutes of "Easy walk", made here: a pause, hands that let go, speeds out of the band."""
TOLD = {
    "en": (
        LONG,
        *(f"contract/{name}" for name in ("complete", "estop", "rails", "silent")),
        *("countdown_let_go", "finishing_runs_on", "go_forgotten", "hands_late", "incline_step"),
        *("kiosk_lost", "no_motion", "overspeed", "pain_too_high", "patron_button"),
        *("pause_resume", "permit_ineffective", "rails_one", "rails_one_hand", "sensor_lost"),
        *("steps", "two_sessions", "unexpected_motion", "key_pin", "wrong_direction"),
    ),
    "de": (LONG, "contract/rails"),
    "es": (LONG, "contract/rails"),
    "fr": (LONG, "contract/rails"),
}
"""The recordings that have a transcript, by the language in which they are heard."""


class EvenSpeech:
    """A voice that takes a known time for each letter, as fast as the real one on average."""

    def sound(self, sentence: str) -> Sound | None:
        """A sentence is always ready."""
        return Sound(Path(f"{sentence}.wav"), 0.35 + 0.062 * len(sentence))

    def want(self, sentences: Sequence[str], *, soon: bool) -> bool:
        """All is there."""
        return True


class Session:
    """A recording as it was seen and heard."""

    def __init__(self, track: Track, seen: list[Snapshot]) -> None:
        self.lines: list[Line] = track.lines
        self.text = track.text
        self.seen = seen
        """Every snapshot, a hundred a second."""

    def phases(self) -> Iterator[tuple[Phase, float, float]]:
        """Each phase, from when to when (s)."""
        since = self.seen[0]
        for one in self.seen[1:]:
            if one.session.phase is not since.session.phase:
                yield since.session.phase, since.now_ns / 1e9, one.now_ns / 1e9
                since = one
        yield since.session.phase, since.now_ns / 1e9, self.seen[-1].now_ns / 1e9

    def between(self, from_s: float, to_s: float) -> list[Line]:
        """What began to sound from one moment to another."""
        return [line for line in self.lines if from_s <= line.at_s <= to_s]


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """Another language, for a while."""
    texts.use(languages.load(language))
    try:
        yield
    finally:
        texts.use(languages.load("en"))


@cache
def session(name: str, language: str = "en") -> Session:
    """A recording, replayed once for all tests."""
    seen: list[Snapshot] = []
    with tempfile.TemporaryDirectory() as folder, spoken(language):
        track = Track(Path(folder), EvenSpeech(), on_paper=False)

        def hear(snapshot: Snapshot) -> None:
            seen.append(snapshot)
            track.hear(snapshot)

        file = _long(Path(folder)) if name == LONG else RECORDINGS / f"{name}.jsonl"
        replay(file, None, hear)
        track.finish()
    return Session(track, seen)


def sheet(name: str, language: str) -> Path:
    """The transcript of a recording."""
    return SHEETS / f"{name.replace('/', '-').replace(' ', '_')}.{language}.txt"


def _long(folder: Path) -> Path:
    file = folder / "long.jsonl"
    with file.open("w", encoding="utf-8") as out:
        for line in bench_walk._lines(5):  # a walk that was made for measuring serves here too
            out.write(json.dumps(line) + "\n")
    return file


def main() -> None:
    """Write every transcript anew."""
    SHEETS.mkdir(exist_ok=True)
    for language, names in TOLD.items():
        for name in names:
            sheet(name, language).write_text(session(name, language).text, encoding="utf-8")
            print(sheet(name, language), file=sys.stderr)


if __name__ == "__main__":
    main()
