"""The kiosk's own key, made when it is first asked for."""

from __future__ import annotations

import threading
from pathlib import Path

from profiles.kiosk_key import KioskKey


def test_threads_that_ask_first_at_once_get_one_and_the_same_key(tmp_path: Path) -> None:
    """As a screen and a stick do: each makes one, and only one gets its name."""
    for number in range(40):
        folder = tmp_path / str(number) / "settings"
        gate, found, failed = threading.Barrier(4), [], []

        def ask(
            folder: Path = folder,
            gate: threading.Barrier = gate,
            found: list[str] = found,
            failed: list[Exception] = failed,
        ) -> None:
            gate.wait()
            try:
                found.append(KioskKey(folder).public())
            except Exception as error:
                failed.append(error)

        asking = [threading.Thread(target=ask) for _ in range(4)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        assert failed == []
        assert len(set(found)) == 1
        assert [path.name for path in folder.iterdir()] == ["profile-key"]
