"""Safeguards of a walk under a real kiosk: kills, full disks, silence, clocks that jump."""

from __future__ import annotations

from tests.faults.undoing import Undoing

_NO_GUARD_LOST = (
    "kiosk/session/machine.py",
    '        return stopped(session, walk, "safety_stop", Reason.GUARD_LOST, now)\n'
    "    if session.phase in {Phase.COUNTDOWN, Phase.STARTING}:\n        return checking",
    "        return session, ()\n"
    "    if session.phase in {Phase.COUNTDOWN, Phase.STARTING}:\n        return checking",
)
_NO_LOG_CHECK = (
    "kiosk/session/machine.py",
    '            own.append("log")\n',
    "            pass\n",
)

IN_WALKS = (
    Undoing(
        "interrupted",
        "a walk that was killed is kept as completed",
        "kiosk/records/recovery.py",
        '"outcome": "interrupted", "stop_reason": None}',
        '"outcome": "completed", "stop_reason": None}',
        "2.log",
        short=True,
    ),
    Undoing(
        "interrupted-kiosk",
        "the same, under the whole kiosk: a walk that was killed is kept as completed",
        "kiosk/records/recovery.py",
        '"outcome": "interrupted", "stop_reason": None}',
        '"outcome": "completed", "stop_reason": None}',
        "2.kiosk",
        short=True,
    ),
    Undoing(
        "guard-lost",
        "a guard that is killed ends no session",
        *_NO_GUARD_LOST,
        "2.guard",
        # The guard that comes after it knows of no permit: that alone would end the session too.
        (
            (
                "kiosk/session/machine.py",
                '        return stopped(session, walk, "safety_stop", Reason.GUARD_LOST, now)\n'
                "    if walk.meters",
                "        return session, ()\n    if walk.meters",
            ),
        ),
        short=True,
    ),
    Undoing(
        "guard-silent",
        "a guard that is silent ends no session",
        *_NO_GUARD_LOST,
        "9.guard-stopped",
        case="0",
    ),
    Undoing(
        "log-full",
        "a session starts though the log cannot be written: the disk is full",
        *_NO_LOG_CHECK,
        "4.kiosk",
        case="walking",
    ),
    Undoing(
        "log-read-only",
        "a session starts though the log cannot be written: the data are read-only",
        *_NO_LOG_CHECK,
        "5.kiosk",
        case="start",
    ),
    Undoing(
        "kiosk-stopped",
        "a kiosk that stands still is no cause",
        "hardware/interlock.py",
        "        true.append(Reason.KIOSK_LOST)",
        "        pass",
        "9.kiosk-stopped",
    ),
    Undoing(
        "latches-kept",
        "a guard that was killed has forgotten what staff must clear",
        "hardware/guard.py",
        "    core = _core(settings, kept.read())\n",
        "    core = _core(settings, ())\n",
        "9.guard-killed",
        case="latched.",
    ),
    Undoing(
        "walked-time",
        "the time that is walked is counted by the wall clock",
        "kiosk/session/metrics.py",
        "        passed_ns = min(now - session.last_ns, left_ns)\n",
        "        passed_ns = min(abs(time.time_ns() - NOON_NS) % NS, left_ns)\n",
        "10.jumping",
        (
            (
                "kiosk/session/metrics.py",
                "BAND_SLACK_KMH: Final = 0.05\n",
                "import time\n\nNOON_NS = time.time_ns()\nBAND_SLACK_KMH: Final = 0.05\n",
            ),
        ),
    ),
    Undoing(
        "wall-clock",
        "the kiosk looks at the wall clock for the guard's silence",
        "kiosk/engine.py",
        "        now = time.monotonic_ns()\n        self._unlocks.settle",
        "        now = time.time_ns() - APART_NS\n        self._unlocks.settle",
        "10.kiosk",
        (
            (
                "kiosk/engine.py",
                "RETRY_S: Final = 0.2\n",
                "APART_NS = time.time_ns() - time.monotonic_ns()\nRETRY_S: Final = 0.2\n",
            ),
        ),
    ),
)
