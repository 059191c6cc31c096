"""The folder in which rendered sentences are kept: each made once, whole or not at all, bounded."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Final

from kiosk.cues import rendering
from kiosk.cues.rendering import NotSpoken
from kiosk.cues.turns import Sound

MOST_BYTES: Final = 96 * 1024 * 1024
"""Every fixed sentence in four languages takes a tenth of it."""
SWEEP_EVERY: Final = 100
"""New files between two looks at how much there is."""


class Cache:
    """Sentences as files. For one thread; :class:`kiosk.cues.voice.Voice` has it."""

    def __init__(
        self, folder: Path, program: str, engine: str, *, most_bytes: int = MOST_BYTES
    ) -> None:
        """``engine`` is espeak-ng's version: another one has another sound."""
        self._folder = folder
        self._program = program
        self._engine = engine
        self._most_bytes = most_bytes
        self._made = 0

    def file(self, sentence: str, language: str) -> Path:
        """Return the name of a sentence's file, whether it is there or not."""
        voice = rendering.VOICES.get(language, rendering.VOICES["en"])
        what = [
            rendering.FORMAT,
            self._engine,
            voice,
            rendering.WORDS_A_MINUTE,
            rendering.plain(sentence),
        ]
        name = hashlib.sha256(json.dumps(what).encode()).hexdigest()[:32]
        return self._folder / f"{voice}-{name}.wav"

    def sound(self, sentence: str, language: str) -> Sound:
        """Return a sentence's sound; it is made now if it is not there, or is damaged.

        Raises :class:`NotSpoken` for what espeak-ng does not speak, and OSError for a folder that
        cannot be written.
        """
        file = self.file(sentence, language)
        kept = rendering.read(file)
        if kept is not None:
            os.utime(file)  # the longest unused ones go first
            return Sound(file, kept.length_s)
        if not rendering.plain(sentence):
            raise NotSpoken("there is nothing in it to be said")
        wav = rendering.speech(self._program, sentence, language)
        self._write(file, rendering.packed(wav))
        return Sound(file, wav.length_s)

    def _write(self, file: Path, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=".partial", dir=self._folder)
        partial = Path(name)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(content)
            partial.replace(file)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        self._made += 1
        if self._made % SWEEP_EVERY == 1:
            self.sweep(keep=file)

    def sweep(self, keep: Path | None = None) -> None:
        """Remove the longest unused files beyond the bound, and what was left half written."""
        found = []
        for file in self._folder.iterdir():
            try:
                told = file.stat()
            except FileNotFoundError:
                continue  # another kiosk's sweep was faster
            if file.suffix in {".wav", ".partial"} and file != keep:
                found.append((told.st_mtime_ns, told.st_size, file))
        total = sum(size for _age, size, _file in found)
        for _age, size, file in sorted(found):
            if file.suffix == ".partial" or total > self._most_bytes:
                file.unlink(missing_ok=True)
                total -= size
